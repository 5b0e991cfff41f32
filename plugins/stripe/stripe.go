// Package stripe takes top-ups through Stripe Checkout: the implementation of
// registrar.Payments on stripe-go. Customers type their card on Stripe's own
// page; no card data reaches us.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/checkout/session"
	"github.com/stripe/stripe-go/v76/dispute"

	"github.com/indera/indera/registrar"
)

// Name is this provider's name in rows and addresses.
const Name = "stripe"

// paymentKey is the metadata key that carries our payment id. Objects without
// it are not ours: an account may be shared with other systems.
const paymentKey = "indera_payment"

// Defaults.
const (
	defaultAPI  = "https://api.stripe.com"
	defaultPage = "https://checkout.stripe.com"
	maxAnswer   = 1 << 20
)

// Options say which Stripe account takes the money.
type Options struct {
	Key           string        // secret or restricted API key, sk_… or rk_…
	WebhookSecret string        // whsec_… of the endpoint
	APIURL        string        // "" = Stripe's
	PageOrigin    string        // scheme and host of the payment page; "" = Stripe's
	Label         string        // what customers read; "" = "Card, by Stripe"
	Product       string        // what stands on the payment page; "" = "Top-up of your balance"
	Timeout       time.Duration // one HTTP exchange; 0 = 8 s
	Retries       int           // further exchanges after one that failed in a way that may be repeated
}

// Provider is a Stripe account.
type Provider struct {
	opt      Options
	live     bool
	sessions session.Client
	disputes dispute.Client
}

var _ registrar.Payments = (*Provider)(nil)

var keyPattern = regexp.MustCompile(`^[sr]k_(test|live)_[A-Za-z0-9_]+$`)

// LiveKey reports whether an API key moves real money. ok is false when it is no
// key at all.
func LiveKey(key string) (live, ok bool) {
	m := keyPattern.FindStringSubmatch(key)
	return m != nil && m[1] == "live", m != nil
}

// New checks the options; it does not connect. Errors never show a secret.
func New(opt Options) (*Provider, error) {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&opt.APIURL, defaultAPI)
	def(&opt.PageOrigin, defaultPage)
	def(&opt.Label, "Card, by Stripe")
	def(&opt.Product, "Top-up of your balance")
	if opt.Timeout <= 0 {
		opt.Timeout = 8 * time.Second
	}
	live, ok := LiveKey(opt.Key)
	if !ok {
		return nil, errors.New("stripe: the API key does not begin with sk_test_, sk_live_, rk_test_ or rk_live_")
	}
	if opt.WebhookSecret == "" {
		// An empty secret would verify what anybody signed with an empty secret.
		return nil, errors.New("stripe: the webhook secret is missing")
	}
	for what, address := range map[string]string{"API address": opt.APIURL, "page origin": opt.PageOrigin} {
		if err := checkOrigin(address); err != nil {
			return nil, fmt.Errorf("stripe: %s: %w", what, err)
		}
	}
	b := backend(opt)
	return &Provider{opt: opt, live: live, sessions: session.Client{B: b, Key: opt.Key}, disputes: dispute.Client{B: b, Key: opt.Key}}, nil
}

// checkOrigin takes scheme and host only, and https unless it is this machine.
func checkOrigin(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("%q is not scheme and host alone", address)
	}
	host := u.Hostname()
	local := host == "127.0.0.1" || host == "::1" || host == "localhost"
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return fmt.Errorf("%q is not https", address)
	}
	return nil
}

func backend(opt Options) stripego.Backend {
	client := &http.Client{
		Timeout:       opt.Timeout,
		Transport:     shortAnswers{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL: stripego.String(opt.APIURL), HTTPClient: client, EnableTelemetry: stripego.Bool(false),
		// The library would log whole bodies and errors, which hold client secrets.
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull}, MaxNetworkRetries: stripego.Int64(int64(opt.Retries)),
	})
}

// shortAnswers bounds what is read of an answer: the library reads all of it.
type shortAnswers struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (s shortAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.next.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// Name implements registrar.Payments.
func (p *Provider) Name() string { return Name }

// Label implements registrar.Payments.
func (p *Provider) Label() string { return p.opt.Label }

// PageOrigin implements registrar.Payments.
func (p *Provider) PageOrigin() string { return p.opt.PageOrigin }

// StartTopUp makes a Checkout Session in payment mode. Its idempotency key is
// our payment id, so that the same request again gives the same session.
func (p *Provider) StartTopUp(ctx context.Context, req registrar.TopUpPage) (registrar.TopUpStarted, error) {
	amount, err := toStripe(req.Amount)
	if err != nil {
		return registrar.TopUpStarted{}, err
	}
	s := stripego.String
	mark := map[string]string{paymentKey: req.PaymentID}
	params := &stripego.CheckoutSessionParams{
		Mode: s(string(stripego.CheckoutSessionModePayment)), ClientReferenceID: s(req.PaymentID), Metadata: mark,
		// Metadata of the session does not reach the payment itself.
		PaymentIntentData: &stripego.CheckoutSessionPaymentIntentDataParams{Metadata: mark},
		SuccessURL:        s(req.ReturnURL), CancelURL: s(req.ReturnURL), ExpiresAt: stripego.Int64(req.ExpiresAt.Unix()),
		LineItems: []*stripego.CheckoutSessionLineItemParams{{
			Quantity: stripego.Int64(1),
			PriceData: &stripego.CheckoutSessionLineItemPriceDataParams{
				Currency: s(strings.ToLower(req.Amount.Currency)), UnitAmount: stripego.Int64(amount),
				ProductData: &stripego.CheckoutSessionLineItemPriceDataProductDataParams{Name: s(p.opt.Product)},
			},
		}},
	}
	if req.Email != "" {
		params.CustomerEmail = s(req.Email)
	}
	params.Context = ctx
	params.SetIdempotencyKey("pay:" + req.PaymentID)
	made, err := p.sessions.New(params)
	if err != nil {
		return registrar.TopUpStarted{}, translate("starting a checkout session", err)
	}
	if !sessionID.MatchString(made.ID) || made.Livemode != p.live {
		return registrar.TopUpStarted{}, unreadable("starting a checkout session", "an unexpected session")
	}
	return registrar.TopUpStarted{Ref: made.ID, RedirectURL: made.URL}, nil
}

// sessionID is what a Checkout Session may be called; it becomes part of a path.
var sessionID = regexp.MustCompile(`^cs_[A-Za-z0-9_]{1,200}$`)

// Lookup reads a Checkout Session with its payment and what went back of it.
func (p *Provider) Lookup(ctx context.Context, ref string) (registrar.PaymentReport, error) {
	if !sessionID.MatchString(ref) {
		return registrar.PaymentReport{}, registrar.Errorf(registrar.KindNotFound, "no_such_payment", "The payment provider knows no such payment.")
	}
	params := &stripego.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("payment_intent.latest_charge")
	cs, err := p.sessions.Get(ref, params)
	if err != nil {
		return registrar.PaymentReport{}, translate("reading a checkout session", err)
	}
	if cs.ID != ref || cs.Livemode != p.live {
		return registrar.PaymentReport{}, unreadable("reading a checkout session", "an unexpected session")
	}
	amount, err := fromStripe(cs.AmountTotal, string(cs.Currency))
	if err != nil {
		return registrar.PaymentReport{}, unreadable("reading a checkout session", err.Error())
	}
	report := registrar.PaymentReport{Ref: cs.ID, PaymentID: cs.Metadata[paymentKey], Amount: amount}
	if err := outcomeOf(cs, &report); err != nil || report.Outcome != registrar.OutcomePaid {
		return report, err
	}
	report.Returned, err = p.returned(ctx, cs)
	return report, err
}

// outcomeOf fills in what a session's states mean. A session that is complete
// and unpaid waits for a bank, unless its payment has failed.
func outcomeOf(cs *stripego.CheckoutSession, report *registrar.PaymentReport) error {
	switch {
	case cs.PaymentStatus == stripego.CheckoutSessionPaymentStatusPaid:
		report.Outcome = registrar.OutcomePaid
	case cs.PaymentStatus != stripego.CheckoutSessionPaymentStatusUnpaid:
		return unreadable("reading a checkout session", "an unknown payment status")
	case cs.Status == stripego.CheckoutSessionStatusOpen:
		report.Outcome, report.RedirectURL = registrar.OutcomeOpen, cs.URL
	case cs.Status == stripego.CheckoutSessionStatusExpired:
		report.Outcome = registrar.OutcomeExpired
	case cs.Status != stripego.CheckoutSessionStatusComplete:
		return unreadable("reading a checkout session", "an unknown status")
	default:
		report.Outcome = registrar.OutcomeProcessing
		if failed, why := failure(cs.PaymentIntent); failed {
			report.Outcome, report.Detail = registrar.OutcomeFailed, why
		}
	}
	return nil
}

func failure(pi *stripego.PaymentIntent) (bool, string) {
	if pi == nil || pi.Status != stripego.PaymentIntentStatusRequiresPaymentMethod && pi.Status != stripego.PaymentIntentStatusCanceled {
		return false, ""
	}
	why := "The bank refused the payment."
	if e := pi.LastPaymentError; e != nil {
		why = strings.TrimSpace(fmt.Sprintf("The bank refused the payment (%s).", strings.Trim(string(e.Code)+" "+string(e.DeclineCode), " ")))
	}
	return true, why
}

// translate turns an error of the library into a kind. The library's own text
// is never kept: it holds whole objects with client secrets, or whole pages.
func translate(doing string, err error) error {
	var se *stripego.Error
	if !errors.As(err, &se) {
		return unreadable(doing, transportWord(err))
	}
	cause := fmt.Errorf("%s: stripe: status %d, type %s, code %s, param %s, request %s", doing, se.HTTPStatusCode, se.Type, se.Code, se.Param, se.RequestID)
	switch {
	case se.HTTPStatusCode == http.StatusNotFound:
		return registrar.Errorf(registrar.KindNotFound, "no_such_payment", "The payment provider knows no such payment.").Because(cause)
	case se.HTTPStatusCode == http.StatusBadRequest || se.HTTPStatusCode == http.StatusPaymentRequired:
		return registrar.Errorf(registrar.KindInvalid, "payment_refused", "The payment provider did not accept this.").Because(cause)
	}
	return unavailable().Because(cause)
}

// transportWord says what broke without any text from outside.
func transportWord(err error) string {
	var ue *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &ue) && ue.Timeout():
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "given up"
	case ue != nil:
		return "the connection failed"
	}
	return "an answer that can't be read"
}

func unavailable() *registrar.Error {
	return registrar.Errorf(registrar.KindUnavailable, "payment_provider_unavailable", "The payment provider can't be reached just now. Please try again in a minute.")
}

func unreadable(doing, what string) error {
	return unavailable().Because(fmt.Errorf("%s: stripe: %s", doing, what))
}
