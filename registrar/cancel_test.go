package registrar_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/indera/indera/registrar"
)

// queued returns the command of an operation that waits for its turn.
func (w *world) queued(op registrar.Operation) registrar.Command {
	w.t.Helper()
	cmds, err := w.store.CommandsOf(w.t.Context(), op.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range cmds {
		if c.State == registrar.CommandQueued {
			return c
		}
	}
	w.t.Fatalf("nothing is queued: %+v", cmds)
	return registrar.Command{}
}

func TestQueuedCommandIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := w.place(w.registration("example.shop", 1))
	c := w.queued(op)
	wantKind(t, w.engine.CancelCommand(t.Context(), staff, c.ID, "  "), registrar.KindInvalid, "required")
	wantKind(t, w.engine.CancelCommand(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_x"}, c.ID, "x"), registrar.KindForbidden, "not_staff")
	if err := w.engine.CancelCommand(t.Context(), staff, c.ID, "the registry has gone"); err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpFailed || op.FailureCode != "cancelled_by_staff" {
		t.Errorf("operation: %+v", op)
	}
	cmds, err := w.store.CommandsOf(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range cmds {
		if other.State.Open() {
			t.Errorf("still open: %+v", other)
		}
	}
	w.balanced(0, 0)
	if n := len(w.audits("command", c.ID, "command.cancel")); n != 1 {
		t.Errorf("%d cancellations are in evidence", n)
	}
	wantKind(t, w.engine.CancelCommand(t.Context(), staff, c.ID, "again"), registrar.KindConflict, "not_queued")
	// The name is free again.
	w.work(w.engine)
	if op = w.finish(w.place(w.registration("example.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Errorf("ordered again: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// cancelUnderway cancels what a worker has just taken, until the operation has
// ended.
func (w *world) cancelUnderway(op registrar.Operation) {
	for {
		is, err := w.store.Operation(w.t.Context(), op.ID)
		cmds, err2 := w.store.CommandsOf(w.t.Context(), op.ID)
		if err := errors.Join(err, err2); err != nil {
			w.t.Error(err)
			return
		}
		if is.State != registrar.OpRunning {
			return
		}
		for _, c := range cmds {
			// One that a worker holds is about to be sent.
			if c.State != registrar.CommandQueued || c.Lease.Token == "" {
				continue
			}
			if err := w.engine.CancelCommand(w.t.Context(), staff, c.ID, "race"); err != nil && registrar.KindOf(err) != registrar.KindConflict {
				w.t.Errorf("%s: %v", c.Object, err)
				return
			}
		}
	}
}

// TestCancelRacesTheWorker: whoever wins, what was executed was paid, and what
// was cancelled was neither.
func TestCancelRacesTheWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 12
	var ops []registrar.Operation
	for i := range n {
		ops = append(ops, w.place(w.registration(fmt.Sprintf("race-%d.shop", i), 1)))
	}
	w.work(w.engine)
	var all sync.WaitGroup
	for _, op := range ops {
		all.Go(func() {
			w.cancelUnderway(op)
		})
	}
	all.Wait()
	done := int64(0)
	for _, op := range ops {
		there := w.registry.Domain(op.Domain) != nil
		is := w.finish(op.ID)
		there = w.registry.Domain(op.Domain) != nil || there
		if (is.State == registrar.OpSucceeded) != there {
			t.Errorf("%s is %s, at the registry: %v", op.Domain, is.State, there)
		}
		if is.State == registrar.OpSucceeded {
			done++
		}
	}
	t.Logf("%d of %d were cancelled", n-done, n)
	w.balanced(done*registerPrice, done*costPerYear)
}
