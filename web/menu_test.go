package web_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	menuEntry = regexp.MustCompile(`<a href="([^"]+)"( aria-current="[a-z]+")?[^>]* data-key=`)
	menuPart  = regexp.MustCompile(`(?s)<ul class="side-parts">(.*?)</ul>`)
	menuLink  = regexp.MustCompile(`<a href="([^"]+)"( aria-current="page")?>`)
)

// TestAdminMenu: the menu keeps to eight entries, with a billing system mirrored,
// too; pages that belong together are listed below their entry while one of them
// is open, and no list of the staff is reached by its address alone.
func TestAdminMenu(t *testing.T) {
	h := frozenHouse(t) // mirrors a billing system
	grace := h.staff()
	reached := map[string]bool{}
	for page, want := range map[string]struct{ entry, part string }{
		"/admin": {"/admin", ""}, "/admin/customers": {"/admin/customers", ""}, "/admin/staff": {"", ""},
		"/admin/commands": {"/admin/commands", "/admin/commands"}, "/admin/restore": {"/admin/commands", "/admin/restore"},
		"/admin/transcripts": {"/admin/commands", "/admin/transcripts"}, "/admin/messages": {"/admin/commands", "/admin/messages"},
		"/admin/domains": {"/admin/domains", "/admin/domains"}, "/admin/imports": {"/admin/domains", "/admin/imports"}, "/admin/differences": {"/admin/domains", "/admin/differences"}, "/admin/mirror": {"/admin/domains", "/admin/mirror"},
		"/admin/payments": {"/admin/payments", "/admin/payments"}, "/admin/receivables": {"/admin/payments", "/admin/receivables"}, "/admin/ledger?kind=revenue": {"/admin/payments", "/admin/ledger"},
		"/admin/notices": {"/admin/notices", "/admin/notices"}, "/admin/notices/brakes": {"/admin/notices", "/admin/notices/brakes"}, "/admin/mail": {"/admin/notices", "/admin/mail"},
	} {
		body := grace.get(page).Body
		entries := menuEntry.FindAllStringSubmatch(body, -1)
		if len(entries) == 0 || len(entries) > 8 {
			t.Fatalf("%s: %d entries", page, len(entries))
		}
		open := ""
		for _, e := range entries {
			reached[e[1]] = true
			if e[2] != "" {
				open += e[1]
			}
		}
		part := ""
		for _, list := range menuPart.FindAllString(body, -1) {
			for _, l := range menuLink.FindAllStringSubmatch(list, -1) {
				reached[l[1]] = true
				if l[2] != "" {
					part += l[1]
				}
			}
		}
		if open != want.entry || part != want.part {
			t.Errorf("%s: open are %q and %q, want %+v", page, open, part, want)
		}
		if n := strings.Count(body, `href="/admin/webhooks"`); n == 0 {
			t.Errorf("%s: no way to the webhooks", page)
		}
	}
	if len(reached) != 8+10 {
		t.Errorf("reached %v", reached)
	}
}
