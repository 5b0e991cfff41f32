package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// auditHas looks for the latest entry of an act on an object and wants text in
// what it says came out.
func (h *house) auditHas(kind, id, action, text string) {
	h.t.Helper()
	rows, err := h.engine.Read().AuditOf(h.t.Context(), kind, id, registrar.Page{Limit: 50})
	h.must(err)
	for _, row := range rows {
		if row.Action != action {
			continue
		}
		after, err := json.Marshal(row.After)
		h.must(err)
		if row.By.Kind != registrar.ActorStaff || !strings.Contains(string(after), text) {
			h.t.Errorf("%s by %s: %s, want %q by staff", action, row.By.Kind, after, text)
		}
		return
	}
	h.t.Errorf("no audit event %s", action)
}

// TestNameServersByStaff: who may, what is refused and how, and what is kept.
func TestNameServersByStaff(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	path := "/admin/domains/" + d.ID
	form := url.Values{"nameservers": {"ns1.example.org", " ", "ns2.example.org"}, "reason": {"asked by <phone>"}}
	for _, role := range []registrar.Role{registrar.RoleStaffAuditor, registrar.RoleStaffFinance} {
		p := h.colleague(string(role), role)
		p.get(path).is(http.StatusOK).hasNot("Change the name servers…")
		p.post(path+"/nameservers", form).is(http.StatusForbidden)
	}
	ada.post(path+"/nameservers", form).leadsTo("/admin/sign-in")
	for i, role := range []registrar.Role{registrar.RoleStaffOwner, registrar.RoleStaffSupport, registrar.RoleStaffCompliance} {
		p := h.colleague(string(role), role)
		checkMarkup(t, path, p.get(path).has("Change the name servers…"))
		want := []string{"ns1.example.org", "ns" + string(rune('2'+i)) + ".example.org"}
		form["nameservers"] = want
		p.post(path+"/nameservers", form).leadsTo(path)
		h.calm("garden.shop")
		if got := h.first.Domain("garden.shop").NameServers; !slices.Equal(got, want) {
			t.Errorf("%s: the registry has %v, want %v", role, got, want)
		}
		h.auditHas("domain", d.ID, "domain.nameservers.ask", want[1])
	}
	h.auditHas("domain", d.ID, "domain.nameservers.ask", `asked by`)

	grace := h.staff()
	refused := func(servers []string, reason string, status int, has ...string) {
		t.Helper()
		page := grace.post(path+"/nameservers", url.Values{"nameservers": servers, "reason": {reason}}).is(status).has(has...)
		checkMarkup(t, path, page)
	}
	two := []string{"ns8.example.org", "ns9.example.org"}
	refused(two, " ", http.StatusUnprocessableEntity, "Please say why.", `value="ns8.example.org"`, `id="why-ns-error"`)
	refused([]string{"not a host", "ns9.example.org"}, "kept reason", http.StatusUnprocessableEntity, `id="ns-error"`, `value="not a host"`, `value="kept reason"`, "autofocus")
	refused([]string{"ns1.garden.shop", "ns9.example.org"}, "x", http.StatusUnprocessableEntity, "set up this host with its addresses first")
	ada.lock("garden.shop", "update", "yes").leadsTo("/domains/garden.shop")
	h.calm("garden.shop")
	refused(two, "x", http.StatusConflict, `id="why-ns-error"`, "clientUpdateProhibited")
	if got := h.first.Domain("garden.shop").NameServers; slices.Contains(got, two[0]) {
		t.Errorf("a refused change came through: %v", got)
	}
}
