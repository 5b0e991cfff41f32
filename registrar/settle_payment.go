package registrar

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PaymentWebhook takes a delivery of a provider. It may come any number of
// times and in any order: what is booked is what the provider says when asked,
// once per payment. An error of kind KindInvalid means a forged or stale
// delivery; KindUnavailable asks the provider to deliver again.
func (e *Engine) PaymentWebhook(ctx context.Context, providerName string, d WebhookDelivery) error {
	if providerName == "" {
		return Errorf(KindNotFound, "no_such_provider", "There is no such provider.")
	}
	provider, err := e.provider(providerName)
	if err != nil {
		return Errorf(KindNotFound, "no_such_provider", "There is no such provider.")
	}
	hint, err := provider.VerifyWebhook(d, e.Now())
	if err != nil {
		return err
	}
	log := e.log.With("provider", providerName, "event", hint.EventID, "kind", hint.Kind)
	if hint.Attention {
		log.WarnContext(ctx, "the payment provider warns of a payment; nothing is booked for it")
		return nil
	}
	if !hint.Relevant {
		log.InfoContext(ctx, "payment event of no concern")
		return nil
	}
	var pay Payment
	if hint, err = found(ctx, provider, hint); err == nil {
		pay, err = e.hintedPayment(ctx, providerName, hint)
	}
	if IsNotFound(err) {
		log.WarnContext(ctx, "payment event about a payment that is not ours", "ref", hint.Ref)
		return nil // an account shared with somebody else
	}
	if err != nil {
		return err
	}
	pay, err = e.lookUp(ctx, pay)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "payment event taken", "payment", pay.ID, "state", pay.State)
	return nil
}

// hintedPayment finds the row that a delivery is about: by its reference, or by
// our id when the reference was never noted.
func (e *Engine) hintedPayment(ctx context.Context, provider string, hint PaymentHint) (Payment, error) {
	pay, err := e.store.PaymentByRef(ctx, provider, hint.Ref)
	if !IsNotFound(err) {
		return pay, err
	}
	pay, err = e.store.Payment(ctx, hint.PaymentID)
	if err != nil {
		return Payment{}, err
	}
	if pay.Provider != provider || pay.Ref != "" {
		return Payment{}, Errorf(KindNotFound, "no_such_payment", "There is no such payment.")
	}
	pay.Ref = hint.Ref
	return pay, nil
}

// found has the provider tell whose payment a hint is about, where it does not
// say so itself.
func found(ctx context.Context, provider Payments, hint PaymentHint) (PaymentHint, error) {
	if hint.Ref != "" || hint.Object == "" {
		return hint, nil
	}
	return provider.Find(ctx, hint)
}

// lookUp asks the provider and applies what it says.
func (e *Engine) lookUp(ctx context.Context, pay Payment) (Payment, error) {
	return e.lookUpFor(ctx, System("payment:"+pay.Provider), pay)
}

// lookUpFor is lookUp on somebody's behalf. A report that was overtaken by
// another one is asked for again.
func (e *Engine) lookUpFor(ctx context.Context, by Actor, pay Payment) (Payment, error) {
	provider, err := e.provider(pay.Provider)
	if err != nil {
		return pay, err
	}
	for try := 1; ; try++ {
		report, err := e.freshReport(ctx, provider, pay)
		if err != nil {
			return pay, err
		}
		out, err := e.applyReport(ctx, by, pay, report)
		if !errors.Is(err, errOvertaken) || try == overtakenTries {
			return out, err
		}
	}
}

// freshReport asks the provider, after noting what is booked as returned by now.
func (e *Engine) freshReport(ctx context.Context, provider Payments, pay Payment) (PaymentReport, error) {
	knew, err := e.returnsKnown(ctx, pay)
	if err != nil {
		return PaymentReport{}, err
	}
	report, err := provider.Lookup(ctx, pay.Ref)
	if err != nil {
		return report, fmt.Errorf("looking up payment %s: %w", pay.ID, err)
	}
	report.knew = knew
	return report, nil
}

// verdict is what a report makes of a payment.
func (p Payment) verdict(r PaymentReport, now time.Time) Payment {
	next := p
	next.Processing = false
	end := func(s PaymentState, note string) Payment {
		next.State, next.Note, next.FinishedAt = s, clip(note, 250), &now
		return next
	}
	switch r.Outcome {
	case OutcomePaid:
		switch {
		case r.PaymentID != p.ID || r.Ref != p.Ref:
			return end(PaymentNeedsReview, "The provider has this payment under another reference than ours.")
		case r.Amount != p.Amount:
			return end(PaymentNeedsReview, fmt.Sprintf("%s was started, but %s was paid.", p.Amount, r.Amount))
		}
		return end(PaymentSucceeded, "")
	case OutcomeFailed:
		if p.State == PaymentStarted {
			return end(PaymentFailed, r.Detail)
		}
	case OutcomeExpired:
		if p.State == PaymentStarted {
			return end(PaymentExpired, "It was not paid in time.")
		}
	case OutcomeProcessing:
		next.Processing = p.State == PaymentStarted
	}
	return next
}

// final says that no report changes the payment any more.
func (s PaymentState) final() bool { return s == PaymentSucceeded || s == PaymentClosed }

// applyReport brings a payment to where the provider's report puts it and, when
// it is paid, books it: one posting per payment, in the same transaction. When
// somebody else moves the payment meanwhile it is judged again.
func (e *Engine) applyReport(ctx context.Context, by Actor, seen Payment, report PaymentReport) (Payment, error) {
	for try := 1; ; try++ {
		out, events, err := e.tryReport(ctx, by, seen, report)
		// Money that was there is held meanwhile, or the payment has moved on.
		again := KindOf(err) == KindConflict || KindOf(err) == KindInsufficientFunds
		if again && try < 3 {
			continue
		}
		if err != nil {
			return seen, fmt.Errorf("settling payment %s: %w", seen.ID, err)
		}
		e.notice.publish(events...)
		return out, nil
	}
}

func (e *Engine) tryReport(ctx context.Context, by Actor, seen Payment, report PaymentReport) (out Payment, events []Event, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		events = nil
		was, err := tx.Payment(ctx, seen.ID)
		if err != nil {
			return err
		}
		out = was
		if was.State.final() {
			events, err = e.bookReturned(ctx, tx, by, was, report)
			return err
		}
		if was.Ref == "" {
			was.Ref = seen.Ref // told by the provider before we could note it
		}
		next, err := e.mayBook(ctx, tx, was.verdict(report, e.Now()))
		if err != nil {
			return err
		}
		if next.State == out.State && next.Processing == out.Processing && next.Ref == out.Ref {
			return nil
		}
		out = next
		if events, err = e.movePayment(ctx, tx, by, "payment."+string(next.State), was, next); err != nil {
			return err
		}
		gone, err := e.bookReturned(ctx, tx, by, next, report)
		events = append(events, gone...)
		return err
	})
	return out, events, err
}

// mayBook leaves money that comes for a closed account to staff: nobody could
// spend it, and it has to go back the way it came.
func (e *Engine) mayBook(ctx context.Context, tx Tx, next Payment) (Payment, error) {
	if next.State != PaymentSucceeded {
		return next, nil
	}
	_, err := e.openCustomer(ctx, tx, next.CustomerID)
	if errors.Is(err, errClosed) {
		next.State, next.Note = PaymentNeedsReview, "It was paid after the account was closed. Pay it back at the provider."
		err = nil
	}
	return next, err
}

// movePayment writes a changed payment with what follows from its new state.
func (e *Engine) movePayment(ctx context.Context, tx Tx, by Actor, action string, was, next Payment) ([]Event, error) {
	ok, err := tx.ChangePayment(ctx, next, was.State)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, Errorf(KindConflict, "state_changed", "The payment has moved on meanwhile.")
	}
	if next.State == was.State {
		return nil, nil
	}
	if err := tx.InsertAudit(ctx, e.paymentAudit(by, action, next, &was)); err != nil {
		return nil, err
	}
	ev := Event{ID: e.id(PrefixEvent), CustomerID: next.CustomerID, Detail: next.Amount.String(), At: e.Now()}
	switch next.State {
	case PaymentSucceeded:
		ev.Kind = EventBalanceToppedUp
		err = e.postTransfer(ctx, tx, PostingTopUp, next.ID, "Top-up", AccountKey{AccountClearing, next.Provider, next.Amount.Currency},
			AccountKey{AccountCustomer, next.CustomerID, next.Amount.Currency}, next.Amount)
	case PaymentNeedsReview:
		ev.Kind = EventPaymentReview
		err = e.writeStaffMail(ctx, tx, ev, "payment_needs_review", map[string]any{"Payment": next.ID, "Provider": next.Provider, "Ref": next.Ref, "Note": next.Note})
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []Event{ev}, tx.InsertEvent(ctx, ev)
}

const (
	lookBatch = 100
	lookMax   = 6 * time.Hour // longest pause between two looks at a payment
)

// ReconcilePayments looks up every payment that is due for it, so that a lost
// webhook loses no money. A provider that is away is asked again next time.
func (e *Engine) ReconcilePayments(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := e.store.DuePayments(ctx, e.Now(), lookBatch)
		if err != nil {
			return fmt.Errorf("listing payments to look up: %w", err)
		}
		for _, pay := range due {
			if err := e.reconcilePayment(ctx, pay); err != nil {
				return err
			}
		}
		if len(due) < lookBatch {
			return nil
		}
	}
	return ctx.Err()
}

func (e *Engine) reconcilePayment(ctx context.Context, pay Payment) error {
	now := e.Now()
	age := now.Sub(pay.CreatedAt)
	pause := min(max(age/4, e.opt.PaymentLookAfter), lookMax)
	mine, err := e.takeLook(ctx, pay, now.Add(pause), now)
	if err != nil || !mine {
		return err
	}
	if pay.Ref == "" {
		if age <= topUpLifetime {
			return nil
		}
		// Nobody was ever sent to a page of it: its address was not known.
		_, err := e.applyReport(ctx, System("reconcile-payments"), pay, PaymentReport{PaymentID: pay.ID, Outcome: OutcomeExpired})
		return err
	}
	if _, err := e.lookUp(ctx, pay); err != nil {
		if ctx.Err() != nil {
			return err
		}
		e.log.ErrorContext(ctx, "payment not looked up", "payment", pay.ID, "provider", pay.Provider, "error", err)
	}
	return nil
}

// RecheckPayment asks the provider again about a payment, because staff say so.
// Whatever the answer, it is applied as if the provider had told us itself.
func (e *Engine) RecheckPayment(ctx context.Context, by Actor, id string) (Payment, error) {
	if _, err := e.staffMay(ctx, e.store, by, StaffMoney); err != nil {
		return Payment{}, err
	}
	pay, err := e.store.Payment(ctx, id)
	if err != nil {
		return Payment{}, err
	}
	if pay.Ref == "" {
		return pay, Errorf(KindConflict, "no_reference", "The provider never gave a reference for this payment, so there is nothing to ask for.")
	}
	return e.lookUpFor(ctx, by, pay)
}

// ClosePayment ends the review of a payment without booking it. What was paid
// is then a matter between staff and provider; a credit is a separate step.
func (e *Engine) ClosePayment(ctx context.Context, by Actor, id, reason string) error {
	if _, err := e.staffMay(ctx, e.store, by, StaffMoney); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		was, err := tx.Payment(ctx, id)
		if err != nil {
			return err
		}
		if was.State != PaymentNeedsReview {
			return Errorf(KindConflict, "not_in_review", "Only a payment that needs review can be closed.")
		}
		next := was
		next.State, next.Note = PaymentClosed, clip(was.Note+" Closed: "+reason, 250)
		_, err = e.movePayment(ctx, tx, by, "payment.close", was, next)
		return err
	})
	if err != nil {
		return fmt.Errorf("closing payment %s: %w", id, err)
	}
	return nil
}
