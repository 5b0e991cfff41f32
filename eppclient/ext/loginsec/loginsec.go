// Package loginsec is the login security extension of EPP (RFC 8807): passwords
// longer than 16 characters, and warnings about what is going to expire.
package loginsec

import (
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:epp:loginSec-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "loginSec", Reference: "RFC 8807",
	Adds: "login passwords of more than 16 characters, security events at login",
}

// Placeholder stands in the pw or newPW of a login whose real one is in the
// extension (RFC 8807 §3.2).
const Placeholder epp.Secret = "[LOGIN-SECURITY]"

// UserAgent tells the server what software asks. At least one part is given.
type UserAgent struct {
	App  string // name and version of the program
	Tech string // language or library
	OS   string
}

// Login goes with a login. Each part is optional, but one must be there.
type Login struct {
	UserAgent   UserAgent
	Password    epp.Secret // set only when the login's Password is Placeholder
	NewPassword epp.Secret // likewise
}

// EncodeExtension implements epp.Extension.
func (l Login) EncodeExtension(e *epp.Encoder) {
	if l == (Login{}) {
		e.Fail("loginSec:loginSec", "says nothing")
	}
	e.Within("loginSec", Namespace, "loginSec", func() {
		if l.UserAgent != (UserAgent{}) {
			e.Start("loginSec:userAgent")
			e.OptionalToken("loginSec:app", l.UserAgent.App, 1, 255)
			e.OptionalToken("loginSec:tech", l.UserAgent.Tech, 1, 255)
			e.OptionalToken("loginSec:os", l.UserAgent.OS, 1, 255)
			e.End("loginSec:userAgent")
		}
		e.OptionalToken("loginSec:pw", l.Password.Reveal(), 6, -1)
		e.OptionalToken("loginSec:newPW", l.NewPassword.Reveal(), 6, -1)
	})
}

// Wrap moves the secrets of a login into the extension, whatever their length:
// where the extension is offered the server expects them there.
func Wrap(login epp.Login, agent UserAgent) (epp.Login, Login) {
	ext := Login{UserAgent: agent, Password: login.Password}
	login.Password = Placeholder
	if login.NewPassword != "" {
		ext.NewPassword, login.NewPassword = login.NewPassword, Placeholder
	}
	return login, ext
}

// Event is what the server has to say of our security.
type Event struct {
	Type     string // "password", "certificate", "cipher", "tlsProtocol", "newPW", "stat", "custom"
	Name     string // of a stat or custom event
	Level    string // "warning" or "error"
	Expires  epp.Time
	Value    string
	Duration string // xs:duration, for example "P1D"
	Text     string
}

// Severe reports whether the event is an error.
func (v Event) Severe() bool { return strings.EqualFold(v.Level, "error") }

// Events returns what came with the answer to a login, success or failure.
func Events(r *epp.Response) []Event {
	var out []Event
	for _, el := range r.Extension(Namespace, "loginSecData").All(Namespace, "event") {
		out = append(out, Event{
			Type: el.Attr("type"), Name: el.Attr("name"), Level: el.Attr("level"),
			Expires: epp.ParseTime(el.Attr("exDate")), Value: el.Attr("value"),
			Duration: el.Attr("duration"), Text: el.Value(),
		})
	}
	return out
}
