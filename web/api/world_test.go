package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/plugins/webhook"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/web/api"
	"github.com/indera/indera/web/ratelimit"
)

// world is the real engine and store with a registry in memory, and the face
// mounted in a server that has other routes, too.
type world struct {
	t        *testing.T
	registry *registrytest.Memory
	engine   *registrar.Engine
	user     registrar.User
	token    string // all scopes
	handler  http.Handler
}

func money(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }

func newWorld(t *testing.T, change func(*api.Options)) *world {
	t.Helper()
	w := &world{t: t, registry: registrytest.NewMemory(clockwork.NewRealClock())}
	engine, err := registrar.New(registrar.Options{
		Store: storetest.Open(t), Registries: map[string]registrar.Registry{"mem": w.registry}, Holder: "test", Sandbox: true,
		CheckTimeout: time.Second, ExchangeTimeout: 300 * time.Millisecond, LeaseMargin: 100 * time.Millisecond,
		Seal: ring(w.t), SettleAfter: 50 * time.Millisecond, ConfirmAfter: 20 * time.Millisecond, FundsProbe: 20 * time.Millisecond,
		CatalogueTTL: time.Nanosecond, Webhooks: webhook.New(webhook.Options{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = engine
	w.sell(1200)
	w.user, w.token = w.signUp("ada@example.org", 100_000)
	w.handler = w.mount(change)
	return w
}

func ring(t *testing.T) *seal.Ring {
	t.Helper()
	r, err := seal.New(seal.Key{ID: "test", Bytes: make([]byte, seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sell sets the price list; the register price is given in cents.
func (w *world) sell(register int64) {
	w.t.Helper()
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	price := func(tld string, a registrar.Action, minor int64) registrar.Price {
		return registrar.Price{TLD: tld, Action: a, Class: registrar.ClassStandard, Years: 1, Sale: money(minor), Cost: money(900), ValidFrom: from}
	}
	err := w.engine.ApplyCatalogue(w.t.Context(), registrar.System("test"), []registrar.TLD{
		{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true, IDNTables: "Latn"},
		{Name: "gone", Registry: "unplugged", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true},
	}, []registrar.Price{price("shop", registrar.ActionRegister, register), price("shop", registrar.ActionRenew, 1500), price("gone", registrar.ActionRegister, 1)})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) signUp(email string, funds int64) (registrar.User, string) {
	w.t.Helper()
	ctx := w.t.Context()
	cus, usr, err := w.engine.SignUp(ctx, registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Ada", Email: email, Password: "correct horse"})
	if err != nil {
		w.t.Fatal(err)
	}
	if funds > 0 {
		if err := w.engine.TestTopUp(ctx, registrar.System("test"), cus.ID, money(funds), "opening "+email); err != nil {
			w.t.Fatal(err)
		}
	}
	return usr, w.issue(usr, registrar.AllScopes...)
}

func (w *world) issue(u registrar.User, scopes ...registrar.Scope) string {
	w.t.Helper()
	secret, _, err := w.engine.IssueToken(w.t.Context(), registrar.System("test"), u, "test", scopes, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// mount builds a server as the portal does: with routes of its own and a catch-all.
func (w *world) mount(change func(*api.Options)) http.Handler {
	w.t.Helper()
	opt := api.Options{Engine: w.engine, PublicURL: "https://portal.example", WaitFor: 10 * time.Second}
	if change != nil {
		change(&opt)
	}
	e := echo.New()
	e.GET("/*", func(c echo.Context) error { return c.String(http.StatusOK, "portal") })
	if err := api.Register(e, opt); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// work runs a worker until the test ends.
func (w *world) work() {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := registrar.NewWorker(w.engine, registrar.WorkerOptions{Poll: 10 * time.Millisecond, MaxPause: 20 * time.Millisecond}).Run(ctx); err != nil {
			w.t.Errorf("worker: %v", err)
		}
	})
	w.t.Cleanup(func() { cancel(); done.Wait() })
}

// call sends a request with the world's token; header pairs follow.
func (w *world) call(method, path string, body any, header ...string) *answer {
	w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(b))
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, "/api/v1"+path, reader)
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return &answer{w.t, method + " " + path, rec}
}

type answer struct {
	t    *testing.T
	what string
	*httptest.ResponseRecorder
}

// want checks the status and decodes the body into v unless that is nil.
func (a *answer) want(status int, v any) *answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("%s: %d, want %d: %s", a.what, a.Code, status, a.Body)
	}
	if v != nil {
		if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
			a.t.Fatalf("%s: %v in %s", a.what, err, a.Body)
		}
	}
	return a
}

// problem checks that the answer is a whole problem document of that kind.
func (a *answer) problem(status int, slug, code string) api.Problem {
	a.t.Helper()
	var p api.Problem
	a.want(status, &p)
	if ct := a.Header().Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("%s: content type %q", a.what, ct)
	}
	if p.Type != "/api/v1/problems#"+slug || p.Status != status || p.Title == "" || p.Detail == "" || p.RequestID == "" ||
		p.RequestID != a.Header().Get("X-Request-Id") {
		a.t.Errorf("%s: problem %+v", a.what, p)
	}
	if code != "" && p.Code != code {
		a.t.Errorf("%s: code %q, want %q (%s)", a.what, p.Code, code, a.Body)
	}
	return p
}

func ada() map[string]any {
	return map[string]any{
		"name": "Ada Lovelace", "street": []string{"12 St James's Square"}, "city": "London", "postal_code": "SW1Y 4JH",
		"country_code": "GB", "phone": "+44.2079460123", "email": "ada@example.org",
	}
}

func registration(name string, change ...func(map[string]any)) map[string]any {
	body := map[string]any{"name": name, "period_years": 1, "agreement_version": agreement.Sample().Version, "registrant": ada(), "nameservers": []string{"ns1.example.net", "ns2.example.net"}}
	for _, f := range change {
		f(body)
	}
	return body
}

// own registers a name.
func (w *world) own(name string) api.Domain {
	w.t.Helper()
	var d api.Domain
	w.call("POST", "/domains", registration(name)).want(201, &d)
	return d
}

// balance returns the account in cents.
func (w *world) balance() (balance, held int64) {
	w.t.Helper()
	acc, err := w.engine.Balance(w.t.Context(), w.user.CustomerID)
	if err != nil {
		w.t.Fatal(err)
	}
	return acc.Balance, acc.Held
}

var generous = ratelimit.Rule{PerSecond: 1000, Burst: 100_000}
