package registrytest

import (
	"context"
	"crypto/rand"
	"slices"
	"sort"
	"strings"

	"github.com/indera/indera/registrar"
)

// host is a host object.
type host struct{ addresses []string }

// inGrace reports whether a deletion takes the name back at once (Caps.AddGrace).
func (m *Memory) inGrace(d *registrar.DomainInfo) bool {
	return m.Clock.Now().Before(d.Created.Add(m.Caps.AddGrace))
}

// Purge removes a name that is pendingDelete, as the registry does some day.
func (m *Memory) Purge(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(name)
}

// drop removes a name; contacts and hosts stay.
func (m *Memory) drop(name string) {
	delete(m.domains, name)
	delete(m.codes, name)
}

// Code returns the transfer code that the registry holds, "" for none.
func (m *Memory) Code(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.codes[name]
}

// Contact returns what the registry holds of a contact, nil for none.
func (m *Memory) Contact(handle string) *registrar.ContactData {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.contacts[handle]; c != nil {
		data := *c
		return &data
	}
	return nil
}

// Host returns the addresses of a host; ok is false when there is none.
func (m *Memory) Host(name string) (addresses []string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.hosts[name]
	if h == nil {
		return nil, false
	}
	return slices.Clone(h.addresses), true
}

// SetStatuses replaces the statuses of a name, as the registry's own staff may.
func (m *Memory) SetStatuses(name string, statuses ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.domains[name].Statuses = statuses
}

func (m *Memory) linked(name string) bool {
	for _, d := range m.domains {
		if slices.Contains(d.NameServers, name) {
			return true
		}
	}
	return false
}

func (m *Memory) subordinate(domain string) []string {
	var out []string
	for h := range m.hosts {
		if strings.HasSuffix(h, "."+domain) {
			out = append(out, h)
		}
	}
	sort.Strings(out)
	return out
}

// superordinate returns the domain here that a host lies below, or nil.
func (m *Memory) superordinate(name string) *registrar.DomainInfo {
	for _, d := range m.domains {
		if strings.HasSuffix(name, "."+d.Name) {
			return d
		}
	}
	return nil
}

// addHost is as strict as RFC 5732 §3.2.1: glue belongs to hosts below a name of
// ours, and to no other.
func (m *Memory) addHost(name string, addresses []string) error {
	parent := m.superordinate(name)
	switch {
	case parent == nil && len(addresses) > 0:
		return refuse(2306, "an external host carries no address")
	case parent != nil && !parent.Ours:
		return refuse(2201, "superordinate domain of another client")
	case parent != nil && len(addresses) == 0:
		return refuse(2003, "an internal host needs an address")
	}
	m.hosts[name] = &host{addresses: slices.Clone(addresses)}
	return nil
}

// UpdateDomain changes statuses, contacts and code; all or nothing.
func (m *Memory) UpdateDomain(ctx context.Context, send registrar.Send, u registrar.DomainUpdate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbDomainUpdate, u.Name, func() error {
		d, err := m.ours(u.Name)
		if err != nil {
			return err
		}
		if err := m.mayUpdate(d, u); err != nil {
			return err
		}
		statuses, err := changeSet(d.Statuses, u.AddStatuses, u.RemStatuses)
		if err != nil {
			return err
		}
		if u.Registrant != "" && m.contacts[u.Registrant] == nil {
			return missing(u.Registrant)
		}
		contacts, err := m.changeContacts(d.Contacts, u)
		if err != nil {
			return err
		}
		d.Statuses, d.Contacts = statuses, contacts
		if u.Registrant != "" {
			d.Registrant = u.Registrant
		}
		if u.TransferCode != nil {
			m.codes[u.Name] = u.TransferCode.Reveal()
		}
		d.Updated = m.Clock.Now().UTC()
		return nil
	})
}

// mayUpdate: with clientUpdateProhibited the only update is the one that takes
// it away, and nothing else (RFC 5731 §2.3).
func (m *Memory) mayUpdate(d *registrar.DomainInfo, u registrar.DomainUpdate) error {
	alone := len(u.AddStatuses)+len(u.AddContacts)+len(u.RemContacts) == 0 && u.Registrant == "" && u.TransferCode == nil &&
		slices.Equal(u.RemStatuses, []string{"clientUpdateProhibited"})
	if slices.Contains(d.Statuses, "clientUpdateProhibited") && !alone {
		return refuse(2304, "clientUpdateProhibited")
	}
	if slices.Contains(d.Statuses, "serverUpdateProhibited") {
		return refuse(2304, "serverUpdateProhibited")
	}
	for _, s := range slices.Concat(u.AddStatuses, u.RemStatuses) {
		if !strings.HasPrefix(s, "client") {
			return refuse(2306, s+" is set by the server only")
		}
	}
	return nil
}

// changeSet refuses to add what is there and to remove what is not.
func changeSet(have, add, rem []string) ([]string, error) {
	out := slices.DeleteFunc(slices.Clone(have), func(s string) bool { return s == "ok" })
	for _, s := range rem {
		i := slices.Index(out, s)
		if i < 0 {
			return nil, refuse(2306, s+" is not there")
		}
		out = slices.Delete(out, i, i+1)
	}
	for _, s := range add {
		if slices.Contains(out, s) {
			return nil, refuse(2306, s+" is there already")
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		out = []string{"ok"}
	}
	return out, nil
}

func (m *Memory) changeContacts(have registrar.ContactHandles, u registrar.DomainUpdate) (registrar.ContactHandles, error) {
	out := registrar.ContactHandles{}
	for role, handles := range have {
		out[role] = slices.Clone(handles)
	}
	for role, handles := range u.RemContacts {
		for _, h := range handles {
			if !out.Has(role, h) {
				return nil, refuse(2306, h+" is not there as "+role)
			}
			out[role] = slices.DeleteFunc(out[role], func(o string) bool { return strings.EqualFold(o, h) })
		}
	}
	for role, handles := range u.AddContacts {
		for _, h := range handles {
			if m.contacts[h] == nil {
				return nil, missing(h)
			}
			if len(out[role]) > 0 {
				return nil, refuse(2306, "there is one as "+role)
			}
			out[role] = append(out[role], h)
		}
	}
	return out, nil
}

// DeleteDomain purges within the grace period and leaves pendingDelete after it.
func (m *Memory) DeleteDomain(ctx context.Context, send registrar.Send, name string) (registrar.Receipt, error) {
	pending := false
	r, err := m.transform(ctx, send, registrar.VerbDomainDelete, name, func() error {
		d, err := m.ours(name)
		if err != nil {
			return err
		}
		for _, s := range []string{"clientDeleteProhibited", "serverDeleteProhibited"} {
			if slices.Contains(d.Statuses, s) {
				return refuse(2304, s)
			}
		}
		if len(m.subordinate(name)) > 0 {
			return refuse(2305, "subordinate hosts exist")
		}
		if m.inGrace(d) {
			m.drop(name)
			return nil
		}
		pending, d.Statuses, d.Updated = true, append(slices.Clone(d.Statuses), "pendingDelete"), m.Clock.Now().UTC()
		return nil
	})
	if err == nil && pending {
		r.Code, r.Pending = registrar.CodePending, true
	}
	return r, err
}

// UpdateContact replaces the data of a contact.
func (m *Memory) UpdateContact(ctx context.Context, send registrar.Send, c registrar.ContactUpdate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbContactUpdate, c.Handle, func() error {
		if m.contacts[c.Handle] == nil {
			return missing(c.Handle)
		}
		data := c.Contact.ContactData
		m.contacts[c.Handle] = &data
		return nil
	})
}

// UpdateHost changes addresses and name.
func (m *Memory) UpdateHost(ctx context.Context, send registrar.Send, u registrar.HostUpdate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbHostUpdate, u.Name, func() error {
		h := m.hosts[u.Name]
		if h == nil {
			return missing(u.Name)
		}
		if u.NewName == "" {
			return m.addHost(u.Name, u.Want)
		}
		if m.hosts[u.NewName] != nil {
			return refuse(registrar.CodeObjectExists, "exists")
		}
		if err := m.addHost(u.NewName, u.Want); err != nil {
			return err
		}
		delete(m.hosts, u.Name)
		for _, d := range m.domains {
			if i := slices.Index(d.NameServers, u.Name); i >= 0 {
				d.NameServers[i] = u.NewName
			}
		}
		return nil
	})
}

// DeleteHost deletes a host that nothing delegates to.
func (m *Memory) DeleteHost(ctx context.Context, send registrar.Send, name string) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbHostDelete, name, func() error {
		if m.hosts[name] == nil {
			return missing(name)
		}
		if m.linked(name) {
			return refuse(2305, "linked")
		}
		delete(m.hosts, name)
		return nil
	})
}

// NewTransferCode makes a code.
func (m *Memory) NewTransferCode() (registrar.Secret, error) {
	return registrar.Secret(rand.Text()), nil // 128 bits at least
}

// VerifyTransferCode compares codes; an unset one matches nothing.
func (m *Memory) VerifyTransferCode(_ context.Context, name string, code registrar.Secret) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.down:
		return false, m.unreachable()
	case m.domains[name] == nil:
		return false, missing(name)
	}
	return m.codes[name] != "" && m.codes[name] == code.Reveal(), nil
}
