package admin

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/door"
	"github.com/indera/indera/web/ui"
)

// open are the pages that need nobody signed in.
var open = []string{"GET /admin/sign-in", "POST /admin/sign-in", "POST /admin/sign-out", "GET /admin/sign-in/second", "POST /admin/sign-in/second", "POST /admin/sign-in/passkey/begin", "POST /admin/sign-in/passkey",
	"POST /admin/sign-in/second/passkey/begin", "POST /admin/sign-in/second/passkey", "GET /admin/invitation", "POST /admin/invitation",
	"GET /admin/reset", "POST /admin/reset", "GET /admin/reset/new", "POST /admin/reset/new"}

// TestEveryPageHasARule: a page without a rule is for owners alone, which is
// hardly ever what was meant; and no page is mounted beside the rules.
func TestEveryPageHasARule(t *testing.T) {
	shell := &ui.Shell{Base: "/admin", Sessions: ui.NewSessions(ui.SessionOptions{Cookie: "x"})}
	a := &Admin{shell: shell, door: &door.Door{Face: door.Face{Shell: shell}}}
	e := echo.New()
	a.Mount(e)
	mounted, missing, stale := a.GuardedRoutes()
	if len(mounted) < 30 {
		t.Errorf("only %d pages are mounted", len(mounted))
	}
	if len(missing) > 0 || len(stale) > 0 {
		t.Errorf("rules lacks %v and has %v, which do not exist", missing, stale)
	}
	known := strings.Join(append(mounted, open...), "\n") + "\n"
	for _, r := range e.Routes() {
		if r.Method == http.MethodHead || r.Method == echo.RouteNotFound {
			continue
		}
		if !strings.Contains(known, r.Method+" "+r.Path+"\n") {
			t.Errorf("%s %s is mounted without a guard", r.Method, r.Path)
		}
	}
}

// TestAuditorChangesNothing: what an auditor may use reads.
func TestAuditorChangesNothing(t *testing.T) {
	for route, r := range rules {
		if strings.HasPrefix(route, "POST ") && r.may != registrar.StaffSelf && registrar.RoleStaffAuditor.May(r.may) {
			t.Errorf("an auditor may %s", route)
		}
		if strings.HasPrefix(route, "GET ") && !registrar.RoleStaffOwner.May(r.may) {
			t.Errorf("an owner may not %s", route)
		}
	}
}
