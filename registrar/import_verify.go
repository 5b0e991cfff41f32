package registrar

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Prover asks registries for names that a file claims, within the budget of
// commands that a reconciliation has (Options.RestoreRate, per registry).
type Prover struct {
	e     *Engine
	mu    sync.Mutex
	paces map[string]*pacer
}

// NewProver returns one with the whole budget.
func (e *Engine) NewProver() *Prover { return &Prover{e: e, paces: make(map[string]*pacer)} }

func (v *Prover) pace(registry string) *pacer {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.paces[registry]
	if p == nil {
		p = &pacer{every: time.Duration(float64(time.Second) / v.e.opt.RestoreRate)}
		v.paces[registry] = p
	}
	return p
}

// Prove asks for the names of all plans that are not refused or done, several at
// once. A registry that can't be asked is an error: nothing was decided then,
// and nothing is lost by asking again later.
func (v *Prover) Prove(ctx context.Context, plans []*ImportPlan) error {
	errs := make([]error, len(plans))
	slots := make(chan struct{}, proveAtOnce)
	var all sync.WaitGroup
	for i, p := range plans {
		if p.Action == ImportRefuse || p.Action == ImportSame || p.asked {
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = v.prove(ctx, p)
		})
	}
	all.Wait()
	for _, err := range errs { // one registry that is away gives as many equal errors as there are names
		if err != nil {
			return err
		}
	}
	return nil
}

// proveAtOnce bounds what waits for sessions; the registry's own limit is the
// pool's to keep.
const proveAtOnce = 8

// prove works on a copy: what could not be asked to the end is asked again.
func (v *Prover) prove(ctx context.Context, plan *ImportPlan) error {
	c := *plan
	c.Findings = append([]ImportFinding(nil), plan.Findings...)
	if err := v.ask(ctx, &c); err != nil {
		return err
	}
	c.asked = true
	*plan = c
	return nil
}

func (v *Prover) ask(ctx context.Context, p *ImportPlan) error {
	reg, err := v.e.registry(p.tld.Registry)
	if err != nil {
		return err
	}
	info, code, err := v.domain(ctx, reg, p.tld.Registry, p.Name.A)
	if err != nil {
		return err
	}
	switch {
	case code == CodeObjectDoesNotExist:
		p.refuse("domain", "not_registered", "The registry does not know this name.")
	case code != 0:
		p.refuse("domain", "unreadable", "The registry refuses to show the name (code %d).", code)
	case !info.Ours:
		p.refuse("domain", "not_ours", "The registry lists another sponsor.")
	case hasAny(info.Statuses, "pendingDelete", "pendingTransfer", "pendingCreate"):
		p.refuse("domain", "name_busy", "The registry lists the name as %s; bring it again when that is over.", words(info.Statuses))
	default:
		p.info = &info
		p.compare(info)
		if err := v.holder(ctx, reg, p); err != nil {
			return err
		}
		return v.glue(ctx, reg, p)
	}
	return nil
}

// glue reads the hosts below the name.
func (v *Prover) glue(ctx context.Context, reg Registry, p *ImportPlan) error {
	for _, name := range p.info.Subordinate {
		if err := v.pace(p.tld.Registry).wait(ctx); err != nil {
			return err
		}
		within, cancel := context.WithTimeout(ctx, v.e.opt.ExchangeTimeout)
		h, err := reg.HostInfo(within, name)
		cancel()
		code := ResultCode(err)
		switch {
		case err != nil && (code == 0 || transient(code)):
			return fmt.Errorf("reading the host %s at the registry: %w", name, err)
		case err != nil:
			p.note("", "host_unreadable", "The registry refuses to show the host %s (code %d).", name, code)
		default:
			p.hosted = append(p.hosted, h)
		}
	}
	return nil
}

// domain reads a name; code is a definite refusal, err anything that may pass.
func (v *Prover) domain(ctx context.Context, reg Registry, registry, name string) (DomainInfo, int, error) {
	if err := v.pace(registry).wait(ctx); err != nil {
		return DomainInfo{}, 0, err
	}
	return v.e.shown(ctx, reg, name)
}

// compare notes where the file contradicts the registry, which is right.
func (p *ImportPlan) compare(info DomainInfo) {
	if there := datePart(info.ExpiresRaw); p.expires != nil && there != "" && there != p.Row.Expires {
		p.note("expires", "expiry_differs", "The file says %s, the registry %s.", p.Row.Expires, there)
	}
	if len(p.hosts) > 0 && !SameHosts(p.hosts, info.NameServers) {
		p.note("nameservers", "nameservers_differ", "The file says %s, the registry %s.", words(p.hosts), words(info.NameServers))
	}
	for _, role := range []string{RoleAdmin, RoleTech, RoleBilling} {
		if len(othersThan(info.Contacts[role], info.Registrant)) > 0 {
			p.note("", "other_contact", "At the registry the %s contact is another object than the registrant's; it stays there as it is.", role)
		}
	}
}

// holder reads the contact object of the registrant, unless it is known here.
func (v *Prover) holder(ctx context.Context, reg Registry, p *ImportPlan) error {
	if p.info.Registrant == "" {
		return nil
	}
	_, err := v.e.store.RegistryContactByHandle(ctx, p.tld.Registry, p.info.Registrant)
	if !IsNotFound(err) {
		return err
	}
	if err := v.pace(p.tld.Registry).wait(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, v.e.opt.ExchangeTimeout)
	defer cancel()
	c, err := reg.ContactInfo(ctx, p.info.Registrant)
	code := ResultCode(err)
	switch {
	case err != nil && (code == 0 || transient(code)):
		return fmt.Errorf("reading the registrant of %s at the registry: %w", p.Name.A, err)
	case err != nil:
		p.note("registrant_name", "registrant_unreadable", "The registry refuses to show the registrant (code %d); the file's data are taken.", code)
		return nil
	}
	data, err := c.Data.Normalize()
	if err != nil {
		p.note("registrant_name", "registrant_incomplete", "The registry shows no complete registrant; the file's data are taken.")
		return nil
	}
	c.Data = data
	p.holds = &c
	p.compareHolder()
	return nil
}

// compareHolder names the fields that differ, never their content. The registry
// is right: its object is what later changes start from.
func (p *ImportPlan) compareHolder() {
	a, b := p.holder, p.holds.Data
	for _, f := range []struct {
		field string
		same  bool
	}{
		{"name", a.Name == b.Name}, {"organization", a.Organization == b.Organization}, {"street", words(a.Street) == words(b.Street)},
		{"city", a.City == b.City}, {"state", a.State == b.State}, {"postal_code", a.PostalCode == b.PostalCode},
		{"country_code", a.CountryCode == b.CountryCode}, {"phone", a.Phone == b.Phone}, {"email", a.Email == b.Email},
	} {
		if !f.same {
			p.note(registrantColumns[f.field], "registrant_differs", "The registry has something else; that is taken.")
		}
	}
}
