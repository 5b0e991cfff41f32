package ratelimit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
)

func TestTakeEmptiesAndRefills(t *testing.T) {
	clock := clockwork.NewFakeClock()
	l := New(Rule{PerSecond: 2, Burst: 3}, 0, clock)
	for i := range 3 {
		if v := l.Take("a"); !v.OK || v.Remaining != 2-i {
			t.Fatalf("request %d: %+v", i, v)
		}
	}
	v := l.Take("a")
	if v.OK || v.RetryAfter != 500*time.Millisecond || v.Reset != 1500*time.Millisecond {
		t.Fatalf("empty bucket: %+v", v)
	}
	if v := l.Take("b"); !v.OK {
		t.Fatal("another client pays for the first")
	}
	clock.Advance(499 * time.Millisecond)
	if l.Take("a").OK {
		t.Fatal("passed before the refill")
	}
	clock.Advance(time.Millisecond)
	if !l.Take("a").OK {
		t.Fatal("refused after the refill")
	}
	clock.Advance(time.Hour)
	if v := l.Take("a"); v.Remaining != 2 {
		t.Fatalf("bucket overflowed: %+v", v)
	}
}

func TestClockGoingBackGivesNothing(t *testing.T) {
	clock := clockwork.NewFakeClock()
	l := New(Rule{PerSecond: 1, Burst: 1}, 0, clock)
	l.Take("a")
	clock.Advance(-time.Hour)
	if l.Take("a").OK {
		t.Fatal("a clock that went back refilled the bucket")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(Rule{PerSecond: 1, Burst: 1}, 10, clockwork.NewFakeClock())
	l.Take("kept")
	for i := range 1000 {
		l.Take(fmt.Sprint(i))
		l.Take("kept")
	}
	if len(l.buckets) > 10 || l.recent.Len() != len(l.buckets) {
		t.Fatalf("%d buckets, %d in the list", len(l.buckets), l.recent.Len())
	}
	if l.Take("kept").OK {
		t.Fatal("a busy client was forgotten and got a new bucket")
	}
}

func TestConcurrentTakesPassExactlyTheBurst(t *testing.T) {
	l := New(Rule{PerSecond: 1, Burst: 50}, 0, clockwork.NewFakeClock())
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if l.Take("a").OK {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 50 {
		t.Fatalf("%d passed, want 50", passed.Load())
	}
}

func TestZeroRuleLetsAllPass(t *testing.T) {
	l := New(Rule{}, 0, nil)
	for range 1000 {
		if !l.Take("a").OK {
			t.Fatal("limited without a rule")
		}
	}
}

func TestClient(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1:4711":          "192.0.2.1",
		"192.0.2.1":               "192.0.2.1",
		"[::ffff:192.0.2.1]:1":    "192.0.2.1", // mapped: the same peer
		"[2001:db8:1:2:3::4]:443": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":        "fe80::/64",
		"pipe":                    "pipe",
		"":                        "",
	} {
		if got := Client(in); got != want {
			t.Errorf("Client(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestShareFollowsTheCount: the bucket shrinks at once when processes come, and
// fills up again at the whole rate when they are gone.
func TestShareFollowsTheCount(t *testing.T) {
	clock := clockwork.NewFakeClock()
	n := 1
	l := New(Rule{PerSecond: 6, Burst: 12}, 0, clock).Among(func() int { return n })
	l.Take("a")
	n = 3
	if v := l.Take("a"); !v.OK || v.Remaining != 3 || v.Reset != 500*time.Millisecond || l.Rule() != (Rule{PerSecond: 2, Burst: 4}) {
		t.Fatalf("one of three: %+v %+v", v, l.Rule())
	}
	for range 3 {
		l.Take("a")
	}
	if v := l.Take("a"); v.OK || v.RetryAfter != 500*time.Millisecond {
		t.Fatalf("past the share: %+v", v)
	}
	n = 1
	clock.Advance(2 * time.Second)
	if v := l.Take("a"); v.Remaining != 11 {
		t.Fatalf("alone again: %+v", v)
	}
	n = 50
	if v := l.Take("b"); !v.OK || v.Remaining != 0 || l.Take("b").OK {
		t.Fatalf("of a burst smaller than the count one is left: %+v", v)
	}
	if New(Rule{}, 0, clock).Among(func() int { return 3 }).Rule() != (Rule{}) {
		t.Error("no limit became one")
	}
	n = 0
	if l.Rule() != (Rule{PerSecond: 6, Burst: 12}) || New(Rule{PerSecond: 1, Burst: 2}, 0, clock).Among(nil).Rule().Burst != 2 {
		t.Error("an unknown count is not one")
	}
}
