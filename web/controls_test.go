package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// controls finds links and forms of a page.
var (
	linkRule = regexp.MustCompile(`<a [^>]*href="(/[^"]*)"`)
	formRule = regexp.MustCompile(`<form [^>]*method="post"[^>]*action="(/[^"]*)"|<form [^>]*action="(/[^"]*)"[^>]*method="post"`)
)

// TestNoControlIsRefused walks the pages in each role, follows every link and
// sends every form: none of them is answered by "your role does not allow this".
func TestNoControlIsRefused(t *testing.T) {
	h := newHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 100)
	h.work()
	ada.post("/verify", ticketOf(h.link("verify_email", "ada@example.org"))).leadsTo("/security")
	ada.buy("mine.shop")
	d, err := h.engine.OwnedDomain(t.Context(), user.CustomerID, "mine.shop")
	h.must(err)
	ada.post("/basket/add", url.Values{"name": {"next.shop"}})
	pages := []string{"/?q=mine&whole=1", "/basket", "/domains", "/domains/mine.shop", "/domains/mine.shop/hosts", "/domains/mine.shop/history",
		"/orders", "/contacts", "/contacts/" + d.Registrant.ContactID, "/security", "/wallet"}
	for _, role := range []string{"technical", "billing", "read_only"} {
		t.Run(role, func(t *testing.T) {
			email := role + "@example.org"
			ada.post("/users/invite", url.Values{"email": {email}, "role": {role}}).leadsTo("/users")
			form := ticketOf(h.link("invitation", email))
			form.Set("name", "Bob")
			form.Set("password", otherPassword)
			p := h.person()
			p.post("/invitation", form).leadsTo("/domains")
			seen := map[string]bool{"POST /sign-out": true} // it would end the walk, as would ending sessions
			for _, path := range pages {
				if page := p.get(path); page.Status == http.StatusOK {
					p.tryControls(t, path, page.Body, seen)
				} else if path != "/wallet" {
					t.Errorf("GET %s: %d", path, page.Status)
				}
			}
			if len(seen) < 12 {
				t.Errorf("only %d controls were found", len(seen))
			}
			want := http.StatusForbidden
			if role == "billing" {
				want = http.StatusSeeOther
			}
			if res := p.post("/basket/add", url.Values{"name": {"other.shop"}}); res.Status != want {
				t.Errorf("adding to the basket: %d, want %d", res.Status, want)
			}
		})
	}
}

func (p *person) tryControls(t *testing.T, at, body string, seen map[string]bool) {
	t.Helper()
	try := func(method, path string) {
		path = strings.ReplaceAll(path, "&amp;", "&")
		if key := method + " " + path; !seen[key] && !strings.HasPrefix(path, "/security/sessions/") && !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/assets/") {
			seen[key] = true
			var res answer
			if method == http.MethodGet {
				res = p.get(path)
			} else {
				res = p.post(path, nil)
			}
			if strings.Contains(res.Body, "does not allow this") {
				t.Errorf("%s shows %s, which is refused", at, key)
			}
		}
	}
	for _, m := range linkRule.FindAllStringSubmatch(body, -1) {
		try(http.MethodGet, m[1])
	}
	for _, m := range formRule.FindAllStringSubmatch(body, -1) {
		try(http.MethodPost, strings.Join(slices.DeleteFunc(m[1:], func(s string) bool { return s == "" }), ""))
	}
}
