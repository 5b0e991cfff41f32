package session

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/frame"
	"github.com/indera/indera/eppclient/transcript"
)

// Defaults of Config.
const (
	DefaultConnectTimeout  = 15 * time.Second
	DefaultExchangeTimeout = 30 * time.Second
)

// Config says how to reach one registry account.
type Config struct {
	Registry    string      // our name of it, for errors and transcripts
	Addr        string      // host:port; the port of RFC 5734 §7 is 700
	TLS         *tls.Config // see TLS.Config
	ServerID    string      // svID the greeting must show, "" = any (RFC 5734 §9)
	ClientID    string      // clID
	Password    epp.Secret
	NewPassword epp.Secret // "" = keep. Store it before dialling: a lost reply leaves open which one is valid
	PasswordMax int        // 0 = 16 (RFC 5730 §4); no limit where loginSec is used
	// UserAgent is told to servers that take it (RFC 8807). Zero = nothing.
	UserAgent loginsec.UserAgent
	Lang      string // wanted message language, "" = en

	// Services is what the client implements. The session logs in with what of
	// it the greeting offers.
	Services epp.Services
	Objects  epp.Objects // zero = RFC namespaces

	ConnectTimeout  time.Duration // connect to login, all together; 0 = 15 s
	ExchangeTimeout time.Duration // one exchange, all together; 0 = 30 s
	MaxFrame        int           // octets, 0 = 10 MiB

	Transcript transcript.Transcript // nil = none
	// Clock stamps transcripts. Time limits use the monotonic clock instead.
	Clock clockwork.Clock // nil = real
	// DialContext replaces the plain TCP dialler, for tests and proxies.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Addr == "":
		return c, errors.New("address is missing")
	case c.TLS == nil:
		return c, errors.New("TLS configuration is missing")
	case len(c.Services.Objects) == 0:
		return c, errors.New("no object service is configured")
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = DefaultConnectTimeout
	}
	if c.ExchangeTimeout <= 0 {
		c.ExchangeTimeout = DefaultExchangeTimeout
	}
	if c.MaxFrame <= 0 {
		c.MaxFrame = frame.DefaultMax
	}
	if c.Lang == "" {
		c.Lang = "en"
	}
	if c.Transcript == nil {
		c.Transcript = transcript.Discard
	}
	if c.Clock == nil {
		c.Clock = clockwork.NewRealClock()
	}
	if c.DialContext == nil {
		c.DialContext = (&net.Dialer{}).DialContext
	}
	return c, nil
}

// TLS says how a registry's server proves itself and how we prove ourselves.
type TLS struct {
	ServerName   string            // name in the server's certificate
	Roots        *x509.CertPool    // nil = the system's
	Certificates []tls.Certificate // ours; empty where only the password counts
	// Pins are base64 SHA-256 digests of SubjectPublicKeyInfo. If any are set
	// the server's key must be among them. With pins and no Roots, chain and
	// name are not checked: pinning a known certificate may replace the name
	// check (RFC 5734 §9); the validity period still counts.
	Pins  []string
	Clock clockwork.Clock // nil = real
}

// suites12 are the cipher suites for TLS 1.2 (RFC 9325 §4.2). TLS 1.3 suites
// are not configurable and all sound.
var suites12 = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
}

// Config returns the tls.Config to dial with.
func (t TLS) Config() (*tls.Config, error) {
	clock := t.Clock
	if clock == nil {
		clock = clockwork.NewRealClock()
	}
	for _, pin := range t.Pins {
		if b, err := base64.StdEncoding.DecodeString(pin); err != nil || len(b) != sha256.Size {
			return nil, fmt.Errorf("pin %q is not a base64 SHA-256 digest", pin)
		}
	}
	pinOnly := len(t.Pins) > 0 && t.Roots == nil
	if t.ServerName == "" && !pinOnly {
		return nil, errors.New("server name is missing")
	}
	cfg := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		CipherSuites:       suites12,
		ServerName:         t.ServerName,
		RootCAs:            t.Roots,
		Certificates:       t.Certificates,
		Time:               clock.Now,
		InsecureSkipVerify: pinOnly, // replaced by VerifyConnection
	}
	if len(t.Pins) > 0 {
		cfg.VerifyConnection = func(cs tls.ConnectionState) error {
			return t.verifyPin(cs, clock.Now())
		}
	}
	return cfg, nil
}

func (t TLS) verifyPin(cs tls.ConnectionState, now time.Time) error {
	if len(cs.PeerCertificates) == 0 {
		return errors.New("server showed no certificate")
	}
	leaf := cs.PeerCertificates[0]
	if !slices.Contains(t.Pins, Pin(leaf)) {
		return errors.New("server's key is none of the pinned ones")
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return fmt.Errorf("server's certificate is valid from %s to %s only",
			leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// Pin returns the digest of a certificate's key as TLS.Pins wants it.
func Pin(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
