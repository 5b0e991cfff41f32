package house

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
)

// leaseTable is the lease part of a store, on a clock of its own: the
// database's.
type leaseTable struct {
	mu    sync.Mutex
	clock clockwork.Clock
	until map[string]time.Time
	token map[string]string
	n     int
	gone  error
	beats chan bool // results of renewals, when somebody listens
}

func newLeaseTable(clock clockwork.Clock) *leaseTable {
	return &leaseTable{clock: clock, until: map[string]time.Time{}, token: map[string]string{}}
}

func (l *leaseTable) TryLease(_ context.Context, name, _ string, ttl time.Duration) (string, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil || l.until[name].After(l.clock.Now()) {
		return "", false, l.gone
	}
	l.n++
	l.until[name], l.token[name] = l.clock.Now().Add(ttl), string(rune('a'+l.n))
	return l.token[name], true, nil
}

func (l *leaseTable) RenewLease(_ context.Context, name, token string, ttl time.Duration) (ok bool, _ error) {
	if l.beats != nil {
		defer func() { l.beats <- ok }()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil || l.token[name] != token || !l.until[name].After(l.clock.Now()) {
		return false, l.gone
	}
	l.until[name] = l.clock.Now().Add(ttl)
	return true, nil
}

func newSlots(leases leaser, holder string, heart clockwork.Clock, job string, every time.Duration) *slots {
	return &slots{leases: leases, holder: holder, every: map[string]time.Duration{job: every}, heart: heart, log: slog.New(slog.DiscardHandler)}
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// TestOneRunPerSlot lets two replicas, whose clocks differ by two seconds, ask
// for every slot of a job that ends at once: one of them runs it.
func TestOneRunPerSlot(t *testing.T) {
	database := clockwork.NewFakeClock()
	leases := newLeaseTable(database)
	replicas := []*slots{
		newSlots(leases, "a", clockwork.NewRealClock(), "fast", time.Minute), newSlots(leases, "b", clockwork.NewRealClock(), "fast", time.Minute),
	}
	for slot := range 5 {
		runs := 0
		for _, r := range replicas {
			lock, err := r.Lock(t.Context(), "fast")
			if err == nil {
				runs++
				err = lock.Unlock(t.Context()) // a fast job: done before the other asks
			}
			if err != nil && !errors.Is(err, errSlotTaken) {
				t.Fatal(err)
			}
			database.Advance(2 * time.Second)
		}
		if runs != 1 {
			t.Errorf("slot %d was run %d times", slot, runs)
		}
		database.Advance(time.Minute - 4*time.Second)
	}
}

// TestLongJobKeepsItsSlot lets a run outlast its lease: the slot is kept by
// heartbeats, and free one lease after the run.
func TestLongJobKeepsItsSlot(t *testing.T) {
	clock := clockwork.NewFakeClock() // the database's and the heart's
	leases := newLeaseTable(clock)
	leases.beats = make(chan bool, 1)
	s := newSlots(leases, "a", clock, "long", time.Minute)
	lock, err := s.Lock(t.Context(), "long")
	if err != nil {
		t.Fatal(err)
	}
	for range 12 { // three leases long
		if err := clock.BlockUntilContext(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		clock.Advance(18 * time.Second)
		if !next(t, leases.beats) {
			t.Fatal("the heartbeat failed")
		}
		if _, err := s.Lock(t.Context(), "long"); !errors.Is(err, errSlotTaken) {
			t.Fatalf("the slot of a running job was given away: %v", err)
		}
	}
	if err := lock.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lock(t.Context(), "long"); !errors.Is(err, errSlotTaken) {
		t.Errorf("the slot was given back early: %v", err)
	}
	clock.Advance(time.Minute)
	again, err := s.Lock(t.Context(), "long")
	if err != nil {
		t.Fatalf("the slot never became free: %v", err)
	}
	if err := again.Unlock(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPanicIsNotTheEnd lets a job panic and then run again.
func TestPanicIsNotTheEnd(t *testing.T) {
	clock := clockwork.NewRealClock()
	runs := make(chan error, 100)
	var calls atomic.Int32
	s := &scheduler{
		leases: newLeaseTable(clock), holder: "a", clock: clock, log: slog.New(slog.DiscardHandler), stop: 5 * time.Second,
		ran:    func(_ string, _ time.Time, _ time.Duration, err error) { runs <- err },
		paused: func(context.Context) (bool, error) { return false, nil },
		jobs: []job{{"wild", 50 * time.Millisecond, time.Minute, func(context.Context) error {
			if calls.Add(1) == 1 {
				panic("wild")
			}
			return nil
		}}},
	}
	running, err := s.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := next(t, runs); !errors.Is(err, errPanicked) {
		t.Errorf("first run = %v", err)
	}
	if err := next(t, runs); err != nil {
		t.Errorf("second run = %v", err)
	}
	if err := running.Shutdown(); err != nil {
		t.Error(err)
	}
}

func TestSlotNeedsTheDatabase(t *testing.T) {
	leases := newLeaseTable(clockwork.NewRealClock())
	leases.gone = errors.New("connection refused")
	s := newSlots(leases, "a", clockwork.NewRealClock(), "x", time.Second)
	if _, err := s.Lock(t.Context(), "x"); !errors.Is(err, leases.gone) {
		t.Errorf("error = %v", err)
	}
	if _, err := s.Lock(t.Context(), "unlisted"); err == nil {
		t.Error("a job that is not on the list was run")
	}
}
