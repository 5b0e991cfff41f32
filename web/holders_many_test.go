package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestManyHolders: every contact of an account can be chosen, the oldest too.
func TestManyHolders(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	ada.post("/basket/add", map[string][]string{"name": {"garden.shop"}}).is(http.StatusSeeOther)
	for i := range 45 {
		data := registrar.ContactData{Name: fmt.Sprintf("Holder %02d", i), Street: []string{"1 Main St"}, City: "Town", PostalCode: "1", CountryCode: "US", Phone: "+1.5551234", Email: fmt.Sprintf("h%02d@example.org", i)}
		_, err := h.engine.AddContact(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}, user.CustomerID, data)
		h.must(err)
	}
	page := ada.get("/checkout").is(http.StatusOK)
	checkMarkup(t, "checkout", page.has("Holder 00", "Holder 44", "choices-long", "Somebody else"))
}
