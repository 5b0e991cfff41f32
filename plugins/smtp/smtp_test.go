package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/indera/indera/registrar"
)

// relay is a scripted SMTP server.
type relay struct {
	rcpt, data, from error // what to answer
	mu               sync.Mutex
	got              []string
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{r}, nil }

type session struct{ r *relay }

func (s *session) Mail(string, *smtp.MailOptions) error { return s.r.from }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.r.rcpt }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Data(in io.Reader) error {
	b, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if s.r.data != nil {
		return s.r.data
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.got = append(s.r.got, string(b))
	return nil
}

func start(t *testing.T, r *relay) *Mailer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(r)
	srv.Domain = "relay.example"
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(ln); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		// The server may not know its listener yet: close both.
		if err := errors.Join(srv.Close(), ln.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		<-done
	})
	m, err := New(Options{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, TLS: NoTLS, From: "hello@registrar.example", FromName: "Example Registrar", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var sample = registrar.Mail{
	ID: "mail_01", To: "holder@customer.example", ToName: "Zoë Müller", Subject: "münchen.com is yours",
	Text: "Hello Zoë\n", HTML: "<p>Hello Zoë</p>", CreatedAt: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC),
}

func TestSendDelivers(t *testing.T) {
	r := &relay{}
	m := start(t, r)
	if err := m.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.got) != 1 {
		t.Fatalf("%d mails arrived", len(r.got))
	}
	msg, err := mail.ReadMessage(strings.NewReader(r.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Message-Id": "<mail_01@registrar.example>", "Auto-Submitted": "auto-generated", "Date": "Mon, 23 Nov 2026 01:02:03 +0000",
	} {
		if got := msg.Header.Get(header); got != want {
			t.Errorf("%s = %q, want %q", header, got, want)
		}
	}
	to, err := msg.Header.AddressList("To")
	if err != nil || to[0].Name != "Zoë Müller" || to[0].Address != "holder@customer.example" {
		t.Errorf("To = %v, %v", to, err)
	}
	if !strings.HasPrefix(msg.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("Content-Type = %q", msg.Header.Get("Content-Type"))
	}
}

func TestSendClassifiesRefusals(t *testing.T) {
	code := func(n int) error { return &smtp.SMTPError{Code: n, Message: "no <holder@customer.example>"} }
	for name, tc := range map[string]struct {
		relay     *relay
		permanent bool
	}{
		"unknown recipient":   {&relay{rcpt: code(550)}, true},
		"recipient busy":      {&relay{rcpt: code(450)}, false},
		"content refused":     {&relay{data: code(554)}, true},
		"content later":       {&relay{data: code(451)}, false},
		"our sender refused":  {&relay{from: code(550)}, false},
		"relay overloaded":    {&relay{from: code(421)}, false},
		"mailbox out of room": {&relay{rcpt: code(452)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := start(t, tc.relay).Send(t.Context(), sample)
			if err == nil {
				t.Fatal("a refusal was no error")
			}
			if got := registrar.KindOf(err) == registrar.KindInvalid; got != tc.permanent {
				t.Errorf("permanent = %v, want %v: %v", got, tc.permanent, err)
			}
			if strings.Contains(err.Error(), "holder@") {
				t.Errorf("the error shows the address: %v", err)
			}
		})
	}
}

func TestSendRefusesBadAddress(t *testing.T) {
	bad := sample
	bad.To = "not an address\r\nBcc: x@y.example"
	err := start(t, &relay{}).Send(t.Context(), bad)
	if registrar.KindOf(err) != registrar.KindInvalid {
		t.Errorf("error = %v, want KindInvalid", err)
	}
}

func TestSendNeedsStartTLS(t *testing.T) {
	r := &relay{}
	m := start(t, r)
	m.opt.TLS = StartTLS
	if err := m.Send(t.Context(), sample); err == nil || len(r.got) > 0 {
		t.Errorf("mail left without TLS: %v", err)
	}
}

func TestSendEndsWithContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never greets
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	m, err := New(Options{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, TLS: NoTLS, From: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := m.Send(ctx, sample); err == nil {
		t.Fatal("a silent relay took the mail")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("gave up after %v", took)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, opt := range map[string]Options{
		"no host":   {Port: 25, TLS: NoTLS, From: "a@b.example"},
		"no port":   {Host: "x", TLS: NoTLS, From: "a@b.example"},
		"no sender": {Host: "x", Port: 25, TLS: NoTLS},
		"no mode":   {Host: "x", Port: 25, From: "a@b.example"},
	} {
		if _, err := New(opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
