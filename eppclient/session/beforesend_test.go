package session

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
)

func TestBeforeSend(t *testing.T) {
	boom := errors.New("no longer ours")
	t.Run("error sends nothing and keeps the session", func(t *testing.T) {
		var verbs []string
		s := dial(t, epptest.New(t, func(c *epptest.Conn) {
			c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
				verbs = append(verbs, req.Verb)
				return epptest.OK(c, req)
			})
		}))
		_, err := s.Exchange(t.Context(), Request{Command: epp.DomainDelete{Name: "a.test"}, BeforeSend: func(context.Context) error { return boom }})
		var notSent *NotSent
		if !errors.As(err, &notSent) || !errors.Is(err, boom) || notSent.HookDone {
			t.Fatalf("err = %v", err)
		}
		if _, err := s.Exchange(t.Context(), Request{Command: check}); err != nil {
			t.Fatalf("session after a failed hook: %v", err)
		}
		if len(verbs) != 1 || verbs[0] != "check" {
			t.Errorf("server saw %v", verbs)
		}
	})
	t.Run("late sends nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := dial(t, epptest.New(t, func(c *epptest.Conn) {
				c.Serve(func(_ *epptest.Conn, req epptest.Request) bool { t.Errorf("server saw %s", req.Verb); return false })
			}))
			_, err := s.Exchange(t.Context(), Request{Command: check, BeforeSend: func(context.Context) error {
				time.Sleep(DefaultExchangeTimeout) // simulated: a frozen process
				return nil
			}})
			var notSent *NotSent
			if !errors.As(err, &notSent) || !notSent.HookDone {
				t.Errorf("err = %v", err)
			}
			synctest.Wait()
			if s.Err() != nil {
				t.Errorf("session died: %v", s.Err())
			}
		})
	})
	t.Run("session dies meanwhile", func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		s := dial(t, srv)
		_, err := s.Exchange(t.Context(), Request{Command: check, BeforeSend: func(context.Context) error {
			srv.CutAll()
			<-s.Dead()
			return nil
		}})
		var notSent *NotSent
		if !errors.As(err, &notSent) || !notSent.HookDone {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("invalid command does not call it", func(t *testing.T) {
		s := dial(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }))
		_, err := s.Exchange(t.Context(), Request{Command: epp.DomainCheck{}, BeforeSend: func(context.Context) error {
			t.Error("hook called")
			return nil
		}})
		var notSent *NotSent
		var invalid *epp.InvalidError
		if !errors.As(err, &notSent) || !errors.As(err, &invalid) {
			t.Errorf("err = %v", err)
		}
	})
}

// frozen is the context of a process that slept past its deadline and runs
// again before its timers do.
type frozen struct{ context.Context }

func (frozen) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

func TestThawedProcessSendsNothing(t *testing.T) {
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(_ *epptest.Conn, req epptest.Request) bool { t.Errorf("server saw %s", req.Verb); return false })
	}))
	_, err := s.Exchange(frozen{t.Context()}, Request{Command: check, BeforeSend: func(context.Context) error { return nil }})
	var notSent *NotSent
	if !errors.As(err, &notSent) || !errors.Is(err, errLate) || !notSent.HookDone {
		t.Errorf("err = %v", err)
	}
}
