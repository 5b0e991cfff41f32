package registrar_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestClosedAccountTakesNoMoney closes an account in every place where money may
// still be on its way to it.
func TestClosedAccountTakesNoMoney(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	late := l.start(25_00)
	l.clock.Advance(2 * time.Hour)
	l.account.Expire(late.Ref)
	l.must(l.engine.ReconcilePayments(ctx))
	l.has(0, late, registrar.PaymentExpired)

	adj, err := l.adjust(l.staff[0], 500_00, "waits")
	l.must(err)
	wantKind(t, l.engine.CloseAccount(ctx, l.by, l.customer.ID), registrar.KindConflict, "adjustment_open")
	l.must(second(l.decline(l.staff[1], adj.ID, "not agreed")))
	l.must(l.engine.CloseAccount(ctx, l.by, l.customer.ID))

	_, err = l.adjust(l.staff[0], 5_00, "late")
	wantKind(t, err, registrar.KindForbidden, "account_closed")
	_, err = l.adjust(l.staff[0], 500_00, "late and large")
	wantKind(t, err, registrar.KindForbidden, "account_closed")
	_, _, err = l.engine.StartTopUp(ctx, l.by, l.request(10_00, "late"))
	wantKind(t, err, registrar.KindForbidden, "account_closed")

	l.account.Pay(late.Ref)
	l.must(l.deliver(completed, late))
	got := l.has(0, late, registrar.PaymentNeedsReview)
	if got.Note != "It was paid after the account was closed. Pay it back at the provider." {
		t.Errorf("note %q", got.Note)
	}
	l.must(second(l.engine.RecheckPayment(ctx, l.staff[0], late.ID)))
	l.has(0, late, registrar.PaymentNeedsReview)
	l.must(l.engine.ClosePayment(ctx, l.staff[0], late.ID, "paid back"))
	l.has(0, late, registrar.PaymentClosed)
}

// TestAdjustmentAgreedAfterClosing agrees to one that was asked for before the
// account was closed by a version that let it.
func TestAdjustmentAgreedAfterClosing(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	adj, err := l.adjust(l.staff[0], 500_00, "waits")
	l.must(err)
	l.must(l.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, err := tx.CloseCustomer(t.Context(), l.customer.ID, l.clock.Now())
		return err
	}))
	_, err = l.release(l.staff[1], adj.ID, "")
	wantKind(t, err, registrar.KindForbidden, "account_closed")
	l.balance(0)
	l.must(second(l.decline(l.staff[1], adj.ID, "closed")))
}

// TestClosedAccountLosesItsName looks for the name where it stood.
func TestClosedAccountLosesItsName(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	find := func(query string) int {
		rows, err := l.store.Customers(ctx, query, registrar.Page{})
		l.must(err)
		return len(rows)
	}
	if find("Ada") != 1 {
		t.Fatal("the customer is not found before")
	}
	l.must(l.engine.CloseAccount(ctx, l.by, l.customer.ID))
	cus, err := l.store.Customer(ctx, l.customer.ID)
	l.must(err)
	if cus.Name != cus.ID || find("Ada") != 0 || find("example") != 0 || find(cus.ID) != 1 {
		t.Errorf("left: %+v, found by name %d, by address %d, by id %d", cus, find("Ada"), find("example"), find(cus.ID))
	}
}
