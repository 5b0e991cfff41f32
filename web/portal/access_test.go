package portal

import (
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/web/door"
	"github.com/indera/indera/web/ui"
)

// TestEveryPageHasARule: a page without a rule is for owners alone, which is
// hardly ever what was meant.
func TestEveryPageHasARule(t *testing.T) {
	shell := &ui.Shell{Sessions: ui.NewSessions(ui.SessionOptions{Cookie: "x"})}
	p := &Portal{shell: shell, door: &door.Door{Face: door.Face{Shell: shell}}}
	p.Mount(echo.New())
	mounted, missing, stale := p.GuardedRoutes()
	if len(mounted) < 40 {
		t.Errorf("only %d pages are mounted", len(mounted))
	}
	if len(missing) > 0 || len(stale) > 0 {
		t.Errorf("rules lacks %v and has %v, which do not exist", missing, stale)
	}
}
