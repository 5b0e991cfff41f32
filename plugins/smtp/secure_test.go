package smtp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/indera/indera/registrar"
)

const relayPassword = "relay-Pässword 1"

// guarded is a relay that takes mail after a login only.
type guarded struct{ *relay }

func (g guarded) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &login{session: &session{g.relay}}, nil
}

type login struct {
	*session
	in bool
}

func (l *login) AuthMechanisms() []string { return []string{sasl.Plain} }

func (l *login) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "indera" || password != relayPassword {
			return smtp.ErrAuthFailed
		}
		l.in = true
		return nil
	}), nil
}

func (l *login) Mail(from string, o *smtp.MailOptions) error {
	if !l.in {
		return smtp.ErrAuthRequired
	}
	return l.session.Mail(from, o)
}

// certificate makes a self-signed one for localhost and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	card := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, card, card, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// guardedRelay runs one and returns options that fit it.
func guardedRelay(t *testing.T, r *relay, mode TLSMode) Options {
	t.Helper()
	cert, pool := certificate(t)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	if mode == Implicit {
		ln = tls.NewListener(ln, conf)
	}
	srv := smtp.NewServer(guarded{r})
	srv.Domain, srv.TLSConfig = "relay.example", conf
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(ln); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := errors.Join(srv.Close(), ln.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		<-done
	})
	return Options{Host: "localhost", Port: port, TLS: mode, User: "indera", Password: relayPassword, From: "hello@registrar.example", Timeout: 5 * time.Second,
		TLSConf: &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}}
}

// TestSendLogsIn over both ways of TLS; whatever is wrong with the way or the
// login is ours to mend, so the mail is tried again, and the password is in no
// error.
func TestSendLogsIn(t *testing.T) {
	for _, mode := range []TLSMode{StartTLS, Implicit} {
		for name, tc := range map[string]struct {
			change func(*Options)
			taken  bool
		}{
			"right":             {func(*Options) {}, true},
			"wrong password":    {func(o *Options) { o.Password = relayPassword + "!" }, false},
			"no login":          {func(o *Options) { o.User = "" }, false},
			"unknown authority": {func(o *Options) { o.TLSConf = &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12} }, false},
			"another host":      {func(o *Options) { o.TLSConf.ServerName = "relay.example" }, false},
		} {
			t.Run(string(mode)+" "+name, func(t *testing.T) {
				r := &relay{}
				opt := guardedRelay(t, r, mode)
				tc.change(&opt)
				m, err := New(opt)
				if err != nil {
					t.Fatal(err)
				}
				err = m.Send(t.Context(), sample)
				r.mu.Lock()
				defer r.mu.Unlock()
				if (err == nil) != tc.taken || (len(r.got) == 1) != tc.taken {
					t.Fatalf("%d mails were taken: %v", len(r.got), err)
				}
				if err != nil && (registrar.KindOf(err) == registrar.KindInvalid || strings.Contains(err.Error(), relayPassword) || strings.Contains(err.Error(), "holder@")) {
					t.Errorf("given up, or it tells too much: %v", err)
				}
			})
		}
	}
}
