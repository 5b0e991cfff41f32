package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// contactForm is the form of a contact as the page would send it.
func contactForm(v registrar.ContactVersion, reason string) url.Values {
	return url.Values{
		"version": {fmt.Sprint(v.Version)}, "name": {v.Name}, "organization": {v.Organization}, "street": v.Street, "city": {v.City}, "state": {v.State},
		"postal_code": {v.PostalCode}, "country_code": {v.CountryCode}, "phone": {v.Phone}, "email": {v.Email}, "reason": {reason},
	}
}

func (h *house) contact(id string) registrar.ContactVersion {
	h.t.Helper()
	v, err := h.engine.Read().ContactVersion(h.t.Context(), registrar.ContactRef{ContactID: id})
	h.must(err)
	return v
}

// still waits until nothing is under way for a customer.
func (h *house) still(customerID string) {
	h.t.Helper()
	running := registrar.OperationFilter{CustomerID: customerID, States: []registrar.OperationState{registrar.OpRunning}}
	ops, err := h.engine.Read().Operations(h.t.Context(), running, registrar.Page{})
	h.must(err)
	for _, op := range ops {
		if op, err = h.engine.WaitOperation(h.t.Context(), "", op.ID, 20*time.Second); err != nil || op.State == registrar.OpRunning {
			h.t.Fatalf("%+v, %v", op, err)
		}
	}
}

// lastValue returns the value of the last button of a name.
func lastValue(t *testing.T, page answer, name string) string {
	t.Helper()
	all := regexp.MustCompile(`name="`+name+`" value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1)
	if len(all) == 0 {
		t.Fatalf("there is no %s", name)
	}
	return all[len(all)-1][1]
}

// TestContactByStaff: who may, what is refused and how, and what is kept.
func TestContactByStaff(t *testing.T) {
	h, ada, user := owner(t, "garden.shop")
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	id := d.Registrant.ContactID
	path := "/admin/contacts/" + id
	form := contactForm(h.contact(id), "new address <by phone>")
	form.Set("city", "Leeds")
	for _, role := range []registrar.Role{registrar.RoleStaffAuditor, registrar.RoleStaffFinance} {
		p := h.colleague(string(role), role)
		p.get(path).is(http.StatusOK).has("garden.shop").hasNot("Correct the data")
		p.get("/admin/domains/" + d.ID + "/contacts").is(http.StatusOK).hasNot("<form method=\"post\" action=\"/admin/domains")
		p.post(path, form).is(http.StatusForbidden)
		p.post("/admin/domains/"+d.ID+"/contacts", url.Values{}).is(http.StatusForbidden)
		p.post("/admin/domains/"+d.ID+"/contacts/page", url.Values{}).is(http.StatusForbidden)
	}
	ada.post(path, form).leadsTo("/admin/sign-in")

	grace := h.staff()
	handle := h.first.Domain("garden.shop").Registrant
	for _, page := range []string{"/admin/customers/" + user.CustomerID, "/admin/customers/" + user.CustomerID + "/contacts", path, "/admin/domains/" + d.ID} {
		checkMarkup(t, page, grace.get(page).is(http.StatusOK).has(handle, path))
	}
	grace.get("/admin/search?q=" + id).leadsTo(path)
	grace.get("/admin/contacts/con_none").is(http.StatusNotFound)
	refused := func(change func(url.Values), status int, has ...string) {
		t.Helper()
		bad := contactForm(h.contact(id), "kept reason")
		bad.Set("city", "kept city")
		change(bad)
		checkMarkup(t, path, grace.post(path, bad).is(status).has(append(has, `value="kept city"`)...))
	}
	refused(func(f url.Values) { f.Set("reason", " ") }, http.StatusUnprocessableEntity, "Please say why.", `id="why-contact-error"`)
	refused(func(f url.Values) { f.Set("phone", "none") }, http.StatusUnprocessableEntity, `value="kept reason"`, `name="phone" value="none"`)
	refused(func(f url.Values) { f.Set("email", "eve@example.org") }, http.StatusConflict, "Only the customer can do that", `value="eve@example.org"`)
	grace.post(path, url.Values{"version": {"x"}}).is(http.StatusBadRequest)

	grace.post(path, form).leadsTo(path)
	h.still(user.CustomerID)
	if got := h.first.Contact(handle); got == nil || got.City != "Leeds" {
		t.Errorf("the registry has %+v", got)
	}
	h.auditHas("contact", id, "contact.edit", "by phone")
	grace.post(path, form).is(http.StatusConflict).has("stand here and at the registries already")
	stale := form
	stale.Set("city", "York")
	grace.post(path, stale).is(http.StatusConflict).has("changed in the meantime", "Leeds", `value="York"`)
}

// TestSharedContactByStaff: the names that share a contact are listed, and the
// change takes a tick.
func TestSharedContactByStaff(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	one, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	id := one.Registrant.ContactID
	order := ada.checkout("orchard.shop")
	order.Set("holder", id)
	to := ada.post("/checkout", order).leadsTo("/orders/").Header.Get("Location")
	h.settled(strings.TrimPrefix(to, "/orders/"))
	grace := h.staff()
	path := "/admin/contacts/" + id
	checkMarkup(t, path, grace.get(path).has("garden.shop", "orchard.shop", `name="shared"`, "Change the contact for all its names"))
	form := contactForm(h.contact(id), "moved")
	form.Set("city", "Leeds")
	grace.post(path, form).is(http.StatusUnprocessableEntity).has("Several names use this contact", `id="shared-error"`)
	if h.contact(id).City == "Leeds" {
		t.Fatal("changed without the tick")
	}
	form.Set("shared", "yes")
	grace.post(path, form).leadsTo(path)
	h.auditHas("contact", id, "contact.edit", "moved")
}

// TestRoleByStaff: another contact of the customer plays a role.
func TestRoleByStaff(t *testing.T) {
	h, _, user := owner(t, "garden.shop")
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	ada := h.contact(d.Registrant.ContactID)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}
	for i := range 22 { // more than a page of them
		data := ada.ContactData
		data.Name = fmt.Sprintf("Spare %02d", i)
		_, err := h.engine.AddContact(t.Context(), by, user.CustomerID, data)
		h.must(err)
	}
	all, err := h.engine.Read().Contacts(t.Context(), user.CustomerID, registrar.Page{Limit: 50})
	h.must(err)
	first, second, beyond := all[0], all[1], all[21] // as they are listed; Ada is the last one
	grace := h.staff()
	path := "/admin/domains/" + d.ID + "/contacts"
	page := grace.get(path+"?role=tech").is(http.StatusOK).has(first.Name, "More contacts", ada.ContactID).hasNot(beyond.Name)
	checkMarkup(t, path, page)
	next := lastValue(t, page, "contacts_after")
	// The next page keeps what is chosen and typed.
	page = grace.post(path+"/page", url.Values{"role": {"tech"}, "contact": {first.ContactID}, "reason": {"kept reason"}, "contacts_after": {next}})
	page.is(http.StatusOK).has(beyond.Name, first.Name, `value="kept reason"`, "First contacts").hasNot(second.Name)
	if !strings.Contains(page.Body, `value="`+first.ContactID+`" required checked`) {
		t.Error("the chosen contact is not chosen any more")
	}
	grace.post(path, url.Values{"role": {"tech"}, "contact": {beyond.ContactID}, "contacts_page": {next}}).is(http.StatusUnprocessableEntity).has("Please say why.", beyond.Name)
	grace.post(path, url.Values{"role": {"tech"}, "contact": {"con_none"}, "reason": {"x"}}).is(http.StatusUnprocessableEntity).has("no such contact")
	grace.get(path).has("disabled", "Somebody else: the customer has to do it.")
	grace.post(path, url.Values{"role": {"registrant"}, "contact": {beyond.ContactID}, "reason": {"x"}}).is(http.StatusConflict).has("Only the customer can do that")
	grace.post(path, url.Values{"role": {"tech"}, "contact": {beyond.ContactID}, "reason": {"asked by mail"}}).leadsTo("/admin/domains/" + d.ID)
	h.calm("garden.shop")
	h.auditHas("domain", d.ID, "domain.contacts.ask", "asked by mail")
	if got := h.first.Contact(h.first.Domain("garden.shop").Contacts["tech"][0]); got == nil || got.Name != beyond.Name {
		t.Errorf("technical contact %+v", got)
	}
}
