package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/session"
)

func TestBreakerBackoffAndProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		boom := errors.New("connection refused")
		var dials atomic.Int32
		srv.SetRefuse(func() error {
			dials.Add(1)
			time.Sleep(100 * time.Millisecond) // so that connects fail side by side
			return boom
		})
		p := newPool(t, srv, sessions(10), func(c *Config) { c.BackoffMin, c.BackoffMax = time.Second, 8*time.Second })

		// Many callers wait through the first failures, then all fail at once.
		start := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := p.Exchange(t.Context(), Customer, create)
				var down *UnavailableError
				if !errors.As(err, &down) || down.Reason != ReasonUnreachable || !errors.Is(err, boom) || !down.RetryAt.After(time.Now()) {
					t.Errorf("err = %v", err)
				}
			})
		}
		wg.Wait()
		first := time.Since(start)
		if first < 3*time.Second || first > 5*time.Second { // 1-1.5 s and 2-3 s, and three times 100 ms
			t.Errorf("callers failed after %v", first)
		}
		// The circuit is open: fail at once, no connect.
		before := dials.Load()
		if _, err := p.Exchange(t.Context(), Customer, create); err == nil || dials.Load() != before {
			t.Errorf("open circuit: %v, %d connects", err, dials.Load()-before)
		}
		if s := p.Stats(); s.State != StateDown || s.Reason != ReasonUnreachable || !strings.Contains(s.LastError, "refused") {
			t.Errorf("stats %+v", s)
		}
		// Half open: one probe for all, which fails, so all fail.
		time.Sleep(time.Until(p.Stats().RetryAt))
		before = dials.Load()
		for range 5 {
			wg.Go(func() {
				if _, err := p.Exchange(t.Context(), Customer, create); err == nil {
					t.Error("success without a server")
				}
			})
		}
		wg.Wait()
		if n := dials.Load() - before; n != 1 {
			t.Errorf("%d probes", n)
		}
		// The registry comes back: the next probe succeeds.
		srv.SetRefuse(nil)
		time.Sleep(time.Until(p.Stats().RetryAt))
		if _, err := p.Exchange(t.Context(), Customer, create); err != nil {
			t.Errorf("after recovery: %v", err)
		}
		if s := p.Stats(); s.State != StateUp || s.Reason != "" {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestWarmPoolRecoversWithoutTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		var down atomic.Bool
		var dials atomic.Int32
		srv.SetRefuse(func() error {
			dials.Add(1)
			if down.Load() {
				return errors.New("gone")
			}
			return nil
		})
		p := newPool(t, srv, sessions(5), func(c *Config) { c.Warm = 2 })
		synctest.Wait()
		if s := p.Stats(); s.Open != 2 {
			t.Fatalf("stats %+v", s)
		}
		down.Store(true)
		srv.CutAll()
		dials.Store(0)
		time.Sleep(time.Hour)
		if n := dials.Load(); n < 30 || n > 80 { // one in 60-90 s
			t.Errorf("%d connects in an hour", n)
		}
		down.Store(false)
		time.Sleep(91 * time.Second) // the longest wait; the first session proves, the second follows at once
		if s := p.Stats(); s.Open != 2 || s.State != StateUp {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestLoginRefusedStopsAndRetriesSlowly(t *testing.T) {
	for _, code := range []int{2200, 2501} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := epptest.New(t, func(c *epptest.Conn) {
					c.Greet()
					if req, err := c.Read(); err == nil {
						c.Reply(code, req.ClTRID)
						_, _ = c.Read()
					}
				})
				p := newPool(t, srv, sessions(5), func(c *Config) { c.Warm = 1 })
				synctest.Wait()
				for range 50 {
					_, err := p.Exchange(t.Context(), Customer, check)
					var down *UnavailableError
					var ce *session.ConnectError
					if !errors.As(err, &down) || down.Reason != ReasonCredentials || !errors.As(err, &ce) || ce.Code != code {
						t.Fatalf("err = %v", err)
					}
					time.Sleep(time.Second)
				}
				if n := srv.Dialled(); n != 1 {
					t.Errorf("%d logins in a minute", n)
				}
				time.Sleep(time.Hour)
				if n := srv.Dialled(); n < 3 || n > 5 {
					t.Errorf("%d logins in an hour", n)
				}
				if s := p.Stats(); s.State != StateDown || s.Reason != ReasonCredentials || strings.Contains(s.LastError, "secret-1") {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}

// TestSessionLimit: the registry grants fewer sessions than configured. 2501
// while others are logged in means the same (some servers answer so).
func TestSessionLimit(t *testing.T) {
	for _, code := range []int{2502, 2501} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := epptest.New(t, func(c *epptest.Conn) {
					if c.Nr <= 2 {
						slow(time.Second)(c)
						return
					}
					c.Greet()
					if req, err := c.Read(); err == nil {
						c.Reply(code, req.ClTRID)
					}
				})
				p := newPool(t, srv, sessions(2)) // both logged in first
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() { _, _ = p.Exchange(t.Context(), Customer, check) })
				}
				wg.Wait()
				p.mu.Lock()
				p.cfg.MaxSessions, p.gate.limit = 10, 10
				p.mu.Unlock()
				start := time.Now()
				for range 60 {
					wg.Go(func() {
						if _, err := p.Exchange(t.Context(), Customer, check); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if took := time.Since(start); took != 30*time.Second {
					t.Errorf("60 commands of 1 s on 2 sessions took %v", took)
				}
				if n := srv.Dialled(); n > 10 {
					t.Errorf("%d connects", n)
				}
				if s := p.Stats(); s.Open != 2 || s.Limit != 2 || s.Reason != ReasonSessionLimit || s.State != StateUp {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}

func TestSessionLimitWithoutAnySession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Reply(2502, "") })
		p := newPool(t, srv, sessions(4))
		for range 100 {
			_, err := p.Exchange(t.Context(), Customer, check)
			var down *UnavailableError
			if !errors.As(err, &down) || down.Reason != ReasonSessionLimit {
				t.Fatalf("err = %v", err)
			}
			time.Sleep(time.Second)
		}
		if n := srv.Dialled(); n < 2 || n > 4 { // after 0, 19-28, 56-84 s
			t.Errorf("%d connects in 100 s", n)
		}
		before := srv.Dialled()
		for range 3600 {
			if _, err := p.Exchange(t.Context(), Customer, check); err == nil {
				t.Fatal("success")
			}
			time.Sleep(time.Second)
		}
		if n := srv.Dialled() - before; n < 5 || n > 14 {
			t.Errorf("%d connects in an hour", n)
		}
	})
}

// TestServerCutsAfterLogin: no storm of connects.
func TestServerCutsAfterLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Accept() })
		p := newPool(t, srv, sessions(4), func(c *Config) { c.Warm = 4 })
		time.Sleep(10 * time.Minute)
		if n := srv.Dialled(); n > 40 {
			t.Errorf("%d connects in 10 minutes", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.Exchange(ctx, Customer, create); err == nil {
			t.Error("success")
		}
	})
}
