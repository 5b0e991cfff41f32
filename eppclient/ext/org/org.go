// Package org is the organization mapping of EPP (RFC 8543) and its extension
// (RFC 8544): resellers, privacy proxies and other parties a registry keeps, and
// their links to domains, contacts and hosts.
package org

import "github.com/indera/indera/eppclient/epp"

// The URIs of the object mapping and of the extension.
const (
	Namespace    = "urn:ietf:params:xml:ns:epp:org-1.0"
	ExtNamespace = "urn:ietf:params:xml:ns:epp:orgext-1.0"
)

// Mapping describes the object mapping.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "org", Object: true, Reference: "RFC 8543",
	Adds: "organizations: check, info, create, update, delete",
}

// ExtMapping describes the extension.
var ExtMapping = epp.Mapping{
	URI: ExtNamespace, Prefix: "orgext", Reference: "RFC 8544",
	Adds: "organizations, such as resellers, linked to an object",
}

// Role is what an organization is to the registry.
type Role struct {
	Type     string   // "registrar", "reseller", "privacyproxy", …
	Statuses []string // up to 3
	ID       string   // in that role, or ""
}

// Contact associates a contact with an organization.
type Contact struct {
	ID       string
	Type     string // "admin", "billing", "tech", "abuse" or "custom"
	TypeName string // of a custom type
}

// Postal is a name with its address; Address.Name and Organization are unused.
type Postal struct {
	Name    string
	Type    string          // epp.PostalInt or epp.PostalLoc
	Address *epp.PostalInfo // nil = none; its Street, City, State, PostalCode and Country count
}

// Phone is a number with an optional extension.
type Phone struct{ Number, Extension string }

// Check asks which ids can be provisioned.
type Check struct{ IDs []string }

// Describe names the command.
func (c Check) Describe() epp.Description { return describe("check", c.IDs...) }

// EncodeCommand writes <check>.
func (c Check) EncodeCommand(e *epp.Encoder) {
	e.Object("check", "org", Namespace, func() {
		if len(c.IDs) == 0 {
			e.Fail("org:id", "required")
		}
		for _, id := range c.IDs {
			encodeID(e, id)
		}
	})
}

// Info asks for an organization.
type Info struct{ ID string }

// Describe names the command.
func (i Info) Describe() epp.Description { return describe("info", i.ID) }

// EncodeCommand writes <info>.
func (i Info) EncodeCommand(e *epp.Encoder) {
	e.Object("info", "org", Namespace, func() { encodeID(e, i.ID) })
}

// Delete deletes an organization.
type Delete struct{ ID string }

// Describe names the command.
func (d Delete) Describe() epp.Description { return describe("delete", d.ID) }

// EncodeCommand writes <delete>.
func (d Delete) EncodeCommand(e *epp.Encoder) {
	e.Object("delete", "org", Namespace, func() { encodeID(e, d.ID) })
}

// Create provisions an organization.
type Create struct {
	ID         string // 3-16
	Roles      []Role // at least one
	Statuses   []string
	Parent     string
	Postal     []Postal
	Voice, Fax Phone
	Email, URL string
	Contacts   []Contact
}

// Describe names the command.
func (c Create) Describe() epp.Description { return describe("create", c.ID) }

// EncodeCommand writes <create>.
func (c Create) EncodeCommand(e *epp.Encoder) {
	e.Object("create", "org", Namespace, func() {
		encodeID(e, c.ID)
		if len(c.Roles) == 0 {
			e.Fail("org:role", "required")
		}
		encodeRoles(e, c.Roles)
		encodeStatuses(e, c.Statuses, 4)
		e.OptionalToken("org:parentId", c.Parent, 3, 16)
		encodePostal(e, c.Postal, false)
		encodePhone(e, "org:voice", c.Voice)
		encodePhone(e, "org:fax", c.Fax)
		e.OptionalToken("org:email", c.Email, 1, 320)
		e.OptionalToken("org:url", c.URL, 1, 2000)
		encodeContacts(e, c.Contacts)
	})
}

// Items is what an update adds or removes.
type Items struct {
	Contacts []Contact
	Roles    []Role
	Statuses []string
}

func (i Items) empty() bool { return len(i.Contacts)+len(i.Roles)+len(i.Statuses) == 0 }

// Change is what an update replaces; empty fields stay as they are.
type Change struct {
	Parent     string
	Postal     []Postal
	Voice, Fax Phone
	Email, URL string
}

// Update changes an organization.
type Update struct {
	ID       string
	Add, Rem Items
	Chg      *Change
}

// Describe names the command.
func (u Update) Describe() epp.Description { return describe("update", u.ID) }

// EncodeCommand writes <update>.
func (u Update) EncodeCommand(e *epp.Encoder) {
	e.Object("update", "org", Namespace, func() {
		encodeID(e, u.ID)
		encodeItems(e, "org:add", u.Add)
		encodeItems(e, "org:rem", u.Rem)
		if u.Chg == nil {
			return
		}
		e.Start("org:chg")
		e.OptionalToken("org:parentId", u.Chg.Parent, 3, 16)
		encodePostal(e, u.Chg.Postal, true)
		encodePhone(e, "org:voice", u.Chg.Voice)
		encodePhone(e, "org:fax", u.Chg.Fax)
		e.OptionalToken("org:email", u.Chg.Email, 1, 320)
		e.OptionalToken("org:url", u.Chg.URL, 1, 2000)
		e.End("org:chg")
	})
}

func describe(verb string, ids ...string) epp.Description {
	d := epp.Description{Verb: verb, Kind: "org"}
	for i, id := range ids {
		if i > 0 {
			d.Object += ","
		}
		d.Object += id
	}
	return d
}

func encodeID(e *epp.Encoder, id string) { e.Token("org:id", id, 3, 16) }

func encodeItems(e *epp.Encoder, name string, i Items) {
	if i.empty() {
		return
	}
	e.Start(name)
	encodeContacts(e, i.Contacts)
	encodeRoles(e, i.Roles)
	encodeStatuses(e, i.Statuses, 9)
	e.End(name)
}

func encodeRoles(e *epp.Encoder, roles []Role) {
	for _, r := range roles {
		e.Start("org:role")
		e.Token("org:type", r.Type, 1, -1)
		encodeStatuses(e, r.Statuses, 3)
		e.OptionalToken("org:roleID", r.ID, 1, -1)
		e.End("org:role")
	}
}

func encodeStatuses(e *epp.Encoder, statuses []string, limit int) {
	if len(statuses) > limit {
		e.Fail("org:status", "more than %d", limit)
	}
	for _, s := range statuses {
		e.Token("org:status", s, 1, -1)
	}
}

func encodeContacts(e *epp.Encoder, contacts []Contact) {
	for _, c := range contacts {
		e.OneOf("org:contact@type", c.Type, "admin", "billing", "tech", "abuse", "custom")
		e.Token("org:contact", c.ID, 3, 16, epp.A("type", c.Type), epp.A("typeName", c.TypeName))
	}
}

func encodePhone(e *epp.Encoder, name string, p Phone) {
	if p.Number != "" {
		e.Phone(name, p.Number, p.Extension)
	}
}

func encodePostal(e *epp.Encoder, infos []Postal, change bool) {
	if len(infos) > 2 || len(infos) == 2 && infos[0].Type == infos[1].Type {
		e.Fail("org:postalInfo", "at most one of each type")
	}
	for _, p := range infos {
		e.OneOf("org:postalInfo@type", p.Type, epp.PostalInt, epp.PostalLoc)
		e.Start("org:postalInfo", epp.A("type", p.Type))
		if !change || p.Name != "" {
			e.Sized("org:name", p.Name, 1, 255)
		}
		if a := p.Address; a != nil {
			if len(a.Street) > 3 {
				e.Fail("org:street", "more than 3 lines")
			}
			e.Start("org:addr")
			for _, line := range a.Street {
				e.Sized("org:street", line, 0, 255)
			}
			e.Sized("org:city", a.City, 1, 255)
			e.OptionalSized("org:sp", a.State, 1, 255)
			e.OptionalSized("org:pc", a.PostalCode, 1, 16)
			e.Sized("org:cc", a.Country, 2, 2)
			e.End("org:addr")
		}
		e.End("org:postalInfo")
	}
}
