package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
)

// enrolStaff sets an authenticator app up at the admin door.
func (p *person) enrolStaff() (code func() string, recovery []string) {
	p.h.t.Helper()
	page := p.post("/admin/security/totp", nil).is(http.StatusOK).has("Scan this picture", "data:image/png;base64,")
	secret := strings.ReplaceAll(regexp.MustCompile(`<code id="secret">([A-Z2-7 ]+)</code>`).FindStringSubmatch(page.Body)[1], " ", "")
	checkMarkup(p.h.t, "/admin/security/totp", page)
	code = func() string {
		c, err := totp.GenerateCode(secret, p.h.clock.Now())
		p.h.must(err)
		return c
	}
	p.post("/admin/security/totp/confirm", url.Values{"code": {"000000"}}).is(http.StatusUnauthorized).has("This code is wrong")
	page = p.post("/admin/security/totp/confirm", url.Values{"code": {code()}}).is(http.StatusOK).has("Recovery codes", "shown this one time")
	p.h.clock.Advance(30 * time.Second)
	return code, recoveryIn(page.Body)
}

func staffForm(p *person) answer {
	return p.post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {goodPassword}, "next": {"/admin/payments"}})
}

// TestStaffMustHaveASecondFactor: nothing opens before one is set up; afterwards
// it is asked for at each sign-in and before money moves.
func TestStaffMustHaveASecondFactor(t *testing.T) {
	h := frozenHouse(t, func(o *web.Options) { o.StaffSecondFactor = true })
	_, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	for _, path := range []string{"/admin", "/admin/customers/" + user.CustomerID, "/admin/notices.csv", "/admin/approvals"} {
		grace.get(path).leadsTo("/admin/security")
	}
	grace.post("/admin/customers/"+user.CustomerID+"/adjust", url.Values{}).leadsTo("/admin/security")
	checkMarkup(t, "/admin/security", grace.get("/admin/security").has("set a second step up first"))
	code, recovery := grace.enrolStaff()
	grace.get("/admin").is(http.StatusOK)
	checkMarkup(t, "/admin/security", grace.get("/admin/security").has("10 recovery codes left").hasNot("first:"))

	p := h.person()
	p.get("/admin/sign-in/second").leadsTo("/admin/sign-in")
	p.post("/admin/sign-in/second", url.Values{"code": {code()}}).leadsTo("/admin/sign-in") // no password was given
	staffForm(p).leadsTo("/admin/sign-in/second?next=%2Fadmin%2Fpayments")
	p.get("/admin").leadsTo("/admin/sign-in") // half-way is not in
	checkMarkup(t, "/admin/sign-in/second", p.get("/admin/sign-in/second").has("Six digits"))
	p.post("/admin/sign-in/second", url.Values{"code": {"123456"}}).is(http.StatusUnauthorized)
	used := code()
	p.post("/admin/sign-in/second", url.Values{"code": {used}, "next": {"/admin/payments"}}).leadsTo("/admin/payments")
	p.get("/admin/payments").is(http.StatusOK)
	thief := h.person()
	staffForm(thief).leadsTo("/admin/sign-in/second")
	thief.post("/admin/sign-in/second", url.Values{"code": {used}}).is(http.StatusUnauthorized).has("used already")
	thief.post("/admin/sign-in/second", url.Values{"code": {recovery[0]}, "next": {"https://evil.example/"}}).leadsTo("/admin")

	h.clock.Advance(registrar.ProofLife)
	form := url.Values{"key": {p.get("/admin/customers/" + user.CustomerID).value("key")}, "direction": {"credit"}, "amount": {"1"}, "reason": {"x"}, "_password": {goodPassword}}
	path := "/admin/customers/" + user.CustomerID
	p.post(path+"/adjust", form).is(http.StatusForbidden).has("authenticator app") // the password does not stand in for the code
	form.Set("_code", code())
	p.post(path+"/adjust", form).leadsTo(path)

	slow := h.person()
	staffForm(slow).leadsTo("/admin/sign-in/second")
	h.clock.Advance(5 * time.Minute)
	slow.post("/admin/sign-in/second", url.Values{"code": {code()}}).leadsTo("/admin/sign-in")
}

// TestNamesByStaff: what staff do with a name on its page.
func TestNamesByStaff(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	ada.buy("garden.shop")
	_, bob := h.customer("bob@example.org", 0)
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	grace, hedy := h.staff(), h.colleague("hedy", registrar.RoleStaffCompliance)
	path := "/admin/domains/" + d.ID
	checkMarkup(t, path, grace.get(path).has("Move to another customer…", "Delete…", "Ada Lovelace", "ada@example.org").hasNot("End the transfer code…"))
	h.colleague("dorothy", registrar.RoleStaffAuditor).get(path).hasNot("Move to another customer…", "Delete…", "Lock…")
	grace.post(path+"/move", url.Values{"customer": {"cus_none"}, "reason": {"sold"}}).is(http.StatusUnprocessableEntity).has("There is no customer with this id.", `value="cus_none"`)
	grace.post(path+"/move", url.Values{"customer": {bob.CustomerID}, "reason": {""}}).is(http.StatusUnprocessableEntity).has("Please say why")
	grace.post(path+"/end-code", url.Values{"reason": {"x"}}).is(http.StatusConflict).has("no transfer code of ours")
	grace.post(path+"/move", url.Values{"customer": {bob.CustomerID}, "reason": {"sold by contract"}}).leadsTo(path)
	hedy.get("/admin/approvals").has("Move to the customer Ada bob@example.org", "garden.shop", "sold by contract")
	hedy.post(hedy.waiting(), url.Values{"as": {"approve"}}).leadsTo("/admin/approvals")
	ada.get("/domains/garden.shop").is(http.StatusNotFound)
	if d, err = h.engine.Read().Domain(t.Context(), d.ID); err != nil || d.CustomerID != bob.CustomerID || user.CustomerID == bob.CustomerID {
		t.Errorf("%+v, %v", d, err)
	}
}
