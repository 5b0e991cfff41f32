package whois_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/registrar/publicdata/publicdatatest"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/whois"
)

var us = publicdata.Registrar{
	Name: "Example Registrar Ltd", IANAID: "1234", URL: "https://www.rar.example/",
	AbuseEmail: "abuse@rar.example", AbusePhone: "+1.2125550100",
}

const tail = ">>> Last update of WHOIS database: 2026-11-23T08:30:00Z <<<\r\n" +
	"\r\n" +
	"For more information on Whois status codes, please visit https://icann.org/epp\r\n" +
	"\r\n" +
	"This answer is given for information about the registration of a domain name,\r\n" +
	"as is and without warranty. It may not be used for unsolicited messages, nor\r\n" +
	"for high-volume automated queries. Terms of use: https://www.rar.example/rdds-terms\r\n"

// start serves src on a loopback port and returns its address and a function
// that stops the server and waits for it.
func start(t testing.TB, src publicdata.Source, change func(*whois.Options)) (addr string, stop func()) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC))
	data, err := publicdata.New(publicdata.Options{Source: src, Clock: clock,
		Redactor: publicdata.Redactor{ContactBase: "https://www.rar.example/contact/", Repositories: []string{"EXMPL"}}})
	if err != nil {
		t.Fatal(err)
	}
	opt := whois.Options{Data: data, Registrar: us, Host: "whois.rar.example", TermsURL: "https://www.rar.example/rdds-terms", Clock: clock}
	if change != nil {
		change(&opt)
	}
	s, err := whois.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("server does not stop")
		}
	}
	t.Cleanup(stop)
	return ln.Addr().String(), stop
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func ask(t testing.TB, addr, query string) string {
	t.Helper()
	c := dial(t, addr)
	if _, err := io.WriteString(c, query); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading the answer to %q: %v", query, err)
	}
	c.Close()
	return string(b)
}

func TestAnswerForm(t *testing.T) {
	reg := publicdatatest.Example("bücher.example")
	changed := time.Date(2026, 11, 22, 20, 0, 0, 0, time.FixedZone("x", 3600))
	reg.Domain.ChangedAt = &changed
	reg.Domain.Statuses = []string{"clientTransferProhibited", "addPeriod"}
	addr, _ := start(t, publicdatatest.NewSource(reg), nil)
	want := "Domain Name: xn--bcher-kva.example\r\n" +
		"Internationalized Domain Name: bücher.example\r\n" +
		"Registry Domain ID: D1-EXMPL\r\n" +
		"Registrar WHOIS Server: whois.rar.example\r\n" +
		"Registrar URL: https://www.rar.example/\r\n" +
		"Updated Date: 2026-11-22T19:00:00Z\r\n" +
		"Creation Date: 2026-11-22T10:20:30Z\r\n" +
		"Registrar Registration Expiration Date: 2027-11-22T10:20:30Z\r\n" +
		"Registrar: Example Registrar Ltd\r\n" +
		"Registrar IANA ID: 1234\r\n" +
		"Registrar Abuse Contact Email: abuse@rar.example\r\n" +
		"Registrar Abuse Contact Phone: +1.2125550100\r\n" +
		"Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\r\n" +
		"Domain Status: addPeriod https://icann.org/epp#addPeriod\r\n" +
		"Registry Registrant ID: REDACTED FOR PRIVACY\r\n" +
		"Registrant Name: REDACTED FOR PRIVACY\r\n" +
		"Registrant Organization: REDACTED FOR PRIVACY\r\n" +
		"Registrant Street: REDACTED FOR PRIVACY\r\n" +
		"Registrant City: REDACTED FOR PRIVACY\r\n" +
		"Registrant State/Province: Greater London\r\n" +
		"Registrant Postal Code: REDACTED FOR PRIVACY\r\n" +
		"Registrant Country: GB\r\n" +
		"Registrant Phone: REDACTED FOR PRIVACY\r\n" +
		"Registrant Email: https://www.rar.example/contact/xn--bcher-kva.example\r\n" +
		"Name Server: ns1.example.net\r\n" +
		"Name Server: ns2.example.net\r\n" +
		"DNSSEC: unsigned\r\n" +
		"URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/\r\n" + tail
	if got := ask(t, addr, "xn--bcher-kva.example\r\n"); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLeanAnswer(t *testing.T) {
	reg := publicdatatest.Example("a.example")
	reg.Domain.ROID, reg.Domain.NameServers, reg.Domain.Statuses = "7-OTHER", nil, nil
	reg.Registrant.State, reg.Registrant.Organization = "", ""
	addr, _ := start(t, publicdatatest.NewSource(reg), func(o *whois.Options) { o.Host = "" })
	got := ask(t, addr, "a.example\r\n")
	for _, want := range []string{"Registry Domain ID: REDACTED FOR PRIVACY\r\n", "Domain Status: inactive https://icann.org/epp#inactive\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, bad := range []string{"Name Server", "State/Province", "Organization", "Updated Date", "Internationalized", "WHOIS Server", ": \r\n", "OTHER"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q in\n%s", bad, got)
		}
	}
}

func TestQueries(t *testing.T) {
	addr, _ := start(t, publicdatatest.NewSource(publicdatatest.Example("a.example"), publicdatatest.Example("bücher.example")), nil)
	const invalid = "Invalid query. Please send one domain name.\r\n"
	for query, want := range map[string]string{
		"a.example\n":                     "Domain Name: a.example\r\n", // bare LF
		"A.EXAMPLE.\r\n":                  "Domain Name: a.example\r\n",
		"  a.example \r\n":                "Domain Name: a.example\r\n",
		"domain a.example\r\n":            "Domain Name: a.example\r\n",
		"DOMAIN a.example\r\n":            "Domain Name: a.example\r\n",
		"=a.example\r\n":                  "Domain Name: a.example\r\n",
		"= a.example\r\n":                 "Domain Name: a.example\r\n",
		"-T dn,ace a.example\r\n":         "Domain Name: a.example\r\n",
		"-C UTF-8 -T dn a.example\n":      "Domain Name: a.example\r\n",
		"-B a.example\r\n":                "Domain Name: a.example\r\n",
		"bücher.example\r\n":              "Domain Name: xn--bcher-kva.example\r\n",
		"b.example\r\n":                   "No match for \"B.EXAMPLE\".\r\n" + tail,
		"ü.example\r\n":                   "No match for \"XN--TDA.EXAMPLE\".\r\n" + tail,
		"nameserver ns1.a.example\r\n":    "Invalid query. Only domain names can be asked here.\r\n",
		"registrar Example\r\n":           "Invalid query. Only domain names can be asked here.\r\n",
		"\r\n":                            invalid,
		"\n":                              invalid,
		"example\r\n":                     invalid,
		"a.example b.example\r\n":         invalid,
		"a\xff.example\r\n":               invalid,
		"a\x00.example\r\n":               invalid,
		"<a>.example\r\n":                 invalid,
		strings.Repeat("a", 255) + "\r\n": invalid,
		strings.Repeat("a", 256) + "\r\n": invalid,
		strings.Repeat("a.", 200_000) + "example\r\n": invalid, // not read to its end
		strings.Repeat(" ", 246) + "a.example\r\n":    "Domain Name: a.example\r\n",
		strings.Repeat(" ", 247) + "a.example\r\n":    invalid,
		"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n":   invalid,
		"a.example\r\nb.example\r\n":                  "Domain Name: a.example\r\n", // one query per connection
	} {
		if got := ask(t, addr, query); !strings.HasPrefix(got, want) || (strings.HasPrefix(want, "Invalid") && got != want) {
			t.Errorf("%.60q: got\n%s\nwant\n%s", query, got, want)
		}
	}
}

// TestHalfClosedPeerIsAnswered: "printf a.example | nc" sends no line end.
func TestHalfClosedPeerIsAnswered(t *testing.T) {
	addr, _ := start(t, publicdatatest.NewSource(publicdatatest.Example("a.example")), nil)
	c := dial(t, addr)
	if _, err := io.WriteString(c, "a.example"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(b), "Domain Name: a.example\r\n") {
		t.Fatalf("%v: %q", err, b)
	}
}

func TestEveryLineEndsWithCRLF(t *testing.T) {
	addr, _ := start(t, publicdatatest.NewSource(publicdatatest.Example("a.example")), nil)
	got := ask(t, addr, "a.example\r\n")
	if strings.Count(got, "\n") != strings.Count(got, "\r\n") || !strings.HasSuffix(got, "\r\n") {
		t.Fatalf("%q", got)
	}
}

// TestValuesCannotMakeLines: a state is the holder's own text and public.
func TestValuesCannotMakeLines(t *testing.T) {
	reg := publicdatatest.Example("a.example")
	reg.Registrant.State = "X\r\nRegistrar: Evil\u2028Y\x00\u0085Z"
	addr, _ := start(t, publicdatatest.NewSource(reg), nil)
	got := ask(t, addr, "a.example\r\n")
	if !strings.Contains(got, "Registrant State/Province: X  Registrar: Evil Y  Z\r\n") || strings.Contains(got, "\nRegistrar: Evil") {
		t.Fatal(got)
	}
}

func TestNothingWithheldLeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	src := publicdatatest.NewSource()
	addr, _ := start(t, src, nil)
	for range 300 {
		reg, hidden := publicdatatest.Random(r)
		src.Put(reg)
		got := ask(t, addr, reg.Domain.Name+"\r\n")
		if !strings.HasPrefix(got, "Domain Name: "+reg.Domain.Name) || !strings.Contains(got, "Registrant Country: "+reg.Registrant.CountryCode+"\r\n") {
			t.Fatal(got)
		}
		for _, h := range hidden {
			if strings.Contains(got, h) {
				t.Fatalf("%q leaked:\n%s", h, got)
			}
		}
	}
}

func TestRateLimitIsPolite(t *testing.T) {
	src := publicdatatest.NewSource()
	addr, _ := start(t, src, func(o *whois.Options) { o.Limit = ratelimit.Rule{PerSecond: 0.1, Burst: 1} })
	ask(t, addr, "a.example\r\n")
	got := ask(t, addr, "b.example\r\n")
	if got != "Query rate exceeded. Please wait 10 seconds before asking again.\r\n" {
		t.Fatalf("%q", got)
	}
	if strings.Contains(strings.ToLower(got), "match") || strings.Contains(strings.ToLower(got), "not found") {
		t.Fatal("drop catchers would read this as a free name")
	}
	if src.Reads() != 1 {
		t.Fatal("a limited query reached the database")
	}
}

func TestFailureHidesItsCause(t *testing.T) {
	src := publicdatatest.NewSource()
	src.Fail(errors.New("dial tcp 10.0.0.7: password=hunter2"))
	addr, _ := start(t, src, nil)
	if got := ask(t, addr, "a.example\r\n"); got != "The registration data can't be read right now. Please try again later.\r\n" {
		t.Fatalf("%q", got)
	}
}

func TestConnectionsPerClientAreLimited(t *testing.T) {
	outcomes := make(chan string, 10)
	addr, _ := start(t, publicdatatest.NewSource(), func(o *whois.Options) {
		o.MaxConnsPerClient = 2
		o.Observe = func(outcome string, _ time.Duration) { outcomes <- outcome }
	})
	first, second := dial(t, addr), dial(t, addr)
	third := dial(t, addr)
	b, err := io.ReadAll(third)
	if err != nil || string(b) != "Too many connections. Please try again later.\r\n" {
		t.Fatalf("%v: %q", err, b)
	}
	if got := <-outcomes; got != "refused" {
		t.Fatal(got)
	}
	for _, c := range []*net.TCPConn{first, second} {
		if _, err := io.WriteString(c, "a.example\r\n"); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), "No match") {
			t.Fatalf("%v: %q", err, b)
		}
		c.Close()
		if got := <-outcomes; got != "not_found" {
			t.Fatal(got)
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	addr, _ := start(t, publicdatatest.NewSource(), func(o *whois.Options) { o.MaxConns = 1 })
	dial(t, addr)
	if b, err := io.ReadAll(dial(t, addr)); err != nil || !strings.HasPrefix(string(b), "Too many connections") {
		t.Fatalf("%v: %q", err, b)
	}
}

// TestSlowPeerIsCut sends one byte at a time forever: the time limit is for the
// whole query.
func TestSlowPeerIsCut(t *testing.T) {
	gone := make(chan string, 1)
	addr, _ := start(t, publicdatatest.NewSource(), func(o *whois.Options) {
		o.ReadTimeout = 50 * time.Millisecond
		o.Observe = func(outcome string, _ time.Duration) { gone <- outcome }
	})
	c := dial(t, addr)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case got := <-gone:
			if got != "gone" {
				t.Fatal(got)
			}
			return
		case <-tick.C:
			if _, err := c.Write([]byte("a")); err != nil {
				if got := <-gone; got != "gone" {
					t.Fatal(got)
				}
				return
			}
		}
	}
}

// TestStopLetsAnswersFinish: one peer is idle, one query waits for its data.
func TestStopLetsAnswersFinish(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	gate := make(chan struct{})
	src.Hold(gate)
	addr, stop := start(t, src, nil)
	idle, busy := dial(t, addr), dial(t, addr)
	if _, err := io.WriteString(busy, "a.example\r\n"); err != nil {
		t.Fatal(err)
	}
	src.AwaitRead()
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	if b, err := io.ReadAll(idle); err != nil || len(b) != 0 {
		t.Fatalf("idle peer: %v %q", err, b)
	}
	close(gate)
	if b, err := io.ReadAll(busy); err != nil || !strings.HasPrefix(string(b), "Domain Name: a.example") {
		t.Fatalf("busy peer: %v %q", err, b)
	}
	busy.Close()
	<-stopped
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Fatal("still listening")
	}
}

// TestDebianClient runs the tool that people have.
func TestDebianClient(t *testing.T) {
	tool, err := exec.LookPath("whois")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the whois client is missing (Debian package whois)")
		}
		t.Skip("no whois client on this machine")
	}
	addr, _ := start(t, publicdatatest.NewSource(publicdatatest.Example("bücher.example")), nil)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bücher.example", "xn--bcher-kva.example", "BÜCHER.example"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		cmd := exec.CommandContext(ctx, tool, "-h", host, "-p", port, name)
		cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil || !strings.Contains(string(out), "Domain Name: xn--bcher-kva.example") {
			t.Errorf("whois %s: %v\n%s", name, err, out)
		}
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	if _, err := whois.New(whois.Options{}); err == nil {
		t.Error("no data: accepted")
	}
	opt := whois.Options{Data: nobody{}, Registrar: us, TermsURL: "somewhere"}
	if _, err := whois.New(opt); err == nil {
		t.Error("bad terms URL: accepted")
	}
	opt.TermsURL, opt.Registrar.IANAID = "https://rar.example/", "x"
	if _, err := whois.New(opt); err == nil {
		t.Error("bad IANA id: accepted")
	}
}

type nobody struct{}

func (nobody) Lookup(context.Context, registrar.Name) (publicdata.View, error) {
	return publicdata.View{}, fmt.Errorf("nobody")
}
