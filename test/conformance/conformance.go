// Package conformance is the one suite that every dialect passes: the life of
// names through registrar.Registry against a strict registry of that dialect,
// over TLS, with each step applied twice. What a dialect can't do, as its
// Capabilities say, must be refused without a frame being sent.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// Case is one dialect with a registry to live in.
type Case struct {
	Dialect rfc.Dialect
	Quirks  map[string]string
	TLD     string // the zone of the sandbox that the suite registers in
	// Server changes the sandbox: its zones, extensions and dialect. It starts with
	// one zone TLD, two accounts and no extensions.
	Server func(*sandbox.Config)
	// Client changes the adapters' settings, for example the contact model.
	Client func(*rfc.Config)
	// Premium is a name that costs more, "" = there is none.
	Premium string
	// PremiumOnly says that the registry tells the prices of premium names only.
	PremiumOnly bool
	// Create changes each create, for example by fields that the dialect asks for.
	Create func(*registrar.DomainCreate)
	// Schemas are our own for namespaces that have no public one.
	Schemas []epptest.Schema
	// Frames is a folder of recorded frames that each part must send again; "" =
	// there is none.
	Frames string
	// Valid checks frames where the objects are the dialect's own [epptest.Valid].
	Valid func(t *testing.T, frames map[string][]byte)
}

// The two registrars: ours, and the one that names come from and go to.
const (
	ours   = "alpha"
	theirs = "beta"
)

const password = "a-password"

// Run runs the suite.
func Run(t *testing.T, c Case) {
	for _, part := range []struct {
		name string
		run  func(*world)
	}{
		{"capabilities", (*world).capabilities},
		{"check", (*world).check},
		{"contacts", (*world).contacts},
		{"hosts", (*world).hosts},
		{"life", (*world).life},
		{"delegation", (*world).delegation},
		{"dnssec", (*world).dnssec},
		{"locks", (*world).locks},
		{"holder", (*world).holder},
		{"transfer", (*world).transfer},
		{"contact transfer", (*world).contactTransfer},
		{"delete and restore", (*world).restore},
		{"messages", (*world).messages},
		{"prices", (*world).prices},
		{"what it can't do", (*world).refusals},
		{"lost answers", (*world).lost},
	} {
		t.Run(part.name, func(t *testing.T) {
			w := newWorld(t, c)
			part.run(w)
			w.golden(part.name)
			w.valid() // last: it skips where there are no schemas
		})
	}
}

// world is one registry and our and their account at it.
type world struct {
	*testing.T
	c     Case
	srv   *sandbox.Server
	clock *clockwork.FakeClock
	us    registrar.Registry
	them  registrar.Registry
	caps  registrar.Capabilities
	n     int

	mu     sync.Mutex
	frames map[string][]byte
	sent   int // frames from clients
}

func newWorld(t *testing.T, c Case) *world {
	t.Helper()
	w := &world{T: t, c: c, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)), frames: map[string][]byte{}}
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, w.clock.Now(), ours, theirs)
	if err != nil {
		t.Fatal(err)
	}
	account := func(id string) sandbox.Account {
		return sandbox.Account{ClientID: id, Password: password, ClientCertCN: id, OpeningBalanceMinor: 1_000_000, Currency: "USD"}
	}
	cfg := sandbox.Config{
		Name: "conformance", DatabasePath: filepath.Join(dir, "registry.db"), TLS: bundle.ServerTLS(), Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
		TLDs: []sandbox.TLD{{Name: c.TLD, Currency: "USD", Prices: map[sandbox.Action]int64{
			sandbox.ActionCreate: 800, sandbox.ActionRenew: 900, sandbox.ActionTransfer: 700, sandbox.ActionRestore: 4000,
		}, Reserved: []string{"reserved." + c.TLD}}},
		Accounts: []sandbox.Account{account(ours), account(theirs)}, FrameTap: w.tap,
	}
	cfg.TLS.Time = w.clock.Now
	if c.Server != nil {
		c.Server(&cfg)
	}
	if w.srv, err = sandbox.New(cfg); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	w.us, w.them = w.account(bundle, ours), w.account(bundle, theirs)
	if _, err := w.us.CheckDomains(t.Context(), []string{w.name("hello")}); err != nil {
		t.Fatal(err)
	}
	w.caps = w.us.Capabilities()
	return w
}

func (w *world) tap(dir sandbox.Direction, xml []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames[fmt.Sprintf("%04d-%s", len(w.frames), dir)] = slices.Clone(xml)
	if dir == sandbox.In {
		w.sent++
	}
}

func (w *world) account(bundle *pki.Bundle, id string) registrar.Registry {
	w.Helper()
	tls := bundle.ClientTLS(id)
	tls.Time = w.clock.Now
	p := pool.New(pool.Config{MaxSessions: 2, BackoffMin: time.Millisecond, Session: session.Config{
		Registry: id, Addr: w.srv.Addr(), TLS: tls, ClientID: id, Password: epp.Secret(password),
		Services: w.c.Dialect.Services(), Objects: w.c.Dialect.Objects, Clock: w.clock,
	}})
	w.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			w.Errorf("closing the pool: %v", err)
		}
	})
	open, err := w.c.Dialect.Prepare(w.c.Quirks)
	if err != nil {
		w.Fatal(err)
	}
	cfg := rfc.Config{Pool: p, ClientID: id, ContactModel: registrar.ContactsRequired, ContactRoles: []string{registrar.RoleAdmin, registrar.RoleTech}}
	if w.c.Client != nil {
		w.c.Client(&cfg)
	}
	reg, err := open(cfg)
	if err != nil {
		w.Fatal(err)
	}
	return reg
}

// valid checks every frame of both directions against the schemas.
func (w *world) valid() {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.c.Valid != nil {
		w.c.Valid(w.T, w.frames)
		return
	}
	epptest.Valid(w.T, w.frames, w.c.Schemas...)
}

func (w *world) name(label string) string { return label + "." + w.c.TLD }

func (w *world) sentFrames() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// hook counts how often BeforeSend ran.
type hook struct{ ran int }

// send returns what accompanies the next transform.
func (w *world) send() (registrar.Send, *hook) {
	w.n++
	h := &hook{}
	id := strconv.Itoa(w.n)
	return registrar.Send{ClTRID: "conf-" + id, CommandID: "cmd-" + id, BeforeSend: func(context.Context) error { h.ran++; return nil }}, h
}

// must runs a transform that succeeds and calls its hook once.
func must[R any](w *world, what string, do func(registrar.Send) (R, error)) R {
	w.Helper()
	send, h := w.send()
	out, err := do(send)
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
	if h.ran != 1 {
		w.Errorf("%s: the hook ran %d times", what, h.ran)
	}
	return out
}

// refused runs a transform that the registry refuses for sure.
func refused[R any](w *world, what string, do func(registrar.Send) (R, error), codes ...int) {
	w.Helper()
	send, _ := w.send()
	_, err := do(send)
	if code := registrar.ResultCode(err); code < 2000 || len(codes) > 0 && !slices.Contains(codes, code) {
		w.Errorf("%s: %v, want a refusal %v", what, err, codes)
	}
}

// quiet runs what changes nothing: it succeeds, and no frame that changes
// something has to leave.
func quiet[R any](w *world, what string, do func(registrar.Send) (R, error)) {
	w.Helper()
	send, _ := w.send()
	if _, err := do(send); err != nil {
		w.Errorf("%s: %v", what, err)
	}
}

func (w *world) info(reg registrar.Registry, name string) registrar.DomainInfo {
	w.Helper()
	info, err := reg.DomainInfo(w.Context(), name)
	if err != nil {
		w.Fatalf("info of %s: %v", name, err)
	}
	return info
}

func (w *world) gone(reg registrar.Registry, name string) {
	w.Helper()
	if _, err := reg.DomainInfo(w.Context(), name); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		w.Errorf("%s is still there: %v", name, err)
	}
}

var person = registrar.ContactData{
	Name: "Ada Lovelace", Organization: "Analytical Engines", Street: []string{"12 St James Square"}, City: "London", State: "LDN",
	PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2071234567", Email: "ada@example.org",
}

// contact makes a contact and returns its handle, "" where there are none.
func (w *world) contact(reg registrar.Registry, handle string) string {
	w.Helper()
	if w.caps.ContactModel == registrar.ContactsProhibited {
		return ""
	}
	r := must(w, "contact "+handle, func(s registrar.Send) (registrar.Receipt, error) {
		return reg.CreateContact(w.Context(), s, registrar.ContactCreate{Handle: handle, Contact: registrar.ContactVersion{ContactData: person}})
	})
	if r.Handle != "" {
		return r.Handle
	}
	return handle
}

// host makes hosts where they are objects.
func (w *world) host(reg registrar.Registry, names ...string) {
	w.Helper()
	for _, name := range names {
		if w.caps.HostModel != registrar.HostObjects {
			return
		}
		must(w, "host "+name, func(s registrar.Send) (registrar.Receipt, error) {
			return reg.CreateHost(w.Context(), s, registrar.HostCreate{Name: name})
		})
	}
}

// wish is what a create of a name asks for.
func (w *world) wish(name, handle string) registrar.DomainCreate {
	d := registrar.DomainCreate{Name: name, Years: 1, Registrant: handle}
	if handle != "" {
		d.Contacts = map[string]string{}
		for _, role := range w.caps.ContactRoles {
			d.Contacts[role] = handle
		}
	}
	if w.c.Create != nil {
		w.c.Create(&d)
	}
	return d
}

// register makes a name with its contacts.
func (w *world) register(reg registrar.Registry, name, handle string) registrar.DomainCreated {
	w.Helper()
	d := w.wish(name, handle)
	return must(w, "create "+name, func(s registrar.Send) (registrar.DomainCreated, error) { return reg.CreateDomain(w.Context(), s, d) })
}

// unknown reports whether err says that the outcome is open.
func unknown(err error) bool {
	var u *registrar.UnknownOutcomeError
	return errors.As(err, &u)
}
