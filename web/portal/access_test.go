package portal

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/web/ui"
)

// TestEveryPageHasARule: a page without a rule is for owners alone, which is
// hardly ever what was meant.
func TestEveryPageHasARule(t *testing.T) {
	p := &Portal{shell: &ui.Shell{Sessions: ui.NewSessions(ui.SessionOptions{Cookie: "x"})}}
	p.Mount(echo.New())
	mounted, missing, stale := p.GuardedRoutes()
	if len(mounted) < 40 {
		t.Errorf("only %d pages are mounted", len(mounted))
	}
	if len(missing) > 0 || len(stale) > 0 {
		t.Errorf("rules lacks %v and has %v, which do not exist", missing, stale)
	}
}

func TestSentFields(t *testing.T) {
	got := sent(url.Values{"b": {"2", "3"}, "a": {"1"}, "_code": {"123456"}, "_password": {"secret"}})
	if want := []formField{{"a", "1"}, {"b", "2"}, {"b", "3"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("fields %v", got)
	}
}
