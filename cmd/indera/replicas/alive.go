package replicas

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/indera/indera/registrar/store"
)

// AliveLife is how long a process that died is counted still.
const AliveLife = 30 * time.Second

// aliveBeats is how often a process says within that life that it lives: one
// word that is lost or late makes nobody dead.
const aliveBeats = 3

// Words is what of the store is needed to tell who is there.
type Words interface {
	Told(ctx context.Context, prefix string) ([]store.Word, time.Time, error)
	Tell(ctx context.Context, prefix, name, holder, text string, ttl time.Duration) error
}

// Alive counts the processes that live, per role. Each keeps one lease per role by
// database time.
type Alive struct {
	store  Words
	holder string
	name   string
	life   time.Duration
	log    *slog.Logger
	counts map[string]*atomic.Int64 // by role; the map never changes
	lost   bool                     // the last beat failed; used by Beat alone
}

// NewAlive returns a counter that knows this process only, until Beat asks.
// holder is unique among replicas and restarts.
func NewAlive(s Words, holder string, roles []string, life time.Duration, log *slog.Logger) *Alive {
	sum := sha256.Sum256([]byte(holder))
	a := &Alive{store: s, holder: holder, name: hex.EncodeToString(sum[:12]), life: life, log: log, counts: make(map[string]*atomic.Int64)}
	for _, r := range roles {
		n := new(atomic.Int64)
		n.Store(1)
		a.counts[r] = n
	}
	return a
}

func living(role string) string { return "alive/" + role + "/" }

// Count returns how many processes of a role lived at the last beat, this one
// among them; 1 when nothing is known.
func (a *Alive) Count(role string) int {
	if n := a.counts[role]; n != nil {
		return int(n.Load())
	}
	return 1
}

// Beat says that this process lives and counts the others. When the database is
// away the last count stays: it is nearer the truth than one. It is not for
// concurrent use.
func (a *Alive) Beat(ctx context.Context) {
	for role := range a.counts {
		if err := a.beat(ctx, role); err != nil {
			if !a.lost && ctx.Err() == nil {
				a.log.WarnContext(ctx, "replicas not counted: rate limits keep the last share", "role", role, "error", err)
			}
			a.lost = true
			return
		}
	}
	a.lost = false
}

func (a *Alive) beat(ctx context.Context, role string) error {
	ctx, cancel := context.WithTimeout(ctx, a.life/aliveBeats)
	defer cancel()
	if err := a.store.Tell(ctx, living(role), a.name, a.holder, "1", a.life); err != nil {
		return fmt.Errorf("telling that this process lives: %w", err)
	}
	words, _, err := a.store.Told(ctx, living(role))
	if err != nil {
		return fmt.Errorf("counting replicas: %w", err)
	}
	if n := int64(max(1, len(words))); a.counts[role].Swap(n) != n {
		a.log.InfoContext(ctx, "replicas share the rate limits", "role", role, "replicas", n)
	}
	return nil
}

// Run beats until ctx ends and then says that this process is gone.
func (a *Alive) Run(ctx context.Context) {
	tick := time.NewTicker(a.life / aliveBeats)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			a.Beat(ctx)
		case <-ctx.Done():
			a.leave(context.WithoutCancel(ctx))
			return
		}
	}
}

// leave takes our words back. What fails runs out by itself.
func (a *Alive) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for role := range a.counts {
		if err := a.store.Tell(ctx, living(role), a.name, a.holder, "", a.life); err != nil {
			a.log.DebugContext(ctx, "leaving", "role", role, "error", err)
			return
		}
	}
}
