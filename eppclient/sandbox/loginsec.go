package sandbox

import (
	"crypto/x509"
	"slices"
	"time"
)

const (
	nsLoginSec = "urn:ietf:params:xml:ns:epp:loginSec-1.0"
	// inExtension stands in pw or newPW when the real one is in the extension
	// (RFC 8807 §3.2).
	inExtension = "[LOGIN-SECURITY]"
	// maxPassword is the longest password the extension carries here.
	maxPassword = 128
	// warnBefore is how long before an end of validity a login is warned.
	warnBefore = 30 * 24 * time.Hour
)

// decodeLogin reads a login with what loginSec adds to it.
func (r *registry) decodeLogin(env envelope) (*loginCmd, *refusal) {
	cmd, bad := decodeLoginElement(env.node, r.cfg.loginMax())
	if bad == nil && r.ua() {
		cmd.toStandard()
	}
	if bad != nil || env.extension == nil {
		if bad == nil {
			bad = wholePasswords(cmd, "", "")
		}
		return cmd, bad
	}
	n := env.extension.children[0]
	known := n.ns == nsLoginSec && slices.Contains(r.extensionURIs(), nsLoginSec) && slices.Contains(cmd.extensions, nsLoginSec)
	if !known || len(env.extension.children) > 1 {
		return nil, refuse(2103, "extension not offered, or not chosen in this login").at(n.ns, n.name, "")
	}
	s := &strict{}
	if n.name != "loginSec" {
		s.failAt(2001, n, "not an element of a login")
	}
	q := s.open(n)
	if agent := q.maybe("userAgent"); agent != nil {
		inner := s.open(agent)
		for _, part := range []string{"app", "tech", "os"} {
			if p := inner.maybe(part); p != nil {
				s.token(p, 0, -1)
			}
		}
		inner.done()
		if s.err == nil && len(agent.children) == 0 {
			s.failAt(2003, agent, "says nothing")
		}
	}
	var pw, newPW string
	if p := q.maybe("pw"); p != nil {
		pw = s.token(p, 6, maxPassword)
	}
	if p := q.maybe("newPW"); p != nil {
		newPW = s.token(p, 6, maxPassword)
	}
	q.done()
	if s.err != nil {
		return nil, s.err
	}
	return cmd, wholePasswords(cmd, pw, newPW)
}

// wholePasswords puts the passwords of the extension where the placeholder is. A
// placeholder without password is 2003, a password without placeholder 2306.
func wholePasswords(cmd *loginCmd, pw, newPW string) *refusal {
	for _, p := range []struct {
		element string
		base    *string
		given   string
	}{{"pw", &cmd.password, pw}, {"newPW", &cmd.newPassword, newPW}} {
		switch held := *p.base == inExtension; {
		case held && p.given == "":
			return refuse(2003, "the password in the extension is missing").at(nsLoginSec, p.element, "")
		case !held && p.given != "":
			return refuse(2306, "want %s in the login", inExtension).at(nsLoginSec, p.element, "")
		case held:
			*p.base = p.given
		}
	}
	return nil
}

// loginEvents is loginSec:loginSecData for a login, "" when there is nothing to
// say or the session does not know the extension. expired says that the password
// no longer counts.
func loginEvents(cmd *loginCmd, account Account, cert *x509.Certificate, now time.Time) (xml string, expired bool) {
	x := newData("loginSec", nsLoginSec, "loginSecData")
	events := 0
	event := func(kind string, ends time.Time, soon, over string) bool {
		if ends.IsZero() || now.Before(ends.Add(-warnBefore)) {
			return false
		}
		level, text := "warning", soon
		if !now.Before(ends) {
			level, text = "error", over
		}
		x.el("event", text, "type", kind, "level", level, "exDate", formatTime(ends), "lang", "en")
		events++
		return level == "error"
	}
	expired = event("password", account.PasswordExpires, "Password expires soon", "Password has expired") && cmd.newPassword == ""
	event("certificate", cert.NotAfter, "Certificate expires soon", "Certificate has expired")
	if events == 0 || !slices.Contains(cmd.extensions, nsLoginSec) {
		return "", expired
	}
	return x.reply(0).resData, expired
}
