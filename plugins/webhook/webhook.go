// Package webhook carries events to endpoints of customers over HTTPS: the
// implementation of registrar.WebhookSender. The address of an endpoint comes
// from outside, so a try must not become a way into our network: names are
// resolved here, every address is judged when it is dialled, no redirect is
// followed, no proxy is used, and everything that comes back is bounded.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/indera/indera/registrar"
)

// Resolver turns a host name into addresses; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options set the bounds. Zero values take the defaults given here.
type Options struct {
	AllowPrivate []netip.Prefix // networks that count as public, for systems of our own
	RootCAs      *x509.CertPool // nil = the system's
	Resolver     Resolver       // nil = the system's
	UserAgent    string         // "Indera-Webhooks/1"
	DialTimeout  time.Duration  // one address, handshake included; 4 s
}

// Bounds of what an endpoint may send back.
const (
	maxHeader  = 16 << 10
	maxAnswer  = 64 << 10 // read and dropped, so that the connection can be used again
	keptAnswer = 512      // shown in the log
	maxAddrs   = 4        // of one name that are tried
)

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	opt    Options
	client *http.Client
}

var _ registrar.WebhookSender = (*Sender)(nil)

// New returns a sender.
func New(opt Options) *Sender {
	if opt.Resolver == nil {
		opt.Resolver = net.DefaultResolver
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "Indera-Webhooks/1"
	}
	if opt.DialTimeout <= 0 {
		opt.DialTimeout = 4 * time.Second
	}
	s := &Sender{opt: opt}
	s.client = &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // one in the environment would connect in our stead, to anywhere
			DialContext:            s.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opt.RootCAs},
			TLSHandshakeTimeout:    opt.DialTimeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        15 * time.Second,
			DisableCompression:     true, // a small answer must not grow
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// Check implements registrar.WebhookSender.
func (s *Sender) Check(rawURL string) error {
	_, err := s.parse(rawURL)
	return err
}

func refuse(code, format string, args ...any) error {
	return registrar.InvalidField("url", code, format, args...)
}

// parse refuses what can never be sent to.
func (s *Sender) parse(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil, refuse("bad_url", "Please give an address that begins with https:// and a host name.")
	}
	if p := u.Port(); p != "" {
		// Low ports belong to other protocols, whose servers a message could confuse.
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 || n != 443 && n < 1024 {
			return nil, refuse("bad_port", "The port must be 443 or one from 1024 to 65535.")
		}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if a, err := netip.ParseAddr(host); err == nil && !s.allowed(a) {
		return nil, refuse("private_address", "Webhooks are sent to public addresses only; %s is none.", a)
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		if len(s.opt.AllowPrivate) == 0 {
			return nil, refuse("private_address", "Webhooks are sent to public addresses only.")
		}
	}
	return u, nil
}

// allowed judges an address; a network that the operator allows is judged by
// the plain form of the address.
func (s *Sender) allowed(a netip.Addr) bool {
	return public(a) || in(a.Unmap(), s.opt.AllowPrivate)
}

// Errors of the dialler, told apart in classify.
var (
	errNoName  = errors.New("the name does not resolve")
	errPrivate = errors.New("the name leads to an address that is not public")
)

// dial resolves and connects. One forbidden address among those of a name
// refuses the name: its owner is not one who publishes such by accident. Each
// address is judged once more when its socket is made, so nothing between
// resolving and dialling can change it.
func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := s.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if !s.allowed(a) {
			return nil, errPrivate
		}
	}
	d := net.Dialer{Timeout: s.opt.DialTimeout, ControlContext: s.control}
	var errs []error
	for _, a := range addrs[:min(len(addrs), maxAddrs)] {
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (s *Sender) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := s.opt.Resolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")+".") // rooted: no search domains
	if err != nil && ctx.Err() == nil || err == nil && len(addrs) == 0 {
		return nil, fmt.Errorf("%w: %w", errNoName, orNone(err))
	}
	return addrs, err
}

func orNone(err error) error {
	if err == nil {
		return errors.New("no address")
	}
	return err
}

// control looks at the address that a socket is about to connect to.
func (s *Sender) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !s.allowed(ap.Addr()) {
		return errPrivate
	}
	return nil
}

// Send implements registrar.WebhookSender.
func (s *Sender) Send(ctx context.Context, m registrar.WebhookMessage) registrar.WebhookAnswer {
	if _, err := s.parse(m.URL); err != nil {
		return registrar.WebhookAnswer{Error: registrar.DeliveryBadURL, Note: err.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return registrar.WebhookAnswer{Error: registrar.DeliveryBadURL, Note: "The address can't be used."}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.opt.UserAgent)
	for k, v := range m.Header {
		req.Header.Set(k, v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		class, note := classify(err)
		return registrar.WebhookAnswer{Error: class, Note: note}
	}
	defer resp.Body.Close()
	return judge(resp)
}

// judge turns an answer into an outcome. The status counts, whatever happens to
// the body.
func judge(resp *http.Response) registrar.WebhookAnswer {
	head, err := io.ReadAll(io.LimitReader(resp.Body, keptAnswer))
	if err == nil {
		_, err = io.CopyN(io.Discard, resp.Body, maxAnswer)
	}
	a := registrar.WebhookAnswer{Status: resp.StatusCode, Answer: printable(head), RetryAfter: retryAfter(resp)}
	if err != nil && !errors.Is(err, io.EOF) {
		a.Note = "The body of the answer did not arrive whole."
	}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return a
	case resp.StatusCode == http.StatusGone:
		a.Error, a.Note = registrar.DeliveryGone, "The endpoint says that it is gone for good (410)."
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		a.Error, a.Note = registrar.DeliveryRedirect, fmt.Sprintf("The endpoint redirects (%d). Redirects are not followed; please enter the final address.", resp.StatusCode)
	default:
		a.Error, a.Note = registrar.DeliveryStatus, fmt.Sprintf("The endpoint answered %d instead of 2xx.", resp.StatusCode)
	}
	return a
}

// retryAfter reads the seconds of a 429 or 503 (RFC 9110 §10.2.3).
func retryAfter(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// printable makes bytes of strangers fit for a log.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, strings.ToValidUTF8(string(b), "·"))
}

// classify sorts errors; notes never hold addresses of our network.
func classify(err error) (registrar.DeliveryError, string) {
	var timeout net.Error
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var cert *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.Is(err, errPrivate):
		return registrar.DeliveryPrivate, "The host name leads to an address that is not public. Webhooks are sent to public addresses only."
	case errors.Is(err, errNoName):
		return registrar.DeliveryNoName, "The host name does not resolve."
	case errors.As(err, &cert):
		return registrar.DeliveryTLS, "The certificate is not accepted: " + certificateNote(cert)
	case errors.As(err, &alert), errors.As(err, &record), strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return registrar.DeliveryTLS, "The TLS handshake failed; TLS 1.2 or later is needed."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return registrar.DeliveryTimeout, "No answer came in time."
	case errors.As(err, &op) && op.Op == "dial":
		return registrar.DeliveryConnect, "No connection: nothing listens there, or the network does not get there."
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return registrar.DeliveryConnect, "The connection broke before an answer came."
	}
	return registrar.DeliveryProtocol, "What came back is no HTTP answer that we can read."
}

func certificateNote(err *tls.CertificateVerificationError) string {
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err.Err, &host):
		return "it is for another host name."
	case errors.As(err.Err, &unknown):
		return "it is signed by an authority that we do not know, or a certificate of its chain is missing."
	case errors.As(err.Err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not valid yet."
	}
	return "it does not verify."
}
