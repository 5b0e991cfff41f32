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

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/session"
)

var (
	check  = session.Request{Command: epp.DomainCheck{Names: []string{"a.test"}}}
	create = session.Request{Command: epp.DomainCreate{Name: "a.test"}}
)

// newPool returns a pool on srv. The test's end closes it.
func newPool(t *testing.T, srv *epptest.Server, change ...func(*Config)) *Pool {
	t.Helper()
	tlsCfg, err := session.TLS{ServerName: epptest.ServerName, Roots: epptest.Roots()}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Session: session.Config{
		Registry: "test", Addr: "pipe:700", TLS: tlsCfg, ClientID: "registrar-1", Password: "secret-1",
		Services: epp.Services{Objects: []string{epp.Standard.Domain}}, DialContext: srv.Dial,
	}}
	for _, f := range change {
		f(&cfg)
	}
	p := New(cfg)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = p.Close(ctx) // some tests leave a server that does not answer
	})
	return p
}

func sessions(n int) func(*Config) { return func(c *Config) { c.MaxSessions = n } }

// counter counts what the observer is told.
type counter struct {
	noObserver
	opened, closed, failed, waited, exchanged atomic.Int64
}

func (c *counter) SessionOpened(string)        { c.opened.Add(1) }
func (c *counter) SessionClosed(string, error) { c.closed.Add(1) }
func (c *counter) ConnectFailed(string, error) { c.failed.Add(1) }
func (c *counter) Waited(string, Priority, time.Duration) {
	c.waited.Add(1)
}
func (c *counter) Exchanged(string, epp.Description, int, time.Duration, error) {
	c.exchanged.Add(1)
}

// slow answers after d of simulated time.
func slow(d time.Duration) func(*epptest.Conn) {
	return func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
			time.Sleep(d)
			return epptest.OK(c, req)
		})
	}
}

func TestGrowsLazilyToTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(time.Second))
		obs := &counter{}
		p := newPool(t, srv, sessions(3), func(c *Config) { c.Observer = obs })
		synctest.Wait()
		if srv.Dialled() != 0 || p.Stats().State != StateIdle {
			t.Fatalf("connected without need: %+v", p.Stats())
		}
		if _, err := p.Exchange(t.Context(), Customer, check); err != nil || srv.Dialled() != 1 {
			t.Fatalf("%d connects, err %v", srv.Dialled(), err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				id := fmt.Sprintf("cl-%d", i)
				resp, err := p.Exchange(t.Context(), Customer, session.Request{Command: check.Command, ClTRID: id})
				if err != nil || resp.ClTRID != id {
					t.Errorf("%s: %v, %v", id, resp, err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 3*time.Second || srv.Dialled() != 3 {
			t.Errorf("9 commands of 1 s on 3 sessions took %v with %d connects", took, srv.Dialled())
		}
		if s := p.Stats(); s.Open != 3 || s.Busy != 0 || s.State != StateUp || s.ServerCert.IsZero() {
			t.Errorf("stats %+v", s)
		}
		if g, ok := p.Greeting(); !ok || g.ServerID != epptest.ServerID {
			t.Errorf("greeting %+v %v", g, ok)
		}
		if obs.opened.Load() != 3 || obs.exchanged.Load() != 10 || obs.waited.Load() != 10 {
			t.Errorf("observer saw %d opened, %d exchanged, %d waited", obs.opened.Load(), obs.exchanged.Load(), obs.waited.Load())
		}
	})
}

func TestIdleSessionCutIsReplacedUnnoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		p := newPool(t, srv)
		for i := range 3 {
			hooks := 0
			req := create
			req.BeforeSend = func(context.Context) error { hooks++; return nil }
			if _, err := p.Exchange(t.Context(), Customer, req); err != nil || hooks != 1 {
				t.Fatalf("round %d: %v, %d hooks", i, err, hooks)
			}
			srv.CutAll()
			synctest.Wait()
			if s := p.Stats(); s.Open != 0 {
				t.Fatalf("dead session kept: %+v", s)
			}
		}
	})
}

func TestSessionDyingInTheHookIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		p := newPool(t, srv)
		hooks := 0
		req := create
		req.BeforeSend = func(context.Context) error {
			hooks++
			srv.CutAll()
			synctest.Wait()
			return nil
		}
		if _, err := p.Exchange(t.Context(), Customer, req); err != nil || hooks != 1 || srv.Dialled() != 2 {
			t.Errorf("%v, %d hooks, %d connects", err, hooks, srv.Dialled())
		}
	})
}

func TestHookErrorSendsNothing(t *testing.T) {
	srv := epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(_ *epptest.Conn, req epptest.Request) bool { t.Errorf("server saw %s", req.Verb); return false })
	})
	p := newPool(t, srv)
	boom := errors.New("no longer ours")
	req := create
	req.BeforeSend = func(context.Context) error { return boom }
	_, err := p.Exchange(t.Context(), Customer, req)
	var notSent *session.NotSent
	if !errors.As(err, &notSent) || !errors.Is(err, boom) || notSent.HookDone {
		t.Errorf("err = %v", err)
	}
	if s := p.Stats(); s.Open != 1 || s.Busy != 0 || s.LastError != "" {
		t.Errorf("session did not come back healthy: %+v", s)
	}
}

// TestCutMidExchange: a transform is never repeated, a read is repeated once.
func TestCutMidExchange(t *testing.T) {
	var creates, checks atomic.Int32
	srv := epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
			switch {
			case req.Verb == "create":
				creates.Add(1)
				return false // cut without an answer
			case checks.Add(1) == 1:
				return false
			}
			return epptest.OK(c, req)
		})
	})
	p := newPool(t, srv, func(c *Config) { c.BackoffMin = time.Millisecond })
	var unknown *session.Unknown
	if _, err := p.Exchange(t.Context(), Customer, create); !errors.As(err, &unknown) || creates.Load() != 1 {
		t.Errorf("create: %v, sent %d times", err, creates.Load())
	}
	if resp, err := p.Exchange(t.Context(), Customer, check); err != nil || resp.Code() != 1000 || checks.Load() != 2 {
		t.Errorf("check: %v, sent %d times", err, checks.Load())
	}
	if s := p.Stats(); !strings.Contains(s.LastError, "connection ended") {
		t.Errorf("last error %q", s.LastError)
	}
}

func TestWrongClTRIDDropsTheSession(t *testing.T) {
	srv := epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
			if c.Nr == 1 {
				req.ClTRID = "somebody-elses"
			}
			return epptest.OK(c, req)
		})
	})
	p := newPool(t, srv)
	var mismatch *session.MismatchError
	if _, err := p.Exchange(t.Context(), Customer, create); !errors.As(err, &mismatch) {
		t.Fatalf("err = %v", err)
	}
	if _, err := p.Exchange(t.Context(), Customer, create); err != nil || srv.Dialled() != 2 {
		t.Errorf("next command: %v, %d connects", err, srv.Dialled())
	}
}

func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) {
			c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
				if c.Nr > 1 {
					return epptest.OK(c, req)
				}
				_, _ = c.Read() // until the client gives up
				return false
			})
		})
		p := newPool(t, srv)
		start := time.Now()
		_, err := p.Exchange(t.Context(), Customer, create)
		var unknown *session.Unknown
		if !errors.As(err, &unknown) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != session.DefaultExchangeTimeout {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if _, err := p.Exchange(t.Context(), Customer, create); err != nil {
			t.Errorf("next command: %v", err)
		}
	})
}

func TestWaitingIsBoundedByContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, epptest.New(t, slow(10*time.Second)))
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := p.Exchange(t.Context(), Bulk, check); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		_, err := p.Exchange(ctx, Customer, check)
		var notSent *session.NotSent
		if !errors.As(err, &notSent) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 4*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		wg.Wait()
		if s := p.Stats(); s.Waiting != 0 || s.Busy != 0 {
			t.Errorf("stats %+v", s)
		}
		if _, err := p.Exchange(ctx, Customer, check); !errors.As(err, &notSent) {
			t.Errorf("context already over: %v", err)
		}
	})
}

func TestCustomersComeFirstAndBulkIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		srv := epptest.New(t, func(c *epptest.Conn) {
			c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
				mu.Lock()
				order = append(order, req.ClTRID[:1])
				mu.Unlock()
				time.Sleep(time.Second)
				return epptest.OK(c, req)
			})
		})
		p := newPool(t, srv)
		var wg sync.WaitGroup
		send := func(prio Priority, id string) {
			wg.Go(func() {
				if _, err := p.Exchange(t.Context(), prio, session.Request{Command: check.Command, ClTRID: id}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // keeps the order of arrival
		}
		send(Customer, "first")
		for i := range 3 {
			send(Bulk, fmt.Sprintf("bulk-%d", i))
		}
		for i := range 20 {
			send(Customer, fmt.Sprintf("customer-%d", i))
		}
		wg.Wait()
		want := "f" + strings.Repeat("c", 15) + "b" + strings.Repeat("c", 5) + "bb"
		if got := strings.Join(order, ""); got != want {
			t.Errorf("order\n got %s\nwant %s", got, want)
		}
	})
}

func TestBreakerBackoffAndProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		boom := errors.New("connection refused")
		var dials atomic.Int32
		srv.SetRefuse(func() error { dials.Add(1); return boom })
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
		if first < 3*time.Second || first > 5*time.Second { // 1-1.5 s and 2-3 s
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
		time.Sleep(2 * time.Minute)
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
		if n := srv.Dialled(); n != 1 {
			t.Errorf("%d connects in 100 s", n)
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

func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hellos atomic.Int32
		srv := epptest.New(t, func(c *epptest.Conn) {
			if !c.Accept() {
				return
			}
			for {
				req, err := c.Read()
				if err != nil {
					return
				}
				if req.Verb == "hello" {
					hellos.Add(1)
					c.Send(epptest.Greeting("urn:new"))
					continue
				}
				c.Reply(1000, req.ClTRID)
			}
		})
		p := newPool(t, srv, func(c *Config) { c.Warm, c.MaxAge = 1, 1000*time.Hour })
		time.Sleep(time.Hour + time.Second)
		// 2 min of silence each, noticed at a tick of 5 s.
		if n := hellos.Load(); n < 28 || n > 30 || srv.Dialled() != 1 {
			t.Errorf("%d hellos in an hour, %d connects", n, srv.Dialled())
		}
		if g, _ := p.Greeting(); len(g.Extensions) != 1 {
			t.Errorf("greeting of hello is not kept: %+v", g)
		}
		// Traffic makes hellos needless.
		hellos.Store(0)
		for range 60 {
			if _, err := p.Exchange(t.Context(), Customer, check); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if n := hellos.Load(); n != 0 {
			t.Errorf("%d hellos besides traffic", n)
		}
	})
}

func TestUnansweredHelloReplacesTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) {
			if c.Nr > 1 {
				c.Serve(epptest.OK)
			} else if c.Accept() {
				_, _ = c.Read()
				_, _ = c.Read()
			}
		})
		p := newPool(t, srv, func(c *Config) { c.Warm = 1 })
		time.Sleep(5 * time.Minute)
		if s := p.Stats(); srv.Dialled() != 2 || s.Open != 1 {
			t.Errorf("%d connects, %+v", srv.Dialled(), s)
		}
	})
}

func TestOldAndSurplusSessionsLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logouts atomic.Int32
		srv := epptest.New(t, func(c *epptest.Conn) {
			slow(time.Second)(c)
			logouts.Add(1)
		})
		p := newPool(t, srv, sessions(4), func(c *Config) { c.Warm = 1 })
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _, _ = p.Exchange(t.Context(), Customer, check) })
		}
		wg.Wait()
		if s := p.Stats(); s.Open != 4 {
			t.Fatalf("stats %+v", s)
		}
		time.Sleep(6 * time.Minute)
		if s := p.Stats(); s.Open != 1 || logouts.Load() != 3 {
			t.Errorf("surplus: %+v, %d logouts", s, logouts.Load())
		}
		time.Sleep(7 * time.Hour)
		if s := p.Stats(); s.Open != 1 || logouts.Load() != 4 || srv.Dialled() != 5 {
			t.Errorf("age: %+v, %d logouts, %d connects", s, logouts.Load(), srv.Dialled())
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(2*time.Second))
		leases := NewMemory()
		p := newPool(t, srv, sessions(2), func(c *Config) { c.Leases = leases })
		var wg sync.WaitGroup
		results := make([]error, 3)
		for i := range results {
			wg.Go(func() { _, results[i] = p.Exchange(t.Context(), Customer, check) })
			synctest.Wait()
		}
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		wg.Wait()
		if results[0] != nil || results[1] != nil || !errors.Is(results[2], ErrClosed) {
			t.Errorf("under way and waiting: %v", results)
		}
		if _, err := p.Exchange(t.Context(), Customer, check); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if s := p.Stats(); s.State != StateClosed || s.Open != 0 {
			t.Errorf("stats %+v", s)
		}
		if len(leases.held["test"]) != 0 {
			t.Errorf("leases held: %v", leases.held)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestCloseCutsWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, epptest.New(t, slow(20*time.Second)))
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Exchange(t.Context(), Customer, create)
			var unknown *session.Unknown
			if !errors.As(err, &unknown) {
				t.Errorf("err = %v", err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		wg.Wait()
		time.Sleep(time.Minute) // lets the server's goroutine end
	})
}

func TestReplicasShareTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(time.Second))
		leases := NewMemory()
		share := func(c *Config) { c.Leases = leases }
		a, b := newPool(t, srv, sessions(3), share), newPool(t, srv, sessions(3), share)
		var wg sync.WaitGroup
		for range 30 {
			for _, p := range []*Pool{a, b} {
				wg.Go(func() {
					if _, err := p.Exchange(t.Context(), Customer, check); err != nil {
						t.Error(err)
					}
					if n := a.Stats().Open + b.Stats().Open; n > 3 {
						t.Errorf("%d sessions", n)
					}
				})
			}
		}
		wg.Wait()
		if srv.Dialled() > 4 {
			t.Errorf("%d connects", srv.Dialled())
		}
	})
}

// fickle are leases that fail on demand.
type fickle struct {
	Leases
	lose, broken atomic.Bool
	asked        atomic.Int32
}

func (f *fickle) Acquire(ctx context.Context, registry string, max int) (Lease, bool, error) {
	f.asked.Add(1)
	if f.broken.Load() {
		return Lease{}, false, errors.New("database gone")
	}
	return f.Leases.Acquire(ctx, registry, max)
}

func (f *fickle) Renew(ctx context.Context, l Lease) (bool, error) {
	if f.lose.Load() {
		return false, nil
	}
	return f.Leases.Renew(ctx, l)
}

func TestLostLeaseEndsTheSessionAfterItsExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases := &fickle{Leases: NewMemory()}
		srv := epptest.New(t, slow(25*time.Second))
		p := newPool(t, srv, sessions(2), func(c *Config) { c.Leases = leases })
		var wg sync.WaitGroup
		wg.Go(func() { // busy when the lease is lost
			if _, err := p.Exchange(t.Context(), Customer, create); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		leases.lose.Store(true)
		wg.Wait()
		synctest.Wait()
		if s := p.Stats(); s.Open != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestBrokenLeasesAreAskedSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases := &fickle{Leases: NewMemory()}
		leases.broken.Store(true)
		p := newPool(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }), sessions(5), func(c *Config) { c.Leases = leases })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := p.Exchange(ctx, Customer, check); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if n := leases.asked.Load(); n < 20 || n > 60 {
			t.Errorf("asked %d times in 10 s", n)
		}
		if s := p.Stats(); !strings.Contains(s.LastError, "database gone") {
			t.Errorf("stats %+v", s)
		}
		leases.broken.Store(false)
		if _, err := p.Exchange(t.Context(), Customer, check); err != nil {
			t.Errorf("after recovery: %v", err)
		}
	})
}

func TestCommandRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }), sessions(5), func(c *Config) { c.CommandsPerSecond = 10 })
		start := time.Now()
		for range 60 {
			if _, err := p.Exchange(t.Context(), Bulk, check); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 5*time.Second || took > 5100*time.Millisecond {
			t.Errorf("60 commands at 10/s with a burst of 10 took %v", took)
		}
	})
}
