package fred

import (
	"github.com/indera/indera/eppclient/epp"
)

// DomainCreate provisions a domain.
type DomainCreate struct {
	Name       string
	Period     epp.Period
	Nsset      string // handle, "" = none
	Keyset     string
	Registrant string
	Admins     []string
	AuthInfo   epp.Secret // "" = the registry makes one
}

// Describe names the command.
func (c DomainCreate) Describe() epp.Description { return Domain.describe("create", c.Name) }

// EncodeCommand writes <create>.
func (c DomainCreate) EncodeCommand(e *epp.Encoder) {
	Domain.object(e, "create", func() {
		Domain.id(e, c.Name)
		e.Period("domain:period", c.Period)
		e.OptionalToken("domain:nsset", c.Nsset, 1, 63)
		e.OptionalToken("domain:keyset", c.Keyset, 1, 63)
		e.Token("domain:registrant", c.Registrant, 1, 63)
		handles(e, "domain:admin", c.Admins)
		Domain.optionalAuthInfo(e, c.AuthInfo)
	})
}

// DomainRenew extends a registration; see epp.DomainRenew.
type DomainRenew struct {
	Name       string
	CurExpDate string // YYYY-MM-DD, as the registry wrote it
	Period     epp.Period
}

// Describe names the command.
func (c DomainRenew) Describe() epp.Description { return Domain.describe("renew", c.Name) }

// EncodeCommand writes <renew>.
func (c DomainRenew) EncodeCommand(e *epp.Encoder) {
	Domain.object(e, "renew", func() {
		Domain.id(e, c.Name)
		date(e, "domain:curExpDate", c.CurExpDate)
		e.Period("domain:period", c.Period)
	})
}

// DomainUpdate changes a domain.
type DomainUpdate struct {
	Name         string
	AddAdmins    []string
	RemAdmins    []string
	RemTemporary []string // contacts left over from an old way of administration
	Chg          DomainChange
}

// DomainChange is what an update replaces; nil stays as it is.
type DomainChange struct {
	Nsset      *string // pointer to "" takes the link away
	Keyset     *string
	Registrant string
	AuthInfo   *epp.Secret
}

// Empty reports whether the update changes nothing.
func (c DomainUpdate) Empty() bool {
	return len(c.AddAdmins)+len(c.RemAdmins)+len(c.RemTemporary) == 0 && c.Chg == DomainChange{}
}

// Describe names the command.
func (c DomainUpdate) Describe() epp.Description { return Domain.describe("update", c.Name) }

// EncodeCommand writes <update>. Without any change it writes the bare name: an
// extension may supply the change.
func (c DomainUpdate) EncodeCommand(e *epp.Encoder) {
	Domain.object(e, "update", func() {
		Domain.id(e, c.Name)
		if len(c.AddAdmins) > 0 {
			e.Start("domain:add")
			handles(e, "domain:admin", c.AddAdmins)
			e.End("domain:add")
		}
		if len(c.RemAdmins)+len(c.RemTemporary) > 0 {
			e.Start("domain:rem")
			handles(e, "domain:admin", c.RemAdmins)
			handles(e, "domain:tempcontact", c.RemTemporary)
			e.End("domain:rem")
		}
		if c.Chg != (DomainChange{}) {
			e.Start("domain:chg")
			link(e, "domain:nsset", c.Chg.Nsset)
			link(e, "domain:keyset", c.Chg.Keyset)
			e.OptionalToken("domain:registrant", c.Chg.Registrant, 1, 63)
			if c.Chg.AuthInfo != nil {
				Domain.authInfo(e, *c.Chg.AuthInfo)
			}
			e.End("domain:chg")
		}
	})
}

func link(e *epp.Encoder, name string, handle *string) {
	if handle != nil {
		e.Token(name, *handle, 0, 63)
	}
}

func date(e *epp.Encoder, name, value string) {
	if t := epp.ParseTime(value); len(value) != len("2006-01-02") || t.Time.IsZero() {
		e.Fail(name, "must be YYYY-MM-DD")
	}
	e.Text(name, value)
}

// DomainInfoData is what a registry says of a domain.
type DomainInfoData struct {
	Record
	Registrant string // "" where the registry hides the holder of an ENUM domain
	Admins     []string
	Nsset      string
	Keyset     string
	Expires    epp.Time // a date
	Temporary  []string
}

// DomainInfo reads the answer to an info. Error: *epp.MissingError.
func DomainInfo(r *epp.Response) (DomainInfoData, error) {
	el, err := r.Data(DomainNamespace, "infData")
	if err != nil {
		return DomainInfoData{}, err
	}
	return domainInfo(el), nil
}

func domainInfo(el *epp.Element) DomainInfoData {
	text := func(local string) string { return el.ChildValue(DomainNamespace, local) }
	return DomainInfoData{
		Record: record(el, Domain), Registrant: text("registrant"), Nsset: text("nsset"), Keyset: text("keyset"),
		Admins: el.ChildValues(DomainNamespace, "admin"), Temporary: el.ChildValues(DomainNamespace, "tempcontact"),
		Expires: epp.ParseTime(text("exDate")),
	}
}

// Validation is until when a telephone number is proven to be its holder's. It goes
// with create and renew of a domain below an ENUM zone.
type Validation struct {
	Verb    string // create or renew
	Until   string // YYYY-MM-DD; "" = leave it
	Publish *bool  // in the public ENUM directory; nil = leave it
}

// EncodeExtension writes <enumval:create> or <enumval:renew>.
func (x Validation) EncodeExtension(e *epp.Encoder) {
	e.OneOf("enumval", x.Verb, "create", "renew")
	e.Within("enumval", EnumvalNamespace, x.Verb, func() { x.encode(e) })
}

func (x Validation) encode(e *epp.Encoder) {
	if x.Until == "" && x.Publish == nil {
		e.Fail("enumval:valExDate", "required")
	}
	if x.Until != "" {
		date(e, "enumval:valExDate", x.Until)
	}
	if x.Publish != nil {
		e.Text("enumval:publish", epp.Bool(*x.Publish))
	}
}

// ValidationUpdate changes the validation; it goes with an update of the domain.
type ValidationUpdate struct {
	Until   string
	Publish *bool
}

// EncodeExtension writes <enumval:update>.
func (x ValidationUpdate) EncodeExtension(e *epp.Encoder) {
	e.Within("enumval", EnumvalNamespace, "update", func() {
		e.Start("enumval:chg")
		Validation{Until: x.Until, Publish: x.Publish}.encode(e)
		e.End("enumval:chg")
	})
}

// ValidationData is what an info says of the validation.
type ValidationData struct {
	Until   epp.Time
	Publish bool
}

// ValidationInfo reads the extension of an info; ok is false when there is none.
func ValidationInfo(r *epp.Response) (v ValidationData, ok bool) {
	el := r.Extension(EnumvalNamespace, "infData")
	if el == nil {
		return v, false
	}
	v.Until = epp.ParseTime(el.ChildValue(EnumvalNamespace, "valExDate"))
	v.Publish, _ = epp.ParseBool(el.ChildValue(EnumvalNamespace, "publish")) // unreadable: not published
	return v, true
}
