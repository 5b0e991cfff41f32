package api_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/web/api"
)

func page(n int) registrar.Page { return registrar.Page{Limit: n} }

func operationsOf(w *world) registrar.OperationFilter {
	return registrar.OperationFilter{CustomerID: w.user.CustomerID}
}

func TestCheck(t *testing.T) {
	w := newWorld(t, nil)
	w.registry.Put(registrar.DomainInfo{Name: "taken.shop"})
	w.registry.Reserve("keep.shop", "reserved by policy")
	var out api.CheckResponse
	w.call("POST", "/domains/check", map[string]any{"names": []string{"Free.shop", "taken.shop", "keep.shop", "a.unsold", "not a name", "bücher.shop", "x.gone"}}).want(200, &out)
	var got []string
	for _, r := range out.Results {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %v %s", r.Name, r.Status, r.Available, r.Code)))
		if r.Prices == nil || (r.Status == "available") != (r.Available) {
			t.Errorf("%+v", r)
		}
	}
	want := []string{"free.shop available true", "taken.shop registered false registered", "keep.shop reserved false reserved",
		"a.unsold unsupported false tld_not_sold", "not a name unsupported false bad_name", "xn--bcher-kva.shop available true", "x.gone unknown false no_answer"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	if p := out.Results[0].Prices; p["register"] != (api.Amount{Amount: "12.00", Currency: "USD"}) || p["renew"].Amount != "15.00" || len(p) != 2 {
		t.Fatalf("prices %v", p)
	}
}

func TestLifeOfADomain(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	var d api.Domain
	a := w.call("POST", "/domains", registration("brand.shop")).want(201, &d)
	if a.Header().Get("Location") != "https://portal.example/api/v1/domains/brand.shop" {
		t.Errorf("Location %q", a.Header().Get("Location"))
	}
	if d.Name != "brand.shop" || d.State != "active" || d.ExpiresAt == nil || d.Registrant == nil || d.Registrant.Email != "ada@example.org" ||
		!slices.Equal(d.NameServers, []string{"ns1.example.net", "ns2.example.net"}) {
		t.Fatalf("%s", a.Body)
	}
	var shown api.Domain
	w.call("GET", "/domains/BRAND.shop", nil).want(200, &shown)
	if shown.ID != d.ID {
		t.Fatalf("%+v", shown)
	}
	guard := d.ExpiresAt.Format("2006-01-02")
	w.call("POST", "/domains/brand.shop/renew", map[string]any{"period_years": 2, "agreement_version": agreement.Sample().Version, "current_expiry": "2001-01-01"}).problem(409, "conflict", "expiry_moved")
	var renewed api.Domain
	w.call("POST", "/domains/brand.shop/renew", map[string]any{"period_years": 2, "agreement_version": agreement.Sample().Version, "current_expiry": guard}).want(200, &renewed)
	if !renewed.ExpiresAt.Equal(d.ExpiresAt.AddDate(2, 0, 0)) {
		t.Fatalf("expires %v, was %v", renewed.ExpiresAt, d.ExpiresAt)
	}
	var moved api.Domain
	w.call("PUT", "/domains/brand.shop/nameservers", map[string]any{"nameservers": []string{"ns9.example.org"}}).want(200, &moved)
	if !slices.Equal(moved.NameServers, []string{"ns9.example.org"}) {
		t.Fatalf("%v", moved.NameServers)
	}
	var b api.Balance
	w.call("GET", "/balance", nil).want(200, &b)
	if b.Balance.Amount != "958.00" || b.Held.Amount != "0.00" || b.Available != b.Balance {
		t.Fatalf("%+v", b)
	}
	ops, err := w.engine.Read().Operations(t.Context(), operationsOf(w), page(10))
	if err != nil || len(ops) != 3 {
		t.Fatalf("%d operations, %v", len(ops), err)
	}
	var op api.Operation
	w.call("GET", "/operations/"+ops[2].ID, nil).want(200, &op)
	if op.Kind != "register" || op.State != "succeeded" || len(op.Commands) < 2 || op.Commands[len(op.Commands)-1].Verb != "domain:create" ||
		op.Commands[len(op.Commands)-1].Code != 1000 {
		t.Fatalf("%+v", op)
	}
}

// TestOptionalPartsMayBeAbsent also with null, as some languages write it.
func TestOptionalPartsMayBeAbsent(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	bare := func(b map[string]any) { delete(b, "nameservers") }
	w.call("POST", "/domains", registration("bare.shop", bare)).want(201, nil)
	w.call("POST", "/domains", registration("null.shop", func(b map[string]any) {
		b["nameservers"] = nil
		r := ada()
		r["state"], r["organization"] = nil, nil
		b["registrant"] = r
	})).want(201, nil)
	var d api.Domain
	w.call("GET", "/domains/bare.shop", nil).want(200, &d)
	w.call("POST", "/domains", registration("again.shop", func(b map[string]any) {
		delete(b, "registrant")
		b["contact_id"] = d.ContactID
	})).want(201, nil)
}

func TestAnswerIn202WhenTheRegistryIsSlow(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.WaitFor = 20 * time.Millisecond })
	var op api.Operation
	a := w.call("POST", "/domains", registration("slow.shop")).want(202, &op) // no worker yet
	if a.Header().Get("Location") != "https://portal.example/api/v1/operations/"+op.ID || op.State != "running" || a.Header().Get("Retry-After") == "" {
		t.Fatalf("%v %s", a.Header(), a.Body)
	}
	var d api.Domain
	w.call("GET", "/domains/slow.shop", nil).want(200, &d)
	if d.State != "pending_create" {
		t.Fatalf("%+v", d)
	}
	w.call("POST", "/domains/slow.shop/renew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}).problem(409, "conflict", "domain_not_active")
	w.work()
	if _, err := w.engine.WaitOperation(t.Context(), "", op.ID, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	w.call("GET", "/operations/"+op.ID, nil).want(200, &op)
	if op.State != "succeeded" {
		t.Fatalf("%+v", op)
	}
}

func TestFailedOperationSaysWhy(t *testing.T) {
	w := newWorld(t, nil)
	w.registry.Put(registrar.DomainInfo{Name: "taken.shop"})
	w.work()
	a := w.call("POST", "/domains", registration("taken.shop"))
	p := a.problem(409, "operation-failed", "")
	if p.OperationID == "" || p.Code == "" || p.Code == "operation_failed" {
		t.Fatalf("%s", a.Body)
	}
	var op api.Operation
	w.call("GET", "/operations/"+p.OperationID, nil).want(200, &op)
	if op.State != "failed" || op.Failure == nil || op.Failure.Code != p.Code {
		t.Fatalf("%+v", op)
	}
	if balance, held := w.balance(); balance != 100_000 || held != 0 {
		t.Fatalf("a failure cost something: %d, %d held", balance, held)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, nil)
	poor := newPoor(w)
	for _, c := range []struct {
		what   string
		body   map[string]any
		status int
		slug   string
		code   string
		at     string
	}{
		{"bad name", registration("-x-.shop"), 422, "invalid", "bad_name", "body.name"},
		{"not sold", registration("a.unsold"), 422, "unsupported", "tld_not_sold", ""},
		{"period", registration("a.shop", set("period_years", 11)), 422, "invalid", "bad_period", "body.period_years"},
		{"period 0", registration("a.shop", set("period_years", 0)), 422, "invalid", "", "body.period_years"},
		{"no registrant", registration("a.shop", set("registrant", nil)), 422, "invalid", "", "body.registrant"},
		{"both", registration("a.shop", set("contact_id", "con_1")), 422, "invalid", "required", "body.registrant"},
		{"unknown contact", registration("a.shop", drop("registrant"), set("contact_id", "con_1")), 422, "invalid", "unknown_contact", "body.registrant"},
		{"phone", registration("a.shop", holder("phone", "12")), 422, "invalid", "bad_phone", "body.registrant.phone"},
		{"country", registration("a.shop", holder("country_code", "XX")), 422, "invalid", "bad_country", "body.registrant.country_code"},
		{"address", registration("a.shop", holder("email", "nobody")), 422, "invalid", "bad_email", "body.registrant.email"},
		{"host", registration("a.shop", set("nameservers", []string{"-"})), 422, "invalid", "bad_host", "body.nameservers"},
		{"same host", registration("a.shop", set("nameservers", []string{"ns1.example.net", "NS1.example.net"})), 422, "invalid", "duplicate_host", "body.nameservers"},
		{"price", registration("a.shop", set("expected_price", map[string]any{"amount": "11.00", "currency": "USD"})), 409, "price-changed", "price_changed", ""},
		{"price form", registration("a.shop", set("expected_price", map[string]any{"amount": "11.001", "currency": "USD"})), 422, "invalid", "bad_amount", "body.expected_price.amount"},
		{"currency", registration("a.shop", set("expected_price", map[string]any{"amount": "1", "currency": "QQQ"})), 422, "invalid", "bad_currency", "body.expected_price.currency"},
		{"agreement", registration("a.shop", set("agreement_version", "1999")), 422, "invalid", "agreement_not_accepted", "body.agreement_version"},
		{"registry not connected", registration("a.gone"), 503, "unavailable", "unavailable", ""},
	} {
		p := w.call("POST", "/domains", c.body).problem(c.status, c.slug, c.code)
		if c.at != "" && (len(p.Errors) == 0 || p.Errors[0].Location != c.at) {
			t.Errorf("%s: findings %+v", c.what, p.Errors)
		}
	}
	w.call("POST", "/domains", registration("a.shop"), "Authorization", "Bearer "+poor).problem(402, "insufficient-funds", "")
	w.call("POST", "/domains/none.shop/renew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}).problem(404, "not-found", "no_such_domain")
	if balance, held := w.balance(); balance != 100_000 || held != 0 {
		t.Fatalf("a refusal had an effect: %d, %d held", balance, held)
	}
}

func newPoor(w *world) string {
	_, token := w.signUp("poor@example.org", 0)
	return token
}

func set(key string, v any) func(map[string]any) { return func(b map[string]any) { b[key] = v } }
func drop(key string) func(map[string]any)       { return func(b map[string]any) { delete(b, key) } }
func holder(key, v string) func(map[string]any) {
	return func(b map[string]any) { r := ada(); r[key] = v; b["registrant"] = r }
}

func TestScopes(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.own("brand.shop")
	for path, methods := range readSpec(t, w).Paths {
		for method, op := range methods {
			target := strings.NewReplacer("{name}", "brand.shop", "{id}", "op_1").Replace(path)
			allowed := map[registrar.Scope]bool{}
			for _, alternative := range op.Security {
				for _, scope := range alternative["token"] {
					allowed[registrar.Scope(scope)] = true
				}
			}
			if len(allowed) == 0 {
				t.Errorf("%s %s is open to anybody", method, path)
			}
			method = strings.ToUpper(method)
			a := w.call(method, target, nil, "Authorization", "")
			a.problem(401, "unauthenticated", "missing_token")
			if a.Header().Get("WWW-Authenticate") != `Bearer realm="indera"` {
				t.Errorf("WWW-Authenticate %q", a.Header().Get("WWW-Authenticate"))
			}
			for _, scope := range registrar.AllScopes {
				a := w.call(method, target, "{}", "Authorization", "Bearer "+w.issue(w.user, scope))
				if allowed[scope] {
					if a.Code == 401 || a.Code == 403 {
						t.Errorf("%s %s with %s: %d", method, path, scope, a.Code)
					}
					continue
				}
				p := a.problem(403, "forbidden", "missing_scope")
				named := regexp.MustCompile(`scope="([a-z:]+)"`).FindStringSubmatch(a.Header().Get("WWW-Authenticate"))
				if named == nil || !allowed[registrar.Scope(named[1])] || !strings.Contains(p.Detail, named[1]) {
					t.Errorf("%s %s with %s: %q, %q", method, path, scope, p.Detail, a.Header().Get("WWW-Authenticate"))
				}
			}
		}
	}
}

func TestBadTokens(t *testing.T) {
	w := newWorld(t, nil)
	past := time.Now().Add(-time.Hour)
	expired, _, err := w.engine.IssueToken(t.Context(), registrar.System("test"), w.user, "old", registrar.AllScopes, &past)
	if err != nil {
		t.Fatal(err)
	}
	revoked, tok, err := w.engine.IssueToken(t.Context(), registrar.System("test"), w.user, "gone", registrar.AllScopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.RevokeToken(t.Context(), registrar.System("test"), w.user.CustomerID, tok.ID); err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Bearer x", "Bearer " + expired, "Bearer " + revoked, "Bearer " + w.token + "x", "Bearer " + strings.Repeat("a", 5000)} {
		a := w.call("GET", "/balance", nil, "Authorization", header)
		a.problem(401, "unauthenticated", "bad_token")
		if !strings.Contains(a.Header().Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Errorf("WWW-Authenticate %q", a.Header().Get("WWW-Authenticate"))
		}
	}
	for _, header := range []string{"Basic " + w.token, w.token, "Bearer", "Bearer "} {
		w.call("GET", "/balance", nil, "Authorization", header).problem(401, "unauthenticated", "missing_token")
	}
	w.call("GET", "/balance", nil, "Authorization", "bearer  "+w.token).want(200, nil)
}

// TestForeignThingsDoNotExist: the same answers as for what nobody has.
func TestForeignThingsDoNotExist(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	d := w.own("brand.shop")
	ops, err := w.engine.Read().Operations(t.Context(), operationsOf(w), page(1))
	if err != nil {
		t.Fatal(err)
	}
	_, eve := w.signUp("eve@example.org", 100_000)
	as := func(method, path string, body any) *answer {
		return w.call(method, path, body, "Authorization", "Bearer "+eve)
	}
	as("GET", "/domains/brand.shop", nil).problem(404, "not-found", "no_such_domain")
	as("POST", "/domains/brand.shop/renew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}).problem(404, "not-found", "no_such_domain")
	as("PUT", "/domains/brand.shop/nameservers", map[string]any{"nameservers": []string{}}).problem(404, "not-found", "no_such_domain")
	as("GET", "/operations/"+ops[0].ID, nil).problem(404, "not-found", "no_such_operation")
	as("POST", "/domains", registration("eve.shop", drop("registrant"), set("contact_id", d.ContactID))).problem(422, "invalid", "unknown_contact")
	var l api.DomainList
	as("GET", "/domains", nil).want(200, &l)
	if len(l.Domains) != 0 {
		t.Fatalf("%+v", l)
	}
	if n := w.registry.Executed(registrar.VerbDomainRenew, "brand.shop"); n != 0 {
		t.Fatalf("renewed %d times", n)
	}
}

func TestPaging(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	for _, n := range []string{"c", "a", "e", "b", "d"} {
		w.own(n + ".shop")
	}
	var names []string
	next := "/domains?limit=2"
	for range 3 {
		var l api.DomainList
		a := w.call("GET", next, nil).want(200, &l)
		for _, d := range l.Domains {
			names = append(names, d.Name)
			if d.Registrant != nil {
				t.Error("contact data in a list")
			}
		}
		link := regexp.MustCompile(`^<https://portal\.example/api/v1(/domains\?[^>]+)>; rel="next"$`).FindStringSubmatch(a.Header().Get("Link"))
		if (link == nil) != (l.NextCursor == "") {
			t.Fatalf("Link %q, cursor %q", a.Header().Get("Link"), l.NextCursor)
		}
		if link == nil {
			break
		}
		next = link[1]
	}
	if !slices.Equal(names, []string{"a.shop", "b.shop", "c.shop", "d.shop", "e.shop"}) {
		t.Fatalf("%v", names)
	}
	for _, bad := range []string{"x", "!!", "ZDE6", "ZDE6L2V0Yy9wYXNzd2Q"} {
		if p := w.call("GET", "/domains?cursor="+bad, nil).problem(422, "invalid", "bad_cursor"); p.Errors[0].Location != "query.cursor" {
			t.Errorf("%+v", p.Errors)
		}
	}
	w.call("GET", "/domains?limit=0", nil).problem(422, "invalid", "")
	w.call("GET", "/domains?limit=201", nil).problem(422, "invalid", "")
	w.call("GET", "/domains?limit=x", nil).problem(422, "invalid", "")
}

// TestBrokenInput: each stops at the edge, and nothing of it comes back.
func TestBrokenInput(t *testing.T) {
	w := newWorld(t, nil)
	const secret = "hunter2-secret"
	good := `"name":"a.shop","period_years":1,"agreement_version":"2026-12","registrant":{"name":"A","street":["x"],"city":"y","country_code":"GB","phone":"+44.2079460123","email":"a@example.org"}`
	for _, c := range []struct {
		what, body, media string
		status            int
		slug              string
	}{
		{"no body", "", "application/json", 400, "bad-request"},
		{"half", `{"name":"` + secret, "application/json", 400, "bad-request"},
		{"text", secret, "application/json", 400, "bad-request"},
		{"array", `["` + secret + `"]`, "application/json", 422, "invalid"},
		{"null", `null`, "application/json", 422, "invalid"},
		{"trailing", `{` + good + `} "` + secret + `"`, "application/json", 400, "bad-request"},
		{"unknown field", `{` + good + `,"password":"` + secret + `"}`, "application/json", 422, "invalid"},
		{"unknown inner field", strings.Replace(`{`+good+`}`, `"city"`, `"pass":"`+secret+`","city"`, 1), "application/json", 422, "invalid"},
		{"wrong type", `{` + strings.Replace(good, `"period_years":1`, `"period_years":"`+secret+`"`, 1) + `}`, "application/json", 422, "invalid"},
		{"fraction", `{` + strings.Replace(good, `"period_years":1`, `"period_years":1.5`, 1) + `}`, "application/json", 422, "invalid"},
		{"huge number", `{` + strings.Replace(good, `"period_years":1`, `"period_years":1e400`, 1) + `}`, "application/json", 400, "bad-request"},
		{"secret as name", `{` + strings.Replace(good, `"a.shop"`, `"`+secret+`"`, 1) + `}`, "application/json", 422, "invalid"},
		{"secret as host", `{` + good + `,"nameservers":["` + secret + `"]}`, "application/json", 422, "invalid"},
		{"secret as phone", `{` + strings.Replace(good, `+44.2079460123`, secret, 1) + `}`, "application/json", 422, "invalid"},
		{"secret as country", `{` + strings.Replace(good, `"GB"`, `"`+secret+`"`, 1) + `}`, "application/json", 422, "invalid"},
		{"secret as amount", `{` + good + `,"expected_price":{"amount":"` + secret + `","currency":"USD"}}`, "application/json", 422, "invalid"},
		{"not UTF-8", "{\"name\":\"\xff" + secret + "\"}", "application/json", 400, "bad-request"},
		{"form", "name=" + secret, "application/x-www-form-urlencoded", 415, "unsupported-media-type"},
		{"xml", "<a>" + secret + "</a>", "text/xml", 415, "unsupported-media-type"},
		{"nonsense media", `{}`, "/;;", 415, "unsupported-media-type"},
		{"no media", `{` + good + `}`, "", 415, "unsupported-media-type"},
		{"huge", `{"name":"` + strings.Repeat(secret, 6000) + `"}`, "application/json", 413, "too-large"},
		{"deep", strings.Repeat(`[`, 30_000), "application/json", 400, "bad-request"},
	} {
		a := w.call("POST", "/domains", c.body, "Content-Type", c.media)
		a.problem(c.status, c.slug, "")
		if strings.Contains(a.Body.String(), secret) || a.Body.Len() > 8000 {
			t.Errorf("%s: %d bytes answered: %.300s", c.what, a.Body.Len(), a.Body)
		}
	}
	long := strings.Repeat("k", 200)
	if a := w.call("POST", "/domains", `{"`+long+`":1}`); strings.Contains(a.Body.String(), long) {
		t.Errorf("a long member name came back: %s", a.Body)
	}
	w.call("POST", "/domains/check", map[string]any{"names": []string{}}).problem(422, "invalid", "")
	w.call("POST", "/domains/check", map[string]any{"names": slices.Repeat([]string{"a.shop"}, 201)}).problem(422, "invalid", "")
	w.call("POST", "/domains/check", map[string]any{"names": nil}).problem(422, "invalid", "")
	w.call("GET", "/domains/%FF.shop", nil).problem(422, "invalid", "")
	w.call("POST", "/domains/a.shop%2Frenew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}).problem(405, "method-not-allowed", "")
	w.call("GET", "/domains/a.shop%2Frenew", nil).problem(422, "invalid", "bad_name")
	w.call("GET", "/domains/b%c3%bccher.shop", nil).problem(404, "not-found", "no_such_domain")
	if balance, held := w.balance(); balance != 100_000 || held != 0 {
		t.Fatalf("broken input had an effect: %d, %d held", balance, held)
	}
}

func TestRoutesThatDoNotExist(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"", "/", "/nothing", "/domains/", "/domains/a.shop/x/y", "/openapi.json/x"} {
		w.call("GET", path, nil).problem(404, "not-found", "")
	}
	for method, path := range map[string]string{"DELETE": "/domains", "PATCH": "/domains/a.shop", "POST": "/balance", "BREW": "/balance", "TRACE": "/tlds"} {
		a := w.call(method, path, nil)
		a.problem(405, "method-not-allowed", "")
		if a.Header().Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", method, path)
		}
	}
	get := w.call("GET", "/balance", nil).want(200, nil)
	if head := w.call("HEAD", "/balance", nil).want(200, nil); head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
		t.Errorf("HEAD: %v", head.Header())
	}
}
