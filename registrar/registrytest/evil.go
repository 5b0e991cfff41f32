package registrytest

import (
	"context"
	"errors"
	"slices"

	"github.com/indera/indera/registrar"
)

// evil is what a registry may do beside answering at once and truthfully.
type evil struct {
	late      []func()       // executed by RunLate
	pending   []func(bool)   // decided by Decide
	infoCodes map[string]int // domain → code that <info> is answered with
	stale     map[string]registrar.DomainInfo
}

var errPlain = errors.New("the adapter stumbled")

// later handles the faults whose execution comes later or never.
func (m *Memory) later(ctx context.Context, send registrar.Send, fault Fault, verb registrar.Verb, object string, do func() error) (registrar.Receipt, error) {
	run := func() {
		if do() == nil {
			m.executed[string(verb)+" "+object]++
		}
	}
	switch fault.Kind {
	case FaultHang:
		<-ctx.Done()
		return registrar.Receipt{}, &registrar.UnknownOutcomeError{Cause: ctx.Err()}
	case FaultLate:
		m.mu.Lock()
		m.evil.late = append(m.evil.late, run)
		m.mu.Unlock()
		return registrar.Receipt{}, &registrar.UnknownOutcomeError{Cause: errBroken}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	undo := func() {}
	if fault.Kind == FaultPending {
		undo = m.showPending(verb, object)
	}
	m.evil.pending = append(m.evil.pending, func(yes bool) {
		undo()
		if yes {
			run()
		}
	})
	return registrar.Receipt{ClTRID: send.ClTRID, SvTRID: "mem-" + send.ClTRID, Code: registrar.CodePending, Pending: true}, nil
}

// showPending puts the status of RFC 5731 §2.3 on the domain and returns what
// takes it away.
func (m *Memory) showPending(verb registrar.Verb, object string) func() {
	status := map[registrar.Verb]string{
		registrar.VerbDomainCreate: "pendingCreate", registrar.VerbDomainRenew: "pendingRenew", registrar.VerbDomainUpdate: "pendingUpdate",
	}[verb]
	if verb == registrar.VerbDomainCreate {
		m.domains[object] = &registrar.DomainInfo{Name: object, Ours: true, Statuses: []string{status}, Created: m.Clock.Now().UTC()}
		return func() { delete(m.domains, object) }
	}
	if d := m.domains[object]; d != nil {
		old := d.Statuses
		d.Statuses = append(slices.Clone(old), status)
		return func() { m.domains[object].Statuses = old }
	}
	return func() {}
}

// RunLate executes what FaultLate kept back.
func (m *Memory) RunLate() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, run := range m.evil.late {
		run()
	}
	m.evil.late = nil
}

// Decide ends everything that is pending: executed when yes, else dropped.
func (m *Memory) Decide(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, end := range m.evil.pending {
		end(yes)
	}
	m.evil.pending = nil
}

// RefuseInfo answers every <info> of a domain with code until it is called with 0.
func (m *Memory) RefuseInfo(name string, code int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.evil.infoCodes == nil {
		m.evil.infoCodes = map[string]int{}
	}
	m.evil.infoCodes[name] = code
}

// FreezeInfo answers every <info> of a domain from now on by what is there at
// this moment, as a replica that lags would; Thaw ends that.
func (m *Memory) FreezeInfo() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.evil.stale = make(map[string]registrar.DomainInfo, len(m.domains))
	for name, d := range m.domains {
		m.evil.stale[name] = *d
	}
}

// Thaw answers truthfully again.
func (m *Memory) Thaw() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.evil.stale = nil
}

func (e evil) staleInfo(name string) (registrar.DomainInfo, error) {
	d, ok := e.stale[name]
	if !ok {
		return registrar.DomainInfo{}, missing(name)
	}
	return d, nil
}
