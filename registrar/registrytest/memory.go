// Package registrytest holds a registry in memory for tests of the engine and
// its faces. It is strict where money and names hang on it: objects must exist,
// curExpDate must match, sponsors matter, every transform is counted. The real
// wire is tested against eppclient/sandbox.
package registrytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
)

// Fault makes the next matching transform go wrong.
type Fault struct {
	Verb   registrar.Verb // "" = any
	Kind   FaultKind
	Code   int    // for FaultCode
	Reason string // for FaultCode

	after int // transforms that pass before
}

// FaultKind names what goes wrong.
type FaultKind string

// Fault kinds.
const (
	FaultBefore FaultKind = "before" // the connection breaks before execution
	FaultAfter  FaultKind = "after"  // executed, but no answer arrives
	FaultCode   FaultKind = "code"   // answered with Code, not executed
	FaultDown   FaultKind = "down"   // can't be reached: nothing is sent
	FaultLate   FaultKind = "late"   // the connection breaks; executed when RunLate is called
	FaultHang   FaultKind = "hang"   // sent, and no answer until the caller gives up
	FaultPlain  FaultKind = "plain"  // the adapter fails in a way the port does not know; nothing is sent

	// FaultPending is answered 1001 and executed when Decide says so; the object
	// shows a pending status meanwhile. FaultHidden shows nothing.
	FaultPending FaultKind = "pending"
	FaultHidden  FaultKind = "hidden"
)

// Memory is a registry account in memory.
type Memory struct {
	Caps  registrar.Capabilities
	Clock clockwork.Clock

	mu       sync.Mutex
	listed   []string // what Names answers
	listErr  error
	domains  map[string]*registrar.DomainInfo
	contacts map[string]*registrar.ContactData
	hosts    map[string]*host
	codes    map[string]string // transfer codes by domain
	faults   []Fault
	// Executed counts executed transforms by "verb object".
	executed map[string]int
	reserved map[string]string
	down     bool
	onCheck  func(context.Context)
	evil     evil
	more     more
}

var _ registrar.Registry = (*Memory)(nil)

// NewMemory returns an empty registry that knows the given external hosts.
func NewMemory(clock clockwork.Clock) *Memory {
	return &Memory{
		Clock: clock,
		Caps: registrar.Capabilities{
			Dialect: "memory", ContactModel: registrar.ContactsRequired, ContactRoles: []string{registrar.RoleTech},
			HostModel: registrar.HostObjects, CheckBatch: 10, MinYears: 1, MaxYears: 10, MaxNameServers: 13, MaxSessions: 4,
		},
		domains: map[string]*registrar.DomainInfo{}, contacts: map[string]*registrar.ContactData{}, hosts: map[string]*host{}, codes: map[string]string{},
		executed: map[string]int{}, reserved: map[string]string{},
	}
}

// Inject queues faults; each is used up by one matching transform.
func (m *Memory) Inject(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, faults...)
}

// InjectAfter lets n transforms of any verb pass before the fault.
func (m *Memory) InjectAfter(n int, f Fault) {
	f.after = n
	m.Inject(f)
}

// SetDown makes every call fail as unreachable.
func (m *Memory) SetDown(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

// Reserve makes a name unavailable as reserved.
func (m *Memory) Reserve(name, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reserved[name] = reason
}

// Put places a domain as if it had come to be by other means.
func (m *Memory) Put(info registrar.DomainInfo) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.domains[info.Name] = &info
}

// Executed returns how often "verb object" was executed.
func (m *Memory) Executed(verb registrar.Verb, object string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.executed[string(verb)+" "+object]
}

// Domain returns what the registry has, or nil.
func (m *Memory) Domain(name string) *registrar.DomainInfo {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, ok := m.domains[name]; ok {
		c := *d
		return &c
	}
	return nil
}

// Capabilities returns Caps.
func (m *Memory) Capabilities() registrar.Capabilities { return m.Caps }

var errBroken = errors.New("connection broken")

func (m *Memory) unreachable() error { return &registrar.NotSentError{Cause: errBroken} }

// CheckDomains answers availability.
func (m *Memory) CheckDomains(ctx context.Context, names []string) ([]registrar.CheckResult, error) {
	m.mu.Lock()
	wait := m.onCheck
	m.mu.Unlock()
	if wait != nil {
		wait(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, m.unreachable()
	}
	var out []registrar.CheckResult
	for _, n := range names {
		r := registrar.CheckResult{Name: n, Status: registrar.Available}
		if reason, ok := m.reserved[n]; ok {
			r.Status, r.Reason = registrar.Reserved, reason
		} else if _, ok := m.domains[n]; ok {
			r.Status, r.Reason = registrar.Registered, "In use"
		}
		out = append(out, r)
	}
	return out, ctx.Err()
}

func missing(what string) error {
	return &registrar.ResultError{Code: registrar.CodeObjectDoesNotExist, Msg: "Object does not exist", Reason: what}
}

// OnCheck makes each check call fn first, which may wait; nil ends it.
func (m *Memory) OnCheck(fn func(ctx context.Context)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onCheck = fn
}

// DomainInfo reads a domain.
func (m *Memory) DomainInfo(_ context.Context, name string) (registrar.DomainInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return registrar.DomainInfo{}, m.unreachable()
	}
	if code := m.evil.infoCodes[name]; code != 0 {
		return registrar.DomainInfo{}, refuse(code, "as injected")
	}
	if m.evil.stale != nil {
		return m.evil.staleInfo(name)
	}
	d, ok := m.domains[name]
	if !ok {
		return registrar.DomainInfo{}, missing(name)
	}
	info := *d
	info.Statuses, info.Subordinate, info.HasTransferCode = slices.Clone(d.Statuses), m.subordinate(name), m.codes[name] != ""
	return info, nil
}

// ContactInfo reads a contact.
func (m *Memory) ContactInfo(_ context.Context, handle string) (registrar.ContactInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return registrar.ContactInfo{}, m.unreachable()
	}
	data := m.contacts[handle]
	if data == nil {
		return registrar.ContactInfo{}, missing(handle)
	}
	return registrar.ContactInfo{Handle: handle, Ours: true, Data: *data}, nil
}

// HostInfo reads a host.
func (m *Memory) HostInfo(_ context.Context, name string) (registrar.HostInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return registrar.HostInfo{}, m.unreachable()
	}
	h := m.hosts[name]
	if h == nil {
		return registrar.HostInfo{}, missing(name)
	}
	return registrar.HostInfo{Name: name, Ours: true, Addresses: slices.Clone(h.addresses), Linked: m.linked(name)}, nil
}

// transform runs one transform with its faults. do executes under the lock.
func (m *Memory) transform(ctx context.Context, send registrar.Send, verb registrar.Verb, object string, do func() error) (registrar.Receipt, error) {
	fault, down := m.take(verb)
	if down {
		return registrar.Receipt{}, m.unreachable()
	}
	if fault.Kind == FaultPlain {
		return registrar.Receipt{}, errPlain
	}
	if send.BeforeSend != nil {
		if err := send.BeforeSend(ctx); err != nil {
			return registrar.Receipt{}, &registrar.NotSentError{Cause: err}
		}
	}
	switch fault.Kind {
	case FaultBefore:
		return registrar.Receipt{}, &registrar.UnknownOutcomeError{Cause: errBroken}
	case FaultCode:
		return registrar.Receipt{}, &registrar.ResultError{Code: fault.Code, Msg: "as injected", Reason: fault.Reason, ClTRID: send.ClTRID}
	case FaultLate, FaultHang, FaultPending, FaultHidden:
		return m.later(ctx, send, fault, verb, object, do)
	}
	m.mu.Lock()
	err := do()
	if err == nil {
		m.executed[string(verb)+" "+object]++
	}
	m.mu.Unlock()
	if fault.Kind == FaultAfter {
		return registrar.Receipt{}, &registrar.UnknownOutcomeError{Cause: errBroken}
	}
	return registrar.Receipt{ClTRID: send.ClTRID, SvTRID: "mem-" + send.ClTRID, Code: registrar.CodeOK}, err
}

func (m *Memory) take(verb registrar.Verb) (Fault, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return Fault{}, true
	}
	for i, f := range m.faults {
		if f.Verb == "" || f.Verb == verb {
			if m.faults[i].after--; f.after > 0 {
				continue
			}
			m.faults = slices.Delete(m.faults, i, i+1)
			return f, f.Kind == FaultDown
		}
	}
	return Fault{}, false
}

func refuse(code int, msg string) error { return &registrar.ResultError{Code: code, Msg: msg} }

// CreateContact creates a contact.
func (m *Memory) CreateContact(ctx context.Context, send registrar.Send, c registrar.ContactCreate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbContactCreate, c.Handle, func() error {
		if m.contacts[c.Handle] != nil {
			return refuse(registrar.CodeObjectExists, "exists")
		}
		data := c.Contact.ContactData
		m.contacts[c.Handle] = &data
		return nil
	})
}

// CreateHost creates a host.
func (m *Memory) CreateHost(ctx context.Context, send registrar.Send, h registrar.HostCreate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbHostCreate, h.Name, func() error {
		if m.hosts[h.Name] != nil {
			return refuse(registrar.CodeObjectExists, "exists")
		}
		return m.addHost(h.Name, h.Addresses)
	})
}

// CreateDomain creates a domain.
func (m *Memory) CreateDomain(ctx context.Context, send registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	var out registrar.DomainCreated
	r, err := m.transform(ctx, send, registrar.VerbDomainCreate, d.Name, func() error {
		if _, ok := m.domains[d.Name]; ok {
			return refuse(registrar.CodeObjectExists, "exists")
		}
		if m.contacts[d.Registrant] == nil {
			return missing(d.Registrant)
		}
		if err := m.hostsExist(d.NameServers); err != nil {
			return err
		}
		now := m.Clock.Now().UTC()
		exp := now.AddDate(d.Years, 0, 0)
		m.domains[d.Name] = &registrar.DomainInfo{
			Name: d.Name, ROID: fmt.Sprintf("D%d-MEM", len(m.domains)+1), Sponsor: "us", Ours: true, Statuses: []string{"ok"},
			Registrant: d.Registrant, Contacts: handles(d.Contacts), SecDNS: d.SecDNS, NameServers: slices.Clone(d.NameServers), Created: now, Expires: exp,
			ExpiresRaw: exp.Format(time.RFC3339),
		}
		out.Created, out.Expires, out.ExpiresRaw = now, exp, exp.Format(time.RFC3339)
		return nil
	})
	out.Receipt = r
	return out, err
}

func handles(contacts map[string]string) registrar.ContactHandles {
	out := registrar.ContactHandles{}
	for role, h := range contacts {
		out[role] = []string{h}
	}
	return out
}

func (m *Memory) hostsExist(hosts []string) error {
	for _, h := range hosts {
		if m.hosts[h] == nil {
			return missing(h)
		}
	}
	return nil
}

func (m *Memory) ours(name string) (*registrar.DomainInfo, error) {
	d, ok := m.domains[name]
	if !ok {
		return nil, missing(name)
	}
	if !d.Ours {
		return nil, refuse(2201, "not sponsored")
	}
	if slices.Contains(d.Statuses, "pendingDelete") {
		return nil, refuse(2304, "pendingDelete")
	}
	return d, nil
}

// RenewDomain renews a domain.
func (m *Memory) RenewDomain(ctx context.Context, send registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	var out registrar.DomainRenewed
	receipt, err := m.transform(ctx, send, registrar.VerbDomainRenew, r.Name, func() error {
		d, err := m.ours(r.Name)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(d.ExpiresRaw, r.CurExpiry) {
			return refuse(2004, "wrong curExpDate")
		}
		d.Expires = d.Expires.AddDate(r.Years, 0, 0)
		d.ExpiresRaw = d.Expires.Format(time.RFC3339)
		d.Updated = m.Clock.Now().UTC()
		out.Expires, out.ExpiresRaw = d.Expires, d.ExpiresRaw
		return nil
	})
	out.Receipt = receipt
	return out, err
}

// UpdateNameServers changes a delegation.
func (m *Memory) UpdateNameServers(ctx context.Context, send registrar.Send, u registrar.NameServerUpdate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbDomainUpdate, u.Name, func() error {
		d, err := m.ours(u.Name)
		if err != nil {
			return err
		}
		if slices.Contains(d.Statuses, "clientUpdateProhibited") {
			return refuse(2304, "clientUpdateProhibited")
		}
		if err := m.hostsExist(u.Want); err != nil {
			return err
		}
		d.NameServers = slices.Clone(u.Want)
		d.Updated = m.Clock.Now().UTC()
		return nil
	})
}
