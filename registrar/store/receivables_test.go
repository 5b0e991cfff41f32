package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestReceivables(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		one := registrar.Receivable{ID: "rcv_001", CustomerID: "cus_001", Kind: registrar.ReceivableReturned, Ref: "pay_001",
			Total: registrar.Money{Minor: 25_00, Currency: "EUR"}, Open: 20_00, State: registrar.ReceivableOpen, OpenedAt: noon.UTC()}
		two := one
		two.ID, two.Ref = "rcv_002", "pay_002"
		put := func(r registrar.Receivable) func(registrar.Tx) error {
			return func(tx registrar.Tx) error { return tx.PutReceivable(ctx, r) }
		}
		write(t, s, put(one))
		write(t, s, put(two))
		same2 := one
		same2.ID = "rcv_003"
		if err := s.InTx(ctx, put(same2)); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("the same cause twice: %v", err)
		}
		one.Revision = 1
		same(t, must[registrar.Receivable](t)(s.Receivable(ctx, "rcv_001")), one)
		open := must[[]registrar.Receivable](t)(s.OpenReceivables(ctx, "cus_001", 10))
		if len(open) != 2 || open[0].ID != "rcv_001" {
			t.Errorf("open, oldest first: %+v", open)
		}
		closed := noon.UTC().Add(time.Hour)
		paid := one
		paid.Open, paid.State, paid.ClosedAt = 0, registrar.ReceivableSettled, &closed
		write(t, s, put(paid))
		refused(t, s, registrar.KindConflict, "receivable_changed", put(paid)) // over an old revision
		paid.Revision = 2
		same(t, must[registrar.Receivable](t)(s.ReceivableOf(ctx, registrar.ReceivableReturned, "pay_001")), paid)
		if n := must[int](t)(s.CountReceivables(ctx, registrar.ReceivableOpen, 10)); n != 1 {
			t.Errorf("%d are open", n)
		}
		_, err := s.ReceivableOf(ctx, registrar.ReceivableReturned, "pay_003")
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}

// TestLedgerCheckFindsWhatIsOwedByNobody: an account that disagrees with its list.
func TestLedgerCheckFindsWhatIsOwedByNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		b := openBooks(t, s, 1000)
		write(t, s, func(tx registrar.Tx) error {
			owed, err := tx.EnsureAccount(t.Context(), registrar.AccountKey{Kind: registrar.AccountReceivable, Owner: "cus_001", Currency: "EUR"})
			if err != nil {
				return err
			}
			return tx.Post(t.Context(), b.posting(2, registrar.PostingReturn, owed, b.clearing, 300))
		})
		if found := b.problems(); len(found) != 1 {
			t.Errorf("problems %q", found)
		}
		write(t, s, func(tx registrar.Tx) error {
			return tx.PutReceivable(t.Context(), registrar.Receivable{ID: "rcv_001", CustomerID: "cus_001", Kind: registrar.ReceivableReturned, Ref: "pay_001",
				Total: registrar.Money{Minor: 300, Currency: "EUR"}, Open: 300, State: registrar.ReceivableOpen, OpenedAt: noon})
		})
		if found := b.problems(); len(found) != 0 {
			t.Errorf("problems %q", found)
		}
	})
}
