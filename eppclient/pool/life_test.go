package pool

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/session"
)

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
		time.Sleep(time.Minute)
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
		start := time.Now()
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
		// A replica that found no place gets one when the other is idle.
		if took := time.Since(start); srv.Dialled() > 8 || took > 2*time.Minute {
			t.Errorf("%d connects in %v", srv.Dialled(), took)
		}
	})
}

// fickle are leases that fail on demand.
type fickle struct {
	Leases
	lose, broken, mute atomic.Bool
	asked              atomic.Int32
}

func (f *fickle) Share(ctx context.Context, registry string, mine Demand) (Shared, error) {
	if f.mute.Load() {
		return Shared{}, errors.New("database gone")
	}
	return f.Leases.Share(ctx, registry, mine)
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
