package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

const onlyCustomer = "Only the customer can do this."

// TestActingShowsNoControlThatIsClosed walks every page of the portal as staff who
// act for an owner: no form that is shown ends in "closed to you", and no link
// leads to a page that is nothing but such a form.
func TestActingShowsNoControlThatIsClosed(t *testing.T) {
	h := newHouse(t)
	h.post()
	_, user := h.busyCustomer()
	d, err := h.engine.OwnedDomain(t.Context(), user.CustomerID, "mine.shop")
	h.must(err)
	hooks, err := h.engine.Webhooks(t.Context(), user.CustomerID)
	h.must(err)
	grace := h.staff()
	grace.actFor(user)
	delivery := grace.post("/security/webhooks/"+hooks[0].ID+"/test", nil).leadsTo("/security/webhooks/").Header.Get("Location")
	orders := linkRule.FindAllStringSubmatch(grace.get("/orders").Body, -1)
	order := orders[slices.IndexFunc(orders, func(m []string) bool { return strings.HasPrefix(m[1], "/orders/") })][1]
	named := map[string]string{
		"/contacts/:id": "/contacts/" + d.Registrant.ContactID, "/orders/:id": order, "/orders/:id/agreement": order + "/agreement", "/orders/:id/live": order + "/live",
		"/security/webhooks/:id": "/security/webhooks/" + hooks[0].ID, "/security/webhooks/:id/deliveries/:delivery": delivery,
		"/security/webhooks/:id/deliveries/:delivery/live": delivery + "/live",
	}
	paths := []string{"/?q=mine&whole=1"}
	for _, r := range h.portalRoutes() {
		if path, ok := named[r.Path]; ok {
			paths = append(paths, path)
		} else if r.Method == http.MethodGet {
			paths = append(paths, strings.ReplaceAll(r.Path, ":name", "mine.shop"))
		}
	}
	found := 0
	for _, path := range paths {
		found += grace.triesForms(t, path)
	}
	if found < 6 || len(paths) < 40 {
		t.Errorf("only %d controls were found on %d pages", found, len(paths))
	}
	for _, path := range []string{"/security", "/users", "/wallet", "/security/webhooks", "/security/webhooks/" + hooks[0].ID, "/checkout", "/basket/holder",
		"/domains/mine.shop/renew", "/domains/mine.shop/delete", "/domains/mine.shop/contacts", "/security/password", "/security/email", "/security/check", "/account/close"} {
		page := grace.get(path).is(http.StatusOK).has(onlyCustomer, banner)
		checkMarkup(t, path, page)
	}
	grace.get("/domains/other.shop/renew").is(http.StatusNotFound)
}

// busyCustomer is an owner with something on every page: a name, a basket, a
// token, a webhook, another user and an invitation.
func (h *house) busyCustomer() (*person, registrar.User) {
	h.t.Helper()
	ada, user := h.customer("ada@example.org", 100)
	ada.post("/verify", ticketOf(h.link("verify_email", "ada@example.org"))).leadsTo("/security")
	ada.buy("mine.shop")
	ada.post("/basket/add", url.Values{"name": {"next.shop"}})
	ada.post("/security/tokens", url.Values{"name": {"billing"}, "scopes": {"domains:read"}, "days": {"30"}}).is(http.StatusOK)
	ada.post("/security/webhooks", url.Values{"url": {"https://127.0.0.1:9443/hook"}, "which": {"all"}}).is(http.StatusOK)
	ada.post("/users/invite", url.Values{"email": {"bob@example.org"}, "role": {"technical"}}).leadsTo("/users")
	form := ticketOf(h.link("invitation", "bob@example.org"))
	form.Set("name", "Bob")
	form.Set("password", otherPassword)
	h.person().post("/invitation", form).leadsTo("/domains")
	ada.post("/users/invite", url.Values{"email": {"eve@example.org"}, "role": {"billing"}}).leadsTo("/users")
	return ada, user
}

// triesForms sends every form of a page empty and returns how many there are.
func (p *person) triesForms(t *testing.T, path string) int {
	t.Helper()
	page := p.get(path)
	if page.Status >= 500 {
		t.Errorf("%s: %d", path, page.Status)
	}
	for _, end := range []string{"/checkout", "/renew", "/delete", "/transfer-code", "/account/close", "/security/password", "/security/email", "/basket/holder", "/security/check"} {
		if strings.Contains(page.Body, end+`"`) {
			t.Errorf("%s leads to …%s", path, end)
		}
	}
	found := 0
	for _, m := range formRule.FindAllStringSubmatch(page.Body, -1) {
		to := m[1] + m[2]
		if to == "/sign-out" || to == "/acting/end" {
			continue // they end the walk
		}
		found++
		if res := p.post(to, nil); strings.Contains(res.Body, "this is closed to you") {
			t.Errorf("%s shows %s, which is closed", path, to)
		}
	}
	return found
}
