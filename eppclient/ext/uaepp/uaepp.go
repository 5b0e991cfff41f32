// Package uaepp holds what Hostmaster.ua, the registry of .UA, has of its own: the
// namespaces of its copies of the object mappings and of the extensions secDNS and
// rgp, its extension uaepp (licence numbers, deletion of name servers in use) and
// its balance mapping.
//
// The registry publishes no schemas. Element names are those of its help pages and
// of clients that work with it; the schema in testdata is ours.
package uaepp

import "github.com/indera/indera/eppclient/epp"

// The namespaces.
const (
	DomainNamespace  = "http://hostmaster.ua/epp/domain-1.1"
	ContactNamespace = "http://hostmaster.ua/epp/contact-1.1"
	HostNamespace    = "http://hostmaster.ua/epp/host-1.1"
	SecDNSNamespace  = "http://hostmaster.ua/epp/secDNS-1.1"
	RGPNamespace     = "http://hostmaster.ua/epp/rgp-1.1"
	Namespace        = "http://hostmaster.ua/epp/uaepp-1.1"
)

// Objects are the namespaces in the place of those of the RFCs.
var Objects = epp.Objects{
	Domain: DomainNamespace, Contact: ContactNamespace, Host: HostNamespace, SecDNS: SecDNSNamespace, RGP: RGPNamespace,
}

// PasswordMax is the longest login password.
const PasswordMax = 30

const reference = "Hostmaster.ua"

// Mappings describes everything that a session logs in with.
func Mappings() []epp.Mapping {
	return []epp.Mapping{
		{URI: DomainNamespace, Prefix: "domain", Object: true, Reference: reference, Adds: "domain names as in RFC 5731"},
		{URI: ContactNamespace, Prefix: "contact", Object: true, Reference: reference, Adds: "contacts as in RFC 5733, ids in lower case"},
		{URI: HostNamespace, Prefix: "host", Object: true, Reference: reference, Adds: "name servers as in RFC 5732, without renaming"},
		{URI: SecDNSNamespace, Prefix: "secDNS", Reference: reference, Adds: "DNSSEC as in RFC 5910"},
		{URI: RGPNamespace, Prefix: "rgp", Reference: reference, Adds: "restore as in RFC 3915, without a report"},
		{URI: Namespace, Prefix: "uaepp", Reference: reference, Adds: "licence numbers of second-level names, deletion of name servers in use"},
		{URI: BalanceNamespace, Prefix: "balance", Reference: reference, Adds: "balance of a contract"},
	}
}

// maxLicence is ours: the registry states no limit.
const maxLicence = 255

// LicenceCreate goes with the create of a name directly below .ua: the number of the
// trademark certificate that gives the right to it.
type LicenceCreate struct{ Licence string }

// EncodeExtension implements epp.Extension.
func (l LicenceCreate) EncodeExtension(e *epp.Encoder) {
	e.Within("uaepp", Namespace, "create", func() { e.Token("uaepp:license", l.Licence, 1, maxLicence) })
}

// LicenceUpdate changes the number; it goes with a domain update, which may be empty.
type LicenceUpdate struct {
	Licence string
	// Within puts the number into an element chg, as one of the clients in use does
	// and the others do not: to be asked of the registry.
	Within bool
}

// EncodeExtension implements epp.Extension.
func (l LicenceUpdate) EncodeExtension(e *epp.Encoder) {
	e.Within("uaepp", Namespace, "update", func() {
		if l.Within {
			e.Start("uaepp:chg")
			defer e.End("uaepp:chg")
		}
		e.Token("uaepp:license", l.Licence, 1, maxLicence)
	})
}

// DeleteNS goes with the delete of a host and confirms that the registry takes it
// out of every name that uses it, those of other registrars included.
type DeleteNS struct{}

// EncodeExtension implements epp.Extension.
func (DeleteNS) EncodeExtension(e *epp.Encoder) {
	e.Within("uaepp", Namespace, "delete", func() { e.Empty("uaepp:deleteNS", epp.A("confirm", "yes")) })
}

// Licence returns the number that a domain info tells, "" when it tells none.
func Licence(r *epp.Response) string {
	return r.Extension(Namespace, "infData").ChildValue(Namespace, "license")
}
