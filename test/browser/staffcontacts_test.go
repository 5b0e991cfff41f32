package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/indera/indera/registrar"
)

// TestStaffAndContacts: staff see contacts with their handles, correct the data
// of one that names share, and give a role to another one, by keyboard.
func TestStaffAndContacts(t *testing.T) {
	h := newHouse(t, startChrome(t))
	at := h.open()
	ada := h.customer("Ada Lovelace", "ada@people.example")
	one, two := h.domain("garden.shop", ada.CustomerID), h.domain("orchard.shop", ada.CustomerID)
	for i := range 24 { // more than one page of them
		data := registrar.ContactData{Name: fmt.Sprintf("Spare Person %02d", i), Organization: "Analytical Engines", Street: []string{"1 Road"}, City: "Leeds",
			PostalCode: "LS1 1AA", CountryCode: "GB", Phone: "+44.1139460123", Email: fmt.Sprintf("spare%d@people.example", i)}
		_, err := h.engine.AddContact(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: ada.ID}, ada.CustomerID, data)
		h.must(err)
		h.clock.Advance(time.Second) // lists are sorted by time
	}
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.InsertRegistryContact(t.Context(), registrar.RegistryContact{Registry: "first", Ref: one.Registrant, Handle: "ih4nd1e", Created: true})
	}))
	g := h.colleague(at, "Grace Hopper", registrar.RoleStaffSupport)
	g.visit("/admin/customers/" + ada.CustomerID)
	g.sees("All contacts")
	g.examine("admin-customer-contacts")
	g.press("All contacts")
	g.sees("Contacts of Ada Lovelace")
	g.sees("ih4nd1e")
	g.examine("admin-contacts")

	g.visit("/admin/contacts/" + one.Registrant.ContactID)
	g.sees("orchard.shop")
	g.examine("admin-contact")
	g.fill("email", "eve@people.example")
	g.tabTo("[name=shared]")
	g.do(chromedp.KeyEvent(" "))
	g.into("#why-contact", "Letter of 3 May\r")
	g.sees("Only the customer can do that")
	g.examine("admin-contact-refused")
	g.fill("email", "ada@people.example")
	g.fill("city", "Leeds")
	h.clock.Advance(registrar.ProofLife)
	g.press("Change the contact for all its names")
	g.confirms() // and nothing is typed twice
	g.sees("on its way to the registries")
	g.sees("Leeds")
	g.visit("/admin/domains/" + two.ID)
	g.sees("ih4nd1e")
	g.examine("admin-domain-contacts-list")

	tech := chromedp.CSS(`main a[href$="role=tech"]`)
	g.do(chromedp.WaitVisible(tech), chromedp.Click(tech))
	g.sees("Technical contact of orchard.shop")
	g.examine("admin-domain-contacts")
	g.into("#why-role", "Asked by mail")
	g.press("More contacts")
	g.sees("First contacts")
	g.holds("#why-role", "Asked by mail")
	g.sees("Spare Person 00")
	last := "[...document.querySelectorAll('main label.choice')].find(l => l.innerText.includes('Spare Person 00')).querySelector('input')"
	eval[bool](g.tab, last+".click() || true")
	g.into("#why-role", "\r") // the key does what the button says, not what turns the page
	g.sees("The change of contacts is on its way")
	g.visit("/admin/domains/" + two.ID + "/contacts?role=registrant")
	g.sees("Somebody else: the customer has to do it.")
	g.examine("admin-domain-contacts-holder")
	h.change(two.ID, func(d *registrar.Domain) { d.Statuses = []string{"clientUpdateProhibited"} })
	g.into("#why-role", "Asked by mail\r")
	g.sees("clientUpdateProhibited")
	g.examine("admin-domain-contacts-refused")
}

// change writes what the registry would have brought about.
func (h *house) change(domainID string, fn func(*registrar.Domain)) {
	h.t.Helper()
	h.must(h.store.InTx(h.t.Context(), func(tx registrar.Tx) error {
		d, err := tx.Domain(h.t.Context(), domainID)
		if err != nil {
			return err
		}
		fn(&d)
		return tx.UpdateDomain(h.t.Context(), d)
	}))
}
