package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/registrytest"
)

// TestAgreementInTheCustomersLanguage: the operator's own text, in the language of
// the account, is what is linked, shown, and kept with the order.
func TestAgreementInTheCustomersLanguage(t *testing.T) {
	h, _ := payingHouse(t, func(o *registrar.Options) {
		clock := clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
		o.Sandbox, o.Registries = true, map[string]registrar.Registry{"first": registrytest.NewMemory(clock), "second": registrytest.NewMemory(clock)}
		o.Agreements = []agreement.Text{
			{Version: "2027-01", Language: "en", Format: agreement.Plain, Body: "Our terms, 1 < 2"},
			{Version: "2027-01", Language: "de", Format: agreement.Markdown, Body: "# Bedingungen\n\nUnsere *Regeln*"},
		}
	})
	h.must(h.engine.ApplyCatalogue(t.Context(), registrar.System("test"), testTLDs(), testPrices()))
	h.person().get("/agreement").is(http.StatusOK).has("Version 2027-01", "Our terms, 1 &lt; 2", `href="/agreement?language=de"`, ">Deutsch</a>").hasNot("Regeln", "What you tell us")
	checkMarkup(t, "/agreement", h.person().get("/agreement?language=de").is(http.StatusOK).
		has(`<div lang="de" dir="auto"><h2>Bedingungen</h2>`, "<em>Regeln</em>", ">English</a>").hasNot("Our terms"))

	cus, _, err := h.engine.SignUp(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: goodPassword, Language: "de-AT"})
	h.must(err)
	h.must(h.engine.TestTopUp(t.Context(), registrar.System("test"), cus.ID, registrar.Money{Minor: 10_000, Currency: "USD"}, "opening"))
	ada := h.person()
	ada.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}}).leadsTo("/domains")
	ada.get("/agreement").has("Regeln")
	form := ada.checkout("garden.shop")
	page := ada.get("/checkout").has(`href="/agreement?language=de"`, "version 2027-01")
	form.Set("agreement_language", page.value("agreement_language"))
	order := ada.post("/checkout", form).leadsTo("/orders/").Header.Get("Location")
	ada.get(order+"/agreement").is(http.StatusOK).has("Regeln", "accepted", "from 127.0.0.1", "in the language “de”").hasNot("Our terms")

	// Who reads the other one accepts the other one; nobody accepts what does not exist.
	form = ada.checkout("bread.shop")
	form.Set("agreement_language", "fr")
	ada.post("/checkout", form).is(http.StatusUnprocessableEntity).has("not given in this language")
	form.Set("agreement_language", "en")
	order = ada.post("/checkout", form).leadsTo("/orders/").Header.Get("Location")
	ada.get(order+"/agreement").has("Our terms", "in the language “en”")
}
