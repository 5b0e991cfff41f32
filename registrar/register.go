package registrar

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// writeRegistration writes contact and domain rows of a new name and returns
// the commands that will make it real: contact, hosts, then the domain.
func (e *Engine) writeRegistration(ctx context.Context, tx Tx, by Actor, o Order, op Operation, lp linePlan, holders newHolders) (Domain, []Command, error) {
	ref, err := e.writeRegistrant(ctx, tx, by, o, lp, holders)
	if err != nil {
		return Domain{}, nil, err
	}
	d := Domain{
		ID: e.id(PrefixDomain), Name: lp.name.A, UName: lp.name.U, TLD: lp.tld.Name, Registry: lp.tld.Registry,
		CustomerID: o.CustomerID, OwnerSystem: OwnerEngine, State: DomainPendingCreate,
		Registrant: ref, NameServers: lp.hosts, OrderedAt: o.PlacedAt,
	}
	if err := tx.InsertDomain(ctx, d); err != nil {
		return d, nil, err
	}
	op.DomainID = d.ID
	if err := e.firstContacts(ctx, tx, d); err != nil {
		return d, nil, err
	}
	b := e.newBatch(op, lp.tld.Registry)
	handle := ""
	if lp.caps.ContactModel != ContactsProhibited {
		if handle, err = e.addContact(ctx, tx, b, ref); err != nil {
			return d, nil, err
		}
	}
	if err := e.addHosts(ctx, tx, b, lp.hostsToCreate); err != nil {
		return d, nil, err
	}
	spec := DomainCreateSpec{Name: d.Name, Years: lp.req.Years, Registrant: handle, NameServers: lp.hosts, Contacts: map[string]string{}}
	if handle != "" {
		for _, role := range lp.caps.ContactRoles {
			spec.Contacts[role] = handle
		}
	}
	if err := b.add(VerbDomainCreate, d.Name, true, spec); err != nil {
		return d, nil, err
	}
	audit := e.audit(by, "domain.order", "domain", d.ID, d.Name, nil, d)
	return d, b.commands, tx.InsertAudit(ctx, audit)
}

// newHolders are the contacts an order has made so far, by their data: several
// names for the same new holder share one contact.
type newHolders map[string]ContactRef

// firstContacts notes that all roles of a new name are its registrant's.
func (e *Engine) firstContacts(ctx context.Context, tx Tx, d Domain) error {
	byRole, err := e.contactsOf(ctx, tx, d)
	if err != nil {
		return err
	}
	return tx.SetDomainContacts(ctx, d.ID, byRole)
}

// writeRegistrant returns the contact version that will hold the name, writing
// it when the data is new.
func (e *Engine) writeRegistrant(ctx context.Context, tx Tx, by Actor, o Order, lp linePlan, holders newHolders) (ContactRef, error) {
	if lp.data == nil {
		v, err := tx.ContactVersion(ctx, ContactRef{ContactID: lp.req.Registrant.ContactID})
		if IsNotFound(err) || (err == nil && v.CustomerID != o.CustomerID) {
			return ContactRef{}, InvalidField("registrant", "unknown_contact", "There is no such contact in your account.")
		}
		return ContactRef{v.ContactID, v.Version}, err
	}
	key := fmt.Sprintf("%q", *lp.data)
	if ref, known := holders[key]; known {
		return ref, nil
	}
	v := ContactVersion{ContactID: e.id(PrefixContact), Version: 1, CustomerID: o.CustomerID, ContactData: *lp.data, CreatedAt: o.PlacedAt}
	if err := tx.InsertContactVersion(ctx, v); err != nil {
		return ContactRef{}, err
	}
	holders[key] = ContactRef{v.ContactID, v.Version}
	audit := e.audit(by, "contact.create", "contact", v.ContactID, "", nil, v)
	return ContactRef{v.ContactID, v.Version}, tx.InsertAudit(ctx, audit)
}

// batch collects the commands of one operation in their order.
type batch struct {
	e        *Engine
	op       Operation
	registry string
	commands []Command
}

func (e *Engine) newBatch(op Operation, registry string) *batch {
	return &batch{e: e, op: op, registry: registry}
}

// add appends a command: the first is queued, the others wait for it.
func (b *batch) add(verb Verb, object string, billable bool, spec any) error {
	raw, err := encodeSpec(spec)
	if err != nil {
		return err
	}
	state := CommandWaiting
	if len(b.commands) == 0 {
		state = CommandQueued
	}
	b.commands = append(b.commands, Command{
		ID: b.e.id(PrefixCommand), OperationID: b.op.ID, Seq: len(b.commands) + 1, Registry: b.registry,
		Verb: verb, Object: object, DomainID: b.op.DomainID, Billable: billable, Spec: raw, State: state, CreatedAt: b.e.Now(),
	})
	return nil
}

// addContact returns the registry handle of a contact version and journals its
// create unless the registry is known to have it. Two orders may both create
// it: the second is answered 2302, which counts as done for a handle of ours.
func (e *Engine) addContact(ctx context.Context, tx Tx, b *batch, ref ContactRef) (string, error) {
	rc, err := tx.RegistryContact(ctx, b.registry, ref)
	if IsNotFound(err) {
		handle, herr := newHandle()
		if herr != nil {
			return "", herr
		}
		rc = RegistryContact{Registry: b.registry, Ref: ref, Handle: handle}
		err = tx.InsertRegistryContact(ctx, rc)
	}
	if err != nil {
		return "", err
	}
	if rc.Created {
		return rc.Handle, nil
	}
	return rc.Handle, b.add(VerbContactCreate, rc.Handle, false, ContactCreateSpec{Contact: ref, Handle: rc.Handle})
}

// addHosts journals the creation of host objects that the registry is not known
// to have.
func (e *Engine) addHosts(ctx context.Context, tx Tx, b *batch, hosts []string) error {
	for _, h := range hosts {
		known, err := tx.HasRegistryHost(ctx, b.registry, h)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if err := b.add(VerbHostCreate, h, false, HostCreateSpec{Name: h}); err != nil {
			return err
		}
	}
	return nil
}

// hostsToCreate returns the external hosts, which are ours to create where the
// registry keeps host objects. Hosts under the registry's own endings can't be
// created without glue: they must exist already, and the registry says so if not.
func (c *Catalogue) hostsToCreate(registry string, caps Capabilities, hosts []string) []string {
	if caps.HostModel != HostObjects {
		return nil
	}
	var out []string
	for _, h := range hosts {
		if !c.internal(registry, h) {
			out = append(out, h)
		}
	}
	return out
}

// internal reports whether a host lies under an ending of the registry.
func (c *Catalogue) internal(registry, host string) bool {
	for _, t := range c.tlds {
		if t.Registry == registry && Under(host, t.Name) {
			return true
		}
	}
	return false
}

// newHandle returns a contact id that every known registry accepts: 16 lower
// case letters and digits, a letter first (RFC 5733 clIDType; .UA allows no
// upper case), 75 random bits.
func newHandle() (string, error) {
	raw := make([]byte, 10)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("making contact handle: %w", err)
	}
	return "i" + strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:15], nil
}

// planRenewal checks that the name may be renewed and returns the command.
func (e *Engine) planRenewal(ctx context.Context, tx Tx, o Order, op Operation, lp linePlan) (Domain, []Command, error) {
	d, err := e.ownedDomain(ctx, tx, o.CustomerID, lp.name.A)
	if err != nil {
		return d, nil, err
	}
	if err := mayChange(d, "clientRenewProhibited", "serverRenewProhibited", "pendingDelete", "pendingTransfer", "pendingRenew"); err != nil {
		return d, nil, err
	}
	if _, err := e.registry(d.Registry); err != nil { // nobody would carry it out
		return d, nil, err
	}
	if d.ExpiresAt == nil || d.CurExpiry() == "" {
		return d, nil, Errorf(KindConflict, "expiry_unknown", "The registry has not told the expiry date of %s yet.", d.UName)
	}
	if g := lp.req.CurrentExpiry; g != "" && g != d.CurExpiry() {
		return d, nil, Errorf(KindConflict, "expiry_moved", "%s expires on %s, not on %s.", d.UName, d.CurExpiry(), g)
	}
	if end := d.ExpiresAt.AddDate(lp.req.Years, 0, 0); end.After(e.Now().AddDate(lp.tld.MaxYears, 0, 0).Add(24 * time.Hour)) {
		return d, nil, InvalidField("period_years", "period_cap", "%s can be held at most %d years ahead; it expires %s already.",
			d.UName, lp.tld.MaxYears, d.ExpiresAt.Format("2 Jan 2006"))
	}
	op.DomainID = d.ID
	b := e.newBatch(op, d.Registry)
	err = b.add(VerbDomainRenew, d.Name, true, DomainRenewSpec{Name: d.Name, CurExpiry: d.CurExpiry(), Years: lp.req.Years})
	return d, b.commands, err
}

// stillExpires refuses a renewal that was planned on an expiry date which a
// settlement moved meanwhile. It runs after the commands are journalled: from
// then on the one open transform of the name is ours, so what it reads stays. A
// stale date would make the registry refuse the renewal or, worse, make the
// effect of the renewal before look like that of this one.
func (e *Engine) stillExpires(ctx context.Context, tx Tx, commands []Command) error {
	for _, c := range commands {
		if c.Verb != VerbDomainRenew {
			continue
		}
		spec, err := decodeSpec[DomainRenewSpec](c)
		if err != nil {
			return err
		}
		d, err := tx.Domain(ctx, c.DomainID)
		if err != nil {
			return err
		}
		if d.CurExpiry() != spec.CurExpiry {
			return Errorf(KindConflict, "domain_changed", "The domain was changed in the meantime.")
		}
	}
	return nil
}

// ownedDomain returns a live name of a customer; anybody else's is not found.
func (e *Engine) ownedDomain(ctx context.Context, r Reader, customerID, name string) (Domain, error) {
	d, err := r.DomainByName(ctx, name)
	if IsNotFound(err) || (err == nil && d.CustomerID != customerID) {
		return Domain{}, Errorf(KindNotFound, "no_such_domain", "%s is not in your account.", name)
	}
	return d, err
}

// OwnedDomain returns a live name of a customer as typed by a person.
func (e *Engine) OwnedDomain(ctx context.Context, customerID, input string) (Domain, error) {
	n, err := ParseName(input)
	if err != nil {
		return Domain{}, err
	}
	return e.ownedDomain(ctx, e.store, customerID, n.A)
}

// mayChange refuses what owner system, state or a status forbids.
func mayChange(d Domain, statuses ...string) error {
	if err := mayOwn(d); err != nil {
		return err
	}
	switch d.State {
	case DomainActive:
	case DomainPendingDelete, DomainDeleted:
		return Errorf(KindConflict, "domain_deleted", "%s has been deleted.", d.UName)
	case DomainTransferred:
		return Errorf(KindConflict, "domain_not_active", "%s has gone to another registrar.", d.UName)
	case DomainFailed:
		return Errorf(KindConflict, "domain_not_active", "%s was not registered.", d.UName)
	default:
		return Errorf(KindConflict, "domain_not_active", "%s is not registered yet.", d.UName)
	}
	if s := d.HasStatus(statuses...); s != "" {
		return Errorf(KindProhibited, "status_prohibits", "The status %s forbids this for %s.", s, d.UName)
	}
	return nil
}
