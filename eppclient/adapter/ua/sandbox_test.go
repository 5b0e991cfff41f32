package ua

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

var update = flag.Bool("update", false, "write the golden frames anew")

const password = "a-password-of-30-characters-xx"

// world is a registry of .UA with an account of ours.
type world struct {
	*testing.T
	clock *clockwork.FakeClock
	us    registrar.Registry
	n     int

	mu     sync.Mutex
	frames [][]byte // commands that we sent
}

func newWorld(t *testing.T, quirks ...string) *world {
	t.Helper()
	w := &world{T: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))}
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, w.clock.Now(), "indera")
	if err != nil {
		t.Fatal(err)
	}
	server, client := bundle.ServerTLS(), bundle.ClientTLS("indera")
	server.Time, client.Time = w.clock.Now, w.clock.Now
	srv, err := sandbox.New(sandbox.Config{
		Name: "uaepp", Dialect: sandbox.DialectUA, DatabasePath: filepath.Join(dir, "ua.db"), TLS: server, Clock: w.clock,
		TLDs: []sandbox.TLD{{Name: "com.ua", Currency: "UAH"}, {Name: "ua", Currency: "UAH"}},
		Accounts: []sandbox.Account{{
			ClientID: "indera", Password: password, ClientCertCN: "indera", OpeningBalanceMinor: 11_111, Currency: "UAH", Contract: "R12/999",
		}},
		FrameTap: func(dir sandbox.Direction, xml []byte) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if dir == sandbox.In {
				w.frames = append(w.frames, slices.Clone(xml))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	p := pool.New(pool.Config{MaxSessions: 1, BackoffMin: time.Millisecond, Session: session.Config{
		Registry: "ua", Addr: srv.Addr(), TLS: client, ClientID: "indera", Password: epp.Secret(password), PasswordMax: Dialect.PasswordMax,
		Services: Dialect.Services(), Objects: Dialect.Objects, Clock: w.clock,
	}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	settings := map[string]string{}
	for i := 0; i+1 < len(quirks); i += 2 {
		settings[quirks[i]] = quirks[i+1]
	}
	open, err := Dialect.Prepare(settings)
	if err != nil {
		t.Fatal(err)
	}
	if w.us, err = open(rfc.Config{Pool: p, ClientID: "indera", ContactRoles: []string{registrar.RoleAdmin, registrar.RoleTech}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) send() registrar.Send {
	w.n++
	return registrar.Send{ClTRID: fmt.Sprintf("test-%d", w.n), BeforeSend: func(context.Context) error { return nil }}
}

func (w *world) ok(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// sent returns the frames since the last call, without hello and login.
func (w *world) sent() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, f := range w.frames {
		if s := string(f); !strings.Contains(s, "<login>") && !strings.Contains(s, "<hello/>") {
			out = append(out, s)
		}
	}
	w.frames = nil
	return out
}

var taras = registrar.ContactVersion{ContactData: registrar.ContactData{
	Name: "Тарас Шевченко", Street: []string{"вул. Хрещатик, 1"}, City: "Київ", PostalCode: "01001", CountryCode: "UA", Phone: "+380.441234567", Email: "t@example.ua",
}}

func (w *world) contact() {
	w.Helper()
	_, err := w.us.CreateContact(w.Context(), w.send(), registrar.ContactCreate{Handle: "taras-1", Contact: taras})
	w.ok("contact", err)
}

func wish(name, licence string) registrar.DomainCreate {
	d := registrar.DomainCreate{Name: name, Years: 1, Registrant: "taras-1", Contacts: map[string]string{"admin": "taras-1", "tech": "taras-1"}}
	if licence != "" {
		d.Fields = map[string]string{FieldLicence: licence}
	}
	return d
}

// TestRefused: what the registry would refuse for sure is not sent.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.contact()
	w.sent()
	for what, do := range map[string]func() error{
		"no licence": func() error { _, err := w.us.CreateDomain(t.Context(), w.send(), wish("shop.ua", "")); return err },
		"a licence too many": func() error {
			_, err := w.us.CreateDomain(t.Context(), w.send(), wish("shop.com.ua", "UA 1"))
			return err
		},
		"four labels": func() error { _, err := w.us.CreateDomain(t.Context(), w.send(), wish("a.b.com.ua", "")); return err },
		"no registrant": func() error {
			d := wish("shop.com.ua", "")
			d.Registrant = ""
			_, err := w.us.CreateDomain(t.Context(), w.send(), d)
			return err
		},
		"capitals in a handle": func() error {
			_, err := w.us.CreateContact(t.Context(), w.send(), registrar.ContactCreate{Handle: "Taras-1", Contact: taras})
			return err
		},
		"the magic handle": func() error {
			_, err := w.us.CreateContact(t.Context(), w.send(), registrar.ContactCreate{Handle: "autonic", Contact: taras})
			return err
		},
		"another name for a host": func() error {
			_, err := w.us.UpdateHost(t.Context(), w.send(), registrar.HostUpdate{Name: "ns1.shop.com.ua", NewName: "ns2.shop.com.ua"})
			return err
		},
		"a contact to move": func() error {
			_, err := w.us.Transfer(t.Context(), w.send(), registrar.TransferCommand{
				Object: registrar.ObjectRef{Kind: registrar.ObjectContact, ID: "taras-1"}, Op: registrar.TransferRequest, Code: "code",
			})
			return err
		},
		"a report": func() error {
			_, err := w.us.ReportRestore(t.Context(), w.send(), registrar.RestoreReport{Name: "shop.com.ua"})
			return err
		},
		"a balance without contract": func() error { _, err := w.us.Balance(t.Context()); return err },
	} {
		if code := registrar.ResultCode(do()); code < 2000 {
			t.Errorf("%s: code %d", what, code)
		}
	}
	if sent := w.sent(); len(sent) > 0 {
		t.Errorf("sent all the same: %q", sent)
	}
}

func TestCapabilities(t *testing.T) {
	w := newWorld(t, "contract", "R12/999")
	_, err := w.us.CheckDomains(t.Context(), []string{"a.com.ua"})
	w.ok("check", err)
	c := w.us.Capabilities()
	if c.Dialect != "ua" || !slices.Equal(c.Fields, []string{FieldLicence}) || !c.Balance || c.TransferContacts || c.AuthInfoAtCreate ||
		c.Restore != registrar.RestoreRequest || c.SecDNS != registrar.SecDNSDS || c.ContactModel != registrar.ContactsRequired || c.AddGrace != 0 {
		t.Errorf("%+v", c)
	}
	b, err := w.us.Balance(t.Context())
	if err != nil || b.Available != (registrar.Money{Minor: 11_111, Currency: "UAH"}) || b.CreditLimit != nil {
		t.Errorf("%+v, %v", b, err)
	}
	foreign := newWorld(t, "contract", "R12/998", "licence_zones", "none")
	if _, err := foreign.us.Balance(t.Context()); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		t.Errorf("the balance of a contract that is not ours: %v", err)
	}
	if c := foreign.us.Capabilities(); len(c.Fields) != 0 {
		t.Errorf("fields without zones that ask for a licence: %v", c.Fields)
	}
}

// TestHostInUse: it goes away only if the settings say so.
func TestHostInUse(t *testing.T) {
	for _, setting := range []string{"off", "on"} {
		w := newWorld(t, "delete_hosts_in_use", setting)
		w.contact()
		_, err := w.us.CreateHost(t.Context(), w.send(), registrar.HostCreate{Name: "ns1.example.net"})
		w.ok("host", err)
		d := wish("shop.com.ua", "")
		d.NameServers = []string{"ns1.example.net"}
		_, err = w.us.CreateDomain(t.Context(), w.send(), d)
		w.ok("create", err)
		_, err = w.us.DeleteHost(t.Context(), w.send(), "ns1.example.net")
		if want := map[string]int{"off": 2305, "on": 0}[setting]; registrar.ResultCode(err) != want || want == 0 && err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// TestLapse: who does not renew loses the name to redemption, and is told so.
func TestLapse(t *testing.T) {
	w := newWorld(t)
	w.contact()
	_, err := w.us.CreateDomain(t.Context(), w.send(), wish("shop.com.ua", ""))
	w.ok("create", err)
	w.clock.Advance((365 + 31) * 24 * time.Hour)
	var told []registrar.RegistryEvent
	_, err = w.us.PollMessages(t.Context(), func(_ context.Context, m registrar.RegistryMessage) error {
		told = append(told, m.Events...)
		return nil
	}, 10)
	w.ok("poll", err)
	if len(told) != 1 || told[0].Kind != registrar.ToldState || !slices.Contains(told[0].State.Domain.Statuses, "pendingDelete") {
		t.Fatalf("%+v", told)
	}
	_, err = w.us.Restore(t.Context(), w.send(), registrar.DomainRestore{Name: "shop.com.ua"})
	w.ok("restore", err)
	info, err := w.us.DomainInfo(t.Context(), "shop.com.ua")
	w.ok("info", err)
	if !info.Created.Equal(w.clock.Now()) || !info.Expires.Equal(w.clock.Now().AddDate(1, 0, 0)) || len(info.Graces) != 0 {
		t.Errorf("%+v", info)
	}
}

var volatile = regexp.MustCompile(`<domain:pw>[^<]+</domain:pw>`)

// TestFrames keeps what one life of a name sends.
func TestFrames(t *testing.T) {
	w := newWorld(t, "contract", "R12/999")
	ctx := t.Context()
	w.contact()
	_, err := w.us.CreateDomain(ctx, w.send(), wish("shop.ua", "UA 12345"))
	w.ok("create", err)
	_, err = w.us.CreateHost(ctx, w.send(), registrar.HostCreate{Name: "ns1.shop.ua", Addresses: []string{"192.0.2.1", "2001:db8::1"}})
	w.ok("host", err)
	_, err = w.us.UpdateNameServers(ctx, w.send(), registrar.NameServerUpdate{Name: "shop.ua", Want: []string{"ns1.shop.ua"}})
	w.ok("name servers", err)
	_, err = w.us.UpdateSecDNS(ctx, w.send(), registrar.SecDNSUpdate{Name: "shop.ua", Want: registrar.SecDNS{DS: []registrar.DS{
		{KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: strings.Repeat("4C", 32)},
	}}})
	w.ok("DNSSEC", err)
	code := registrar.Secret("Code-for-the-transfer-01")
	_, err = w.us.UpdateDomain(ctx, w.send(), registrar.DomainUpdate{Name: "shop.ua", TransferCode: &code})
	w.ok("code", err)
	_, err = w.us.RenewDomain(ctx, w.send(), registrar.DomainRenew{Name: "shop.ua", CurExpiry: "2027-11-24", Years: 1})
	w.ok("renew", err)
	_, err = w.us.Balance(ctx)
	w.ok("balance", err)
	_, err = w.us.UpdateNameServers(ctx, w.send(), registrar.NameServerUpdate{Name: "shop.ua", Current: []string{"ns1.shop.ua"}})
	w.ok("name servers", err)
	_, err = w.us.DeleteHost(ctx, w.send(), "ns1.shop.ua")
	w.ok("host", err)
	_, err = w.us.DeleteDomain(ctx, w.send(), "shop.ua")
	w.ok("delete", err)
	_, err = w.us.Restore(ctx, w.send(), registrar.DomainRestore{Name: "shop.ua"})
	w.ok("restore", err)

	sent := w.sent()
	for i, frame := range sent {
		got := volatile.ReplaceAll([]byte(frame), []byte("<domain:pw>secret</domain:pw>"))
		got = regexp.MustCompile(`<clTRID>[^<]+</clTRID>`).ReplaceAll(got, []byte("<clTRID>CL</clTRID>"))
		file := filepath.Join("testdata", "life", fmt.Sprintf("%02d.xml", i+1))
		if *update {
			w.ok("writing", os.WriteFile(file, got, 0o644))
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n got %s\nwant %s", file, err, got, want)
		}
	}
	kept, err := filepath.Glob("testdata/life/*.xml")
	if err != nil || len(kept) != len(sent) {
		t.Errorf("%d frames kept, %d sent, %v", len(kept), len(sent), err)
	}
}

// TestUnreadable: a balance that says nothing is an unknown outcome, not zero.
func TestUnreadable(t *testing.T) {
	for _, data := range []string{"", `<b:infData xmlns:b="http://hostmaster.ua/epp/balance-1.0"><b:balance>much</b:balance></b:infData>`} {
		open, err := Dialect.Prepare(map[string]string{"contract": "R12/999"})
		if err != nil {
			t.Fatal(err)
		}
		reg, err := open(rfc.Config{Pool: canned(data), ClientID: "indera"})
		if err != nil {
			t.Fatal(err)
		}
		var unknown *registrar.UnknownOutcomeError
		if _, err := reg.Balance(t.Context()); !errors.As(err, &unknown) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// canned answers everything with the same data.
type canned string

func (c canned) Exchange(context.Context, pool.Priority, session.Request) (*epp.Response, error) {
	return epp.Codec{Objects: Dialect.Objects}.Decode([]byte(`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>x</msg></result><resData>` +
		string(c) + `</resData><trID><svTRID>SV</svTRID></trID></response></epp>`))
}

func (c canned) Greeting() (epp.Greeting, bool) {
	s := Dialect.Services()
	return epp.Greeting{Objects: s.Objects, Extensions: s.Extensions}, true
}

func (c canned) Greet(context.Context, pool.Priority) (epp.Greeting, error) {
	g, _ := c.Greeting()
	return g, nil
}
