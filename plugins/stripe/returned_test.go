package stripe_test

import (
	"testing"

	"github.com/indera/indera/plugins/stripe/stripetest"
	"github.com/indera/indera/registrar"
)

// TestLookupTellsWhatWentBack goes by the money that moved.
func TestLookupTellsWhatWentBack(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(s *stripetest.Server, id string)
		want   int64
	}{
		"nothing":                       {func(*stripetest.Server, string) {}, 0},
		"a part refunded":               {func(s *stripetest.Server, id string) { s.Refund(id, 5_00) }, 5_00},
		"two refunds":                   {func(s *stripetest.Server, id string) { s.Refund(id, 5_00); s.Refund(id, 15_00) }, 20_00},
		"a refund that failed":          {func(s *stripetest.Server, id string) { s.Refund(id, 5_00); s.Refund(id, -5_00) }, 0},
		"disputed":                      {func(s *stripetest.Server, id string) { s.Dispute(id, 20_00) }, 20_00},
		"dispute lost":                  {func(s *stripetest.Server, id string) { s.Dispute(id, 20_00); s.Lose(id) }, 20_00},
		"dispute won":                   {func(s *stripetest.Server, id string) { s.Dispute(id, 20_00); s.Win(id) }, 0},
		"inquiry":                       {func(s *stripetest.Server, id string) { s.Inquire(id, 20_00) }, 0},
		"refunded and disputed in part": {func(s *stripetest.Server, id string) { s.Refund(id, 5_00); s.Dispute(id, 15_00) }, 20_00},
		"won, then disputed again": {func(s *stripetest.Server, id string) {
			s.Dispute(id, 20_00)
			s.Win(id)
			s.Dispute(id, 7_00)
		}, 7_00},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := account(t)
			ref := start(t, p, page("pay_1", 20_00, "USD")).Ref
			s.Pay(ref)
			tc.change(s, ref)
			got := look(t, p, ref)
			if got.Returned.Minor != tc.want || tc.want != 0 && got.Returned.Currency != "USD" || got.Outcome != registrar.OutcomePaid {
				t.Errorf("%+v, want %d back", got, tc.want)
			}
		})
	}
	s, p := account(t)
	ref := start(t, p, page("pay_1", 20_00, "USD")).Ref
	s.Pay(ref)
	s.Dispute(ref, 20_00)
	s.Change(ref, func(c *stripetest.Session) { c.Disputes[0].Currency = "eur" })
	_, err := p.Lookup(t.Context(), ref)
	fails(t, err, registrar.KindUnavailable)
}

func TestFindTellsWhosePaymentItIs(t *testing.T) {
	s, p := account(t)
	ref := start(t, p, page("pay_1", 20_00, "USD")).Ref
	s.Pay(ref)
	s.Dispute(ref, 20_00)
	header, body := s.Delivery("charge.dispute.created", ref).Signed()
	hint, err := p.VerifyWebhook(registrar.WebhookDelivery{Header: header, Body: body}, noon)
	if err != nil || hint.Object != "pi_"+ref || hint.Ref != "" || hint.PaymentID != "" {
		t.Fatalf("hint %+v, %v", hint, err)
	}
	if hint, err = p.Find(t.Context(), hint); err != nil || hint.Ref != ref || hint.PaymentID != "pay_1" {
		t.Errorf("found %+v, %v", hint, err)
	}
	for _, object := range []string{"", "pi_unknown", "ch_x", "pi_x/../../y"} {
		_, err := p.Find(t.Context(), registrar.PaymentHint{Object: object})
		fails(t, err, registrar.KindNotFound)
	}
	s.Change(ref, func(c *stripetest.Session) { c.Metadata = nil })
	_, err = p.Find(t.Context(), registrar.PaymentHint{Object: "pi_" + ref})
	fails(t, err, registrar.KindNotFound)
}
