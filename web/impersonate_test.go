package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
)

const (
	refusedToStaff = "so this is closed to you"
	banner         = `<aside class="acting"`
)

// actFor opens the portal as a user, from the customer's page.
func (p *person) actFor(user registrar.User) {
	p.h.t.Helper()
	p.post("/admin/customers/"+user.CustomerID+"/impersonate", url.Values{"user": {user.ID}, "reason": {"cannot find <a name>"}}).leadsTo("/domains")
}

// portalRoutes lists the pages of the portal as they are mounted.
func (h *house) portalRoutes() []*echo.Route {
	h.t.Helper()
	e, err := web.New(web.Options{Engine: h.engine, Sessions: h.store.Sessions(), PublicURL: h.url})
	h.must(err)
	var out []*echo.Route
	for _, r := range e.Routes() {
		other := slices.ContainsFunc([]string{"/admin", "/api", "/assets/", "/robots.txt", "/favicon.ico", "/webhooks/"}, func(p string) bool { return strings.HasPrefix(r.Path, p) })
		if !other && r.Method != http.MethodHead && r.Method != echo.RouteNotFound {
			out = append(out, r)
		}
	}
	if len(out) < 80 {
		h.t.Errorf("only %d pages of the portal", len(out))
	}
	return out
}

func filled(path string) string {
	return strings.NewReplacer(":name", "garden.shop", ":delivery", "dlv_none", ":id", "x_none").Replace(path)
}

// TestActingStaffChangeNothing walks over every page of the portal: staff who act
// for a user read under the banner, and every change but the few that are listed
// here is refused, whatever it asks for.
func TestActingStaffChangeNothing(t *testing.T) {
	h := frozenHouse(t)
	_, user := h.customer("ada@example.org", 100)
	p := h.staff()
	p.actFor(user)
	may := []string{
		"POST /search", "POST /search/stream", "POST /basket/add", "POST /basket/add-all", "POST /basket", "POST /acting/end", "POST /sign-out",
		"POST /security/webhooks/:id/test", "POST /security/webhooks/:id/replay", "POST /security/webhooks/:id/deliveries/:delivery/replay",
	}
	refused, read := 0, 0
	for _, r := range h.portalRoutes() {
		route, path := r.Method+" "+r.Path, filled(r.Path)
		switch {
		case route == "POST /acting/end" || route == "POST /sign-out": // below
		case slices.Contains(may, route):
			if got := p.post(path, nil); strings.Contains(got.Body, refusedToStaff) {
				t.Errorf("%s is refused", route)
			}
		case r.Method != http.MethodGet:
			got := p.do(p.request(r.Method, path, url.Values{"_password": {goodPassword}}))
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, refusedToStaff) || strings.Contains(got.Body, "Confirm that it is you") {
				t.Errorf("%s: %d: %s", route, got.Status, textOf(got.Body))
			}
			refused++
		default:
			got := p.get(path)
			if got.Status >= 500 {
				t.Errorf("%s: %d", route, got.Status)
			}
			if strings.Contains(got.Body, "</html>") {
				got.has(banner, `action="/acting/end"`, "Grace")
				read++
			}
		}
	}
	if refused < 35 || read < 30 {
		t.Errorf("%d changes were refused and %d pages read", refused, read)
	}
	p.get("/security").has("Support of", "cannot find &lt;a name&gt;")
	p.post("/acting/end", nil).leadsTo("/admin/customers/" + user.CustomerID)
	p.get("/domains").leadsTo("/sign-in")
}

// TestActForAUser: the whole way, seen by staff and by the customer.
func TestActForAUser(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	page := "/admin/customers/" + user.CustomerID
	grace.get(page).has("Support in the portal", "Open the portal").hasNot(banner)
	ask := func(p *person, reason string) answer {
		return p.post(page+"/impersonate", url.Values{"user": {user.ID}, "reason": {reason}})
	}
	ask(grace, " ").is(http.StatusUnprocessableEntity).has("Please say why")
	grace.post(page+"/impersonate", url.Values{"user": {"usr_none"}, "reason": {"kept <text>"}}).is(http.StatusUnprocessableEntity).has("no such user", `value="kept &lt;text&gt;"`)
	h.clock.Advance(registrar.ProofLife)
	ask(grace, "a name").is(http.StatusForbidden).has("Confirm that it is you")
	form := url.Values{"user": {user.ID}, "reason": {"a name"}, "_password": {goodPassword}}
	grace.post(page+"/impersonate", form).leadsTo("/domains")
	grace.get("/domains").is(http.StatusOK).has(banner, "You act as Ada ada@example.org for Ada ada@example.org", "under your name, Grace", "10:40 UTC (30 min left)")
	grace.get("/").has(banner)
	grace.get(page).is(http.StatusOK).has("Going on", "a name").hasNot(banner)

	m := h.mail("impersonation", "ada@example.org")
	if !strings.Contains(m.Text, "a name") || strings.Contains(m.Text, "Grace") {
		t.Errorf("mail %q", m.Text)
	}
	seen := ada.get("/security").has("Support of Indera", "a name", "Going on").hasNot("Grace", banner)
	checkMarkup(t, "/security", seen)
	checkMarkup(t, "/domains", grace.get("/domains"))
	checkMarkup(t, page, grace.get(page))
	ada.get("/domains").is(http.StatusOK) // her own session is untouched

	grace.post("/sign-out", nil).leadsTo(page) // of the portal: as the banner's button
	grace.get(page).is(http.StatusOK).has("Staff left the portal of a user", "for "+user.ID).hasNot("Going on")
	ada.get("/security").has("a name").hasNot("Going on")

	for _, role := range []registrar.Role{registrar.RoleStaffAuditor, registrar.RoleStaffFinance, registrar.RoleStaffCompliance} {
		p := h.colleague(string(role), role)
		p.get(page).has("a name").hasNot("Open the portal")
		ask(p, "curious").is(http.StatusForbidden).has("does not allow this")
		p.get("/domains").leadsTo("/sign-in")
	}
	h.colleague("sam", registrar.RoleStaffSupport).actFor(user)
}

// TestActingEndsWithStaff: by time, by the staff's own sign-out, by the customer.
func TestActingEndsWithStaff(t *testing.T) {
	h := frozenHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	grace.actFor(user)
	h.clock.Advance(registrar.ImpersonationLife - time.Second)
	grace.get("/domains").is(http.StatusOK).has("0 min left")
	h.clock.Advance(time.Second)
	page := "/admin/customers/" + user.CustomerID
	grace.get("/domains").leadsTo(page) // where it began, not a door that staff have no key to
	grace.get("/domains").leadsTo("/sign-in")
	grace.get("/").is(http.StatusOK).hasNot(banner)
	joe := h.colleague("joe", registrar.RoleStaffSupport)
	joe.actFor(user)
	h.clock.Advance(registrar.ImpersonationLife)
	joe.post("/basket/add", url.Values{"name": {"late.shop"}}).leadsTo(page)

	sam := h.colleague("sam", registrar.RoleStaffSupport)
	sam.actFor(user)
	sam.get("/domains").has(banner)
	sam.post("/admin/sign-out", nil).leadsTo("/admin/sign-in")
	sam.get("/domains").leadsTo(page)
	sam.get(page).leadsTo("/admin/sign-in")

	kim := h.colleague("kim", registrar.RoleStaffSupport)
	kim.actFor(user)
	end := ada.get("/security").has("Sign out Support of").Body
	end = end[:strings.Index(end, `aria-label="Sign out Support of`)]
	end = end[strings.LastIndex(end, `action="`)+len(`action="`):]
	ada.post(end[:strings.Index(end, `"`)], nil).leadsTo("/security")
	kim.get("/domains").leadsTo(page)

	// A customer's own session that is over leads to the customer's own door.
	h.clock.Advance(365 * 24 * time.Hour)
	ada.get("/domains").leadsTo("/sign-in")
}

// TestOwnSignInDoesNotMix: who is a customer, too, leaves that session behind,
// with all that the browser remembered.
func TestOwnSignInDoesNotMix(t *testing.T) {
	h := frozenHouse(t)
	_, user := h.customer("ada@example.org", 0)
	bob, other := h.customer("bob@example.org", 0)
	own, err := h.engine.Sessions(t.Context(), other.ID)
	h.must(err)
	_, err = h.engine.CreateStaff(t.Context(), registrar.System("test"), "Grace", "grace@registrar.example", goodPassword, registrar.RoleStaffOwner)
	h.must(err)
	bob.post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	bob.get("/domains").is(http.StatusOK).hasNot(banner)
	bob.actFor(user)
	bob.get("/security").has(banner, "ada@example.org").hasNot("bob@example.org")
	if left, err := h.engine.Sessions(t.Context(), other.ID); err != nil || len(own) != 1 || len(left) != 0 {
		t.Errorf("his own sessions: %d before, %d after, %v", len(own), len(left), err)
	}
	bob.actFor(user) // again: the first one ends
	if list, err := h.engine.Sessions(t.Context(), user.ID); err != nil || len(list) != 2 {
		t.Errorf("her sessions are her own and one of staff: %+v, %v", list, err)
	}
	bob.post("/acting/end", nil).leadsTo("/admin/customers/")
	bob.get("/domains").leadsTo("/sign-in")
	bob.get("/admin").is(http.StatusOK)
	bob.post("/acting/end", nil).leadsTo("/sign-in")
	bob.signIn("bob@example.org", goodPassword).leadsTo("/domains")
	bob.post("/acting/end", nil).leadsTo("/")
	bob.get("/domains").is(http.StatusOK)
}
