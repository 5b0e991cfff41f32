package house

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	tried chan string // who asked for a lease, when somebody listens
}

func newLeaseTable(clock clockwork.Clock) *leaseTable {
	return &leaseTable{clock: clock, until: map[string]time.Time{}, token: map[string]string{}}
}

func (l *leaseTable) TryLease(_ context.Context, name, holder string, ttl time.Duration) (string, bool, error) {
	if l.tried != nil {
		defer func() { l.tried <- holder }()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil || l.until[name].After(l.clock.Now()) {
		return "", false, l.gone
	}
	l.n++
	l.until[name], l.token[name] = l.clock.Now().Add(ttl), string(rune('a'+l.n))
	return l.token[name], true, nil
}

func (l *leaseTable) RenewLease(_ context.Context, name, token string, ttl time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil || l.token[name] != token || !l.until[name].After(l.clock.Now()) {
		return false, l.gone
	}
	l.until[name] = l.clock.Now().Add(ttl)
	return true, nil
}

// replica is a scheduler that reports each run.
type replica struct {
	clock *clockwork.FakeClock
	runs  chan string
}

func startReplica(t *testing.T, name string, leases leaser, clock *clockwork.FakeClock, runs chan string, jobs ...job) *replica {
	t.Helper()
	s := &scheduler{
		jobs: jobs, leases: leases, holder: name, clock: clock, log: slog.New(slog.DiscardHandler), stop: 5 * time.Second,
		ran: func(job string, _ time.Time, _ time.Duration, err error) {
			if err != nil {
				job += ": " + err.Error()
			}
			runs <- name + " " + job
		},
	}
	running, err := s.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return &replica{clock, runs}
}

// tick moves the replica's clock to the next run once the scheduler waits.
func (r *replica) tick(t *testing.T, d time.Duration, waiting int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.clock.BlockUntilContext(ctx, waiting); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(d)
}

func next(t *testing.T, runs <-chan string) string {
	t.Helper()
	select {
	case got := <-runs:
		return got
	case <-time.After(10 * time.Second):
		t.Fatal("no run came")
		return ""
	}
}

// TestOneRunPerSlot runs two replicas whose clocks differ: a fast job of the
// first must not be run again by the second, a little later in the same slot.
func TestOneRunPerSlot(t *testing.T) {
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	database := clockwork.NewFakeClockAt(began)
	leases := newLeaseTable(database)
	leases.tried = make(chan string, 100)
	runs := make(chan string, 100)
	fast := job{"fast", time.Minute, time.Minute, func(context.Context) error { return nil }}
	asked := func(want string) {
		t.Helper()
		if got := next(t, leases.tried); got != want {
			t.Fatalf("%s asked for the slot, want %s", got, want)
		}
	}
	a := startReplica(t, "a", leases, clockwork.NewFakeClockAt(began), runs, fast)
	asked("a")
	b := startReplica(t, "b", leases, clockwork.NewFakeClockAt(began.Add(-2*time.Second)), runs, fast)
	asked("b")
	for range 3 {
		// Both reach the same slot while the database's clock stands within it.
		database.Advance(time.Minute)
		a.tick(t, time.Minute, 1)
		asked("a")
		b.tick(t, time.Minute, 1)
		asked("b")
	}
	for range 4 {
		if got := next(t, runs); got != "a fast" {
			t.Errorf("run = %q, want a's", got)
		}
	}
	select {
	case got := <-runs:
		t.Errorf("a slot was run again: %q", got)
	default:
	}
}

// TestPanicIsNotTheEnd lets a job panic and then run.
func TestPanicIsNotTheEnd(t *testing.T) {
	clock := clockwork.NewFakeClock()
	leases := newLeaseTable(clock)
	runs := make(chan string, 10)
	calls := 0
	r := startReplica(t, "a", leases, clock, runs, job{"wild", time.Minute, time.Minute, func(context.Context) error {
		calls++
		if calls == 1 {
			panic("wild")
		}
		return errors.New("tame")
	}})
	if got := next(t, runs); got != "a wild: panicked" {
		t.Fatalf("first run = %q", got)
	}
	r.tick(t, time.Minute, 1)
	if got := next(t, runs); got != "a wild: tame" {
		t.Fatalf("second run = %q", got)
	}
}

// TestLongJobKeepsItsSlot proves the heartbeat: a run that outlasts its lease
// is not joined by another replica, and its slot is free when it ended.
func TestLongJobKeepsItsSlot(t *testing.T) {
	leases := newLeaseTable(clockwork.NewRealClock())
	s := &slots{leases: leases, holder: "a", every: map[string]time.Duration{"long": 200 * time.Millisecond}, log: slog.New(slog.DiscardHandler)}
	lock, err := s.Lock(t.Context(), "long")
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.NewTimer(time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for held := true; held; {
		select {
		case <-deadline.C:
			held = false
		case <-tick.C:
			if _, err := s.Lock(t.Context(), "long"); !errors.Is(err, errSlotTaken) {
				t.Fatalf("the slot of a running job was given away: %v", err)
			}
		}
	}
	if err := lock.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lock(t.Context(), "long"); !errors.Is(err, errSlotTaken) {
		t.Errorf("the slot was given back early: %v", err)
	}
	freed := time.After(10 * time.Second)
	for {
		again, err := s.Lock(t.Context(), "long")
		if err == nil {
			if err := again.Unlock(t.Context()); err != nil {
				t.Error(err)
			}
			return
		}
		select {
		case <-freed:
			t.Fatal("the slot never became free")
		case <-tick.C:
		}
	}
}

func TestSlotNeedsTheDatabase(t *testing.T) {
	leases := newLeaseTable(clockwork.NewRealClock())
	leases.gone = errors.New("connection refused")
	s := &slots{leases: leases, holder: "a", every: map[string]time.Duration{"x": time.Second}, log: slog.New(slog.DiscardHandler)}
	if _, err := s.Lock(t.Context(), "x"); !errors.Is(err, leases.gone) {
		t.Errorf("error = %v", err)
	}
	if _, err := s.Lock(t.Context(), "unlisted"); err == nil {
		t.Error("a job that is not on the list was run")
	}
}
