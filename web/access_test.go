package web_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ratelimit"
)

func testKeys(t *testing.T) *seal.Ring {
	t.Helper()
	r, err := seal.New(seal.Key{ID: "test", Bytes: bytes.Repeat([]byte{3}, seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mailbox keeps the mail that was handed over.
type mailbox struct {
	mu      sync.Mutex
	mails   []registrar.Mail
	arrived chan struct{}
}

func (b *mailbox) Send(_ context.Context, m registrar.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return nil
}

// post hands mail over until the test ends.
func (h *house) post() {
	h.box = &mailbox{arrived: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := registrar.NewPostOffice(h.engine, h.box, 10*time.Millisecond).Run(ctx); err != nil {
			h.t.Errorf("post office: %v", err)
		}
	}()
	h.t.Cleanup(func() { cancel(); <-done })
}

// mail waits for a mail and takes it out of the box.
func (h *house) mail(template, to string) registrar.Mail {
	h.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		h.box.mu.Lock()
		for i, m := range h.box.mails {
			if m.Template == template && m.To == to {
				h.box.mails = append(h.box.mails[:i:i], h.box.mails[i+1:]...)
				h.box.mu.Unlock()
				return m
			}
		}
		h.box.mu.Unlock()
		select {
		case <-h.box.arrived:
		case <-limit:
			h.t.Fatalf("no mail %s to %s", template, to)
		}
	}
}

var linkIn = regexp.MustCompile(`http://portal\.test(/\S+\?ticket=[A-Za-z0-9_-]{43})\b`)

// link returns the path of the link in a mail. It must lead to the public
// address of the deployment, whatever the request that caused it said.
func (h *house) link(template, to string) string {
	h.t.Helper()
	m := h.mail(template, to)
	found := linkIn.FindStringSubmatch(m.Text)
	if found == nil || !strings.Contains(m.HTML, found[0]) {
		h.t.Fatalf("no link in %q / %q", m.Text, m.HTML)
	}
	return found[1]
}

func ticketOf(link string) url.Values {
	_, code, _ := strings.Cut(link, "?ticket=")
	return url.Values{"ticket": {code}}
}

const otherPassword = "another horse battery"

// signIn uses a browser that is already there.
func (p *person) signIn(email, password string) answer {
	p.h.t.Helper()
	return p.post("/sign-in", url.Values{"email": {email}, "password": {password}})
}

// signUp opens an account by the link in the mail; h.post was called before.
func (p *person) signUp(name, email, next string) answer {
	p.h.t.Helper()
	p.post("/sign-up", url.Values{"email": {email}, "next": {next}}).is(http.StatusOK).has("Look into your mail", email)
	link := p.h.link("sign_up", email)
	p.get(link).is(http.StatusOK).has("You will sign in as", email)
	form := ticketOf(link)
	form.Set("name", name)
	form.Set("password", goodPassword)
	return p.post("/sign-up/finish", form)
}

// copyOf is a thief: another browser with the cookies of the first.
func (p *person) copyOf() *person {
	p.h.t.Helper()
	u, err := url.Parse(p.h.url)
	p.h.must(err)
	thief := p.h.person()
	thief.client.Jar.SetCookies(u, p.client.Jar.Cookies(u))
	return thief
}

func TestSessionListAndSignOutElsewhere(t *testing.T) {
	h := frozenHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	phone := h.person()
	h.clock.Advance(time.Second)
	phone.signIn("ada@example.org", goodPassword).leadsTo("/domains")
	eve, _ := h.customer("eve@example.org", 0)
	page := ada.get("/security").is(http.StatusOK).has("This browser", "Sign out everywhere else", "127.0.0.1")
	ends := regexp.MustCompile(`/security/sessions/(ses_[0-9a-z]+)/end`).FindAllStringSubmatch(page.Body, -1)
	if len(ends) != 2 {
		t.Fatalf("%d sessions are listed", len(ends))
	}
	other := ends[0][0] // newest first: the phone
	eve.post(other, nil).is(http.StatusNotFound)
	phone.get("/domains").is(http.StatusOK)
	ada.post(other, nil).leadsTo("/security")
	phone.get("/domains").leadsTo("/sign-in")
	ada.get("/domains").is(http.StatusOK)
	ada.post(ends[1][0], nil).leadsTo("/") // itself
	ada.get("/domains").leadsTo("/sign-in")
	eve.get("/domains").is(http.StatusOK)
}

// TestStolenSession: a copied cookie is worth nothing after sign-out everywhere,
// a change of the password, or the owner's own sign-out.
func TestStolenSession(t *testing.T) {
	for name, act := range map[string]func(ada *person){
		"sign out everywhere": func(ada *person) { ada.post("/security/sessions/end-others", nil).leadsTo("/security") },
		"change of password": func(ada *person) {
			ada.post("/security/password", url.Values{"current": {goodPassword}, "password": {otherPassword}}).leadsTo("/security")
		},
		"sign out": func(ada *person) { ada.post("/sign-out", nil).leadsTo("/") },
	} {
		t.Run(name, func(t *testing.T) {
			h := frozenHouse(t)
			ada, _ := h.customer("ada@example.org", 0)
			thief := ada.copyOf()
			thief.get("/domains").is(http.StatusOK)
			act(ada)
			thief.get("/domains").leadsTo("/sign-in")
			if name != "sign out" {
				ada.get("/domains").is(http.StatusOK)
			}
		})
	}
}

func TestPasswordPage(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, _ := h.customer("ada@example.org", 0)
	ada.get("/security/password").is(http.StatusOK).has("Change the password")
	ada.post("/security/password", url.Values{"current": {"wrong"}, "password": {otherPassword}}).is(http.StatusUnauthorized).has("The password is wrong.").hasNot(otherPassword)
	ada.post("/security/password", url.Values{"current": {goodPassword}, "password": {"short"}}).is(http.StatusUnprocessableEntity).has("12 to 128").hasNot(goodPassword)
	ada.post("/security/password", url.Values{"current": {goodPassword}, "password": {otherPassword}}).leadsTo("/security")
	h.mail("password_changed", "ada@example.org")
	h.person().signIn("ada@example.org", goodPassword).is(http.StatusUnauthorized)
	h.person().signIn("ada@example.org", otherPassword).leadsTo("/domains")
}

func TestResetByMail(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, _ := h.customer("ada@example.org", 0)
	stranger := h.person()
	stranger.get("/sign-in").has("Forgot the password?")
	stranger.post("/reset", url.Values{"email": {"ada@example.org"}}).is(http.StatusOK).has("If there is an account")
	link := h.link("password_reset", "ada@example.org")
	for range 2 { // looking uses nothing up
		stranger.get(link).is(http.StatusOK).has("Set the password")
	}
	form := ticketOf(link)
	form.Set("password", "short")
	stranger.post("/reset/new", form).is(http.StatusUnprocessableEntity).has("12 to 128")
	form.Set("password", otherPassword)
	stranger.post("/reset/new", form).leadsTo("/sign-in?reset=done")
	stranger.get("/sign-in?reset=done").has("Your new password is set")
	ada.get("/domains").leadsTo("/sign-in") // all sessions ended
	stranger.get("/domains").leadsTo("/sign-in")
	stranger.post("/reset/new", form).is(http.StatusUnprocessableEntity).has("used already")
	stranger.get(link).is(http.StatusUnprocessableEntity).has("Ask for a new link")
	stranger.signIn("ada@example.org", otherPassword).leadsTo("/domains")
}

// TestUserEnumeration: sign-in, sign-up and reset answer a stranger the same whether or
// not an address has an account.
func TestUserEnumeration(t *testing.T) {
	h := frozenHouse(t)
	h.customer("ada@example.org", 0)
	h.staff()
	same := func(path string, form func(email string) url.Values) {
		t.Helper()
		var first string
		for _, email := range []string{"ada@example.org", "nobody@example.org", "grace@registrar.example"} {
			res := h.person().post(path, form(email))
			if res.Status >= http.StatusInternalServerError {
				t.Fatalf("%s: status %d", path, res.Status)
			}
			ref := regexp.MustCompile(`Reference <code>[^<]*</code>`)
			got := res.Header.Get("Set-Cookie") + " " + http.StatusText(res.Status) + ref.ReplaceAllString(strings.ReplaceAll(res.Body, email, "ADDRESS"), "")
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s answers %s differently:\n%s\n%s", path, email, textOf(got), textOf(first))
			}
		}
	}
	same("/sign-in", func(email string) url.Values { return url.Values{"email": {email}, "password": {"wrong password"}} })
	same("/sign-up", func(email string) url.Values { return url.Values{"email": {email}} })
	same("/reset", func(email string) url.Values { return url.Values{"email": {email}} })
}

// TestHostHeaderPoisoning: links in mails lead to the configured address.
func TestHostHeaderPoisoning(t *testing.T) {
	h := frozenHouse(t, func(o *web.Options) { o.Hosts = []string{"other.example"} })
	h.post()
	h.customer("ada@example.org", 0)
	p := h.person()
	ask := func(host string, want int) {
		req := p.request(http.MethodPost, "/reset", url.Values{"email": {"ada@example.org"}})
		req.Host = host
		req.Header.Set("X-Forwarded-Host", "evil.example")
		p.do(req).is(want)
	}
	ask("evil.example", http.StatusMisdirectedRequest)
	ask("other.example", http.StatusOK)
	h.link("password_reset", "ada@example.org") // fails unless it begins with the public address
}

func TestAddressPages(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, _ := h.unconfirmed("ada@example.org", 0)
	ada.get("/security").has("Not confirmed yet")
	first := h.link("verify_email", "ada@example.org")
	ada.post("/security/verify", nil).leadsTo("/security")
	link := h.link("verify_email", "ada@example.org")
	ada.get(first).is(http.StatusUnprocessableEntity)
	stranger := h.person() // the mail may be read on another device
	stranger.get(link).is(http.StatusOK).has("ada@example.org", "Confirm the address")
	stranger.post("/verify", ticketOf(link)).leadsTo("/sign-in")
	ada.get("/security").has("Confirmed").hasNot("Not confirmed yet")

	ada.get("/security/email").is(http.StatusOK)
	ada.post("/security/email", url.Values{"email": {"not an address"}}).is(http.StatusUnprocessableEntity).has("not an address")
	ada.post("/security/email", url.Values{"email": {"ada@new.example"}}).leadsTo("/security")
	h.mail("email_change_asked", "ada@example.org")
	link = h.link("email_change_confirm", "ada@new.example")
	ada.get(link).is(http.StatusOK).has("ada@new.example")
	ada.post("/move", ticketOf(link)).leadsTo("/security")
	h.mail("email_changed", "ada@example.org")
	ada.get("/security").has("ada@new.example", "Your e-mail address is changed.")
	h.person().signIn("ada@new.example", goodPassword).leadsTo("/domains")
	ada.post("/move", ticketOf(link)).is(http.StatusUnprocessableEntity)
}

// TestGuessing: a stolen session can't be used to guess the password, and
// nobody's mailbox can be flooded.
func TestGuessing(t *testing.T) {
	slow := ratelimit.Rule{PerSecond: 0.0001, Burst: 2}
	h := frozenHouse(t, func(o *web.Options) {
		l := portal.DefaultLimits()
		l.Prove, l.ResetAccount, l.ResetAddress = slow, slow, ratelimit.Rule{PerSecond: 0.0001, Burst: 4}
		o.PortalLimits = &l
	})
	ada, _ := h.customer("ada@example.org", 0)
	guess := func() answer {
		return ada.post("/security/password", url.Values{"current": {"wrong"}, "password": {otherPassword}})
	}
	guess().is(http.StatusUnauthorized)
	guess().is(http.StatusUnauthorized)
	guess().is(http.StatusTooManyRequests)
	h.clock.Advance(registrar.ProofLife)
	ada.post("/security/email", url.Values{"email": {"x@example.org"}}).is(http.StatusForbidden)
	ada.post("/security/email", url.Values{"email": {"x@example.org"}, "_password": {goodPassword}}).is(http.StatusTooManyRequests)
	ask := func(email string) answer { return h.person().post("/reset", url.Values{"email": {email}}) }
	ask("ada@example.org").is(http.StatusOK)
	ask("Ada@example.org").is(http.StatusOK)
	ask("ada@example.org").is(http.StatusTooManyRequests)
	ask("eve@example.org").is(http.StatusOK)
	ask("mallory@example.org").is(http.StatusTooManyRequests) // the address has used up its four
}

func TestDeviceCookie(t *testing.T) {
	h := frozenHouse(t)
	h.post()
	ada, _ := h.customer("ada@example.org", 0)
	ada.post("/sign-out", nil).leadsTo("/")
	ada.signIn("ada@example.org", goodPassword).leadsTo("/domains") // known: no mail
	h.person().signIn("ada@example.org", goodPassword).leadsTo("/domains")
	if m := h.mail("new_sign_in", "ada@example.org"); !strings.Contains(m.Text, "http://portal.test/security") {
		t.Errorf("mail %q", m.Text)
	}
	h.box.mu.Lock()
	defer h.box.mu.Unlock()
	for _, m := range h.box.mails {
		if m.Template == "new_sign_in" {
			t.Errorf("a known browser was told: %q", m.Text)
		}
	}
}
