package replicas

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar/seal"
)

// Passwords keeps the changed password of a registry account in a sealed file
// that all processes see. Whoever writes it holds a lease in the database.
type Passwords struct {
	Path       string
	Registry   string
	Configured epp.Secret // where nothing was changed yet
	Ring       *seal.Ring
	Store      Store
	Holder     string

	held bool // the lease is ours already
}

var _ pool.Secrets = Passwords{}

// content of the file. A configured password other than the one that was
// changed is newer: an operator set it by hand.
type content struct {
	Configured string `json:"configured"`
	Current    string `json:"current"`
	Pending    string `json:"pending,omitempty"`
}

// errBusy says that another process changes the password.
var errBusy = errors.New("another process is changing the password of this account")

// lockLife is how long a process that died keeps others from changing a
// password.
const lockLife = 30 * time.Second

func (p Passwords) place() string { return "registry_password/" + p.Registry }

// Load implements pool.Secrets.
func (p Passwords) Load(context.Context) (pool.Credentials, error) {
	text, err := os.ReadFile(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return pool.Credentials{Current: p.Configured}, nil
	}
	if err != nil {
		return pool.Credentials{}, fmt.Errorf("reading the changed password of %s: %w", p.Registry, err)
	}
	var c content
	plain, err := p.Ring.Open(p.place(), string(bytes.TrimSpace(text)))
	if err == nil {
		err = json.Unmarshal(plain, &c)
	}
	if err != nil {
		return pool.Credentials{}, fmt.Errorf("reading the changed password of %s: %s: %w", p.Registry, p.Path, err)
	}
	if c.Configured != p.Configured.Reveal() {
		return pool.Credentials{Current: p.Configured}, nil
	}
	return pool.Credentials{Current: epp.Secret(c.Current), Pending: epp.Secret(c.Pending)}, nil
}

// Propose implements pool.Secrets. It works only within Hold.
func (p Passwords) Propose(ctx context.Context, known pool.Credentials, pending epp.Secret) error {
	if !p.held {
		return errBusy
	}
	now, err := p.Load(ctx)
	if err != nil {
		return err
	}
	if now != known || now.Pending != "" {
		return errBusy
	}
	return p.write(pool.Credentials{Current: known.Current, Pending: pending})
}

// Settle implements pool.Secrets.
func (p Passwords) Settle(ctx context.Context, known pool.Credentials, proven epp.Secret) error {
	if p.held {
		return p.settle(ctx, known, proven)
	}
	err := p.Hold(ctx, func(ctx context.Context, held Passwords) error { return held.settle(ctx, known, proven) })
	if errors.Is(err, errBusy) {
		return nil
	}
	return err
}

func (p Passwords) settle(ctx context.Context, known pool.Credentials, proven epp.Secret) error {
	now, err := p.Load(ctx)
	if err != nil || now != known {
		return err
	}
	return p.write(pool.Credentials{Current: proven})
}

// Hold keeps other processes from changing the password while do runs. When
// the lease is lost, do's ctx ends.
func (p Passwords) Hold(ctx context.Context, do func(ctx context.Context, held Passwords) error) error {
	name := "epp-password/" + p.Registry
	token, ok, err := p.Store.TryLease(ctx, name, p.Holder, lockLife)
	if err != nil {
		return fmt.Errorf("keeping other processes from changing the password of %s: %w", p.Registry, err)
	}
	if !ok {
		return errBusy
	}
	work, stop := context.WithCancelCause(ctx)
	beaten := make(chan struct{})
	go func() {
		defer close(beaten)
		p.beat(work, stop, name, token)
	}()
	held := p // the beat reads p at the same time
	held.held = true
	err = do(work, held)
	stop(nil)
	<-beaten
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockLife)
	defer cancel()
	return errors.Join(err, p.Store.ReleaseLease(last, name, token))
}

func (p Passwords) beat(ctx context.Context, stop context.CancelCauseFunc, name, token string) {
	tick := time.NewTicker(lockLife / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if ok, err := p.Store.RenewLease(ctx, name, token, lockLife); err != nil || !ok {
			stop(errors.Join(errBusy, err))
			return
		}
	}
}

// Reseal seals the file with the current key of the ring; changed is false when
// it is already, or missing.
func (p Passwords) Reseal(ctx context.Context) (changed bool, err error) {
	err = p.Hold(ctx, func(_ context.Context, held Passwords) error {
		text, err := os.ReadFile(held.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		fresh, other, err := held.Ring.Reseal(held.place(), string(bytes.TrimSpace(text)))
		if err != nil || !other {
			return err
		}
		changed = true
		return replace(held.Path, fresh)
	})
	return changed, err
}

func (p Passwords) write(c pool.Credentials) error {
	plain, err := json.Marshal(content{Configured: p.Configured.Reveal(), Current: c.Current.Reveal(), Pending: c.Pending.Reveal()})
	if err != nil {
		return fmt.Errorf("writing the password of %s: %w", p.Registry, err)
	}
	sealed, err := p.Ring.Seal(p.place(), plain)
	if err == nil {
		err = replace(p.Path, sealed)
	}
	if err != nil {
		return fmt.Errorf("writing the password of %s: %w", p.Registry, err)
	}
	return nil
}

// replace writes a line to a file so that after a crash at any moment the file
// holds the old line or the new one.
func replace(path, line string) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".new-") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // it is a copy of nothing that is needed
		}
	}()
	_, err = tmp.WriteString(line + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
