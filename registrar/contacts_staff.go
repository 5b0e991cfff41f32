package registrar

import (
	"context"
	"fmt"
)

// CodeChangeOfRegistrant is the code of the error by which the engine refuses
// staff what makes a name somebody else's.
const CodeChangeOfRegistrant = "change_of_registrant"

// ContactRoleReader reads what contacts are to names.
type ContactRoleReader interface {
	// HoldsNames reports whether a contact is the registrant of a live name.
	HoldsNames(ctx context.Context, contactID string) (bool, error)
}

// StaffContactEdit asks for new data of a customer's contact, for all names that
// use it.
type StaffContactEdit struct {
	ContactID string
	Version   int // the one that staff have seen: another one is refused; 0 = any
	Data      ContactData
	Shared    bool // staff know that more than one name uses the contact
	Reason    string
}

// EditStaffContact is EditContact by staff, for a customer who asks for it; the
// reason stands in the audit trail, and the customer is told as of an edit of his
// own. Beyond what a customer is refused, errors are
//   - KindInvalid "shared_contact" of the field "shared", when several names use
//     the contact and staff did not say that they know;
//   - KindProhibited CodeChangeOfRegistrant, when the contact holds a name and
//     would get another name, organisation or e-mail address: that takes the
//     consent of the registrant (ICANN Transfer Policy, section II.C), which a
//     customer gives by doing it;
//   - KindConflict "unchanged", when the data stand everywhere already, and
//     "account_closed".
func (e *Engine) EditStaffContact(ctx context.Context, by Actor, req StaffContactEdit) (ContactVersion, []Operation, error) {
	if err := e.staffOrSystem(ctx, by, StaffDomains); err != nil {
		return ContactVersion{}, nil, err
	}
	if req.Reason = tidy(req.Reason); req.Reason == "" {
		return ContactVersion{}, nil, InvalidField("reason", "required", "Please say why.")
	}
	req.Reason = clip(req.Reason, maxReason)
	was, err := e.store.ContactVersion(ctx, ContactRef{ContactID: req.ContactID})
	if err != nil {
		return ContactVersion{}, nil, fmt.Errorf("reading contact: %w", err)
	}
	edit := contactEditing{
		e: e, by: by, customerID: was.CustomerID, reason: req.Reason,
		req: ContactEdit{ContactID: req.ContactID, Version: req.Version, Data: req.Data},
		may: func(tx Tx, was ContactVersion, data ContactData) error {
			return mayEditForCustomer(ctx, tx, was, data, req.Shared)
		},
	}
	return edit.run(ctx)
}

// mayEditForCustomer refuses staff what only the customer may do, and what they
// may do knowingly only.
func mayEditForCustomer(ctx context.Context, tx Tx, was ContactVersion, data ContactData, knowing bool) error {
	cus, err := tx.Customer(ctx, was.CustomerID)
	if err != nil {
		return err
	}
	if cus.ClosedAt != nil {
		return Errorf(KindConflict, "account_closed", "The account of this customer is closed; what it holds is kept as it is.")
	}
	if Material(was.ContactData, data) {
		holds, err := tx.HoldsNames(ctx, was.ContactID)
		if err != nil {
			return err
		}
		if holds {
			return changeOfRegistrant(was.ContactData, data)
		}
	}
	if knowing {
		return nil
	}
	shared, err := isShared(ctx, tx, was.ContactID)
	if err == nil && shared {
		err = InvalidField("shared", "shared_contact", "Several names use this contact, and the change holds for all of them. Look at the list and tick that this is meant.")
	}
	return err
}

// isShared reports whether more than one live name uses a contact. The uses come
// name by name, and a name has no more roles than there are.
func isShared(ctx context.Context, r Reader, contactID string) (bool, error) {
	uses, err := r.ContactUses(ctx, contactID, Page{Limit: len(contactRoles) + 1})
	if err != nil || len(uses) == 0 {
		return false, err
	}
	return uses[len(uses)-1].DomainID != uses[0].DomainID, nil
}

// contactRoles are all roles that a contact can play for one name.
var contactRoles = [...]string{RoleRegistrant, RoleAdmin, RoleTech, RoleBilling}

// changeOfRegistrant is the refusal, of the first field that makes it one.
func changeOfRegistrant(was, data ContactData) error {
	field := "email"
	switch {
	case was.Name != data.Name:
		field = "name"
	case was.Organization != data.Organization:
		field = "organization"
	}
	return &Error{Kind: KindProhibited, Code: CodeChangeOfRegistrant, Field: field,
		Detail: "Another name, organisation or e-mail address of a registrant makes the name somebody else's. Only the customer can do that, in the portal, because it takes the registrant's consent. Everything else can be corrected here."}
}

// StaffContactsRequest asks that other contacts of a customer play roles for one
// of his names.
type StaffContactsRequest struct {
	DomainID string
	Roles    map[string]string // contact id by registrant, admin, tech, billing; others are kept
	Reason   string
}

// ChangeStaffContacts is ChangeContacts by staff, for a customer who asks for
// it, among the contacts that the customer has; the reason stands in the audit
// trail. A registrant with another name, organisation or e-mail address is
// refused: KindProhibited CodeChangeOfRegistrant.
func (e *Engine) ChangeStaffContacts(ctx context.Context, by Actor, req StaffContactsRequest) (Operation, error) {
	d, reason, err := e.staffDomain(ctx, by, req.DomainID, req.Reason)
	if err != nil {
		return Operation{}, err
	}
	wish := ContactsRequest{Name: d.Name, Roles: map[string]ContactChoice{}}
	for role, id := range req.Roles {
		if choice := (ContactChoice{ContactID: id}); role == RoleRegistrant {
			wish.Registrant = &choice
		} else {
			wish.Roles[role] = choice
		}
	}
	return e.changeContacts(ctx, by, d.CustomerID, wish, reason)
}

// contactsWish is what the audit trail keeps of a change of contacts by staff.
type contactsWish struct {
	ContactsSpec
	Reason string
}

// contactWish is what it keeps of a contact that staff have edited.
type contactWish struct {
	ContactVersion
	Reason string
}

// tellEdit tells the customer of an edit by staff that no registry hears of: an
// operation without commands, its event and the mail.
func (e *Engine) tellEdit(ctx context.Context, tx Tx, by Actor, was, now ContactVersion) error {
	at := e.Now()
	op := Operation{ID: e.id(PrefixOperation), Kind: OpContact, CustomerID: now.CustomerID, State: OpSucceeded, By: by, CreatedAt: at, FinishedAt: &at}
	if Material(was.ContactData, now.ContactData) {
		op.Kind = OpContactMaterial
	}
	if err := tx.InsertOperation(ctx, op); err != nil {
		return err
	}
	ev := e.event(successEvents[op.Kind], op, now.ContactID)
	if err := e.writeCustomerMail(ctx, tx, ev, mailOf(ev.Kind), op); err != nil {
		return err
	}
	return tx.InsertEvent(ctx, ev)
}
