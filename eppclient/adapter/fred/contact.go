package fred

import (
	"context"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/registrar"
)

// hidden are the items that a new contact asks not to show; name and organisation are
// always public, and the address is hidden by an update only.
var hidden = []string{"voice", "fax", "email", "vat", "ident", "notifyEmail"}

// handle is how the port sees the handle of a contact: the registry writes upper case
// and takes any, the engine's own are lower case and looked up as they are.
func handle(id string) string { return strings.ToLower(id) }

// ContactInfo implements registrar.Registry.
func (a *Adapter) ContactInfo(ctx context.Context, id string) (registrar.ContactInfo, error) {
	resp, err := a.ask(ctx, fred.Contact, id)
	if err != nil {
		return registrar.ContactInfo{}, err
	}
	c, err := readable(fred.ContactInfo(resp))
	if err != nil {
		return registrar.ContactInfo{}, err
	}
	p := c.Postal
	data := registrar.ContactData{
		Name: p.Name, Organization: p.Organization, City: p.City, State: p.State, PostalCode: p.PostalCode, CountryCode: p.Country,
		Phone: c.Voice, Email: c.Email,
		Street: slices.DeleteFunc(slices.Clone(p.Street), func(line string) bool { return line == "" }),
	}
	return registrar.ContactInfo{
		Handle: handle(c.ID), ROID: c.ROID, Ours: c.Sponsor == a.clientID, Created: c.Created.Time, Data: data,
		Forms: map[string]registrar.ContactData{epp.PostalLoc: data},
	}, nil
}

// CreateContact implements registrar.Registry.
func (a *Adapter) CreateContact(ctx context.Context, send registrar.Send, c registrar.ContactCreate) (registrar.Receipt, error) {
	cmd := fred.ContactCreate{ID: c.Handle, Postal: postal(c.Contact.ContactData), Voice: c.Contact.Phone, Email: c.Contact.Email}
	if a.own.disclose == "hide" {
		cmd.Disclose = &fred.Disclose{Items: hidden}
	}
	resp, receipt, err := a.Transform(ctx, send, cmd)
	if err != nil {
		return receipt, err
	}
	if data, err := fred.CreateData(resp, fred.Contact); err == nil && data.Name != "" && !strings.EqualFold(data.Name, c.Handle) {
		receipt.Handle = handle(data.Name)
	}
	return receipt, nil
}

// UpdateContact implements registrar.Registry. Name, organisation and address are
// replaced whole; what FRED keeps beyond our data stays.
func (a *Adapter) UpdateContact(ctx context.Context, send registrar.Send, c registrar.ContactUpdate) (registrar.Receipt, error) {
	code, err := a.code(c.TransferCode)
	if err != nil {
		return registrar.Receipt{}, &registrar.NotSentError{Cause: err}
	}
	p := postal(c.Contact.ContactData)
	_, receipt, err := a.Transform(ctx, send, fred.ContactUpdate{ID: c.Handle, Chg: fred.ContactChange{
		Postal: &p, Voice: &c.Contact.Phone, Email: c.Contact.Email, AuthInfo: code,
	}})
	return receipt, err
}

// postal writes an address; FRED wants one line of street at least.
func postal(d registrar.ContactData) epp.PostalInfo {
	p := epp.PostalInfo{
		Name: d.Name, Organization: d.Organization, Street: d.Street, City: d.City, State: d.State, PostalCode: d.PostalCode, Country: d.CountryCode,
	}
	if len(p.Street) == 0 {
		p.Street = []string{""}
	}
	return p
}
