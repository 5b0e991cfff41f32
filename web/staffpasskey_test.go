package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
)

func mustHaveFactor(o *web.Options) { o.StaffSecondFactor = true }

// TestStaffPasskey: at the admin door a passkey is the second step, stands in for
// the password, and proves who one is.
func TestStaffPasskey(t *testing.T) {
	h := frozenHouse(t, site, mustHaveFactor)
	h.post()
	_, user := h.customer("ada@example.org", 0)
	customer := "/admin/customers/" + user.CustomerID
	grace := h.staff()
	checkMarkup(t, "/admin/security", grace.get("/admin/security").has("set a second step up first", "Add a passkey"))
	checkMarkup(t, "/admin/security/passkeys/new", grace.post("/admin/security/passkeys/new", nil).is(http.StatusOK).has("Make the passkey", `data-begin="/admin/security/passkeys/begin"`))
	key := h.authenticator()
	options := begin[creation](grace, "/admin/security/passkeys/begin")
	if options.RP.ID != "localhost" || options.User.Name != "grace@registrar.example" {
		t.Errorf("asked for %+v", options)
	}
	grace.keepAt("/admin", key, " ").is(http.StatusUnprocessableEntity).has("Please name the passkey")
	codes := recoveryIn(grace.keepAt("/admin", key, "Blue key").is(http.StatusOK).has("Recovery codes", `href="/admin/security"`).Body)
	if len(codes) != 10 {
		t.Errorf("recovery codes %v", codes)
	}
	h.mail("second_factor_changed", "grace@registrar.example")
	grace.get("/admin").is(http.StatusOK) // opens now
	checkMarkup(t, "/admin/security", grace.get("/admin/security").has("Blue key", "10 recovery codes left").hasNot("first, by a passkey"))

	p := h.person()
	checkMarkup(t, "/admin/sign-in", p.get("/admin/sign-in").has("Sign in with a passkey"))
	if o := begin[request](p, "/admin/sign-in/passkey/begin"); o.UserVerification != "required" || len(o.AllowCredentials) != 0 {
		t.Errorf("asked for %+v", o)
	}
	p.enterAt("/admin", key).leadsTo("/admin")
	p.get("/admin").is(http.StatusOK)
	key.verifies = false // a touch is one factor, not two
	h.person().enterAt("/admin", key).is(http.StatusUnauthorized).has("could not be used")

	p = h.person()
	staffForm(p).leadsTo("/admin/sign-in/second")
	checkMarkup(t, "/admin/sign-in/second", p.get("/admin/sign-in/second").has("Use a passkey", "Recovery code"))
	p.answers(key, "/admin/sign-in/second/passkey").leadsTo("/admin")
	h.clock.Advance(registrar.ProofLife)
	form := url.Values{"key": {p.get(customer).value("key")}, "direction": {"credit"}, "amount": {"1"}, "reason": {"goodwill"}}
	checkMarkup(t, "proof", p.post(customer+"/adjust", form).is(http.StatusForbidden).has("Confirm with a passkey", "goodwill", `data-begin="/admin/security/passkeys/prove"`))
	key.count++
	form.Set("_passkey", key.get(begin[request](p, "/admin/security/passkeys/prove")))
	p.post(customer+"/adjust", form).leadsTo(customer)
	h.clock.Advance(registrar.ProofLife)
	p.post(customer+"/adjust", form).is(http.StatusForbidden).has("could not be used") // an answer counts once
	p.post("/admin/security/passkeys/begin", nil).is(http.StatusForbidden)             // adding one asks, too

	list, err := h.engine.Sessions(t.Context(), h.userOf("grace@registrar.example").ID)
	h.must(err)
	methods := map[registrar.SignInMethod]int{}
	for _, s := range list {
		methods[s.Method]++
	}
	if methods[registrar.ByPasskey] != 1 || methods[registrar.BySecondPasskey] != 1 {
		t.Errorf("methods %v", methods)
	}
}

func (h *house) userOf(email string) registrar.User {
	h.t.Helper()
	u, err := h.store.UserByEmail(h.t.Context(), email)
	h.must(err)
	return u
}

// TestPasskeyOfTheOtherDoor: portal and admin lie at one name, so a browser
// offers the passkeys of both. Each door takes its own people alone.
func TestPasskeyOfTheOtherDoor(t *testing.T) {
	h := frozenHouse(t, site)
	ada, _ := h.customer("ada@example.org", 0)
	grace := h.staff()
	hers, ours := h.authenticator(), h.authenticator()
	ada.keep(hers, "Phone").is(http.StatusOK)
	grace.keepAt("/admin", ours, "Blue key").is(http.StatusOK)
	for door, key := range map[string]*authenticator{"": ours, "/admin": hers} {
		p := h.person()
		p.enterAt(door, key).is(http.StatusUnauthorized).has("This passkey could not be used")
		p.get(door + "/security").leadsTo(door + "/sign-in")
	}
	// A challenge of one door is no good at the other, in the same browser.
	p := h.person()
	ours.count++
	p.post("/admin/sign-in/passkey", url.Values{"passkey": {ours.get(begin[request](p, "/sign-in/passkey/begin"))}}).is(http.StatusUnauthorized)
	p.enterAt("/admin", ours).leadsTo("/admin") // unbent, it works
	// A customer half-way in at the portal is not half-way in at the admin door.
	p = h.person()
	p.signIn("ada@example.org", goodPassword).leadsTo("/sign-in/second")
	p.get("/admin/sign-in/second").leadsTo("/admin/sign-in")
	p.post("/admin/sign-in/second/passkey/begin", nil).is(http.StatusUnauthorized)
	p.post("/admin/sign-in/second/passkey", nil).leadsTo("/admin/sign-in")
}

// TestStaffKeepAFactor: where staff must have a second factor, the last one can't
// go; of two, either can.
func TestStaffKeepAFactor(t *testing.T) {
	h := frozenHouse(t, site, mustHaveFactor)
	grace := h.staff()
	code, _ := grace.enrolStaff()
	grace.get("/admin/security").has("It is your only second factor").hasNot("Remove the app…")
	grace.post("/admin/security/totp/remove", nil).is(http.StatusConflict).has("only second factor")
	grace.keepAt("/admin", h.authenticator(), "Blue key").leadsTo("/admin/security#passkeys")
	grace.get("/admin/security").has("Remove the app…", "Remove Blue key").hasNot("It is your only")
	grace.post("/admin/security/totp/remove", nil).leadsTo("/admin/security")
	user := h.userOf("grace@registrar.example")
	keys, err := h.engine.Passkeys(t.Context(), user.ID)
	h.must(err)
	path := "/admin/security/passkeys/" + keys[0].ID
	grace.get("/admin/security").has("It is your only second factor", "Rename…").hasNot("Remove Blue key")
	grace.post(path+"/remove", nil).is(http.StatusConflict).has("only second factor")
	grace.post("/admin/security/passkeys/pky_none/remove", nil).is(http.StatusNotFound)
	grace.post(path+"/rename", url.Values{"name": {"Red key"}}).leadsTo("/admin/security#passkeys")
	h.clock.Advance(time.Second)
	grace.keepAt("/admin", h.authenticator(), "Phone").leadsTo("/admin/security#passkeys")
	grace.post(path+"/remove", nil).leadsTo("/admin/security#passkeys")
	grace.get("/admin/security").has("Phone").hasNot("Red key")
	staffForm(h.person()).leadsTo("/admin/sign-in/second")
	if f, err := h.engine.Factors(t.Context(), user.ID); err != nil || f.Count() != 1 || f.Recovery != 10 || code() == "" {
		t.Errorf("left are %+v, %v", f, err)
	}

	// Where nobody asks for one, all can go.
	h = frozenHouse(t, site)
	free := h.staff()
	free.keepAt("/admin", h.authenticator(), "Blue key").is(http.StatusOK)
	keys, err = h.engine.Passkeys(t.Context(), h.userOf("grace@registrar.example").ID)
	h.must(err)
	free.post("/admin/security/passkeys/"+keys[0].ID+"/remove", nil).leadsTo("/admin/security#passkeys")
	h.person().post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
}
