package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// colleague makes a member of staff with a role and signs in.
func (h *house) colleague(name string, role registrar.Role) *person {
	h.t.Helper()
	_, err := h.engine.CreateStaff(h.t.Context(), registrar.System("test"), name, name+"@registrar.example", goodPassword, role)
	h.must(err)
	p := h.person()
	p.post("/admin/sign-in", url.Values{"email": {name + "@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	return p
}

// TestStaffSeeWhatTheirRoleAllows: no page shows a button that the role can't
// use, and who sends the form all the same is refused.
func TestStaffSeeWhatTheirRoleAllows(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	cmd := h.contested(ada, "contested.shop")
	customer, command := "/admin/customers/"+user.CustomerID, "/admin/commands/"+cmd.ID
	for role, may := range map[registrar.Role]struct{ money, commands, evidence bool }{
		registrar.RoleStaffOwner: {true, true, true}, registrar.RoleStaffSupport: {false, true, false}, registrar.RoleStaffFinance: {true, false, false},
		registrar.RoleStaffCompliance: {false, false, true}, registrar.RoleStaffAuditor: {false, false, true},
	} {
		p := h.colleague(string(role), role)
		for path, part := range map[string]struct {
			button string
			may    bool
		}{customer: {"Book, or ask a second person", may.money}, command: {"Resolve as failed", may.commands}, "/admin/notices": {"/admin/notices.csv", may.evidence}} {
			page := p.get(path).is(http.StatusOK)
			if part.may {
				page.has(part.button)
			} else {
				page.hasNot(part.button)
			}
		}
		for path, allowed := range map[string]bool{
			customer + "/adjust": may.money, command + "/retry": may.commands, command + "/resolve": may.commands, "/admin/payments/pay_none/close": may.money,
			"/admin/notices/brakes/brk_none/release": role == registrar.RoleStaffOwner || role == registrar.RoleStaffCompliance,
			"/admin/restore/release":                 role == registrar.RoleStaffOwner,
		} {
			got := p.post(path, url.Values{"reason": {""}})
			if refused := got.Status == http.StatusForbidden; refused == allowed {
				t.Errorf("%s %s: status %d", role, path, got.Status)
			}
			if !allowed {
				got.has("Your role", "does not allow this")
			}
		}
		if got := p.get("/admin/notices.csv"); (got.Status == http.StatusOK) != may.evidence {
			t.Errorf("%s takes evidence out: %d", role, got.Status)
		}
	}
}

// TestStaffProve: a thief with a session of staff moves no money, and the form
// that asks keeps what was typed.
func TestStaffProve(t *testing.T) {
	h := frozenHouse(t)
	_, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	path := "/admin/customers/" + user.CustomerID
	form := url.Values{"key": {grace.get(path).value("key")}, "direction": {"credit"}, "amount": {"1.00"}, "reason": {"good <will>"}}
	h.clock.Advance(registrar.ProofLife)
	grace.post(path+"/adjust", form).is(http.StatusForbidden).has("Confirm that it is you", `action="`+path+`/adjust"`, `name="reason" value="good &lt;will&gt;"`, `name="_password"`)
	form.Set("_password", "wrong password")
	grace.post(path+"/adjust", form).is(http.StatusForbidden).has("The password is wrong.").hasNot("wrong password")
	form.Set("_password", goodPassword)
	grace.post(path+"/adjust", form).leadsTo(path)
	grace.get(path).has("Booked: $1.00.")
}
