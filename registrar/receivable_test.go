package registrar_test

import (
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// debt writes what a refund of spent money leaves behind.
func (w *world) debt(minor int64) {
	w.t.Helper()
	ctx := w.t.Context()
	err := w.store.InTx(ctx, func(tx registrar.Tx) error {
		owed, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountReceivable, Owner: w.customer.ID, Currency: w.customer.Currency})
		if err != nil {
			return err
		}
		till, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountClearing, Owner: "stripe", Currency: w.customer.Currency})
		if err != nil {
			return err
		}
		if err := tx.Post(ctx, registrar.Posting{ID: "pst_debt", Kind: registrar.PostingReturn, Ref: "mov_debt", At: w.engine.Now(), Entries: []registrar.Entry{
			{ID: "ent_debt_1", PostingID: "pst_debt", AccountID: owed.ID, Minor: -minor}, {ID: "ent_debt_2", PostingID: "pst_debt", AccountID: till.ID, Minor: minor}}}); err != nil {
			return err
		}
		return tx.PutReceivable(ctx, registrar.Receivable{ID: "rcv_debt", CustomerID: w.customer.ID, Kind: registrar.ReceivableReturned, Ref: "pay_debt",
			Total: registrar.Money{Minor: minor, Currency: w.customer.Currency}, Open: minor, State: registrar.ReceivableOpen, OpenedAt: w.engine.Now()})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestOrdersWaitForWhatIsOwed: money that a failed order sets free settles what
// is owed, and then orders go on.
func TestOrdersWaitForWhatIsOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306})
	op := w.place(w.registration("first.shop", 1)) // its price is held
	w.debt(5_00)
	_, _, err := w.engine.PlaceOrder(t.Context(), w.by, w.registration("second.shop", 1))
	wantKind(t, err, registrar.KindInsufficientFunds, "receivable_open")
	before, err := w.engine.Balance(t.Context(), w.customer.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpFailed {
		t.Fatalf("registration: %+v", op)
	}
	after, err := w.engine.Balance(t.Context(), w.customer.ID)
	if err != nil || after.Balance != before.Balance-5_00 || after.Held != 0 {
		t.Errorf("balance %+v, before %+v, %v", after, before, err)
	}
	if op = w.finish(w.place(w.registration("second.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Errorf("registration: %+v", op)
	}
	if err := w.store.CheckLedger(t.Context(), func(p registrar.LedgerProblem) { t.Errorf("ledger: %s: %s", p.Subject, p.Detail) }); err != nil {
		t.Fatal(err)
	}
}
