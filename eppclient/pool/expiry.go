package pool

import (
	"crypto/x509"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/session"
)

// Things that expire, as Expiry.What says.
const (
	ServerCertificate = "server_certificate"
	ClientCertificate = "client_certificate"
	Password          = "password" // where the server tells (RFC 8807)
)

// Expiry is when something stops to be valid without which no session opens.
type Expiry struct {
	What string
	At   time.Time
}

const day = 24 * time.Hour

// expiries returns what expires and when, as far as it is known. Call with mu
// held.
func (p *Pool) expiries() []Expiry {
	var out []Expiry
	add := func(what string, at time.Time) {
		if !at.IsZero() {
			out = append(out, Expiry{what, at})
		}
	}
	add(ServerCertificate, p.seen.serverCert)
	add(ClientCertificate, p.clientCert())
	add(Password, p.seen.password)
	return out
}

// soon returns those that expire within Config.ExpiryWarning. Call with mu held.
func (p *Pool) soon() []Expiry {
	var out []Expiry
	limit := p.cfg.Session.Clock.Now().Add(p.cfg.ExpiryWarning)
	for _, e := range p.expiries() {
		if e.At.Before(limit) {
			out = append(out, e)
		}
	}
	return out
}

// warn tells the observer once a day what expires soon.
func (p *Pool) warn() {
	p.mu.Lock()
	all, now := p.expiries(), p.cfg.Session.Clock.Now()
	var due []Expiry
	for _, e := range p.soon() {
		if p.daily(e.What, now) {
			due = append(due, e)
		}
	}
	p.mu.Unlock()
	for _, e := range all {
		p.cfg.Observer.ExpiryKnown(p.name(), e)
	}
	for _, e := range due {
		p.cfg.Observer.ExpiresSoon(p.name(), e)
	}
}

// daily reports whether something is to be said, and that at most once a day.
// Call with mu held.
func (p *Pool) daily(what string, now time.Time) bool {
	if last, said := p.seen.said[what]; said && now.Sub(last) < day {
		return false
	}
	if p.seen.said == nil {
		p.seen.said = make(map[string]time.Time)
	}
	p.seen.said[what] = now
	return true
}

// heed keeps what the server said of our security when we logged in, and
// passes on, once a day, what is more than a date.
func (p *Pool) heed(s *session.Session) {
	var tell []loginsec.Event
	p.mu.Lock()
	now := p.cfg.Session.Clock.Now()
	p.seen.password = time.Time{}
	for _, e := range s.LoginEvents() {
		if strings.EqualFold(e.Type, "password") && !e.Expires.Time.IsZero() {
			p.seen.password = e.Expires.Time
		} else if p.daily("event "+e.Type+" "+e.Name, now) {
			tell = append(tell, e)
		}
	}
	p.mu.Unlock()
	for _, e := range tell {
		p.cfg.Observer.SecurityEvent(p.name(), e)
	}
	p.warn()
}

// clientCert returns the end of our own certificate's validity.
func (p *Pool) clientCert() time.Time {
	cfg := p.cfg.Session.TLS
	if cfg == nil || len(cfg.Certificates) == 0 || len(cfg.Certificates[0].Certificate) == 0 {
		return time.Time{}
	}
	if leaf := cfg.Certificates[0].Leaf; leaf != nil {
		return leaf.NotAfter
	}
	leaf, err := x509.ParseCertificate(cfg.Certificates[0].Certificate[0])
	if err != nil {
		return time.Time{} // an unreadable certificate shows at the first connect
	}
	return leaf.NotAfter
}
