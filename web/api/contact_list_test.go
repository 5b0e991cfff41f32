package api_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/api"
)

// TestContactsAreListed: in pages, to the account alone, by the scope alone.
func TestContactsAreListed(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	want := map[string]bool{}
	for _, name := range []string{"a.shop", "b.shop", "c.shop"} {
		want[w.own(name).ContactID] = true
	}
	for next, pages := "/contacts?limit=2", 1; next != ""; pages++ {
		var list api.ContactList
		a := w.call("GET", next, nil).want(200, &list)
		for _, c := range list.Contacts {
			if !want[c.ID] || c.Name == "" || c.Version != 1 {
				t.Errorf("twice, or not ours: %+v", c)
			}
			delete(want, c.ID)
		}
		if next = ""; list.NextCursor != "" {
			next = "/contacts?limit=2&cursor=" + list.NextCursor
			if link := a.Header().Get("Link"); !strings.Contains(link, list.NextCursor) {
				t.Errorf("Link %q", link)
			}
		}
		if pages > 2 {
			t.Fatal("too many pages")
		}
	}
	if len(want) != 0 {
		t.Errorf("not listed: %v", want)
	}
	_, eve := w.signUp("eve@example.org", 0)
	var none api.ContactList
	if w.call("GET", "/contacts", nil, "Authorization", "Bearer "+eve).want(200, &none); len(none.Contacts) != 0 {
		t.Errorf("eve sees %+v", none)
	}
	narrow := w.issue(w.user, registrar.ScopeOrders)
	w.call("GET", "/contacts", nil, "Authorization", "Bearer "+narrow).problem(403, "forbidden", "missing_scope")
	w.call("GET", "/contacts?cursor=x", nil).problem(422, "invalid", "")
}
