package web_test

import (
	"net/url"
	"testing"
)

// TestFailedTriesShow: the user sees on the security page, and staff on the
// customer's page, that somebody tried.
func TestFailedTriesShow(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	ada.get("/security").hasNot("Failed tries to get in")
	for range 2 {
		h.person().post("/sign-in", url.Values{"email": {"Ada@example.org"}, "password": {"wrong password"}})
	}
	ada.get("/security").has("Failed tries to get in", "password at the sign-in", `data-label="Tries">2<`, "127.0.0.1")
	grace.get("/admin/customers/"+user.CustomerID).has("Failed tries to get in", `data-label="Tries">2<`, user.Name)
	grace.get("/admin/security").hasNot("Failed tries to get in")
}
