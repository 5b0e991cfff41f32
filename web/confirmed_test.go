package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

// TestUnconfirmedPages: before the address is confirmed no page offers what the
// engine refuses, each says why, and what is sent all the same is refused.
func TestUnconfirmedPages(t *testing.T) {
	h := newHouse(t)
	h.post()
	ada, _ := h.unconfirmed("ada@example.org", 0)
	pages := map[string][]string{
		"/security":          {`action="/security/totp"`, `action="/security/tokens"`},
		"/security/webhooks": {`action="/security/webhooks"`},
		"/users":             {`action="/users/invite"`},
	}
	for page, forms := range pages {
		ada.get(page).is(http.StatusOK).has("First confirm that ada@example.org is your address", `action="/security/verify"`).hasNot(forms...)
	}
	for path, form := range map[string]url.Values{
		"/security/totp":         nil,
		"/security/passkeys/new": nil,
		"/security/tokens":       {"name": {"ci"}, "days": {"30"}, "scopes": {"domains:read"}},
		"/security/webhooks":     {"url": {"https://hooks.example/in"}, "which": {"all"}},
		"/users/invite":          {"email": {"bob@example.org"}, "role": {"read_only"}},
	} {
		ada.post(path, form).is(http.StatusForbidden).has("Please confirm your own e-mail address first")
	}
	ada.post("/security/verify", nil).leadsTo("/security")
	h.link("verify_email", "ada@example.org") // the one of the sign-up
	ada.post("/verify", ticketOf(h.link("verify_email", "ada@example.org"))).leadsTo("/security")
	for page, forms := range pages {
		ada.get(page).is(http.StatusOK).has(forms...).hasNot("First confirm that")
	}
}
