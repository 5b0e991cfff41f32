package fred

import (
	"regexp"
	"slices"

	"github.com/indera/indera/eppclient/epp"
)

var (
	handlePattern = regexp.MustCompile(`^[a-zA-Z0-9](-?[a-zA-Z0-9])*$`)                      // fredcom:objIDCreateType
	emailsPattern = regexp.MustCompile(`^[^@, ]{1,64}@[^@, ]+(,[^@, ]{1,64}@[^@, ]+)*$`)     // contact:emailCommaListType
	identTypes    = []string{"op", "passport", "mpsv", "ico", "birthday"}                    // contact:identTypeT
	shown         = []string{"addr", "voice", "fax", "email", "vat", "ident", "notifyEmail"} // contact:infupdDiscloseType, in order
)

// Ident is a document or number that identifies a person or company.
type Ident struct {
	Type  string // op (identity card), passport, mpsv (social ministry), ico (company) or birthday
	Value string // at most 32 characters; "" in a change takes it away
}

// Disclose is a wish about what may be shown. Name and organisation are always public.
type Disclose struct {
	Flag  bool     // true: may be shown, false: must not
	Items []string // addr, voice, fax, email, vat, ident, notifyEmail; addr not in a create
}

// ContactCreate provisions a contact. Postal has no type; its postal code is
// mandatory, as is a line of street.
type ContactCreate struct {
	ID          string
	Postal      epp.PostalInfo
	Voice, Fax  string
	Email       string     // several are joined by commas
	AuthInfo    epp.Secret // "" = the registry makes one
	Disclose    *Disclose
	VAT         string
	Ident       *Ident
	NotifyEmail string
}

// Describe names the command.
func (c ContactCreate) Describe() epp.Description { return Contact.describe("create", c.ID) }

// EncodeCommand writes <create>.
func (c ContactCreate) EncodeCommand(e *epp.Encoder) {
	Contact.object(e, "create", func() {
		Contact.newHandle(e, c.ID)
		postal(e, c.Postal)
		phone(e, "contact:voice", c.Voice)
		phone(e, "contact:fax", c.Fax)
		emails(e, "contact:email", c.Email)
		Contact.optionalAuthInfo(e, c.AuthInfo)
		c.Disclose.encode(e, false)
		e.OptionalToken("contact:vat", c.VAT, 1, 20)
		if c.Ident != nil {
			c.Ident.encode(e)
		}
		if c.NotifyEmail != "" {
			emails(e, "contact:notifyEmail", c.NotifyEmail)
		}
	})
}

// ContactUpdate changes a contact. There are no statuses to add or remove.
type ContactUpdate struct {
	ID  string
	Chg ContactChange
}

// ContactChange is what an update replaces; nil and "" stay as they are. Postal is
// replaced whole. Pointers to "" take a value away.
type ContactChange struct {
	Postal      *epp.PostalInfo
	Voice, Fax  *string
	Email       string
	AuthInfo    *epp.Secret
	Disclose    *Disclose
	VAT         *string
	Ident       *Ident
	NotifyEmail *string
}

// Describe names the command.
func (c ContactUpdate) Describe() epp.Description { return Contact.describe("update", c.ID) }

// EncodeCommand writes <update>.
func (c ContactUpdate) EncodeCommand(e *epp.Encoder) {
	Contact.object(e, "update", func() {
		Contact.id(e, c.ID)
		if c.Chg != (ContactChange{}) {
			e.Start("contact:chg")
			c.Chg.encode(e)
			e.End("contact:chg")
		}
	})
}

func (c ContactChange) encode(e *epp.Encoder) {
	if c.Postal != nil {
		postalChange(e, *c.Postal)
	}
	changed(c.Voice, func(v string) { phone(e, "contact:voice", v) }, func() { e.Empty("contact:voice") })
	changed(c.Fax, func(v string) { phone(e, "contact:fax", v) }, func() { e.Empty("contact:fax") })
	if c.Email != "" {
		emails(e, "contact:email", c.Email)
	}
	if c.AuthInfo != nil {
		Contact.authInfo(e, *c.AuthInfo)
	}
	c.Disclose.encode(e, true)
	changed(c.VAT, func(v string) { e.Token("contact:vat", v, 1, 20) }, func() { e.Empty("contact:vat") })
	if c.Ident != nil {
		if c.Ident.Value == "" {
			e.Empty("contact:ident")
		} else {
			c.Ident.encode(e)
		}
	}
	changed(c.NotifyEmail, func(v string) { emails(e, "contact:notifyEmail", v) }, func() { e.Empty("contact:notifyEmail") })
}

// changed writes a value that is set, taken away or left.
func changed(v *string, set func(string), unset func()) {
	switch {
	case v == nil:
	case *v == "":
		unset()
	default:
		set(*v)
	}
}

func (i Ident) encode(e *epp.Encoder) {
	e.OneOf("contact:ident@type", i.Type, identTypes...)
	e.Token("contact:ident", i.Value, 1, 32, epp.A("type", i.Type))
}

func (d *Disclose) encode(e *epp.Encoder, change bool) {
	if d == nil {
		return
	}
	for _, item := range d.Items {
		if item == "addr" && !change {
			e.Fail("contact:disclose", "addr cannot be told in a create")
		}
		e.OneOf("contact:disclose", item, shown...)
	}
	e.Start("contact:disclose", epp.A("flag", epp.Bool(d.Flag)))
	for _, item := range shown { // the schema's order
		if slices.Contains(d.Items, item) {
			e.Empty("contact:" + item)
		}
	}
	e.End("contact:disclose")
}

func phone(e *epp.Encoder, name, number string) {
	if number != "" {
		e.Phone(name, number, "")
	}
}

func emails(e *epp.Encoder, name, list string) {
	if !emailsPattern.MatchString(list) {
		e.Fail(name, "must be one address or several, joined by commas")
	}
	e.Token(name, list, 1, 320)
}

func postal(e *epp.Encoder, p epp.PostalInfo) {
	e.Start("contact:postalInfo")
	e.Sized("contact:name", p.Name, 1, 255)
	e.OptionalSized("contact:org", p.Organization, 1, 255)
	address(e, "contact", p)
	e.End("contact:postalInfo")
}

// postalChange writes an absent organisation as empty: left out it would stay.
func postalChange(e *epp.Encoder, p epp.PostalInfo) {
	e.Start("contact:postalInfo")
	e.Sized("contact:name", p.Name, 1, 255)
	e.Sized("contact:org", p.Organization, 0, 255)
	address(e, "contact", p)
	e.End("contact:postalInfo")
}

func address(e *epp.Encoder, prefix string, p epp.PostalInfo) {
	if len(p.Street) < 1 || len(p.Street) > 3 {
		e.Fail(prefix+":street", "must be one to three lines")
	}
	e.Start(prefix + ":addr")
	for _, line := range p.Street {
		e.Sized(prefix+":street", line, 0, 255)
	}
	e.Sized(prefix+":city", p.City, 1, 255)
	e.OptionalSized(prefix+":sp", p.State, 1, 255)
	e.Token(prefix+":pc", p.PostalCode, 0, 16)
	e.Token(prefix+":cc", p.Country, 2, 2)
	e.End(prefix + ":addr")
}

// ContactInfoData is what a registry says of a contact.
type ContactInfoData struct {
	Record
	Postal      epp.PostalInfo
	Voice, Fax  string
	Email       string
	Disclose    *Disclose
	VAT         string
	Ident       *Ident
	NotifyEmail string
}

// ContactInfo reads the answer to an info. Error: *epp.MissingError.
func ContactInfo(r *epp.Response) (ContactInfoData, error) {
	el, err := r.Data(ContactNamespace, "infData")
	if err != nil {
		return ContactInfoData{}, err
	}
	return contactInfo(el), nil
}

func contactInfo(el *epp.Element) ContactInfoData {
	text := func(local string) string { return el.ChildValue(ContactNamespace, local) }
	p := el.Child(ContactNamespace, "postalInfo")
	addr := p.Child(ContactNamespace, "addr")
	out := ContactInfoData{
		Record: record(el, Contact), Voice: text("voice"), Fax: text("fax"), Email: text("email"), VAT: text("vat"), NotifyEmail: text("notifyEmail"),
		Postal: epp.PostalInfo{
			Name: p.ChildValue(ContactNamespace, "name"), Organization: p.ChildValue(ContactNamespace, "org"),
			Street: addr.ChildValues(ContactNamespace, "street"), City: addr.ChildValue(ContactNamespace, "city"),
			State: addr.ChildValue(ContactNamespace, "sp"), PostalCode: addr.ChildValue(ContactNamespace, "pc"),
			Country: addr.ChildValue(ContactNamespace, "cc"),
		},
	}
	if i := el.Child(ContactNamespace, "ident"); i != nil {
		out.Ident = &Ident{Type: i.Attr("type"), Value: i.Value()}
	}
	if d := el.Child(ContactNamespace, "disclose"); d != nil {
		if flag, ok := epp.ParseBool(d.Attr("flag")); ok {
			out.Disclose = &Disclose{Flag: flag}
			for _, c := range d.Children {
				out.Disclose.Items = append(out.Disclose.Items, c.Local)
			}
		}
	}
	return out
}

// MailingCreate gives a contact an address for letters; it goes with a create.
type MailingCreate struct{ Address epp.PostalInfo }

// EncodeExtension writes <extra-addr:create>.
func (x MailingCreate) EncodeExtension(e *epp.Encoder) {
	e.Within("extra-addr", ExtraAddrNamespace, "create", func() { mailing(e, x.Address) })
}

// MailingUpdate replaces the address for letters, or takes it away; it goes with an
// update.
type MailingUpdate struct{ Address *epp.PostalInfo } // nil removes it

// EncodeExtension writes <extra-addr:update>.
func (x MailingUpdate) EncodeExtension(e *epp.Encoder) {
	e.Within("extra-addr", ExtraAddrNamespace, "update", func() {
		if x.Address == nil {
			e.Start("extra-addr:rem")
			e.Empty("extra-addr:mailing")
			e.End("extra-addr:rem")
			return
		}
		e.Start("extra-addr:set")
		mailing(e, *x.Address)
		e.End("extra-addr:set")
	})
}

func mailing(e *epp.Encoder, p epp.PostalInfo) {
	e.Start("extra-addr:mailing")
	address(e, "extra-addr", p)
	e.End("extra-addr:mailing")
}
