package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestThisWasNotMe: who is told of a change of address stops it without being
// able to sign in, and is led to a new password and to what else to look at.
func TestThisWasNotMe(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 0)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}
	_, _, err := h.engine.IssueToken(t.Context(), by, user, "of the thief", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
	h.must(err)
	ada.post("/security/email", url.Values{"email": {"mallory@example.org"}}).leadsTo("/security")
	move, deny := h.link("email_change_confirm", "mallory@example.org"), h.link("email_change_asked", "ada@example.org")
	stranger := h.person()
	stranger.get(deny).is(http.StatusOK).has("This was not me", "Stop the change") // looking does nothing
	ada.get("/domains").is(http.StatusOK)
	stranger.post("/not-me", ticketOf(deny)).leadsTo("/reset?stopped=yes")
	stranger.get("/reset?stopped=yes").has("The change of your address is stopped")
	ada.get("/domains").leadsTo("/sign-in")
	stranger.post("/move", ticketOf(move)).is(http.StatusUnprocessableEntity)
	stranger.post("/not-me", ticketOf(deny)).is(http.StatusUnprocessableEntity)

	stranger.post("/reset", url.Values{"email": {"ada@example.org"}}).is(http.StatusOK)
	form := ticketOf(h.link("password_reset", "ada@example.org"))
	form.Set("password", otherPassword)
	to := stranger.post("/reset/new", form).leadsTo("/sign-in?reset=done").Header.Get("Location")
	page := stranger.get(to).has("Your new password is set")
	in := stranger.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {otherPassword}, "next": {page.value("next")}})
	in.leadsTo("/security/check")
	stranger.get("/security/check").is(http.StatusOK).has("of the thief", "Revoke", "Webhooks", "ada@example.org")
	tokens, err := h.engine.Read().TokensOf(t.Context(), user.CustomerID)
	h.must(err)
	stranger.post("/security/tokens/"+tokens[0].ID+"/revoke", nil).leadsTo("/security")
	stranger.get("/security/check").hasNot("of the thief")
}
