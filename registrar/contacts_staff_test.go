package registrar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// byStaff edits a contact as staff do.
func (w *world) byStaff(v registrar.ContactVersion, data registrar.ContactData, shared bool) (registrar.ContactVersion, []registrar.Operation, error) {
	return w.engine.EditStaffContact(w.t.Context(), staff, registrar.StaffContactEdit{ContactID: v.ContactID, Version: v.Version, Data: data, Shared: shared, Reason: " asked by\tphone "})
}

// reasoned wants the latest audit event of an act to be of staff and to hold the
// reason beside what was done.
func (w *world) reasoned(kind, id, action string, n int, has string) {
	w.t.Helper()
	rows := w.audits(kind, id, action)
	if len(rows) != n {
		w.t.Fatalf("%d events %s, want %d", len(rows), action, n)
	}
	after, err := json.Marshal(rows[0].After)
	if err != nil {
		w.t.Fatal(err)
	}
	if rows[0].By.ID != staff.ID || !strings.Contains(string(after), `"Reason":"asked by phone"`) || !strings.Contains(string(after), has) {
		w.t.Errorf("%s by %+v: %s", action, rows[0].By, after)
	}
}

// spare writes a contact of the customer that no name uses.
func (w *world) spare(data registrar.ContactData) registrar.ContactVersion {
	w.t.Helper()
	v, err := w.engine.AddContact(w.t.Context(), w.by, w.customer.ID, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// TestStaffEditContact: staff correct what does not make the holder somebody
// else, and do it knowingly where names share the contact.
func TestStaffEditContact(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.withLetters(letters{}, "")
	w.work(w.engine)
	ada := w.holder("one.shop")
	handle, _ := w.contactsAt("one.shop")
	moved := ada.ContactData
	moved.Street = []string{"1 New Street"}

	_, _, err := w.engine.EditStaffContact(t.Context(), staff, registrar.StaffContactEdit{ContactID: ada.ContactID, Data: moved, Reason: " "})
	wantKind(t, err, registrar.KindInvalid, "required")
	_, _, err = w.engine.EditStaffContact(t.Context(), w.by, registrar.StaffContactEdit{ContactID: ada.ContactID, Data: moved, Reason: "x"})
	wantKind(t, err, registrar.KindForbidden, "not_staff")
	_, _, err = w.byStaff(registrar.ContactVersion{ContactID: "con_none"}, moved, true)
	wantKind(t, err, registrar.KindNotFound, "not_found")
	_, _, err = w.byStaff(registrar.ContactVersion{ContactID: ada.ContactID, Version: 7}, moved, false)
	wantKind(t, err, registrar.KindConflict, "contact_changed")
	_, _, err = w.byStaff(ada, ada.ContactData, false)
	wantKind(t, err, registrar.KindConflict, "unchanged")

	v, ops, err := w.byStaff(ada, moved, false) // one name only: nothing to tick
	if err != nil || v.Version != 2 || len(ops) != 1 || ops[0].Kind != registrar.OpContact || ops[0].By.ID != staff.ID {
		t.Fatalf("%+v, %+v, %v", v, ops, err)
	}
	w.done(ops[0], nil)
	if got := w.registry.Contact(handle); got == nil || !registrar.SameContact(*got, moved) || w.holder("one.shop").Version != 2 {
		t.Errorf("the registry has %+v", got)
	}
	w.reasoned("contact", ada.ContactID, "contact.edit", 1, "1 New Street")
	w.mailed("domain_changed", 1)

	two := w.registration("two.shop", 1)
	two.Lines[0].Registrant = registrar.ContactChoice{ContactID: ada.ContactID}
	w.done(w.place(two), nil)
	moved.City = "Leeds"
	_, _, err = w.byStaff(v, moved, false)
	wantField(t, err, registrar.KindInvalid, "shared_contact", "shared")
	_, ops, err = w.byStaff(v, moved, true)
	if err != nil || len(ops) != 1 {
		t.Fatalf("%+v, %v", ops, err)
	}
	w.done(ops[0], nil)
	if w.holder("two.shop").City != "Leeds" {
		t.Errorf("two.shop: %+v", w.holder("two.shop"))
	}
}

// TestStaffChangeOfRegistrant: what makes the holder somebody else is the
// customer's, whichever way staff try; a contact that holds no name has no such
// rights to lose.
func TestStaffChangeOfRegistrant(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.withLetters(letters{}, "")
	w.work(w.engine)
	ada := w.holder("one.shop")
	for field, change := range map[string]func(*registrar.ContactData){
		"name":         func(d *registrar.ContactData) { d.Name, d.Email = "Bob", "bob@example.org" },
		"organization": func(d *registrar.ContactData) { d.Organization = "Analytical Engines" },
		"email":        func(d *registrar.ContactData) { d.Email = "bob@example.org" },
	} {
		data := ada.ContactData
		change(&data)
		_, _, err := w.byStaff(ada, data, true)
		wantField(t, err, registrar.KindProhibited, registrar.CodeChangeOfRegistrant, field)
	}
	grace := w.spare(grace2())
	other := grace.ContactData
	other.Email = "hopper@example.org"
	grace, ops, err := w.byStaff(grace, other, false)
	if err != nil || grace.Version != 2 || len(ops) != 0 {
		t.Fatalf("%+v, %+v, %v", grace, ops, err)
	}
	// No registry has it, so nothing else would tell the customer.
	w.reasoned("contact", grace.ContactID, "contact.edit", 1, "hopper@example.org")
	w.mailed("domain_changed", 1)

	_, err = w.engine.ChangeStaffContacts(t.Context(), staff, w.roles("one.shop", registrar.RoleRegistrant, grace.ContactID))
	wantField(t, err, registrar.KindProhibited, registrar.CodeChangeOfRegistrant, "name")
	if got := w.holder("one.shop"); got.ContactID != ada.ContactID || got.Version != 1 {
		t.Errorf("holder: %+v", got)
	}
	// The same person at another address is no change of registrant.
	data := ada.ContactData
	data.City = "Leeds"
	twin := w.spare(data)
	op := w.done(w.engine.ChangeStaffContacts(t.Context(), staff, w.roles("one.shop", registrar.RoleRegistrant, twin.ContactID)))
	if op.Kind != registrar.OpContacts || w.holder("one.shop").ContactID != twin.ContactID {
		t.Errorf("%+v, holder %+v", op, w.holder("one.shop"))
	}
	// Ada still plays the technical role, in which she may change.
	bob := ada.ContactData
	bob.Name = "Bob"
	if _, ops, err = w.byStaff(ada, bob, false); err != nil || len(ops) != 1 || ops[0].Kind != registrar.OpContactMaterial {
		t.Fatalf("%+v, %v", ops, err)
	}
	w.done(ops[0], nil)
}

func (w *world) roles(name, role, contactID string) registrar.StaffContactsRequest {
	return registrar.StaffContactsRequest{DomainID: w.domain(name).ID, Roles: map[string]string{role: contactID}, Reason: "asked  by phone"}
}

// TestStaffChangeContacts: another contact of the customer plays a role.
func TestStaffChangeContacts(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.withLetters(letters{}, "")
	w.work(w.engine)
	grace := w.spare(grace2())
	try := func(role, contactID string) error {
		_, err := w.engine.ChangeStaffContacts(t.Context(), staff, w.roles("one.shop", role, contactID))
		return err
	}
	wantField(t, try(registrar.RoleTech, "con_none"), registrar.KindInvalid, "unknown_contact", registrar.RoleTech)
	wantKind(t, try("king", grace.ContactID), registrar.KindInvalid, "bad_role")
	bob, _, err := w.engine.SignUp(t.Context(), w.by, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	his, err := w.engine.AddContact(t.Context(), w.by, bob.ID, grace2())
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, try(registrar.RoleTech, his.ContactID), registrar.KindInvalid, "unknown_contact")
	req := w.roles("one.shop", registrar.RoleTech, grace.ContactID)
	req.Reason = ""
	_, err = w.engine.ChangeStaffContacts(t.Context(), staff, req)
	wantKind(t, err, registrar.KindInvalid, "required")
	w.change("one.shop", func(d *registrar.Domain) { d.Statuses = []string{"clientUpdateProhibited"} })
	wantKind(t, try(registrar.RoleTech, grace.ContactID), registrar.KindProhibited, "status_prohibits")
	w.change("one.shop", func(d *registrar.Domain) { d.Statuses = nil })

	before := w.contactObject("one.shop", registrar.RoleTech)
	w.done(w.engine.ChangeStaffContacts(t.Context(), staff, w.roles("one.shop", registrar.RoleTech, grace.ContactID)))
	if after := w.contactObject("one.shop", registrar.RoleTech); after == before || !registrar.SameContact(*w.registry.Contact(after), grace.ContactData) {
		t.Errorf("technical contact %s, was %s", after, before)
	}
	w.reasoned("domain", w.domain("one.shop").ID, "domain.contacts.ask", 1, grace.ContactID)
	w.mailed("domain_changed", 1)
	uses, err := w.store.ContactUses(t.Context(), grace.ContactID, registrar.Page{})
	if err != nil || len(uses) != 1 || uses[0].Role != registrar.RoleTech {
		t.Errorf("uses: %+v, %v", uses, err)
	}
}

func (w *world) contactObject(name, role string) string {
	w.t.Helper()
	_, roles := w.contactsAt(name)
	return roles[role]
}

// TestStaffAndClosedAccounts: what a closed account left is kept as it is.
func TestStaffAndClosedAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, _, err := w.engine.SignUp(t.Context(), w.by, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	his, err := w.engine.AddContact(t.Context(), w.by, bob.ID, grace2())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.CloseAccount(t.Context(), w.by, bob.ID); err != nil {
		t.Fatal(err)
	}
	data := grace2()
	data.City = "Leeds"
	_, _, err = w.byStaff(his, data, false)
	wantKind(t, err, registrar.KindConflict, "account_closed")
}

// mailed counts the mails of a template.
func (w *world) mailed(template string, want int) {
	w.t.Helper()
	mails, err := w.store.Mails(w.t.Context(), registrar.MailQueued, registrar.Page{Limit: 200})
	if err != nil {
		w.t.Fatal(err)
	}
	got := 0
	for _, m := range mails {
		if m.Template == template && m.To == "ada@example.org" {
			got++
		}
	}
	if got != want {
		w.t.Errorf("%d mails %s, want %d", got, template, want)
	}
}

// wantField is wantKind for an error of one field.
func wantField(t *testing.T, err error, kind registrar.Kind, code, field string) {
	t.Helper()
	wantKind(t, err, kind, code)
	var e *registrar.Error
	if errors.As(err, &e) && e.Field != field {
		t.Errorf("field %q, want %q", e.Field, field)
	}
}
