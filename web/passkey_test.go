package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

func TestPasskey(t *testing.T) {
	h := frozenHouse(t, site)
	h.post()
	ada, user := h.customer("ada@example.org", 0)
	other := h.person()
	other.signIn("ada@example.org", goodPassword).leadsTo("/domains")
	ada.get("/security").has("Add a passkey").hasNot("Recovery codes")
	ada.post("/security/passkeys/new", nil).is(http.StatusOK).has("Make the passkey", "passkey.", "localhost")

	key := h.authenticator()
	options := begin[creation](ada, "/security/passkeys/begin")
	if options.RP.ID != "localhost" || options.User.Name != "ada@example.org" || len(options.Challenge) < 43 {
		t.Errorf("asked for %+v", options)
	}
	ada.post("/security/passkeys", url.Values{"name": {" "}, "passkey": {key.create(options)}}).is(http.StatusUnprocessableEntity).has("Please name the passkey")
	page := ada.keep(key, "Blue key").is(http.StatusOK).has("Recovery codes", "shown this one time")
	if codes := recoveryIn(page.Body); len(codes) != 10 {
		t.Errorf("recovery codes %v", codes)
	}
	h.mail("second_factor_changed", "ada@example.org")
	other.get("/domains").leadsTo("/sign-in") // never gave a second factor
	ada.get("/security").has("Blue key", "10 recovery codes left", "never")
	if options := begin[creation](ada, "/security/passkeys/begin"); len(options.ExcludeCredentials) != 1 || options.ExcludeCredentials[0].ID != b64(key.id) {
		t.Errorf("excluded %v", options.ExcludeCredentials)
	}
	ada.keep(key, "Again").is(http.StatusConflict).has("set up already")
	ada.keep(h.authenticator(), "Phone").leadsTo("/security#passkeys") // no second list of codes

	// Alone, it is both factors: the authenticator must verify the person.
	p := h.person()
	p.get("/sign-in").has("Sign in with a passkey", "Passkeys need JavaScript")
	if o := begin[request](p, "/sign-in/passkey/begin"); o.UserVerification != "required" || len(o.AllowCredentials) != 0 || o.RPID != "localhost" {
		t.Errorf("asked for %+v", o)
	}
	p.enterBy(key).leadsTo("/domains")
	p.get("/domains").is(http.StatusOK)
	key.verifies = false
	h.person().enterBy(key).is(http.StatusUnauthorized).has("could not be used")

	// After the password, touching it is enough.
	p = h.person()
	p.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
	p.get("/sign-in/second").has("Use a passkey", "Recovery code").hasNot("authenticator app")
	key.count++
	o := begin[request](p, "/sign-in/second/passkey/begin")
	if len(o.AllowCredentials) != 2 || o.UserVerification != "preferred" {
		t.Errorf("asked for %+v", o)
	}
	p.post("/sign-in/second/passkey", url.Values{"passkey": {key.get(o)}, "next": {"/wallet"}}).leadsTo("/wallet")
	p.get("/wallet").is(http.StatusOK)
	list, err := h.engine.Sessions(t.Context(), user.ID)
	h.must(err)
	methods := map[registrar.SignInMethod]int{}
	for _, s := range list {
		methods[s.Method]++
	}
	if methods[registrar.ByPasskey] != 1 || methods[registrar.BySecondPasskey] != 1 {
		t.Errorf("methods %v", methods)
	}
}

// TestPasskeyProof: a sensitive act asks for a passkey, and what was typed goes
// on.
func TestPasskeyProof(t *testing.T) {
	h := frozenHouse(t, site)
	h.post()
	ada, _ := h.customer("ada@example.org", 0)
	key := h.authenticator()
	ada.keep(key, "Blue key").is(http.StatusOK)
	h.clock.Advance(registrar.ProofLife)
	move := url.Values{"email": {"ada@elsewhere.example"}}
	ada.post("/security/email", move).is(http.StatusForbidden).has("Confirm with a passkey", "ada@elsewhere.example", "Recovery code").hasNot("Your password")
	move.Set("_password", goodPassword)
	ada.post("/security/email", move).is(http.StatusForbidden) // the password is no second factor
	move.Del("_password")
	key.count++
	move.Set("_passkey", key.get(begin[request](ada, "/security/passkeys/prove")))
	ada.post("/security/email", move).leadsTo("/security")
	h.mail("email_change_confirm", "ada@elsewhere.example")
	h.clock.Advance(registrar.ProofLife)
	ada.post("/security/passkeys/begin", nil).is(http.StatusForbidden) // adding one asks again
	ada.post("/security/email", move).is(http.StatusForbidden).has("could not be used")
}

func TestPasskeyList(t *testing.T) {
	h := frozenHouse(t, site)
	h.post()
	ada, user := h.customer("ada@example.org", 0)
	eve, _ := h.customer("eve@example.org", 0)
	blue, phone := h.authenticator(), h.authenticator()
	ada.keep(blue, "Blue key").is(http.StatusOK)
	h.clock.Advance(time.Second)
	ada.keep(phone, "Phone").leadsTo("/security")
	list, err := h.engine.Passkeys(t.Context(), user.ID)
	h.must(err)
	path := "/security/passkeys/" + list[0].ID
	eve.post(path+"/rename", url.Values{"name": {"Mine"}}).is(http.StatusNotFound)
	eve.post(path+"/remove", nil).is(http.StatusNotFound)
	ada.post(path+"/rename", url.Values{"name": {""}}).is(http.StatusUnprocessableEntity)
	ada.post(path+"/rename", url.Values{"name": {"Red key"}}).leadsTo("/security")
	ada.get("/security").has("Red key", "Phone").hasNot("Blue key")
	ada.post(path+"/remove", nil).leadsTo("/security")
	ada.get("/security").has("Phone", "10 recovery codes left").hasNot("Red key")
	h.person().enterBy(blue).is(http.StatusUnauthorized)
	ada.post("/security/passkeys/"+list[1].ID+"/remove", nil).leadsTo("/security")
	ada.get("/security").hasNot("recovery codes left") // they go with the last second factor
	h.person().signIn("ada@example.org", goodPassword).leadsTo("/domains")
	for range 4 { // two added, two removed
		h.mail("second_factor_changed", "ada@example.org")
	}
}

// TestPasskeyAttacks bends one thing at a time; each time nobody gets in.
func TestPasskeyAttacks(t *testing.T) {
	for name, attack := range map[string]func(h *house, key *authenticator, thief *person) answer{
		"an answer given to another site": func(h *house, key *authenticator, thief *person) answer {
			key.origin = "https://evil.example"
			return thief.enterBy(key)
		},
		"the same host over another port": func(h *house, key *authenticator, thief *person) answer {
			key.origin = "http://localhost:1"
			return thief.enterBy(key)
		},
		"a key of another site": func(h *house, key *authenticator, thief *person) answer {
			key.rpID = "evil.example"
			return thief.enterBy(key)
		},
		"a challenge answered twice": func(h *house, key *authenticator, thief *person) answer {
			key.count++
			form := url.Values{"passkey": {key.get(begin[request](thief, "/sign-in/passkey/begin"))}}
			thief.post("/sign-in/passkey", form).leadsTo("/domains")
			thief.post("/sign-out", nil).leadsTo("/")
			return thief.post("/sign-in/passkey", form)
		},
		"a challenge of another browser": func(h *house, key *authenticator, thief *person) answer {
			key.count++
			begin[request](thief, "/sign-in/passkey/begin")
			return thief.post("/sign-in/passkey", url.Values{"passkey": {key.get(begin[request](h.person(), "/sign-in/passkey/begin"))}})
		},
		"a session copied between question and answer": func(h *house, key *authenticator, thief *person) answer {
			key.count++
			victim := h.person()
			form := url.Values{"passkey": {key.get(begin[request](victim, "/sign-in/passkey/begin"))}}
			*thief = *victim.copyOf()
			victim.post("/sign-in/passkey", form).leadsTo("/domains")
			return thief.post("/sign-in/passkey", form)
		},
		"a challenge that ran out": func(h *house, key *authenticator, thief *person) answer {
			key.count++
			o := begin[request](thief, "/sign-in/passkey/begin")
			h.clock.Advance(5 * time.Minute)
			return thief.post("/sign-in/passkey", url.Values{"passkey": {key.get(o)}})
		},
		"no challenge": func(h *house, key *authenticator, thief *person) answer {
			return thief.post("/sign-in/passkey", url.Values{"passkey": {key.get(request{Challenge: strings.Repeat("A", 43)})}})
		},
		"another key under the same id": func(h *house, key *authenticator, thief *person) answer {
			forged := h.authenticator()
			forged.id, forged.handle, forged.count = key.id, key.handle, key.count
			return thief.enterBy(forged)
		},
		"a key that was never kept": func(h *house, key *authenticator, thief *person) answer {
			stranger := h.authenticator()
			stranger.handle = key.handle
			return thief.enterBy(stranger)
		},
		"the name of somebody else": func(h *house, key *authenticator, thief *person) answer {
			_, eve := h.customer("eve@example.org", 0)
			key.handle = []byte(eve.ID)
			return thief.enterBy(key)
		},
		"a challenge of another kind": func(h *house, key *authenticator, thief *person) answer {
			thief.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
			key.verifies = false
			key.count++
			return thief.post("/sign-in/passkey", url.Values{"passkey": {key.get(begin[request](thief, "/sign-in/second/passkey/begin"))}})
		},
		"a copied key whose counter went back": func(h *house, key *authenticator, thief *person) answer {
			h.person().enterBy(key).leadsTo("/domains")
			key.count--
			return thief.enterBy(key)
		},
		"nonsense": func(h *house, key *authenticator, thief *person) answer {
			begin[request](thief, "/sign-in/passkey/begin")
			return thief.post("/sign-in/passkey", url.Values{"passkey": {`{"id":"x"}`}})
		},
		"far too much": func(h *house, key *authenticator, thief *person) answer {
			begin[request](thief, "/sign-in/passkey/begin")
			return thief.post("/sign-in/passkey", url.Values{"passkey": {strings.Repeat("A", 70<<10)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := frozenHouse(t, site)
			ada, _ := h.customer("ada@example.org", 0)
			key := h.authenticator()
			ada.keep(key, "Blue key").is(http.StatusOK)
			h.person().enterBy(key).leadsTo("/domains") // unbent, it works
			thief := h.person()
			attack(h, key, thief).is(http.StatusUnauthorized).has("This passkey could not be used")
			thief.get("/domains").leadsTo("/sign-in")
		})
	}
}

// TestPasskeyOfAnother: neither at the second step nor as proof does the passkey
// of somebody else help.
func TestPasskeyOfAnother(t *testing.T) {
	h := frozenHouse(t, site)
	ada, _ := h.customer("ada@example.org", 0)
	eve, _ := h.customer("eve@example.org", 0)
	hers, his := h.authenticator(), h.authenticator()
	ada.keep(hers, "Blue key").is(http.StatusOK)
	eve.keep(his, "Black key").is(http.StatusOK)
	thief := h.person()
	thief.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second") // the password is stolen
	for _, handle := range []string{string(his.handle), string(hers.handle), ""} {
		his.count++
		bent := *his
		bent.handle = []byte(handle)
		thief.post("/sign-in/second/passkey", url.Values{"passkey": {bent.get(begin[request](thief, "/sign-in/second/passkey/begin"))}}).is(http.StatusUnauthorized)
	}
	thief.get("/domains").leadsTo("/sign-in")
	// Nor can it be added to another account.
	his.count++
	ada.post("/security/passkeys", url.Values{"name": {"X"}, "passkey": {his.create(begin[creation](ada, "/security/passkeys/begin"))}}).is(http.StatusConflict)
	h.clock.Advance(registrar.ProofLife)
	his.count++
	form := url.Values{"email": {"eve@elsewhere.example"}, "_passkey": {his.get(begin[request](ada, "/security/passkeys/prove"))}}
	ada.post("/security/email", form).is(http.StatusForbidden).has("could not be used")
}

// TestPasskeyHost: who passkeys belong to comes from the configuration; a
// forged Host header changes nothing.
func TestPasskeyHost(t *testing.T) {
	h := frozenHouse(t, site)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		p := h.person()
		req := p.request(http.MethodPost, "/sign-in/passkey/begin", url.Values{})
		req.Host = strings.Replace(req.URL.Host, "127.0.0.1", host, 1)
		req.Header.Set("Origin", "http://"+req.Host)
		req.Header.Set("X-Forwarded-Host", "evil.example")
		if res := p.do(req).is(http.StatusOK); !strings.Contains(res.Body, `"rpId":"localhost"`) {
			t.Errorf("asked as %s: %s", host, res.Body)
		}
	}
	req := h.person().request(http.MethodPost, "/sign-in/passkey/begin", url.Values{})
	req.Host = "evil.example"
	h.person().do(req).is(http.StatusMisdirectedRequest)
	cross := h.person().request(http.MethodPost, "/sign-in/passkey/begin", url.Values{})
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	h.person().do(cross).is(http.StatusForbidden)
}

// TestPasskeysNeedAName: at an IP address the pages say so and no button is
// dead.
func TestPasskeysNeedAName(t *testing.T) {
	for name, public := range map[string]func(o *web.Options){
		"an IP address": func(*web.Options) {},
		"no https":      func(o *web.Options) { o.Hosts, o.PublicURL = []string{"127.0.0.1"}, "http://indera.example" },
	} {
		t.Run(name, func(t *testing.T) {
			h := frozenHouse(t, public)
			ada, _ := h.customer("ada@example.org", 0)
			h.person().get("/sign-in").has("they need the site to be reached by its name").hasNot("Sign in with a passkey")
			ada.get("/security").has("they need the site to be reached by its name").hasNot("Add a passkey")
			ada.post("/security/passkeys/begin", nil).is(http.StatusConflict)
			h.person().post("/sign-in/passkey/begin", nil).is(http.StatusConflict)
			h.person().post("/sign-in/passkey", nil).is(http.StatusConflict)
		})
	}
}

// TestPasskeyFlood: challenges are rows, so strangers get few.
func TestPasskeyFlood(t *testing.T) {
	h := frozenHouse(t, site, func(o *web.Options) {
		l := portal.DefaultLimits()
		l.SignInAddress = ratelimit.Rule{PerSecond: 0.0001, Burst: 4}
		l.Prove = ratelimit.Rule{PerSecond: 0.0001, Burst: 2}
		o.PortalLimits = &l
	})
	ada, _ := h.customer("ada@example.org", 0) // one try
	ada.keep(h.authenticator(), "Blue key").is(http.StatusOK)
	for range 2 {
		ada.post("/security/passkeys/prove", nil).is(http.StatusOK)
	}
	ada.post("/security/passkeys/prove", nil).is(http.StatusTooManyRequests)
	for range 3 {
		h.person().post("/sign-in/passkey/begin", nil).is(http.StatusOK)
	}
	h.person().post("/sign-in/passkey/begin", nil).is(http.StatusTooManyRequests)
}
