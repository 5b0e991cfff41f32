package epp

import "slices"

// DefaultPasswordMax is the longest login password of RFC 5730 §4 (pwType).
const DefaultPasswordMax = 16

// Login opens a session (RFC 5730 §2.9.1.1).
type Login struct {
	ClientID    string // 3-16 characters
	Password    Secret // 6-16 characters, or up to PasswordMax
	NewPassword Secret // "" = keep; else effective for the next login
	PasswordMax int    // 0 = DefaultPasswordMax; some registries take more
	Version     string // one of the greeting's
	Lang        string // one of the greeting's
	Services    Services
}

// Services are the namespaces a session uses.
type Services struct {
	Objects    []string // objURI, at least one
	Extensions []string // extURI
	// OneOf are versions of one extension, the best first: of each list a session
	// uses the first that the server offers, because with several it is open
	// which of them the answers use (RFC 8748 §2).
	OneOf [][]string
}

// Has reports whether a namespace is among the objects or extensions.
func (s Services) Has(uri string) bool {
	return slices.Contains(s.Objects, uri) || slices.Contains(s.Extensions, uri)
}

// Describe names the command.
func (l Login) Describe() Description { return describe("login", "", l.ClientID) }

// EncodeCommand writes <login>.
func (l Login) EncodeCommand(e *Encoder) {
	limit := l.PasswordMax
	if limit == 0 {
		limit = DefaultPasswordMax
	}
	e.Start("login")
	e.token("clID", l.ClientID, 3, 16)
	e.Text("clID", l.ClientID)
	e.token("pw", l.Password.Reveal(), 6, limit)
	e.Text("pw", l.Password.Reveal())
	if l.NewPassword != "" {
		e.token("newPW", l.NewPassword.Reveal(), 6, limit)
		e.Text("newPW", l.NewPassword.Reveal())
	}
	e.Start("options")
	e.Sized("version", l.Version, 1, 16)
	e.Sized("lang", l.Lang, 1, 35)
	e.End("options")
	e.Start("svcs")
	if len(l.Services.Objects) == 0 {
		e.Fail("objURI", "required")
	}
	for _, uri := range l.Services.Objects {
		e.Text("objURI", uri)
	}
	if len(l.Services.Extensions) > 0 {
		e.Start("svcExtension")
		for _, uri := range l.Services.Extensions {
			e.Text("extURI", uri)
		}
		e.End("svcExtension")
	}
	e.End("svcs")
	e.End("login")
}

// Logout ends a session; the answer is 1500 (RFC 5730 §2.9.1.2).
type Logout struct{}

// Describe names the command.
func (Logout) Describe() Description { return describe("logout", "") }

// EncodeCommand writes <logout/>.
func (Logout) EncodeCommand(e *Encoder) { e.Empty("logout") }
