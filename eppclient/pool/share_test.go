package pool

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epptest"
)

func TestDivide(t *testing.T) {
	at := time.Unix(0, 0)
	for name, c := range map[string]struct {
		all    []Demand
		places int
		at     time.Time
		want   map[string]int
	}{
		"nobody":                {nil, 10, at, map[string]int{}},
		"enough for all":        {[]Demand{{"a", 3, 1}, {"b", 2, 1}}, 10, at, map[string]int{"a": 3, "b": 2}},
		"evenly when short":     {[]Demand{{"a", 10, 0}, {"b", 10, 0}, {"c", 10, 0}}, 10, at, map[string]int{"a": 4, "b": 3, "c": 3}},
		"small needs are met":   {[]Demand{{"a", 10, 0}, {"b", 2, 0}, {"c", 10, 0}}, 10, at, map[string]int{"a": 4, "b": 2, "c": 4}},
		"one is kept ready":     {[]Demand{{"a", 10, 1}, {"b", 0, 1}}, 10, at, map[string]int{"a": 9, "b": 1}},
		"more warm when free":   {[]Demand{{"a", 2, 0}, {"b", 0, 3}}, 4, at, map[string]int{"a": 2, "b": 2}},
		"work before readiness": {[]Demand{{"a", 0, 1}, {"b", 1, 1}}, 1, at, map[string]int{"b": 1}},
		"first turn":            {[]Demand{{"b", 5, 0}, {"a", 5, 0}, {"c", 5, 0}}, 2, at, map[string]int{"a": 1, "b": 1}},
		"second turn":           {[]Demand{{"b", 5, 0}, {"a", 5, 0}, {"c", 5, 0}}, 2, at.Add(turn), map[string]int{"b": 1, "c": 1}},
		"third turn":            {[]Demand{{"b", 5, 0}, {"a", 5, 0}, {"c", 5, 0}}, 2, at.Add(2 * turn), map[string]int{"c": 1, "a": 1}},
	} {
		if got := divide(c.all, c.places, c.at); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// replicas are pools that share leases, budget and server, as replicas do.
func replicas(t *testing.T, n int, srv *epptest.Server, change ...func(*Config)) []*Pool {
	t.Helper()
	shared := NewMemory()
	var out []*Pool
	for range n {
		out = append(out, newPool(t, srv, append(change, func(c *Config) { c.Leases, c.Budget = shared, shared })...))
	}
	return out
}

// load keeps callers busy on a pool until ctx ends, and counts their answers.
func load(ctx context.Context, t *testing.T, wg *sync.WaitGroup, p *Pool, callers int) *atomic.Int64 {
	t.Helper()
	var done atomic.Int64
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := p.Exchange(ctx, Bulk, check); err == nil {
					done.Add(1)
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
					return
				}
			}
		})
	}
	return &done
}

// finish ends a load; the server's sleeping goroutines end too.
func finish(stop context.CancelFunc, wg *sync.WaitGroup) {
	stop()
	wg.Wait()
	time.Sleep(time.Second)
}

// TestLateReplicasGetTheirPart: one replica uses all sessions; two more come and
// each ends with a third. When they have no more work, the first takes all again.
func TestLateReplicasGetTheirPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(50*time.Millisecond))
		ps := replicas(t, 3, srv, sessions(9))
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		load(ctx, t, &wg, ps[0], 100)
		time.Sleep(5 * time.Second)
		if s := ps[0].Stats(); s.Open != 9 {
			t.Fatalf("alone: %+v", s)
		}
		late, end := context.WithCancel(ctx)
		one, two := load(late, t, &wg, ps[1], 100), load(late, t, &wg, ps[2], 100)
		time.Sleep(3 * time.Second)
		for i, p := range ps {
			if s := p.Stats(); s.Open != 3 {
				t.Errorf("replica %d has %d sessions", i, s.Open)
			}
		}
		if one.Load() == 0 || two.Load() == 0 {
			t.Error("a late replica got nothing in 3 s")
		}
		end()
		time.Sleep(time.Minute)
		if s := ps[0].Stats(); s.Open != 9 {
			t.Errorf("after the others' work: %+v", s)
		}
		finish(stop, &wg)
	})
}

// TestFewerSessionsThanReplicas: all get on, in turns.
func TestFewerSessionsThanReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(50*time.Millisecond))
		ps := replicas(t, 3, srv, sessions(1))
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		var done []*atomic.Int64
		for _, p := range ps {
			done = append(done, load(ctx, t, &wg, p, 20))
		}
		time.Sleep(2 * time.Minute)
		finish(stop, &wg)
		total := int64(0)
		for i := range ps {
			n := done[i].Load()
			total += n
			if n < 500 { // 800 are a third of 2 minutes
				t.Errorf("replica %d had %d answers", i, n)
			}
		}
		if total < 2200 || srv.Dialled() > 20 { // 2,400 are possible
			t.Errorf("%d answers with %d connects", total, srv.Dialled())
		}
	})
}

// TestCustomerAtAnIdleReplica: its warm session is not taken by the bulk work
// of another, so a customer waits for nobody.
func TestCustomerAtAnIdleReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(50*time.Millisecond))
		ps := replicas(t, 2, srv, sessions(4), func(c *Config) { c.Warm = 1 })
		time.Sleep(10 * time.Second) // both are known to each other
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		load(ctx, t, &wg, ps[0], 1000)
		for range 20 {
			time.Sleep(5*time.Second + 7*time.Millisecond)
			start := time.Now()
			if _, err := ps[1].Exchange(t.Context(), Customer, check); err != nil || time.Since(start) > 50*time.Millisecond {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
		if s := ps[0].Stats(); s.Open != 3 {
			t.Errorf("the busy replica has %d of 4 sessions", s.Open)
		}
		finish(stop, &wg)
	})
}

// TestShareFailing: without word from the others the leases alone keep the limit.
func TestShareFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases := &fickle{Leases: NewMemory()}
		leases.mute.Store(true)
		p := newPool(t, epptest.New(t, slow(50*time.Millisecond)), sessions(2), func(c *Config) { c.Leases = leases })
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		done := load(ctx, t, &wg, p, 10)
		time.Sleep(10 * time.Second)
		finish(stop, &wg)
		if n := done.Load(); n < 390 {
			t.Errorf("%d answers", n)
		}
		if s := p.Stats(); s.LastError == "" {
			t.Errorf("nobody is told: %+v", s)
		}
	})
}

// told returns how many replicas' demands are kept.
func told(l *Memory) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.demands["test"])
}

func TestClosedPoolWithdrawsItsDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, shared := epptest.New(t, slow(time.Millisecond)), NewMemory()
		p := newPool(t, srv, sessions(2), func(c *Config) { c.Leases, c.Warm = shared, 1 })
		time.Sleep(2 * time.Second)
		if told(shared) != 1 {
			t.Fatal("not told")
		}
		if err := p.Close(t.Context()); err != nil || told(shared) != 0 {
			t.Errorf("%v, %d demands", err, told(shared))
		}
	})
}
