package house

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"

	"github.com/jonboulle/clockwork"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/web/ops"
)

// ErrUnknownRegistry says that the configuration names no such account.
var ErrUnknownRegistry = errors.New("no registry of that name is configured")

// ErrNoPasswordStore says that an account's password can't be changed by us.
var ErrNoPasswordStore = errors.New("changed_password_file of the registry is not set")

// RotatePassword changes the password of a registry account, see pool.Rotate;
// an empty fresh one is made up. It reports whether that one is the password
// now: false when it finished an earlier change instead.
func RotatePassword(ctx context.Context, cfg *config.Config, log *slog.Logger, s *store.Store, registry string, fresh epp.Secret) (used bool, err error) {
	h := &house{cfg: cfg, log: log, clock: clockwork.NewRealClock(), holder: fmt.Sprintf("rotate-password/%d/%s", os.Getpid(), ulid.Make()), store: s}
	if h.metrics, err = ops.NewMetrics(prometheus.NewRegistry(), "", ""); err != nil {
		return false, fmt.Errorf("registering metrics: %w", err)
	}
	a, err := h.accountOf(registry)
	if err != nil {
		return false, err
	}
	if fresh == "" {
		if fresh, err = newPassword(); err != nil {
			return false, err
		}
	}
	h.startRecorder()
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		err = errors.Join(err, h.recorder.close(last))
	}()
	pc, err := a.poolConfig(h)
	if err != nil {
		return false, err
	}
	err = pc.Secrets.(replicas.Passwords).Hold(ctx, func(ctx context.Context, held replicas.Passwords) error {
		pc.Secrets = held
		used, err = pool.Rotate(ctx, pc, fresh)
		return err
	})
	return used, err
}

func (h *house) accountOf(registry string) (*account, error) {
	for _, c := range h.cfg.Registry {
		if c.Name != registry {
			continue
		}
		if c.ChangedFile == "" {
			return nil, ErrNoPasswordStore
		}
		a, err := newAccount(c, h.clock)
		if err != nil {
			return nil, fmt.Errorf("registry %s: %w", c.Name, err)
		}
		return a, nil
	}
	return nil, ErrUnknownRegistry
}

// Classes of which a made-up password has one character each at least. No
// symbols: registries differ in which they take.
var passwordClasses = []string{"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789"}

// newPassword returns 16 random characters, the longest password of RFC 5730 §4;
// about 90 bits.
func newPassword() (epp.Secret, error) {
	all := passwordClasses[0] + passwordClasses[1] + passwordClasses[2]
	var out []byte
	for i := range epp.DefaultPasswordMax {
		from := all
		if i < len(passwordClasses) {
			from = passwordClasses[i]
		}
		n, err := pick(len(from))
		if err != nil {
			return "", err
		}
		out = append(out, from[n])
	}
	for i := len(out) - 1; i > 0; i-- { // so that the classes have no fixed places
		j, err := pick(i + 1)
		if err != nil {
			return "", err
		}
		out[i], out[j] = out[j], out[i]
	}
	return epp.Secret(out), nil
}

func pick(n int) (int, error) {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0, fmt.Errorf("making a password: %w", err)
	}
	return int(i.Int64()), nil
}
