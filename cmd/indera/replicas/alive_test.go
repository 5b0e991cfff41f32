package replicas_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/registrar/store"
)

// wordsThatFail is a store that can be away.
type wordsThatFail struct {
	*store.Store
	away atomic.Bool
}

func (w *wordsThatFail) Tell(ctx context.Context, prefix, name, holder, text string, ttl time.Duration) error {
	if w.away.Load() {
		return errors.New("the database is away")
	}
	return w.Store.Tell(ctx, prefix, name, holder, text, ttl)
}

// TestAliveCounts: per role, by what the others say; who is gone is not counted,
// and an outage of the database changes nothing.
func TestAliveCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var log bytes.Buffer
		db := &wordsThatFail{Store: s}
		logger := slog.New(slog.NewTextHandler(&log, nil))
		a := replicas.NewAlive(db, "host/1/"+strings.Repeat("x", 80), []string{"web", "rdds"}, time.Minute, logger)
		b := replicas.NewAlive(s, "host/2/b", []string{"web"}, time.Minute, slog.New(slog.DiscardHandler))
		if a.Count("web") != 1 || a.Count("none") != 1 {
			t.Errorf("unknown: %d", a.Count("web"))
		}
		for range 2 {
			a.Beat(ctx)
			b.Beat(ctx)
		}
		c := replicas.NewAlive(s, "host/3/c", []string{"web", "rdds"}, time.Minute, slog.New(slog.DiscardHandler))
		running, stop := context.WithCancel(ctx)
		c.Beat(ctx)
		a.Beat(ctx)
		if a.Count("web") != 3 || a.Count("rdds") != 2 || b.Count("web") != 2 {
			t.Errorf("web %d, rdds %d, b sees %d", a.Count("web"), a.Count("rdds"), b.Count("web"))
		}
		db.away.Store(true)
		a.Beat(ctx)
		a.Beat(ctx)
		if a.Count("web") != 3 || strings.Count(log.String(), "replicas not counted") != 1 {
			t.Errorf("while the database is away: %d, %s", a.Count("web"), &log)
		}
		db.away.Store(false)
		done := make(chan struct{})
		go func() { c.Run(running); close(done) }()
		stop()
		<-done
		a.Beat(ctx)
		if a.Count("web") != 2 || a.Count("rdds") != 1 {
			t.Errorf("one has left: web %d, rdds %d", a.Count("web"), a.Count("rdds"))
		}
	})
}

// TestAliveRunsOut: a process that died without a word is forgotten.
func TestAliveRunsOut(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		quiet := slog.New(slog.DiscardHandler)
		dead := replicas.NewAlive(s, "dead", []string{"web"}, time.Second, quiet)
		dead.Beat(ctx)
		a := replicas.NewAlive(s, "alive", []string{"web"}, time.Minute, quiet)
		a.Beat(ctx)
		if a.Count("web") != 2 {
			t.Fatalf("%d live", a.Count("web"))
		}
		deadline, tick := time.After(20*time.Second), time.NewTicker(50*time.Millisecond)
		defer tick.Stop()
		for a.Count("web") != 1 {
			select {
			case <-tick.C:
				a.Beat(ctx)
			case <-deadline:
				t.Fatal("the dead one is counted still")
			}
		}
	})
}
