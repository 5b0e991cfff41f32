package registrar_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// countingStore counts reads of operations.
type countingStore struct {
	registrar.Store
	reads atomic.Int64
}

func (s *countingStore) Operation(ctx context.Context, id string) (registrar.Operation, error) {
	s.reads.Add(1)
	return s.Store.Operation(ctx, id)
}

// TestWaitersCostNothing has many requests wait for one operation while others
// are carried out: the waiting ones do not read at each of those.
func TestWaitersCostNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("waiting.shop")
	s := &countingStore{Store: w.store}
	w.engine = w.newEngine(s, "waiters")
	const waiters = 60
	waiting := w.place(w.renewal("waiting.shop", 1))
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error { // it stays queued
		c := w.command(waiting, registrar.VerbDomainRenew)
		_, err := tx.ChangeCommand(t.Context(), c, registrar.CommandQueued, "", registrar.DueChange{In: time.Hour})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	for range waiters {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := w.engine.WaitOperation(ctx, "", waiting.ID, time.Minute); err != nil {
				t.Error(err)
			}
		}()
	}
	var ops []registrar.Operation
	for i := range 20 {
		ops = append(ops, w.place(w.registration(fmt.Sprintf("n%d.shop", i), 1)))
	}
	w.work(w.engine)
	for _, op := range ops {
		w.finish(op.ID)
	}
	looks := int64(time.Since(start)/(250*time.Millisecond)) + 2 // each looks now and then by itself
	cancel()
	wg.Wait()
	if n := s.reads.Load(); n > looks*(waiters+1)+200 {
		t.Errorf("%d reads by %d waiters in %s", n, waiters, time.Since(start))
	}
}

// TestReplayIsNoNews tells nobody of an order that was placed before.
func TestReplayIsNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var placed atomic.Int64
	w.engine.Subscribe(func(ev registrar.Event) {
		if ev.Kind == registrar.EventOrderPlaced {
			placed.Add(1)
		}
	})
	for range 3 {
		if _, err := w.keyed(w.engine, "k", w.registration("example.shop", 1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := placed.Load(); n != 1 {
		t.Errorf("one order was announced %d times", n)
	}
}
