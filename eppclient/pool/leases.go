package pool

import (
	"context"
	"sync"
)

// Lease is the right to hold one session at a registry. Slot is 1 to the
// registry's limit; Token tells this holding of the slot from others.
type Lease struct {
	Registry string
	Slot     int
	Token    string
}

// Leases shares the sessions that a registry grants among all replicas. A
// lease that is neither renewed nor released runs out by itself after a time
// that the implementation sets, several times Config.LeaseRenew.
// Implementations are safe for concurrent use.
type Leases interface {
	// Acquire takes a free slot of max; ok is false when all are held.
	Acquire(ctx context.Context, registry string, max int) (lease Lease, ok bool, err error)
	// Renew extends a lease; ok is false when it ran out and is no longer ours.
	Renew(ctx context.Context, lease Lease) (ok bool, err error)
	// Release gives a lease back. Releasing one that ran out is no error.
	Release(ctx context.Context, lease Lease) error
}

// Memory is Leases for a single process.
type Memory struct {
	mu   sync.Mutex
	held map[string]map[int]bool
}

var _ Leases = (*Memory)(nil)

// NewMemory returns leases that live as long as the process.
func NewMemory() *Memory { return &Memory{held: make(map[string]map[int]bool)} }

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
