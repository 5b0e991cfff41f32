package rfc

import (
	"context"
	"net/netip"
	"slices"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// UpdateDomain implements registrar.Registry.
func (a *Adapter) UpdateDomain(ctx context.Context, send registrar.Send, u registrar.DomainUpdate) (registrar.Receipt, error) {
	cmd := epp.DomainUpdate{
		Name: u.Name,
		Add:  epp.DomainItems{Statuses: statuses(u.AddStatuses), Contacts: contactLinks(u.AddContacts)},
		Rem:  epp.DomainItems{Statuses: statuses(u.RemStatuses), Contacts: contactLinks(u.RemContacts)},
	}
	if u.Registrant != "" || u.TransferCode != nil {
		cmd.Chg = &epp.DomainChange{}
	}
	if u.Registrant != "" {
		cmd.Chg.Registrant = &u.Registrant
	}
	if u.TransferCode != nil {
		code := epp.Secret(u.TransferCode.Reveal())
		if cmd.Chg.NullAuth = code == ""; !cmd.Chg.NullAuth {
			cmd.Chg.AuthInfo = &code
		}
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	return receipt, err
}

func statuses(values []string) []epp.Status {
	var out []epp.Status
	for _, v := range values {
		out = append(out, epp.Status{Value: v})
	}
	return out
}

// DeleteDomain implements registrar.Registry.
func (a *Adapter) DeleteDomain(ctx context.Context, send registrar.Send, name string) (registrar.Receipt, error) {
	_, receipt, err := a.Transform(ctx, send, epp.DomainDelete{Name: name})
	return receipt, err
}

// UpdateContact implements registrar.Registry. The postal form that the registry
// holds is replaced whole: name, organisation and address (RFC 5733 §3.2.5). A
// form of the other type would stand beside it unchanged, so data that the
// present form can't hold is refused here.
func (a *Adapter) UpdateContact(ctx context.Context, send registrar.Send, c registrar.ContactUpdate) (registrar.Receipt, error) {
	have, err := a.contactInfo(ctx, c.Handle)
	if err != nil {
		return registrar.Receipt{}, notYetSent(err)
	}
	var postal []epp.PostalInfo
	for _, p := range have.Postal {
		form, err := postalAs(p.Type, c.Contact.ContactData)
		if err != nil {
			return registrar.Receipt{}, refuse(send.ClTRID, err)
		}
		postal = append(postal, form)
	}
	if len(postal) == 0 {
		form, err := a.postal(c.Contact.ContactData)
		if err != nil {
			return registrar.Receipt{}, refuse(send.ClTRID, err)
		}
		postal = append(postal, form)
	}
	chg := &epp.ContactChange{Postal: postal, Voice: c.Contact.Phone, Email: c.Contact.Email}
	if c.TransferCode != nil {
		code := epp.Secret(c.TransferCode.Reveal())
		chg.AuthInfo = &code
	}
	_, receipt, err := a.Transform(ctx, send, epp.ContactUpdate{ID: c.Handle, Chg: chg})
	return receipt, err
}

// postalAs writes an address in a given form.
func postalAs(form string, d registrar.ContactData) (epp.PostalInfo, error) {
	p := epp.PostalInfo{
		Type: form, Name: d.Name, Organization: d.Organization, Street: d.Street, City: d.City,
		State: d.State, PostalCode: d.PostalCode, Country: d.CountryCode,
	}
	if form == epp.PostalInt && !p.ASCII() {
		return p, errNotLatin
	}
	return p, nil
}

// contactForms reads the address in all its forms, and in the one that stands
// first.
func contactForms(c epp.ContactInfoData) (first registrar.ContactData, forms map[string]registrar.ContactData) {
	first, forms = registrar.ContactData{Phone: c.Voice, Email: c.Email}, map[string]registrar.ContactData{}
	for i, p := range c.Postal {
		d := registrar.ContactData{
			Name: p.Name, Organization: p.Organization, City: p.City, State: p.State, PostalCode: p.PostalCode,
			CountryCode: p.Country, Phone: c.Voice, Email: c.Email,
			Street: slices.DeleteFunc(slices.Clone(p.Street), func(line string) bool { return line == "" }),
		}
		if forms[p.Type] = d; i == 0 {
			first = d
		}
	}
	return first, forms
}

// UpdateHost implements registrar.Registry. Where nothing differs, nothing is
// sent and the receipt has no svTRID.
func (a *Adapter) UpdateHost(ctx context.Context, send registrar.Send, h registrar.HostUpdate) (registrar.Receipt, error) {
	if err := a.hostObjects(send); err != nil {
		return registrar.Receipt{}, err
	}
	cmd := epp.HostUpdate{
		Name: h.Name, NewName: h.NewName,
		Add: epp.HostItems{Addresses: addresses(missingAddresses(h.Want, h.Current))},
		Rem: epp.HostItems{Addresses: addresses(missingAddresses(h.Current, h.Want))},
	}
	if h.NewName == "" && len(cmd.Add.Addresses)+len(cmd.Rem.Addresses) == 0 {
		return registrar.Receipt{ClTRID: send.ClTRID, Code: epp.CodeOK}, nil
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	return receipt, err
}

// DeleteHost implements registrar.Registry.
func (a *Adapter) DeleteHost(ctx context.Context, send registrar.Send, name string) (registrar.Receipt, error) {
	if err := a.hostObjects(send); err != nil {
		return registrar.Receipt{}, err
	}
	_, receipt, err := a.Transform(ctx, send, epp.HostDelete{Name: name})
	return receipt, err
}

// missingAddresses returns what of a is not in b, as it is written in a.
func missingAddresses(a, b []string) []string {
	key := func(s string) string {
		if ip, err := netip.ParseAddr(s); err == nil {
			return ip.String()
		}
		return s
	}
	var known, out []string
	for _, s := range b {
		known = append(known, key(s))
	}
	for _, s := range a {
		if !slices.Contains(known, key(s)) {
			out = append(out, s)
		}
	}
	return out
}

// addresses adds the version that EPP wants to know (RFC 5732 §2.5).
func addresses(list []string) []epp.Address {
	var out []epp.Address
	for _, s := range list {
		version := "v6"
		if ip, err := netip.ParseAddr(s); err == nil && ip.Is4() {
			version = "v4"
		}
		out = append(out, epp.Address{Version: version, IP: s})
	}
	return out
}

// NewTransferCode implements registrar.Registry.
func (a *Adapter) NewTransferCode() (registrar.Secret, error) {
	code, err := newAuthInfo(a.cfg.Quirks.AuthInfoLength)
	return registrar.Secret(code.Reveal()), err
}

// VerifyTransferCode implements registrar.Registry (RFC 9154 §4.4): an info with
// the wrong code is answered 2202.
func (a *Adapter) VerifyTransferCode(ctx context.Context, name string, code registrar.Secret) (bool, error) {
	_, err := a.Read(ctx, pool.Bulk, epp.DomainInfo{Name: name, AuthInfo: epp.Secret(code.Reveal())})
	if registrar.ResultCode(err) == codeInvalidAuthInfo {
		return false, nil
	}
	return err == nil, err
}

const codeInvalidAuthInfo = 2202 // RFC 5730 §3
