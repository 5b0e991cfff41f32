// Package fred holds the object mappings and extensions of FRED, the registry
// software of CZ.NIC (.cz and others), a file for each. The frames around them are
// those of RFC 5730; the objects are FRED's own: contacts, domains, name server sets
// (nsset) and key sets (keyset), each with a handle and an authInfo of its own.
//
// Commands that no verb of RFC 5730 covers are protocol extensions: they stand in
// the place of the command and are answered by an ordinary response.
package fred

import (
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// The namespaces.
const (
	ContactNamespace   = "http://www.nic.cz/xml/epp/contact-1.6"
	DomainNamespace    = "http://www.nic.cz/xml/epp/domain-1.4"
	NssetNamespace     = "http://www.nic.cz/xml/epp/nsset-1.2"
	KeysetNamespace    = "http://www.nic.cz/xml/epp/keyset-1.3"
	Namespace          = "http://www.nic.cz/xml/epp/fred-1.5"
	EnumvalNamespace   = "http://www.nic.cz/xml/epp/enumval-1.2"
	ExtraAddrNamespace = "http://www.nic.cz/xml/epp/extra-addr-1.0"
)

// Objects are the namespaces that stand for those of RFC 5731 and 5733. There are no
// host objects: the URI in their place is nobody's.
var Objects = epp.Objects{Domain: DomainNamespace, Contact: ContactNamespace, Host: "urn:indera:no-host-objects"}

const reference = "CZ.NIC FRED"

// Mappings describes everything in the package.
func Mappings() []epp.Mapping {
	object := func(uri, prefix, adds string) epp.Mapping {
		return epp.Mapping{URI: uri, Prefix: prefix, Object: true, Reference: reference, Adds: adds}
	}
	return []epp.Mapping{
		object(ContactNamespace, "contact", "contacts with identity documents, VAT numbers and notification addresses"),
		object(DomainNamespace, "domain", "domain names that link to a name server set and a key set"),
		object(NssetNamespace, "nsset", "name server sets, shared by domains, with technical tests"),
		object(KeysetNamespace, "keyset", "DNS key sets, shared by domains"),
		{URI: Namespace, Prefix: "fred", Reference: reference, Adds: "credit, lists of objects, mailed transfer codes, technical tests"},
		{URI: EnumvalNamespace, Prefix: "enumval", Reference: reference, Adds: "validation of telephone numbers as domains (ENUM)"},
		{URI: ExtraAddrNamespace, Prefix: "extra-addr", Reference: reference, Adds: "a mailing address beside the contact's own"},
	}
}

// Kind is one of the four objects.
type Kind string

// The objects.
const (
	Contact Kind = "contact"
	Domain  Kind = "domain"
	Nsset   Kind = "nsset"
	Keyset  Kind = "keyset"
)

// Kinds lists them.
var Kinds = []Kind{Contact, Domain, Nsset, Keyset}

// Namespace returns the URI of the object's mapping, "" for none of the four.
func (k Kind) Namespace() string {
	switch k {
	case Contact:
		return ContactNamespace
	case Domain:
		return DomainNamespace
	case Nsset:
		return NssetNamespace
	case Keyset:
		return KeysetNamespace
	}
	return ""
}

// key is the local name of what identifies the object.
func (k Kind) key() string {
	if k == Domain {
		return "name"
	}
	return "id"
}

// id writes what identifies the object.
func (k Kind) id(e *epp.Encoder, value string) {
	longest := 63 // fredcom:objIDType
	if k == Domain {
		longest = 255 // eppcom:labelType
	}
	e.Token(string(k)+":"+k.key(), value, 1, longest)
}

// object writes a command on an object.
func (k Kind) object(e *epp.Encoder, verb string, body func(), attrs ...epp.Attr) {
	if k.Namespace() == "" {
		e.Fail(verb, "%q is no object of FRED", k)
		return
	}
	e.Object(verb, string(k), k.Namespace(), body, attrs...)
}

func (k Kind) describe(verb string, ids ...string) epp.Description {
	return epp.Description{Verb: verb, Kind: string(k), Object: strings.Join(ids, ",")}
}

// maxAuthInfo is the limit of fredcom:authInfoType.
const maxAuthInfo = 300

// authInfo writes a transfer code, which has no inner element in FRED.
func (k Kind) authInfo(e *epp.Encoder, code epp.Secret) {
	e.Sized(string(k)+":authInfo", code.Reveal(), 0, maxAuthInfo)
}

func (k Kind) optionalAuthInfo(e *epp.Encoder, code epp.Secret) {
	if code != "" {
		k.authInfo(e, code)
	}
}

// Check asks which names or handles can be created.
type Check struct {
	Kind Kind
	IDs  []string
}

// Describe names the command.
func (c Check) Describe() epp.Description { return c.Kind.describe("check", c.IDs...) }

// EncodeCommand writes <check>.
func (c Check) EncodeCommand(e *epp.Encoder) {
	c.Kind.object(e, "check", func() {
		if len(c.IDs) == 0 {
			e.Fail(string(c.Kind)+":"+c.Kind.key(), "required")
		}
		for _, id := range c.IDs {
			c.Kind.id(e, id)
		}
	})
}

// Info asks for an object. The registry makes a new code when a contact is asked for
// with its code (server 2.49 and later): that is not for looking at contacts.
type Info struct {
	Kind     Kind
	ID       string
	AuthInfo epp.Secret // "" = none
}

// Describe names the command.
func (c Info) Describe() epp.Description { return c.Kind.describe("info", c.ID) }

// EncodeCommand writes <info>.
func (c Info) EncodeCommand(e *epp.Encoder) {
	c.Kind.object(e, "info", func() {
		c.Kind.id(e, c.ID)
		c.Kind.optionalAuthInfo(e, c.AuthInfo)
	})
}

// Delete deletes an object.
type Delete struct {
	Kind Kind
	ID   string
}

// Describe names the command.
func (c Delete) Describe() epp.Description { return c.Kind.describe("delete", c.ID) }

// EncodeCommand writes <delete>.
func (c Delete) EncodeCommand(e *epp.Encoder) {
	c.Kind.object(e, "delete", func() { c.Kind.id(e, c.ID) })
}

// Transfer moves an object to us, at once. There are no other operations.
type Transfer struct {
	Kind     Kind
	ID       string
	AuthInfo epp.Secret
}

// Describe names the command.
func (c Transfer) Describe() epp.Description {
	d := c.Kind.describe("transfer", c.ID)
	d.Op = string(epp.TransferRequest)
	return d
}

// EncodeCommand writes <transfer>.
func (c Transfer) EncodeCommand(e *epp.Encoder) {
	if c.Kind.Namespace() == "" {
		e.Fail("transfer", "%q is no object of FRED", c.Kind)
		return
	}
	e.Object("transfer", string(c.Kind), c.Kind.Namespace(), func() {
		c.Kind.id(e, c.ID)
		c.Kind.authInfo(e, c.AuthInfo)
	}, epp.A("op", string(epp.TransferRequest)))
}

// CheckData reads the answer to a check. Error: *epp.MissingError.
func CheckData(r *epp.Response, k Kind) (epp.CheckResult, error) {
	return r.CheckDataOf(k.Namespace(), k.key())
}

// CreateData reads the answer to a create. Error: *epp.MissingError.
func CreateData(r *epp.Response, k Kind) (epp.CreateData, error) {
	return r.CreateDataOf(k.Namespace(), k.key())
}

// Record is what all objects have in common.
type Record struct {
	ID          string // name or handle
	ROID        string
	Statuses    []epp.Status // set by the registry alone
	HasAuthInfo bool         // the element is there; its text is not kept
	epp.History
}

// Has reports whether the object has a status.
func (r Record) Has(status string) bool {
	for _, s := range r.Statuses {
		if s.Value == status {
			return true
		}
	}
	return false
}

func record(el *epp.Element, k Kind) Record {
	space := k.Namespace()
	out := Record{
		ID: el.ChildValue(space, k.key()), ROID: el.ChildValue(space, "roid"), HasAuthInfo: el.Child(space, "authInfo") != nil,
		History: epp.History{
			Sponsor: el.ChildValue(space, "clID"), CreatedBy: el.ChildValue(space, "crID"), UpdatedBy: el.ChildValue(space, "upID"),
			Created: epp.ParseTime(el.ChildValue(space, "crDate")), Updated: epp.ParseTime(el.ChildValue(space, "upDate")),
			Transferred: epp.ParseTime(el.ChildValue(space, "trDate")),
		},
	}
	for _, s := range el.All(space, "status") {
		out.Statuses = append(out.Statuses, epp.Status{Value: s.Attr("s"), Text: s.Value()})
	}
	return out
}

// handles writes handles of one role; between add and rem nobody stands twice.
func handles(e *epp.Encoder, name string, list []string) {
	seen := map[string]bool{}
	for _, h := range list {
		if seen[strings.ToUpper(h)] {
			e.Fail(name, "given twice")
		}
		seen[strings.ToUpper(h)] = true
		e.Token(name, h, 1, 63)
	}
}

// newHandle writes the handle of an object to be made. The registry turns it into
// upper case.
func (k Kind) newHandle(e *epp.Encoder, id string) {
	name := string(k) + ":id"
	if len(id) > 30 || !handlePattern.MatchString(id) {
		e.Fail(name, "must be 1-30 letters and digits with single hyphens inside")
	}
	e.Text(name, id)
}
