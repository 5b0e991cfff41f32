package registrar_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/indera/indera/registrar"
)

// staleStore answers the first read of a name inside a transaction with an
// older row, as a database does when a settlement commits between that read and
// the next statement.
type staleStore struct {
	registrar.Store
	old  registrar.Domain
	used atomic.Bool
}

func (s *staleStore) InTx(ctx context.Context, fn func(registrar.Tx) error) error {
	return s.Store.InTx(ctx, func(tx registrar.Tx) error { return fn(staleTx{tx, s}) })
}

type staleTx struct {
	registrar.Tx
	s *staleStore
}

func (t staleTx) DomainByName(ctx context.Context, name string) (registrar.Domain, error) {
	if name == t.s.old.Name && t.s.used.CompareAndSwap(false, true) {
		return t.s.old, nil
	}
	return t.Tx.DomainByName(ctx, name)
}

// TestRenewalOnAStaleDate orders a renewal just when the one before it is
// settled: it must be sent with the new date, and nobody may take the effect of
// one for that of the other.
func TestRenewalOnAStaleDate(t *testing.T) {
	w := newWorld(t)
	before := w.own("example.shop")
	stop := w.work(w.engine)
	if op := w.finish(w.place(w.renewal("example.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Fatalf("first renewal: %+v", op)
	}
	stop()
	stale := &staleStore{Store: w.store, old: before}
	e := w.newEngine(stale, "second")
	_, ops, err := e.PlaceOrder(t.Context(), w.by, w.renewal("example.shop", 1))
	if err != nil {
		t.Fatal(err)
	}
	if !stale.used.Load() {
		t.Fatal("the stale row was never read")
	}
	w.work(w.engine)
	if op := w.finish(ops[0].ID); op.State != registrar.OpSucceeded {
		t.Errorf("second renewal: %+v", op)
	}
	if n := w.registry.Executed(registrar.VerbDomainRenew, "example.shop"); n != 2 {
		t.Errorf("renewed %d times, want 2", n)
	}
	w.balanced(registerPrice+2*renewPrice, 3*costPerYear)
}
