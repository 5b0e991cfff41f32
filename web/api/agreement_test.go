package api_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/web/api"
)

// TestOrdersNameTheAgreement: nothing is accepted in the customer's name.
func TestOrdersNameTheAgreement(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	var text api.AgreementBody
	w.call("GET", "/agreement", nil).want(200, &text)
	if text.Version != agreement.Sample().Version || text.Language != "en" || text.Format != "markdown" || text.Text != agreement.Sample().Body ||
		len(text.Languages) != 1 || !strings.HasSuffix(text.URL, "/agreement?language=en") {
		t.Errorf("%+v", text)
	}
	w.call("GET", "/agreement?language=de-AT", nil).want(200, &text)
	if text.Language != "en" {
		t.Errorf("a language that there is no text in: %+v", text)
	}
	without := func(b map[string]any) { delete(b, "agreement_version") }
	for what, body := range map[string]map[string]any{
		"missing": registration("a.shop", without),
		"empty":   registration("a.shop", set("agreement_version", "")), "old": registration("a.shop", set("agreement_version", "1999")),
	} {
		for _, path := range []string{"/domains", "/domains/a.shop/renew"} {
			if strings.HasSuffix(path, "renew") {
				body = map[string]any{"period_years": 1, "agreement_version": body["agreement_version"]}
				if what == "missing" {
					delete(body, "agreement_version")
				}
			}
			p := w.call("POST", path, body).problem(422, "invalid", "agreement_not_accepted")
			if !strings.Contains(p.Detail, "GET /api/v1/agreement") || len(p.Errors) != 1 || p.Errors[0].Location != "body.agreement_version" {
				t.Errorf("%s %s: %+v", what, path, p)
			}
		}
	}
	w.call("POST", "/domains", registration("a.shop", set("agreement_language", "tlh"))).problem(422, "invalid", "no_such_language")
	if _, held := w.balance(); held != 0 {
		t.Errorf("refused orders hold %d", held)
	}

	w.own("a.shop")
	orders, err := w.engine.Read().Orders(t.Context(), w.user.CustomerID, registrar.Page{Limit: 2})
	if err != nil || len(orders) != 1 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	a := orders[0].Agreement
	if a.Version != text.Version || a.Language != "en" || a.IP == "" || a.At.IsZero() {
		t.Errorf("%+v", a)
	}
	if kept, err := w.engine.AcceptedAgreement(t.Context(), a); err != nil || kept.Body != agreement.Sample().Body {
		t.Errorf("%+v, %v", kept, err)
	}
}
