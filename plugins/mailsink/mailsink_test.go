package mailsink

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	smtpclient "net/smtp"

	"github.com/indera/indera/plugins/smtp"
	"github.com/indera/indera/registrar"
)

// start serves a sink on a free port and returns it with its address.
func start(t *testing.T, opt Options) (*Sink, *net.TCPAddr) {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = filepath.Join(t.TempDir(), "mail")
	}
	s, err := Open(opt)
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
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return s, ln.Addr().(*net.TCPAddr)
}

func deliver(t *testing.T, addr net.Addr, raw string) error {
	t.Helper()
	return smtpclient.SendMail(addr.String(), nil, "a@from.example", []string{"b@to.example"}, []byte(raw))
}

func get(t *testing.T, h http.Handler, path string) (*http.Response, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec.Result(), rec.Body.String()
}

// TestFrameIsShownBehindStrictHeaders mounts the mailbox behind a server whose
// own pages may not be framed: browsers must still show a mail's HTML.
func TestFrameIsShownBehindStrictHeaders(t *testing.T) {
	s, addr := start(t, Options{})
	if err := deliver(t, addr, "Content-Type: text/html\r\n\r\n<p>Hello</p>\r\n"); err != nil {
		t.Fatal(err)
	}
	mails, err := s.Messages(1)
	if err != nil || len(mails) != 1 {
		t.Fatalf("mails = %v, %v", mails, err)
	}
	inner := s.Handler("/mailbox")
	strict := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Frame-Options", "DENY")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		inner.ServeHTTP(w, r)
	})
	resp, body := get(t, strict, "/mailbox/m/"+mails[0].ID+"/html")
	if resp.Header.Get("X-Frame-Options") != "SAMEORIGIN" || resp.Header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Errorf("headers keep the frame empty: %v", resp.Header)
	}
	if !strings.HasPrefix(body, "<!doctype html><base target=\"_blank\">") {
		t.Errorf("body = %q", body)
	}
}

// TestProductMailIsReadable sends with the product's own mailer and reads in
// the browser's way, across a restart of the sink.
func TestProductMailIsReadable(t *testing.T) {
	s, addr := start(t, Options{})
	m, err := smtp.New(smtp.Options{Host: "127.0.0.1", Port: addr.Port, TLS: smtp.NoTLS, From: "hello@registrar.example", FromName: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Send(t.Context(), registrar.Mail{
		ID: "mail_1", To: "zoe@customer.example", ToName: "Zoë", Subject: "münchen.com is yours",
		Text: "Hello Zoë, thank you.", HTML: "<p>Hello <b>Zoë</b></p><script>alert(1)</script>", CreatedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(Options{Dir: s.opt.Dir})
	if err != nil {
		t.Fatal(err)
	}
	h := again.Handler("/mailbox")
	_, list := get(t, h, "/mailbox/")
	if !strings.Contains(list, "münchen.com is yours") || !strings.Contains(list, "zoe@customer.example") {
		t.Fatalf("the list does not show the mail:\n%s", list)
	}
	_, body := get(t, h, "/mailbox/mails.json")
	var got struct{ Mails []Message }
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Mails) != 1 {
		t.Fatalf("mails.json = %s (%v)", body, err)
	}
	mail := got.Mails[0]
	if strings.TrimSpace(mail.Text) != "Hello Zoë, thank you." || !strings.Contains(mail.HTML, "<b>Zoë</b>") {
		t.Errorf("decoded mail = %+v", mail)
	}
	_, page := get(t, h, "/mailbox/m/"+mail.ID)
	if !strings.Contains(page, "Hello Zoë, thank you.") || strings.Contains(page, "<script") {
		t.Errorf("page = %s", page)
	}
	if !strings.Contains(page, `sandbox="allow-popups allow-popups-to-escape-sandbox"`) {
		t.Error("the HTML is not in a sandboxed frame")
	}
	resp, _ := get(t, h, "/mailbox/m/"+mail.ID+"/html")
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") {
		t.Errorf("frame policy = %q", csp)
	}
	if _, source := get(t, h, "/mailbox/m/"+mail.ID+"/source"); !strings.Contains(source, "Message-ID: <mail_1@registrar.example>") {
		t.Errorf("source = %s", source)
	}
}

func TestOddMail(t *testing.T) {
	deep := "x"
	for range 50 {
		deep = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + deep + "\r\n--b--"
	}
	for name, tc := range map[string]struct{ raw, subject, text string }{
		"plain":          {"Subject: Hi\r\n\r\nHello\r\n", "Hi", "Hello"},
		"no header":      {"\r\nHello\r\n", "", "Hello"},
		"base64":         {"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n", "", "Hello"},
		"not UTF-8":      {"Subject: x\r\n\r\nGr\xfc\xdfe\r\n", "x", "Gr\uFFFDe"},
		"no boundary":    {"Content-Type: multipart/mixed\r\n\r\nHello\r\n", "", "(no text)"},
		"attachment":     {"Content-Type: application/pdf\r\n\r\n%PDF\r\n", "", "(no text)"},
		"nested too far": {deep, "", "(no text)"},
		"markup":         {"Subject: <b>x</b>\r\n\r\n<script>alert(1)</script>\r\n", "<b>x</b>", "<script>alert(1)</script>"},
	} {
		t.Run(name, func(t *testing.T) {
			s, addr := start(t, Options{})
			if err := deliver(t, addr, tc.raw); err != nil {
				t.Fatal(err)
			}
			mails, err := s.Messages(10)
			if err != nil || len(mails) != 1 {
				t.Fatalf("mails = %v, %v", mails, err)
			}
			if mails[0].Subject != tc.subject || strings.TrimSpace(mails[0].Text) != tc.text {
				t.Errorf("subject %q text %q", mails[0].Subject, mails[0].Text)
			}
			h := s.Handler("")
			for _, path := range []string{"/", "/m/" + mails[0].ID} {
				resp, body := get(t, h, path)
				if resp.StatusCode != 200 || strings.Contains(body, "<script") || strings.Contains(body, "<b>") {
					t.Errorf("%s = %d %s", path, resp.StatusCode, body)
				}
			}
		})
	}
}

func TestOldestGoFirst(t *testing.T) {
	s, addr := start(t, Options{MaxMails: 3})
	for i := range 5 {
		if err := deliver(t, addr, fmt.Sprintf("Subject: %d\r\n\r\nx\r\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := s.Messages(10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range mails {
		got = append(got, m.Subject)
	}
	if strings.Join(got, "") != "432" {
		t.Errorf("kept %v, want the newest three, newest first", got)
	}
}

func TestTooLargeLeavesNothing(t *testing.T) {
	s, addr := start(t, Options{MaxBytes: 1000})
	if err := deliver(t, addr, "Subject: x\r\n\r\n"+strings.Repeat("x\r\n", 1000)); err == nil {
		t.Fatal("a mail above the limit was taken")
	}
	entries, err := os.ReadDir(s.opt.Dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestRequestsStayInTheFolder(t *testing.T) {
	s, _ := start(t, Options{})
	outside := filepath.Join(filepath.Dir(s.opt.Dir), "01ARZ3NDEKTSV4RRFFQ69G5FAV.eml")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := s.Handler("")
	for _, id := range []string{"..%2F01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		for _, tail := range []string{"", "/html", "/source"} {
			if resp, body := get(t, h, "/m/"+id+tail); resp.StatusCode != 404 || strings.Contains(body, "secret") {
				t.Errorf("/m/%s%s = %d %s", id, tail, resp.StatusCode, body)
			}
		}
	}
}
