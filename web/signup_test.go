package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

func TestSignUpFields(t *testing.T) {
	h := newHouse(t)
	h.post()
	p := h.person()
	for _, bad := range []string{"", "nobody"} {
		p.post("/sign-up", url.Values{"email": {bad}}).is(http.StatusUnprocessableEntity).has("field-error", `value="`+bad+`"`)
	}
	p.post("/sign-up", url.Values{"email": {"bob@example.org"}}).is(http.StatusOK).has("Look into your mail", "bob@example.org", "Send it again")
	link := h.link("sign_up", "bob@example.org")
	for field, bad := range map[string]string{"name": "", "password": "short"} {
		form := ticketOf(link)
		form.Set("name", "Bob")
		form.Set("password", goodPassword)
		form.Set(field, bad)
		res := p.post("/sign-up/finish", form).is(http.StatusUnprocessableEntity).has("field-error", "bob@example.org").hasNot(goodPassword)
		if field != "name" {
			res.has(`value="Bob"`)
		}
	}
	p.get(link).is(http.StatusOK) // looking uses nothing up
	form := ticketOf(link)
	form.Set("name", "Bob")
	form.Set("password", goodPassword)
	p.post("/sign-up/finish", form).leadsTo("/")
	p.get("/security").is(http.StatusOK).has("Confirmed", "bob@example.org")
	h.person().post("/sign-up/finish", form).is(http.StatusUnprocessableEntity).has("ask for a new link")
	h.person().get(link).is(http.StatusUnprocessableEntity).has("ask for a new link")
}

// TestSignUpElsewhere: what was chosen in one browser is in the basket of the
// other, in which the mail is read. Somebody who was signed in there is no more.
func TestSignUpElsewhere(t *testing.T) {
	h := newHouse(t)
	h.post()
	p := h.person()
	p.post("/basket/add", url.Values{"name": {"garden.shop"}}).is(http.StatusSeeOther)
	p.post("/sign-up", url.Values{"email": {"eve@example.org"}, "next": {"/checkout"}}).is(http.StatusOK).has("waits for you")
	phone, _ := h.customer("ada@example.org", 0)
	form := ticketOf(h.link("sign_up", "eve@example.org"))
	form.Set("name", "Eve")
	form.Set("password", goodPassword)
	checkMarkup(t, "elsewhere", phone.get("/sign-up/finish?"+url.Values{"ticket": form["ticket"]}.Encode()).is(http.StatusOK).has("garden.shop", "chosen in another browser").hasNot("checked"))
	p.get("/sign-up/finish?"+url.Values{"ticket": form["ticket"]}.Encode()).has("garden.shop", "checked").hasNot("chosen in another browser")
	form.Set("keep", "yes")
	phone.post("/sign-up/finish", form).leadsTo("/basket")
	phone.get("/basket").has("garden.shop")
	phone.get("/security").has("eve@example.org").hasNot("ada@example.org")
	p.get("/basket").hasNot("garden.shop")
}

// TestSignUpLeavesForeignNames: a stranger asks for a link to somebody's address
// with names of their own choice in the basket; nobody gets them unasked.
func TestSignUpLeavesForeignNames(t *testing.T) {
	h := newHouse(t)
	h.post()
	stranger := h.person()
	stranger.post("/basket/add", url.Values{"name": {"odd.shop"}}).is(http.StatusSeeOther)
	stranger.post("/sign-up", url.Values{"email": {"eve@example.org"}}).is(http.StatusOK)
	eve := h.person()
	form := ticketOf(h.link("sign_up", "eve@example.org"))
	form.Set("name", "Eve")
	form.Set("password", goodPassword)
	eve.post("/sign-up/finish", form).is(http.StatusSeeOther)
	eve.get("/basket").hasNot("odd.shop")
}

// TestSignUpOfOwner: who has an account already is told so by mail alone.
func TestSignUpOfOwner(t *testing.T) {
	h := newHouse(t)
	h.post()
	h.customer("ada@example.org", 0)
	h.person().post("/sign-up", url.Values{"email": {"ADA@example.org"}}).is(http.StatusOK).has("Look into your mail")
	if m := h.mail("sign_up_again", "ada@example.org"); !strings.Contains(m.Text, "http://portal.test/sign-in") || !strings.Contains(m.Text, "http://portal.test/reset") || strings.Contains(m.Text, "ticket=") {
		t.Errorf("mail %q", m.Text)
	}
}

// TestSignUpFlood: nobody fills a mailbox by asking again and again from
// everywhere, and the limit does not tell who has an account.
func TestSignUpFlood(t *testing.T) {
	slow := ratelimit.Rule{PerSecond: 0.0001, Burst: 2}
	h := newHouse(t, func(o *web.Options) { o.PortalLimits = &portal.Limits{ResetAccount: slow} })
	h.customer("ada@example.org", 0)
	for _, email := range []string{"ada@example.org", "nobody@example.org"} {
		ask := func() answer { return h.person().post("/sign-up", url.Values{"email": {email}}) }
		ask().is(http.StatusOK)
		ask().is(http.StatusOK)
		ask().is(http.StatusTooManyRequests)
	}
}

// TestSignUpWithoutMail: where no mail can be sent, the account is made at once.
func TestSignUpWithoutMail(t *testing.T) {
	h := newHouse(t)
	var err error
	h.engine, err = registrar.New(registrar.Options{Store: h.store, Holder: "test", Sandbox: true})
	h.must(err)
	h.serve(nil)
	p := h.person()
	good := url.Values{"name": {"Bob"}, "email": {"bob@example.org"}, "password": {goodPassword}, "next": {"/security"}}
	for field, bad := range map[string]string{"name": "", "email": "nobody", "password": "short"} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(field, bad)
		p.post("/sign-up", form).is(http.StatusUnprocessableEntity).has("field-error").hasNot(goodPassword)
	}
	p.post("/sign-up", good).leadsTo("/security")
	h.person().post("/sign-up", good).is(http.StatusUnprocessableEntity).has("There is an account with this address already", `value="Bob"`)
}
