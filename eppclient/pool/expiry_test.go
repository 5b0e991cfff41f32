package pool

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/loginsec"
)

// hearer keeps what the observer is warned of.
type hearer struct {
	noObserver
	mu    sync.Mutex
	known map[string]time.Time
	heard []string
}

func (h *hearer) ExpiryKnown(_ string, e Expiry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[e.What] = e.At
}

func (h *hearer) ExpiresSoon(_ string, e Expiry) { h.hear(e.What) }

func (h *hearer) SecurityEvent(_ string, e loginsec.Event) { h.hear(e.Type + " " + e.Level) }

func (h *hearer) hear(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, what)
}

// count returns how often something was heard, and forgets all.
func (h *hearer) count() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := map[string]int{}
	for _, w := range h.heard {
		n[w]++
	}
	h.heard = nil
	return fmt.Sprint(n)
}

func TestExpiryIsWarnedOfOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passwordEnds := time.Now().Add(40 * day).UTC().Truncate(time.Second)
		events := `<extension><loginSec:loginSecData xmlns:loginSec="` + loginsec.Namespace + `"><loginSec:event type="password" level="warning" exDate="` +
			passwordEnds.Format(time.RFC3339) + `"/><loginSec:event type="tlsProtocol" level="error" value="TLS1.0">old</loginSec:event></loginSec:loginSecData></extension>`
		srv := epptest.New(t, func(c *epptest.Conn) {
			c.Send(epptest.Greeting(loginsec.Namespace))
			for {
				req, err := c.Read()
				switch {
				case err != nil:
					return
				case req.Verb == "hello":
					c.Greet()
				case req.Verb == "login":
					c.Send(epptest.Response(1000, req.ClTRID, events))
				default:
					c.Reply(1000, req.ClTRID)
				}
			}
		})
		h := &hearer{known: map[string]time.Time{}}
		p := newPool(t, srv, func(c *Config) {
			c.Warm, c.Observer, c.MaxAge, c.KeepAlive, c.LeaseRenew = 1, h, 6*time.Hour, time.Hour, time.Hour
			c.Session.TLS.Certificates = []tls.Certificate{epptest.Certificate()}
			c.Session.Services.Extensions = []string{loginsec.Namespace}
		})
		time.Sleep(time.Minute)
		if got := h.count(); got != "map[tlsProtocol error:1]" || !h.known[Password].Equal(passwordEnds) || h.known[ServerCertificate].Year() != 2100 || h.known[ClientCertificate].Year() != 2100 {
			t.Errorf("at first: %s, known %v", got, h.known)
		}
		if s := p.Stats(); s.Soon != nil {
			t.Errorf("soon: %v", s.Soon)
		}
		time.Sleep(9 * day) // four sessions a day, one complaint
		if got := h.count(); got != "map[tlsProtocol error:7]" && got != "map[tlsProtocol error:8]" {
			t.Errorf("before the last 30 days: %s", got)
		}
		time.Sleep(5*day + 2*time.Hour)
		if got := h.count(); !strings.HasPrefix(got, "map[password:5 tlsProtocol error:") {
			t.Errorf("within the last 30 days: %s", got)
		}
		if s := p.Stats(); !slices.ContainsFunc(s.Soon, func(e Expiry) bool { return e.What == Password && e.At.Equal(passwordEnds) }) {
			t.Errorf("soon: %v", s.Soon)
		}
	})
}

// TestOwnCertificateIsWarnedOfWithoutASession: it is why none opens.
func TestOwnCertificateIsWarnedOfWithoutASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hearer{known: map[string]time.Time{}}
		p := newPool(t, epptest.New(t, slow(0)), func(c *Config) {
			c.Observer, c.ExpiryWarning = h, 200*365*day
			c.Session.TLS.Certificates = []tls.Certificate{epptest.Certificate()}
		})
		synctest.Wait()
		if got := h.count(); got != "map[client_certificate:1]" || len(p.Stats().Soon) != 1 {
			t.Errorf("%s, %v", got, p.Stats().Soon)
		}
	})
}
