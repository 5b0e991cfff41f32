package rfc

import (
	"context"
	"errors"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// ContactInfo implements registrar.Registry.
func (a *Adapter) ContactInfo(ctx context.Context, handle string) (registrar.ContactInfo, error) {
	data, err := a.contactInfo(ctx, handle)
	if err != nil {
		return registrar.ContactInfo{}, err
	}
	return a.contactState(data), nil
}

func (a *Adapter) contactState(data epp.ContactInfoData) registrar.ContactInfo {
	info := registrar.ContactInfo{Handle: data.ID, ROID: data.ROID, Ours: data.Sponsor == a.cfg.ClientID, Created: data.Created.Time}
	info.Data, info.Forms = contactForms(data)
	return info
}

func (a *Adapter) contactInfo(ctx context.Context, handle string) (epp.ContactInfoData, error) {
	resp, err := a.Read(ctx, pool.Bulk, epp.ContactInfo{ID: handle})
	if err != nil {
		return epp.ContactInfoData{}, err
	}
	data, err := resp.ContactInfoData()
	if err != nil {
		return data, &registrar.UnknownOutcomeError{Cause: err}
	}
	return data, nil
}

// HostInfo implements registrar.Registry.
func (a *Adapter) HostInfo(ctx context.Context, name string) (registrar.HostInfo, error) {
	resp, err := a.Read(ctx, pool.Bulk, epp.HostInfo{Name: name})
	if err != nil {
		return registrar.HostInfo{}, err
	}
	data, err := resp.HostInfoData()
	if err != nil {
		return registrar.HostInfo{}, &registrar.UnknownOutcomeError{Cause: err}
	}
	return a.hostState(data), nil
}

func (a *Adapter) hostState(data epp.HostInfoData) registrar.HostInfo {
	info := registrar.HostInfo{
		Name: hostKey(data.Name), ROID: data.ROID, Ours: data.Sponsor == a.cfg.ClientID, Created: data.Created.Time,
	}
	for _, s := range data.Statuses {
		info.Linked = info.Linked || s.Value == "linked"
	}
	for _, addr := range data.Addresses {
		info.Addresses = append(info.Addresses, addr.IP)
	}
	return info
}

// CreateContact implements registrar.Registry.
func (a *Adapter) CreateContact(ctx context.Context, send registrar.Send, c registrar.ContactCreate) (registrar.Receipt, error) {
	if a.Capabilities().Thin {
		return registrar.Receipt{}, Refuse(send.ClTRID, registrar.CodeUnimplemented, "contacts")
	}
	postal, err := a.postal(c.Contact.ContactData)
	if err != nil {
		return registrar.Receipt{}, refuse(send.ClTRID, err)
	}
	code, err := a.authInfo()
	if err != nil {
		return registrar.Receipt{}, &registrar.NotSentError{Cause: err}
	}
	resp, receipt, err := a.Transform(ctx, send, epp.ContactCreate{
		ID: c.Handle, Postal: []epp.PostalInfo{postal}, Voice: c.Contact.Phone, Email: c.Contact.Email, AuthInfo: code,
	})
	if err != nil {
		return receipt, err
	}
	// Some registries give a handle of their own, whatever was asked for.
	if data, err := resp.ContactCreateData(); err == nil && data.Name != "" && data.Name != c.Handle {
		receipt.Handle = data.Name
	}
	return receipt, nil
}

// CreateHost implements registrar.Registry.
func (a *Adapter) CreateHost(ctx context.Context, send registrar.Send, h registrar.HostCreate) (registrar.Receipt, error) {
	if err := a.hostObjects(send); err != nil {
		return registrar.Receipt{}, err
	}
	_, receipt, err := a.Transform(ctx, send, epp.HostCreate{Name: h.Name, Addresses: addresses(h.Addresses)})
	return receipt, err
}

// hostObjects refuses what needs host objects where there are none.
func (a *Adapter) hostObjects(send registrar.Send) error {
	if a.Capabilities().HostModel != registrar.HostObjects {
		return Refuse(send.ClTRID, registrar.CodeUnimplemented, "host objects")
	}
	return nil
}

var errNotLatin = errors.New("this registry takes contact data in unaccented Latin letters only")

// postal chooses the form of an address: the first of the registry's that can
// hold it. "int" holds 7-bit ASCII only (RFC 5733 §2.4).
func (a *Adapter) postal(d registrar.ContactData) (epp.PostalInfo, error) {
	for _, t := range a.cfg.Quirks.PostalTypes {
		if p, err := postalAs(t, d); err == nil {
			return p, nil
		}
	}
	return epp.PostalInfo{}, errNotLatin
}
