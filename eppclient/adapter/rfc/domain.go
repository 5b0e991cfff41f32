package rfc

import (
	"context"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// CheckDomains implements registrar.Registry. A name that the server does not
// answer is Unknown.
func (a *Adapter) CheckDomains(ctx context.Context, names []string) ([]registrar.CheckResult, error) {
	out := make([]registrar.CheckResult, 0, len(names))
	for batch := range slices.Chunk(names, a.cfg.CheckBatch) {
		var ext []epp.Extension
		if a.cfg.Hooks.Check != nil {
			uses, err := a.Uses(ctx, pool.Customer)
			if err != nil {
				return nil, err
			}
			ext = a.cfg.Hooks.Check(uses, batch)
		}
		resp, err := a.Read(ctx, pool.Customer, epp.DomainCheck{Names: batch}, ext...)
		if err != nil {
			return nil, err
		}
		items, err := resp.DomainCheckData()
		if err != nil {
			return nil, &registrar.UnknownOutcomeError{Cause: err}
		}
		for _, name := range batch {
			out = append(out, a.checkResult(name, items))
		}
		if a.cfg.Hooks.Checked != nil {
			a.cfg.Hooks.Checked(a.uses(), resp, out[len(out)-len(batch):])
		}
	}
	return out, nil
}

func (a *Adapter) checkResult(name string, items epp.CheckResult) registrar.CheckResult {
	item, ok := items.For(name)
	if !ok {
		// The server may have answered in U-labels.
		for _, i := range items {
			if n, err := registrar.ParseName(i.Name); err == nil && n.A == name {
				item, ok = i, true
			}
		}
	}
	if !ok {
		return registrar.CheckResult{Name: name, Status: registrar.Unknown, Reason: "The registry did not answer for this name."}
	}
	status := a.cfg.Hooks.Classify(item)
	return registrar.CheckResult{
		Name: name, Status: status, Reason: item.Reason,
		Premium: status == registrar.Reserved && strings.Contains(strings.ToLower(item.Reason), "premium"),
	}
}

// DomainInfo implements registrar.Registry.
func (a *Adapter) DomainInfo(ctx context.Context, name string) (registrar.DomainInfo, error) {
	data, resp, err := a.domainInfo(ctx, name)
	if err != nil {
		return registrar.DomainInfo{}, err
	}
	return a.domainState(data, resp), nil
}

func (a *Adapter) domainInfo(ctx context.Context, name string) (epp.DomainInfoData, *epp.Response, error) {
	resp, err := a.Read(ctx, pool.Bulk, epp.DomainInfo{Name: name})
	if err != nil {
		return epp.DomainInfoData{}, nil, err
	}
	data, err := resp.DomainInfoData()
	if err != nil {
		return epp.DomainInfoData{}, nil, &registrar.UnknownOutcomeError{Cause: err}
	}
	return data, resp, nil
}

// domainState puts what an answer says of a domain into domain words. The answer
// may be a message: its extensions belong to the domain, too.
func (a *Adapter) domainState(data epp.DomainInfoData, resp *epp.Response) registrar.DomainInfo {
	info := registrar.DomainInfo{
		Name:        strings.ToLower(data.Name),
		ROID:        data.ROID,
		Sponsor:     data.Sponsor,
		Ours:        data.Sponsor == a.cfg.ClientID,
		Registrant:  data.Registrant,
		Contacts:    registrar.ContactHandles{},
		NameServers: delegation(data.NameServers),
		Created:     data.Created.Time,
		Updated:     data.Updated.Time,
		Transferred: data.Transferred.Time,
		Expires:     data.Expires.Time,
		ExpiresRaw:  data.Expires.Raw,
		SecDNS:      secDNSState(resp),

		HasTransferCode: data.HasAuthInfo,
	}
	for _, g := range rgp.Info(resp) {
		info.Graces = append(info.Graces, string(g))
	}
	for _, h := range data.Subordinate {
		info.Subordinate = append(info.Subordinate, hostKey(h))
	}
	for _, s := range data.Statuses {
		info.Statuses = append(info.Statuses, s.Value)
	}
	for _, c := range data.Contacts {
		info.Contacts[c.Type] = append(info.Contacts[c.Type], c.ID)
	}
	return info
}

// CreateDomain implements registrar.Registry.
func (a *Adapter) CreateDomain(ctx context.Context, send registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	code, err := a.authInfo()
	if err != nil {
		return registrar.DomainCreated{}, &registrar.NotSentError{Cause: err}
	}
	cmd := epp.DomainCreate{
		Name:        d.Name,
		Period:      epp.Period{Value: d.Years, Unit: "y"},
		NameServers: a.nameServers(d.NameServers),
		Registrant:  d.Registrant,
		Contacts:    domainContacts(d.Contacts),
		AuthInfo:    code,
	}
	ext, err := a.createExtensions(ctx, send, d, &cmd)
	if err != nil {
		return registrar.DomainCreated{}, err
	}
	resp, receipt, err := a.Transform(ctx, send, cmd, ext...)
	if err != nil {
		return registrar.DomainCreated{}, err
	}
	created := registrar.DomainCreated{Receipt: receipt}
	// The create has happened: a success without creData stays a success, whose
	// dates the next info tells.
	if data, err := resp.DomainCreateData(); err == nil {
		created.Created, created.Expires, created.ExpiresRaw = data.Created.Time, data.Expires.Time, data.Expires.Raw
	}
	if _, id, ok := launch.CreateData(resp); ok {
		created.ApplicationID = id
	}
	return created, nil
}

// RenewDomain implements registrar.Registry.
func (a *Adapter) RenewDomain(ctx context.Context, send registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	ext, err := a.consent(ctx, send, registrar.PriceRenew, r.Consent)
	if err != nil {
		return registrar.DomainRenewed{}, err
	}
	resp, receipt, err := a.Transform(ctx, send, epp.DomainRenew{
		Name: r.Name, CurExpDate: r.CurExpiry, Period: epp.Period{Value: r.Years, Unit: "y"},
	}, ext...)
	if err != nil {
		return registrar.DomainRenewed{}, err
	}
	renewed := registrar.DomainRenewed{Receipt: receipt}
	// As with create; years are never added here, the registry tells the date.
	if data, err := resp.DomainRenewData(); err == nil {
		renewed.Expires, renewed.ExpiresRaw = data.Expires.Time, data.Expires.Raw
	}
	return renewed, nil
}

// UpdateNameServers implements registrar.Registry. Where nothing differs,
// nothing is sent and the receipt has no svTRID.
func (a *Adapter) UpdateNameServers(ctx context.Context, send registrar.Send, u registrar.NameServerUpdate) (registrar.Receipt, error) {
	add, rem := difference(u.Want, u.Current), difference(u.Current, u.Want)
	if len(add) == 0 && len(rem) == 0 {
		return registrar.Receipt{ClTRID: send.ClTRID, Code: epp.CodeOK}, nil
	}
	cmd := epp.DomainUpdate{Name: u.Name, Add: epp.DomainItems{NameServers: a.nameServers(add)}}
	if a.Capabilities().HostModel == registrar.HostObjects {
		cmd.Rem.NameServers.Objects = rem
	} else {
		stored, err := a.storedAttrs(ctx, u.Name, rem)
		if err != nil {
			return registrar.Receipt{}, err
		}
		cmd.Rem.NameServers.Attrs = stored
	}
	_, receipt, err := a.Transform(ctx, send, cmd)
	return receipt, err
}

// storedAttrs returns the host attributes to remove exactly as the registry
// stores them: some compare name and addresses.
func (a *Adapter) storedAttrs(ctx context.Context, domain string, hosts []string) ([]epp.HostAttr, error) {
	if len(hosts) == 0 {
		return nil, nil
	}
	data, _, err := a.domainInfo(ctx, domain)
	if err != nil {
		return nil, notYetSent(err)
	}
	var out []epp.HostAttr
	for _, attr := range data.NameServers.Attrs {
		if slices.Contains(hosts, hostKey(attr.Name)) {
			out = append(out, attr)
		}
	}
	return out, nil
}

// notYetSent turns the unknown outcome of a read that precedes a transform
// into what it means for the transform.
func notYetSent(err error) error {
	if registrar.ResultCode(err) != 0 {
		return err
	}
	return &registrar.NotSentError{Cause: err}
}

// nameServers writes a delegation the way the registry wants it.
func (a *Adapter) nameServers(hosts []string) epp.NameServers {
	if a.Capabilities().HostModel == registrar.HostObjects {
		return epp.NameServers{Objects: hosts}
	}
	var ns epp.NameServers
	for _, h := range hosts {
		ns.Attrs = append(ns.Attrs, epp.HostAttr{Name: h})
	}
	return ns
}

// delegation returns the names of all name servers, in lower case.
func delegation(ns epp.NameServers) []string {
	var out []string
	for _, h := range ns.Objects {
		out = append(out, hostKey(h))
	}
	for _, h := range ns.Attrs {
		out = append(out, hostKey(h.Name))
	}
	return out
}

// difference returns what of a is not in b.
func difference(a, b []string) []string {
	have := make(map[string]bool, len(b))
	for _, h := range b {
		have[hostKey(h)] = true
	}
	var out []string
	for _, h := range a {
		if key := hostKey(h); !have[key] {
			have[key] = true // a host named twice is sent once
			out = append(out, key)
		}
	}
	return out
}

func hostKey(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// domainContacts lists the contacts in a fixed order.
func domainContacts(contacts map[string]string) []epp.DomainContact {
	all := registrar.ContactHandles{}
	for role, id := range contacts {
		if id != "" {
			all[role] = []string{id}
		}
	}
	return contactLinks(all)
}

// contactLinks lists the contacts in a fixed order.
func contactLinks(contacts registrar.ContactHandles) []epp.DomainContact {
	var out []epp.DomainContact
	for _, role := range []string{registrar.RoleAdmin, registrar.RoleTech, registrar.RoleBilling} {
		for _, id := range contacts[role] {
			out = append(out, epp.DomainContact{Type: role, ID: id})
		}
	}
	return out
}
