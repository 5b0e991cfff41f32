package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/indera/indera/registrar"
)

var approvalIn = regexp.MustCompile(`/admin/approvals/(apr_[a-z0-9]+)`)

// waiting returns the way to the one request that a page lets somebody decide.
func (p *person) waiting() string {
	p.h.t.Helper()
	page := p.get("/admin/approvals").is(http.StatusOK)
	checkMarkup(p.h.t, "/admin/approvals", page)
	found := approvalIn.FindString(page.Body)
	if found == "" {
		p.h.t.Fatalf("nothing waits:\n%s", textOf(page.Body))
	}
	return found
}

// TestStaffPage: somebody joins the staff, gets another role and leaves; each
// step takes two owners, but the last.
func TestStaffPage(t *testing.T) {
	h := newHouse(t)
	h.post()
	grace := h.staff()
	grace.get("/admin/staff").has("You are the only owner", "indera admin create-user --staff --role owner")
	grace.get("/admin/approvals").has("You are the only owner")
	hedy := h.colleague("hedy", registrar.RoleStaffOwner)
	grace.get("/admin/staff").hasNot("You are the only owner")
	invite := url.Values{"email": {"Rosa@registrar.example"}, "role": {"staff_support"}, "reason": {""}}
	grace.post("/admin/staff/invite", invite).is(http.StatusUnprocessableEntity).has("Please say why", "Rosa@registrar.example")
	invite.Set("reason", "the new <one>")
	grace.post("/admin/staff/invite", invite).leadsTo("/admin/staff")
	grace.post("/admin/staff/invite", invite).is(http.StatusConflict).has("waits for a second person")
	checkMarkup(t, "/admin/staff", grace.get("/admin/staff").hasNot("rosa@registrar.example"))
	hedy.get("/admin").has("Approvals 1", "1 request waits for a second person").hasNot("Nothing waits for a person")
	hedy.get("/admin/approvals").has("Invite to the staff as support", "rosa@registrar.example", "the new &lt;one&gt;", "by Grace")
	hedy.post(hedy.waiting(), url.Values{"as": {"approve"}}).leadsTo("/admin/approvals")
	link := h.link("staff_invitation", "rosa@registrar.example")
	checkMarkup(t, link, h.person().get(link).has("Join the staff", "rosa@registrar.example", "support"))
	grace.get("/admin/staff").has("Invited", "rosa@registrar.example")
	join := ticketOf(link)
	join.Set("name", "Rosa")
	join.Set("password", "short")
	h.person().post("/admin/invitation", join).is(http.StatusUnprocessableEntity).has("12 to 128")
	join.Set("password", goodPassword)
	rosa := h.person()
	rosa.post("/admin/invitation", join).leadsTo("/admin/sign-in")
	h.person().post("/admin/invitation", join).is(http.StatusUnprocessableEntity)
	rosa.post("/admin/sign-in", url.Values{"email": {"rosa@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	rosa.get("/admin/staff").has("Rosa").hasNot("Take away…", "Invite somebody")

	user, err := h.engine.Read().UserByEmail(t.Context(), "rosa@registrar.example")
	h.must(err)
	path := "/admin/staff/" + user.ID
	rosa.post(path+"/role", url.Values{"role": {"staff_owner"}, "reason": {"why not"}}).is(http.StatusForbidden)
	grace.post(path+"/role", url.Values{"role": {"staff_finance"}, "reason": {"moves on"}}).leadsTo("/admin/staff")
	rosa.get("/admin/approvals").has("Change of role to finance", "Your role can't decide this").hasNot("Decide…")
	hedy.post(hedy.waiting(), url.Values{"as": {"approve"}, "reason": {"gladly"}}).leadsTo("/admin/approvals")
	rosa.get("/admin").has("Rosa · finance")
	hedy.get("/admin/approvals?state=approved").has("gladly", "by hedy")
	grace.post(path+"/disable", url.Values{"reason": {"left us"}}).leadsTo("/admin/staff")
	rosa.get("/admin").leadsTo("/admin/sign-in")
	checkMarkup(t, "/admin/staff", grace.get("/admin/staff").has("No longer with us", "Rosa"))
}

// TestOneOwnerWaits: with one owner nothing is skipped; what is asked waits.
func TestOneOwnerWaits(t *testing.T) {
	h := newHouse(t)
	grace := h.staff()
	grace.post("/admin/staff/invite", url.Values{"email": {"rosa@registrar.example"}, "role": {"staff_owner"}, "reason": {"alone here"}}).leadsTo("/admin/staff")
	path := grace.waiting()
	grace.post(path, url.Values{"as": {"approve"}}).is(http.StatusForbidden).has("Somebody else than the one who asked")
	grace.post(path, url.Values{"as": {"withdraw"}}).leadsTo("/admin/approvals")
	grace.get("/admin/approvals?state=withdrawn").has("alone here", "Withdrawn")
}
