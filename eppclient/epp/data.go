package epp

import "strings"

// CheckItem is the answer for one name or id of a check.
type CheckItem struct {
	Name      string // as the server wrote it
	Available bool
	Reason    string // "" when none was given
}

// CheckResult is the answer to a check. Its order is the server's: look items
// up by name.
type CheckResult []CheckItem

// For returns the item of a name, whatever its case or trailing dot.
func (c CheckResult) For(name string) (CheckItem, bool) {
	for _, item := range c {
		if strings.EqualFold(strings.TrimSuffix(item.Name, "."), strings.TrimSuffix(name, ".")) {
			return item, true
		}
	}
	return CheckItem{}, false
}

// DomainCheckData reads domain:chkData. Items whose avail is unreadable are
// left out: they are unanswered.
func (r *Response) DomainCheckData() (CheckResult, error) {
	return r.CheckDataOf(r.objects.Domain, "name")
}

// HostCheckData reads host:chkData.
func (r *Response) HostCheckData() (CheckResult, error) {
	return r.CheckDataOf(r.objects.Host, "name")
}

// ContactCheckData reads contact:chkData.
func (r *Response) ContactCheckData() (CheckResult, error) {
	return r.CheckDataOf(r.objects.Contact, "id")
}

// CheckDataOf reads chkData of any object mapping; key is "name" or "id".
func (r *Response) CheckDataOf(space, key string) (CheckResult, error) {
	data, err := r.Data(space, "chkData")
	if err != nil {
		return nil, err
	}
	var out CheckResult
	for _, cd := range data.All(space, "cd") {
		el := cd.Child(space, key)
		if avail, ok := ParseBool(el.Attr("avail")); ok {
			out = append(out, CheckItem{Name: el.Value(), Available: avail, Reason: cd.ChildValue(space, "reason")})
		}
	}
	return out, nil
}

// CreateData is the resData of a create. A field is empty when the server left
// it out.
type CreateData struct {
	Name    string // name or id
	Created Time
	Expires Time // domains only
}

// DomainCreateData reads domain:creData.
func (r *Response) DomainCreateData() (CreateData, error) {
	return r.CreateDataOf(r.objects.Domain, "name")
}

// HostCreateData reads host:creData.
func (r *Response) HostCreateData() (CreateData, error) {
	return r.CreateDataOf(r.objects.Host, "name")
}

// ContactCreateData reads contact:creData. A registry may have chosen another
// id than the one asked for.
func (r *Response) ContactCreateData() (CreateData, error) {
	return r.CreateDataOf(r.objects.Contact, "id")
}

// CreateDataOf reads creData of any object mapping; key is "name" or "id".
func (r *Response) CreateDataOf(space, key string) (CreateData, error) {
	data, err := r.Data(space, "creData")
	if err != nil {
		return CreateData{}, err
	}
	return CreateData{
		Name:    data.ChildValue(space, key),
		Created: ParseTime(data.ChildValue(space, "crDate")),
		Expires: ParseTime(data.ChildValue(space, "exDate")),
	}, nil
}

// DomainRenewData is the resData of a renew.
type DomainRenewData struct {
	Name    string
	Expires Time
}

// DomainRenewData reads domain:renData.
func (r *Response) DomainRenewData() (DomainRenewData, error) {
	data, err := r.Data(r.objects.Domain, "renData")
	if err != nil {
		return DomainRenewData{}, err
	}
	return DomainRenewData{
		Name:    data.ChildValue(r.objects.Domain, "name"),
		Expires: ParseTime(data.ChildValue(r.objects.Domain, "exDate")),
	}, nil
}

// History is who did what when to an object. Non-sponsors see parts of it.
type History struct {
	Sponsor     string // clID
	CreatedBy   string
	Created     Time
	UpdatedBy   string
	Updated     Time
	Transferred Time
}

func history(el *Element, space string) History {
	return History{
		Sponsor:     el.ChildValue(space, "clID"),
		CreatedBy:   el.ChildValue(space, "crID"),
		Created:     ParseTime(el.ChildValue(space, "crDate")),
		UpdatedBy:   el.ChildValue(space, "upID"),
		Updated:     ParseTime(el.ChildValue(space, "upDate")),
		Transferred: ParseTime(el.ChildValue(space, "trDate")),
	}
}

// DomainInfoData is the resData of a domain info (RFC 5731 §3.1.2).
type DomainInfoData struct {
	Name        string
	ROID        string
	Statuses    []Status
	Registrant  string
	Contacts    []DomainContact
	NameServers NameServers
	Subordinate []string // hosts below the domain
	Expires     Time
	HasAuthInfo bool // the element is there; its text is not kept
	History
}

// DomainInfoData reads domain:infData.
func (r *Response) DomainInfoData() (DomainInfoData, error) {
	space := r.objects.Domain
	data, err := r.Data(space, "infData")
	if err != nil {
		return DomainInfoData{}, err
	}
	d := DomainInfoData{
		Name:        data.ChildValue(space, "name"),
		ROID:        data.ChildValue(space, "roid"),
		Statuses:    statuses(data, space),
		Registrant:  data.ChildValue(space, "registrant"),
		Subordinate: data.ChildValues(space, "host"),
		Expires:     ParseTime(data.ChildValue(space, "exDate")),
		HasAuthInfo: data.Child(space, "authInfo") != nil,
		History:     history(data, space),
	}
	for _, c := range data.All(space, "contact") {
		d.Contacts = append(d.Contacts, DomainContact{Type: c.Attr("type"), ID: c.Value()})
	}
	ns := data.Child(space, "ns")
	d.NameServers.Objects = ns.ChildValues(space, "hostObj")
	for _, a := range ns.All(space, "hostAttr") {
		d.NameServers.Attrs = append(d.NameServers.Attrs, HostAttr{
			Name:      a.ChildValue(space, "hostName"),
			Addresses: addresses(a, space, "hostAddr"),
		})
	}
	return d, nil
}

// HostInfoData is the resData of a host info (RFC 5732 §3.1.2).
type HostInfoData struct {
	Name      string
	ROID      string
	Statuses  []Status
	Addresses []Address
	History
}

// HostInfoData reads host:infData.
func (r *Response) HostInfoData() (HostInfoData, error) {
	space := r.objects.Host
	data, err := r.Data(space, "infData")
	if err != nil {
		return HostInfoData{}, err
	}
	return HostInfoData{
		Name:      data.ChildValue(space, "name"),
		ROID:      data.ChildValue(space, "roid"),
		Statuses:  statuses(data, space),
		Addresses: addresses(data, space, "addr"),
		History:   history(data, space),
	}, nil
}

// ContactInfoData is the resData of a contact info (RFC 5733 §3.1.2).
type ContactInfoData struct {
	ID          string
	ROID        string
	Statuses    []Status
	Postal      []PostalInfo
	Voice       string
	VoiceExt    string
	Fax         string
	FaxExt      string
	Email       string
	HasAuthInfo bool // the element is there; its text is not kept
	Disclose    *Disclose
	History
}

// ContactInfoData reads contact:infData.
func (r *Response) ContactInfoData() (ContactInfoData, error) {
	space := r.objects.Contact
	data, err := r.Data(space, "infData")
	if err != nil {
		return ContactInfoData{}, err
	}
	c := ContactInfoData{
		ID:          data.ChildValue(space, "id"),
		ROID:        data.ChildValue(space, "roid"),
		Statuses:    statuses(data, space),
		Voice:       data.ChildValue(space, "voice"),
		VoiceExt:    data.Child(space, "voice").Attr("x"),
		Fax:         data.ChildValue(space, "fax"),
		FaxExt:      data.Child(space, "fax").Attr("x"),
		Email:       data.ChildValue(space, "email"),
		HasAuthInfo: data.Child(space, "authInfo") != nil,
		Disclose:    disclosure(data.Child(space, "disclose"), space),
		History:     history(data, space),
	}
	for _, p := range data.All(space, "postalInfo") {
		addr := p.Child(space, "addr")
		c.Postal = append(c.Postal, PostalInfo{
			Type:         p.Attr("type"),
			Name:         p.ChildValue(space, "name"),
			Organization: p.ChildValue(space, "org"),
			Street:       addr.ChildValues(space, "street"),
			City:         addr.ChildValue(space, "city"),
			State:        addr.ChildValue(space, "sp"),
			PostalCode:   addr.ChildValue(space, "pc"),
			Country:      addr.ChildValue(space, "cc"),
		})
	}
	return c, nil
}

// disclosure reads contact:disclose; nil when absent or without a readable flag.
func disclosure(el *Element, space string) *Disclose {
	flag, ok := ParseBool(el.Attr("flag"))
	if !ok {
		return nil
	}
	types := func(local string) []string {
		var out []string
		for _, item := range el.All(space, local) {
			out = append(out, item.Attr("type"))
		}
		return out
	}
	return &Disclose{
		Flag: flag, Name: types("name"), Organization: types("org"), Address: types("addr"),
		Voice: el.Child(space, "voice") != nil,
		Fax:   el.Child(space, "fax") != nil,
		Email: el.Child(space, "email") != nil,
	}
}

func statuses(data *Element, space string) []Status {
	var out []Status
	for _, el := range data.All(space, "status") {
		out = append(out, Status{Value: el.Attr("s"), Text: el.Value()})
	}
	return out
}

func addresses(data *Element, space, local string) []Address {
	var out []Address
	for _, el := range data.All(space, local) {
		version := el.Attr("ip")
		if version == "" {
			version = "v4" // the schema's default (RFC 5732 §4)
		}
		out = append(out, Address{Version: version, IP: el.Value()})
	}
	return out
}
