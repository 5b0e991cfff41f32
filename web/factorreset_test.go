package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestLostSecondFactor: a user who lost phone and codes comes in again, by two
// members of staff and nobody less.
func TestLostSecondFactor(t *testing.T) {
	h := frozenHouse(t)
	grace := h.staff()
	_, err := h.engine.CreateStaff(t.Context(), registrar.System("test"), "Hedy", "hedy@registrar.example", goodPassword, registrar.RoleStaffOwner)
	h.must(err)
	hedy := h.person()
	hedy.post("/admin/sign-in", url.Values{"email": {"hedy@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	ada, user := h.customer("ada@example.org", 0)
	_, eve := h.customer("eve@example.org", 0)
	page := "/admin/customers/" + user.CustomerID
	grace.get(page).is(http.StatusOK).hasNot("reset-factor")
	ada.enrol()
	checkMarkup(t, page, grace.get(page).has("End the second factor of"))
	form := url.Values{"user": {user.ID}, "reason": {"lost the phone, called back"}}
	grace.post("/admin/customers/"+eve.CustomerID+"/reset-factor", form).is(http.StatusNotFound)
	grace.post(page+"/reset-factor", url.Values{"user": {eve.ID}, "reason": {"x"}}).is(http.StatusNotFound)
	grace.post(page+"/reset-factor", url.Values{"user": {user.ID}}).is(http.StatusUnprocessableEntity).has("Please say why")
	grace.post(page+"/reset-factor", form).leadsTo(page)
	waiting, err := h.engine.Read().Approvals(t.Context(), registrar.ApprovalFilter{State: registrar.ApprovalPending}, registrar.Page{})
	h.must(err)
	if len(waiting) != 1 {
		t.Fatalf("%d requests wait", len(waiting))
	}
	hedy.get("/admin/approvals").is(http.StatusOK).has("ada@example.org", "End the second factor", "lost the phone, called back")
	decide := "/admin/approvals/" + waiting[0].ID
	grace.post(decide, url.Values{"as": {"approve"}}).is(http.StatusForbidden)
	ada.get("/domains").is(http.StatusOK)
	hedy.post(decide, url.Values{"as": {"approve"}}).leadsTo("/admin/approvals")
	ada.get("/domains").leadsTo("/sign-in")
	ada.signIn("ada@example.org", goodPassword).leadsTo("/domains") // no second step

	staffUser, err := h.engine.Read().UserByEmail(t.Context(), "hedy@registrar.example")
	h.must(err)
	grace.get("/admin/staff").hasNot("reset-factor")
	hedy.enrolStaff()
	checkMarkup(t, "/admin/staff", grace.get("/admin/staff").has("/admin/staff/"+staffUser.ID+"/reset-factor"))
	hedy.get("/admin/staff").hasNot("/reset-factor") // not one's own
	grace.post("/admin/staff/"+user.ID+"/reset-factor", form).is(http.StatusNotFound)
	grace.post("/admin/staff/"+staffUser.ID+"/reset-factor", form).leadsTo("/admin/staff")
}
