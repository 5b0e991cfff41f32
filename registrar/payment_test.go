package registrar_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/plugins/stripe/stripetest"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

// till is a deployment that takes money: a store, an engine, a payment provider
// with an account of its own, a customer and two staff users. Time is frozen.
type till struct {
	t        *testing.T
	clock    *clockwork.FakeClock
	store    *store.Store
	engine   *registrar.Engine
	account  *stripetest.Server
	customer registrar.Customer
	by       registrar.Actor
	staff    [2]registrar.Actor
	log      *bytes.Buffer
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func newTill(t *testing.T) *till {
	t.Helper()
	l := &till{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)), log: &bytes.Buffer{}}
	l.store = storetest.OpenClock(t, l.clock)
	l.account = stripetest.New(t, l.clock)
	provider, err := stripe.New(stripe.Options{Key: stripetest.Key, WebhookSecret: stripetest.WebhookSecret, APIURL: l.account.URL, PageOrigin: l.account.URL, Timeout: 5 * time.Second})
	l.must(err)
	l.engine, err = registrar.New(registrar.Options{
		Store: l.store, Clock: l.clock, Holder: "till", Payments: []registrar.Payments{provider}, StaffEmail: "staff@example.org",
		Letters: plainLetters{}, Logger: slog.New(slog.NewTextHandler(&lockedBuffer{b: l.log}, nil)),
	})
	l.must(err)
	l.people()
	return l
}

// people are written to the store without passwords, which take long to digest.
func (l *till) people() {
	l.t.Helper()
	now := l.clock.Now()
	l.customer = registrar.Customer{ID: "cus_ada", Name: "Ada", Currency: "USD", Language: "en", CreatedAt: now}
	l.by = registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_ada", IP: "127.0.0.1"}
	users := []registrar.User{{ID: "usr_ada", CustomerID: l.customer.ID, Email: "ada@example.org", Name: "Ada", Role: registrar.RoleOwner, PasswordHash: "-", CreatedAt: now}}
	for i, name := range []string{"grace", "hedy"} {
		users = append(users, registrar.User{ID: "usr_" + name, Email: name + "@registrar.example", Name: name, Role: registrar.RoleStaffOwner, PasswordHash: "-", CreatedAt: now})
		l.staff[i] = registrar.Actor{Kind: registrar.ActorStaff, ID: "usr_" + name}
	}
	l.must(l.store.InTx(l.t.Context(), func(tx registrar.Tx) error {
		if err := tx.InsertCustomer(l.t.Context(), l.customer); err != nil {
			return err
		}
		for _, u := range users {
			if err := tx.InsertUser(l.t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	}))
}

// plainLetters writes the note alone.
type plainLetters struct{}

func (plainLetters) Render(template, _ string, data map[string]any) (string, string, string, error) {
	return template, fmt.Sprint(data["Note"]), "", nil
}

func (l *till) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func usd(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }

func (l *till) request(minor int64, key string) registrar.TopUpRequest {
	return registrar.TopUpRequest{CustomerID: l.customer.ID, Amount: usd(minor), Key: key,
		ReturnTo: func(id string) string { return "https://portal.example/wallet/payments/" + id }}
}

// start opens a payment page and returns the payment.
func (l *till) start(minor int64) registrar.Payment {
	l.t.Helper()
	pay, page, err := l.engine.StartTopUp(l.t.Context(), l.by, l.request(minor, fmt.Sprint("key ", len(l.account.Sessions()))))
	l.must(err)
	if page != l.account.URL+"/c/pay/"+pay.Ref || pay.Ref == "" {
		l.t.Fatalf("page %q of %+v", page, pay)
	}
	return pay
}

func (l *till) deliver(kind string, pay registrar.Payment, bend ...func(*stripetest.Delivery)) error {
	d := l.account.Delivery(kind, pay.Ref)
	for _, f := range bend {
		f(&d)
	}
	header, body := d.Signed()
	return l.engine.PaymentWebhook(l.t.Context(), "stripe", registrar.WebhookDelivery{Header: header, Body: body})
}

// has checks the balance, the state of a payment, and that the ledger holds.
func (l *till) has(balance int64, pay registrar.Payment, state registrar.PaymentState) registrar.Payment {
	l.t.Helper()
	ctx := l.t.Context()
	acc, err := l.engine.Balance(ctx, l.customer.ID)
	l.must(err)
	if acc.Balance != balance {
		l.t.Errorf("balance %d, want %d", acc.Balance, balance)
	}
	got, err := l.store.Payment(ctx, pay.ID)
	l.must(err)
	if got.State != state {
		l.t.Errorf("payment is %s (%s), want %s", got.State, got.Note, state)
	}
	l.must(l.store.CheckLedger(ctx, func(p registrar.LedgerProblem) { l.t.Errorf("ledger: %s: %s", p.Subject, p.Detail) }))
	for _, secret := range []string{stripetest.Key, stripetest.WebhookSecret, stripetest.ClientSecret, "ada@example.org"} {
		if strings.Contains(l.log.String(), secret) {
			l.t.Errorf("the log shows %q:\n%s", secret, l.log)
		}
	}
	return got
}

const completed = "checkout.session.completed"

func TestTopUpIsBookedOnce(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.start(25_00)
	l.has(0, pay, registrar.PaymentStarted)
	l.must(l.deliver(completed, pay)) // a delivery proves nothing: it is not paid
	l.has(0, pay, registrar.PaymentStarted)
	l.account.Pay(pay.Ref)
	l.clock.Advance(3 * time.Second)
	// Webhook, the page the customer waits on and the job, together and again.
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := l.deliver(completed, pay); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := l.engine.FollowPayment(t.Context(), l.customer.ID, pay.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l.clock.Advance(6 * time.Minute)
	l.must(l.engine.ReconcilePayments(t.Context()))
	l.must(l.deliver("checkout.session.expired", pay)) // out of order
	got := l.has(25_00, pay, registrar.PaymentSucceeded)
	if got.FinishedAt == nil || got.Note != "" {
		t.Errorf("payment %+v", got)
	}
	audit, err := l.store.AuditOf(t.Context(), "payment", pay.ID, registrar.Page{})
	l.must(err)
	if len(audit) != 2 || audit[0].Action != "payment.succeeded" || audit[1].Action != "payment.start" {
		t.Errorf("audit trail %+v", audit)
	}
	clearing, err := l.store.Account(t.Context(), registrar.AccountKey{Kind: registrar.AccountClearing, Owner: "stripe", Currency: "USD"})
	if err != nil || clearing.Balance != -25_00 {
		t.Errorf("clearing %+v, %v", clearing, err)
	}
}

func TestLostWebhookLosesNoMoney(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	paid, left, open := l.start(10_00), l.start(20_00), l.start(30_00)
	l.account.Pay(paid.Ref)
	l.must(l.engine.ReconcilePayments(t.Context()))
	if n := l.account.Lookups(); n != 0 {
		t.Errorf("%d payments were looked up before they were due", n)
	}
	l.clock.Advance(6 * time.Minute)
	l.must(l.engine.ReconcilePayments(t.Context()))
	l.has(10_00, paid, registrar.PaymentSucceeded)
	l.has(10_00, open, registrar.PaymentStarted)
	l.account.Expire(left.Ref)
	l.account.Pay(open.Ref)
	l.account.Break(stripetest.FaultPage, stripetest.FaultPage) // the provider is away
	l.clock.Advance(6 * time.Minute)
	l.must(l.engine.ReconcilePayments(t.Context()))
	l.has(10_00, open, registrar.PaymentStarted)
	l.clock.Advance(10 * time.Minute)
	l.must(l.engine.ReconcilePayments(t.Context()))
	l.has(40_00, open, registrar.PaymentSucceeded)
	l.has(40_00, left, registrar.PaymentExpired)
	before := l.account.Lookups()
	l.clock.Advance(24 * time.Hour)
	l.must(l.engine.ReconcilePayments(t.Context()))
	if l.account.Lookups() != before {
		t.Error("what has ended is still looked up")
	}
}

// TestWhatWasNotStartedIsNeverCredited covers every way in which the provider's
// view can differ from ours.
func TestWhatWasNotStartedIsNeverCredited(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*stripetest.Session){
		"less":            func(c *stripetest.Session) { c.Amount = 24_99 },
		"more":            func(c *stripetest.Session) { c.Amount = 2500_00 },
		"other currency":  func(c *stripetest.Session) { c.Currency = "jpy" },
		"other payment":   func(c *stripetest.Session) { c.Metadata = map[string]string{"indera_payment": "pay_other"} },
		"nobody's at all": func(c *stripetest.Session) { c.Metadata = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newTill(t)
			pay := l.start(25_00)
			l.account.Pay(pay.Ref)
			l.account.Change(pay.Ref, change)
			l.clock.Advance(6 * time.Minute)
			l.must(l.engine.ReconcilePayments(t.Context()))
			l.must(l.deliver(completed, pay))
			got := l.has(0, pay, registrar.PaymentNeedsReview)
			mails, err := l.store.DueMails(t.Context(), 10)
			l.must(err)
			if len(mails) != 1 || mails[0].Template != "payment_needs_review" || mails[0].Text != got.Note {
				t.Errorf("mails %+v", mails)
			}
			// Staff look again, then close; no delivery opens it any more.
			l.must(second(l.engine.RecheckPayment(t.Context(), l.staff[0], pay.ID)))
			wantKind(t, l.engine.ClosePayment(t.Context(), l.staff[0], pay.ID, "  "), registrar.KindInvalid, "required")
			l.must(l.engine.ClosePayment(t.Context(), l.staff[0], pay.ID, "paid back at the provider"))
			l.must(l.deliver(completed, pay))
			l.has(0, pay, registrar.PaymentClosed)
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestReviewedPaymentIsBookedWhenItAgrees(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.start(25_00)
	l.account.Pay(pay.Ref)
	l.account.Change(pay.Ref, func(c *stripetest.Session) { c.Amount = 1 })
	l.must(l.deliver(completed, pay))
	l.has(0, pay, registrar.PaymentNeedsReview)
	wantKind(t, second(l.engine.RecheckPayment(t.Context(), l.by, pay.ID)), registrar.KindForbidden, "not_staff")
	l.account.Change(pay.Ref, func(c *stripetest.Session) { c.Amount = 25_00 })
	l.must(second(l.engine.RecheckPayment(t.Context(), l.staff[0], pay.ID)))
	l.has(25_00, pay, registrar.PaymentSucceeded)
	wantKind(t, l.engine.ClosePayment(t.Context(), l.staff[0], pay.ID, "no"), registrar.KindConflict, "not_in_review")
}

func TestSlowAndRefusedPayments(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	slow, bounced := l.start(10_00), l.start(20_00)
	for _, p := range []registrar.Payment{slow, bounced} {
		l.account.PayLater(p.Ref)
		l.must(l.deliver(completed, p))
		if got := l.has(0, p, registrar.PaymentStarted); !got.Processing {
			t.Errorf("%+v does not say that the bank works", got)
		}
	}
	l.account.Pay(slow.Ref)
	l.must(l.deliver("checkout.session.async_payment_succeeded", slow))
	l.account.Bounce(bounced.Ref, "insufficient_funds")
	l.must(l.deliver("checkout.session.async_payment_failed", bounced))
	l.has(10_00, slow, registrar.PaymentSucceeded)
	if got := l.has(10_00, bounced, registrar.PaymentFailed); !strings.Contains(got.Note, "insufficient_funds") || got.Processing {
		t.Errorf("%+v", got)
	}
	// Money is the truth: what counts as failed and is paid after all is booked.
	l.account.Pay(bounced.Ref)
	l.must(l.deliver("checkout.session.async_payment_succeeded", bounced))
	l.has(30_00, bounced, registrar.PaymentSucceeded)
}

func TestForgedDeliveriesChangeNothing(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.start(25_00)
	l.account.Pay(pay.Ref)
	for code, bend := range map[string]func(*stripetest.Delivery){
		"bad_signature": func(d *stripetest.Delivery) { d.Secret = "whsec_guess" },
		"stale":         func(d *stripetest.Delivery) { d.At = d.At.Add(-time.Hour) },
		"api_version":   func(d *stripetest.Delivery) { d.Version = "2020-08-27" },
		"mode":          func(d *stripetest.Delivery) { d.Live = true },
	} {
		wantKind(t, l.deliver(completed, pay, bend), registrar.KindInvalid, code)
	}
	l.must(l.deliver("customer.created", pay))
	l.must(l.deliver(completed, registrar.Payment{Ref: "cs_nobody"})) // no object at all
	if n := l.account.Lookups(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
	l.has(0, pay, registrar.PaymentStarted)
	for _, name := range []string{"", "paypal"} {
		wantKind(t, l.engine.PaymentWebhook(t.Context(), name, registrar.WebhookDelivery{}), registrar.KindNotFound, "no_such_provider")
	}
	// A provider that can't be asked is told to deliver again.
	l.account.Break(stripetest.FaultPage)
	wantKind(t, l.deliver(completed, pay), registrar.KindUnavailable, "payment_provider_unavailable")
	l.must(l.deliver(completed, pay))
	l.has(25_00, pay, registrar.PaymentSucceeded)
}

// TestBrokenStarts loses the provider's answer at each point.
func TestBrokenStarts(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	l.account.Break(stripetest.FaultCut) // executed, but we never learn of it
	_, _, err := l.engine.StartTopUp(ctx, l.by, l.request(25_00, "form"))
	wantKind(t, err, registrar.KindUnavailable, "payment_provider_unavailable")
	pay, page, err := l.engine.StartTopUp(ctx, l.by, l.request(25_00, "form"))
	l.must(err)
	if made := l.account.Sessions(); len(made) != 1 || made[0].ID != pay.Ref || page == "" {
		t.Errorf("the same form again: %+v, sessions %+v", pay, made)
	}
	again, samePage, err := l.engine.StartTopUp(ctx, l.by, l.request(25_00, "form"))
	l.must(err)
	if again.ID != pay.ID || samePage != page {
		t.Errorf("a third time leads to %s, %s", again.ID, samePage)
	}
	_, _, err = l.engine.StartTopUp(ctx, l.by, l.request(26_00, "form"))
	wantKind(t, err, registrar.KindIdempotencyReuse, "key_reused")
	l.account.Pay(pay.Ref)
	got, page, err := l.engine.StartTopUp(ctx, l.by, l.request(25_00, "form"))
	l.must(err)
	if page != "" || got.State != registrar.PaymentSucceeded {
		t.Errorf("the form of a paid payment leads to %q, %s", page, got.State)
	}
	l.has(25_00, pay, registrar.PaymentSucceeded)

	// One that nobody came back to: its page was never shown, so it expires, and
	// if it were paid all the same, the provider's word would find it.
	l.account.Break(stripetest.FaultCut)
	_, _, err = l.engine.StartTopUp(ctx, l.by, l.request(30_00, "left"))
	wantKind(t, err, registrar.KindUnavailable, "payment_provider_unavailable")
	list, err := l.store.Payments(ctx, registrar.PaymentFilter{State: registrar.PaymentStarted}, registrar.Page{})
	l.must(err)
	l.clock.Advance(30 * time.Minute)
	l.must(l.engine.ReconcilePayments(ctx))
	l.has(25_00, list[0], registrar.PaymentStarted)
	_, _, err = l.engine.StartTopUp(ctx, l.by, l.request(30_00, "left"))
	wantKind(t, err, registrar.KindConflict, "too_old")
	l.clock.Advance(2 * time.Hour)
	l.must(l.engine.ReconcilePayments(ctx))
	l.has(25_00, list[0], registrar.PaymentExpired)
	late := list[0]
	late.Ref = l.account.Sessions()[1].ID
	l.account.Pay(late.Ref)
	l.must(l.deliver(completed, late))
	if got := l.has(55_00, late, registrar.PaymentSucceeded); got.Ref != late.Ref {
		t.Errorf("its reference is %q", got.Ref)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	for name, tc := range map[string]struct {
		change func(*registrar.TopUpRequest)
		kind   registrar.Kind
		code   string
	}{
		"too little":     {func(r *registrar.TopUpRequest) { r.Amount.Minor = 9_99 }, registrar.KindInvalid, "bad_amount"},
		"too much":       {func(r *registrar.TopUpRequest) { r.Amount.Minor = 5000_01 }, registrar.KindInvalid, "bad_amount"},
		"other currency": {func(r *registrar.TopUpRequest) { r.Amount.Currency = "EUR" }, registrar.KindInvalid, "bad_currency"},
		"no key":         {func(r *registrar.TopUpRequest) { r.Key = "" }, registrar.KindInvalid, "bad_key"},
		"no customer":    {func(r *registrar.TopUpRequest) { r.CustomerID = "cus_none" }, registrar.KindNotFound, "not_found"},
		"other provider": {func(r *registrar.TopUpRequest) { r.Provider = "paypal" }, registrar.KindUnsupported, "no_such_provider"},
	} {
		req := l.request(25_00, "k")
		tc.change(&req)
		_, _, err := l.engine.StartTopUp(t.Context(), l.by, req)
		t.Run(name, func(t *testing.T) { wantKind(t, err, tc.kind, tc.code) })
	}
	if n := len(l.account.Sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
	pay := l.start(10_00)
	_, err := l.engine.FollowPayment(t.Context(), "cus_other", pay.ID)
	wantKind(t, err, registrar.KindNotFound, "no_such_payment")
	_, _, err = l.engine.ResumeTopUp(t.Context(), "cus_other", pay.ID, "https://portal.example/")
	wantKind(t, err, registrar.KindNotFound, "no_such_payment")
}

// TestWaitingCustomerDoesNotFloodTheProvider asks from many pages at once.
func TestWaitingCustomerDoesNotFloodTheProvider(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	pay := l.start(25_00)
	for range 5 {
		l.must(second(l.engine.FollowPayment(t.Context(), l.customer.ID, pay.ID)))
	}
	if n := l.account.Lookups(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	l.clock.Advance(3 * time.Second)
	l.account.Break(stripetest.FaultPage) // the page goes on without the provider
	l.must(second(l.engine.FollowPayment(t.Context(), l.customer.ID, pay.ID)))
	l.account.Pay(pay.Ref)
	l.clock.Advance(3 * time.Second)
	got, err := l.engine.FollowPayment(t.Context(), l.customer.ID, pay.ID)
	if err != nil || got.State != registrar.PaymentSucceeded {
		t.Errorf("%+v, %v", got, err)
	}
	l.has(25_00, pay, registrar.PaymentSucceeded)
}

// elsewhere is a provider that answers with a page of somebody else.
type elsewhere struct{ registrar.Payments }

func (elsewhere) StartTopUp(context.Context, registrar.TopUpPage) (registrar.TopUpStarted, error) {
	return registrar.TopUpStarted{Ref: "cs_x", RedirectURL: "https://evil.example/c/pay"}, nil
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	e, err := registrar.New(registrar.Options{Store: l.store, Clock: l.clock, Holder: "x", Payments: []registrar.Payments{elsewhere{l.engine.PaymentProviders()[0]}}})
	l.must(err)
	_, page, err := e.StartTopUp(t.Context(), l.by, l.request(25_00, "k"))
	wantKind(t, err, registrar.KindUnavailable, "bad_payment_page")
	if page != "" {
		t.Errorf("page %q", page)
	}
}
