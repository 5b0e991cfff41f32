package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestLocksAndMailsTakeAProof: a browser that was left open neither lifts a lock nor
// gives up a mail; what was typed is kept for the password.
func TestLocksAndMailsTakeAProof(t *testing.T) {
	h := frozenHouse(t)
	grace := h.staff()
	h.clock.Advance(registrar.ProofLife)
	for path, form := range map[string]url.Values{
		"/admin/domains/dom_01k9zq3v1c7p0e4v8n5j2x6r3w/lock": {"lock": {"delete"}, "on": {"no"}, "reason": {"typed before"}},
		"/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0002/drop":   {"reason": {"typed before"}},
	} {
		grace.post(path, form).is(http.StatusForbidden).has("Confirm that it is you", "typed before")
		form.Set("_password", "wrong "+goodPassword)
		grace.post(path, form).is(http.StatusForbidden)
	}
}
