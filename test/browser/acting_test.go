package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// actForUser has staff open the portal as a customer's user, look around under
// the banner, and leave again.
func actForUser(t *testing.T, chrome context.Context, d demo) {
	w := newBehind(t, d)
	g := newTab(t, chrome, d.Portal)
	signInAsStaff(g, d)
	page := "/admin/customers/" + w.customer
	g.visit(page)
	g.sees("Support in the portal")
	g.do(chromedp.SendKeys(chromedp.CSS("#act-reason"), "The customer can't find a name in the list."))
	g.examine("admin-customer-support")
	g.press("Open the portal")
	g.proves(d.Staff.Password)
	g.at("/domains")
	g.sees("You act as")
	g.examine("acting-domains")
	g.visit("/security")
	g.sees("Going on")
	g.examine("acting-security")
	for page, shot := range map[string]string{"/security/password": "acting-closed", "/wallet": "acting-wallet", "/users": "acting-users", "/security/webhooks": "acting-webhooks"} {
		g.visit(page)
		g.sees("You act as")
		g.sees("Only the customer can do this.")
		g.examine(shot)
	}
	g.do(chromedp.Click(chromedp.CSS(".acting button")))
	g.at(page)
	g.sees("The customer can't find a name in the list.")
	g.visit("/domains")
	g.at("/sign-in")
}
