package stripe

import (
	"context"
	"encoding/json"
	"regexp"

	stripego "github.com/stripe/stripe-go/v76"

	"github.com/indera/indera/registrar"
)

// intentID is what a PaymentIntent may be called.
var intentID = regexp.MustCompile(`^pi_[A-Za-z0-9_]{1,200}$`)

// aboutReturn reads whose money an event about a refund or dispute moves. Such
// objects name the PaymentIntent only; no amount of theirs is ever taken over.
func aboutReturn(hint registrar.PaymentHint, raw json.RawMessage) (registrar.PaymentHint, error) {
	var about struct {
		PaymentIntent *stripego.PaymentIntent `json:"payment_intent"` // an id, or all of it
	}
	if err := json.Unmarshal(raw, &about); err != nil {
		return registrar.PaymentHint{}, refused("unreadable", "its charge can't be read")
	}
	if pi := about.PaymentIntent; pi != nil && intentID.MatchString(pi.ID) {
		hint.Object, hint.Relevant = pi.ID, true
	}
	return hint, nil
}

// Find implements registrar.Payments: it looks for the Checkout Session of a
// PaymentIntent.
func (p *Provider) Find(ctx context.Context, hint registrar.PaymentHint) (registrar.PaymentHint, error) {
	unknown := registrar.Errorf(registrar.KindNotFound, "no_such_payment", "The payment provider knows no such payment.")
	if !intentID.MatchString(hint.Object) {
		return hint, unknown
	}
	params := &stripego.CheckoutSessionListParams{PaymentIntent: stripego.String(hint.Object)}
	params.Context = ctx
	params.Single = true
	list := p.sessions.List(params)
	for list.Next() {
		cs := list.CheckoutSession()
		if cs.Livemode == p.live && cs.Metadata[paymentKey] != "" && sessionID.MatchString(cs.ID) {
			hint.Ref, hint.PaymentID = cs.ID, cs.Metadata[paymentKey]
			return hint, nil
		}
	}
	if err := list.Err(); err != nil {
		return hint, translate("looking for the session of a payment", err)
	}
	return hint, unknown
}

// returned sums up what is gone of a paid session: refunds, as Stripe counts
// them on the charge, and disputes whose money was taken and not given back.
func (p *Provider) returned(ctx context.Context, cs *stripego.CheckoutSession) (registrar.Money, error) {
	const doing = "reading what went back of a payment"
	if cs.PaymentIntent == nil || cs.PaymentIntent.LatestCharge == nil || cs.PaymentIntent.LatestCharge.Currency != cs.Currency {
		return registrar.Money{}, unreadable(doing, "no charge that can be compared")
	}
	charge := cs.PaymentIntent.LatestCharge
	total := charge.AmountRefunded
	if charge.Disputed { // it stays set once there was a dispute
		params := &stripego.DisputeListParams{PaymentIntent: stripego.String(cs.PaymentIntent.ID)}
		params.Context = ctx
		params.Limit = stripego.Int64(100)
		list := p.disputes.List(params)
		for list.Next() {
			d := list.Dispute()
			if !withdrawn(d) {
				continue
			}
			if d.Currency != cs.Currency {
				return registrar.Money{}, unreadable(doing, "a dispute in another currency")
			}
			total += d.Amount
		}
		if err := list.Err(); err != nil {
			return registrar.Money{}, translate(doing, err)
		}
	}
	if total == 0 {
		return registrar.Money{}, nil
	}
	m, err := fromStripe(total, string(cs.Currency))
	if err != nil {
		return m, unreadable(doing, err.Error())
	}
	return m, nil
}

// withdrawn tells by the money that moved, not by the state: an inquiry moves
// none, and a dispute that was won counts until its money is back. Balance
// transactions are in the account's own currency and with fees, so only the
// direction of their sum is read.
func withdrawn(d *stripego.Dispute) bool {
	sum := int64(0)
	for _, b := range d.BalanceTransactions {
		sum += b.Amount
	}
	return sum < 0
}
