package publicdata

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// View is what the public may see of one registration. It has no room for the
// data that is withheld, so no face can show it by mistake.
type View struct {
	Name        string     // A-label
	UName       string     // U-label; equal to Name when the name is plain ASCII
	Handle      string     // ROID at the registry; "" = withheld
	Statuses    []string   // EPP statuses (RFC 5731 §2.3, RFC 3915 §3.1), at least one
	Created     *time.Time // registry's crDate
	Expires     *time.Time // registry's exDate
	Changed     *time.Time // nil when never changed
	NameServers []string   // A-labels in the holder's order
	Signed      bool       // the parent zone has DS records; the engine keeps none yet
	Registrant  Registrant
	Redacted    []Field   // what was withheld or never held, in the order of Fields
	ReadAt      time.Time // when the record was read
}

// Registrant is the public part of the holder.
type Registrant struct {
	State       string // state or province; "" when none is held
	CountryCode string // ISO 3166-1 alpha-2, upper case
	ContactURI  string // a web form that reaches the holder and reveals nothing
}

// Withholds reports whether the field was redacted.
func (v View) Withholds(f Field) bool { return slices.Contains(v.Redacted, f) }

// Field is a registered name of a redacted field (RFC 9537 §5, ICANN RDAP
// Response Profile 2.2 appendix E).
type Field string

// Fields that are withheld. State and country have no name: they are always
// public.
const (
	RegistryDomainID       Field = "Registry Domain ID"
	RegistryRegistrantID   Field = "Registry Registrant ID"
	RegistrantName         Field = "Registrant Name"
	RegistrantOrganization Field = "Registrant Organization"
	RegistrantStreet       Field = "Registrant Street"
	RegistrantCity         Field = "Registrant City"
	RegistrantPostalCode   Field = "Registrant Postal Code"
	RegistrantPhone        Field = "Registrant Phone"
	RegistrantEmail        Field = "Registrant Email"
)

// Redactor turns registrations into public views.
type Redactor struct {
	// ContactBase is the URL of the form that relays mail to a holder; the
	// A-label is appended. It ends in "/" and must be served.
	ContactBase string
	// Repositories are the EPP repository ids (IANA registry of that name) of the
	// registries connected. A domain handle with another suffix is withheld:
	// RDAP clients refuse handles whose suffix IANA does not list.
	Repositories []string
}

// Redact applies the Registration Data Policy §9: holder's country and state,
// and what concerns the name itself, are public; the organisation is public
// only with the holder's agreement, which is not asked yet; the address for
// mail is replaced by a form; everything else of the holder is withheld.
// Fields that a directory must show or declare are declared even when nothing
// was ever held, so that the answer does not tell the difference.
func (r Redactor) Redact(reg registrar.Registration, readAt time.Time) View {
	d, c := reg.Domain, reg.Registrant
	v := View{
		Name: d.Name, UName: d.UName, Handle: r.handle(d.ROID), Statuses: statuses(d),
		Created: d.CreatedAt, Expires: d.ExpiresAt, Changed: d.ChangedAt,
		NameServers: slices.Clone(d.NameServers), ReadAt: readAt,
		Registrant: Registrant{State: c.State, CountryCode: c.CountryCode, ContactURI: r.ContactBase + d.Name},
	}
	if v.UName == "" {
		v.UName = v.Name
	}
	if v.Handle == "" {
		v.Redacted = append(v.Redacted, RegistryDomainID)
	}
	v.Redacted = append(v.Redacted, RegistryRegistrantID, RegistrantName)
	if c.Organization != "" {
		v.Redacted = append(v.Redacted, RegistrantOrganization)
	}
	v.Redacted = append(v.Redacted, RegistrantStreet, RegistrantCity, RegistrantPostalCode, RegistrantPhone, RegistrantEmail)
	return v
}

// roid is roidType of RFC 5730 §4.2.
var roid = regexp.MustCompile(`^[0-9A-Za-z_]{1,80}-([0-9A-Za-z_]{1,8})$`)

func (r Redactor) handle(id string) string {
	m := roid.FindStringSubmatch(id)
	if m == nil || !slices.ContainsFunc(r.Repositories, func(s string) bool { return strings.EqualFold(s, m[1]) }) {
		return ""
	}
	return id
}

// graces may stand beside ok: they restrict nothing (RFC 3915 §3.1, RFC 5731
// §2.3 for linked).
var graces = []string{"addPeriod", "autoRenewPeriod", "renewPeriod", "transferPeriod", "linked"}

// KnownStatuses are the domain statuses of RFC 5731 §2.3 and RFC 3915 §3.1: the
// only ones that a public face can name and explain (RFC 8056 §2).
var KnownStatuses = append([]string{
	"ok", "inactive", "clientHold", "serverHold",
	"clientDeleteProhibited", "clientRenewProhibited", "clientTransferProhibited", "clientUpdateProhibited",
	"serverDeleteProhibited", "serverRenewProhibited", "serverTransferProhibited", "serverUpdateProhibited",
	"pendingCreate", "pendingDelete", "pendingRenew", "pendingTransfer", "pendingUpdate",
	"redemptionPeriod", "pendingRestore",
}, graces...)

// statuses returns the registry's statuses that can be named, without repeats.
// ok excludes all others but graces (RFC 5731 §2.3): some servers send it all
// the same. A name in redemption is pending delete as well (RFC 3915 §3.1).
// When the registry's answer is not in yet, the state a new object has by RFC
// 5731 §2.3 is shown: inactive without delegation, else ok.
func statuses(d registrar.Domain) []string {
	var out []string
	add := func(s string) {
		if slices.Contains(KnownStatuses, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, s := range d.Statuses {
		add(s)
		if s == "redemptionPeriod" || s == "pendingRestore" {
			add("pendingDelete")
		}
	}
	if slices.ContainsFunc(out, func(s string) bool { return s != "ok" && !slices.Contains(graces, s) }) {
		out = slices.DeleteFunc(out, func(s string) bool { return s == "ok" })
	}
	if len(out) > 0 {
		return out
	}
	if len(d.NameServers) == 0 {
		return []string{"inactive"}
	}
	return []string{"ok"}
}
