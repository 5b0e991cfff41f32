package org

import "github.com/indera/indera/eppclient/epp"

// InfoData is what the registry says of an organization.
type InfoData struct {
	ID         string
	ROID       string
	Roles      []Role
	Statuses   []string
	Parent     string
	Postal     []Postal
	Voice, Fax Phone
	Email, URL string
	Contacts   []Contact
	Sponsor    string // clID
	CreatedBy  string
	Created    epp.Time
	UpdatedBy  string
	Updated    epp.Time
}

// CheckData reads org:chkData. Error: *epp.MissingError.
func CheckData(r *epp.Response) (epp.CheckResult, error) { return r.CheckDataOf(Namespace, "id") }

// CreateData reads org:creData.
func CreateData(r *epp.Response) (epp.CreateData, error) { return r.CreateDataOf(Namespace, "id") }

// PendingData reads org:panData.
func PendingData(r *epp.Response) (epp.PendingData, error) { return r.PendingDataOf(Namespace, "id") }

// InfData reads org:infData. Error: *epp.MissingError.
func InfData(r *epp.Response) (InfoData, error) {
	el, err := r.Data(Namespace, "infData")
	if err != nil {
		return InfoData{}, err
	}
	text := func(local string) string { return el.ChildValue(Namespace, local) }
	phone := func(local string) Phone {
		return Phone{Number: text(local), Extension: el.Child(Namespace, local).Attr("x")}
	}
	out := InfoData{
		ID: text("id"), ROID: text("roid"), Statuses: el.ChildValues(Namespace, "status"), Parent: text("parentId"),
		Voice: phone("voice"), Fax: phone("fax"), Email: text("email"), URL: text("url"),
		Sponsor: text("clID"), CreatedBy: text("crID"), Created: epp.ParseTime(text("crDate")),
		UpdatedBy: text("upID"), Updated: epp.ParseTime(text("upDate")),
	}
	for _, role := range el.All(Namespace, "role") {
		out.Roles = append(out.Roles, Role{
			Type: role.ChildValue(Namespace, "type"), Statuses: role.ChildValues(Namespace, "status"),
			ID: role.ChildValue(Namespace, "roleID"),
		})
	}
	for _, p := range el.All(Namespace, "postalInfo") {
		out.Postal = append(out.Postal, postal(p))
	}
	for _, c := range el.All(Namespace, "contact") {
		out.Contacts = append(out.Contacts, Contact{ID: c.Value(), Type: c.Attr("type"), TypeName: c.Attr("typeName")})
	}
	return out, nil
}

func postal(el *epp.Element) Postal {
	p := Postal{Name: el.ChildValue(Namespace, "name"), Type: el.Attr("type")}
	if a := el.Child(Namespace, "addr"); a != nil {
		p.Address = &epp.PostalInfo{
			Street: a.ChildValues(Namespace, "street"), City: a.ChildValue(Namespace, "city"),
			State: a.ChildValue(Namespace, "sp"), PostalCode: a.ChildValue(Namespace, "pc"), Country: a.ChildValue(Namespace, "cc"),
		}
	}
	return p
}

// Link names an organization in a role towards an object.
type Link struct{ Role, ID string }

// LinkCreate goes with a create (RFC 8544 §4.2.1).
type LinkCreate struct{ Links []Link }

// EncodeExtension implements epp.Extension.
func (c LinkCreate) EncodeExtension(e *epp.Encoder) {
	e.Within("orgext", ExtNamespace, "create", func() { encodeLinks(e, c.Links, false) })
}

// LinkUpdate goes with an update (RFC 8544 §4.2.5). At most one of each role; a
// Rem without id removes whoever has the role.
type LinkUpdate struct{ Add, Rem, Chg []Link }

// EncodeExtension implements epp.Extension.
func (u LinkUpdate) EncodeExtension(e *epp.Encoder) {
	if len(u.Add)+len(u.Rem)+len(u.Chg) == 0 {
		e.Fail("orgext:update", "changes nothing")
	}
	e.Within("orgext", ExtNamespace, "update", func() {
		for _, part := range []struct {
			name  string
			links []Link
		}{{"orgext:add", u.Add}, {"orgext:rem", u.Rem}, {"orgext:chg", u.Chg}} {
			if len(part.links) == 0 {
				continue
			}
			e.Start(part.name)
			encodeLinks(e, part.links, part.name == "orgext:rem")
			e.End(part.name)
		}
	})
}

func encodeLinks(e *epp.Encoder, links []Link, mayBeEmpty bool) {
	if len(links) == 0 {
		e.Fail("orgext:id", "required")
	}
	for _, l := range links {
		if l.Role == "" {
			e.Fail("orgext:id@role", "required")
		}
		least := 3
		if mayBeEmpty && l.ID == "" {
			least = 0
		}
		e.Token("orgext:id", l.ID, least, 16, epp.A("role", l.Role))
	}
}

// Links reads the organizations that an info of an object answers.
func Links(r *epp.Response) []Link {
	var out []Link
	for _, el := range r.Extension(ExtNamespace, "infData").All(ExtNamespace, "id") {
		out = append(out, Link{Role: el.Attr("role"), ID: el.Value()})
	}
	return out
}
