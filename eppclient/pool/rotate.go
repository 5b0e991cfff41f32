package pool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
)

// ErrUndecided says that a password change was not finished: both passwords are
// kept, whichever is valid will be found at the next login, and the change can
// be tried again.
var ErrUndecided = errors.New("both passwords are kept until a login proves which one is valid; try again later")

// Rotate changes the password of a registry account by a login with newPW
// (RFC 5730 §2.9.1.1). The new one is kept in cfg.Secrets before it is sent,
// and the old one until a login with the new one has succeeded; so a crash at
// any moment leaves an account that pools can still log in to. A change that
// was begun before is finished first, and fresh is not used then.
//
// It takes one of the sessions that the account may have, and waits for it as
// long as ctx lasts. It reports whether fresh is the password now.
//
// Errors: ErrUndecided (wrapped), *session.ConnectError when the registry
// refused and the old password was proven to be valid still, those of Leases
// and Secrets.
func Rotate(ctx context.Context, cfg Config, fresh epp.Secret) (used bool, err error) {
	cfg = cfg.withDefaults()
	if cfg.Secrets == nil {
		return false, errors.New("no store for changed passwords is configured")
	}
	r := &rotation{cfg: cfg}
	release, err := r.takePlace(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return r.run(ctx, fresh)
}

type rotation struct {
	cfg   Config
	known Credentials
}

// run decides by what is kept where to go on.
func (r *rotation) run(ctx context.Context, fresh epp.Secret) (bool, error) {
	var err error
	if r.known, err = r.cfg.Secrets.Load(ctx); err != nil {
		return false, fmt.Errorf("reading the password: %w", err)
	}
	if r.known.Pending != "" {
		return false, r.resume(ctx)
	}
	if err := r.cfg.Secrets.Propose(ctx, r.known, fresh); err != nil {
		return false, fmt.Errorf("keeping the new password: %w", err)
	}
	r.known.Pending = fresh
	return true, r.change(ctx, true)
}

// resume finishes a change that an earlier process began.
func (r *rotation) resume(ctx context.Context) error {
	err := r.try(ctx, r.known.Pending, "")
	var invalid *epp.InvalidError
	if errors.As(err, &invalid) { // so it was never sent
		return errors.Join(err, r.settle(ctx, r.known.Current, nil))
	}
	if !refused(err) {
		return r.settle(ctx, r.known.Pending, err)
	}
	return r.change(ctx, false)
}

// change sends the new password and proves which one is valid then. first says
// that it was never sent before.
func (r *rotation) change(ctx context.Context, first bool) error {
	said := r.try(ctx, r.known.Current, r.known.Pending)
	switch {
	case (refused(said) || unsent(said)) && first:
		// The current one is wrong, or nothing left: the new one was not looked at.
		return errors.Join(said, r.settle(ctx, r.known.Current, nil))
	case refused(said):
		return undecided(said) // both are wrong now; another try would count
	case answered(said):
		// Not done, says the registry. That the old one works still proves it.
		old := r.try(ctx, r.known.Current, "")
		if old == nil {
			return errors.Join(said, r.settle(ctx, r.known.Current, nil))
		}
		if !refused(old) {
			return undecided(said, old)
		}
	}
	return r.settle(ctx, r.known.Pending, r.try(ctx, r.known.Pending, ""))
}

// settle keeps a password that a login proved; without a proof both stay.
func (r *rotation) settle(ctx context.Context, proven epp.Secret, doubt error) error {
	if doubt != nil {
		return undecided(doubt)
	}
	if err := r.cfg.Secrets.Settle(ctx, r.known, proven); err != nil {
		return undecided(fmt.Errorf("keeping the proven password: %w", err))
	}
	return nil
}

func undecided(errs ...error) error { return errors.Join(append(errs, ErrUndecided)...) }

// unsent reports whether certainly no password left this machine.
func unsent(err error) bool {
	var ce *session.ConnectError
	var notSent *session.NotSent
	return errors.As(err, &ce) && (ce.Stage != session.StageLogin || errors.As(err, &notSent))
}

// answered reports whether the registry answered the login, so that its
// outcome is known.
func answered(err error) bool {
	var ce *session.ConnectError
	return errors.As(err, &ce) && ce.Code != 0
}

// try logs in and out.
func (r *rotation) try(ctx context.Context, password, fresh epp.Secret) error {
	cfg := r.cfg.Session
	cfg.Password, cfg.NewPassword = password, fresh
	s, err := session.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, giveBackTimeout)
	defer cancel()
	// The login is what counts; a session that does not say goodbye is cut.
	_ = s.Logout(limit)
	return nil
}

// takePlace leases a session place and keeps it until release is called.
func (r *rotation) takePlace(ctx context.Context) (release func(), err error) {
	name := r.cfg.Session.Registry
	mine := Demand{Replica: rand.Text(), Need: 1}
	for {
		lease, ok, err := r.cfg.Leases.Acquire(ctx, name, r.cfg.MaxSessions)
		if err != nil {
			return nil, fmt.Errorf("leasing a session place: %w", err)
		}
		if ok {
			return r.keepPlace(ctx, lease, mine), nil
		}
		if _, err := r.cfg.Leases.Share(ctx, name, mine); err != nil {
			return nil, fmt.Errorf("asking for a session place: %w", err)
		}
		pause := time.NewTimer(jitter(leaseWait))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, fmt.Errorf("waiting for a session place: %w", ctx.Err())
		}
	}
}

func (r *rotation) keepPlace(ctx context.Context, lease Lease, mine Demand) (release func()) {
	beat, end := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(r.cfg.LeaseRenew)
		defer tick.Stop()
		for {
			select {
			case <-beat.Done():
				return
			case <-tick.C:
			}
			// A lease that is lost at worst costs a refusal for the session limit.
			_, _ = r.cfg.Leases.Renew(beat, lease)
			_, _ = r.cfg.Leases.Share(beat, lease.Registry, mine)
		}
	})
	return func() {
		end()
		work.Wait()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
		defer cancel()
		// Both run out by themselves.
		_ = r.cfg.Leases.Release(last, lease)
		_, _ = r.cfg.Leases.Share(last, lease.Registry, Demand{Replica: mine.Replica})
	}
}
