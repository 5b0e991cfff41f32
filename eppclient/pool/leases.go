package pool

import (
	"context"
	"time"
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
	// Share tells the other replicas what this one can use of a registry's
	// sessions, and returns what all can, this one included. Zero need and warm
	// withdraw it; otherwise it holds as long as a lease does.
	Share(ctx context.Context, registry string, mine Demand) (Shared, error)
}

// Demand is what one replica can use of the sessions that a registry grants.
type Demand struct {
	Replica string // 1-40 letters and digits
	Need    int    // sessions that have work: busy ones, and one per waiting caller
	Warm    int    // sessions it wants to keep ready
}

// Shared is what all replicas want at one moment.
type Shared struct {
	All []Demand
	At  time.Time // by a clock that all replicas share
}
