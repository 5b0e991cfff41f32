package registrar

import (
	"context"
	"slices"
)

// AskDomainMove asks a second person to agree that a name goes to another
// customer. That takes it from somebody, so it takes two; both customers are
// told and read the reason.
//
// It is refused while anything is under way for the name, while a transfer code
// is in force (the old customer would know it), while the registry would still
// give money back for the registration, and where another system owns the name.
func (e *Engine) AskDomainMove(ctx context.Context, by Actor, domainID, customerID, reason string) (Approval, error) {
	a := Approval{Kind: ApproveDomainMove, SubjectID: domainID, Wish: ApprovalWish{CustomerID: customerID}, Reason: reason}
	return e.askAlone(ctx, by, a, func(tx Tx) error {
		_, _, err := e.mayMove(ctx, tx, a)
		return err
	})
}

// mayMove returns the name and who gets it, or why it can't be moved now.
func (e *Engine) mayMove(ctx context.Context, r Reader, a Approval) (Domain, Customer, error) {
	d, err := r.Domain(ctx, a.SubjectID)
	if err != nil {
		return d, Customer{}, err
	}
	to, err := r.Customer(ctx, a.Wish.CustomerID)
	switch {
	case IsNotFound(err):
		return d, to, InvalidField("customer", "unknown_customer", "There is no customer with this id.")
	case err != nil:
		return d, to, err
	case to.ID == d.CustomerID:
		return d, to, InvalidField("customer", "same_customer", "%s belongs to this customer already.", d.UName)
	case to.ClosedAt != nil:
		return d, to, InvalidField("customer", "account_closed", "The account of this customer is closed.")
	}
	err = mayChange(d, statusUpdateLock, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer", "pendingUpdate", "pendingRenew")
	if err != nil {
		return d, to, err
	}
	return d, to, e.nothingOpen(ctx, r, d)
}

// nothingOpen refuses a name for which something of its customer is not over.
func (e *Engine) nothingOpen(ctx context.Context, r Reader, d Domain) error {
	if err := nothingUnderWay(ctx, r, d); err != nil {
		return err
	}
	code, err := codeRecord(ctx, r, d.ID)
	if err != nil {
		return err
	}
	if code.CommandID != "" || code.ExpiresAt != nil && e.Now().Before(*code.ExpiresAt) {
		return Errorf(KindConflict, "transfer_code_open", "The customer has a transfer code for %s. End it first.", d.UName)
	}
	if until, ok := e.graceOf(d); ok && e.Now().Before(until) {
		return Errorf(KindConflict, "in_grace", "The registry gives the price of %s back until %s, to whom paid it. Please wait until then.", d.UName, until.Format("2 Jan 2006, 15:04 UTC"))
	}
	return nil
}

// runDomainMove moves the name and journals copies of its contacts: the
// registrant stays who it is, but the contact belongs to the new account, so
// that an edit in the old one changes nothing here. The receiving account can't
// be closed before the commit.
func (e *Engine) runDomainMove(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	if err := tx.SerializeCustomer(ctx, a.Wish.CustomerID); err != nil && !IsNotFound(err) { // mayMove says so better
		return nil, err
	}
	d, to, err := e.mayMove(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	from, err := tx.Customer(ctx, d.CustomerID)
	if err != nil {
		return nil, err
	}
	d.CustomerID = to.ID
	if err := tx.UpdateDomain(ctx, d); err != nil {
		return nil, err
	}
	d.Revision++
	if err := e.copyContacts(ctx, tx, by, d); err != nil {
		return nil, err
	}
	err = tx.InsertAudit(ctx, e.audit(by, "domain.move", "domain", d.ID, d.Name, map[string]any{"customer": from.ID},
		map[string]any{"customer": to.ID, "approval": a.ID, "asked_by": a.AskedBy, "reason": a.Reason}))
	if err != nil {
		return nil, err
	}
	var events []Event
	for _, side := range []struct {
		customer         Customer
		detail, template string
	}{{from, "to another account", "domain_moved_away"}, {to, "from another account", "domain_moved_here"}} {
		ev := Event{ID: e.id(PrefixEvent), Kind: EventDomainMoved, CustomerID: side.customer.ID, Domain: d.Name, DomainID: d.ID, Detail: side.detail, At: e.Now()}
		if err := tx.InsertEvent(ctx, ev); err != nil {
			return nil, err
		}
		if err := e.tellOwner(ctx, tx, side.customer.ID, side.template, map[string]any{"Domain": d.UName, "Note": a.Reason}); err != nil {
			return nil, err
		}
		events = append(events, ev)
	}
	return events, nil
}

// tellOwner mails whom we write to about a customer's affairs.
func (e *Engine) tellOwner(ctx context.Context, tx Tx, customerID, template string, data map[string]any) error {
	users, err := tx.UsersOf(ctx, customerID)
	if err != nil {
		return err
	}
	user, ok := spokesman(users)
	if !ok {
		return nil
	}
	return e.writeUserMail(ctx, tx, user, user.Email, template, data)
}

// copyContacts gives a name contacts of its customer's own, with the same data.
func (e *Engine) copyContacts(ctx context.Context, tx Tx, by Actor, d Domain) error {
	if d.Registrant.ContactID == "" {
		return nil
	}
	reg, err := e.registry(d.Registry)
	if err != nil {
		return err
	}
	byRole, err := e.contactsOf(ctx, tx, d)
	if err != nil {
		return err
	}
	c := contactChange{e: e, by: by, d: d, caps: reg.Capabilities(), spec: ContactsSpec{Kind: updateContacts, Name: d.Name, Roles: map[string]RoleContact{}}}
	copies := map[string]ContactRef{}
	copyOf := func(ref ContactRef) (RoleContact, error) {
		var err error
		if _, done := copies[ref.ContactID]; !done {
			copies[ref.ContactID], err = e.copyContact(ctx, tx, by, d, ref)
		}
		return RoleContact{Ref: copies[ref.ContactID]}, err
	}
	holder, err := copyOf(d.Registrant)
	if err != nil {
		return err
	}
	c.spec.Registrant = &holder
	for role, id := range byRole {
		if role == RoleRegistrant || !slices.Contains(c.caps.ContactRoles, role) {
			continue
		}
		if c.spec.Roles[role], err = copyOf(ContactRef{ContactID: id}); err != nil {
			return err
		}
	}
	_, err = c.write(ctx, tx)
	return err
}

func (e *Engine) copyContact(ctx context.Context, tx Tx, by Actor, d Domain, ref ContactRef) (ContactRef, error) {
	was, err := tx.ContactVersion(ctx, ref)
	if err != nil {
		return ContactRef{}, err
	}
	v := ContactVersion{ContactID: e.id(PrefixContact), Version: 1, CustomerID: d.CustomerID, ContactData: was.ContactData, CreatedAt: e.Now()}
	if err := tx.InsertContactVersion(ctx, v); err != nil {
		return ContactRef{}, err
	}
	return ContactRef{v.ContactID, v.Version}, tx.InsertAudit(ctx, e.audit(by, "contact.create", "contact", v.ContactID, "", nil, v))
}

// AskDomainDelete asks a second person to agree that a name of a customer is
// deleted. KindProhibited or KindConflict when it could not be.
func (e *Engine) AskDomainDelete(ctx context.Context, by Actor, domainID, reason string) (Approval, error) {
	return e.askAlone(ctx, by, Approval{Kind: ApproveDomainDelete, SubjectID: domainID, Reason: reason}, func(tx Tx) error {
		d, err := tx.Domain(ctx, domainID)
		if err != nil {
			return err
		}
		return e.mayDelete(ctx, tx, d)
	})
}

func (e *Engine) runDomainDelete(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	d, err := tx.Domain(ctx, a.SubjectID)
	if err != nil {
		return nil, err
	}
	if err := e.mayDelete(ctx, tx, d); err != nil {
		return nil, err
	}
	_, err = e.writeDeletion(ctx, tx, by, d, map[string]any{"approval": a.ID, "asked_by": a.AskedBy, "reason": a.Reason})
	return nil, err
}
