package registrar

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// updateContacts is the kind of domain:update that changes contacts.
const updateContacts UpdateKind = "contacts"

// ContactsSpec is the journalled wish of domain:update for contacts.
type ContactsSpec struct {
	Kind       UpdateKind
	Name       string
	Registrant *RoleContact           `json:",omitempty"` // nil = keep
	Roles      map[string]RoleContact `json:",omitempty"` // by admin, tech, billing; others are kept
}

// RoleContact is a contact version and its object at the registry.
type RoleContact struct {
	Ref    ContactRef
	Handle string
}

// ContactsRequest asks for other contacts of a name.
type ContactsRequest struct {
	Name       string
	Registrant *ContactChoice           // nil = keep
	Roles      map[string]ContactChoice // by admin, tech, billing; others are kept
	Key        *KeyRequest
}

// Material reports whether the change of a holder counts as a change of the
// registrant: another name, organisation or e-mail address (ICANN Transfer
// Policy, section II.A.1.1).
func Material(a, b ContactData) bool {
	return a.Name != b.Name || a.Organization != b.Organization || a.Email != b.Email
}

// ContactsOf returns the contact ids of a name by role. A role that was never
// changed is played by the contact that registered the name.
func (e *Engine) ContactsOf(ctx context.Context, d Domain) (map[string]string, error) {
	return e.contactsOf(ctx, e.store, d)
}

func (e *Engine) contactsOf(ctx context.Context, r Reader, d Domain) (map[string]string, error) {
	out, err := r.DomainContacts(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if d.Registrant.ContactID == "" {
		return out, nil
	}
	out[RoleRegistrant] = d.Registrant.ContactID
	reg, err := e.registry(d.Registry)
	if err != nil {
		return out, nil // a registry that is not connected adds no roles
	}
	caps := reg.Capabilities()
	if caps.ContactModel == ContactsProhibited {
		return out, nil
	}
	for _, role := range caps.ContactRoles {
		if out[role] == "" {
			out[role] = d.Registrant.ContactID
		}
	}
	return out, nil
}

// ChangeContacts journals other contacts for a name. New data becomes a contact
// of its own, so that no other name changes with it.
func (e *Engine) ChangeContacts(ctx context.Context, by Actor, customerID string, req ContactsRequest) (Operation, error) {
	return e.changeContacts(ctx, by, customerID, req, "")
}

// changeContacts is for customers, and with a reason for staff.
func (e *Engine) changeContacts(ctx context.Context, by Actor, customerID string, req ContactsRequest, reason string) (Operation, error) {
	name, err := ParseName(req.Name)
	if err != nil {
		return Operation{}, err
	}
	if req.Registrant == nil && len(req.Roles) == 0 {
		return Operation{}, InvalidField("registrant", "required", "Please say which contacts shall change.")
	}
	return e.journal(ctx, customerID, req.Key, "changing contacts", func(tx Tx) (Operation, error) {
		d, err := e.ownedDomain(ctx, tx, customerID, name.A)
		if err != nil {
			return Operation{}, err
		}
		if err := mayChange(d, statusUpdateLock, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
			return Operation{}, err
		}
		reg, err := e.registry(d.Registry)
		if err != nil {
			return Operation{}, err
		}
		c := contactChange{e: e, by: by, reason: reason, d: d, caps: reg.Capabilities(), spec: ContactsSpec{Kind: updateContacts, Name: d.Name}}
		if err := c.choose(ctx, tx, req); err != nil {
			return Operation{}, err
		}
		return c.write(ctx, tx)
	})
}

// contactChange is a change of contacts being put together.
type contactChange struct {
	e        *Engine
	by       Actor
	reason   string // of staff, else ""
	d        Domain
	caps     Capabilities
	spec     ContactsSpec
	material bool
}

// wish is what the audit trail keeps.
func (c *contactChange) wish() any {
	if c.reason == "" {
		return c.spec
	}
	return contactsWish{c.spec, c.reason}
}

// choose finds or writes the contacts.
func (c *contactChange) choose(ctx context.Context, tx Tx, req ContactsRequest) error {
	if req.Registrant != nil {
		v, err := c.contact(ctx, tx, *req.Registrant, RoleRegistrant)
		if err != nil {
			return err
		}
		c.spec.Registrant = &RoleContact{Ref: ContactRef{v.ContactID, v.Version}}
		was, err := tx.ContactVersion(ctx, c.d.Registrant)
		if err != nil && !IsNotFound(err) {
			return err
		}
		if c.material = Material(was.ContactData, v.ContactData); c.material && c.reason != "" {
			return changeOfRegistrant(was.ContactData, v.ContactData)
		}
	}
	for _, role := range slices.Sorted(maps.Keys(req.Roles)) {
		if !slices.Contains(c.caps.ContactRoles, role) || c.caps.ContactModel == ContactsProhibited {
			return InvalidField(role, "bad_role", "Names under .%s have no %s contact.", c.d.TLD, role)
		}
		v, err := c.contact(ctx, tx, req.Roles[role], role)
		if err != nil {
			return err
		}
		if c.spec.Roles == nil {
			c.spec.Roles = map[string]RoleContact{}
		}
		c.spec.Roles[role] = RoleContact{Ref: ContactRef{v.ContactID, v.Version}}
	}
	return nil
}

func (c *contactChange) contact(ctx context.Context, tx Tx, choice ContactChoice, field string) (ContactVersion, error) {
	if choice.Data == nil {
		v, err := tx.ContactVersion(ctx, ContactRef{ContactID: choice.ContactID})
		if IsNotFound(err) || (err == nil && v.CustomerID != c.d.CustomerID) {
			return v, InvalidField(field, "unknown_contact", "There is no such contact in your account.")
		}
		return v, err
	}
	data, err := choice.Data.Normalize()
	if err != nil {
		return ContactVersion{}, err
	}
	v := ContactVersion{ContactID: c.e.id(PrefixContact), Version: 1, CustomerID: c.d.CustomerID, ContactData: data, CreatedAt: c.e.Now()}
	if err := tx.InsertContactVersion(ctx, v); err != nil {
		return v, err
	}
	return v, tx.InsertAudit(ctx, c.e.audit(c.by, "contact.create", "contact", v.ContactID, "", nil, v))
}

// write journals the objects that the registry lacks, then the update.
func (c *contactChange) write(ctx context.Context, tx Tx) (Operation, error) {
	op := c.e.domainOperation(OpContacts, c.d, c.by)
	if c.material {
		op.Kind = OpRegistrant
	}
	if c.caps.ContactModel == ContactsProhibited {
		return c.writeHere(ctx, tx, op)
	}
	b := c.e.newBatch(op, c.d.Registry)
	handles := map[ContactRef]string{}
	handle := func(ref ContactRef) (string, error) {
		var err error
		if handles[ref] == "" {
			handles[ref], err = c.e.addContact(ctx, tx, b, ref)
		}
		return handles[ref], err
	}
	var err error
	if r := c.spec.Registrant; r != nil {
		if r.Handle, err = handle(r.Ref); err != nil {
			return op, err
		}
	}
	for _, role := range slices.Sorted(maps.Keys(c.spec.Roles)) {
		rc := c.spec.Roles[role]
		if rc.Handle, err = handle(rc.Ref); err != nil {
			return op, err
		}
		c.spec.Roles[role] = rc
	}
	if err := b.add(VerbDomainUpdate, c.d.Name, false, c.spec); err != nil {
		return op, err
	}
	return op, c.e.open(ctx, tx, op, b, "domain."+string(op.Kind)+".ask", c.d.Registrant, c.wish())
}

// writeHere changes a holder that the registry does not keep.
func (c *contactChange) writeHere(ctx context.Context, tx Tx, op Operation) (Operation, error) {
	op.State = OpRunning
	if err := c.e.open(ctx, tx, op, c.e.newBatch(op, c.d.Registry), "domain."+string(op.Kind)+".ask", c.d.Registrant, c.wish()); err != nil {
		return op, err
	}
	before := c.d
	if err := c.e.applyChoice(ctx, tx, &c.d, c.spec); err != nil {
		return op, err
	}
	if err := tx.UpdateDomain(ctx, c.d); err != nil {
		return op, err
	}
	if err := tx.InsertAudit(ctx, c.e.audit(c.by, "domain.update", "domain", c.d.ID, c.d.Name, before, c.d)); err != nil {
		return op, err
	}
	if _, err := c.e.succeed(ctx, tx, op); err != nil {
		return op, err
	}
	return tx.Operation(ctx, op.ID)
}

// updateContacts sends what differs from what the registry has.
func (x *exchange) updateContacts(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[ContactsSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	dom, info, err := x.readDomain(ctx, reg)
	if err != nil {
		return effect{}, err
	}
	if late, err := x.oldRegistrant(ctx, dom, info); err != nil || late {
		return effect{}, err
	}
	u := DomainUpdate{Name: spec.Name, AddContacts: ContactHandles{}, RemContacts: ContactHandles{}}
	if r := spec.Registrant; r != nil && !strings.EqualFold(info.Registrant, r.Handle) {
		u.Registrant = r.Handle
	}
	for role, want := range spec.Roles {
		have := info.Contacts[role]
		if len(have) == 1 && info.Contacts.Has(role, want.Handle) {
			continue
		}
		// One of several stays, the others go: the role has one contact here.
		if rem := othersThan(have, want.Handle); len(rem) > 0 {
			u.RemContacts[role] = rem
		}
		if !info.Contacts.Has(role, want.Handle) {
			u.AddContacts[role] = []string{want.Handle}
		}
	}
	if u.Registrant == "" && len(u.AddContacts)+len(u.RemContacts) == 0 {
		return effect{known: true}, nil
	}
	r, err := reg.UpdateDomain(ctx, x.send(), u)
	return effect{receipt: r}, err
}

// othersThan returns handles but one, whatever its case.
func othersThan(handles []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(handles), func(h string) bool { return strings.EqualFold(h, one) })
}

// oldRegistrant is errLags when the registry shows a registrant from before a
// change of ours that is still young.
func (x *exchange) oldRegistrant(ctx context.Context, d Domain, info DomainInfo) (bool, error) {
	if info.Registrant == "" || d.CreatedAt == nil || !x.e.young(*d.CreatedAt, d.ChangedAt) {
		return false, nil
	}
	ours, err := x.e.store.RegistryContactsOf(ctx, d.Registrant.ContactID)
	if err != nil {
		return false, &NotSentError{Cause: err}
	}
	for _, rc := range ours {
		if rc.Registry == d.Registry && strings.EqualFold(rc.Handle, info.Registrant) {
			return false, nil
		}
	}
	return true, errLags
}

// contactsThere judges whether the registry has the contacts as wished.
func contactsThere(c Command, info DomainInfo) (bool, error) {
	spec, err := decodeSpec[ContactsSpec](c)
	if err != nil {
		return false, err
	}
	there := spec.Registrant == nil || strings.EqualFold(info.Registrant, spec.Registrant.Handle)
	for role, want := range spec.Roles {
		there = there && len(info.Contacts[role]) == 1 && info.Contacts.Has(role, want.Handle)
	}
	return there, nil
}

func (e *Engine) applyContacts(ctx context.Context, tx Tx, c Command, d *Domain) error {
	spec, err := decodeSpec[ContactsSpec](c)
	if err != nil {
		return err
	}
	return e.applyChoice(ctx, tx, d, spec)
}

// applyChoice changes our picture of a name's contacts. Roles that went without
// saying are written down: they do not follow the new registrant.
func (e *Engine) applyChoice(ctx context.Context, tx Tx, d *Domain, spec ContactsSpec) error {
	byRole, err := e.contactsOf(ctx, tx, *d)
	if err != nil {
		return err
	}
	if spec.Registrant != nil {
		d.Registrant, byRole[RoleRegistrant] = spec.Registrant.Ref, spec.Registrant.Ref.ContactID
	}
	for role, rc := range spec.Roles {
		byRole[role] = rc.Ref.ContactID
	}
	return tx.SetDomainContacts(ctx, d.ID, byRole)
}

// handles lists the objects that the wish names.
func (s ContactsSpec) handles() []string {
	var out []string
	if s.Registrant != nil {
		out = append(out, s.Registrant.Handle)
	}
	for _, rc := range s.Roles {
		out = append(out, rc.Handle)
	}
	return out
}

// ContactEdit asks for new data of a contact, for all names that use it.
type ContactEdit struct {
	ContactID string
	Version   int // the one that the asker has seen: another one is refused; 0 = any
	Data      ContactData
	Key       *KeyRequest
}

// EditContact writes a new version and journals it at each registry that has the
// contact, one operation per object there; the names that use it follow when the
// registry has it. Data that is already the latest is taken to the registries
// that do not have it yet. A repeated key returns the first operation only.
func (e *Engine) EditContact(ctx context.Context, by Actor, customerID string, req ContactEdit) (ContactVersion, []Operation, error) {
	edit := contactEditing{e: e, by: by, customerID: customerID, req: req}
	return edit.run(ctx)
}

// contactEditing is an edit on its way into the journal.
type contactEditing struct {
	e          *Engine
	by         Actor
	customerID string // whose contact it is
	req        ContactEdit
	reason     string // of staff, else ""
	// may refuses an edit beyond what everybody is refused; nil = nothing more.
	may func(tx Tx, was ContactVersion, data ContactData) error

	out ContactVersion
	ops []Operation
}

func (c *contactEditing) run(ctx context.Context) (ContactVersion, []Operation, error) {
	var err error
	if c.req.Data, err = c.req.Data.Normalize(); err != nil {
		return ContactVersion{}, nil, err
	}
	if err := c.e.inFreshTx(ctx, func(tx Tx) error { return c.write(ctx, tx) }); err != nil {
		return ContactVersion{}, nil, fmt.Errorf("editing contact: %w", err)
	}
	c.e.notice.publishWork()
	return c.out, c.ops, nil
}

func (c *contactEditing) write(ctx context.Context, tx Tx) error {
	e, req := c.e, c.req
	c.ops = nil
	known, old, err := e.bindKey(ctx, tx, c.customerID, req.Key)
	if err != nil {
		return err
	}
	if known != nil {
		c.ops = []Operation{*known}
		c.out, err = e.ownedContact(ctx, tx, c.customerID, req.ContactID)
		return err
	}
	was, err := e.ownedContact(ctx, tx, c.customerID, req.ContactID)
	if err != nil {
		return err
	}
	// What is wished for already is no conflict: the form was sent twice.
	if req.Version != 0 && req.Version != was.Version && !SameContact(was.ContactData, req.Data) {
		return Errorf(KindConflict, "contact_changed", "The contact was changed in the meantime; look at it again.")
	}
	if err := mayEdit(ctx, tx, was); err != nil {
		return err
	}
	if c.may != nil {
		if err := c.may(tx, was, req.Data); err != nil {
			return err
		}
	}
	if c.out, err = e.nextVersion(ctx, tx, was, req.Data); err != nil {
		return err
	}
	if c.ops, err = e.writeEdit(ctx, tx, c.by, c.out); err != nil {
		return err
	}
	if err := c.record(ctx, tx, was); err != nil || req.Key == nil || len(c.ops) == 0 {
		return err
	}
	return e.pointKey(ctx, tx, c.customerID, req.Key, old, c.ops[0].ID)
}

// record leaves the evidence. Staff leave it also when they only take data that
// are here already to a registry; where they would do nothing at all, they are
// told so.
func (c *contactEditing) record(ctx context.Context, tx Tx, was ContactVersion) error {
	var after any = c.out
	switch changed := c.out.Version != was.Version; {
	case c.reason == "" && !changed:
		return nil
	case c.reason != "" && !changed && len(c.ops) == 0:
		return Errorf(KindConflict, "unchanged", "These data stand here and at the registries already.")
	case c.reason != "":
		after = contactWish{c.out, c.reason}
	}
	if err := tx.InsertAudit(ctx, c.e.audit(c.by, "contact.edit", "contact", was.ContactID, "", was, after)); err != nil {
		return err
	}
	if c.reason == "" || len(c.ops) > 0 { // who edits his own knows; what goes to a registry is told when it is there
		return nil
	}
	return c.e.tellEdit(ctx, tx, c.by, was, c.out)
}

// OwnedContact returns the latest version of a contact of a customer.
func (e *Engine) OwnedContact(ctx context.Context, customerID, id string) (ContactVersion, error) {
	return e.ownedContact(ctx, e.store, customerID, id)
}

func (e *Engine) ownedContact(ctx context.Context, r Reader, customerID, id string) (ContactVersion, error) {
	v, err := r.ContactVersion(ctx, ContactRef{ContactID: id})
	if IsNotFound(err) || err == nil && v.CustomerID != customerID {
		return ContactVersion{}, Errorf(KindNotFound, "no_such_contact", "There is no such contact in your account.")
	}
	return v, err
}

// mayEdit refuses to change a contact that an import from a billing system keeps.
func mayEdit(ctx context.Context, r Reader, v ContactVersion) error {
	mirrored, err := r.IsMirroredContact(ctx, v.ContactID)
	if err == nil && mirrored {
		err = Errorf(KindProhibited, CodeOtherOwner, "This contact is managed in a billing system; change it there.")
	}
	return err
}

func (e *Engine) nextVersion(ctx context.Context, tx Tx, was ContactVersion, data ContactData) (ContactVersion, error) {
	if SameContact(was.ContactData, data) {
		return was, nil
	}
	next := was
	next.Version, next.ContactData, next.CreatedAt = was.Version+1, data, e.Now()
	return next, tx.InsertContactVersion(ctx, next)
}

// writeEdit journals a version at each object that holds another one.
func (e *Engine) writeEdit(ctx context.Context, tx Tx, by Actor, v ContactVersion) ([]Operation, error) {
	objects, err := tx.RegistryContactsOf(ctx, v.ContactID)
	if err != nil {
		return nil, err
	}
	var ops []Operation
	for _, rc := range objects {
		if !rc.Created || rc.Ref.Version == v.Version {
			continue
		}
		was, err := tx.ContactVersion(ctx, rc.Ref)
		if err != nil {
			return nil, err
		}
		op := Operation{ID: e.id(PrefixOperation), Kind: OpContact, CustomerID: v.CustomerID, State: OpRunning, By: by, CreatedAt: e.Now()}
		if Material(was.ContactData, v.ContactData) {
			op.Kind = OpContactMaterial
		}
		b := e.newBatch(op, rc.Registry)
		spec := ContactUpdateSpec{Contact: ContactRef{v.ContactID, v.Version}, From: rc.Ref.Version, Handle: rc.Handle}
		if err := b.addGuarded(VerbContactUpdate, rc.Handle, "contact/"+rc.Registry+"/"+rc.Handle, spec); err != nil {
			return nil, err
		}
		if err := tx.InsertOperation(ctx, op); err != nil {
			return nil, err
		}
		if err := tx.InsertCommands(ctx, b.commands); err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func (x *exchange) updateContact(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[ContactUpdateSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	version, err := x.e.store.ContactVersion(ctx, spec.Contact)
	if err != nil {
		return effect{}, &NotSentError{Cause: err}
	}
	r, err := reg.UpdateContact(ctx, x.send(), ContactUpdate{Handle: spec.Handle, Contact: version})
	return effect{receipt: r}, err
}

// lookContact judges an edit by comparing data.
func (e *Engine) lookContact(ctx context.Context, reg Registry, c Command) (finding, error) {
	spec, err := decodeSpec[ContactUpdateSpec](c)
	if err != nil {
		return finding{}, err
	}
	version, err := e.store.ContactVersion(ctx, spec.Contact)
	if err != nil {
		return finding{}, fmt.Errorf("reading contact: %w", err)
	}
	info, err := reg.ContactInfo(ctx, c.Object)
	switch {
	case ResultCode(err) == CodeObjectDoesNotExist:
		return finding{verdict: verdictReview, note: "The registry no longer has this contact."}, nil
	case err != nil:
		return finding{}, fmt.Errorf("reading the contact at the registry: %w", err)
	case !info.Ours:
		return finding{verdict: verdictReview, note: "The registry has this contact, but not as ours."}, nil
	case SameContact(info.Data, version.ContactData):
		return finding{verdict: verdictHappened}, nil
	}
	return finding{verdict: verdictAbsent}, nil
}

// applyEdit notes that a registry has a new version, for the object and for the
// names that it holds there.
func (e *Engine) applyEdit(ctx context.Context, tx Tx, c Command) error {
	spec, err := decodeSpec[ContactUpdateSpec](c)
	if err != nil {
		return err
	}
	if err := tx.SetRegistryContactVersion(ctx, c.Registry, spec.Handle, spec.Contact.Version); err != nil {
		return err
	}
	if err := tx.MoveRegistrants(ctx, c.Registry, spec.Contact.ContactID, spec.From, spec.Contact.Version); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(System("worker"), "contact.update", "contact", spec.Contact.ContactID, spec.Handle, spec.From, spec.Contact.Version))
}

// subjectOf names what an operation was about when that is no domain.
func subjectOf(ctx context.Context, r Reader, op Operation) (string, error) {
	if op.Kind != OpContact && op.Kind != OpContactMaterial {
		return "", nil
	}
	spec, err := lastSpec[ContactUpdateSpec](ctx, r, op)
	return spec.Contact.ContactID, err
}
