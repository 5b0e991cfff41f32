package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/loginsec"
)

const longPassword = "a pass phrase that is far longer than sixteen characters"

const securityEvents = `<extension><l:loginSecData xmlns:l="urn:ietf:params:xml:ns:epp:loginSec-1.0"><l:event type="password" level="warning" exDate="2027-04-01T22:00:00Z">Password expires soon</l:event></l:loginSecData></extension>`

// loginServer answers the login with a code and security events.
func loginServer(t *testing.T, code int, seen chan<- string, offered ...string) *epptest.Server {
	return epptest.New(t, func(c *epptest.Conn) {
		c.Send(epptest.Greeting(offered...))
		req, err := c.Read()
		if err != nil {
			return
		}
		seen <- req.XML
		c.Send(epptest.Response(code, req.ClTRID, securityEvents))
		_, _ = c.Read()
	})
}

func secure(c *Config) {
	c.Password, c.NewPassword = longPassword, longPassword+" 2"
	c.Services.Extensions = []string{loginsec.Namespace}
	c.UserAgent = loginsec.UserAgent{App: "Indera 1.0"}
}

func TestLoginSecurity(t *testing.T) {
	seen := make(chan string, 1)
	kept := &memory{}
	srv := loginServer(t, 1000, seen, loginsec.Namespace)
	s := dial(t, srv, secure, func(c *Config) { c.Transcript = kept })
	got := <-seen
	for _, want := range []string{
		"<pw>[LOGIN-SECURITY]</pw><newPW>[LOGIN-SECURITY]</newPW>",
		"<loginSec:userAgent><loginSec:app>Indera 1.0</loginSec:app></loginSec:userAgent><loginSec:pw>" + longPassword + "</loginSec:pw><loginSec:newPW>" + longPassword + " 2</loginSec:newPW>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("login lacks %s\n%s", want, got)
		}
	}
	if events := s.LoginEvents(); len(events) != 1 || events[0].Type != "password" || events[0].Expires.Date() != "2027-04-01" {
		t.Errorf("%+v", events)
	}
	if strings.Contains(string(kept.last().Request), "pass phrase") {
		t.Error("the transcript holds the password")
	}
}

// TestLoginWithoutLoginSecurity: where the server does not offer it, nothing of
// it is sent, and a long password is an error before anything leaves.
func TestLoginWithoutLoginSecurity(t *testing.T) {
	seen := make(chan string, 1)
	s := dial(t, loginServer(t, 1000, seen), secure, func(c *Config) { c.Password, c.NewPassword = "short-1", "" })
	if got := <-seen; !strings.Contains(got, "<pw>short-1</pw>") || strings.Contains(got, "loginSec") {
		t.Error(got)
	}
	s.Close()
	srv := loginServer(t, 1000, seen)
	cfg := config(t, srv)
	secure(&cfg)
	_, err := Dial(t.Context(), cfg)
	var invalid *epp.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "pw" || len(seen) != 0 {
		t.Errorf("err = %v", err)
	}
}

// TestRefusedLoginTellsWhy: security events come with failures too.
func TestRefusedLoginTellsWhy(t *testing.T) {
	seen := make(chan string, 1)
	cfg := config(t, loginServer(t, 2200, seen, loginsec.Namespace))
	secure(&cfg)
	_, err := Dial(t.Context(), cfg)
	var refused *ConnectError
	if !errors.As(err, &refused) || !refused.CredentialsRefused() || len(refused.Events) != 1 || strings.Contains(err.Error(), longPassword) {
		t.Errorf("err = %v", err)
	}
}
