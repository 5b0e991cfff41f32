// Package launch is the launch phase extension of EPP (RFC 8334): trademark claims,
// sunrise with signed marks (RFC 7848), and applications.
package launch

import (
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/smd"
)

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:launch-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "launch", Reference: "RFC 8334, RFC 7848",
	Adds: "claims check, create with claims notice or signed mark, applications",
}

// PhaseName is a launch phase (RFC 8334 §2.3).
type PhaseName string

// The phases.
const (
	Sunrise  PhaseName = "sunrise"
	Landrush PhaseName = "landrush"
	Claims   PhaseName = "claims"
	Open     PhaseName = "open"
	Custom   PhaseName = "custom"
)

// Phase is a phase with its sub-phase, or the name of a custom one.
type Phase struct {
	Name PhaseName
	Sub  string
}

func (p Phase) encode(e *epp.Encoder) {
	e.OneOf("launch:phase", string(p.Name), string(Sunrise), string(Landrush), string(Claims), string(Open), string(Custom))
	if p.Name == Custom && p.Sub == "" {
		e.Fail("launch:phase@name", "a custom phase needs a name")
	}
	e.Text("launch:phase", string(p.Name), epp.A("name", p.Sub))
}

// CheckType says what a check asks for.
type CheckType string

// The checks. A claims or trademark check gives no availability: the plain check
// is another command.
const (
	CheckClaims    CheckType = "claims"
	CheckAvailable CheckType = "avail"
	CheckTrademark CheckType = "trademark"
)

// Check goes with a domain check (RFC 8334 §3.1).
type Check struct {
	Type  CheckType
	Phase Phase // zero for CheckTrademark only
}

// EncodeExtension implements epp.Extension.
func (c Check) EncodeExtension(e *epp.Encoder) {
	e.OneOf("launch:check@type", string(c.Type), string(CheckClaims), string(CheckAvailable), string(CheckTrademark))
	if c.Type == CheckTrademark && c.Phase == (Phase{}) {
		e.Within("launch", Namespace, "check", nil, epp.A("type", string(c.Type)))
		return
	}
	e.Within("launch", Namespace, "check", func() { c.Phase.encode(e) }, epp.A("type", string(c.Type)))
}

// ObjectType says what a create makes, where a phase has both.
type ObjectType string

// The types. The zero value leaves it to the server.
const (
	Application  ObjectType = "application"
	Registration ObjectType = "registration"
)

// Notice is a claims notice that the registrant has accepted.
type Notice struct {
	ID        string
	Validator string // "" = tmch
	NotAfter  string // exactly as received
	Accepted  time.Time
}

// CodeMark is a mark by the code of a validator, by its XML, or both.
type CodeMark struct {
	Code      string
	Validator string
	Mark      []byte // XML of a mark:mark, written octet by octet
}

// Create goes with a domain create (RFC 8334 §3.3). Of CodeMarks, SignedMarks
// and EncodedSignedMarks one kind only is given.
type Create struct {
	Type               ObjectType
	Phase              Phase
	CodeMarks          []CodeMark
	SignedMarks        [][]byte      // XML documents, written octet by octet
	EncodedSignedMarks []smd.Encoded // what gTLDs take
	Notices            []Notice
}

// EncodeExtension implements epp.Extension.
func (c Create) EncodeExtension(e *epp.Encoder) {
	if c.Type != "" {
		e.OneOf("launch:create@type", string(c.Type), string(Application), string(Registration))
	}
	kinds := 0
	for _, n := range []int{len(c.CodeMarks), len(c.SignedMarks), len(c.EncodedSignedMarks)} {
		if n > 0 {
			kinds++
		}
	}
	if kinds > 1 {
		e.Fail("launch:create", "more than one kind of mark")
	}
	e.Within("launch", Namespace, "create", func() {
		c.Phase.encode(e)
		for _, m := range c.CodeMarks {
			m.encode(e)
		}
		for _, doc := range c.SignedMarks {
			if _, err := smd.Inspect(doc); err != nil {
				e.Fail("smd:signedMark", "%v", err)
				return
			}
			e.Fragment("smd:signedMark", doc)
		}
		for _, s := range c.EncodedSignedMarks {
			if _, err := s.XML(); err != nil {
				e.Fail("smd:encodedSignedMark", "%v", err)
			}
			e.Base64("smd:encodedSignedMark", string(s), epp.A("xmlns:smd", smd.Namespace), epp.A("encoding", "base64"))
		}
		for _, n := range c.Notices {
			n.encode(e)
		}
	}, epp.A("type", string(c.Type)))
}

func (m CodeMark) encode(e *epp.Encoder) {
	if m.Code == "" && len(m.Mark) == 0 {
		e.Fail("launch:codeMark", "says nothing")
	}
	e.Start("launch:codeMark")
	e.OptionalToken("launch:code", m.Code, 1, -1, epp.A("validatorID", m.Validator))
	if len(m.Mark) > 0 {
		e.Fragment("mark:mark", m.Mark)
	}
	e.End("launch:codeMark")
}

func (n Notice) encode(e *epp.Encoder) {
	if epp.ParseTime(n.NotAfter).Time.IsZero() {
		e.Fail("launch:notAfter", "is no time")
	}
	e.Start("launch:notice")
	e.Token("launch:noticeID", n.ID, 1, -1, epp.A("validatorID", n.Validator))
	e.Text("launch:notAfter", n.NotAfter)
	e.Instant("launch:acceptedDate", n.Accepted)
	e.End("launch:notice")
}

// Info goes with a domain info of an application (RFC 8334 §3.2).
type Info struct {
	Phase         Phase
	ApplicationID string // "" = the registration of that phase
	IncludeMark   bool
}

// EncodeExtension implements epp.Extension.
func (i Info) EncodeExtension(e *epp.Encoder) {
	var attrs []epp.Attr
	if i.IncludeMark {
		attrs = append(attrs, epp.A("includeMark", "true"))
	}
	e.Within("launch", Namespace, "info", func() {
		i.Phase.encode(e)
		e.OptionalToken("launch:applicationID", i.ApplicationID, 1, -1)
	}, attrs...)
}

// Update goes with a domain update of an application (RFC 8334 §3.5).
type Update struct {
	Phase         Phase
	ApplicationID string
}

// EncodeExtension implements epp.Extension.
func (u Update) EncodeExtension(e *epp.Encoder) { encodeID(e, "update", u.Phase, u.ApplicationID) }

// Delete goes with a domain delete of an application (RFC 8334 §3.4).
type Delete struct {
	Phase         Phase
	ApplicationID string
}

// EncodeExtension implements epp.Extension.
func (d Delete) EncodeExtension(e *epp.Encoder) { encodeID(e, "delete", d.Phase, d.ApplicationID) }

func encodeID(e *epp.Encoder, local string, phase Phase, id string) {
	e.Within("launch", Namespace, local, func() {
		phase.encode(e)
		e.Token("launch:applicationID", id, 1, -1)
	})
}
