package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/web"
)

// TestStaffPassword: staff change their password and sign out elsewhere by
// themselves; the mail leads to their own door.
func TestStaffPassword(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	grace := h.staff()
	elsewhere := h.person()
	staffForm(elsewhere).leadsTo("/admin/payments")
	checkMarkup(t, "/admin/security", grace.get("/admin/security").has("Sign out everywhere else", "Change the password"))
	grace.post("/admin/security/sessions/end-others", nil).leadsTo("/admin/security")
	elsewhere.get("/admin").leadsTo("/admin/sign-in")
	staffForm(elsewhere).leadsTo("/admin/payments")
	checkMarkup(t, "/admin/security/password", grace.get("/admin/security/password").is(http.StatusOK))
	change := func(old, fresh string) answer {
		return grace.post("/admin/security/password", url.Values{"current": {old}, "password": {fresh}})
	}
	change("wrong", otherPassword).is(http.StatusUnauthorized)
	change(goodPassword, "short").is(http.StatusUnprocessableEntity)
	thief := grace.copyOf()
	change(goodPassword, otherPassword).leadsTo("/admin/security")
	grace.get("/admin").is(http.StatusOK)
	thief.get("/admin").leadsTo("/admin/sign-in")
	elsewhere.get("/admin").leadsTo("/admin/sign-in")
	staffForm(h.person()).is(http.StatusUnauthorized)
	m := h.mail("password_changed", "grace@registrar.example")
	for _, text := range []string{m.Text, m.HTML} {
		if !strings.Contains(text, "http://portal.test/admin/reset") || strings.Contains(text, "http://portal.test/reset") {
			t.Errorf("the mail leads to the wrong door: %s", text)
		}
	}
}

// TestStaffReset: staff reset their password at their own door, where the second
// factor is asked for as ever. Who has none is sent nothing.
func TestStaffReset(t *testing.T) {
	h := frozenHouse(t, func(o *web.Options) { o.StaffSecondFactor = true })
	h.post()
	grace := h.staff()
	h.customer("ada@example.org", 0)
	p := h.person()
	p.get("/admin/sign-in").has("/admin/reset")
	checkMarkup(t, "/admin/reset", p.get("/admin/reset").is(http.StatusOK))
	ask := func(email string) string {
		t.Helper()
		res := h.person().post("/admin/reset", url.Values{"email": {email}}).is(http.StatusOK)
		ref := regexp.MustCompile(`Reference <code>[^<]*</code>`)
		return ref.ReplaceAllString(strings.ReplaceAll(res.Body, email, "ADDRESS"), "")
	}
	first := ask("grace@registrar.example") // no second factor: nothing is sent
	if ask("ada@example.org") != first || ask("nobody@example.org") != first {
		t.Error("the answer tells who is on the staff")
	}
	code, _ := grace.enrolStaff()
	h.mail("second_factor_changed", "grace@registrar.example") // in order: what was sent before has arrived
	h.box.mu.Lock()
	early := slices.Clone(h.box.mails)
	h.box.mu.Unlock()
	for _, m := range early {
		if m.Template == "password_reset" {
			t.Fatalf("a link was sent to %s", m.To)
		}
	}
	if ask("grace@registrar.example") != first {
		t.Error("the answer tells who has a second factor")
	}
	link := h.link("password_reset", "grace@registrar.example")
	if !strings.HasPrefix(link, "/admin/reset/new?ticket=") {
		t.Fatalf("the link leads to %s", link)
	}
	checkMarkup(t, "/admin/reset/new", p.get(link).is(http.StatusOK).has("Set the password"))
	form := ticketOf(link)
	form.Set("password", otherPassword)
	p.post("/reset/new", form).is(http.StatusUnprocessableEntity) // the customers' door
	p.post("/admin/reset/new", url.Values{"ticket": form["ticket"], "password": {"short"}}).is(http.StatusUnprocessableEntity).has("12 to 128")
	p.post("/admin/reset/new", form).leadsTo("/admin/sign-in?reset=done")
	p.get("/admin/sign-in?reset=done").has("Your new password is set")
	p.post("/admin/reset/new", form).is(http.StatusUnprocessableEntity)
	grace.get("/admin").leadsTo("/admin/sign-in")
	staffForm(p).is(http.StatusUnauthorized)
	p.post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {otherPassword}}).leadsTo("/admin/sign-in/second")
	p.post("/admin/sign-in/second", url.Values{"code": {code()}}).leadsTo("/admin")
}
