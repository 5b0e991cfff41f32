package pool

import (
	"context"
	"sync"
	"time"
)

// Memory is Leases and Budget for a single process.
type Memory struct {
	mu      sync.Mutex
	held    map[string]map[int]bool
	demands map[string]map[string]kept
	buckets map[string]time.Time // when the bucket will be full again
}

// kept is a demand and when it is forgotten.
type kept struct {
	Demand
	until time.Time
}

// memoryLife is how long a demand holds: several times the default LeaseRenew.
const memoryLife = 30 * time.Second

var (
	_ Leases = (*Memory)(nil)
	_ Budget = (*Memory)(nil)
)

// NewMemory returns leases and budgets that live as long as the process.
func NewMemory() *Memory {
	return &Memory{held: make(map[string]map[int]bool), demands: make(map[string]map[string]kept), buckets: make(map[string]time.Time)}
}

// Acquire implements Leases.
func (l *Memory) Acquire(_ context.Context, registry string, max int) (Lease, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slots := l.held[registry]
	if slots == nil {
		slots = make(map[int]bool)
		l.held[registry] = slots
	}
	for slot := 1; slot <= max; slot++ {
		if !slots[slot] {
			slots[slot] = true
			return Lease{Registry: registry, Slot: slot}, true, nil
		}
	}
	return Lease{}, false, nil
}

// Renew implements Leases.
func (l *Memory) Renew(_ context.Context, lease Lease) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[lease.Registry][lease.Slot], nil
}

// Release implements Leases.
func (l *Memory) Release(_ context.Context, lease Lease) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held[lease.Registry], lease.Slot)
	return nil
}

// Share implements Leases.
func (l *Memory) Share(_ context.Context, registry string, mine Demand) (Shared, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.demands[registry]
	if all == nil {
		all = make(map[string]kept)
		l.demands[registry] = all
	}
	now := time.Now()
	if mine.Need > 0 || mine.Warm > 0 {
		all[mine.Replica] = kept{mine, now.Add(memoryLife)}
	} else {
		delete(all, mine.Replica)
	}
	out := Shared{At: now}
	for id, d := range all {
		if !now.Before(d.until) {
			delete(all, id)
			continue
		}
		out.All = append(out.All, d.Demand)
	}
	return out, nil
}

// Draw implements Budget.
func (l *Memory) Draw(_ context.Context, registry string, d Draw) (int, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	got, full, wait := d.From(now, l.buckets[registry])
	l.buckets[registry] = full
	return got, wait, nil
}
