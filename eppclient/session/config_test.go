package session

import (
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epptest"
)

func TestTLS(t *testing.T) {
	good := Pin(epptest.Certificate().Leaf)
	bad := Pin(epptest.Certificate().Leaf)
	bad = "A" + bad[1:]
	if bad == good {
		bad = "B" + bad[1:]
	}
	late := clockwork.NewFakeClockAt(time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC))
	tests := []struct {
		name string
		tls  TLS
		ok   bool
	}{
		{"name and CA", TLS{ServerName: epptest.ServerName, Roots: epptest.Roots()}, true},
		{"unknown CA", TLS{ServerName: epptest.ServerName}, false},
		{"other name", TLS{ServerName: "x.test", Roots: epptest.Roots()}, false},
		{"expired by the given clock", TLS{ServerName: epptest.ServerName, Roots: epptest.Roots(), Clock: late}, false},
		{"pin alone", TLS{Pins: []string{bad, good}}, true},
		{"wrong pin alone", TLS{Pins: []string{bad}}, false},
		{"pin, expired", TLS{Pins: []string{good}, Clock: late}, false},
		{"pin besides CA", TLS{ServerName: epptest.ServerName, Roots: epptest.Roots(), Pins: []string{good}}, true},
		{"wrong pin besides CA", TLS{ServerName: epptest.ServerName, Roots: epptest.Roots(), Pins: []string{bad}}, false},
		{"pin besides CA does not replace the name", TLS{ServerName: "x.test", Roots: epptest.Roots(), Pins: []string{good}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) }))
			var err error
			if cfg.TLS, err = tt.tls.Config(); err != nil {
				t.Fatal(err)
			}
			s, err := Dial(t.Context(), cfg)
			if (err == nil) != tt.ok {
				t.Fatalf("Dial: %v", err)
			}
			if s != nil {
				s.Close()
			}
		})
	}
	for name, bad := range map[string]TLS{"bad pin": {Pins: []string{"xyz"}}, "no name": {Roots: epptest.Roots()}} {
		if _, err := bad.Config(); err == nil {
			t.Errorf("%s accepted", name)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.1": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
		"CBC in TLS 1.2": func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		},
	} {
		srv := epptest.New(t, func(c *epptest.Conn) { c.Serve(epptest.OK) })
		change(srv.TLS)
		_, err := Dial(t.Context(), config(t, srv))
		var ce *ConnectError
		if !errors.As(err, &ce) || ce.Stage != StageTLS {
			t.Errorf("%s: %v", name, err)
		}
	}
}
