package sandbox_test

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

func TestGreeting(t *testing.T) {
	f := start(t)
	c := f.dial("alpha")
	greeting := answer{xml: c.greeting}
	greeting.has(t, "<greeting><svID>sandbox-a</svID><svDate>2026-01-15T10:30:00.123Z</svDate>",
		"<svcMenu><version>1.0</version><lang>en</lang>", allObjects, "</svcMenu><dcp><access><all/></access>")
	// hello answers another greeting, before and after login, with no transaction ids.
	for range 2 {
		f.clock.Advance(time.Second)
		again := c.do(helloFrame)
		again.has(t, "<greeting>", "<svDate>"+f.clock.Now().Format("2006-01-02T15:04:05"))
		again.hasNot(t, "trID")
		if c.greeting != "" {
			c.greeting = ""
			c.want(1000, loginFrame("alpha", "alpha-secret"))
		}
	}
}

func TestClientCertificateIsRequired(t *testing.T) {
	f := start(t)
	cfg := f.tlsConfig("alpha")
	cfg.Certificates = nil
	conn, err := tls.Dial("tcp", f.srv.Addr(), cfg)
	if err != nil {
		return // refused in the handshake (TLS 1.2)
	}
	defer func() { _ = conn.Close() }()
	if xml, err := (&client{tb: t, conn: conn}).tryRead(); err == nil {
		t.Fatalf("greeted without a certificate: %s", xml)
	}
}

func TestLoginCodes(t *testing.T) {
	f := start(t)
	cases := []struct {
		name, cert, frame string
		code              int
		text              string
	}{
		{"good", "alpha", loginFrame("alpha", "alpha-secret"), 1000, ""},
		{"wrong password", "alpha", loginFrame("alpha", "wrong-secret"), 2200, ""},
		{"unknown client", "alpha", loginFrame("nobody", "alpha-secret"), 2200, ""},
		{"certificate of another client", "beta", loginFrame("alpha", "alpha-secret"), 2200, ""},
		{"certificate with another digest", "alpha", loginFrame("beta", "beta-secret"), 2200, ""},
		{"certificate of nobody", "stranger", loginFrame("alpha", "alpha-secret"), 2200, ""},
		{"version", "alpha", loginWith("alpha", "alpha-secret", "", "2.0", "en", allObjects), 2100, ">2.0<"},
		{"language", "alpha", loginWith("alpha", "alpha-secret", "", "1.0", "fr", allObjects), 2102, ">fr<"},
		{"object service", "alpha", loginWith("alpha", "alpha-secret", "", "1.0", "en", allObjects+"<objURI>urn:x:y</objURI>"), 2307, "urn:x:y"},
		{"extension service", "alpha", loginWith("alpha", "alpha-secret", "", "1.0", "en", allObjects+
			"<svcExtension><extURI>urn:ietf:params:xml:ns:secDNS-1.1</extURI></svcExtension>"), 2103, "secDNS"},
		{"no services", "alpha", loginWith("alpha", "alpha-secret", "", "1.0", "en", ""), 2003, "objURI"},
		{"short password", "alpha", loginFrame("alpha", "short"), 2005, ""},
		{"long client id", "alpha", loginFrame("alpha-alpha-alpha", "alpha-secret"), 2005, ""},
		{"options missing", "alpha", command("<login><clID>alpha</clID><pw>alpha-secret</pw><svcs>" + allObjects + "</svcs></login>"), 2003, "options"},
		{"pw before clID", "alpha", command("<login><pw>alpha-secret</pw><clID>alpha</clID><options/><svcs/></login>"), 2001, ""},
		{"extension in login", "alpha", epp("<command><login><clID>alpha</clID><pw>alpha-secret</pw><options><version>1.0</version><lang>en</lang></options><svcs>" +
			allObjects + "</svcs></login><extension><x xmlns='urn:x:y'/></extension></command>"), 2103, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a := f.dial(tc.cert).want(tc.code, tc.frame)
			a.has(t, tc.text)
			a.hasNot(t, "secret") // no password is ever repeated
		})
	}
}

func TestLoginState(t *testing.T) {
	f := start(t)
	c := f.dial("alpha")
	c.want(2002, named("check", domainNS, "a.example"))
	c.want(2002, command("<logout/>"))
	c.want(2002, command(`<poll op="req"/>`))
	c.want(2002, named("check", "urn:unknown", "a.example")) // services are nobody's business yet
	c.want(1000, loginFrame("alpha", "alpha-secret"))
	c.want(2002, loginFrame("alpha", "alpha-secret"))
	c.want(1500, command("<logout/>")).has(t, "ending session")
	c.wantClosed()
}

func TestLoginFailuresCloseTheSession(t *testing.T) {
	f := start(t)
	c := f.dial("alpha")
	c.want(2200, loginFrame("alpha", "wrong-secret"))
	c.want(2200, loginFrame("alpha", "wrong-secret"))
	c.want(2501, loginFrame("alpha", "wrong-secret"))
	c.wantClosed()
	f.login("alpha") // the account itself is not locked
}

func TestNewPassword(t *testing.T) {
	f := start(t)
	c := f.dial("alpha")
	c.want(1000, loginWith("alpha", "alpha-secret", "<newPW>other-secret</newPW>", "1.0", "en", allObjects))
	f.dial("alpha").want(2200, loginFrame("alpha", "alpha-secret"))
	f.dial("alpha").want(1000, loginFrame("alpha", "other-secret"))
}

func TestSessionLimit(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.MaxSessions = 2 })
	first := f.login("alpha")
	f.login("alpha")
	third := f.dial("alpha")
	third.want(2502, loginFrame("alpha", "alpha-secret"))
	third.wantClosed()
	f.login("beta") // counted per account
	first.want(1500, command("<logout/>"))
	f.login("alpha") // the slot is free before logout is answered
}

func TestConnectionLimit(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.MaxConnections = 1 })
	f.login("alpha")
	conn, err := tls.Dial("tcp", f.srv.Addr(), f.tlsConfig("alpha"))
	if err == nil {
		(&client{tb: t, conn: conn}).wantClosed()
	}
}

func TestServices(t *testing.T) {
	f := start(t)
	c := f.dial("alpha")
	c.want(1000, loginWith("alpha", "alpha-secret", "", "1.0", "en", "<objURI>"+domainNS+"</objURI>"))
	c.want(1000, named("check", domainNS, "a.example"))
	c.want(2307, named("check", hostNS, "ns1.a.example"))
	c.want(2307, named("check", "urn:ietf:params:xml:ns:other-1.0", "a.example"))
}

func TestTransactionIDs(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	frame := named("check", domainNS, "a.example")
	seen := map[string]bool{}
	for range 3 {
		a := c.want(1000, frame)
		_, rest, _ := strings.Cut(frame, "<clTRID>")
		cl, _, _ := strings.Cut(rest, "</clTRID>")
		a.has(t, "<trID><clTRID>"+cl+"</clTRID><svTRID>sandbox-a-")
		_, sv, _ := strings.Cut(a.xml, "<svTRID>")
		if seen[sv] {
			t.Fatalf("svTRID twice: %s", sv)
		}
		seen[sv] = true
	}
	none := epp(`<command><check><o:check xmlns:o="` + domainNS + `"><o:name>a.example</o:name></o:check></check></command>`)
	c.want(1000, none).hasNot(t, "clTRID")
	// A clTRID is repeated also when the command is refused as a whole.
	bad := epp(`<command><bogus/><clTRID>MY-TRID</clTRID></command>`)
	c.want(2000, bad).has(t, "<clTRID>MY-TRID</clTRID>")
}

func TestPoll(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1300, command(`<poll op="req"/>`)).has(t, "no messages")
	c.want(2303, command(`<poll op="ack" msgID="12"/>`))
	c.want(2003, command(`<poll op="ack"/>`))
	c.want(2005, command(`<poll op="peek"/>`))
	c.want(2003, command(`<poll/>`))
}

func TestFrameSizes(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.MaxFrame = 2000 })
	for name, length := range map[string]uint32{"zero": 0, "header only": 4, "beyond the limit": 2001, "huge": 1 << 31} {
		t.Run(name, func(t *testing.T) {
			c := f.login("alpha")
			c.write(binary.BigEndian.AppendUint32(nil, length))
			a := answer{xml: c.read()}
			recorded.add(a.xml)
			a.has(t, `<result code="2500"`)
			c.wantClosed()
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		frame := named("check", domainNS, "a.example")
		frame += strings.Repeat(" ", 2000-4-len(frame))
		f.login("alpha").want(1000, frame)
	})
	t.Run("sent whole", func(t *testing.T) {
		c := f.login("alpha")
		if err := c.tryWrite(framed(strings.Repeat("x", 2100))); err != nil {
			t.Logf("write: %v", err) // the server may have hung up already
		}
		if xml := c.read(); !strings.Contains(xml, `code="2500"`) {
			t.Fatal(xml)
		}
	})
}

func TestFramesInPiecesAndInARow(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	one, two := framed(named("check", domainNS, "one.example")), framed(named("check", domainNS, "two.example"))
	for _, b := range one {
		c.write([]byte{b})
	}
	answer{xml: c.read()}.has(t, "one.example")
	c.write(append(append([]byte{}, one...), two...)) // pipelined: answered in order
	answer{xml: c.read()}.has(t, "one.example")
	answer{xml: c.read()}.has(t, "two.example")
}

// A client that never logs in is cut off after LoginTimeout, however busy it is.
func TestLoginTimeout(t *testing.T) {
	const limit = 800 * time.Millisecond
	f := start(t, func(c *sandbox.Config) { c.LoginTimeout = limit })
	t.Run("silent", func(t *testing.T) {
		began := time.Now()
		f.dial("alpha").wantClosed()
		if took := time.Since(began); took < limit/2 || took > 20*limit {
			t.Fatalf("closed after %s", took)
		}
	})
	t.Run("hello again and again", func(t *testing.T) {
		c := f.dial("alpha")
		for began := time.Now(); time.Since(began) < 5*limit; {
			if c.tryWrite(framed(helloFrame)) != nil {
				return
			}
			if _, err := c.tryRead(); err != nil {
				return // cut, as it should be
			}
		}
		t.Fatal("hello kept a connection alive that never logged in")
	})
	t.Run("one octet at a time", func(t *testing.T) {
		c := f.dial("alpha")
		pulse := time.NewTicker(limit / 20)
		defer pulse.Stop()
		frame := framed(loginFrame("alpha", "alpha-secret"))
		for _, b := range frame { // would take some ten times the limit
			<-pulse.C
			if c.tryWrite([]byte{b}) != nil {
				return
			}
		}
		t.Fatal("a slow login was read to its end")
	})
	t.Run("no handshake", func(t *testing.T) {
		conn, err := net.Dial("tcp", f.srv.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if err := conn.SetReadDeadline(time.Now().Add(ioLimit)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("want a closed connection, got %v", err)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.IdleTimeout = 600 * time.Millisecond })
	c := f.login("alpha")
	c.want(1000, named("check", domainNS, "a.example"))
	c.wantClosed()
}

func TestShutdownAnswersTheRunningCommand(t *testing.T) {
	f := start(t)
	c, idle := f.login("alpha"), f.login("alpha")
	if err := f.srv.SetLatency(map[string]time.Duration{"create": 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	c.send(createDomain("late.example", ""))
	waitFor(t, func() bool { _, err := f.srv.Domain(t.Context(), "late.example"); return err == nil })
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := f.srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	idle.wantClosed()
	answer{xml: c.read()}.has(t, `code="1000"`)
	c.wantClosed()
	wg.Wait()
}

// waitFor polls a condition that another goroutine will make true.
func waitFor(tb testing.TB, ok func() bool) {
	tb.Helper()
	pulse := time.NewTicker(5 * time.Millisecond)
	defer pulse.Stop()
	limit := time.After(ioLimit)
	for !ok() {
		select {
		case <-pulse.C:
		case <-limit:
			tb.Fatal("condition never came true")
		}
	}
}
