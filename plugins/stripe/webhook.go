package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/indera/indera/registrar"
)

// tolerance is how far a delivery's time may be from ours, either way. The
// library compares with the machine's clock and lets the future pass.
const tolerance = 5 * time.Minute

// relevant lists the events that say that a session may have changed.
var relevant = map[stripego.EventType]bool{
	stripego.EventTypeCheckoutSessionCompleted:             true,
	stripego.EventTypeCheckoutSessionAsyncPaymentSucceeded: true,
	stripego.EventTypeCheckoutSessionAsyncPaymentFailed:    true,
	stripego.EventTypeCheckoutSessionExpired:               true,
}

// awayWith says that an event is about money that goes back to a customer at
// Stripe itself, or comes back from there.
func awayWith(t stripego.EventType) bool {
	return strings.HasPrefix(string(t), "charge.dispute.") || strings.HasPrefix(string(t), "refund.") ||
		t == stripego.EventTypeChargeRefunded || t == stripego.EventTypeChargeRefundUpdated
}

// VerifyWebhook proves the signature, then that the delivery is recent, made by
// the API version we read, and of our mode.
func (p *Provider) VerifyWebhook(d registrar.WebhookDelivery, now time.Time) (registrar.PaymentHint, error) {
	header := d.Header.Get("Stripe-Signature")
	event, err := webhook.ConstructEventWithOptions(d.Body, header, p.opt.WebhookSecret,
		webhook.ConstructEventOptions{IgnoreTolerance: true, IgnoreAPIVersionMismatch: true})
	if err != nil {
		return registrar.PaymentHint{}, refused("bad_signature", signatureWord(err))
	}
	signed, err := signedAt(header)
	if err != nil {
		return registrar.PaymentHint{}, refused("bad_signature", err.Error())
	}
	if age := now.Sub(signed); age > tolerance || age < -tolerance {
		return registrar.PaymentHint{}, refused("stale", fmt.Sprintf("signed %s away from now", age.Round(time.Second)))
	}
	if event.APIVersion != stripego.APIVersion {
		return registrar.PaymentHint{}, refused("api_version", fmt.Sprintf("made for API version %.40q, but %s is read: make the endpoint with that version", event.APIVersion, stripego.APIVersion))
	}
	if event.Livemode != p.live {
		return registrar.PaymentHint{}, refused("mode", "a test event for a live account, or the reverse")
	}
	hint := registrar.PaymentHint{EventID: plain(event.ID), Kind: plain(string(event.Type)), Attention: event.Type == stripego.EventTypeRadarEarlyFraudWarningCreated}
	if awayWith(event.Type) && event.Data != nil {
		return aboutReturn(hint, event.Data.Raw)
	}
	if !relevant[event.Type] || event.Data == nil {
		return hint, nil
	}
	var cs stripego.CheckoutSession
	if err := json.Unmarshal(event.Data.Raw, &cs); err != nil {
		return registrar.PaymentHint{}, refused("unreadable", "its session can't be read")
	}
	hint.Ref, hint.PaymentID = cs.ID, cs.Metadata[paymentKey]
	hint.Relevant = hint.PaymentID != "" && sessionID.MatchString(cs.ID)
	return hint, nil
}

// signatureWord keeps text from outside out of the error.
func signatureWord(err error) string {
	for _, known := range []error{webhook.ErrInvalidHeader, webhook.ErrNoValidSignature, webhook.ErrNotSigned} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "its body can't be read"
}

// signedAt reads t of a header that the library has accepted. Like the library
// it takes the last one: only that one is signed.
func signedAt(header string) (time.Time, error) {
	var signed time.Time
	for _, part := range strings.Split(header, ",") {
		if t, ok := strings.CutPrefix(part, "t="); ok {
			sec, err := strconv.ParseInt(t, 10, 64)
			if err != nil {
				return signed, errors.New("no time in the signature")
			}
			signed = time.Unix(sec, 0)
		}
	}
	return signed, nil
}

// plain bounds a word for the log.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 100)]
}

func refused(code, why string) error {
	return registrar.Errorf(registrar.KindInvalid, code, "The delivery was not accepted.").Because(errors.New("stripe: " + why))
}
