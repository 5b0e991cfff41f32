package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/plugins/stripe/stripetest"
	"github.com/indera/indera/registrar"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func account(t *testing.T, change ...func(*stripe.Options)) (*stripetest.Server, *stripe.Provider) {
	t.Helper()
	s := stripetest.New(t, clockwork.NewFakeClockAt(noon))
	opt := stripe.Options{Key: stripetest.Key, WebhookSecret: stripetest.WebhookSecret, APIURL: s.URL, PageOrigin: s.URL, Timeout: 2 * time.Second}
	for _, f := range change {
		f(&opt)
	}
	p, err := stripe.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func page(id string, minor int64, currency string) registrar.TopUpPage {
	return registrar.TopUpPage{
		PaymentID: id, Amount: registrar.Money{Minor: minor, Currency: currency}, Email: "ada@example.org",
		ReturnURL: "https://portal.example/wallet/payments/" + id, ExpiresAt: noon.Add(time.Hour),
	}
}

func start(t *testing.T, p *stripe.Provider, req registrar.TopUpPage) registrar.TopUpStarted {
	t.Helper()
	out, err := p.StartTopUp(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func look(t *testing.T, p *stripe.Provider, ref string) registrar.PaymentReport {
	t.Helper()
	r, err := p.Lookup(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fails checks kind and that no secret of the provider is in the error.
func fails(t *testing.T, err error, kind registrar.Kind) {
	t.Helper()
	if registrar.KindOf(err) != kind || err == nil {
		t.Errorf("error %v, want kind %s", err, kind)
		return
	}
	for _, secret := range []string{stripetest.Key, stripetest.WebhookSecret, stripetest.ClientSecret, "<html>"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

func TestStartAsksForWhatWasStarted(t *testing.T) {
	s, p := account(t)
	out := start(t, p, page("pay_1", 12_50, "USD"))
	made := s.Sessions()
	if len(made) != 1 || out.Ref != made[0].ID || out.RedirectURL != s.URL+"/c/pay/"+made[0].ID {
		t.Fatalf("started %+v, made %+v", out, made)
	}
	got := made[0]
	if got.Amount != 1250 || got.Currency != "usd" || got.Reference != "pay_1" || got.Metadata["indera_payment"] != "pay_1" ||
		got.Email != "ada@example.org" || !got.ExpiresAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("session %+v", got)
	}
	again := start(t, p, page("pay_1", 12_50, "USD"))
	if again != out || len(s.Sessions()) != 1 {
		t.Errorf("the same request again made %+v, sessions %d", again, len(s.Sessions()))
	}
	_, err := p.StartTopUp(t.Context(), page("pay_1", 99_00, "USD"))
	fails(t, err, registrar.KindInvalid)
	start(t, p, page("pay_2", 12_50, "USD"))
	if len(s.Sessions()) != 2 {
		t.Errorf("another payment shares the session: %d", len(s.Sessions()))
	}
}

func TestLookupTellsEachOutcome(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(s *stripetest.Server, id string)
		want   registrar.PaymentOutcome
		detail string
	}{
		"waiting":            {func(*stripetest.Server, string) {}, registrar.OutcomeOpen, ""},
		"card refused":       {func(s *stripetest.Server, id string) { s.Decline(id, "insufficient_funds") }, registrar.OutcomeOpen, ""},
		"paid":               {func(s *stripetest.Server, id string) { s.Pay(id) }, registrar.OutcomePaid, ""},
		"refused, then paid": {func(s *stripetest.Server, id string) { s.Decline(id, "lost_card"); s.Pay(id) }, registrar.OutcomePaid, ""},
		"bank works":         {func(s *stripetest.Server, id string) { s.PayLater(id) }, registrar.OutcomeProcessing, ""},
		"bank refused": {func(s *stripetest.Server, id string) { s.PayLater(id); s.Bounce(id, "insufficient_funds") }, registrar.OutcomeFailed,
			"The bank refused the payment (card_declined insufficient_funds)."},
		"cancelled": {func(s *stripetest.Server, id string) {
			s.PayLater(id)
			s.Change(id, func(c *stripetest.Session) { c.Intent = "canceled" })
		}, registrar.OutcomeFailed, "The bank refused the payment."},
		"expired": {func(s *stripetest.Server, id string) { s.Expire(id) }, registrar.OutcomeExpired, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := account(t)
			ref := start(t, p, page("pay_1", 20_00, "EUR")).Ref
			tc.change(s, ref)
			got := look(t, p, ref)
			want := registrar.PaymentReport{Ref: ref, PaymentID: "pay_1", Outcome: tc.want, Amount: registrar.Money{Minor: 20_00, Currency: "EUR"}, Detail: tc.detail}
			if tc.want == registrar.OutcomeOpen {
				want.RedirectURL = s.URL + "/c/pay/" + ref
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestLookupTrustsNothingUnexpected(t *testing.T) {
	for name, change := range map[string]func(*stripetest.Session){
		"live session under a test key": func(c *stripetest.Session) { c.Live = true },
		"no payment needed":             func(c *stripetest.Session) { c.PaymentStatus = "no_payment_required" },
		"unknown status":                func(c *stripetest.Session) { c.Status = "dreaming" },
		"currency of nobody":            func(c *stripetest.Session) { c.Currency = "zzz" },
		"amount below zero":             func(c *stripetest.Session) { c.Amount = -5 },
	} {
		t.Run(name, func(t *testing.T) {
			s, p := account(t)
			ref := start(t, p, page("pay_1", 20_00, "EUR")).Ref
			s.Change(ref, change)
			_, err := p.Lookup(t.Context(), ref)
			fails(t, err, registrar.KindUnavailable)
		})
	}
	_, p := account(t)
	for _, ref := range []string{"cs_test_999999", "", "../balance", "pi_1", "cs_" + strings.Repeat("x", 300)} {
		_, err := p.Lookup(t.Context(), ref)
		fails(t, err, registrar.KindNotFound)
	}
}

func TestFailuresKeepSecretsAndSayWhetherToTryAgain(t *testing.T) {
	for name, fault := range map[string]stripetest.Fault{
		"a page instead of JSON": stripetest.FaultPage, "cut after acting": stripetest.FaultCut, "too many requests": stripetest.FaultLimited,
		"revoked key": stripetest.FaultKey,
	} {
		t.Run(name, func(t *testing.T) {
			s, p := account(t)
			s.Break(fault)
			_, err := p.StartTopUp(t.Context(), page("pay_1", 20_00, "USD"))
			fails(t, err, registrar.KindUnavailable)
			if start(t, p, page("pay_1", 20_00, "USD")); len(s.Sessions()) != 1 {
				t.Errorf("trying again left %d sessions, want 1", len(s.Sessions()))
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		s, p := account(t, func(o *stripe.Options) { o.Timeout = 50 * time.Millisecond })
		s.Break(stripetest.FaultHang)
		_, err := p.StartTopUp(t.Context(), page("pay_1", 20_00, "USD"))
		fails(t, err, registrar.KindUnavailable)
	})
	t.Run("given up", func(t *testing.T) {
		_, p := account(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.StartTopUp(ctx, page("pay_1", 20_00, "USD"))
		fails(t, err, registrar.KindUnavailable)
	})
	t.Run("repeated by itself", func(t *testing.T) {
		s, p := account(t, func(o *stripe.Options) { o.Retries = 1 })
		s.Break(stripetest.FaultCut)
		if start(t, p, page("pay_1", 20_00, "USD")); len(s.Sessions()) != 1 {
			t.Errorf("%d sessions, want 1", len(s.Sessions()))
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for name, opt := range map[string]stripe.Options{
		"no key":             {WebhookSecret: "whsec_x"},
		"publishable key":    {Key: "pk_test_geheim", WebhookSecret: "whsec_x"},
		"no webhook secret":  {Key: "sk_test_geheim"},
		"plain http":         {Key: "sk_test_geheim", WebhookSecret: "whsec_x", APIURL: "http://api.stripe.example"},
		"page with a path":   {Key: "sk_test_geheim", WebhookSecret: "whsec_x", PageOrigin: "https://pay.example/c"},
		"page without host":  {Key: "sk_test_geheim", WebhookSecret: "whsec_x", PageOrigin: "https://"},
		"address with login": {Key: "sk_test_geheim", WebhookSecret: "whsec_x", APIURL: "https://a:b@api.example"},
	} {
		if _, err := stripe.New(opt); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyWebhook(t *testing.T) {
	s, p := account(t)
	ref := start(t, p, page("pay_1", 20_00, "EUR")).Ref
	const done = "checkout.session.completed"
	for name, tc := range map[string]struct {
		bend func(*stripetest.Delivery)
		code string // "" = taken
	}{
		"as it should be":       {func(*stripetest.Delivery) {}, ""},
		"four minutes late":     {func(d *stripetest.Delivery) { d.At = noon.Add(-4 * time.Minute) }, ""},
		"other secret":          {func(d *stripetest.Delivery) { d.Secret = "whsec_other" }, "bad_signature"},
		"empty secret":          {func(d *stripetest.Delivery) { d.Secret = "" }, "bad_signature"},
		"an hour old":           {func(d *stripetest.Delivery) { d.At = noon.Add(-time.Hour) }, "stale"},
		"an hour in the future": {func(d *stripetest.Delivery) { d.At = noon.Add(time.Hour) }, "stale"},
		"newer API version":     {func(d *stripetest.Delivery) { d.Version = "2026-08-26.dahlia" }, "api_version"},
		"live mode":             {func(d *stripetest.Delivery) { d.Live = true }, "mode"},
	} {
		t.Run(name, func(t *testing.T) {
			d := s.Delivery(done, ref)
			tc.bend(&d)
			header, body := d.Signed()
			hint, err := p.VerifyWebhook(registrar.WebhookDelivery{Header: header, Body: body}, noon)
			if tc.code == "" {
				if err != nil || !hint.Relevant || hint.Ref != ref || hint.PaymentID != "pay_1" || hint.Kind != done {
					t.Errorf("hint %+v, %v", hint, err)
				}
				return
			}
			fails(t, err, registrar.KindInvalid)
			if e, ok := err.(*registrar.Error); !ok || e.Code != tc.code {
				t.Errorf("error %v, want code %s", err, tc.code)
			}
		})
	}
}

func TestVerifyWebhookRefusesForgeries(t *testing.T) {
	s, p := account(t)
	ref := start(t, p, page("pay_1", 20_00, "EUR")).Ref
	old := s.Delivery("checkout.session.completed", ref)
	old.At = noon.Add(-time.Hour)
	header, body := old.Signed()
	stale := header.Get("Stripe-Signature")
	good := stripetest.Sign(body, stripetest.WebhookSecret, noon)
	for name, tc := range map[string]struct{ signature, body string }{
		"no signature":          {"", string(body)},
		"not a signature":       {"hello", string(body)},
		"other body":            {good, strings.Replace(string(body), "pay_1", "pay_2", 1)},
		"a fresh time in front": {fmt.Sprintf("t=%d,", noon.Unix()) + stale, string(body)},
		"not JSON":              {stripetest.Sign([]byte("{"), stripetest.WebhookSecret, noon), "{"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.VerifyWebhook(registrar.WebhookDelivery{Header: http.Header{"Stripe-Signature": {tc.signature}}, Body: []byte(tc.body)}, noon)
			fails(t, err, registrar.KindInvalid)
		})
	}
}

func TestVerifyWebhookSortsEvents(t *testing.T) {
	s, p := account(t)
	ref := start(t, p, page("pay_1", 20_00, "EUR")).Ref
	for kind, want := range map[string]struct{ relevant, attention bool }{
		"checkout.session.expired": {true, false}, "checkout.session.async_payment_failed": {true, false}, "checkout.session.async_payment_succeeded": {true, false},
		"payment_intent.created": {false, false}, "charge.refunded": {true, false}, "charge.dispute.created": {true, false}, "radar.early_fraud_warning.created": {false, true}, "never.heard.of": {false, false},
	} {
		header, body := s.Delivery(kind, ref).Signed()
		hint, err := p.VerifyWebhook(registrar.WebhookDelivery{Header: header, Body: body}, noon)
		if err != nil || hint.Relevant != want.relevant || hint.Attention != want.attention {
			t.Errorf("%s: %+v, %v", kind, hint, err)
		}
	}
	s.Change(ref, func(c *stripetest.Session) { c.Metadata = nil })
	header, body := s.Delivery("checkout.session.completed", ref).Signed()
	if hint, err := p.VerifyWebhook(registrar.WebhookDelivery{Header: header, Body: body}, noon); err != nil || hint.Relevant {
		t.Errorf("somebody else's session: %+v, %v", hint, err)
	}
}
