package sandbox_test

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
)

// This file is a raw EPP client: it sends XML text and reads XML text, and
// knows nothing of the server's own codec.

const (
	domainNS  = "urn:ietf:params:xml:ns:domain-1.0"
	contactNS = "urn:ietf:params:xml:ns:contact-1.0"
	hostNS    = "urn:ietf:params:xml:ns:host-1.0"
	ioLimit   = 20 * time.Second // a test that waits longer is broken
)

var testStart = time.Date(2026, 1, 15, 10, 30, 0, 123_000_000, time.UTC)

var (
	bundleDir  string
	makeBundle = sync.OnceValues(func() (*pki.Bundle, error) {
		return pki.Ensure(bundleDir, testStart, "alpha", "beta", "stranger")
	})
)

func TestMain(m *testing.M) {
	var err error
	if bundleDir, err = os.MkdirTemp("", "sandbox-pki-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if code == 0 {
		code = max(recorded.verdict(), recordedFRED.verdict())
	}
	_ = os.RemoveAll(bundleDir)
	os.Exit(code)
}

// fixture is one running registry with two accounts: "alpha" is funded,
// "beta" is the other registrar.
type fixture struct {
	t      testing.TB
	srv    *sandbox.Server
	cfg    sandbox.Config
	clock  *clockwork.FakeClock
	bundle *pki.Bundle
}

func testConfig(tb testing.TB) (sandbox.Config, *pki.Bundle) {
	tb.Helper()
	bundle, err := makeBundle()
	if err != nil {
		tb.Fatal(err)
	}
	return sandbox.Config{
		Name: "sandbox-a",
		TLDs: []sandbox.TLD{
			{Name: "example", Currency: "USD", IDN: []string{"Latin", "Cyrillic"},
				Prices:  map[sandbox.Action]int64{sandbox.ActionCreate: 800, sandbox.ActionRenew: 900},
				Premium: []string{"gold.example"}, Reserved: []string{"nic.example"}},
			{Name: "thick", Currency: "USD", Contacts: sandbox.ContactsRequired, MinYears: 2, MaxYears: 5},
			{Name: "thin", Currency: "USD", Contacts: sandbox.ContactsProhibited},
			{Name: "co.thin", Currency: "USD"},
		},
		Accounts: []sandbox.Account{
			{ClientID: "alpha", Password: "alpha-secret", ClientCertCN: "alpha", OpeningBalanceMinor: 100_000, Currency: "USD"},
			{ClientID: "beta", Password: "beta-secret", ClientCertSHA256: bundle.Clients["beta"].SHA256(), OpeningBalanceMinor: 100_000, Currency: "USD"},
		},
		ControlListen: "127.0.0.1:0",
		TLS:           bundle.ServerTLS(),
	}, bundle
}

func start(tb testing.TB, changes ...func(*sandbox.Config)) *fixture {
	tb.Helper()
	cfg, bundle := testConfig(tb)
	clock := clockwork.NewFakeClockAt(testStart)
	cfg.Clock = clock
	if testing.Verbose() {
		cfg.Logger = slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for _, change := range changes {
		change(&cfg)
	}
	f := &fixture{t: tb, cfg: cfg, clock: clock, bundle: bundle}
	f.boot()
	tb.Cleanup(func() {
		if err := f.srv.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return f
}

func (f *fixture) boot() {
	f.t.Helper()
	srv, err := sandbox.New(f.cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := srv.Start(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	f.srv = srv
}

// client is one raw connection.
type client struct {
	tb       testing.TB
	frames   *recorder
	conn     *tls.Conn
	greeting string
}

func (f *fixture) tlsConfig(commonName string) *tls.Config {
	cfg := f.bundle.ClientTLS(commonName)
	cfg.Time = f.clock.Now
	return cfg
}

// dial connects with the certificate of that name and reads the greeting.
func (f *fixture) dial(commonName string) *client {
	f.t.Helper()
	dialer := &net.Dialer{Timeout: ioLimit}
	conn, err := tls.DialWithDialer(dialer, "tcp", f.srv.Addr(), f.tlsConfig(commonName))
	if err != nil {
		f.t.Fatal(err)
	}
	c := &client{tb: f.t, conn: conn, frames: recorded}
	if f.cfg.Dialect == sandbox.DialectFRED {
		c.frames = recordedFRED
	}
	f.t.Cleanup(func() { _ = conn.Close() })
	c.greeting = c.read()
	c.frames.add(c.greeting)
	return c
}

// login gives a session of that account.
func (f *fixture) login(clientID string) *client {
	f.t.Helper()
	c := f.dial(clientID)
	c.want(1000, loginFrame(clientID, clientID+"-secret"))
	return c
}

func (c *client) write(data []byte) {
	c.tb.Helper()
	if err := c.tryWrite(data); err != nil {
		c.tb.Fatal(err)
	}
}

func (c *client) tryWrite(data []byte) error {
	if err := c.conn.SetDeadline(time.Now().Add(ioLimit)); err != nil {
		return err
	}
	_, err := c.conn.Write(data)
	return err
}

func framed(xml string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(xml)+4)), xml...)
}

func (c *client) send(xml string) {
	c.tb.Helper()
	c.write(framed(xml))
}

func (c *client) tryRead() (string, error) {
	if err := c.conn.SetDeadline(time.Now().Add(ioLimit)); err != nil {
		return "", err
	}
	var header [4]byte
	if _, err := io.ReadFull(c.conn, header[:]); err != nil {
		return "", err
	}
	body := make([]byte, binary.BigEndian.Uint32(header[:])-4)
	_, err := io.ReadFull(c.conn, body)
	return string(body), err
}

func (c *client) read() string {
	c.tb.Helper()
	xml, err := c.tryRead()
	if err != nil {
		c.tb.Fatalf("reading a frame: %v", err)
	}
	return xml
}

// answer is one response.
type answer struct {
	code int
	xml  string
}

var codePattern = regexp.MustCompile(`<result code="(\d{4})"`)

// do sends a frame and reads its response. Accepted requests and all responses
// go to the schema check.
func (c *client) do(xml string) answer {
	c.tb.Helper()
	c.send(xml)
	a := answer{xml: c.read()}
	if m := codePattern.FindStringSubmatch(a.xml); m != nil {
		a.code, _ = strconv.Atoi(m[1])
	}
	if a.code < 2000 {
		c.frames.add(xml)
	}
	c.frames.add(a.xml)
	return a
}

// want is do with an expected result code.
func (c *client) want(code int, xml string) answer {
	c.tb.Helper()
	a := c.do(xml)
	if a.code != code {
		c.tb.Fatalf("code %d, want %d\nsent %s\ngot %s", a.code, code, xml, a.xml)
	}
	return a
}

// wantClosed checks that the server ends the connection without another frame.
func (c *client) wantClosed() {
	c.tb.Helper()
	xml, err := c.tryRead()
	if err == nil {
		c.tb.Fatalf("want a closed connection, got %s", xml)
	}
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		c.tb.Fatal("want a closed connection, it stayed open")
	}
}

// has checks that the answer holds every one of the texts, in this order.
func (a answer) has(tb testing.TB, texts ...string) {
	tb.Helper()
	rest := a.xml
	for _, text := range texts {
		i := strings.Index(rest, text)
		if i < 0 {
			tb.Fatalf("%q is missing (or out of order) in %s", text, a.xml)
		}
		rest = rest[i+len(text):]
	}
}

func (a answer) hasNot(tb testing.TB, texts ...string) {
	tb.Helper()
	for _, text := range texts {
		if strings.Contains(a.xml, text) {
			tb.Fatalf("%q must not be in %s", text, a.xml)
		}
	}
}

var trIDs atomic.Int64

func nextTRID() string { return fmt.Sprintf("T-%05d", trIDs.Add(1)) }

func epp(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0">` + body + `</epp>`
}

// command wraps a verb element and adds a clTRID.
func command(body string) string {
	return epp("<command>" + body + "<clTRID>" + nextTRID() + "</clTRID></command>")
}

const (
	helloFrame = `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><hello/></epp>`
	allObjects = "<objURI>" + domainNS + "</objURI><objURI>" + contactNS + "</objURI><objURI>" + hostNS + "</objURI>"
)

func loginFrame(clientID, password string) string {
	return loginWith(clientID, password, "", "1.0", "en", allObjects)
}

func loginWith(clientID, password, newPW, version, lang, svcs string) string {
	return command("<login><clID>" + clientID + "</clID><pw>" + password + "</pw>" + newPW + "<options><version>" + version +
		"</version><lang>" + lang + "</lang></options><svcs>" + svcs + "</svcs></login>")
}

// object builds <verb><o:verb xmlns:o=…>inner</o:verb></verb>; inner uses the prefix o.
func object(verb, ns, inner string) string {
	return command(fmt.Sprintf(`<%[1]s><o:%[1]s xmlns:o="%[2]s">%[3]s</o:%[1]s></%[1]s>`, verb, ns, inner))
}

func named(verb, ns string, names ...string) string {
	element := "o:name"
	if ns == contactNS {
		element = "o:id"
	}
	var b strings.Builder
	for _, n := range names {
		b.WriteString("<" + element + ">" + n + "</" + element + ">")
	}
	return object(verb, ns, b.String())
}

const authInfo = "<o:authInfo><o:pw>2fooBAR-x</o:pw></o:authInfo>"

// createDomain is the smallest create; extra goes between name and authInfo.
func createDomain(name, extra string) string {
	return object("create", domainNS, "<o:name>"+name+"</o:name>"+extra+authInfo)
}

func renewDomain(name, curExpDate, extra string) string {
	return object("renew", domainNS, "<o:name>"+name+"</o:name><o:curExpDate>"+curExpDate+"</o:curExpDate>"+extra)
}

func updateDomain(name, changes string) string {
	return object("update", domainNS, "<o:name>"+name+"</o:name>"+changes)
}

func createHost(name string, addrs ...string) string {
	inner := "<o:name>" + name + "</o:name>"
	for _, a := range addrs {
		ip := "v4"
		if strings.Contains(a, ":") {
			ip = "v6"
		}
		inner += `<o:addr ip="` + ip + `">` + a + "</o:addr>"
	}
	return object("create", hostNS, inner)
}

const postalInt = `<o:postalInfo type="int"><o:name>Ann Example</o:name><o:org>Example Inc.</o:org><o:addr>` +
	`<o:street>1 Main St</o:street><o:street>Floor 2</o:street><o:city>Dublin</o:city><o:sp>Leinster</o:sp>` +
	`<o:pc>D02</o:pc><o:cc>IE</o:cc></o:addr></o:postalInfo>`

func createContact(id string) string {
	return object("create", contactNS, "<o:id>"+id+"</o:id>"+postalInt+
		`<o:voice x="12">+353.15550100</o:voice><o:fax/><o:email>ann@example.com</o:email>`+authInfo)
}
