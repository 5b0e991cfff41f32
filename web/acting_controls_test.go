package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestActingShowsNoControlThatIsClosed walks the pages about names as staff who act for
// an owner: no form that is shown ends in "closed to you", and none leads to a page
// that is nothing but such a form.
func TestActingShowsNoControlThatIsClosed(t *testing.T) {
	h := newHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 100)
	ada.buy("mine.shop")
	d, err := h.engine.OwnedDomain(t.Context(), user.CustomerID, "mine.shop")
	h.must(err)
	ada.post("/basket/add", url.Values{"name": {"next.shop"}})
	grace := h.staff()
	grace.actFor(user)
	found := 0
	for _, path := range []string{"/?q=mine&whole=1", "/basket", "/domains", "/domains/mine.shop", "/domains/mine.shop/hosts", "/domains/mine.shop/history",
		"/orders", "/contacts", "/contacts/" + d.Registrant.ContactID} {
		page := grace.get(path).is(http.StatusOK)
		for _, end := range []string{"/checkout", "/renew", "/delete", "/transfer-code", "/account/close"} {
			if strings.Contains(page.Body, end+`"`) {
				t.Errorf("%s leads to …%s", path, end)
			}
		}
		for _, m := range formRule.FindAllStringSubmatch(page.Body, -1) {
			to := m[1] + m[2]
			if to == "/sign-out" || to == "/acting/end" {
				continue // they end the walk
			}
			found++
			if res := grace.post(to, nil); strings.Contains(res.Body, "this is closed to you") {
				t.Errorf("%s shows %s, which is closed", path, to)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d controls were found", found)
	}
}
