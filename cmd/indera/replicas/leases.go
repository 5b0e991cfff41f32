// Package replicas joins what the session pools of all replicas share of a
// registry account to the store: sessions, what each replica needs of them, and
// the command budget. It also counts the replicas, for limits that they share.
package replicas

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar/store"
)

// Store is what of the store is needed; *store.Store is one.
type Store interface {
	TryLease(ctx context.Context, name, holder string, ttl time.Duration) (token string, ok bool, err error)
	RenewLease(ctx context.Context, name, token string, ttl time.Duration) (ok bool, err error)
	ReleaseLease(ctx context.Context, name, token string) error
	Told(ctx context.Context, prefix string) ([]store.Word, time.Time, error)
	Tell(ctx context.Context, prefix, name, holder, text string, ttl time.Duration) error
	Move(ctx context.Context, name string, change func(now, kept time.Time) time.Time) error
}

var _ Store = (*store.Store)(nil)

// Leases shares the sessions that a registry grants and its command budget
// among all replicas: one lease row per session, one per replica that needs
// some, one per budget.
type Leases struct {
	Store  Store
	Holder string
	TTL    time.Duration // of a session's lease and of a demand
}

var (
	_ pool.Leases = Leases{}
	_ pool.Budget = Leases{}
)

func slots(registry string) string   { return "epp/" + registry + "/" }
func demands(registry string) string { return "epp-need/" + registry + "/" }
func bucket(registry string) string  { return "epp-rate/" + registry }

func slotName(l pool.Lease) string { return slots(l.Registry) + strconv.Itoa(l.Slot) }

// Acquire implements pool.Leases. It looks which slots are free before it tries
// one: asking for each in turn would cost a write per session of the registry.
func (l Leases) Acquire(ctx context.Context, registry string, max int) (pool.Lease, bool, error) {
	held, _, err := l.Store.Told(ctx, slots(registry))
	if err != nil {
		return pool.Lease{}, false, fmt.Errorf("looking for a session of %s: %w", registry, err)
	}
	taken := make(map[string]bool, len(held))
	for _, h := range held {
		taken[h.Name] = true
	}
	// From a random slot on, so that replicas do not try for the same one.
	first := rand.N(max)
	for i := range max {
		lease := pool.Lease{Registry: registry, Slot: (first+i)%max + 1}
		if taken[strconv.Itoa(lease.Slot)] {
			continue
		}
		token, ok, err := l.Store.TryLease(ctx, slotName(lease), l.Holder, l.TTL)
		if err != nil {
			return pool.Lease{}, false, fmt.Errorf("leasing a session of %s: %w", registry, err)
		}
		if ok {
			lease.Token = token
			return lease, true, nil
		}
	}
	return pool.Lease{}, false, nil
}

// Renew implements pool.Leases.
func (l Leases) Renew(ctx context.Context, lease pool.Lease) (bool, error) {
	ok, err := l.Store.RenewLease(ctx, slotName(lease), lease.Token, l.TTL)
	if err != nil {
		return false, fmt.Errorf("keeping a session of %s: %w", lease.Registry, err)
	}
	return ok, nil
}

// Release implements pool.Leases.
func (l Leases) Release(ctx context.Context, lease pool.Lease) error {
	if err := l.Store.ReleaseLease(ctx, slotName(lease), lease.Token); err != nil {
		return fmt.Errorf("giving a session of %s back: %w", lease.Registry, err)
	}
	return nil
}

// Share implements pool.Leases. A demand is kept as "need.warm".
func (l Leases) Share(ctx context.Context, registry string, mine pool.Demand) (pool.Shared, error) {
	text := ""
	if mine.Need > 0 || mine.Warm > 0 {
		text = fmt.Sprintf("%d.%d", mine.Need, mine.Warm)
	}
	if err := l.Store.Tell(ctx, demands(registry), mine.Replica, l.Holder, text, l.TTL); err != nil {
		return pool.Shared{}, fmt.Errorf("telling other replicas what is needed of %s: %w", registry, err)
	}
	words, now, err := l.Store.Told(ctx, demands(registry))
	if err != nil {
		return pool.Shared{}, fmt.Errorf("reading what other replicas need of %s: %w", registry, err)
	}
	out := pool.Shared{At: now}
	for _, w := range words {
		if d, ok := parseDemand(w); ok { // else of a newer version: its leases count all the same
			out.All = append(out.All, d)
		}
	}
	return out, nil
}

func parseDemand(w store.Word) (pool.Demand, bool) {
	need, warm, _ := strings.Cut(w.Text, ".")
	n, err := strconv.ParseUint(need, 10, 16)
	if err != nil {
		return pool.Demand{}, false
	}
	k, err := strconv.ParseUint(warm, 10, 16)
	return pool.Demand{Replica: w.Name, Need: int(n), Warm: int(k)}, err == nil
}

// Draw implements pool.Budget.
func (l Leases) Draw(ctx context.Context, registry string, d pool.Draw) (got int, wait time.Duration, err error) {
	err = l.Store.Move(ctx, bucket(registry), func(now, full time.Time) time.Time {
		var next time.Time
		if got, next, wait = d.From(now, full); got == 0 {
			return full // nothing to write
		}
		return next
	})
	if err != nil {
		return 0, 0, fmt.Errorf("drawing on the command budget of %s: %w", registry, err)
	}
	return got, wait, nil
}
