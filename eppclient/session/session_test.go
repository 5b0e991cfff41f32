package session

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/frame"
	"github.com/indera/indera/eppclient/transcript"
)

const password = "p&ss-w0rd-1"

// memory keeps exchanges.
type memory struct {
	mu  sync.Mutex
	all []transcript.Exchange
}

func (m *memory) Record(x transcript.Exchange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, x)
}

func (m *memory) last() transcript.Exchange {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[len(m.all)-1]
}

func config(t testing.TB, srv *epptest.Server) Config {
	t.Helper()
	cfg, err := TLS{ServerName: epptest.ServerName, Roots: epptest.Roots()}.Config()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Registry: "test", Addr: "pipe:700", TLS: cfg, ClientID: "registrar-1", Password: password,
		Services:    epp.Services{Objects: []string{epp.Standard.Domain, epp.Standard.Host}, Extensions: []string{"urn:x", "urn:y"}},
		DialContext: srv.Dial,
	}
}

func dial(t testing.TB, srv *epptest.Server, change ...func(*Config)) *Session {
	t.Helper()
	cfg := config(t, srv)
	for _, f := range change {
		f(&cfg)
	}
	s, err := Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

var check = epp.DomainCheck{Names: []string{"example.test"}}

func TestLoginSendsTheIntersection(t *testing.T) {
	login := make(chan string, 1)
	srv := epptest.New(t, func(c *epptest.Conn) {
		c.Send(epptest.Greeting("urn:y", "urn:z"))
		req, err := c.Read()
		if err != nil {
			return
		}
		login <- req.XML
		c.Reply(1000, req.ClTRID)
		_, _ = c.Read()
	})
	s := dial(t, srv)
	got := <-login
	for _, want := range []string{
		"<clID>registrar-1</clID><pw>p&amp;ss-w0rd-1</pw><options><version>1.0</version><lang>en</lang></options>",
		"<objURI>urn:ietf:params:xml:ns:domain-1.0</objURI><objURI>urn:ietf:params:xml:ns:host-1.0</objURI>" +
			"<svcExtension><extURI>urn:y</extURI></svcExtension></svcs>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("login lacks %s\n%s", want, got)
		}
	}
	if strings.Contains(got, "contact-1.0") || strings.Contains(got, "urn:z") || strings.Contains(got, "newPW") {
		t.Errorf("login asks for what the client does not know: %s", got)
	}
	if g := s.Greeting(); g.ServerID != epptest.ServerID || len(s.Services().Extensions) != 1 {
		t.Errorf("greeting %+v, services %+v", g, s.Services())
	}
	if s.ServerCertExpiry().Year() != 2100 {
		t.Errorf("certificate expiry = %v", s.ServerCertExpiry())
	}
}

func TestDialRefuses(t *testing.T) {
	boom := errors.New("boom")
	loginCode := func(code int, echoID bool) func(c *epptest.Conn) {
		return func(c *epptest.Conn) {
			c.Greet()
			req, err := c.Read()
			if err != nil {
				return
			}
			if !echoID {
				req.ClTRID = ""
			}
			c.Reply(code, req.ClTRID)
		}
	}
	tests := []struct {
		name   string
		script func(c *epptest.Conn)
		change func(*Config)
		stage  Stage
		code   int
		check  func(*ConnectError) bool
	}{
		{"no address", nil, func(c *Config) { c.Addr = "" }, StageConfig, 0, nil},
		{"no TLS", nil, func(c *Config) { c.TLS = nil }, StageConfig, 0, nil},
		{"no services", nil, func(c *Config) { c.Services = epp.Services{} }, StageConfig, 0, nil},
		{"no connection", nil, func(c *Config) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, boom }
		}, StageConnect, 0, func(e *ConnectError) bool { return errors.Is(e, boom) }},
		{"wrong server name", func(c *epptest.Conn) { c.Greet() }, func(c *Config) { c.TLS.ServerName = "other.test" }, StageTLS, 0, nil},
		{"closed before the greeting", func(c *epptest.Conn) { _, _ = c.Conn.Write(nil) }, nil, StageGreeting, 0, nil},
		{"another server", func(c *epptest.Conn) { c.Greet(); _, _ = c.Read() }, func(c *Config) { c.ServerID = "Other" }, StageGreeting, 0, isGreetingError},
		{"another version", func(c *epptest.Conn) {
			c.Send(strings.Replace(epptest.Greeting(), "<version>1.0<", "<version>2.0<", 1))
		}, nil, StageGreeting, 0, isGreetingError},
		{"no common object", func(c *epptest.Conn) { c.Greet() }, func(c *Config) { c.Services.Objects = []string{"urn:own"} }, StageGreeting, 0, isGreetingError},
		{"garbage for a greeting", func(c *epptest.Conn) { c.Send("<html/>") }, nil, StageGreeting, 0, nil},
		{"HTTP server", func(c *epptest.Conn) { c.SendRaw([]byte("HTTP/1.1 400 Bad Request\r\n")) }, nil, StageGreeting, 0,
			func(e *ConnectError) bool { var le *frame.LengthError; return errors.As(e, &le) }},
		{"session limit instead of a greeting", func(c *epptest.Conn) { c.Reply(2502, "") }, nil, StageGreeting, 2502, (*ConnectError).SessionLimit},
		{"session limit at login", loginCode(2502, true), nil, StageLogin, 2502, (*ConnectError).SessionLimit},
		{"session limit at login without clTRID", loginCode(2502, false), nil, StageLogin, 2502, (*ConnectError).SessionLimit},
		{"bad password", loginCode(2200, true), nil, StageLogin, 2200, (*ConnectError).CredentialsRefused},
		{"too many bad passwords", loginCode(2501, false), nil, StageLogin, 2501, (*ConnectError).CredentialsRefused},
		{"service refused", loginCode(2307, true), nil, StageLogin, 2307,
			func(e *ConnectError) bool { return !e.CredentialsRefused() && !e.SessionLimit() }},
		{"password too long", func(c *epptest.Conn) { c.Greet(); _, _ = c.Read() }, func(c *Config) { c.Password = "12345678901234567" }, StageLogin, 0,
			func(e *ConnectError) bool { var ie *epp.InvalidError; return errors.As(e, &ie) && ie.Field == "pw" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, epptest.New(t, tt.script))
			if tt.change != nil {
				tt.change(&cfg)
			}
			s, err := Dial(t.Context(), cfg)
			var ce *ConnectError
			if s != nil || !errors.As(err, &ce) {
				t.Fatalf("Dial = %v, %v", s, err)
			}
			if ce.Stage != tt.stage || ce.Code != tt.code || tt.check != nil && !tt.check(ce) {
				t.Errorf("got stage %q code %d: %v", ce.Stage, ce.Code, err)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("error shows the password: %v", err)
			}
		})
	}
}

func isGreetingError(e *ConnectError) bool { var ge *GreetingError; return errors.As(e, &ge) }

func TestDialIsBounded(t *testing.T) {
	stalls := map[string]func(c *epptest.Conn){
		"before greeting": func(c *epptest.Conn) { _, _ = c.Read() },
		"before login's answer": func(c *epptest.Conn) {
			c.Greet()
			_, _ = c.Read()
			_, _ = c.Read()
		},
	}
	for name, script := range stalls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := Dial(t.Context(), config(t, epptest.New(t, script)))
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != DefaultConnectTimeout {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestExchange(t *testing.T) {
	mem := &memory{}
	clock := clockwork.NewFakeClockAt(time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC))
	s := dial(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }), func(c *Config) {
		c.Transcript, c.Clock = mem, clock
	})
	var hooks int
	resp, err := s.Exchange(t.Context(), Request{
		Command: epp.DomainCreate{Name: "example.test", AuthInfo: "very-secret-code"},
		ClTRID:  "cl-1", CommandID: "cmd-7",
		BeforeSend: func(context.Context) error { hooks++; return nil },
	})
	if err != nil || resp.Code() != 1000 || resp.ClTRID != "cl-1" || hooks != 1 {
		t.Fatalf("resp %+v, err %v, hooks %d", resp, err, hooks)
	}
	x := mem.last()
	if x.Registry != "test" || x.CommandID != "cmd-7" || x.ClTRID != "cl-1" || x.SvTRID != "SV-cl-1" || x.Code != 1000 ||
		x.Verb != "create" || x.Kind != "domain" || x.Object != "example.test" || x.SessionID != s.ID() ||
		!x.Started.Equal(clock.Now()) || x.Err != nil {
		t.Errorf("transcript: %+v", x)
	}
	if !strings.Contains(string(x.Request), "<domain:pw>***</domain:pw>") || len(x.Response) == 0 {
		t.Errorf("request in transcript: %s", x.Request)
	}
	if len(mem.all) != 3 || mem.all[0].Verb != "greeting" || mem.all[1].Verb != "login" {
		t.Fatalf("%d exchanges recorded", len(mem.all))
	}
	for _, x := range mem.all {
		if all := string(x.Request) + string(x.Response); strings.Contains(all, "p&amp;ss") || strings.Contains(all, "very-secret") {
			t.Errorf("transcript of %s shows a secret", x.Verb)
		}
	}
}

func TestRefusalQuotingTheSecretIsRedacted(t *testing.T) {
	mem := &memory{}
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, req epptest.Request) bool {
			doc := epptest.Response(2005, req.ClTRID, "")
			c.Send(strings.Replace(doc, "text 2005</msg>", "bad code very-secret-code</msg>"+
				"<extValue><value><x>very-secret-code</x></value><reason>very-secret-code is weak</reason></extValue>", 1))
			return true
		})
	}), func(c *Config) { c.Transcript = mem })
	resp, err := s.Exchange(t.Context(), Request{Command: epp.DomainCreate{Name: "example.test", AuthInfo: "very-secret-code"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Err().Error(); got != "server answered 2005 bad code *** (*** is weak)" {
		t.Errorf("error: %s", got)
	}
	if strings.Contains(string(mem.last().Response), "very-secret") {
		t.Errorf("transcript: %s", mem.last().Response)
	}
}

// TestUnknownOutcome: whatever leaves doubt ends the session and says so.
func TestUnknownOutcome(t *testing.T) {
	var mismatch *MismatchError
	var missing *epp.MissingError
	var syntax *epp.SyntaxError
	var length *frame.LengthError
	tests := []struct {
		name   string
		answer func(c *epptest.Conn, req epptest.Request)
		want   any
	}{
		{"cut after reading", func(c *epptest.Conn, _ epptest.Request) { c.Cut() }, nil},
		{"cut in the middle of the answer", func(c *epptest.Conn, _ epptest.Request) { c.SendRaw([]byte("\x00\x00\x01\x00<epp")); c.Cut() }, nil},
		{"cut in the middle of the header", func(c *epptest.Conn, _ epptest.Request) { c.SendRaw([]byte("\x00\x00\x01")); c.Cut() }, nil},
		{"header alone", func(c *epptest.Conn, _ epptest.Request) { c.SendRaw([]byte("\x00\x00\x01\x00")); c.Cut() }, nil},
		{"length without its own four octets", func(c *epptest.Conn, _ epptest.Request) { c.SendRaw([]byte("\x00\x00\x00\x04")) }, &length},
		{"one octet over 10 MiB announced", func(c *epptest.Conn, _ epptest.Request) { c.SendRaw([]byte("\x00\xa0\x00\x01<epp>")) }, &length},
		{"10 MiB of one open element", func(c *epptest.Conn, _ epptest.Request) { c.Send("<epp>" + strings.Repeat(" ", 10<<20-9)) }, &syntax},
		{"another clTRID", func(c *epptest.Conn, _ epptest.Request) { c.Reply(1000, "other-1") }, &mismatch},
		{"success without clTRID", func(c *epptest.Conn, _ epptest.Request) { c.Reply(1000, "") }, &mismatch},
		{"close announced without clTRID", func(c *epptest.Conn, _ epptest.Request) { c.Reply(2500, "") }, &mismatch},
		{"greeting instead of answer", func(c *epptest.Conn, _ epptest.Request) { c.Greet() }, &missing},
		{"no result", func(c *epptest.Conn, req epptest.Request) {
			doc := epptest.Response(1000, req.ClTRID, "")
			i, j := strings.Index(doc, "<result"), strings.Index(doc, "</result>")+len("</result>")
			c.Send(doc[:i] + doc[j:])
		}, &missing},
		{"broken XML", func(c *epptest.Conn, _ epptest.Request) { c.Send("<epp>") }, &syntax},
		{"DTD", func(c *epptest.Conn, req epptest.Request) {
			c.Send("<!DOCTYPE epp>" + epptest.Response(1000, req.ClTRID, ""))
		}, &syntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mem := &memory{}
			s := dial(t, epptest.New(t, func(c *epptest.Conn) {
				c.Serve(func(c *epptest.Conn, req epptest.Request) bool { tt.answer(c, req); return true })
			}), func(c *Config) { c.Transcript = mem })
			_, err := s.Exchange(t.Context(), Request{Command: check, ClTRID: "cl-9"})
			var unknown *Unknown
			if !errors.As(err, &unknown) || unknown.ClTRID != "cl-9" || tt.want != nil && !errors.As(err, tt.want) {
				t.Fatalf("err = %v", err)
			}
			if x := mem.last(); x.ClTRID != "cl-9" || !errors.Is(x.Err, unknown) {
				t.Errorf("transcript: %+v", x)
			}
			if s.Err() == nil {
				t.Error("session in doubt lives on")
			}
			var notSent *NotSent
			if _, err := s.Exchange(t.Context(), Request{Command: check}); !errors.As(err, &notSent) {
				t.Errorf("next exchange: %v", err)
			}
		})
	}
}

func TestRepliesThatKeepTheSession(t *testing.T) {
	for _, code := range []int{1001, 2001, 2104, 2302, 2303, 2400, 2999} {
		s := dial(t, epptest.New(t, func(c *epptest.Conn) {
			c.Serve(func(c *epptest.Conn, req epptest.Request) bool { c.Reply(code, req.ClTRID); return true })
		}))
		resp, err := s.Exchange(t.Context(), Request{Command: check})
		if err != nil || resp.Code() != code || s.Err() != nil {
			t.Errorf("code %d: %v, session %v", code, err, s.Err())
		}
	}
}

func TestErrorWithoutClTRIDIsAReply(t *testing.T) {
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, _ epptest.Request) bool { c.Reply(2001, ""); return true })
	}))
	resp, err := s.Exchange(t.Context(), Request{Command: check})
	if err != nil || resp.Code() != 2001 || s.Err() != nil {
		t.Errorf("%v, session %v", err, s.Err())
	}
}

func TestClosingCodesEndTheSession(t *testing.T) {
	for _, code := range []int{2500, 2501, 2502} {
		s := dial(t, epptest.New(t, func(c *epptest.Conn) {
			c.Serve(func(c *epptest.Conn, req epptest.Request) bool { c.Reply(code, req.ClTRID); return false })
		}))
		resp, err := s.Exchange(t.Context(), Request{Command: check})
		if err != nil || resp.Code() != code {
			t.Errorf("code %d: %v", code, err)
		}
		if s.Err() == nil {
			t.Errorf("session lives after %d", code)
		}
	}
}

func TestSilentServerIsBounded(t *testing.T) {
	for name, reads := range map[string]int{"reads but is silent": 1, "does not even read": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := make(chan struct{})
				s := dial(t, epptest.New(t, func(c *epptest.Conn) {
					if c.Accept() {
						for range reads {
							_, _ = c.Read()
						}
						<-stop
					}
				}))
				start := time.Now()
				_, err := s.Exchange(t.Context(), Request{Command: check})
				var unknown *Unknown
				if !errors.As(err, &unknown) || time.Since(start) != DefaultExchangeTimeout || s.Err() == nil {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				close(stop)
			})
		})
	}
}

func TestIdleCutIsNoticedAtOnce(t *testing.T) {
	srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
	s := dial(t, srv)
	srv.CutAll()
	<-s.Dead()
	called := false
	_, err := s.Exchange(t.Context(), Request{Command: check, BeforeSend: func(context.Context) error { called = true; return nil }})
	var notSent *NotSent
	if !errors.As(err, &notSent) || notSent.HookDone || called {
		t.Errorf("err %v, hook called %v", err, called)
	}
}

func TestUnsolicitedFrameEndsTheSession(t *testing.T) {
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		if c.Accept() {
			c.Reply(2500, "") // idle timeout announced by the server
			_, _ = c.Read()
		}
	}))
	<-s.Dead()
	if !errors.Is(s.Err(), errUnsolicited) {
		t.Errorf("cause = %v", s.Err())
	}
}

func TestCancelledMidExchangeIsUnknown(t *testing.T) {
	seen := make(chan struct{})
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		c.Serve(func(c *epptest.Conn, _ epptest.Request) bool { close(seen); _, _ = c.Read(); return false })
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-seen; cancel() }()
	_, err := s.Exchange(ctx, Request{Command: check})
	var unknown *Unknown
	if !errors.As(err, &unknown) || !errors.Is(err, context.Canceled) || s.Err() == nil {
		t.Errorf("err %v, session %v", err, s.Err())
	}
	var notSent *NotSent
	if _, err := s.Exchange(ctx, Request{Command: check}); !errors.As(err, &notSent) {
		t.Errorf("cancelled before: %v", err)
	}
}

// TestExchangesDoNotMix has many callers on one session; each must get the
// reply to its own command.
func TestExchangesDoNotMix(t *testing.T) {
	s := dial(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id := "cl-" + strings.Repeat("x", i+1)
			resp, err := s.Exchange(t.Context(), Request{Command: check, ClTRID: id})
			if err != nil || resp.ClTRID != id || resp.SvTRID != "SV-"+id {
				t.Errorf("%s: %+v, %v", id, resp, err)
			}
		})
	}
	wg.Wait()
}

func TestHello(t *testing.T) {
	n := 0
	s := dial(t, epptest.New(t, func(c *epptest.Conn) {
		if !c.Accept() {
			return
		}
		for {
			if _, err := c.Read(); err != nil {
				return
			}
			if n++; n == 1 {
				c.Send(epptest.Greeting("urn:new"))
			} else {
				c.Reply(1000, "whatever")
			}
		}
	}))
	g, err := s.Hello(t.Context())
	if err != nil || len(g.Extensions) != 1 || len(s.Greeting().Extensions) != 1 {
		t.Fatalf("greeting %+v, err %v", g, err)
	}
	var unknown *Unknown
	if _, err := s.Hello(t.Context()); !errors.As(err, &unknown) || s.Err() == nil {
		t.Errorf("response to hello: %v, session %v", err, s.Err())
	}
	var notSent *NotSent
	if _, err := s.Hello(t.Context()); !errors.As(err, &notSent) {
		t.Errorf("hello on a dead session: %v", err)
	}
}

func TestLogout(t *testing.T) {
	s := dial(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }))
	if err := s.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Err() == nil {
		t.Error("session lives after logout")
	}
	if !errors.Is(s.Err(), ErrClosed) {
		t.Errorf("the server's close after the logout counts as a loss: %v", s.Err())
	}
	if err := s.Logout(t.Context()); err == nil {
		t.Error("second logout succeeds")
	}
}
