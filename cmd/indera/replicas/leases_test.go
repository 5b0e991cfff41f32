package replicas_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

func onBoth(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, storetest.OpenSQLite(t, nil)) })
	t.Run("mariadb", func(t *testing.T) { test(t, storetest.OpenMySQL(t, nil)) })
}

func TestSlots(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		l := replicas.Leases{Store: s, Holder: "a", TTL: time.Minute}
		seen := map[int]pool.Lease{}
		for range 3 {
			lease, ok, err := l.Acquire(ctx, "r", 3)
			if err != nil || !ok || lease.Slot < 1 || lease.Slot > 3 || seen[lease.Slot].Token != "" {
				t.Fatalf("%+v %t %v", lease, ok, err)
			}
			seen[lease.Slot] = lease
		}
		if _, ok, err := l.Acquire(ctx, "r", 3); ok || err != nil {
			t.Errorf("a fourth of three: %t %v", ok, err)
		}
		if _, ok, err := l.Acquire(ctx, "r2", 1); !ok || err != nil {
			t.Errorf("another registry: %t %v", ok, err)
		}
		if err := l.Release(ctx, seen[2]); err != nil {
			t.Fatal(err)
		}
		if lease, ok, err := l.Acquire(ctx, "r", 3); !ok || err != nil || lease.Slot != 2 {
			t.Errorf("the one that was given back: %+v %t %v", lease, ok, err)
		}
		if ok, err := l.Renew(ctx, seen[1]); !ok || err != nil {
			t.Errorf("renewed: %t %v", ok, err)
		}
		if ok, err := l.Renew(ctx, seen[2]); ok || err != nil {
			t.Errorf("renewed what was given back: %t %v", ok, err)
		}
	})
}

func TestShareAndDraw(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		l := replicas.Leases{Store: s, Holder: "a", TTL: time.Minute}
		share := func(d pool.Demand) string {
			t.Helper()
			shared, err := l.Share(ctx, "r", d)
			if err != nil || time.Since(shared.At).Abs() > time.Minute {
				t.Fatal(shared.At, err)
			}
			return fmt.Sprint(shared.All)
		}
		if got := share(pool.Demand{Replica: "B", Need: 2}); got != "[{B 2 0}]" {
			t.Error(got)
		}
		if got := share(pool.Demand{Replica: "A", Need: 12, Warm: 1}); got != "[{A 12 1} {B 2 0}]" {
			t.Error(got)
		}
		if got := share(pool.Demand{Replica: "B"}); got != "[{A 12 1}]" {
			t.Error(got)
		}
		d := pool.Draw{Want: 3, Burst: 4, Every: time.Hour}
		for i, want := range []int{3, 1, 0} {
			got, wait, err := l.Draw(ctx, "r", d)
			if err != nil || got != want || (got == 0) != (wait > 50*time.Minute) {
				t.Errorf("draw %d: %d tokens, wait %v, %v", i, got, wait, err)
			}
		}
	})
}

// TestThreeReplicas: three pools share 10 sessions over the lease table. The
// first has all; the others come and none starves; the registry never sees an
// eleventh session. A replica that dies is counted until its leases run out.
func TestThreeReplicas(t *testing.T) {
	s := storetest.OpenMySQL(t, nil)
	const granted = 10
	var open, most atomic.Int64
	srv := epptest.New(t, func(c *epptest.Conn) {
		n := open.Add(1)
		gone := sync.OnceFunc(func() { open.Add(-1) })
		defer gone()
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if !c.Accept() {
			return
		}
		for {
			req, err := c.Read()
			if err != nil {
				return
			}
			if req.Verb == "logout" { // the session's end (RFC 5730 §2.9.1.2), whenever the connection is seen to close
				gone()
				c.Reply(1500, req.ClTRID)
				return
			}
			time.Sleep(20 * time.Millisecond) // what the registry takes
			epptest.OK(c, req)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var ps []*pool.Pool
	var done [3]atomic.Int64
	start := func(i int) {
		own := newPool(t, srv, replicas.Leases{Store: s, Holder: fmt.Sprint("replica-", i), TTL: 15 * time.Second}, granted)
		ps = append(ps, own)
		for range 20 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_, err := own.Exchange(ctx, pool.Bulk, session.Request{Command: epp.DomainCheck{Names: []string{"a.test"}}})
					if err == nil {
						done[i].Add(1)
					} else if !errors.Is(err, context.Canceled) {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	until := func(what string, cond func() bool) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for limit := time.After(30 * time.Second); !cond(); {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("%s: never; sessions %d, %d", what, open.Load(), ps[0].Stats().Open)
			}
		}
	}
	start(0)
	until("the first has all", func() bool { return ps[0].Stats().Open == granted })
	start(1)
	start(2)
	until("fair parts", func() bool {
		a, b, c := ps[0].Stats().Open, ps[1].Stats().Open, ps[2].Stats().Open
		return a+b+c == granted && min(a, b, c) == 3
	})
	var before [3]int64
	for i := range before {
		before[i] = done[i].Load()
	}
	until("answers for all", func() bool {
		return min(done[0].Load()-before[0], done[1].Load()-before[1], done[2].Load()-before[2]) >= 20
	})
	stop()
	wg.Wait()
	if most.Load() > granted {
		t.Errorf("the registry saw %d sessions", most.Load())
	}
}

func newPool(t *testing.T, srv *epptest.Server, leases replicas.Leases, sessions int) *pool.Pool {
	t.Helper()
	tlsCfg, err := session.TLS{ServerName: epptest.ServerName, Roots: epptest.Roots()}.Config()
	if err != nil {
		t.Fatal(err)
	}
	p := pool.New(pool.Config{
		Session: session.Config{
			Registry: "test", Addr: "pipe:700", TLS: tlsCfg, ClientID: "registrar-1", Password: "secret-1",
			Services: epp.Services{Objects: []string{epp.Standard.Domain}}, DialContext: srv.Dial,
		},
		MaxSessions: sessions, Warm: 1, Leases: leases, Budget: leases,
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}
