package registrar_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/indera/indera/registrar"
)

// row returns the domain with this key.
func (b *billing) row(id int) *registrar.MirrorDomain {
	at := slices.IndexFunc(b.domains, func(d registrar.MirrorDomain) bool { return d.ExternalID == strconv.Itoa(id) })
	return &b.domains[at]
}

func (b *billing) remove(ids ...int) {
	b.domains = slices.DeleteFunc(b.domains, func(d registrar.MirrorDomain) bool {
		n, _ := strconv.Atoi(d.ExternalID)
		return slices.Contains(ids, n)
	})
}

// sell changes a system of bill(30) as people at work do: on both sides of the
// place that an import has reached, which is behind all customers and domain 14.
func (b *billing) sell() {
	next, again := *b.row(30), *b.row(3)
	b.customers = append(b.customers, registrar.MirrorCustomer{ExternalID: "12", Contact: holder(12), Currency: "EUR", Language: "en_US"})
	next.ExternalID, next.CustomerID, next.Name, next.Registrant = "31", "12", "name31.shop", holder(12)
	again.ExternalID = "32" // the same name, entered anew
	b.domains = append(b.domains, next, again)
	b.remove(2, 3, 20)
	b.customers[8].Contact.City = "York"
	b.row(5).NameServers = []string{"ns5.example.net"}
	b.row(25).NameServers = []string{"ns25.example.net"}
	b.row(22).CustomerID = "12"
}

// TestImportOfAMovingSystem: what changes in the billing system while it is read
// is taken now or by the next import, makes nothing twice, takes no name from its
// customer, and leaves nothing in the worklist that is no longer so.
func TestImportOfAMovingSystem(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b, sold := bill(30), 0
		wantCounts(t, w.importFrom(b), "read 11+30, created 41, changed 0, unchanged 0, gone 0, left out 0, flaws 0, done")
		anew, moved := w.domain("name3.shop"), w.domain("name22.shop")
		b.before = func(kind registrar.MirrorKind, after string) error {
			if kind == registrar.MirrorDomains && after == "14" && sold == 0 {
				sold++
				b.sell()
			}
			return nil
		}
		// What was read before counts as it was then. The new customer is not known
		// yet. The name that was entered anew was seen in both rows; it did not change.
		wantCounts(t, w.importFrom(b), "read 11+31, created 0, changed 1, unchanged 38, gone 1, left out 3, flaws 4, done")
		wantList(t, w.issues(registrar.IssueOpen), "vanished domain 20 ", "no_customer domain 22 customer", "no_customer domain 31 customer", "duplicate_name domain 3 name")
		if sold != 1 {
			t.Fatalf("the billing system changed %d times", sold)
		}
		if d := w.domain("name3.shop"); d.ID != anew.ID || d.State != registrar.DomainActive {
			t.Errorf("the name that was entered anew is %+v, was %s", d, anew.ID)
		}
		if d := w.domain("name22.shop"); d.CustomerID != moved.CustomerID || d.State != registrar.DomainActive {
			t.Errorf("a name without a known customer is %+v", d)
		}
		w.served("name5.shop", "ns1.example.net", "ns2.example.net")
		w.served("name25.shop", "ns25.example.net")

		wantCounts(t, w.importFrom(b), "read 12+29, created 2, changed 3, unchanged 36, gone 1, left out 0, flaws 2, done")
		wantList(t, w.issues(registrar.IssueOpen), "vanished domain 2 ", "vanished domain 20 ")
		newcomer := w.domain("name31.shop")
		if d := w.domain("name22.shop"); d.ID != moved.ID || d.CustomerID != newcomer.CustomerID || d.CustomerID == moved.CustomerID {
			t.Errorf("the name that changed hands is %+v, the newcomer's %+v", d, newcomer)
		}
		w.served("name5.shop", "ns5.example.net")

		wantCounts(t, w.importFrom(b), "read 12+29, created 0, changed 0, unchanged 41, gone 0, left out 0, flaws 2, done")
		if list, err := w.store.Domains(t.Context(), registrar.DomainFilter{}, registrar.Page{Limit: 100}); err != nil || len(list) != 31 {
			t.Errorf("%d names, want the 30 from the start and one more, %v", len(list), err)
		}
	})
}

// served checks the name servers of a name.
func (w *world) served(name string, want ...string) {
	w.t.Helper()
	if d := w.domain(name); !slices.Equal(d.NameServers, want) {
		w.t.Errorf("%s has the name servers %q, want %q", name, d.NameServers, want)
	}
}
