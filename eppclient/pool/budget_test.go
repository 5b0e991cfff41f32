package pool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epptest"
)

func TestDrawFrom(t *testing.T) {
	now := time.Unix(1000, 0)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for name, c := range map[string]struct {
		draw Draw
		full time.Duration // after now
		got  int
		then time.Duration // full again, after now
		wait time.Duration
	}{
		"never used":         {Draw{3, 0, 10, ms(100)}, -time.Hour, 3, ms(300), 0},
		"all of it":          {Draw{50, 0, 10, ms(100)}, 0, 10, time.Second, 0},
		"the rest":           {Draw{5, 0, 10, ms(100)}, ms(850), 1, ms(950), 0},
		"empty":              {Draw{5, 0, 10, ms(100)}, ms(950), 0, ms(950), ms(50)},
		"reserve is left":    {Draw{5, 2, 10, ms(100)}, ms(700), 1, ms(800), 0},
		"only the reserve":   {Draw{5, 2, 10, ms(100)}, ms(800), 0, ms(800), ms(100)},
		"less than 1/second": {Draw{1, 0, 1, 4 * time.Second}, 3 * time.Second, 0, 3 * time.Second, 3 * time.Second},
	} {
		got, full, wait := c.draw.From(now, now.Add(c.full))
		if got != c.got || !full.Equal(now.Add(c.then)) || wait != c.wait {
			t.Errorf("%s: %d tokens, full in %v, wait %v", name, got, full.Sub(now), wait)
		}
	}
}

// TestReplicasShareTheRate: the registry sees the rate it grants, not one rate
// per replica, and no replica is left out.
func TestReplicasShareTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := epptest.New(t, slow(time.Millisecond))
		ps := replicas(t, 3, srv, sessions(9), func(c *Config) { c.CommandsPerSecond = 30 })
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		var done []*atomic.Int64
		for _, p := range ps {
			done = append(done, load(ctx, t, &wg, p, 50))
		}
		time.Sleep(time.Minute)
		finish(stop, &wg)
		total := int64(0)
		for i, n := range done {
			total += n.Load()
			if n.Load() < 300 {
				t.Errorf("replica %d had %d answers in a minute", i, n.Load())
			}
		}
		if total < 1790 || total > 1840 { // a burst of 30 and 30 a second
			t.Errorf("%d commands in a minute at 30/s", total)
		}
	})
}

// TestCustomerBehindBulk: 5,000 bulk commands wait; a customer's check is
// answered within one answer time of theirs and its own. It does not stand
// behind them for the command budget either, whichever replica it comes to.
func TestCustomerBehindBulk(t *testing.T) {
	const answer = 50 * time.Millisecond
	for name, rate := range map[string]float64{"sessions are short": 0, "the budget is short": 20} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := epptest.New(t, slow(answer))
				ps := replicas(t, 2, srv, sessions(10), func(c *Config) { c.Warm, c.CommandsPerSecond = 1, rate })
				time.Sleep(10 * time.Second)
				ctx, stop := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for range 5000 {
					wg.Go(func() {
						if _, err := ps[0].Exchange(ctx, Bulk, check); err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					})
				}
				time.Sleep(3*time.Second + 13*time.Millisecond)
				if ps[0].Stats().Waiting < 1000 {
					t.Fatalf("nobody waits: %+v", ps[0].Stats())
				}
				for i := range 10 {
					start := time.Now()
					_, err := ps[i%2].Exchange(t.Context(), Customer, check)
					if took := time.Since(start); err != nil || took > 2*answer {
						t.Errorf("check %d took %v: %v", i, took, err)
					}
					time.Sleep(500*time.Millisecond + 3*time.Millisecond)
				}
				finish(stop, &wg)
			})
		})
	}
}

// broken is a budget that can't be asked.
type broken struct{ Budget }

func (broken) Draw(context.Context, string, Draw) (int, time.Duration, error) {
	return 0, 0, errors.New("database gone")
}

func TestBudgetFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, epptest.New(t, slow(time.Millisecond)), func(c *Config) { c.CommandsPerSecond, c.Budget = 10, broken{} })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := p.Exchange(ctx, Customer, check); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if s := p.Stats(); s.LastError != "database gone" || s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestBulkGetsSomeOfTheBudget: customers at one replica could use all of it, so
// the bucket never holds more than the reserve; bulk at another goes on slowly.
func TestBulkGetsSomeOfTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := replicas(t, 2, epptest.New(t, slow(time.Millisecond)), sessions(8), func(c *Config) { c.Warm, c.CommandsPerSecond = 1, 20 })
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := ps[0].Exchange(ctx, Customer, check); err != nil && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}
			})
		}
		time.Sleep(10 * time.Second)
		bulk := load(ctx, t, &wg, ps[1], 5)
		time.Sleep(time.Minute)
		finish(stop, &wg)
		if n := bulk.Load(); n < 30 || n > 600 { // 1,200 are possible for both together
			t.Errorf("bulk had %d answers in a minute", n)
		}
	})
}
