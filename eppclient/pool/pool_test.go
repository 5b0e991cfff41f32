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
	if srv == nil {
		srv = &epptest.Server{} // change sets another
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

func TestInvalidCommandNeedsNoSession(t *testing.T) {
	srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
	p := newPool(t, srv)
	_, err := p.Exchange(t.Context(), Customer, session.Request{Command: epp.DomainCheck{}})
	var notSent *session.NotSent
	var invalid *epp.InvalidError
	if !errors.As(err, &notSent) || !errors.As(err, &invalid) || srv.Dialled() != 0 {
		t.Errorf("%v, %d connects", err, srv.Dialled())
	}
}

// TestHookFailingWithTheSession: a failed hook is never called again, even
// when the session dies in the same moment.
func TestHookFailingWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		p := newPool(t, srv)
		hooks, boom := 0, errors.New("no longer ours")
		req := create
		req.BeforeSend = func(context.Context) error {
			hooks++
			srv.CutAll()
			synctest.Wait()
			return boom
		}
		if _, err := p.Exchange(t.Context(), Customer, req); !errors.Is(err, boom) || hooks != 1 {
			t.Errorf("%v, %d hooks", err, hooks)
		}
	})
}

// TestGrantToAWaiterThatGaveUp: the session is not lost.
func TestGrantToAWaiterThatGaveUp(t *testing.T) {
	p := newPool(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }))
	m, err := p.acquire(t.Context(), Customer)
	if err != nil {
		t.Fatal(err)
	}
	w := &waiter{got: make(chan grant, 1)} // served already, so no longer in the queue
	w.got <- grant{member: m}
	p.giveUp(w)
	if s := p.Stats(); s.Open != 1 || s.Busy != 0 {
		t.Errorf("stats %+v", s)
	}
}
