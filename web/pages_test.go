package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// furnished is a house with a customer who owns a name, and staff.
func furnished(t *testing.T, opts ...houseOption) (h *house, ada, grace *person, ids map[string]string) {
	h = newHouse(t, opts...)
	ada, user := h.customer("ada@example.org", 500)
	order := ada.buy("lovelace.shop")
	d, err := h.engine.OwnedDomain(t.Context(), user.CustomerID, "lovelace.shop")
	h.must(err)
	cmds, err := h.engine.Read().CommandsOf(t.Context(), mustOperation(h, order))
	h.must(err)
	acc, err := h.engine.Balance(t.Context(), user.CustomerID)
	h.must(err)
	return h, ada, h.staff(), map[string]string{
		"order": strings.TrimPrefix(order, "/orders/"), "domain": d.ID, "customer": user.CustomerID,
		"command": cmds[len(cmds)-1].ID, "contact": d.Registrant.ContactID, "account": acc.ID, "clTRID": cmds[len(cmds)-1].ClTRID, "operation": cmds[0].OperationID,
	}
}

func mustOperation(h *house, orderPath string) string {
	o, err := h.engine.Read().Order(h.t.Context(), strings.TrimPrefix(orderPath, "/orders/"))
	h.must(err)
	return o.Lines[0].OperationID
}

// everyPage lists each page once per area, with words that must be on it.
func everyPage(ids map[string]string) (open, customer, staff map[string]string) {
	open = map[string]string{
		"/": "Find a name and keep it", "/?q=garden": "garden.shop", "/pricing": "Restore", "/agreement": "Registration agreement", "/directory-terms": "Terms of the domain directory",
		"/sign-in": "Sign in", "/sign-up": "Create an account", "/basket": "The basket is empty", "/admin/sign-in": "Staff sign-in",
	}
	customer = map[string]string{
		"/domains": "lovelace.shop", "/domains/lovelace.shop": "Life of the domain", "/domains/lovelace.shop/renew": "Renew lovelace.shop for 1 year · $15.00",
		"/orders": "lovelace.shop", "/orders/" + ids["order"]: "$12.00 was charged", "/wallet": "$488.00", "/contacts": "Ada Lovelace",
		"/domains/lovelace.shop/delete": "What happens", "/domains/lovelace.shop/history": "Registration", "/domains/lovelace.shop/hosts": "A first host",
		"/domains/lovelace.shop/contacts": "This changes lovelace.shop only", "/contacts/" + ids["contact"]: "Used by 1 name", "/security": "API tokens",
	}
	staff = map[string]string{
		"/admin": "Nothing waits for a person", "/admin/search?q=ada": "Customers", "/admin/domains": "lovelace.shop", "/admin/domains/" + ids["domain"]: "Registrant data",
		"/admin/domains/" + ids["domain"] + "/history": "Registration",
		"/admin/restore": "The database was never restored", "/admin/commands": "No command is in this state", "/admin/commands?state=all": "Register domain", "/admin/commands/" + ids["command"]: "Journal",
		"/admin/customers": "Ada", "/admin/customers/" + ids["customer"]: "ada@example.org", "/admin/orders": "lovelace.shop", "/admin/orders/" + ids["order"]: "Our cost",
		"/admin/ledger": "$488.00", "/admin/ledger?kind=revenue": "Revenue", "/admin/ledger/" + ids["account"]: "Entries",
	}
	return open, customer, staff
}

var (
	inlineScript  = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^<\s]`)
	inlineStyle   = regexp.MustCompile(`(?i)<style|\sstyle\s*=`)
	inlineHandler = regexp.MustCompile(`(?i)<[^>]+\son[a-z]+\s*=`)
	foreign       = regexp.MustCompile(`(?i)(?:src|href)="(?:https?:)?//`)
	unrendered    = regexp.MustCompile(`\{\{|<no value>|%!|ZgotmplZ`)
)

func TestEveryPageRenders(t *testing.T) {
	_, ada, grace, ids := furnished(t)
	open, customer, staff := everyPage(ids)
	visit := func(who *person, pages map[string]string) {
		for path, want := range pages {
			page := who.get(path).is(http.StatusOK).has(want)
			checkMarkup(t, path, page)
		}
	}
	visit(ada.h.person(), open)
	visit(ada, customer)
	visit(grace, staff)
	checkMarkup(t, "404", ada.get("/nowhere").is(http.StatusNotFound).has("There is no such page", "Reference"))
}

// checkMarkup holds a page to the content security policy and to basic order.
func checkMarkup(t *testing.T, path string, page answer) {
	t.Helper()
	for name, bad := range map[string]*regexp.Regexp{
		"inline script": inlineScript, "inline style": inlineStyle, "inline handler": inlineHandler, "foreign address": foreign, "template left over": unrendered,
	} {
		if m := bad.FindString(page.Body); m != "" {
			t.Errorf("%s: %s: %q", path, name, m)
		}
	}
	if !strings.Contains(page.Body, `<html lang="en">`) {
		t.Errorf("%s: no lang attribute", path)
	}
	if n := strings.Count(page.Body, "<h1"); n != 1 {
		t.Errorf("%s: %d main headings", path, n)
	}
	csp := page.Header.Get("Content-Security-Policy")
	if csp == "" || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("%s: policy is %q", path, csp)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
		if !strings.Contains(page.Header.Get(header), want) {
			t.Errorf("%s: %s is %q", path, header, page.Header.Get(header))
		}
	}
}

// TestFirstVisitIsSmall counts what a browser takes over the wire on its first
// visit: the page and all it refers to, compressed.
func TestFirstVisitIsSmall(t *testing.T) {
	h := newHouse(t)
	const budget, again = 180 << 10, 30 << 10
	page, bytes := h.wire("/")
	total := bytes
	before := 0
	for _, m := range regexp.MustCompile(`<(link rel="stylesheet"|link rel="icon"|script)[^>]* (?:href|src)="([^"]+)"([^>]*)>`).FindAllStringSubmatch(page, -1) {
		_, n := h.wire(m[2])
		total += n
		if strings.Contains(m[1], "stylesheet") || m[1] == "script" && !strings.Contains(m[3], "defer") {
			before++
		}
		t.Logf("%6d %s", n, m[2])
	}
	t.Logf("%6d page, %d in all, %d requests before text beside the page", bytes, total, before)
	if total > budget || bytes > again || before > 1 {
		t.Errorf("first visit %d bytes (budget %d), page %d (budget %d), %d blocking requests (1)", total, budget, bytes, again, before)
	}
	if strings.Count(page, "<script") == 0 {
		t.Error("no script was counted")
	}
}

// wire fetches with gzip and returns the text and the bytes that travelled.
func (h *house) wire(path string) (string, int) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, nil)
	h.must(err)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer func() { h.must(res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %s", path, res.Status)
	}
	raw, err := io.ReadAll(res.Body)
	h.must(err)
	if res.Header.Get("Content-Encoding") != "gzip" {
		if len(raw) > 1400 {
			h.t.Errorf("%s: %d bytes travel uncompressed", path, len(raw))
		}
		return string(raw), len(raw)
	}
	zr, err := gzip.NewReader(strings.NewReader(string(raw)))
	h.must(err)
	plain, err := io.ReadAll(zr)
	h.must(err)
	return string(plain), len(raw)
}

func TestHeadAnswersWithoutBody(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	for path, want := range map[string]int{"/": 200, "/pricing": 200, "/admin/sign-in": 200, "/nowhere": 404} {
		res := p.do(p.request(http.MethodHead, path, nil))
		if res.Status != want || res.Body != "" {
			t.Errorf("%s: status %d, %d bytes", path, res.Status, len(res.Body))
		}
	}
}

func TestAssetsStayTheSame(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	page := p.get("/").is(http.StatusOK)
	m := regexp.MustCompile(`href="(/assets/app\.[0-9a-f]{12}\.css)"`).FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatal("no style sheet")
	}
	css := p.get(m[1]).is(http.StatusOK)
	if !strings.Contains(css.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("style sheet: Cache-Control %q", css.Header.Get("Cache-Control"))
	}
	css.has(".btn-primary", "prefers-color-scheme:dark", ".form-control")
	css.hasNot("sourceMappingURL", ".carousel")
	p.get("/assets/app.000000000000.css").is(http.StatusNotFound)
	p.get("/assets/..%2f..%2fassets.go").is(http.StatusNotFound)
}

func TestPagingKeepsFilters(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 10_000)
	var names []string
	for i := range 51 {
		names = append(names, "n"+string(rune('a'+i/26))+string(rune('a'+i%26))+".shop")
	}
	for _, part := range [][]string{names[:26], names[26:]} {
		to := ada.post("/checkout", ada.checkout(part...)).leadsTo("/orders/").Header.Get("Location")
		h.settled(strings.TrimPrefix(to, "/orders/"))
	}
	ada.buy("zebra.shop")
	page := ada.get("/domains?q=n&state=active").is(http.StatusOK).has("naa.shop").hasNot("zebra.shop", "nby.shop")
	m := regexp.MustCompile(`href="(/domains\?after=[^"]+)">Next`).FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("no next page:\n%s", textOf(page.Body))
	}
	next := strings.ReplaceAll(m[1], "&amp;", "&")
	if q, err := url.Parse(next); err != nil || q.Query().Get("q") != "n" || q.Query().Get("state") != "active" {
		t.Errorf("next page %q lost its filters", next)
	}
	ada.get(next).is(http.StatusOK).has("nby.shop", "Back to the start").hasNot("naa.shop", "zebra.shop")
}
