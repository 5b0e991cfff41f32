package fred

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// DomainInfo implements registrar.Registry: the domain with what its sets hold.
func (a *Adapter) DomainInfo(ctx context.Context, name string) (registrar.DomainInfo, error) {
	s, err := a.read(ctx, name)
	if err != nil {
		return registrar.DomainInfo{}, err
	}
	info := registrar.DomainInfo{
		Name: hostKey(s.ID), ROID: s.ROID, Sponsor: s.Sponsor, Ours: s.Sponsor == a.clientID, Registrant: handle(s.Registrant),
		Contacts: registrar.ContactHandles{}, Created: s.Created.Time, Updated: s.Updated.Time, Transferred: s.Transferred.Time,
		Expires: s.Expires.Time, ExpiresRaw: s.Expires.Raw, HasTransferCode: s.HasAuthInfo,
	}
	for _, st := range s.Statuses {
		info.Statuses = append(info.Statuses, st.Value)
	}
	for _, admin := range s.Admins {
		info.Contacts[registrar.RoleAdmin] = append(info.Contacts[registrar.RoleAdmin], handle(admin))
	}
	if s.nsset != nil {
		for _, ns := range s.nsset.Servers {
			info.NameServers = append(info.NameServers, hostKey(ns.Name))
		}
	}
	if s.keyset != nil {
		info.SecDNS.Unreadable = s.keyset.Unreadable
		for _, k := range s.keyset.Keys {
			info.SecDNS.Keys = append(info.SecDNS.Keys, registrar.DNSKey{Flags: k.Flags, Protocol: k.Protocol, Algorithm: k.Algorithm, PublicKey: k.PublicKey})
		}
	}
	return info, nil
}

// CreateDomain implements registrar.Registry. The sets are made first; they are shared
// and named after what they hold, so a create that comes again finds them.
func (a *Adapter) CreateDomain(ctx context.Context, send registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	ext, err := a.createExtensions(ctx, send, d)
	if err != nil {
		return registrar.DomainCreated{}, err
	}
	cmd := fred.DomainCreate{Name: d.Name, Registrant: d.Registrant, Period: epp.Period{Value: d.Years, Unit: "y"}}
	if admin := d.Contacts[registrar.RoleAdmin]; admin != "" {
		cmd.Admins = []string{admin}
	}
	tech := first([]string{a.own.tech, d.Contacts[registrar.RoleTech], d.Contacts[registrar.RoleAdmin], d.Registrant})
	j := a.begin(send)
	if len(d.NameServers) > 0 {
		if cmd.Nsset, err = j.ensureNsset(ctx, servers(d.NameServers, nil), tech); err != nil {
			return registrar.DomainCreated{}, err
		}
	}
	if d.SecDNS.Signed() {
		if cmd.Keyset, err = j.ensureKeyset(ctx, keys(d.SecDNS), tech); err != nil {
			return registrar.DomainCreated{}, err
		}
	}
	resp, receipt, err := a.Transform(ctx, j.send, cmd, ext...)
	if err != nil {
		return registrar.DomainCreated{}, err
	}
	created := registrar.DomainCreated{Receipt: receipt}
	// A success without creData stays a success, whose dates the next info tells.
	if data, err := fred.CreateData(resp, fred.Domain); err == nil {
		created.Created, created.Expires, created.ExpiresRaw = data.Created.Time, data.Expires.Time, data.Expires.Raw
	}
	return created, nil
}

// createExtensions refuses what FRED has not, and writes what it has.
func (a *Adapter) createExtensions(ctx context.Context, send registrar.Send, d registrar.DomainCreate) ([]epp.Extension, error) {
	for _, no := range []struct {
		asked bool
		what  string
	}{
		{d.Consent != nil, "prices to agree to"}, {d.Launch != nil, "launch phases"}, {d.Token != "", "allocation tokens"},
		{d.IDNTable != "", "IDN tables"}, {len(d.SecDNS.DS) > 0, "DS records, it takes keys"}, {d.SecDNS.MaxSigLife != 0, "limit of signatures"},
	} {
		if no.asked {
			return nil, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, no.what)
		}
	}
	if len(d.Fields) == 0 {
		return nil, nil
	}
	x := fred.Validation{Verb: "create"}
	for name, value := range d.Fields {
		switch name {
		case FieldValidUntil:
			x.Until = value
		case FieldPublish:
			yes, err := strconv.ParseBool(value)
			if err != nil {
				return nil, invalid(send, FieldPublish+" is neither true nor false")
			}
			x.Publish = &yes
		default:
			return nil, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "field "+name)
		}
	}
	if err := a.needsValidation(ctx, send); err != nil {
		return nil, err
	}
	return []epp.Extension{x}, nil
}

func (a *Adapter) needsValidation(ctx context.Context, send registrar.Send) error {
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return err
	}
	if !uses.Has(fred.EnumvalNamespace) {
		return rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "validation of telephone numbers")
	}
	return nil
}

// Validate prolongs the validation of an ENUM domain until a date, YYYY-MM-DD. A zero
// publish leaves the directory as it is.
func (a *Adapter) Validate(ctx context.Context, send registrar.Send, name, until string, publish *bool) (registrar.Receipt, error) {
	if err := a.needsValidation(ctx, send); err != nil {
		return registrar.Receipt{}, err
	}
	_, receipt, err := a.Transform(ctx, send, fred.DomainUpdate{Name: name}, fred.ValidationUpdate{Until: until, Publish: publish})
	return receipt, err
}

// UpdateNameServers implements registrar.Registry by a link to another set. Where
// nothing differs, nothing is sent and the receipt has no svTRID.
func (a *Adapter) UpdateNameServers(ctx context.Context, send registrar.Send, u registrar.NameServerUpdate) (registrar.Receipt, error) {
	s, err := a.read(ctx, u.Name)
	if err != nil {
		return registrar.Receipt{}, before(err)
	}
	want := servers(u.Want, s.nsset)
	if s.nsset == nil && len(want) == 0 || s.nsset != nil && serverText(want) == serverText(tidy(s.nsset.Servers)) {
		return none(send), nil
	}
	j, handle := a.begin(send), ""
	if len(want) > 0 {
		if handle, err = j.ensureNsset(ctx, want, a.tech(s)); err != nil {
			return registrar.Receipt{}, err
		}
	}
	return j.link(ctx, u.Name, fred.DomainChange{Nsset: &handle})
}

// UpdateSecDNS implements registrar.Registry by a link to another set.
func (a *Adapter) UpdateSecDNS(ctx context.Context, send registrar.Send, u registrar.SecDNSUpdate) (registrar.Receipt, error) {
	switch {
	case len(u.Want.DS) > 0:
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "DS records, it takes keys")
	case u.Urgent, u.Want.MaxSigLife != 0:
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "urgency or limit of signatures")
	}
	s, err := a.read(ctx, u.Name)
	if err != nil {
		return registrar.Receipt{}, before(err)
	}
	want := keys(u.Want)
	if s.keyset == nil && len(want) == 0 || s.keyset != nil && s.keyset.Unreadable == 0 && len(want) > 0 && keyText(want) == keyText(s.keyset.Keys) {
		return none(send), nil
	}
	j, handle := a.begin(send), ""
	if len(want) > 0 {
		if handle, err = j.ensureKeyset(ctx, want, a.tech(s)); err != nil {
			return registrar.Receipt{}, err
		}
	}
	return j.link(ctx, u.Name, fred.DomainChange{Keyset: &handle})
}

func (j *job) link(ctx context.Context, name string, chg fred.DomainChange) (registrar.Receipt, error) {
	_, receipt, err := j.Transform(ctx, j.send, fred.DomainUpdate{Name: name, Chg: chg})
	return receipt, err
}

// UpdateDomain implements registrar.Registry. There are no statuses to set, and no
// contacts but the registrant and admins. Unsetting the code puts one in its place
// that nobody knows.
func (a *Adapter) UpdateDomain(ctx context.Context, send registrar.Send, u registrar.DomainUpdate) (registrar.Receipt, error) {
	if len(u.AddStatuses)+len(u.RemStatuses) > 0 {
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "statuses for registrars to set")
	}
	for _, links := range []registrar.ContactHandles{u.AddContacts, u.RemContacts} {
		for role, list := range links {
			if role != registrar.RoleAdmin && len(list) > 0 {
				return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, role+" contact of a name")
			}
		}
	}
	code, err := a.code(u.TransferCode)
	if err != nil {
		return registrar.Receipt{}, &registrar.NotSentError{Cause: err}
	}
	cmd := fred.DomainUpdate{
		Name: u.Name, AddAdmins: u.AddContacts[registrar.RoleAdmin], RemAdmins: u.RemContacts[registrar.RoleAdmin],
		Chg: fred.DomainChange{Registrant: u.Registrant, AuthInfo: code},
	}
	if cmd.Empty() {
		return none(send), nil
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	return receipt, err
}

// code is the code to set, nil for none.
func (a *Adapter) code(c *registrar.Secret) (*epp.Secret, error) {
	if c == nil {
		return nil, nil
	}
	value := *c
	if value == "" {
		var err error
		if value, err = a.NewTransferCode(); err != nil {
			return nil, err
		}
	}
	out := epp.Secret(value.Reveal())
	return &out, nil
}

// VerifyTransferCode implements registrar.Registry: an info with the wrong code is
// answered 2202.
func (a *Adapter) VerifyTransferCode(ctx context.Context, name string, code registrar.Secret) (bool, error) {
	_, err := a.Read(ctx, pool.Bulk, fred.Info{Kind: fred.Domain, ID: name, AuthInfo: epp.Secret(code.Reveal())})
	if registrar.ResultCode(err) == codeInvalidAuthInfo {
		return false, nil
	}
	return err == nil, err
}

const codeInvalidAuthInfo = 2202 // RFC 5730 §3

// Transfer implements registrar.Registry. A request with the right code is done at
// once: that of the name, of its registrant or of an admin contact.
func (a *Adapter) Transfer(ctx context.Context, send registrar.Send, t registrar.TransferCommand) (registrar.Transferred, error) {
	cmd := fred.Transfer{ID: t.Object.ID, AuthInfo: epp.Secret(t.Code.Reveal())}
	switch {
	case t.Op != registrar.TransferRequest:
		return registrar.Transferred{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplemented, "transfers to decide")
	case t.Years > 0, t.Consent != nil, t.Token != "":
		return registrar.Transferred{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "years, prices or tokens of a transfer")
	case t.Object.Kind == registrar.ObjectDomain:
		cmd.Kind = fred.Domain
	case t.Object.Kind == registrar.ObjectContact:
		cmd.Kind = fred.Contact
	case t.Object.Kind == registrar.ObjectOther: // a set is known by its handle alone
		return registrar.Transferred{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "way to tell which set is meant")
	default:
		return registrar.Transferred{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "such object")
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	if err != nil {
		return registrar.Transferred{}, err
	}
	return registrar.Transferred{Receipt: receipt, Transfer: registrar.Transfer{Object: t.Object}}, nil
}

// TransferState implements registrar.Registry: transfers are over when they are asked
// for, so that <info> tells.
func (a *Adapter) TransferState(context.Context, registrar.ObjectRef, registrar.Secret) (registrar.Transfer, error) {
	return registrar.Transfer{}, rfc.Refuse("", registrar.CodeUnimplemented, "transfers that last")
}

// SendTransferCode has the registry make a new code for a name or contact and mail it
// to the holder. Anybody may ask.
func (a *Adapter) SendTransferCode(ctx context.Context, send registrar.Send, o registrar.ObjectRef) (registrar.Receipt, error) {
	cmd := fred.SendAuthInfo{Kind: fred.Domain, ID: o.ID}
	switch o.Kind {
	case registrar.ObjectDomain:
	case registrar.ObjectContact:
		cmd.Kind = fred.Contact
	default:
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "such object")
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	return receipt, err
}

// Names implements registrar.NameLister: it lists the names that the registry has for our account, in its order. The
// registry keeps one list for the account: when another process of ours asks at the
// same time, the count does not fit and the outcome is unknown.
func (a *Adapter) Names(ctx context.Context) ([]string, error) {
	a.list.Lock()
	defer a.list.Unlock()
	resp, err := a.Read(ctx, pool.Bulk, fred.List{Op: fred.ListDomains})
	if err != nil {
		return nil, err
	}
	count, err := readable(fred.ListCount(resp))
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		if resp, err = a.Read(ctx, pool.Bulk, fred.GetResults{}); err != nil {
			return nil, err
		}
		items, err := readable(fred.Results(resp))
		if err != nil {
			return nil, err
		}
		if len(items) == 0 || len(out) > count {
			break
		}
		for _, name := range items {
			out = append(out, strings.ToLower(name))
		}
	}
	if len(out) != count {
		return nil, &registrar.UnknownOutcomeError{Cause: errListChanged}
	}
	return slices.Clip(out), nil
}
