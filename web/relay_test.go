package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/indera/indera/web"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

func TestContactTheHolder(t *testing.T) {
	limits := portal.DefaultLimits()
	limits.RelayAddress = ratelimit.Rule{PerSecond: 0.001, Burst: 3}
	h, _, _, _ := furnished(t, func(o *web.Options) { o.PortalLimits = &limits })
	eve := h.person()
	eve.get("/contact/nobody-has-this.shop").is(http.StatusNotFound)
	eve.get("/contact/-").is(http.StatusNotFound)
	page := eve.get("/contact/LOVELACE.shop").is(http.StatusOK)
	if !strings.Contains(page.Body, "Contact the holder of lovelace.shop") || strings.Contains(page.Body, "ada@example.org") {
		t.Errorf("the form is missing, or it shows the address: %s", textOf(page.Body))
	}
	typed := url.Values{"from": {"eve"}, "message": {"May I buy this name?"}}
	page = eve.post("/contact/lovelace.shop", typed).is(http.StatusUnprocessableEntity)
	if !strings.Contains(page.Body, "May I buy this name?") || !strings.Contains(page.Body, "Please give an e-mail address") {
		t.Errorf("what was typed is lost, or the mistake is not named: %s", textOf(page.Body))
	}
	typed.Set("from", "eve@example.net")
	page = eve.post("/contact/lovelace.shop", typed).is(http.StatusOK)
	if !strings.Contains(page.Body, "is on its way") {
		t.Errorf("no confirmation: %s", textOf(page.Body))
	}
	mails, err := h.store.DueMails(t.Context(), 100)
	h.must(err)
	var got int
	for _, m := range mails {
		if m.Template == "contact_message" && strings.Contains(m.Text, "eve@example.net") {
			got++
		}
	}
	if got != 1 {
		t.Errorf("%d messages were queued for the holder, want 1", got)
	}
	eve.post("/contact/lovelace.shop", typed).is(http.StatusOK)
	eve.post("/contact/lovelace.shop", typed).is(http.StatusTooManyRequests)
}
