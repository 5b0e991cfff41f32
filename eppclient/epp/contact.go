package epp

import "regexp"

// Postal address forms (RFC 5733 §2.4): PostalInt is 7-bit ASCII, PostalLoc
// unrestricted UTF-8.
const (
	PostalInt = "int"
	PostalLoc = "loc"
)

// PostalInfo is name and address in one form.
type PostalInfo struct {
	Type         string // PostalInt or PostalLoc
	Name         string // 1-255
	Organization string // 0-255
	Street       []string
	City         string // 1-255
	State        string // sp, 0-255
	PostalCode   string // pc, 0-16
	Country      string // cc, two letters
}

// Disclose is a wish about what may be shown (RFC 5733 §2.9).
type Disclose struct {
	Flag         bool     // true: may be shown, false: must not
	Name         []string // postal types the wish is for
	Organization []string
	Address      []string
	Voice        bool
	Fax          bool
	Email        bool
}

// ContactCheck asks which ids can be provisioned (RFC 5733 §3.1.1).
type ContactCheck struct{ IDs []string }

// Describe names the command.
func (c ContactCheck) Describe() Description { return describe("check", "contact", c.IDs...) }

// EncodeCommand writes <check>.
func (c ContactCheck) EncodeCommand(e *Encoder) {
	e.object("check", "contact", e.Objects.Contact, func() {
		if len(c.IDs) == 0 {
			e.Fail("contact:id", "required")
		}
		for _, id := range c.IDs {
			e.contactID(id)
		}
	})
}

// ContactInfo asks for a contact (RFC 5733 §3.1.2).
type ContactInfo struct {
	ID       string
	AuthInfo Secret // "" = none
}

// Describe names the command.
func (c ContactInfo) Describe() Description { return describe("info", "contact", c.ID) }

// EncodeCommand writes <info>.
func (c ContactInfo) EncodeCommand(e *Encoder) {
	e.object("info", "contact", e.Objects.Contact, func() {
		e.contactID(c.ID)
		if c.AuthInfo != "" {
			e.authInfo("contact", c.AuthInfo)
		}
	})
}

// ContactCreate provisions a contact (RFC 5733 §3.2.1).
type ContactCreate struct {
	ID       string
	Postal   []PostalInfo // one or two of different types
	Voice    string       // +CC.NUMBER or ""
	VoiceExt string       // extension behind the number
	Fax      string
	FaxExt   string
	Email    string
	AuthInfo Secret // may be "": the element is mandatory, its text is not
	Disclose *Disclose
}

// Describe names the command.
func (c ContactCreate) Describe() Description { return describe("create", "contact", c.ID) }

// EncodeCommand writes <create>.
func (c ContactCreate) EncodeCommand(e *Encoder) {
	e.object("create", "contact", e.Objects.Contact, func() {
		e.contactID(c.ID)
		if len(c.Postal) == 0 {
			e.Fail("contact:postalInfo", "required")
		}
		e.postal(c.Postal, false)
		e.phone("contact:voice", c.Voice, c.VoiceExt)
		e.phone("contact:fax", c.Fax, c.FaxExt)
		e.token("contact:email", c.Email, 1, 320)
		e.Text("contact:email", c.Email)
		e.authInfo("contact", c.AuthInfo)
		e.disclose(c.Disclose)
	})
}

// ContactUpdate changes a contact (RFC 5733 §3.2.5). An address is replaced as
// a block, so a changed PostalInfo must be complete.
type ContactUpdate struct {
	ID  string
	Add []Status
	Rem []Status
	Chg *ContactChange
}

// ContactChange is what an update replaces; empty fields stay as they are.
type ContactChange struct {
	Postal   []PostalInfo
	Voice    string
	VoiceExt string
	NoVoice  bool // removes the number
	Fax      string
	FaxExt   string
	NoFax    bool
	Email    string
	AuthInfo *Secret // pointer to "" unsets it: contact-1.0 knows no <null/>
	Disclose *Disclose
}

// Describe names the command.
func (c ContactUpdate) Describe() Description { return describe("update", "contact", c.ID) }

// EncodeCommand writes <update>.
func (c ContactUpdate) EncodeCommand(e *Encoder) {
	e.object("update", "contact", e.Objects.Contact, func() {
		e.contactID(c.ID)
		e.contactStatuses("contact:add", c.Add)
		e.contactStatuses("contact:rem", c.Rem)
		if c.Chg == nil {
			return
		}
		e.Start("contact:chg")
		e.postal(c.Chg.Postal, true)
		e.changedPhone("contact:voice", c.Chg.Voice, c.Chg.VoiceExt, c.Chg.NoVoice)
		e.changedPhone("contact:fax", c.Chg.Fax, c.Chg.FaxExt, c.Chg.NoFax)
		e.OptionalToken("contact:email", c.Chg.Email, 1, 320)
		if c.Chg.AuthInfo != nil {
			e.authInfo("contact", *c.Chg.AuthInfo)
		}
		e.disclose(c.Chg.Disclose)
		e.End("contact:chg")
	})
}

// ContactDelete deletes a contact (RFC 5733 §3.2.2).
type ContactDelete struct{ ID string }

// Describe names the command.
func (c ContactDelete) Describe() Description { return describe("delete", "contact", c.ID) }

// EncodeCommand writes <delete>.
func (c ContactDelete) EncodeCommand(e *Encoder) {
	e.object("delete", "contact", e.Objects.Contact, func() { e.contactID(c.ID) })
}

func (e *Encoder) contactID(id string) {
	e.token("contact:id", id, 3, 16)
	e.Text("contact:id", id)
}

func (e *Encoder) contactStatuses(name string, statuses []Status) {
	if len(statuses) == 0 {
		return // an empty container breaks the schema
	}
	e.Start(name)
	e.statuses("contact", statuses, 7)
	e.End(name)
}

// postal writes addresses. What a change leaves out stays as it was, so there an
// organisation that is no more is written as empty.
func (e *Encoder) postal(infos []PostalInfo, change bool) {
	if len(infos) > 2 || len(infos) == 2 && infos[0].Type == infos[1].Type {
		e.Fail("contact:postalInfo", "at most one of each type")
	}
	for _, p := range infos {
		e.postalInfo(p, change)
	}
}

func (e *Encoder) postalInfo(p PostalInfo, change bool) {
	if p.Type != PostalInt && p.Type != PostalLoc {
		e.Fail("contact:postalInfo@type", "must be int or loc")
	}
	if p.Type == PostalInt && !p.ASCII() {
		e.Fail("contact:postalInfo", "type int takes 7-bit ASCII only")
	}
	if len(p.Street) > 3 {
		e.Fail("contact:street", "more than 3 lines")
	}
	e.Start("contact:postalInfo", Attr{"type", p.Type})
	e.Sized("contact:name", p.Name, 1, 255)
	if change && p.Organization == "" {
		e.Empty("contact:org")
	}
	e.OptionalSized("contact:org", p.Organization, 1, 255)
	e.Start("contact:addr")
	for _, line := range p.Street {
		e.Sized("contact:street", line, 0, 255)
	}
	e.Sized("contact:city", p.City, 1, 255)
	e.OptionalSized("contact:sp", p.State, 1, 255)
	e.OptionalSized("contact:pc", p.PostalCode, 1, 16)
	e.Sized("contact:cc", p.Country, 2, 2)
	e.End("contact:addr")
	e.End("contact:postalInfo")
}

// ASCII reports whether all fields are 7-bit, as PostalInt demands.
func (p PostalInfo) ASCII() bool {
	fields := append([]string{p.Name, p.Organization, p.City, p.State, p.PostalCode, p.Country}, p.Street...)
	for _, f := range fields {
		for i := range len(f) {
			if f[i] >= 0x80 {
				return false
			}
		}
	}
	return true
}

var e164 = regexp.MustCompile(`^\+[0-9]{1,3}\.[0-9]{1,14}$`) // RFC 5733 §2.5

func (e *Encoder) phone(element, number, extension string) {
	if number == "" {
		return
	}
	e.Phone(element, number, extension)
}

// Phone writes a number "+CC.NUMBER" with an optional extension (RFC 5733 §2.5).
func (e *Encoder) Phone(element, number, extension string) {
	e.pattern(element, number, e164)
	e.Sized(element, number, 1, 17, Attr{"x", extension})
}

// changedPhone writes a number of an update; an empty element removes it.
func (e *Encoder) changedPhone(element, number, extension string, remove bool) {
	switch {
	case remove && number != "":
		e.Fail(element, "set and removed at once")
	case remove:
		e.Empty(element)
	default:
		e.phone(element, number, extension)
	}
}

func (e *Encoder) disclose(d *Disclose) {
	if d == nil {
		return
	}
	flag := "0"
	if d.Flag {
		flag = "1"
	}
	if len(d.Name)+len(d.Organization)+len(d.Address) == 0 && !d.Voice && !d.Fax && !d.Email {
		e.Fail("contact:disclose", "names no element")
	}
	e.Start("contact:disclose", Attr{"flag", flag})
	e.discloseTypes("contact:name", d.Name)
	e.discloseTypes("contact:org", d.Organization)
	e.discloseTypes("contact:addr", d.Address)
	for _, el := range []struct {
		name string
		on   bool
	}{{"contact:voice", d.Voice}, {"contact:fax", d.Fax}, {"contact:email", d.Email}} {
		if el.on {
			e.Empty(el.name)
		}
	}
	e.End("contact:disclose")
}

func (e *Encoder) discloseTypes(element string, types []string) {
	if len(types) > 2 {
		e.Fail(element, "at most one of each type")
	}
	for _, t := range types {
		e.OneOf(element+"@type", t, PostalInt, PostalLoc)
		e.Empty(element, Attr{"type", t})
	}
}
