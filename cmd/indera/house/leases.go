package house

import (
	"context"
	"fmt"
	"time"

	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// sessionLeases shares the sessions that a registry grants among all replicas:
// one lease row per session.
type sessionLeases struct {
	store  registrar.Store
	holder string
	ttl    time.Duration
}

var _ pool.Leases = sessionLeases{}

func sessionLease(registry string, slot int) string {
	return fmt.Sprintf("epp/%s/%d", registry, slot)
}

// Acquire implements pool.Leases.
func (l sessionLeases) Acquire(ctx context.Context, registry string, max int) (pool.Lease, bool, error) {
	for slot := 1; slot <= max; slot++ {
		token, ok, err := l.store.TryLease(ctx, sessionLease(registry, slot), l.holder, l.ttl)
		if err != nil {
			return pool.Lease{}, false, fmt.Errorf("leasing a session of %s: %w", registry, err)
		}
		if ok {
			return pool.Lease{Registry: registry, Slot: slot, Token: token}, true, nil
		}
	}
	return pool.Lease{}, false, nil
}

// Renew implements pool.Leases.
func (l sessionLeases) Renew(ctx context.Context, lease pool.Lease) (bool, error) {
	ok, err := l.store.RenewLease(ctx, sessionLease(lease.Registry, lease.Slot), lease.Token, l.ttl)
	if err != nil {
		return false, fmt.Errorf("keeping a session of %s: %w", lease.Registry, err)
	}
	return ok, nil
}

// Release implements pool.Leases.
func (l sessionLeases) Release(ctx context.Context, lease pool.Lease) error {
	if err := l.store.ReleaseLease(ctx, sessionLease(lease.Registry, lease.Slot), lease.Token); err != nil {
		return fmt.Errorf("giving a session of %s back: %w", lease.Registry, err)
	}
	return nil
}
