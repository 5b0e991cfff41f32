package registrar_test

import (
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// TestRepeatedOrderOfSeveralLines repeats, under one key, an order of which one
// line failed: what succeeded is not done and paid for again.
func TestRepeatedOrderOfSeveralLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("a.shop")
	w.own("b.shop")
	req := w.renewal("a.shop", 1)
	req.Lines = append(req.Lines, w.renewal("b.shop", 1).Lines...)
	req.Key = &registrar.KeyRequest{Key: "k", BodyDigest: "aa"}
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultCode, Code: 2105})
	w.workWith(w.engine, registrar.WorkerOptions{Concurrency: 1, Poll: 10 * time.Millisecond})
	order, ops, err := w.engine.PlaceOrder(t.Context(), w.by, req)
	if err != nil {
		t.Fatal(err)
	}
	states := map[registrar.OperationState]int{}
	for _, op := range ops {
		states[w.finish(op.ID).State]++
	}
	if states[registrar.OpFailed] != 1 || states[registrar.OpSucceeded] != 1 {
		t.Fatalf("operations: %v", states)
	}
	again, ops, err := w.engine.PlaceOrder(t.Context(), w.by, req)
	if err != nil || again.ID != order.ID {
		t.Errorf("the repeated request made order %s (%v), want %s", again.ID, err, order.ID)
	}
	for _, op := range ops {
		w.finish(op.ID)
	}
	w.balanced(2*registerPrice+renewPrice, 3*costPerYear)
}

// TestSameKeyAtOnce sends one request many times at the same moment.
func TestSameKeyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	engines := []*registrar.Engine{w.engine, w.newEngine(w.store, "second")}
	for round, fault := range []bool{true, false} { // the first time it fails, so that the second runs again
		if fault {
			w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultCode, Code: 2105})
		}
		var (
			wg  sync.WaitGroup
			mu  sync.Mutex
			ids = map[string]bool{}
		)
		for i := range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				req := w.renewal("example.shop", 1)
				req.Key = &registrar.KeyRequest{Key: "k", BodyDigest: "aa"}
				_, ops, err := engines[i%2].PlaceOrder(t.Context(), w.by, req)
				if err != nil {
					if registrar.KindOf(err) != registrar.KindConflict {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[ops[0].ID] = true
			}()
		}
		wg.Wait()
		if len(ids) != 1 {
			t.Errorf("round %d: one key stands for %d operations", round, len(ids))
		}
		stop := w.work(w.engine)
		for id := range ids {
			w.finish(id)
		}
		stop()
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}
