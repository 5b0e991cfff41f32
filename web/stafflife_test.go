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

// TestHostsByStaff: a host is set, renamed and deleted, each with its reason.
func TestHostsByStaff(t *testing.T) {
	h, _, _ := owner(t, "garden.shop")
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	path := "/admin/domains/" + d.ID
	set := url.Values{"host": {"ns1"}, "addresses": {"8.8.8.8"}, "reason": {"glue by mail"}}
	for _, role := range []registrar.Role{registrar.RoleStaffAuditor, registrar.RoleStaffFinance} {
		p := h.colleague(string(role), role)
		p.get(path).hasNot("Set a host…")
		p.post(path+"/hosts", set).is(http.StatusForbidden)
		p.post(path+"/hosts/delete", set).is(http.StatusForbidden)
	}
	grace := h.staff()
	grace.post(path+"/hosts", url.Values{"host": {"ns1"}, "addresses": {"10.0.0.1"}, "reason": {"x"}}).is(http.StatusUnprocessableEntity).has("be reached from the internet", "10.0.0.1", `id="addresses-error"`)
	grace.post(path+"/hosts", url.Values{"host": {"ns1"}, "addresses": {"8.8.8.8"}, "reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/hosts", url.Values{"host": {"ns1"}, "new_name": {"ns2"}, "addresses": {"8.8.8.8"}, "reason": {"x"}}).is(http.StatusUnprocessableEntity).has("There is no host ns1.garden.shop", `id="host-error"`)
	grace.post(path+"/hosts", set).leadsTo(path)
	h.calm("garden.shop")
	h.auditHas("domain", d.ID, "domain.host.ask", "glue by mail")
	checkMarkup(t, path, grace.get(path).has("ns1.garden.shop", "Delete a host…"))
	set["new_name"], set["reason"] = []string{"ns2"}, []string{"renamed by mail"}
	grace.post(path+"/hosts", set).leadsTo(path)
	h.calm("garden.shop")
	h.auditHas("domain", d.ID, "domain.host.ask", "renamed by mail")
	grace.get(path).has("<option>ns2.garden.shop</option>").hasNot("<option>ns1.garden.shop</option>")
	grace.post(path+"/hosts/delete", url.Values{"host": {"ns2.garden.shop"}, "reason": {""}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/hosts/delete", url.Values{"host": {"ns2.garden.shop"}, "reason": {"not needed"}}).leadsTo(path)
	h.calm("garden.shop")
	h.auditHas("domain", d.ID, "domain.host.delete_ask", "not needed")
	grace.get(path).hasNot("<option>ns2.garden.shop</option>")
}
