package rfc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
)

// world is an adapter that talks to a strict registry over real TLS.
type world struct {
	*Adapter
	srv   *sandbox.Server
	pool  *pool.Pool
	clock *clockwork.FakeClock
	n     int

	mu     sync.Mutex
	frames [][]byte // what the client sent
	said   []transcript.Exchange
}

// Record implements transcript.Transcript.
func (w *world) Record(x transcript.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, x)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clockwork.NewFakeClockAt(time.Date(2031, 2, 28, 12, 0, 0, 0, time.UTC))}
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, w.clock.Now(), "registrar-1")
	if err != nil {
		t.Fatal(err)
	}
	serverTLS := bundle.ServerTLS()
	serverTLS.Time = w.clock.Now
	w.srv, err = sandbox.New(sandbox.Config{
		Name: "sandbox-a", DatabasePath: filepath.Join(dir, "a.db"), TLS: serverTLS, Clock: w.clock,
		TLDs: []sandbox.TLD{{
			Name: "example", Currency: "USD", Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 800, sandbox.ActionRenew: 900},
			Premium: []string{"gold.example"}, Reserved: []string{"www.example"},
		}},
		Accounts: []sandbox.Account{{ClientID: "registrar-1", Password: "a-password", ClientCertCN: "registrar-1", OpeningBalanceMinor: 10_000, Currency: "USD"}},
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
	clientTLS := bundle.ClientTLS("registrar-1")
	clientTLS.Time = w.clock.Now
	w.pool = pool.New(pool.Config{
		MaxSessions: 2, BackoffMin: time.Millisecond,
		Session: session.Config{
			Registry: "a", Addr: w.srv.Addr(), TLS: clientTLS, ServerID: "sandbox-a", ClientID: "registrar-1", Password: "a-password",
			Services: Services(), Transcript: w, Clock: w.clock,
		},
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := w.pool.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	if w.Adapter, err = New(Config{Pool: w.pool, ClientID: "registrar-1", MaxSessions: 2}); err != nil {
		t.Fatal(err)
	}
	return w
}

// send returns what accompanies the next transform.
func (w *world) send() registrar.Send {
	w.n++
	id := strconv.Itoa(w.n)
	return registrar.Send{ClTRID: "test-" + id, CommandID: "cmd-" + id}
}

func (w *world) contact(t *testing.T, handle string) {
	t.Helper()
	_, err := w.CreateContact(t.Context(), w.send(), registrar.ContactCreate{Handle: handle, Contact: registrar.ContactVersion{ContactData: person}})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) host(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := w.CreateHost(t.Context(), w.send(), registrar.HostCreate{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
}

var person = registrar.ContactData{
	Name: "Zoë O'Neil & Söhne <x>", Organization: "Київ ТОВ", Street: []string{"Вул. 1", "2"}, City: "Київ", State: "K", PostalCode: "01001",
	CountryCode: "UA", Phone: "+380.441234567", Email: "zoe@example.com",
}

func TestRegistrationFromEndToEnd(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.contact(t, "c-0001")
	w.host(t, "ns1.dns.test", "ns2.dns.test", "ns3.dns.test")

	var hooked int
	send := w.send()
	send.BeforeSend = func(context.Context) error { hooked++; return nil }
	created, err := w.CreateDomain(ctx, send, registrar.DomainCreate{
		Name: "shop.example", Years: 2, Registrant: "c-0001", Contacts: map[string]string{"admin": "c-0001", "tech": "c-0001"},
		NameServers: []string{"ns1.dns.test", "ns2.dns.test"},
	})
	if err != nil || hooked != 1 {
		t.Fatalf("create: %v, hook called %d times", err, hooked)
	}
	if created.Code != 1000 || created.Pending || created.SvTRID == "" || created.ClTRID != send.ClTRID ||
		!created.Created.Equal(w.clock.Now()) || created.Expires.Year() != 2033 || !strings.HasPrefix(created.ExpiresRaw, "2033-02-28T12:00:00") {
		t.Errorf("created %+v", created)
	}

	info, err := w.DomainInfo(ctx, "shop.example")
	if err != nil || !info.Ours || info.Sponsor != "registrar-1" || info.Registrant != "c-0001" || !info.Contacts.Has("tech", "c-0001") ||
		!slices.Equal(info.NameServers, []string{"ns1.dns.test", "ns2.dns.test"}) || info.ExpiresRaw != created.ExpiresRaw {
		t.Errorf("info %+v, %v", info, err)
	}

	renewed, err := w.RenewDomain(ctx, w.send(), registrar.DomainRenew{Name: "shop.example", CurExpiry: created.ExpiresRaw[:10], Years: 1})
	if err != nil || renewed.Expires.Year() != 2034 || renewed.ExpiresRaw == "" {
		t.Errorf("renewed %+v, %v", renewed, err)
	}
	// The same curExpDate again must not renew twice.
	if _, err := w.RenewDomain(ctx, w.send(), registrar.DomainRenew{Name: "shop.example", CurExpiry: created.ExpiresRaw[:10], Years: 1}); registrar.ResultCode(err) != 2004 {
		t.Errorf("second renewal: %v", err)
	}

	receipt, err := w.UpdateNameServers(ctx, w.send(), registrar.NameServerUpdate{
		Name: "shop.example", Current: info.NameServers, Want: []string{"NS3.dns.test.", "ns1.dns.test"},
	})
	if err != nil || receipt.Code != 1000 {
		t.Errorf("update: %+v, %v", receipt, err)
	}
	if info, err = w.DomainInfo(ctx, "shop.example"); err != nil || !registrar.SameHosts(info.NameServers, []string{"ns1.dns.test", "ns3.dns.test"}) {
		t.Errorf("name servers %v, %v", info.NameServers, err)
	}
	// Nothing to change: nothing is sent.
	send = w.send()
	send.BeforeSend = func(context.Context) error { t.Error("sent without need"); return nil }
	if receipt, err := w.UpdateNameServers(ctx, send, registrar.NameServerUpdate{Name: "shop.example", Current: info.NameServers, Want: info.NameServers}); err != nil || receipt.Code != 1000 {
		t.Errorf("no change: %+v, %v", receipt, err)
	}
	w.noSecrets(t)
	w.validFrames(t)
}

// noSecrets makes sure that no transcript holds a password or a transfer code.
func (w *world) noSecrets(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	secrets := []string{"a-password"}
	for _, f := range w.frames {
		if _, rest, ok := strings.Cut(string(f), "domain:pw>"); ok {
			code, _, _ := strings.Cut(rest, "<")
			if len(code) != defaultAuthInfoLength {
				t.Errorf("transfer code of %d characters", len(code))
			}
			secrets = append(secrets, code)
		}
	}
	if len(secrets) < 2 || len(w.said) < 5 {
		t.Fatalf("%d secrets in %d frames", len(secrets), len(w.frames))
	}
	for _, x := range w.said {
		for _, s := range secrets {
			if strings.Contains(string(x.Request)+string(x.Response), s) {
				t.Errorf("transcript of %s %s shows a secret", x.Verb, x.Object)
			}
		}
	}
}

// validFrames checks every frame the client sent against the schemas.
func (w *world) validFrames(t *testing.T) {
	t.Helper()
	schema := schemaFile(t)
	if schema == "" {
		return
	}
	dir := t.TempDir()
	args := []string{"--nonet", "--noout", "--schema", schema}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, f := range w.frames {
		file := filepath.Join(dir, strconv.Itoa(i)+".xml")
		if err := os.WriteFile(file, f, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// schemaFile finds the schemas beside the repository; "" when there are none.
func schemaFile(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("INDERA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	file := filepath.Join(shared, "epp", "xsd", "all.xsd")
	_, err := os.Stat(file)
	if err == nil {
		_, err = exec.LookPath("xmllint")
	}
	if err == nil {
		return file
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("schemas cannot be checked: %v", err)
	}
	t.Logf("frames are not checked against the schemas: %v", err)
	return ""
}

func TestCheckDomains(t *testing.T) {
	w := newWorld(t)
	w.cfg.CheckBatch = 2
	if _, err := w.CreateDomain(t.Context(), w.send(), registrar.DomainCreate{Name: "taken.example", Years: 1}); err != nil {
		t.Fatal(err)
	}
	names := []string{"free.example", "taken.example", "gold.example", "www.example", "also-free.example"}
	got, err := w.CheckDomains(t.Context(), names)
	if err != nil || len(got) != len(names) {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []registrar.Availability{registrar.Available, registrar.Registered, registrar.Reserved, registrar.Reserved, registrar.Available}
	for i, r := range got {
		if r.Name != names[i] || r.Status != want[i] {
			t.Errorf("%+v, want %s %s", r, names[i], want[i])
		}
	}
}

func TestOtherObjects(t *testing.T) {
	w := newWorld(t)
	w.contact(t, "c-0001")
	w.host(t, "ns1.dns.test")
	c, err := w.ContactInfo(t.Context(), "c-0001")
	if err != nil || c.Handle != "c-0001" || !c.Ours || c.ROID == "" || !c.Created.Equal(w.clock.Now()) {
		t.Errorf("%+v, %v", c, err)
	}
	h, err := w.HostInfo(t.Context(), "ns1.dns.test")
	if err != nil || h.Name != "ns1.dns.test" || !h.Ours || h.ROID == "" || h.Created.IsZero() {
		t.Errorf("%+v, %v", h, err)
	}
	for name, err := range map[string]error{
		"domain":  func() error { _, err := w.DomainInfo(t.Context(), "none.example"); return err }(),
		"contact": func() error { _, err := w.ContactInfo(t.Context(), "c-none"); return err }(),
		"host":    func() error { _, err := w.HostInfo(t.Context(), "ns9.dns.test"); return err }(),
	} {
		if registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = w.CreateContact(t.Context(), w.send(), registrar.ContactCreate{Handle: "c-0001", Contact: registrar.ContactVersion{ContactData: person}})
	var re *registrar.ResultError
	if !errors.As(err, &re) || re.Code != 2302 || re.ClTRID == "" || re.SvTRID == "" {
		t.Errorf("second contact: %v", err)
	}
}

// TestFailuresAtTheRegistry: each way a command can fail is told apart.
func TestFailuresAtTheRegistry(t *testing.T) {
	tests := []struct {
		name   string
		fault  sandbox.Fault
		want   any
		code   int
		exists bool // the domain, afterwards
	}{
		{"refused", sandbox.Fault{Kind: sandbox.FaultCode, Code: 2104}, new(*registrar.ResultError), 2104, false},
		{"failed, closing", sandbox.Fault{Kind: sandbox.FaultCode, Code: 2500}, new(*registrar.ResultError), 2500, false},
		{"cut before", sandbox.Fault{Kind: sandbox.FaultDropBefore}, new(*registrar.UnknownOutcomeError), 0, false},
		{"cut after", sandbox.Fault{Kind: sandbox.FaultDropAfter}, new(*registrar.UnknownOutcomeError), 0, true},
		{"answer cut", sandbox.Fault{Kind: sandbox.FaultCut}, new(*registrar.UnknownOutcomeError), 0, true},
	}
	w := newWorld(t)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := "d" + strconv.Itoa(i) + ".example"
			tt.fault.Verb, tt.fault.Object, tt.fault.Name, tt.fault.Count = "create", "domain", name, 1
			if _, err := w.srv.AddFault(tt.fault); err != nil {
				t.Fatal(err)
			}
			_, err := w.CreateDomain(t.Context(), w.send(), registrar.DomainCreate{Name: name, Years: 1})
			if !errors.As(err, tt.want) || registrar.ResultCode(err) != tt.code {
				t.Fatalf("err = %v", err)
			}
			_, err = w.DomainInfo(t.Context(), name)
			if exists := err == nil; exists != tt.exists || err != nil && registrar.ResultCode(err) != 2303 {
				t.Errorf("info: %v", err)
			}
		})
	}
}

func TestNotSent(t *testing.T) {
	w := newWorld(t)
	boom := errors.New("no longer ours")
	send := w.send()
	send.BeforeSend = func(context.Context) error { return boom }
	_, err := w.CreateDomain(t.Context(), send, registrar.DomainCreate{Name: "a.example", Years: 1})
	var notSent *registrar.NotSentError
	if !errors.As(err, &notSent) || !errors.Is(err, boom) {
		t.Errorf("hook: %v", err)
	}
	if err := w.srv.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := w.CreateDomain(ctx, w.send(), registrar.DomainCreate{Name: "a.example", Years: 1}); !errors.As(err, &notSent) {
		t.Errorf("registry gone: %v", err)
	}
	if _, err := w.CheckDomains(ctx, []string{"a.example"}); !errors.As(err, &notSent) {
		t.Errorf("check, registry gone: %v", err)
	}
}

// TestRefusedLoginIsNoAnswer: what the registry says to a login is no answer to
// the command that needed the session.
func TestRefusedLoginIsNoAnswer(t *testing.T) {
	for _, code := range []int{2200, 2400, 2501, 2502} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultCode, Code: code, Verb: "login"}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := w.CreateDomain(ctx, w.send(), registrar.DomainCreate{Name: "a.example", Years: 1})
			var notSent *registrar.NotSentError
			if !errors.As(err, &notSent) || registrar.ResultCode(err) != 0 {
				t.Errorf("create: %v", err)
			}
			if _, err := w.DomainInfo(ctx, "a.example"); !errors.As(err, &notSent) {
				t.Errorf("info: %v", err)
			}
		})
	}
}
