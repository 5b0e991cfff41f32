package browser

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/web"
)

// house is the pages over a clock that the test moves, which a demo has not.
// Nothing runs beside them: no worker, no job.
type house struct {
	t      *testing.T
	chrome context.Context
	clock  *clockwork.FakeClock
	store  *store.Store
	engine *registrar.Engine

	mu    sync.Mutex // guards mails
	mails []registrar.Mail
}

func newHouse(t *testing.T, chrome context.Context) *house {
	t.Helper()
	h := &house{t: t, chrome: chrome, clock: clockwork.NewFakeClockAt(time.Now())}
	h.store = storetest.OpenSQLite(t, h.clock)
	h.engine = h.engineAt(h.clock)
	tld := registrar.TLD{Name: "shop", Registry: "first", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
	h.must(h.engine.ApplyCatalogue(t.Context(), registrar.System("test"), []registrar.TLD{tld}, nil))
	return h
}

// engineAt returns an engine for another time than that of the pages.
func (h *house) engineAt(clock clockwork.Clock) *registrar.Engine {
	h.t.Helper()
	letters, err := mail.New(mail.Sender{Registrar: "Test Registrar", PortalURL: "http://portal.test", AdminURL: "http://portal.test/admin", Sandbox: true})
	h.must(err)
	keys, err := seal.New(seal.Key{ID: "test", Bytes: bytes.Repeat([]byte{3}, seal.KeySize)})
	h.must(err)
	e, err := registrar.New(registrar.Options{Letters: letters, Seal: keys, Store: h.store, Clock: clock, Holder: "test", Sandbox: true,
		Mirrors: []string{"fossbilling"}, Webhooks: hooksToHere(),
		Registries: map[string]registrar.Registry{"first": registrytest.NewMemory(clock)}})
	h.must(err)
	return e
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// open serves the pages and returns their address. It may be called again with
// other options.
func (h *house) open(opts ...func(*web.Options)) string {
	h.t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	at := "http://" + strings.Replace(srv.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	o := web.Options{Engine: h.engine, Sessions: h.store.Sessions(), PublicURL: at}
	for _, opt := range opts {
		opt(&o)
	}
	var err error
	srv.Config.Handler, err = web.New(o)
	h.must(err)
	srv.Start()
	h.t.Cleanup(srv.Close)
	return at
}

// Send takes mail for people.
func (h *house) Send(_ context.Context, m registrar.Mail) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mails = append(h.mails, m)
	return nil
}

// letter sends what is due and returns the link of the newest mail to an
// address, without the host.
func (h *house) letter(to string) string {
	h.t.Helper()
	_, err := registrar.NewPostOffice(h.engine, h, 0).Round(h.t.Context())
	h.must(err)
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.mails) - 1; i >= 0; i-- {
		if h.mails[i].To != to {
			continue
		}
		for _, word := range strings.Fields(h.mails[i].Text) {
			if u, err := url.Parse(word); err == nil && u.RawQuery != "" {
				return u.RequestURI()
			}
		}
	}
	h.t.Fatalf("no mail to %s with a link", to)
	return ""
}

// customer makes an account, without a browser.
func (h *house) customer(name, email string) registrar.User {
	h.t.Helper()
	_, user, err := h.engine.SignUp(h.t.Context(), registrar.System("test"), registrar.SignUp{Name: name, Email: email, Password: firstPassword})
	h.must(err)
	return user
}

// colleague is a member of staff at a browser.
type colleague struct {
	*tab
	user registrar.User
}

// colleague makes a login for staff and signs in.
func (h *house) colleague(at, name string, role registrar.Role) colleague {
	h.t.Helper()
	h.clock.Advance(time.Second) // lists are sorted by time
	first, _, _ := strings.Cut(strings.ToLower(name), " ")
	user, err := h.engine.CreateStaff(h.t.Context(), registrar.System("test"), name, first+"@registrar.example", firstPassword, role)
	h.must(err)
	c := colleague{newTab(h.t, h.chrome, at), user}
	c.enter(c.user.Email)
	c.at("/admin")
	return c
}

// examine looks at the page in every way, and for ids that stand there twice: a
// label would lead to the wrong field, and axe sees the visible ones only.
func (c colleague) examine(name string) {
	c.t.Helper()
	if twice := eval[string](c.tab, "[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(' ')"); twice != "" {
		c.t.Errorf("%s has ids twice: %s", name, twice)
	}
	c.tab.examine(name)
}

// enter gives address and password at the door of staff.
func (c colleague) enter(email string) {
	c.t.Helper()
	c.visit("/admin/sign-in")
	c.fill("email", email)
	c.fill("password", firstPassword)
	c.press("Sign in as staff")
	c.until("the door to open", "document.readyState === 'complete' && !location.pathname.endsWith('/sign-in')")
}

// unfold opens the form behind a button.
func (c colleague) unfold(within, summary string) {
	c.t.Helper()
	find := "[...document.querySelectorAll(" + quote("main "+within+" summary") + ")].find(e => e.checkVisibility() && e.innerText.trim().startsWith(" + quote(summary) + "))"
	c.until("a form "+summary, find)
	eval[bool](c.tab, "(d => { if (!d.open) d.querySelector('summary').click(); return true })("+find+".parentElement)")
}

// into types into a field once it is there.
func (c colleague) into(selector, text string) {
	c.t.Helper()
	c.until("the field "+selector, "(e => e && (e.focus(), document.activeElement === e))(document.querySelector("+quote(selector)+"))")
	c.do(chromedp.KeyEvent(text))
}

// decide presses one of the buttons under "Decide…" of the only request there is.
func (c colleague) decide(as string) {
	c.t.Helper()
	c.unfold("li", "Decide…")
	button := chromedp.CSS("main li details[open] button[value=" + as + "]")
	c.do(chromedp.WaitVisible(button), chromedp.Click(button))
}

// confirms answers the question for the password, which must come.
func (c colleague) confirms() {
	c.t.Helper()
	c.sees("Confirm that it is you")
	c.examine("admin-proof")
	c.fill("_password", firstPassword)
	c.do(chromedp.KeyEvent("\r"))
}

// domain inserts a name that a customer holds.
func (h *house) domain(name, customerID string) registrar.Domain {
	h.t.Helper()
	now := h.clock.Now().UTC()
	expires := now.AddDate(1, 0, 0)
	contact := registrar.ContactVersion{ContactID: "con_" + customerID[4:], Version: 1, CustomerID: customerID, CreatedAt: now,
		ContactData: registrar.ContactData{Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB",
			Phone: "+44.2079460123", Email: "ada@people.example"}}
	d := registrar.Domain{ID: fmt.Sprintf("dom_%026d", now.UnixNano()), Name: name, UName: name, TLD: "shop", Registry: "first", CustomerID: customerID,
		OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, OrderedAt: now, CreatedAt: &now, ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339),
		NameServers: []string{"ns1.elsewhere.example", "ns2.elsewhere.example"}, Registrant: registrar.ContactRef{ContactID: contact.ContactID, Version: 1}}
	h.must(h.store.InTx(h.t.Context(), func(tx registrar.Tx) error {
		if _, err := tx.ContactVersion(h.t.Context(), registrar.ContactRef{ContactID: contact.ContactID, Version: 1}); registrar.IsNotFound(err) {
			if err := tx.InsertContactVersion(h.t.Context(), contact); err != nil {
				return err
			}
		}
		if err := tx.InsertDomain(h.t.Context(), d); err != nil {
			return err
		}
		return tx.SetDomainContacts(h.t.Context(), d.ID, map[string]string{registrar.RoleRegistrant: contact.ContactID, registrar.RoleTech: contact.ContactID})
	}))
	h.clock.Advance(time.Second)
	return d
}
