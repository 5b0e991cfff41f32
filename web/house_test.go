package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/web"
)

// house is a deployment in miniature: a real store, two registries in memory,
// a worker, and the pages on a real port.
type house struct {
	t      *testing.T
	store  *store.Store
	engine *registrar.Engine
	first  *registrytest.Memory // serves .shop and .studio
	second *registrytest.Memory // serves .example
	url    string
	stop   func() // stops the worker
	clock  *clockwork.FakeClock
	box    *mailbox // outgoing mail, once post was called
}

// Money of the price list, in cents.
const (
	shopRegister = 1200
	shopRenew    = 1500
)

type houseOption func(*web.Options)

// newHouse starts a house. Business time is a fake clock when frozen is true:
// then no worker runs.
func newHouse(t *testing.T, opts ...houseOption) *house {
	t.Helper()
	return buildHouse(t, nil, opts...)
}

func frozenHouse(t *testing.T, opts ...houseOption) *house {
	t.Helper()
	return buildHouse(t, clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)), opts...)
}

func buildHouse(t *testing.T, fake *clockwork.FakeClock, opts ...houseOption) *house {
	t.Helper()
	var clock clockwork.Clock = clockwork.NewRealClock()
	if fake != nil {
		clock = fake
	}
	h := &house{t: t, clock: fake, store: storetest.OpenClock(t, clock), first: registrytest.NewMemory(clock), second: registrytest.NewMemory(clock)}
	letters, err := mail.New(mail.Sender{Registrar: "Test Registrar", PortalURL: "http://portal.test", AdminURL: "http://portal.test/admin", Sandbox: true})
	h.must(err)
	h.engine, err = registrar.New(registrar.Options{
		Mirrors: []string{"fossbilling"},
		Letters: letters, Seal: testKeys(t), Webhooks: testHooks,
		Store: h.store, Registries: map[string]registrar.Registry{"first": h.first, "second": h.second}, Clock: clock, Holder: "test", Sandbox: true,
		CheckTimeout: time.Second, SettleAfter: 50 * time.Millisecond, ConfirmAfter: 20 * time.Millisecond, FundsProbe: 20 * time.Millisecond,
		DefaultNameServers: []string{"ns1.indera.example.net", "ns2.indera.example.net"}, CatalogueTTL: time.Nanosecond,
	})
	h.must(err)
	h.must(h.engine.ApplyCatalogue(t.Context(), registrar.System("test"), testTLDs(), testPrices()))
	h.serve(opts)
	if fake == nil {
		h.work()
	}
	return h
}

func testTLDs() []registrar.TLD {
	tld := func(name, registry string) registrar.TLD {
		return registrar.TLD{Name: name, Registry: registry, MinYears: 1, MaxYears: 10, MinNameServers: 0, MaxNameServers: 13, Active: true, IDNTables: "Latn Cyrl"}
	}
	return []registrar.TLD{tld("shop", "first"), tld("studio", "first"), tld("example", "second")}
}

func testPrices() []registrar.Price {
	var out []registrar.Price
	for _, t := range testTLDs() {
		for action, minor := range map[registrar.Action]int64{registrar.ActionRegister: shopRegister, registrar.ActionRenew: shopRenew} {
			out = append(out, registrar.Price{
				TLD: t.Name, Action: action, Class: registrar.ClassStandard, Years: 1, Sale: registrar.Money{Minor: minor, Currency: "USD"},
				Cost: registrar.Money{Minor: 900, Currency: "USD"}, ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
			})
		}
	}
	return out
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) serve(opts []houseOption) {
	h.t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	h.url = "http://" + srv.Listener.Addr().String()
	o := web.Options{Engine: h.engine, Sessions: h.store.Sessions(), PublicURL: h.url}
	for _, opt := range opts {
		opt(&o)
	}
	e, err := web.New(o)
	h.must(err)
	srv.Config.Handler = e
	srv.Start()
	h.t.Cleanup(srv.Close)
}

func (h *house) work() {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		if err := registrar.NewWorker(h.engine, registrar.WorkerOptions{Poll: 10 * time.Millisecond, MaxPause: 20 * time.Millisecond}).Run(ctx); err != nil {
			h.t.Errorf("worker: %v", err)
		}
	}()
	var once sync.Once
	h.stop = func() { once.Do(func() { cancel(); done.Wait() }) }
	h.t.Cleanup(h.stop)
}

// person is a browser with its own cookies. It does not follow redirects.
type person struct {
	h      *house
	client *http.Client
}

func (h *house) person() *person {
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &person{h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   string
}

func (p *person) do(req *http.Request) answer {
	p.h.t.Helper()
	res, err := p.client.Do(req)
	p.h.must(err)
	defer func() { p.h.must(res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	p.h.must(err)
	return answer{p.h.t, res.StatusCode, res.Header, string(body)}
}

func (p *person) request(method, path string, form url.Values) *http.Request {
	p.h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(p.h.t.Context(), method, p.h.url+path, body)
	p.h.must(err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.h.url)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return req
}

func (p *person) get(path string) answer {
	p.h.t.Helper()
	return p.do(p.request(http.MethodGet, path, nil))
}

func (p *person) post(path string, form url.Values) answer {
	p.h.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return p.do(p.request(http.MethodPost, path, form))
}

func (a answer) is(status int) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d\n%s", a.Status, status, textOf(a.Body))
	}
	return a
}

func (a answer) leadsTo(prefix string) answer {
	a.t.Helper()
	if a.is(http.StatusSeeOther); !strings.HasPrefix(a.Header.Get("Location"), prefix) {
		a.t.Fatalf("leads to %q, want %q", a.Header.Get("Location"), prefix)
	}
	return a
}

func (a answer) has(parts ...string) answer {
	a.t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.Body, part) && !strings.Contains(textOf(a.Body), part) {
			a.t.Fatalf("the page lacks %q:\n%s", part, textOf(a.Body))
		}
	}
	return a
}

func (a answer) hasNot(parts ...string) answer {
	a.t.Helper()
	for _, part := range parts {
		if strings.Contains(a.Body, part) {
			a.t.Fatalf("the page has %q:\n%s", part, textOf(a.Body))
		}
	}
	return a
}

// value returns what a hidden or text field holds.
func (a answer) value(name string) string {
	a.t.Helper()
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `"[^>]* value="([^"]*)"`).FindStringSubmatch(a.Body)
	if m == nil {
		a.t.Fatalf("there is no field %q:\n%s", name, textOf(a.Body))
	}
	return m[1]
}

var (
	tags   = regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// textOf is what a person reads of a page.
func textOf(html string) string {
	return spaces.ReplaceAllString(tags.ReplaceAllString(html, " "), " ")
}

const goodPassword = "correct horse battery"

// customer makes an account with funds, whose address is confirmed, and signs in.
func (h *house) customer(email string, dollars int64) (*person, registrar.User) {
	h.t.Helper()
	p, user := h.unconfirmed(email, dollars)
	h.confirm(user)
	return p, user
}

// unconfirmed makes an account with funds and signs in.
func (h *house) unconfirmed(email string, dollars int64) (*person, registrar.User) {
	h.t.Helper()
	cus, user, err := h.engine.SignUp(h.t.Context(), registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Ada " + email, Email: email, Password: goodPassword})
	h.must(err)
	if dollars > 0 {
		h.must(h.engine.TestTopUp(h.t.Context(), registrar.System("test"), cus.ID, registrar.Money{Minor: dollars * 100, Currency: "USD"}, "opening-"+cus.ID))
	}
	p := h.person()
	p.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}}).leadsTo("/domains")
	return p, user
}

// confirm proves a user's address, as the link in the mail does.
func (h *house) confirm(user registrar.User) {
	h.t.Helper()
	h.must(h.store.InTx(h.t.Context(), func(tx registrar.Tx) error {
		_, err := tx.VerifyEmail(h.t.Context(), user.ID, user.Email, h.engine.Now())
		return err
	}))
}

// staff makes a staff login and signs in.
func (h *house) staff() *person {
	h.t.Helper()
	_, err := h.engine.CreateStaff(h.t.Context(), registrar.System("test"), "Grace", "grace@registrar.example", goodPassword, registrar.RoleStaffOwner)
	h.must(err)
	p := h.person()
	p.post("/admin/sign-in", url.Values{"email": {"grace@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	return p
}

func holder() url.Values {
	return url.Values{
		"holder": {"new"}, "name": {"Ada Lovelace"}, "street": {"12 St James's Square", ""}, "city": {"London"}, "postal_code": {"SW1Y 4JH"},
		"country_code": {"GB"}, "phone": {"+44 20 7946 0123"}, "email": {"ada@example.org"},
	}
}

// checkout returns the form for names, one year each, as a browser would send it.
func (p *person) checkout(names ...string) url.Values {
	p.h.t.Helper()
	for _, n := range names {
		p.post("/basket/add", url.Values{"name": {n}}).is(http.StatusSeeOther)
	}
	page := p.get("/checkout").is(http.StatusOK)
	form := holder()
	form.Set("key", page.value("key"))
	form.Set("agreement", p.h.engine.AgreementVersion())
	form["nameservers"] = []string{"ns1.example.net", "ns2.example.net", ""}
	for _, n := range names {
		form.Add("domain", n)
		form.Add("years", "1")
		form.Add("price", "12.00")
	}
	return form
}

// buy registers a name and waits until the registry has it.
func (p *person) buy(name string) string {
	p.h.t.Helper()
	to := p.post("/checkout", p.checkout(name)).leadsTo("/orders/").Header.Get("Location")
	p.h.settled(strings.TrimPrefix(to, "/orders/"))
	return to
}

// settled waits for every operation of an order.
func (h *house) settled(orderID string) registrar.Order {
	h.t.Helper()
	o, err := h.engine.Read().Order(h.t.Context(), orderID)
	h.must(err)
	for _, l := range o.Lines {
		_, err := h.engine.WaitOperation(h.t.Context(), "", l.OperationID, 20*time.Second)
		h.must(err)
	}
	o, err = h.engine.Read().Order(h.t.Context(), orderID)
	h.must(err)
	return o
}
