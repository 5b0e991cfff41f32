package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/web"
	"github.com/indera/indera/web/admin"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

// TestShareOfLimits: one of three processes lets pass a third of what the limits
// of portal and admin say.
func TestShareOfLimits(t *testing.T) {
	six, many := ratelimit.Rule{PerSecond: 0.001, Burst: 6}, ratelimit.Rule{PerSecond: 1000, Burst: 1000}
	h := newHouse(t, func(o *web.Options) {
		o.PortalLimits = &portal.Limits{SignInAddress: many, SignInAccount: six, Search: six, SignUp: six}
		o.AdminLimits = &admin.Limits{SignInAddress: six, SignInAccount: many}
		o.Replicas = func() int { return 3 }
	})
	for what, ask := range map[string]func() answer{
		"search": func() answer { return h.person().get("/?q=garden") },
		"sign-in": func() answer {
			return h.person().post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {"wrong password"}})
		},
		"sign-up": func() answer { return h.person().post("/sign-up", url.Values{"email": {"new@example.org"}}) },
		"staff": func() answer {
			return h.person().post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {"wrong password"}})
		},
	} {
		n := 0
		for n < 10 && ask().Status != http.StatusTooManyRequests {
			n++
		}
		if n != 2 {
			t.Errorf("%s: %d of six pass", what, n)
		}
	}
}
