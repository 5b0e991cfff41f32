package registrar

import (
	"context"
	"fmt"
)

// ChangeNameServers journals a new delegation of an active name. It costs
// nothing; hosts that the registry does not know yet are created on the way.
func (e *Engine) ChangeNameServers(ctx context.Context, by Actor, customerID, input string, hosts []string, key *KeyRequest) (Operation, error) {
	return e.delegate(ctx, nameServersWish{by: by, customerID: customerID, name: input, hosts: hosts}, key)
}

// ChangeStaffNameServers is ChangeNameServers by staff, for a customer who asks
// for it; the reason stands in the audit trail. What the customer may not do to
// the name now, staff may not either.
func (e *Engine) ChangeStaffNameServers(ctx context.Context, by Actor, domainID string, hosts []string, reason string) (Operation, error) {
	d, reason, err := e.staffDomain(ctx, by, domainID, reason)
	if err != nil {
		return Operation{}, err
	}
	return e.delegate(ctx, nameServersWish{by: by, customerID: d.CustomerID, name: d.Name, hosts: hosts, reason: reason}, nil)
}

// staffDomain returns the name that staff want to change, and why, tidied.
func (e *Engine) staffDomain(ctx context.Context, by Actor, domainID, reason string) (Domain, string, error) {
	if err := e.staffOrSystem(ctx, by, StaffDomains); err != nil {
		return Domain{}, "", err
	}
	if reason = tidy(reason); reason == "" {
		return Domain{}, "", InvalidField("reason", "required", "Please say why.")
	}
	d, err := e.store.Domain(ctx, domainID)
	if err != nil {
		return Domain{}, "", fmt.Errorf("reading domain: %w", err)
	}
	return d, clip(reason, maxReason), nil
}

// nameServersWish is who wants which delegation of a name, and why.
type nameServersWish struct {
	by         Actor
	customerID string // who has the name
	name       string
	hosts      []string
	reason     string // of staff, else ""
}

func (e *Engine) delegate(ctx context.Context, w nameServersWish, key *KeyRequest) (Operation, error) {
	name, err := ParseName(w.name)
	if err != nil {
		return Operation{}, err
	}
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return Operation{}, err
	}
	tld, ok := cat.Find(name.A)
	if !ok {
		return Operation{}, Errorf(KindNotFound, "no_such_domain", "%s is not in your account.", name.U)
	}
	if w.hosts, err = NormalizeNameServers(w.hosts, tld.MinNameServers, tld.MaxNameServers); err != nil {
		return Operation{}, err
	}
	reg, err := e.registry(tld.Registry)
	if err != nil {
		return Operation{}, err
	}
	toCreate := cat.hostsToCreate(tld.Registry, reg.Capabilities(), w.hosts)
	var op Operation
	err = e.store.InTx(ctx, func(tx Tx) error {
		known, old, err := e.bindKey(ctx, tx, w.customerID, key)
		if err != nil {
			return err
		}
		if known != nil {
			op = *known
			return nil
		}
		if op, err = e.writeNameServers(ctx, tx, w, name, toCreate); err != nil || key == nil {
			return err
		}
		return e.pointKey(ctx, tx, w.customerID, key, old, op.ID)
	})
	if err != nil {
		return Operation{}, fmt.Errorf("changing name servers: %w", err)
	}
	e.notice.publishWork()
	return op, nil
}

func (e *Engine) writeNameServers(ctx context.Context, tx Tx, w nameServersWish, name Name, toCreate []string) (Operation, error) {
	d, err := e.ownedDomain(ctx, tx, w.customerID, name.A)
	if err != nil {
		return Operation{}, err
	}
	if err := mayChange(d, "clientUpdateProhibited", "serverUpdateProhibited", "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
		return Operation{}, err
	}
	if _, err := e.registry(d.Registry); err != nil { // nobody would carry it out
		return Operation{}, err
	}
	if err := e.knowHosts(ctx, tx, d, w.hosts); err != nil {
		return Operation{}, err
	}
	op := e.domainOperation(OpNameServers, d, w.by)
	b := e.newBatch(op, d.Registry)
	if err := e.addHosts(ctx, tx, b, toCreate); err != nil {
		return op, err
	}
	if err := b.add(VerbDomainUpdate, d.Name, false, NameServersSpec{Name: d.Name, Before: d.NameServers, Want: w.hosts}); err != nil {
		return op, err
	}
	if err := tx.InsertOperation(ctx, op); err != nil {
		return op, err
	}
	if err := tx.InsertCommands(ctx, b.commands); err != nil {
		return op, err
	}
	var after any = w.hosts
	if w.reason != "" {
		after = map[string]any{"nameservers": w.hosts, "reason": w.reason}
	}
	return op, tx.InsertAudit(ctx, e.audit(w.by, "domain.nameservers.ask", "domain", d.ID, d.Name, d.NameServers, after))
}
