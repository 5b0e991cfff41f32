package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

// enrol sets an authenticator app up and returns a function for its codes, and
// the recovery codes.
func (p *person) enrol() (code func() string, recovery []string) {
	p.h.t.Helper()
	page := p.post("/security/totp", nil).is(http.StatusOK).has("Scan this picture", "data:image/png;base64,")
	found := regexp.MustCompile(`<code id="secret">([A-Z2-7 ]+)</code>`).FindStringSubmatch(page.Body)
	if found == nil {
		p.h.t.Fatalf("no key:\n%s", textOf(page.Body))
	}
	secret := strings.ReplaceAll(found[1], " ", "")
	code = func() string {
		c, err := totp.GenerateCode(secret, p.h.clock.Now())
		p.h.must(err)
		return c
	}
	p.post("/security/totp/confirm", url.Values{"code": {"000000"}}).is(http.StatusUnauthorized).has("This code is wrong", found[1])
	page = p.post("/security/totp/confirm", url.Values{"code": {code()}}).is(http.StatusOK).has("Recovery codes", "shown this one time")
	recovery = recoveryIn(page.Body)[:10]
	p.h.clock.Advance(30 * time.Second)
	return code, recovery
}

func recoveryIn(body string) []string {
	list, _, _ := strings.Cut(body, "data-copy")
	return regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindAllString(list, -1)
}

func TestSecondStep(t *testing.T) {
	h := frozenHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	code, recovery := ada.enrol()
	ada.get("/security").has("Authenticator app since", "10 recovery codes left")

	p := h.person()
	p.get("/sign-in/second").leadsTo("/sign-in")
	p.post("/sign-in/second", url.Values{"code": {code()}}).leadsTo("/sign-in") // no password was given
	p.signIn("ada@example.org", "wrong password").is(http.StatusUnauthorized)
	p.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}, "next": {"/wallet"}}).leadsTo("/sign-in/second?next=%2Fwallet")
	p.get("/domains").leadsTo("/sign-in") // half-way is not in
	p.get("/sign-in/second?next=%2Fwallet").is(http.StatusOK).has("Six digits")
	p.post("/sign-in/second", url.Values{"code": {"123456"}, "next": {"/wallet"}}).is(http.StatusUnauthorized)
	used := code()
	p.post("/sign-in/second", url.Values{"code": {used}, "next": {"/wallet"}}).leadsTo("/wallet")
	p.get("/wallet").is(http.StatusOK)

	// The same code, sent again from another browser, opens nothing.
	thief := h.person()
	thief.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
	thief.post("/sign-in/second", url.Values{"code": {used}}).is(http.StatusUnauthorized).has("used already")
	thief.post("/sign-in/second", url.Values{"code": {recovery[0]}, "next": {"https://evil.example/"}}).leadsTo("/domains")
	h.person().get("/sign-in/second").leadsTo("/sign-in")
	ada.get("/security").has("9 recovery codes left")

	// Half-way lasts five minutes.
	slow := h.person()
	slow.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
	h.clock.Advance(5 * time.Minute)
	slow.post("/sign-in/second", url.Values{"code": {code()}}).leadsTo("/sign-in")
	slow.get("/domains").leadsTo("/sign-in")
}

func TestSecondStepGuessing(t *testing.T) {
	h := frozenHouse(t, func(o *web.Options) {
		l := portal.DefaultLimits()
		l.Prove = ratelimit.Rule{PerSecond: 0.0001, Burst: 4}
		o.PortalLimits = &l
	})
	ada, _ := h.customer("ada@example.org", 0)
	code, _ := ada.enrol() // two tries
	for range 2 {
		p := h.person() // another browser does not help
		p.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
		p.post("/sign-in/second", url.Values{"code": {"123456"}}).is(http.StatusUnauthorized)
	}
	p := h.person()
	p.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
	p.post("/sign-in/second", url.Values{"code": {code()}}).is(http.StatusTooManyRequests)
}

// TestProofIsAskedFor: a thief with a session can't move names or money, and
// the form that asks keeps what was typed.
func TestProofIsAskedFor(t *testing.T) {
	h := frozenHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	form := url.Values{"name": {"CI <1>"}, "days": {"30"}, "scopes": {"domains:read", "orders"}}
	h.clock.Advance(registrar.ProofLife)
	ada.post("/security/tokens", form).is(http.StatusForbidden).has("Confirm that it is you", `action="/security/tokens"`,
		`name="name" value="CI &lt;1&gt;"`, `name="scopes" value="domains:read"`, `name="scopes" value="orders"`, `name="_password"`)
	for _, path := range []string{"/checkout", "/domains/garden.shop/nameservers", "/domains/garden.shop/renew", "/security/totp", "/security/totp/remove",
		"/security/recovery", "/security/email", "/users/invite", "/users/" + user.ID + "/role", "/users/" + user.ID + "/remove", "/account/export", "/account/close"} {
		ada.post(path, url.Values{"x": {"y"}}).is(http.StatusForbidden).has("Confirm that it is you")
	}
	form.Set("_password", "wrong password")
	ada.post("/security/tokens", form).is(http.StatusForbidden).has("The password is wrong.").hasNot("wrong password")
	form.Set("_password", goodPassword)
	ada.post("/security/tokens", form).is(http.StatusOK).has("Your new API token")
	form.Del("_password")
	ada.post("/security/tokens", form).is(http.StatusOK) // for ten minutes
	code, _ := ada.enrol()
	h.clock.Advance(registrar.ProofLife)
	ada.post("/security/tokens", form).is(http.StatusForbidden).has("authenticator app").hasNot(`name="_password"`)
	form.Set("_password", goodPassword) // does not stand in for the code
	ada.post("/security/tokens", form).is(http.StatusForbidden)
	form.Set("_code", code())
	ada.post("/security/tokens", form).is(http.StatusOK).has("Your new API token")
}

func TestRolesOnPages(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 0)
	link := h.link("verify_email", "ada@example.org")
	ada.post("/verify", ticketOf(link)).leadsTo("/security")
	ada.get("/users").is(http.StatusOK).has("Invite somebody")
	ada.post("/users/invite", url.Values{"email": {"nonsense"}, "role": {"technical"}}).is(http.StatusUnprocessableEntity)
	pages := map[string]map[string]int{
		"technical": {"/domains": 200, "/wallet": 403, "/users": 403, "/orders": 200, "/account/close": 403, "/security": 200, "/checkout": 403},
		"billing":   {"/domains": 200, "/wallet": 200, "/users": 403, "/checkout": 303, "/security": 200},
		"read_only": {"/domains": 200, "/wallet": 403, "/users": 403, "/security": 200, "/contacts": 200},
	}
	acts := map[string]map[string]int{ // 404: allowed, and there is no such name
		"technical": {"/domains/x.shop/nameservers": 404, "/domains/x.shop/renew": 403, "/security/tokens": 400, "/users/invite": 403, "/account/export": 403, "/wallet/top-up": 403},
		"billing":   {"/domains/x.shop/nameservers": 403, "/security/tokens": 403, "/wallet/top-up": 400, "/account/close": 403},
		"read_only": {"/domains/x.shop/nameservers": 403, "/domains/x.shop/renew": 403, "/security/tokens": 403, "/checkout": 403, "/wallet/top-up": 403, "/users/invite": 403},
	}
	for role := range pages {
		email := role + "@example.org"
		ada.post("/users/invite", url.Values{"email": {email}, "role": {role}}).leadsTo("/users")
		link := h.link("invitation", email)
		ada.get("/users").has(email)
		p := h.person()
		p.get(link).is(http.StatusOK).has(email, "Make my login")
		form := ticketOf(link)
		form.Set("name", "Bob")
		form.Set("password", "short")
		p.post("/invitation", form).is(http.StatusUnprocessableEntity).has("12 to 128")
		form.Set("password", otherPassword)
		p.post("/invitation", form).leadsTo("/domains")
		p.post("/invitation", form).is(http.StatusUnprocessableEntity).has("used already")
		for path, want := range pages[role] {
			if res := p.get(path); res.Status != want {
				t.Errorf("%s GET %s: %d, want %d", role, path, res.Status, want)
			}
		}
		for path, want := range acts[role] {
			if res := p.post(path, nil); res.Status != want {
				t.Errorf("%s POST %s: %d, want %d", role, path, res.Status, want)
			}
		}
		page := p.get("/domains")
		if strings.Contains(page.Body, `href="/users"`) || strings.Contains(page.Body, `href="/wallet" `) && role != "billing" {
			t.Errorf("%s is shown what it may not use", role)
		}
	}
	p := h.person()
	p.signIn("read_only@example.org", otherPassword).leadsTo("/domains")
	users, _, err := h.engine.Team(t.Context(), user.CustomerID)
	h.must(err)
	var reader string
	for _, u := range users {
		if u.Email == "read_only@example.org" {
			reader = u.ID
		}
	}
	p.get("/wallet").is(http.StatusForbidden).has("Your role (read-only)")
	ada.post("/users/"+reader+"/role", url.Values{"role": {"billing"}}).leadsTo("/users")
	p.get("/wallet").is(http.StatusOK) // counts at once
	ada.post("/users/"+user.ID+"/role", url.Values{"role": {"billing"}}).is(http.StatusConflict).has("needs an owner")
	ada.post("/users/"+user.ID+"/remove", nil).is(http.StatusConflict).has("needs an owner")
	eve, _ := h.customer("eve@example.org", 0)
	eve.post("/users/"+reader+"/remove", nil).is(http.StatusNotFound)
	ada.post("/users/"+reader+"/remove", nil).leadsTo("/users")
	p.get("/domains").leadsTo("/sign-in")
}

func TestExportAndClosing(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, user := h.customer("ada@example.org", 5)
	res := ada.post("/account/export", nil).is(http.StatusOK)
	if !json.Valid([]byte(res.Body)) || !strings.Contains(res.Body, user.CustomerID) || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export %q %s", res.Header, res.Body)
	}
	if !strings.Contains(res.Body, `"to_address":"ada@example.org"`) || !strings.Contains(res.Body, "[secret]") || strings.Contains(res.Body, "INDERA-SECRET") {
		t.Errorf("mails in the export: %s", res.Body)
	}
	ada.get("/account/close").is(http.StatusOK).has("There are still 5.00 USD")
	ada.post("/account/close", url.Values{"name": {"Ada ada@example.org"}}).is(http.StatusConflict).has("There are still")
	eve, _ := h.customer("eve@example.org", 0)
	eve.get("/account/close").is(http.StatusOK).has("can't be undone", "evidence of changes", "erased when its time is over")
	eve.get("/agreement").is(http.StatusOK).has("comes back to your balance")
	eve.post("/account/close", url.Values{"name": {"Eve"}}).is(http.StatusUnprocessableEntity).has("Please type the name")
	eve.post("/account/close", url.Values{"name": {"Ada eve@example.org"}}).is(http.StatusOK).has("The account is closed").hasNot("eve@example.org")
	h.mail("account_closed", "eve@example.org")
	eve.get("/domains").leadsTo("/sign-in")
	eve.signIn("eve@example.org", goodPassword).is(http.StatusUnauthorized)
}

func TestTokenNetworksOnThePage(t *testing.T) {
	h := frozenHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	form := url.Values{"name": {"CI"}, "days": {"30"}, "scopes": {string(registrar.ScopeDomainsRead)}, "networks": {"192.0.2.0/33"}}
	ada.post("/security/tokens", form).is(http.StatusUnprocessableEntity).has("is not an address or network", "192.0.2.0/33")
	form.Set("networks", "192.0.2.0/24, 2001:db8::1")
	ada.post("/security/tokens", form).is(http.StatusOK).has("Your new API token", "192.0.2.0/24", "2001:db8::1/128")
}
