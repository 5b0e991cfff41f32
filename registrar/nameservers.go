package registrar

import (
	"context"
	"fmt"
)

// ChangeNameServers journals a new delegation of an active name. It costs
// nothing; hosts that the registry does not know yet are created on the way.
func (e *Engine) ChangeNameServers(ctx context.Context, by Actor, customerID, input string, hosts []string, key *KeyRequest) (Operation, error) {
	name, err := ParseName(input)
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
	if hosts, err = NormalizeNameServers(hosts, tld.MinNameServers, tld.MaxNameServers); err != nil {
		return Operation{}, err
	}
	reg, err := e.registry(tld.Registry)
	if err != nil {
		return Operation{}, err
	}
	toCreate := cat.hostsToCreate(tld.Registry, reg.Capabilities(), hosts)
	var op Operation
	err = e.store.InTx(ctx, func(tx Tx) error {
		known, old, err := e.bindKey(ctx, tx, customerID, key)
		if err != nil {
			return err
		}
		if known != nil {
			op = *known
			return nil
		}
		if op, err = e.writeNameServers(ctx, tx, by, customerID, name, hosts, toCreate); err != nil || key == nil {
			return err
		}
		return e.pointKey(ctx, tx, customerID, key, old, op.ID)
	})
	if err != nil {
		return Operation{}, fmt.Errorf("changing name servers: %w", err)
	}
	e.notice.publishWork()
	return op, nil
}

func (e *Engine) writeNameServers(ctx context.Context, tx Tx, by Actor, customerID string, name Name, hosts, toCreate []string) (Operation, error) {
	d, err := e.ownedDomain(ctx, tx, customerID, name.A)
	if err != nil {
		return Operation{}, err
	}
	if err := mayChange(d, "clientUpdateProhibited", "serverUpdateProhibited", "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
		return Operation{}, err
	}
	if _, err := e.registry(d.Registry); err != nil { // nobody would carry it out
		return Operation{}, err
	}
	if err := e.knowHosts(ctx, tx, d, hosts); err != nil {
		return Operation{}, err
	}
	op := e.domainOperation(OpNameServers, d, by)
	b := e.newBatch(op, d.Registry)
	if err := e.addHosts(ctx, tx, b, toCreate); err != nil {
		return op, err
	}
	if err := b.add(VerbDomainUpdate, d.Name, false, NameServersSpec{Name: d.Name, Before: d.NameServers, Want: hosts}); err != nil {
		return op, err
	}
	if err := tx.InsertOperation(ctx, op); err != nil {
		return op, err
	}
	if err := tx.InsertCommands(ctx, b.commands); err != nil {
		return op, err
	}
	return op, tx.InsertAudit(ctx, e.audit(by, "domain.nameservers.ask", "domain", d.ID, d.Name, d.NameServers, hosts))
}
