package registrar

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	// topUpLifetime is how long a payment page stays open.
	topUpLifetime = time.Hour
	// topUpResend bounds how old a payment without reference may be to be sent to
	// the provider again: the page must not be about to close.
	topUpResend = 20 * time.Minute
	// lookPause is the least time between two questions about one payment that
	// a waiting customer causes.
	lookPause = 2 * time.Second
)

// TopUpRequest asks for a payment page.
type TopUpRequest struct {
	CustomerID string
	Provider   string // "" = the first one
	Amount     Money
	Key        string // idempotency key of the form, 1-255 characters
	// ReturnTo builds the address the customer comes back to.
	ReturnTo func(paymentID string) string
}

// PaymentProviders lists the providers in the order they are offered.
func (e *Engine) PaymentProviders() []Payments { return e.opt.Payments }

// MoneyLimits returns the limits of a currency; ok is false when none are set
// for it: then nobody can top up, and each adjustment needs a second person.
func (e *Engine) MoneyLimits(currency string) (limits MoneyLimits, ok bool) {
	limits, ok = e.opt.MoneyLimits[currency]
	return limits, ok
}

// provider returns a provider by name, the first one for "".
func (e *Engine) provider(name string) (Payments, error) {
	for _, p := range e.opt.Payments {
		if name == "" || p.Name() == name {
			return p, nil
		}
	}
	return nil, Errorf(KindUnsupported, "no_such_provider", "This way to pay is not switched on.")
}

// StartTopUp returns a payment and the address of the page where the customer
// pays. The row is committed before the provider is asked, and the question is
// derived from the row: whatever breaks in between, the same request again finds
// the same page, and money that was paid finds its row.
func (e *Engine) StartTopUp(ctx context.Context, by Actor, req TopUpRequest) (Payment, string, error) {
	provider, err := e.provider(req.Provider)
	if err != nil {
		return Payment{}, "", err
	}
	cus, err := e.store.Customer(ctx, req.CustomerID)
	if err != nil {
		return Payment{}, "", err
	}
	if err := e.checkTopUp(cus, req); err != nil {
		return Payment{}, "", err
	}
	pay, err := e.topUpRow(ctx, by, cus, provider, req)
	if err != nil {
		return Payment{}, "", err
	}
	return e.openPage(ctx, provider, pay, req.ReturnTo(pay.ID))
}

func (e *Engine) checkTopUp(cus Customer, req TopUpRequest) error {
	if req.Key == "" || len(req.Key) > 255 {
		return InvalidField("key", "bad_key", "The form has no key; please load the page again.")
	}
	if req.Amount.Currency != cus.Currency {
		return InvalidField("amount", "bad_currency", "Your account is kept in %s.", cus.Currency)
	}
	limits, ok := e.MoneyLimits(cus.Currency)
	if !ok {
		return Errorf(KindUnsupported, "no_limits", "Paying in %s is not switched on.", cus.Currency)
	}
	if req.Amount.Minor < limits.TopUpMin || req.Amount.Minor > limits.TopUpMax {
		return InvalidField("amount", "bad_amount", "Please choose an amount between %s and %s.",
			Money{limits.TopUpMin, cus.Currency}, Money{limits.TopUpMax, cus.Currency})
	}
	return nil
}

// topUpRow inserts the payment, or returns the one that the key made before.
func (e *Engine) topUpRow(ctx context.Context, by Actor, cus Customer, provider Payments, req TopUpRequest) (Payment, error) {
	now := e.Now()
	pay := Payment{
		ID: e.id(PrefixPayment), CustomerID: cus.ID, Provider: provider.Name(), Amount: req.Amount, State: PaymentStarted,
		Key: digest("top_up\x00" + cus.ID + "\x00" + req.Key), CreatedAt: now, LookAt: now.Add(e.opt.PaymentLookAfter),
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.openCustomer(ctx, tx, cus.ID); err != nil {
			return err
		}
		if err := tx.InsertPayment(ctx, pay); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.paymentAudit(by, "payment.start", pay, nil))
	})
	if !isDuplicate(err) {
		if err != nil {
			return Payment{}, fmt.Errorf("starting a payment: %w", err)
		}
		return pay, nil
	}
	known, err := e.store.PaymentByKey(ctx, cus.ID, pay.Key)
	if err != nil {
		return Payment{}, fmt.Errorf("reading the payment of a key: %w", err)
	}
	if known.Amount != pay.Amount || known.Provider != pay.Provider {
		return Payment{}, Errorf(KindIdempotencyReuse, "key_reused", "This form was sent before, with another amount. Please load the page again.")
	}
	return known, nil
}

// openPage gets the address of the payment page, new or known.
func (e *Engine) openPage(ctx context.Context, provider Payments, pay Payment, returnTo string) (Payment, string, error) {
	if pay.State != PaymentStarted {
		return pay, "", nil
	}
	if pay.Ref != "" {
		return e.knownPage(ctx, provider, pay)
	}
	if e.Now().Sub(pay.CreatedAt) > topUpResend {
		return pay, "", Errorf(KindConflict, "too_old", "This form is too old; please start again.")
	}
	email, err := e.payerEmail(ctx, pay.CustomerID)
	if err != nil {
		return pay, "", err
	}
	started, err := provider.StartTopUp(ctx, TopUpPage{
		PaymentID: pay.ID, Amount: pay.Amount, Email: email, ReturnURL: returnTo, ExpiresAt: pay.CreatedAt.Add(topUpLifetime),
	})
	if err != nil {
		return pay, "", fmt.Errorf("starting payment %s: %w", pay.ID, err)
	}
	if err := checkPage(provider, started.RedirectURL); err != nil {
		return pay, "", err
	}
	pay.Ref = started.Ref
	err = e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangePayment(ctx, pay, PaymentStarted)
		if err == nil && !ok {
			err = Errorf(KindConflict, "state_changed", "The payment has moved on meanwhile; please load the page again.")
		}
		return err
	})
	if err != nil {
		return pay, "", fmt.Errorf("noting the reference of payment %s: %w", pay.ID, err)
	}
	return pay, started.RedirectURL, nil
}

// payerEmail is whom we write to about the customer. It is part of what the provider
// compares when a request comes again, so it may not depend on who asks.
func (e *Engine) payerEmail(ctx context.Context, customerID string) (string, error) {
	users, err := e.store.UsersOf(ctx, customerID)
	if err != nil {
		return "", fmt.Errorf("reading users: %w", err)
	}
	payer, _ := spokesman(users) // "" when nobody is left
	return payer.Email, nil
}

// knownPage finds the page of a payment that the provider knows. A page that is
// no longer open settles the payment instead.
func (e *Engine) knownPage(ctx context.Context, provider Payments, pay Payment) (Payment, string, error) {
	report, err := e.freshReport(ctx, provider, pay)
	if err != nil {
		return pay, "", err
	}
	if report.Outcome == OutcomeOpen {
		return pay, report.RedirectURL, checkPage(provider, report.RedirectURL)
	}
	pay, err = e.applyReport(ctx, System("payment:"+provider.Name()), pay, report)
	return pay, "", err
}

// checkPage refuses to send a customer anywhere but to the provider's own page.
func checkPage(provider Payments, to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil || !strings.EqualFold(u.Scheme+"://"+u.Host, provider.PageOrigin()) {
		return Errorf(KindUnavailable, "bad_payment_page", "The payment page can't be opened just now.").
			Because(fmt.Errorf("%s answered with a page outside %s", provider.Name(), provider.PageOrigin()))
	}
	return nil
}

// ResumeTopUp returns the address of the page of a payment that still waits for
// the customer, "" when it does no longer.
func (e *Engine) ResumeTopUp(ctx context.Context, customerID, id, returnTo string) (Payment, string, error) {
	pay, err := e.OwnedPayment(ctx, customerID, id)
	if err != nil {
		return Payment{}, "", err
	}
	provider, err := e.provider(pay.Provider)
	if err != nil {
		return pay, "", err
	}
	return e.openPage(ctx, provider, pay, returnTo)
}

// OwnedPayment returns a payment of a customer; anybody else's is not found.
func (e *Engine) OwnedPayment(ctx context.Context, customerID, id string) (Payment, error) {
	pay, err := e.store.Payment(ctx, id)
	if IsNotFound(err) || err == nil && pay.CustomerID != customerID {
		return Payment{}, Errorf(KindNotFound, "no_such_payment", "There is no such payment in your account.")
	}
	return pay, err
}

// FollowPayment returns a payment for the customer who waits for it. While it
// is open the provider is asked, at most every two seconds, so that the page
// shows the truth even when the provider's own message is late or lost. A
// provider that can't be asked changes nothing.
func (e *Engine) FollowPayment(ctx context.Context, customerID, id string) (Payment, error) {
	pay, err := e.OwnedPayment(ctx, customerID, id)
	if err != nil || pay.State != PaymentStarted || pay.Ref == "" {
		return pay, err
	}
	now := e.Now()
	if pay.LookedAt != nil && now.Sub(*pay.LookedAt) < lookPause {
		return pay, nil
	}
	mine, err := e.takeLook(ctx, pay, now.Add(e.opt.PaymentLookAfter), now)
	if err != nil || !mine {
		return pay, err
	}
	settled, err := e.lookUp(ctx, pay)
	if err != nil {
		if KindOf(err) == KindUnknown {
			return pay, err
		}
		e.log.WarnContext(ctx, "payment not looked up", "payment", pay.ID, "error", err)
		return pay, nil
	}
	return settled, nil
}

func (e *Engine) takeLook(ctx context.Context, pay Payment, next, now time.Time) (mine bool, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		mine, err = tx.TakeLook(ctx, pay, next, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("taking a look at payment %s: %w", pay.ID, err)
	}
	return mine, nil
}

// isDuplicate reports whether err says that a unique key was used before.
func isDuplicate(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Code == "duplicate"
}

func (e *Engine) paymentAudit(by Actor, action string, after Payment, before *Payment) AuditEvent {
	show := func(p Payment) map[string]any {
		return map[string]any{"state": p.State, "amount": p.Amount.String(), "provider": p.Provider, "ref": p.Ref, "note": p.Note, "customer": p.CustomerID}
	}
	var was any
	if before != nil {
		was = show(*before)
	}
	ev := e.audit(by, action, "payment", after.ID, "", was, show(after))
	ev.Retention = RetainTransaction
	return ev
}
