package verisign_test

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
	"github.com/indera/indera/eppclient/adapter/verisign"
	"github.com/indera/indera/eppclient/ext/fee"
	ext "github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// world is the adapter at a registry that serves .com and .net.
type world struct {
	*testing.T
	registrar.Registry
	srv   *sandbox.Server
	clock *clockwork.FakeClock
	n     int

	mu     sync.Mutex
	frames []taped
	taped  *sync.Cond // a frame was added
}

type taped struct {
	dir sandbox.Direction
	xml []byte
}

const clientID = "registrar-1"

func zone(name string) sandbox.TLD {
	return sandbox.TLD{
		Name: name, Currency: "USD", Contacts: sandbox.ContactsProhibited, IDN: []string{"Latin", "Cyrillic"}, Languages: []string{"GER", "UKR"},
		Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 1026, sandbox.ActionRenew: 1026, sandbox.ActionTransfer: 1026, sandbox.ActionRestore: 4000},
		Tiers: []sandbox.Tier{{Class: "premium-1", Names: []string{"gold." + name}, Prices: map[sandbox.Action]int64{
			sandbox.ActionCreate: 99_900, sandbox.ActionRenew: 9_900,
		}}},
	}
}

func newWorld(t *testing.T, quirks map[string]string, extensions ...string) *world {
	t.Helper()
	w := &world{T: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))}
	w.taped = sync.NewCond(&w.mu)
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, w.clock.Now(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	serverTLS, clientTLS := bundle.ServerTLS(), bundle.ClientTLS(clientID)
	serverTLS.Time, clientTLS.Time = w.clock.Now, w.clock.Now
	w.srv, err = sandbox.New(sandbox.Config{
		Name: "verisign", DatabasePath: filepath.Join(dir, "registry.db"), TLS: serverTLS, Clock: w.clock, FrameTap: w.tap,
		TLDs: []sandbox.TLD{zone("com"), zone("net")}, Extensions: append(slices.Clone(platform), extensions...),
		Accounts: []sandbox.Account{{ClientID: clientID, Password: "a-password", ClientCertCN: clientID, OpeningBalanceMinor: 1_000_000, WarnPercent: 99, Currency: "USD"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	p := pool.New(pool.Config{MaxSessions: 1, BackoffMin: time.Millisecond, Session: session.Config{
		Registry: "verisign", Addr: w.srv.Addr(), TLS: clientTLS, ClientID: clientID, Password: "a-password", Services: verisign.Dialect.Services(), Clock: w.clock,
	}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	open, err := verisign.Dialect.Prepare(quirks)
	if err != nil {
		t.Fatal(err)
	}
	if w.Registry, err = open(rfc.Config{Pool: p, ClientID: clientID}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) tap(dir sandbox.Direction, xml []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames = append(w.frames, taped{dir, slices.Clone(xml)})
	w.taped.Broadcast()
}

// take returns the frames since the last call, answers included: the server notes
// an answer a moment after the client may have read it.
func (w *world) take() []taped {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.frames) > 0 && w.frames[len(w.frames)-1].dir == sandbox.In {
		w.taped.Wait()
	}
	out := w.frames
	w.frames = nil
	return out
}

// sent returns the frames that hold a text, of what the client has sent.
func (w *world) sent(text string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, f := range w.frames {
		if f.dir == sandbox.In && strings.Contains(string(f.xml), text) {
			out = append(out, string(f.xml))
		}
	}
	return out
}

func (w *world) send() registrar.Send {
	w.n++
	return registrar.Send{ClTRID: fmt.Sprintf("test-%d", w.n), CommandID: fmt.Sprintf("cmd-%d", w.n)}
}

func (w *world) create(d registrar.DomainCreate) (registrar.DomainCreated, error) {
	w.Helper()
	d.Years = max(d.Years, 1)
	return w.CreateDomain(w.Context(), w.send(), d)
}

func (w *world) mustCreate(name string) registrar.DomainCreated {
	w.Helper()
	created, err := w.create(registrar.DomainCreate{Name: name})
	if err != nil {
		w.Fatal(err)
	}
	return created
}

// drain returns what the queue tells.
func (w *world) drain() []registrar.RegistryEvent {
	w.Helper()
	var out []registrar.RegistryEvent
	_, err := w.PollMessages(w.Context(), func(_ context.Context, m registrar.RegistryMessage) error {
		out = append(out, m.Events...)
		return nil
	}, 100)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

var withFee = []string{string(fee.V1), ext.PremiumNamespace}
