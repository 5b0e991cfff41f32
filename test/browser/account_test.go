package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
)

const (
	firstPassword = "a long enough password"
	otherPassword = "quite another passphrase"
)

// patron is somebody with an account and a mailbox.
type patron struct {
	*tab
	d      demo
	chrome context.Context
	email  string
	secret string   // of the authenticator app
	codes  []string // recovery codes
}

func newPatron(t *testing.T, chrome context.Context, d demo, kind string) *patron {
	p := &patron{tab: newTab(t, chrome, d.Portal), d: d, chrome: chrome, email: fmt.Sprintf("%s-%06d@people.example", kind, rand.IntN(1_000_000))}
	p.visit("/sign-up?next=/security")
	p.fill("email", p.email)
	p.press("Send me the link")
	p.sees("Look into your mail")
	p.visit(p.letter(p.email, "/sign-up/finish"))
	p.fill("name", "Ada Lovelace")
	p.fill("password", firstPassword)
	p.press("Create the account")
	p.at("/security")
	return p
}

// elsewhere is another browser of the same person.
func (p *patron) elsewhere() *patron {
	q := *p
	q.tab = newTab(p.t, p.chrome, p.d.Portal)
	return &q
}

// letter waits for the newest mail to an address that links to a page, and
// returns the link without the host.
func (p *patron) letter(to, page string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if link := p.linkIn(ctx, to, page); link != "" {
			return link
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("no mail to %s with a link to %s", to, page)
		case <-tick.C:
		}
	}
}

func (p *patron) linkIn(ctx context.Context, to, page string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.d.Mailbox+"mails.json", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var box struct {
		Mails []struct{ To, Text string }
	}
	if err := json.NewDecoder(res.Body).Decode(&box); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range box.Mails {
		if !strings.Contains(m.To, to) {
			continue
		}
		for _, word := range strings.Fields(m.Text) {
			if u, err := url.Parse(word); err == nil && u.Path == page && u.RawQuery != "" {
				return u.RequestURI()
			}
		}
	}
	return ""
}

func (p *patron) code(ahead time.Duration) string {
	p.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(p.secret, " ", ""), time.Now().Add(ahead))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// enter gives address and password.
func (p *patron) enter(password string) {
	p.t.Helper()
	p.visit("/sign-in")
	p.fill("email", p.email)
	p.fill("password", password)
	p.press("Sign in")
}

func (p *patron) leave() {
	p.t.Helper()
	eval[bool](p.tab, "(document.querySelector('form[action=\"/sign-out\"]').requestSubmit(), true)")
	p.until("to be signed out", "document.readyState === 'complete' && !document.querySelector('form[action=\"/sign-out\"]')")
}

// account walks through all pages about getting in and staying safe.
func account(t *testing.T, chrome context.Context, d demo) {
	p := newPatron(t, chrome, d, "account")
	p.sees("Confirmed") // by the link that opened the account
	p.examine("security-new")
	p.setUpApp()
	p.secondStep()
	p.sessions()
	p.tokens()
	p.changes()
	p.users()
	p.export()
	p.reset()
}

func (p *patron) setUpApp() {
	p.press("Set up an authenticator app")
	p.sees("Scan this picture")
	p.secret = eval[string](p.tab, "document.querySelector('#secret').innerText")
	p.examine("totp")
	p.fill("code", "000000")
	p.press("Turn it on")
	p.sees("This code is wrong")
	if again := eval[string](p.tab, "document.querySelector('#secret').innerText"); again != p.secret {
		p.t.Errorf("a wrong code changed the key from %s to %s", p.secret, again)
	}
	p.examine("totp-error")
	p.fill("code", p.code(0))
	p.do(chromedp.KeyEvent("\r")) // no mouse
	p.sees("shown this one time")
	p.codes = strings.Fields(eval[string](p.tab, "document.querySelector('#recovery-codes').innerText"))
	if len(p.codes) != 10 {
		p.t.Fatalf("recovery codes %q", p.codes)
	}
	p.do(chromedp.EmulateViewport(1440, 900))
	p.examine("recovery")
	p.press("I have kept them")
	p.sees("Authenticator app since")
	p.examine("security-app")
}

// secondStep signs in elsewhere, by the app and by a recovery code.
func (p *patron) secondStep() {
	phone := p.elsewhere()
	phone.enter(firstPassword)
	phone.at("/sign-in/second")
	phone.examine("second")
	phone.fill("code", "123456")
	phone.press("Sign in")
	phone.sees("This code is wrong")
	phone.examine("second-error")
	phone.fill("code", p.code(30*time.Second)) // that of now set the app up
	phone.do(chromedp.KeyEvent("\r"))
	phone.at("/domains")
	lost := p.elsewhere()
	lost.enter(firstPassword)
	lost.at("/sign-in/second")
	lost.fill("code", strings.ToUpper(p.codes[0]))
	lost.press("Sign in")
	lost.at("/domains")
	lost.visit("/security")
	lost.sees("9 recovery codes left")
	lost.leave()
	lost.visit("/domains")
	lost.at("/sign-in")
}

func (p *patron) sessions() {
	phone := p.elsewhere()
	phone.enter(firstPassword)
	phone.fill("code", p.codes[1])
	phone.press("Sign in")
	phone.at("/domains")
	p.visit("/security")
	p.sees("This browser")
	p.examine("security-sessions")
	p.press("Sign out everywhere else")
	p.sees("You are signed out in 2 other browsers.")
	phone.visit("/domains")
	phone.at("/sign-in")
	p.visit("/domains")
	p.at("/domains")
}

func (p *patron) tokens() {
	p.visit("/security")
	p.fill("name", "billing system")
	p.fill("networks", "192.0.2.0/24, nonsense")
	p.press("Make the token")
	p.sees("is not an address or network")
	p.examine("token-error")
	p.fill("networks", "192.0.2.0/24, 2001:db8::/32")
	p.press("Make the token")
	p.sees("shown this one time")
	p.examine("token-new")
	p.visit("/security")
	p.sees("2001:db8::/32")
	p.examine("tokens")
}

// changes are those of password and address.
func (p *patron) changes() {
	p.visit("/security/password")
	p.fill("current", firstPassword)
	p.fill("password", "password12345")
	p.press("Change the password")
	p.sees("This password is guessed soon")
	p.examine("password-error")
	p.fill("current", firstPassword)
	p.fill("password", otherPassword)
	p.press("Change the password")
	p.sees("The password is changed")
	p.at("/security/check") // what outlives the sessions
	p.sees("billing system")
	p.examine("password-check")
	p.press("Everything is mine")
	p.at("/domains")
	p.visit("/security")
	p.press("Change the address")
	p.at("/security/email")
	p.examine("email")
	moved := strings.Replace(p.email, "@", "-moved@", 1)
	p.fill("email", moved)
	p.press("Send the link to the new address")
	p.sees("A mail is on its way to " + moved)
	p.visit(p.letter(moved, "/move"))
	p.examine("move")
	p.press("Confirm the new address")
	p.sees("Your e-mail address is changed.")
	p.email = moved
}

func (p *patron) users() {
	p.visit("/users")
	p.sees("Who can sign in")
	guest := "guest-" + p.email
	p.fill("email", guest)
	p.do(chromedp.SetValue(chromedp.CSS("#role"), "technical"))
	p.press("Send the invitation")
	p.sees("An invitation is on its way")
	p.examine("users")
	g := p.elsewhere()
	g.visit(p.letter(guest, "/invitation"))
	g.sees("Accept the invitation")
	g.examine("invitation")
	g.fill("name", "Grace Hopper")
	g.fill("password", firstPassword)
	g.press("Make my login")
	g.sees("Welcome. Your role is technical.")
	g.visit("/users")
	g.sees("Your role (technical) does not allow this")
	g.examine("role-refused")
	p.visit("/users")
	p.sees("Grace Hopper")
	p.press("Remove…")
	p.press("Remove Ada")
	p.sees("owner") // the last one stays
	p.visit("/users")
	eval[bool](p.tab, "[...document.querySelectorAll('main tr')].find(e => e.innerText.includes('Grace')).querySelector('summary').click() || true")
	p.press("Remove Grace Hopper")
	p.sees("The user is removed and signed out everywhere.")
	g.visit("/domains")
	g.at("/sign-in")
}

func (p *patron) export() {
	p.visit("/security")
	raw := eval[string](p.tab, `fetch(document.querySelector("form[action='/account/export']").action, {method: "POST"}).then(r => r.text())`)
	var data struct {
		Users []struct{ Email string }
	}
	if err := json.Unmarshal([]byte(raw), &data); err != nil || len(data.Users) != 2 || data.Users[0].Email != p.email || !strings.HasSuffix(data.Users[1].Email, "@removed.invalid") {
		p.t.Errorf("export %+v, %v", data, err) // Grace was removed before
	}
	if strings.Contains(raw, p.secret) || strings.Contains(raw, "argon2") {
		p.t.Error("a secret is in the export")
	}
}

// reset chooses a new password by mail; the second step stays.
func (p *patron) reset() {
	q := p.elsewhere()
	q.visit("/sign-in")
	q.press("Choose a new one")
	q.at("/reset")
	q.examine("reset")
	q.fill("email", p.email)
	q.do(chromedp.KeyEvent("\r"))
	q.sees("If there is an account")
	q.examine("reset-sent")
	link := p.letter(p.email, "/reset/new")
	q.visit(link)
	q.examine("reset-new")
	q.fill("password", firstPassword)
	q.do(chromedp.KeyEvent("\r"))
	q.sees("Your new password is set")
	q.visit(link)
	q.sees("was used already")
	q.examine("reset-used")
	p.visit("/domains")
	p.at("/sign-in") // all sessions ended
	q.enter(firstPassword)
	q.at("/sign-in/second")
}

// closing ends an account without names and money.
func closing(t *testing.T, chrome context.Context, d demo) {
	p := newPatron(t, chrome, d, "closing")
	p.press("Close the account")
	p.at("/account/close")
	p.examine("close")
	p.fill("name", "Somebody else")
	p.press("Close the account")
	p.until("the finding", "document.readyState === 'complete' && document.querySelector('.field-error')") // the label has the same words
	p.examine("close-error")
	p.fill("name", "Ada Lovelace")
	p.press("Close the account")
	p.sees("The account is closed")
	p.examine("closed")
	p.enter(firstPassword)
	p.sees("E-mail address or password is wrong.")
	p.examine("sign-in-error")
}
