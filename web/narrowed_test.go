package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestListsOfOneCustomer: the page of a customer shows the beginning of each list
// and leads to the whole of it, which holds nobody else's rows.
func TestListsOfOneCustomer(t *testing.T) {
	h := frozenHouse(t)
	account := func(email string) registrar.Customer {
		_, user := h.customer(email, 10)
		cus, err := h.store.Customer(t.Context(), user.CustomerID)
		h.must(err)
		return cus
	}
	cus, other := account("ada@example.org"), account("bob@example.org")
	grace := h.staff()
	for i := range 25 {
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
			for _, owner := range []registrar.Customer{cus, other} {
				name := fmt.Sprintf("n%02d-%s.shop", i, owner.ID[len(owner.ID)-4:])
				d := registrar.Domain{ID: "dom_" + name, Name: name, UName: name, TLD: "shop", Registry: "first", CustomerID: owner.ID, OwnerSystem: registrar.OwnerEngine,
					State: registrar.DomainActive, OrderedAt: h.clock.Now()}
				if err := tx.InsertDomain(t.Context(), d); err != nil {
					return err
				}
				if err := tx.InsertAudit(t.Context(), registrar.AuditEvent{ID: fmt.Sprintf("aud_%s_%02d", owner.ID, i), At: h.clock.Now(), By: registrar.System("test"), Action: "customer.sign_up", ObjectKind: "customer", ObjectID: owner.ID, Retention: registrar.RetainRegistration}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	page := grace.get("/admin/customers/" + cus.ID).is(http.StatusOK)
	for _, link := range []string{"/admin/domains?customer=" + cus.ID, "/admin/customers/" + cus.ID + "/audit"} {
		page.has(`href="` + link + `"`)
		list := grace.get(link).is(http.StatusOK)
		checkMarkup(t, link, list)
		if strings.Contains(list.Body, other.ID) {
			t.Errorf("%s shows rows of another customer", link)
		}
	}
	page.hasNot("/admin/orders?customer=") // there are not that many
	mine, theirs := "n24-"+cus.ID[len(cus.ID)-4:], "n24-"+other.ID[len(other.ID)-4:]
	grace.get("/admin/domains?customer="+cus.ID).has(mine, "Show everybody").hasNot(theirs)
	grace.get("/admin/domains?customer="+cus.ID+"&q=n24").has(mine).hasNot(theirs, "n23-")
	for _, path := range []string{"/admin/orders", "/admin/payments"} {
		checkMarkup(t, path, grace.get(path+"?customer="+cus.ID).is(http.StatusOK).has(cus.Name))
		grace.get(path + "?customer=cus_none").is(http.StatusNotFound)
	}
	checkMarkup(t, "adjustments", grace.get("/admin/customers/"+cus.ID+"/adjustments").is(http.StatusOK).has("Nothing was booked by hand"))
	grace.get("/admin/customers/cus_none/audit").is(http.StatusNotFound)
	acc, err := h.store.Account(t.Context(), registrar.AccountKey{Kind: registrar.AccountCustomer, Owner: cus.ID, Currency: cus.Currency})
	h.must(err)
	checkMarkup(t, "holds", grace.get("/admin/ledger/"+acc.ID+"/holds").is(http.StatusOK).has("Nothing is set aside"))
}
