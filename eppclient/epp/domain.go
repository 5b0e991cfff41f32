package epp

import (
	"regexp"
	"strconv"
)

// Period is a registration period (RFC 5731 §2.6): 1-99 years or months.
// The zero value means: let the server decide.
type Period struct {
	Value int
	Unit  string // "y" or "m"
}

// DomainContact associates a contact with a domain (RFC 5731 §2.2).
type DomainContact struct {
	Type string // "admin", "tech" or "billing"
	ID   string
}

// HostAttr is a name server given inside of the domain (RFC 5731 §1.1).
type HostAttr struct {
	Name      string
	Addresses []Address
}

// Address is an IP address; Version "v4" or "v6".
type Address struct{ Version, IP string }

// NameServers is a delegation, by host objects or by attributes, never mixed.
type NameServers struct {
	Objects []string
	Attrs   []HostAttr
}

// Empty reports whether there are no name servers.
func (n NameServers) Empty() bool { return len(n.Objects) == 0 && len(n.Attrs) == 0 }

// DomainCheck asks which names can be provisioned (RFC 5731 §3.1.1).
type DomainCheck struct{ Names []string }

// Describe names the command.
func (c DomainCheck) Describe() Description { return describe("check", "domain", c.Names...) }

// EncodeCommand writes <check>.
func (c DomainCheck) EncodeCommand(e *Encoder) {
	e.object("check", "domain", e.Objects.Domain, func() {
		if len(c.Names) == 0 {
			e.Fail("domain:name", "required")
		}
		for _, name := range c.Names {
			e.label("domain:name", name)
		}
	})
}

// DomainInfo asks for a domain (RFC 5731 §3.1.2).
type DomainInfo struct {
	Name     string
	Hosts    string // "all", "del", "sub" or "none"; "" = all
	AuthInfo Secret // "" = none
	// AuthInfoROID names the contact whose password AuthInfo is; "" = the domain's
	// own (RFC 5731 §3.1.2).
	AuthInfoROID string
}

// Describe names the command.
func (c DomainInfo) Describe() Description { return describe("info", "domain", c.Name) }

// EncodeCommand writes <info>.
func (c DomainInfo) EncodeCommand(e *Encoder) {
	e.object("info", "domain", e.Objects.Domain, func() {
		e.Sized("domain:name", c.Name, 1, 255, Attr{"hosts", c.Hosts})
		if c.AuthInfo != "" {
			e.authInfoOf("domain", c.AuthInfo, c.AuthInfoROID)
		}
	})
}

// DomainCreate provisions a domain (RFC 5731 §3.2.1).
type DomainCreate struct {
	Name        string
	Period      Period
	NameServers NameServers
	Registrant  string // "" = none
	Contacts    []DomainContact
	AuthInfo    Secret // may be "": the element is mandatory, its text is not
}

// Describe names the command.
func (c DomainCreate) Describe() Description { return describe("create", "domain", c.Name) }

// EncodeCommand writes <create>.
func (c DomainCreate) EncodeCommand(e *Encoder) {
	e.object("create", "domain", e.Objects.Domain, func() {
		e.label("domain:name", c.Name)
		e.period(c.Period)
		e.nameServers(c.NameServers)
		e.OptionalToken("domain:registrant", c.Registrant, 3, 16)
		e.domainContacts(c.Contacts)
		e.authInfo("domain", c.AuthInfo)
	})
}

// DomainRenew extends a registration (RFC 5731 §3.2.3). CurExpDate is the date
// part of the exDate as the registry wrote it; it guards against renewing twice.
type DomainRenew struct {
	Name       string
	CurExpDate string // YYYY-MM-DD
	Period     Period
}

// Describe names the command.
func (c DomainRenew) Describe() Description { return describe("renew", "domain", c.Name) }

// EncodeCommand writes <renew>.
func (c DomainRenew) EncodeCommand(e *Encoder) {
	e.object("renew", "domain", e.Objects.Domain, func() {
		e.label("domain:name", c.Name)
		if t := ParseTime(c.CurExpDate); len(c.CurExpDate) != 10 || t.Time.IsZero() {
			e.Fail("domain:curExpDate", "must be YYYY-MM-DD")
		}
		e.Text("domain:curExpDate", c.CurExpDate)
		e.period(c.Period)
	})
}

// DomainUpdate changes a domain (RFC 5731 §3.2.5).
type DomainUpdate struct {
	Name string
	Add  DomainItems
	Rem  DomainItems
	Chg  *DomainChange // non-nil and empty writes an empty <chg/>, as RFC 3915 §4.2.5 wants
}

// DomainItems is what an update adds or removes.
type DomainItems struct {
	NameServers NameServers
	Contacts    []DomainContact
	Statuses    []Status
}

// Status is an object status with an optional reason.
type Status struct {
	Value string // for example "clientHold"
	Text  string // human-readable reason, or ""
}

// DomainChange is what an update replaces.
type DomainChange struct {
	Registrant *string // pointer to "" removes the registrant
	AuthInfo   *Secret // pointer to "" writes an empty password
	NullAuth   bool    // unset the authInfo
}

func (i DomainItems) empty() bool {
	return i.NameServers.Empty() && len(i.Contacts) == 0 && len(i.Statuses) == 0
}

// Describe names the command.
func (c DomainUpdate) Describe() Description { return describe("update", "domain", c.Name) }

// EncodeCommand writes <update>. Without any change it writes the bare name:
// an extension may supply the change.
func (c DomainUpdate) EncodeCommand(e *Encoder) {
	e.object("update", "domain", e.Objects.Domain, func() {
		e.label("domain:name", c.Name)
		e.domainItems("domain:add", c.Add)
		e.domainItems("domain:rem", c.Rem)
		if c.Chg != nil {
			e.domainChange(*c.Chg)
		}
	})
}

// DomainDelete deletes a domain (RFC 5731 §3.2.2).
type DomainDelete struct{ Name string }

// Describe names the command.
func (c DomainDelete) Describe() Description { return describe("delete", "domain", c.Name) }

// EncodeCommand writes <delete>.
func (c DomainDelete) EncodeCommand(e *Encoder) {
	e.object("delete", "domain", e.Objects.Domain, func() { e.label("domain:name", c.Name) })
}

func (e *Encoder) domainItems(name string, i DomainItems) {
	if i.empty() {
		return // an empty container breaks the schema
	}
	e.Start(name)
	e.nameServers(i.NameServers)
	e.domainContacts(i.Contacts)
	e.statuses("domain", i.Statuses, 11)
	e.End(name)
}

func (e *Encoder) domainChange(c DomainChange) {
	e.Start("domain:chg")
	if c.Registrant != nil {
		if *c.Registrant != "" {
			e.token("domain:registrant", *c.Registrant, 3, 16)
		}
		e.Text("domain:registrant", *c.Registrant)
	}
	switch {
	case c.NullAuth:
		e.Start("domain:authInfo")
		e.Empty("domain:null")
		e.End("domain:authInfo")
	case c.AuthInfo != nil:
		e.authInfo("domain", *c.AuthInfo)
	}
	e.End("domain:chg")
}

func (e *Encoder) label(element, name string) { e.Sized(element, name, 1, 255) }

func (e *Encoder) period(p Period) { e.Period("domain:period", p) }

// Period writes a registration period, or nothing for the zero value.
func (e *Encoder) Period(name string, p Period) {
	if p == (Period{}) {
		return
	}
	if p.Value < 1 || p.Value > 99 || p.Unit != "y" && p.Unit != "m" {
		e.Fail(name, "must be 1-99 with unit y or m")
	}
	e.Text(name, strconv.Itoa(p.Value), Attr{"unit", p.Unit})
}

// ParsePeriod reads a period element; the zero value when it is none.
func ParsePeriod(el *Element) Period {
	n, err := strconv.Atoi(el.Value())
	if err != nil || n < 1 {
		return Period{}
	}
	return Period{Value: n, Unit: el.Attr("unit")}
}

func (e *Encoder) nameServers(n NameServers) {
	if n.Empty() {
		return
	}
	if len(n.Objects) > 0 && len(n.Attrs) > 0 {
		e.Fail("domain:ns", "host objects and host attributes cannot be mixed")
	}
	e.Start("domain:ns")
	for _, host := range n.Objects {
		e.label("domain:hostObj", host)
	}
	for _, host := range n.Attrs {
		e.Start("domain:hostAttr")
		e.label("domain:hostName", host.Name)
		for _, a := range host.Addresses {
			e.address("domain:hostAddr", a)
		}
		e.End("domain:hostAttr")
	}
	e.End("domain:ns")
}

func (e *Encoder) domainContacts(contacts []DomainContact) {
	for _, c := range contacts {
		switch c.Type {
		case "admin", "tech", "billing":
		default:
			e.Fail("domain:contact@type", "must be admin, tech or billing")
		}
		e.Token("domain:contact", c.ID, 3, 16, Attr{"type", c.Type})
	}
}

func (e *Encoder) statuses(prefix string, statuses []Status, max int) {
	if len(statuses) > max {
		e.Fail(prefix+":status", "more than %d", max)
	}
	for _, s := range statuses {
		if s.Value == "" {
			e.Fail(prefix+":status@s", "required")
		}
		if s.Text == "" {
			e.Empty(prefix+":status", Attr{"s", s.Value})
			continue
		}
		e.Text(prefix+":status", s.Text, Attr{"s", s.Value})
	}
}

func (e *Encoder) address(element string, a Address) {
	if a.Version != "v4" && a.Version != "v6" {
		e.Fail(element+"@ip", "must be v4 or v6")
	}
	// The attribute is always written: its default v4 would turn a forgotten
	// v6 into a wrong address.
	e.Sized(element, a.IP, 3, 45, Attr{"ip", a.Version})
}

func (e *Encoder) authInfo(prefix string, pw Secret) { e.authInfoOf(prefix, pw, "") }

var roidPattern = regexp.MustCompile(`^(\w|_){1,80}-\w{1,8}$`) // RFC 5730 §4 roidType

func (e *Encoder) authInfoOf(prefix string, pw Secret, roid string) {
	if roid != "" {
		e.pattern(prefix+":pw@roid", roid, roidPattern)
	}
	e.Start(prefix + ":authInfo")
	e.Text(prefix+":pw", pw.Reveal(), Attr{"roid", roid})
	e.End(prefix + ":authInfo")
}
