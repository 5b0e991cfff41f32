package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// book is a resolver of our own; each lookup may be answered differently.
type book struct {
	answers map[string][][]string // by host, one list per lookup, the last one for ever
	asked   map[string]int
}

func (b *book) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	host = strings.TrimSuffix(host, ".")
	lists := b.answers[host]
	if lists == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if b.asked == nil {
		b.asked = map[string]int{}
	}
	i := min(b.asked[host], len(lists)-1)
	b.asked[host]++
	var out []netip.Addr
	for _, a := range lists[i] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// quiet takes what servers say about clients that hang up.
var quiet = log.New(io.Discard, "", 0)

// target is a real HTTPS server whose certificate is for example.com.
func target(t *testing.T, h http.HandlerFunc) (port string, pool *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return u.Port(), pool
}

func send(t *testing.T, s *Sender, url string) registrar.WebhookAnswer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return s.Send(ctx, registrar.WebhookMessage{URL: url, Body: []byte(`{"a":1}`), Header: map[string]string{"webhook-id": "evt_1"}})
}

func at(host string, lists ...[]string) *book {
	return &book{answers: map[string][][]string{host: lists}}
}

func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	port, pool := target(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "ok \x00\x1b[31m ü \xff")
	})
	s := New(Options{AllowPrivate: loopback, RootCAs: pool, Resolver: at("example.com", []string{"127.0.0.1"})})
	a := send(t, s, "https://example.com:"+port+"/in?x=1")
	if a.Error != registrar.DeliveryOK || a.Status != 202 || a.Answer != "ok ··[31m ü ·" {
		t.Fatalf("%+v", a)
	}
	if got.Method != "POST" || got.URL.RequestURI() != "/in?x=1" || string(body) != `{"a":1}` || got.Header.Get("webhook-id") != "evt_1" ||
		got.Header.Get("Content-Type") != "application/json" || got.Header.Get("User-Agent") != "Indera-Webhooks/1" || got.Header.Get("Accept-Encoding") != "" {
		t.Errorf("%s %s %s %v", got.Method, got.URL, body, got.Header)
	}
}

// TestOutcomes: what an endpoint can do wrong, and how it is told.
func TestOutcomes(t *testing.T) {
	var followed atomic.Bool
	port, pool := target(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/elsewhere":
			followed.Store(true)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/slow":
			<-r.Context().Done()
		case "/huge":
			for range 1 << 10 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return // the other side has had enough
				}
			}
		case "/header":
			w.Header().Set("X-Big", strings.Repeat("x", 100<<10))
		case "/cut":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		case "/nonsense":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprint(conn, "220 mail.example ESMTP\r\n")
				conn.Close()
			}
		case "/drip":
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	})
	s := New(Options{AllowPrivate: loopback, RootCAs: pool, Resolver: at("example.com", []string{"127.0.0.1"})})
	for path, want := range map[string]registrar.WebhookAnswer{
		"/redirect": {Status: 307, Error: registrar.DeliveryRedirect},
		"/gone":     {Status: 410, Error: registrar.DeliveryGone},
		"/busy":     {Status: 429, Error: registrar.DeliveryStatus, RetryAfter: 90 * time.Second},
		"/broken":   {Status: 500, Error: registrar.DeliveryStatus},
		"/slow":     {Error: registrar.DeliveryTimeout},
		"/huge":     {Status: 200},
		"/header":   {Error: registrar.DeliveryProtocol},
		"/cut":      {Error: registrar.DeliveryConnect},
		"/nonsense": {Error: registrar.DeliveryProtocol},
		"/drip":     {Status: 200},
	} {
		t.Run(path[1:], func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			began := time.Now()
			got := s.Send(ctx, registrar.WebhookMessage{URL: "https://example.com:" + port + path})
			if got.Status != want.Status || got.Error != want.Error || got.RetryAfter != want.RetryAfter || want.Error != "" && got.Note == "" {
				t.Errorf("%+v, want %+v", got, want)
			}
			if len(got.Answer) > 4*keptAnswer || time.Since(began) > 4*time.Second {
				t.Errorf("%d characters after %s", len(got.Answer), time.Since(began))
			}
		})
	}
	if followed.Load() {
		t.Error("a redirect was followed")
	}
}

func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := New(Options{AllowPrivate: loopback, Resolver: at("example.com", []string{"127.0.0.1"})})
	if a := send(t, s, "https://example.com:"+port+"/"); a.Error != registrar.DeliveryConnect || strings.Contains(a.Note, "127.") {
		t.Errorf("%+v", a)
	}
	if a := send(t, s, "https://nowhere.example/"); a.Error != registrar.DeliveryNoName {
		t.Errorf("%+v", a)
	}
}

func TestTLS(t *testing.T) {
	port, pool := target(t, func(http.ResponseWriter, *http.Request) {})
	names := &book{answers: map[string][][]string{"example.com": {{"127.0.0.1"}}, "other.test": {{"127.0.0.1"}}}}
	if a := send(t, New(Options{AllowPrivate: loopback, Resolver: names}), "https://example.com:"+port+"/"); a.Error != registrar.DeliveryTLS || !strings.Contains(a.Note, "authority") {
		t.Errorf("unknown authority: %+v", a)
	}
	if a := send(t, New(Options{AllowPrivate: loopback, Resolver: names, RootCAs: pool}), "https://other.test:"+port+"/"); a.Error != registrar.DeliveryTLS || !strings.Contains(a.Note, "another host") {
		t.Errorf("another name: %+v", a)
	}
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = quiet
	old.StartTLS()
	defer old.Close()
	u, _ := url.Parse(old.URL)
	if a := send(t, New(Options{AllowPrivate: loopback, Resolver: names, RootCAs: pool}), "https://example.com:"+u.Port()+"/"); a.Error != registrar.DeliveryTLS {
		t.Errorf("TLS 1.1: %+v", a)
	}
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	u, _ = url.Parse(plain.URL)
	if a := send(t, New(Options{AllowPrivate: loopback, Resolver: names}), "https://example.com:"+u.Port()+"/"); a.Error != registrar.DeliveryTLS {
		t.Errorf("no TLS: %+v", a)
	}
}

// TestPrivateAddressesAreRefused: whatever the name server says, nothing that is
// not public is dialled; the server on loopback hears nothing.
func TestPrivateAddressesAreRefused(t *testing.T) {
	var heard atomic.Int32
	port, pool := target(t, func(http.ResponseWriter, *http.Request) { heard.Add(1) })
	for _, addrs := range [][]string{
		{"127.0.0.1"}, {"::1"}, {"::ffff:127.0.0.1"}, {"10.1.2.3"}, {"64:ff9b::7f00:1"}, {"8.8.8.8", "127.0.0.1"}, {"127.0.0.1", "8.8.8.8"}, {"0.0.0.0"}, {"::"},
	} {
		s := New(Options{RootCAs: pool, Resolver: at("example.com", addrs)})
		if a := send(t, s, "https://example.com:"+port+"/"); a.Error != registrar.DeliveryPrivate {
			t.Errorf("%v: %+v", addrs, a)
		}
	}
	if heard.Load() != 0 {
		t.Error("a private address was sent to")
	}
}

// TestRebinding: a name that shows a public address first and a private one at
// the next look is judged by what is dialled, at each connection.
func TestRebinding(t *testing.T) {
	var heard atomic.Int32
	port, pool := target(t, func(w http.ResponseWriter, _ *http.Request) { heard.Add(1); w.Header().Set("Connection", "close") })
	names := at("example.com", []string{"127.0.0.1"}, []string{"127.0.0.2"}, []string{"10.0.0.1"})
	s := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, RootCAs: pool, Resolver: names})
	for i, want := range []registrar.DeliveryError{registrar.DeliveryOK, registrar.DeliveryPrivate, registrar.DeliveryPrivate} {
		if a := send(t, s, "https://example.com:"+port+"/"); a.Error != want {
			t.Errorf("look %d: %+v", i+1, a)
		}
	}
	if heard.Load() != 1 {
		t.Errorf("heard %d", heard.Load())
	}
	// The last line of defence judges the socket itself.
	if err := s.control(t.Context(), "tcp4", "127.0.0.2:443", nil); !errors.Is(err, errPrivate) {
		t.Errorf("a socket to another loopback address: %v", err)
	}
	if err := s.control(t.Context(), "tcp4", "127.0.0.1:443", nil); err != nil {
		t.Error(err)
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	var asked atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer proxy.Close()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("https_proxy", proxy.URL)
	port, pool := target(t, func(http.ResponseWriter, *http.Request) {})
	s := New(Options{AllowPrivate: loopback, RootCAs: pool, Resolver: at("example.com", []string{"127.0.0.1"})})
	if s.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("the transport has a proxy")
	}
	if a := send(t, s, "https://example.com:"+port+"/"); a.Error != registrar.DeliveryOK || asked.Load() {
		t.Errorf("%+v, proxy asked: %v", a, asked.Load())
	}
}

func TestCheck(t *testing.T) {
	s := New(Options{})
	for raw, code := range map[string]string{
		"https://hooks.example/in": "", "https://hooks.example:8443/": "", "https://hooks.example:443/": "", "https://[2606:4700::1111]/": "", "https://8.8.8.8/": "",
		"http://hooks.example/": "bad_url", "https:///x": "bad_url", "ftp://a.example/": "bad_url", "https://u@a.example/": "bad_url", "::": "bad_url",
		"https://a.example:25/": "bad_port", "https://a.example:80/": "bad_port", "https://a.example:0/": "bad_port", "https://a.example:99999/": "bad_port",
		"https://127.0.0.1/": "private_address", "https://[::1]/": "private_address", "https://[::ffff:10.0.0.1]/": "private_address", "https://10.0.0.1:8443/": "private_address",
		"https://localhost/": "private_address", "https://x.localhost/": "private_address", "https://169.254.169.254/latest": "private_address",
	} {
		err := s.Check(raw)
		var e *registrar.Error
		if errors.As(err, &e); code == "" && err != nil || code != "" && (e == nil || e.Kind != registrar.KindInvalid || e.Code != code || e.Field != "url") {
			t.Errorf("%s: %v, want %q", raw, err, code)
		}
	}
	own := New(Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err := own.Check("https://10.0.0.1/"); err != nil {
		t.Error(err)
	}
	if err := own.Check("https://127.0.0.1/"); err == nil {
		t.Error("an allowed network opens others")
	}
	if a := own.Send(t.Context(), registrar.WebhookMessage{URL: "http://10.0.0.1/"}); a.Error != registrar.DeliveryBadURL {
		t.Errorf("%+v", a)
	}
}

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true, "172.32.0.1": true, "223.255.255.255": true, "198.17.0.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "127.255.255.255": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.1.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.7": false, "203.0.113.9": false,
		"224.0.0.1": false, "239.1.1.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"2606:4700:4700::1111": true, "2a00:1450::1": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,
		"::": false, "::1": false, "::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::a00:1": false, "100::1": false,
		"2001::1": false, "2001:20::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "5f00::1": false, "fc00::1": false, "fd12::1": false,
		"fe80::1": false, "fec0::1": false, "ff02::1": false, "4000::1": false, "fe80::1%eth0": false, "2606:4700::1%eth0": false,
	} {
		if got := public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: public %v", addr, got)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// FuzzCheck: whatever is typed, an address that passes has https and no private
// host.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"https://a.example/", "https://127.1/", "https://[::1%25eth0]/", "https://0x7f000001/", "https://2130706433/"} {
		f.Add(s)
	}
	s := New(Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		if s.Check(raw) != nil {
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "https" || u.User != nil {
			t.Fatalf("%q passed", raw)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !public(a) {
			t.Fatalf("%q passed", raw)
		}
	})
}
