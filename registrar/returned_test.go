package registrar_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/plugins/stripe/stripetest"
	"github.com/indera/indera/registrar"
)

// paid tops the account up and returns the payment.
func (l *till) paid(minor int64) registrar.Payment {
	l.t.Helper()
	pay := l.start(minor)
	l.account.Pay(pay.Ref)
	l.must(l.deliver(completed, pay))
	return pay
}

// spend takes money from the balance, as purchases do.
func (l *till) spend(minor int64) {
	l.t.Helper()
	l.must(second(l.adjust(l.staff[0], -minor, fmt.Sprint("spent ", minor))))
}

// owes checks what is owed, and that books and receivables agree.
func (l *till) owes(balance, owed int64) {
	l.t.Helper()
	l.balance(balance)
	got, err := l.engine.Owes(l.t.Context(), l.customer.ID)
	l.must(err)
	if got != usd(owed) {
		l.t.Errorf("owes %s, want %s", got, usd(owed))
	}
}

func (l *till) receivable(pay registrar.Payment) registrar.Receivable {
	l.t.Helper()
	r, err := l.store.ReceivableOf(l.t.Context(), registrar.ReceivableReturned, pay.ID)
	l.must(err)
	return r
}

func (l *till) actions(id string) string {
	l.t.Helper()
	rows, err := l.store.AuditOf(l.t.Context(), "receivable", id, registrar.Page{})
	l.must(err)
	var out []string
	for _, r := range rows {
		out = append(out, r.Action)
	}
	slices.Sort(out) // the clock stands still, so their order is chance
	return strings.Join(out, " ")
}

const (
	refunded  = "charge.refunded"
	withdrawn = "charge.dispute.funds_withdrawn"
	closed    = "charge.dispute.closed"
)

func TestRefundIsBookedOnce(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.paid(25_00)
	l.account.Refund(pay.Ref, 5_00)
	for range 3 { // the same delivery again and again
		l.must(l.deliver(refunded, pay))
	}
	l.owes(20_00, 0)
	l.must(l.deliver(completed, pay)) // out of order
	l.account.Refund(pay.Ref, 20_00)
	l.must(l.deliver(refunded, pay))
	l.owes(0, 0)
	r := l.receivable(pay)
	if r.State != registrar.ReceivableSettled || r.Total != usd(25_00) || r.Settled() != usd(25_00) || r.ClosedAt == nil {
		t.Errorf("receivable %+v", r)
	}
	if got := l.actions(r.ID); got != "payment.returned payment.returned" {
		t.Errorf("audit trail %q", got)
	}
	clearing, err := l.store.Account(t.Context(), registrar.AccountKey{Kind: registrar.AccountClearing, Owner: "stripe", Currency: "USD"})
	if err != nil || clearing.Balance != 0 {
		t.Errorf("clearing %+v, %v", clearing, err)
	}
	l.account.Refund(pay.Ref, -20_00) // it failed at the bank, weeks later
	l.must(l.deliver("charge.refund.updated", pay))
	l.owes(20_00, 0)
}

// TestRefundBeforeItsPayment: the payment is booked and taken back together.
func TestRefundBeforeItsPayment(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.start(25_00)
	l.account.Pay(pay.Ref)
	l.account.Refund(pay.Ref, 25_00)
	l.must(l.deliver(refunded, pay))
	l.has(0, pay, registrar.PaymentSucceeded)
	l.must(l.deliver(completed, pay))
	l.owes(0, 0)
}

// TestWhatIsGoneIsOwed takes back more than is there; what comes in settles it.
func TestWhatIsGoneIsOwed(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	pay := l.paid(25_00)
	l.spend(20_00)
	l.account.Dispute(pay.Ref, 25_00)
	l.must(l.deliver(withdrawn, pay))
	l.owes(0, 20_00)
	r := l.receivable(pay)
	if r.State != registrar.ReceivableOpen || r.Owed() != usd(20_00) || r.Settled() != usd(5_00) {
		t.Errorf("receivable %+v", r)
	}
	wantKind(t, l.engine.CloseAccount(ctx, l.by, l.customer.ID), registrar.KindConflict, "money_owed")

	l.paid(12_00)
	l.owes(0, 8_00)
	l.must(second(l.adjust(l.staff[0], 10_00, "bank transfer")))
	l.owes(2_00, 0)
	if r = l.receivable(pay); r.State != registrar.ReceivableSettled {
		t.Errorf("receivable %+v", r)
	}
	if got := l.actions(r.ID); got != "payment.returned receivable.settle receivable.settle" {
		t.Errorf("audit trail %q", got)
	}
	l.account.Lose(pay.Ref)
	l.must(l.deliver(closed, pay)) // nothing moves any more
	l.owes(2_00, 0)
	for template, want := range map[string]int{"payment_returned": 1, "payment_returned_staff": 1, "receivable_settled": 2} {
		if n := l.mails(template); n != want {
			t.Errorf("%d mails %s, want %d", n, template, want)
		}
	}
}

// mails counts the mails of a template.
func (l *till) mails(template string) int {
	l.t.Helper()
	rows, err := l.store.Mails(l.t.Context(), registrar.MailQueued, registrar.Page{})
	l.must(err)
	n := 0
	for _, m := range rows {
		if m.Template == template {
			n++
		}
	}
	return n
}

// TestWonDisputeComesBack ends what is owed before it becomes balance.
func TestWonDisputeComesBack(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.paid(25_00)
	l.spend(10_00)
	l.account.Inquire(pay.Ref, 25_00)
	l.must(l.deliver("charge.dispute.created", pay))
	l.owes(15_00, 0)
	l.account.Dispute(pay.Ref, 25_00)
	l.must(l.deliver(withdrawn, pay))
	l.owes(0, 10_00)
	l.account.Win(pay.Ref)
	l.must(l.deliver(closed, pay))
	l.must(l.deliver("charge.dispute.funds_reinstated", pay))
	l.owes(15_00, 0)
	if r := l.receivable(pay); r.State != registrar.ReceivableTakenBack || r.Total.Minor != 0 {
		t.Errorf("receivable %+v", r)
	}
}

// TestWriteOffTakesTwo gives up what is owed; a dispute won later makes good for
// the loss before the customer gets anything.
func TestWriteOffTakesTwo(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	pay := l.paid(25_00)
	l.spend(20_00)
	l.account.Dispute(pay.Ref, 25_00)
	l.must(l.deliver(withdrawn, pay))
	r := l.receivable(pay)
	_, err := l.engine.AskWriteOff(ctx, l.by, r.ID, "gone")
	wantKind(t, err, registrar.KindForbidden, "not_staff")
	_, err = l.engine.AskWriteOff(ctx, l.staff[0], r.ID, " ")
	wantKind(t, err, registrar.KindInvalid, "required")
	a, err := l.engine.AskWriteOff(ctx, l.staff[0], r.ID, "the customer is insolvent")
	l.must(err)
	_, err = l.engine.Approve(ctx, l.staff[0], a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	l.owes(0, 20_00)

	l.paid(10_00) // another amount than was asked about
	_, err = l.engine.Approve(ctx, l.staff[1], a.ID, "")
	wantKind(t, err, registrar.KindConflict, "amount_changed")
	l.must(second(l.engine.Withdraw(ctx, l.staff[0], a.ID)))
	a, err = l.engine.AskWriteOff(ctx, l.staff[0], r.ID, "the customer is insolvent")
	l.must(err)
	l.must(second(l.engine.Approve(ctx, l.staff[1], a.ID, "")))
	l.owes(0, 0)
	if r = l.receivable(pay); r.State != registrar.ReceivableWrittenOff || r.Lost() != usd(10_00) {
		t.Errorf("receivable %+v", r)
	}
	loss := registrar.AccountKey{Kind: registrar.AccountLoss, Currency: "USD"}
	if acc, err := l.store.Account(ctx, loss); err != nil || acc.Balance != -10_00 {
		t.Errorf("loss %+v, %v", acc, err)
	}
	_, err = l.engine.AskWriteOff(ctx, l.staff[0], r.ID, "again")
	wantKind(t, err, registrar.KindConflict, "amount_changed")
	l.account.Win(pay.Ref)
	l.must(l.deliver(closed, pay))
	l.owes(15_00, 0)
	if acc, err := l.store.Account(ctx, loss); err != nil || acc.Balance != 0 {
		t.Errorf("loss %+v, %v", acc, err)
	}
}

// TestReturnsOfTwoReplicasAtOnce: deliveries about refunds and a dispute reach
// two replicas together, while money comes in.
func TestReturnsOfTwoReplicasAtOnce(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.paid(25_00)
	l.spend(25_00)
	provider, err := stripe.New(stripe.Options{Key: stripetest.Key, WebhookSecret: stripetest.WebhookSecret, APIURL: l.account.URL, PageOrigin: l.account.URL, Timeout: 5 * time.Second})
	l.must(err)
	other, err := registrar.New(registrar.Options{Store: l.store, Clock: l.clock, Holder: "other", Payments: []registrar.Payments{provider}, Letters: plainLetters{}})
	l.must(err)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			l.account.Refund(pay.Ref, 1_00)
			header, body := l.account.Delivery(refunded, pay.Ref).Signed()
			e := l.engine
			if i%2 == 1 {
				e = other
			}
			for {
				err := e.PaymentWebhook(t.Context(), "stripe", registrar.WebhookDelivery{Header: header, Body: body})
				if registrar.KindOf(err) == registrar.KindUnavailable {
					continue // answered with "deliver again"
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	wg.Wait()
	l.owes(0, 6_00)
	if r := l.receivable(pay); r.Total != usd(6_00) {
		t.Errorf("receivable %+v", r)
	}
	l.paid(10_00)
	l.owes(4_00, 0)
}

// TestDeathWhileAReturnIsBooked kills the process before and after the commit;
// the next delivery finds what is missing, and only that.
func TestDeathWhileAReturnIsBooked(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		t.Run(fmt.Sprintf("before=%v", before), func(t *testing.T) {
			l := newTill(t)
			pay := l.paid(25_00)
			l.spend(20_00)
			m := &mortal{Store: l.store, before: before}
			dying, err := registrar.New(registrar.Options{Store: m, Clock: l.clock, Holder: "dying", Payments: l.engine.PaymentProviders()})
			l.must(err)
			l.account.Refund(pay.Ref, 25_00)
			header, body := l.account.Delivery(refunded, pay.Ref).Signed()
			d := registrar.WebhookDelivery{Header: header, Body: body}
			if err := dying.PaymentWebhook(context.WithoutCancel(t.Context()), "stripe", d); err == nil {
				t.Fatal("it did not die")
			}
			l.must(l.engine.PaymentWebhook(t.Context(), "stripe", d))
			l.owes(0, 20_00)
		})
	}
}

// TestReturnOfAClosedAccount is owed by nobody who could pay, but never lost.
func TestReturnOfAClosedAccount(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.paid(25_00)
	l.spend(25_00)
	l.must(l.engine.CloseAccount(t.Context(), l.by, l.customer.ID))
	l.account.Dispute(pay.Ref, 25_00)
	l.must(l.deliver(withdrawn, pay))
	l.owes(0, 25_00)
	if l.mails("payment_returned") != 0 || l.mails("payment_returned_staff") != 1 {
		t.Error("the mails went to the wrong people")
	}
}
