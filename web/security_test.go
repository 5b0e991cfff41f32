package web_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/admin"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

func TestForeignSitesCanNotPost(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	form := url.Values{"amount": {"5.00"}, "key": {"6b3f7c54-6f0e-4f5e-9d0a-0a4a2f0c7d11"}}
	for name, headers := range map[string]map[string]string{
		"cross-site fetch":         {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"same-site, other origin":  {"Sec-Fetch-Site": "same-site", "Origin": "http://other.127.0.0.1"},
		"no origin told":           {"Sec-Fetch-Site": "cross-site", "Origin": ""},
		"old browser, evil origin": {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
		"null origin":              {"Sec-Fetch-Site": "", "Origin": "null"},
	} {
		req := ada.request(http.MethodPost, "/wallet/top-up", form)
		for k, v := range headers {
			if req.Header.Del(k); v != "" {
				req.Header.Set(k, v)
			}
		}
		if res := ada.do(req); res.Status != http.StatusForbidden {
			t.Errorf("%s: status %d", name, res.Status)
		}
	}
	if acc, err := h.engine.Balance(t.Context(), user.CustomerID); err != nil || acc.Balance != 100_00 {
		t.Fatalf("balance %d, %v: a foreign site moved money", acc.Balance, err)
	}
	ada.post("/wallet/top-up", form).leadsTo("/wallet")
}

func TestCookies(t *testing.T) {
	h := newHouse(t)
	res := h.person().get("/?q=garden")
	if c := res.Header.Get("Set-Cookie"); c != "" {
		t.Errorf("a visitor who only looks gets a cookie: %s", c)
	}
	check := func(h *house, path, email, name string, secure bool) {
		t.Helper()
		res := h.person().post(path, url.Values{"email": {email}, "password": {goodPassword}}).is(http.StatusSeeOther)
		cookie := ""
		for _, c := range res.Header.Values("Set-Cookie") {
			if strings.HasPrefix(c, name+"=") {
				cookie = c
			}
		}
		if !strings.HasPrefix(cookie, name+"=") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/") {
			t.Errorf("cookie %q", cookie)
		}
		if strings.Contains(cookie, "Secure") != secure {
			t.Errorf("cookie %q, want secure %v", cookie, secure)
		}
	}
	h.customer("ada@example.org", 0)
	h.staff()
	check(h, "/sign-in", "ada@example.org", "indera", false)
	check(h, "/admin/sign-in", "grace@registrar.example", "indera_staff", false)
	s := newHouse(t, func(o *web.Options) { o.Secure = true })
	_, _, err := s.engine.SignUp(t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: goodPassword})
	s.must(err)
	check(s, "/sign-in", "ada@example.org", "__Host-indera", true)
	if hsts := s.person().get("/").Header.Get("Strict-Transport-Security"); !strings.Contains(hsts, "max-age=31536000") {
		t.Errorf("Strict-Transport-Security %q", hsts)
	}
}

func TestTokenChangesAtSignIn(t *testing.T) {
	h := newHouse(t)
	_, _, err := h.engine.SignUp(t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: goodPassword})
	h.must(err)
	p := h.person()
	cookie := func() string {
		u, err := url.Parse(h.url)
		h.must(err)
		for _, c := range p.client.Jar.Cookies(u) {
			if c.Name == "indera" {
				return c.Value
			}
		}
		return ""
	}
	p.post("/basket/add", url.Values{"name": {"garden.shop"}}).is(http.StatusSeeOther)
	before := cookie()
	p.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}}).leadsTo("/domains")
	after := cookie()
	if before == "" || after == "" || before == after {
		t.Fatalf("token %q before and %q after sign-in", before, after)
	}
	p.get("/basket").has("garden.shop") // what was chosen before is kept
	thief := h.person()
	req := thief.request(http.MethodGet, "/domains", nil)
	req.AddCookie(&http.Cookie{Name: "indera", Value: before})
	thief.do(req).leadsTo("/sign-in")
	p.post("/sign-out", nil).leadsTo("/")
	req = thief.request(http.MethodGet, "/domains", nil)
	req.AddCookie(&http.Cookie{Name: "indera", Value: after})
	thief.do(req).leadsTo("/sign-in")
}

func TestSessionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		step  time.Duration
		steps int
	}{
		"after half a day without a request": {12 * time.Hour, 1},
		"after a week in any case":           {11 * time.Hour, 16},
	} {
		t.Run(name, func(t *testing.T) {
			// A store that does not expire by itself: the rule under test is ours.
			h := frozenHouse(t, func(o *web.Options) { o.Sessions = forever{memstore.New()} })
			ada, _ := h.customer("ada@example.org", 0)
			for i := range c.steps {
				h.clock.Advance(c.step)
				if res := ada.get("/domains"); res.Status != http.StatusOK {
					if i < c.steps-1 {
						t.Fatalf("session ended after %v", time.Duration(i+1)*c.step)
					}
					res.leadsTo("/sign-in")
					return
				}
			}
			t.Fatal("the session never ended")
		})
	}
}

func TestStaffAndCustomersHaveDoorsOfTheirOwn(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	grace := h.staff()
	ada.get("/admin").leadsTo("/admin/sign-in")
	ada.get("/admin/customers").leadsTo("/admin/sign-in")
	grace.get("/domains").leadsTo("/sign-in")
	wrong := "E-mail address or password is wrong."
	h.person().post("/admin/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}}).is(http.StatusUnauthorized).has(wrong)
	h.person().post("/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {goodPassword}}).is(http.StatusUnauthorized).has(wrong)
	// A customer's token in the staff's cookie opens nothing.
	u, err := url.Parse(h.url)
	h.must(err)
	for _, c := range ada.client.Jar.Cookies(u) {
		p := h.person()
		req := p.request(http.MethodGet, "/admin", nil)
		req.AddCookie(&http.Cookie{Name: "indera_staff", Value: c.Value})
		p.do(req).leadsTo("/admin/sign-in")
	}
	for _, path := range []string{"/admin/commands/cmd_x/retry", "/admin/commands/cmd_x/resolve"} {
		ada.post(path, url.Values{"reason": {"x"}, "as": {"done"}}).leadsTo("/admin/sign-in")
	}
}

func TestSignInTellsNothing(t *testing.T) {
	h := newHouse(t)
	h.customer("ada@example.org", 0)
	known := h.person().post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {"wrong password"}}).is(http.StatusUnauthorized)
	unknown := h.person().post("/sign-in", url.Values{"email": {"bob@example.org"}, "password": {"wrong password"}}).is(http.StatusUnauthorized)
	clean := func(a answer, email string) string {
		text := strings.ReplaceAll(textOf(a.Body), email, "")
		if i := strings.Index(text, "Reference"); i >= 0 {
			text = text[:i] + text[i+len("Reference ")+36:]
		}
		return text
	}
	if a, b := clean(known, "ada@example.org"), clean(unknown, "bob@example.org"); a != b {
		t.Errorf("known and unknown addresses differ:\n%s\n%s", a, b)
	}
	known.has(`value="ada@example.org"`).hasNot("wrong password")
}

func TestNoOpenRedirect(t *testing.T) {
	h := newHouse(t)
	h.customer("ada@example.org", 0)
	for next, want := range map[string]string{
		"/wallet": "/wallet", "/orders?after=x": "/orders?after=x",
		"https://evil.example/": "/domains", "//evil.example/": "/domains", `/\evil.example`: "/domains", "/\t/evil.example": "/domains",
		"javascript:alert(1)": "/domains", "/x?u=https://evil.example": "/domains", "": "/domains",
	} {
		p := h.person()
		if field := p.get("/sign-in?next=" + url.QueryEscape(next)).value("next"); field != strings.ReplaceAll(want, "&", "&amp;") {
			t.Errorf("next %q: the form carries %q", next, field)
		}
		res := p.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}, "next": {next}}).is(http.StatusSeeOther)
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
	res := h.person().post("/basket/add", url.Values{"name": {"garden.shop"}, "next": {"https://evil.example/"}}).is(http.StatusSeeOther)
	if got := res.Header.Get("Location"); got != "/basket" {
		t.Errorf("basket leads to %q", got)
	}
}

func TestForgedHost(t *testing.T) {
	h := newHouse(t, func(o *web.Options) { o.Hosts = []string{"portal.example"} })
	p := h.person()
	for host, want := range map[string]int{"": 200, "portal.example": 200, "Portal.Example:8443": 200, "evil.example": 421, "portal.example.evil.example": 421} {
		req := p.request(http.MethodGet, "/pricing", nil)
		req.Host = host
		p.do(req).is(want).hasNot("evil.example")
	}
}

func TestRequestIDs(t *testing.T) {
	h := newHouse(t)
	ask := func(h *house) string {
		req := h.person().request(http.MethodGet, "/pricing", nil)
		req.Header.Set("X-Request-Id", "given-by-caller-1")
		return h.person().do(req).Header.Get("X-Request-Id")
	}
	if id := ask(h); id == "" || id == "given-by-caller-1" {
		t.Errorf("request id %q from a stranger", id)
	}
	trusted := newHouse(t, func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	if id := ask(trusted); id != "given-by-caller-1" {
		t.Errorf("request id %q behind our proxy", id)
	}
}

func TestRateLimits(t *testing.T) {
	slow := ratelimit.Rule{PerSecond: 0.001, Burst: 2}
	h := newHouse(t, func(o *web.Options) {
		o.PortalLimits = &portal.Limits{Search: slow, SignInAddress: ratelimit.Rule{PerSecond: 0.001, Burst: 3}, SignInAccount: slow, SignUp: slow}
		o.AdminLimits = &admin.Limits{SignInAddress: slow, SignInAccount: slow}
	})
	tooMany := func(name string, allowed int, ask func(i int) answer) {
		t.Helper()
		for i := range allowed {
			if res := ask(i); res.Status == http.StatusTooManyRequests {
				t.Fatalf("%s: refused at request %d", name, i+1)
			}
		}
		res := ask(allowed).is(http.StatusTooManyRequests).has("Too many tries", "You can try again in")
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || s < 1 {
			t.Errorf("%s: Retry-After %q", name, res.Header.Get("Retry-After"))
		}
	}
	in := func(path, email string) answer {
		return h.person().post(path, url.Values{"email": {email}, "password": {"wrong password"}})
	}
	tooMany("search", 2, func(int) answer { return h.person().get("/?q=garden") })
	h.person().get("/").is(http.StatusOK) // only searching is limited
	tooMany("one account", 2, func(int) answer { return in("/sign-in", "ada@example.org") })
	h.person().get("/sign-in").is(http.StatusOK)
	in("/sign-in", "other@example.org").is(http.StatusTooManyRequests) // the address has used up its three
	tooMany("staff", 2, func(i int) answer { return in("/admin/sign-in", strconv.Itoa(i)+"@registrar.example") })
	tooMany("sign-up", 2, func(i int) answer {
		return h.person().post("/sign-up", url.Values{"email": {strconv.Itoa(i) + "@example.org"}})
	})
}

// TestStrangersDoNotLockTheOwnerOut: whoever guesses uses up the tries of the
// account; a browser that has signed in to it before has tries of its own, and
// no endless ones.
func TestStrangersDoNotLockTheOwnerOut(t *testing.T) {
	slow := ratelimit.Rule{PerSecond: 0.001, Burst: 3}
	h := newHouse(t, func(o *web.Options) {
		o.PortalLimits = &portal.Limits{SignInAccount: slow}
		o.AdminLimits = &admin.Limits{SignInAccount: slow}
	})
	ada, _ := h.customer("ada@example.org", 0)
	grace := h.staff()
	for path, owner := range map[string]struct {
		*person
		out, email, home string
	}{"/sign-in": {ada, "/sign-out", "ada@example.org", "/domains"}, "/admin/sign-in": {grace, "/admin/sign-out", "grace@registrar.example", "/admin"}} {
		try := func(p *person, password string) answer {
			return p.post(path, url.Values{"email": {owner.email}, "password": {password}})
		}
		guess := func(p *person) (refused int) {
			for range 5 {
				if try(p, "wrong password").Status == http.StatusTooManyRequests {
					refused++
				}
			}
			return refused
		}
		if guess(h.person()) == 0 {
			t.Errorf("%s: a stranger may guess on", path)
		}
		owner.post(owner.out, nil)
		try(owner.person, goodPassword).leadsTo(owner.home)
		owner.post(owner.out, nil)
		try(h.person(), goodPassword).is(http.StatusTooManyRequests) // from nowhere that we know
		if guess(owner.person) == 0 {
			t.Errorf("%s: a known browser may guess on", path)
		}
	}
}

func TestTooLarge(t *testing.T) {
	h := newHouse(t)
	h.person().post("/basket/add", url.Values{"name": {strings.Repeat("a", 1<<20)}}).is(http.StatusRequestEntityTooLarge)
}

// TestAPIJudgesSizeItself: a program gets the API's problem document, not the
// words for a page.
func TestAPIJudgesSizeItself(t *testing.T) {
	h := newHouse(t, func(o *web.Options) {
		o.API = func(e *echo.Echo) error {
			e.POST("/api/v1/domains", func(c echo.Context) error { return c.NoContent(http.StatusTeapot) })
			return nil
		}
	})
	h.person().post("/api/v1/domains", url.Values{"name": {strings.Repeat("a", 1<<20)}}).is(http.StatusTeapot)
}

// TestRefusedBeforeTheAPI: what the server itself refuses below /api/ carries a
// code for programs.
func TestRefusedBeforeTheAPI(t *testing.T) {
	h := newHouse(t)
	refused := func(what string, status int, code string, change func(*http.Request)) {
		t.Helper()
		req := h.person().request(http.MethodPost, "/api/v1/domains", url.Values{})
		change(req)
		res := h.person().do(req).is(status)
		var p struct {
			Code      string
			RequestID string `json:"request_id"`
			Status    int
		}
		if err := json.Unmarshal([]byte(res.Body), &p); err != nil || p.Code != code || p.Status != status || p.RequestID != res.Header.Get("X-Request-Id") {
			t.Errorf("%s: %s (%v)", what, res.Body, err)
		}
	}
	refused("another host", http.StatusMisdirectedRequest, "misdirected_request", func(r *http.Request) { r.Host = "evil.example" })
	refused("another site", http.StatusForbidden, "forbidden", func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
	})
}

// TestDatabaseGone: pages say that something is missing instead of hanging or
// telling secrets.
func TestDatabaseGone(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	h.stop()
	h.must(h.store.Close())
	for _, path := range []string{"/domains", "/wallet"} {
		res := ada.get(path)
		if res.Status != http.StatusServiceUnavailable && res.Status != http.StatusInternalServerError {
			t.Fatalf("%s: status %d", path, res.Status)
		}
		res.has("Reference").hasNot("sql", "database is closed", "SELECT")
	}
	h.person().get("/agreement").is(http.StatusOK) // needs no database
}

func TestWrongOptions(t *testing.T) {
	h := newHouse(t)
	for name, o := range map[string]web.Options{
		"no engine":  {Sessions: h.store.Sessions(), PublicURL: "http://x.example"},
		"no store":   {Engine: h.engine, PublicURL: "http://x.example"},
		"no address": {Engine: h.engine, Sessions: h.store.Sessions()},
		"path":       {Engine: h.engine, Sessions: h.store.Sessions(), PublicURL: "http://x.example/shop"},
		"scheme":     {Engine: h.engine, Sessions: h.store.Sessions(), PublicURL: "ftp://x.example"},
	} {
		if _, err := web.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
