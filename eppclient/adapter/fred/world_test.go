package fred

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// world is a FRED registry with two registrars.
type world struct {
	*testing.T
	srv      *sandbox.Server
	time     clockwork.Clock
	clock    *clockwork.FakeClock // the same, of tests that move it
	us, them *Adapter
	n        int

	mu     sync.Mutex
	frames [][]byte // what clients sent
}

func newWorld(t *testing.T, quirks ...string) *world {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	w := worldAt(t, clock, quirks...)
	w.clock = clock
	return w
}

func worldAt(t *testing.T, clock clockwork.Clock, quirks ...string) *world {
	t.Helper()
	w := &world{T: t, time: clock}
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, clock.Now(), "REG-US", "REG-THEM")
	if err != nil {
		t.Fatal(err)
	}
	account := func(id string) sandbox.Account {
		return sandbox.Account{ClientID: id, Password: "a-password", ClientCertCN: id, OpeningBalanceMinor: 1_000_000, Currency: "CZK"}
	}
	tls := bundle.ServerTLS()
	tls.Time = clock.Now
	w.srv, err = sandbox.New(sandbox.Config{
		Name: "fred", Dialect: sandbox.DialectFRED, DatabasePath: filepath.Join(dir, "fred.db"), TLS: tls, Clock: clock, LowCreditMinor: 999_000,
		TLDs: []sandbox.TLD{
			{Name: "cz", Currency: "CZK", Prices: map[sandbox.Action]int64{sandbox.ActionRenew: 500}}, {Name: "0.2.4.e164.arpa", Currency: "CZK"},
		},
		Accounts: []sandbox.Account{account("REG-US"), account("REG-THEM")},
		FrameTap: func(dir sandbox.Direction, xml []byte) {
			if dir == sandbox.In {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.frames = append(w.frames, slices.Clone(xml))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	settings := map[string]string{"zone": "cz", "currency": "CZK"}
	for i := 0; i+1 < len(quirks); i += 2 {
		settings[quirks[i]] = quirks[i+1]
	}
	w.us, w.them = w.account(bundle, "REG-US", settings), w.account(bundle, "REG-THEM", settings)
	return w
}

func (w *world) account(bundle *pki.Bundle, id string, settings map[string]string) *Adapter {
	w.Helper()
	tls := bundle.ClientTLS(id)
	tls.Time = w.time.Now
	p := pool.New(pool.Config{BackoffMin: time.Millisecond, BackoffMax: 10 * time.Millisecond, BreakerAfter: 1000, Session: session.Config{
		Registry: id, Addr: w.srv.Addr(), TLS: tls, ClientID: id, Password: "a-password", Services: Dialect.Services(), Objects: Dialect.Objects, Clock: w.time,
	}})
	w.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			w.Errorf("closing the pool: %v", err)
		}
	})
	open, err := Dialect.Prepare(settings)
	if err != nil {
		w.Fatal(err)
	}
	reg, err := open(rfc.Config{Pool: p, ClientID: id, ContactRoles: []string{"admin", "tech"}})
	if err != nil {
		w.Fatal(err)
	}
	return reg.(*Adapter)
}

// send accompanies the next transform; the hook must run at most once.
func (w *world) send() registrar.Send {
	w.n++
	ran := 0
	return registrar.Send{ClTRID: fmt.Sprintf("test-%d", w.n), BeforeSend: func(context.Context) error {
		if ran++; ran > 1 {
			w.Errorf("the hook ran %d times", ran)
		}
		return nil
	}}
}

// sent returns the frames since the last call, without reads of objects.
func (w *world) sent() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, f := range w.frames {
		if s := string(f); !strings.Contains(s, "<info>") && !strings.Contains(s, "<login>") {
			out = append(out, s)
		}
	}
	w.frames = nil
	return out
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) contact(a *Adapter, handle string) string {
	w.Helper()
	r, err := a.CreateContact(w.Context(), w.send(), registrar.ContactCreate{Handle: handle, Contact: registrar.ContactVersion{ContactData: registrar.ContactData{
		Name: "Jan Novák", City: "Praha", PostalCode: "130 00", CountryCode: "CZ", Email: "jan@example.cz",
	}}})
	w.ok(err)
	if r.Handle != "" {
		w.Errorf("%s became %s", handle, r.Handle)
	}
	return handle
}

func (w *world) create(a *Adapter, name, contact string, servers ...string) {
	w.Helper()
	_, err := a.CreateDomain(w.Context(), w.send(), wish(name, contact, servers...))
	w.ok(err)
}

func wish(name, contact string, servers ...string) registrar.DomainCreate {
	return registrar.DomainCreate{
		Name: name, Years: 1, Registrant: contact, Contacts: map[string]string{"admin": contact, "tech": contact}, NameServers: servers,
	}
}

func (w *world) state(a *Adapter, name string) state {
	w.Helper()
	s, err := a.read(w.Context(), name)
	w.ok(err)
	return s
}

func (w *world) delegate(a *Adapter, name string, want ...string) error {
	_, err := a.UpdateNameServers(w.Context(), w.send(), registrar.NameServerUpdate{Name: name, Want: want})
	return err
}
