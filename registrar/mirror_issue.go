package registrar

import (
	"context"
	"fmt"
	"time"
)

// FlawKind says what is wrong with a row of a billing system.
type FlawKind string

// Flaw kinds; FlawKinds says what each means.
const (
	FlawBadName     FlawKind = "bad_name"
	FlawUnknownTLD  FlawKind = "unknown_tld"
	FlawNoCustomer  FlawKind = "no_customer"
	FlawDuplicate   FlawKind = "duplicate_name"
	FlawTaken       FlawKind = "taken"
	FlawNoContact   FlawKind = "missing_contact"
	FlawNoName      FlawKind = "missing_name"
	FlawNoAddress   FlawKind = "missing_address"
	FlawNoEmail     FlawKind = "missing_email"
	FlawBadEmail    FlawKind = "bad_email"
	FlawManyEmails  FlawKind = "several_emails"
	FlawBadPhone    FlawKind = "bad_phone"
	FlawBadCountry  FlawKind = "bad_country"
	FlawEncoding    FlawKind = "encoding"
	FlawHTML        FlawKind = "html"
	FlawTooLong     FlawKind = "too_long"
	FlawBadHost     FlawKind = "bad_name_server"
	FlawNoExpiry    FlawKind = "no_expiry"
	FlawNoOrder     FlawKind = "no_order"
	FlawBadStatus   FlawKind = "unknown_status"
	FlawBadCurrency FlawKind = "bad_currency"
	FlawEnded       FlawKind = "ended"
	FlawVanished    FlawKind = "vanished"
)

// FlawInfo says what a kind means, what the import does and what to do.
type FlawInfo struct {
	Kind    FlawKind
	Title   string // a few words
	Import  string // what becomes of the row
	LeftOut bool   // the row is not taken
	Do      string // suggested action
}

// FlawKinds lists every kind in the order shown to people.
var FlawKinds = []FlawInfo{
	{FlawBadName, "Not a domain name", "left out", true, "Correct the name in the billing system."},
	{FlawUnknownTLD, "Ending not in the catalogue", "left out", true, "Add the ending to catalogue.tlds with the registry account that serves it, or ignore the row when another registrar serves it."},
	{FlawNoCustomer, "No such customer", "left out", true, "Give the name to a customer in the billing system."},
	{FlawDuplicate, "Name stands there twice", "left out; the row with the latest expiry date, then the latest one, is taken", true, "Delete the row that is no longer true in the billing system."},
	{FlawTaken, "Name belongs to another owner system here", "left out", true, "Decide who manages the name and cancel the other one."},
	{FlawNoContact, "No registrant at all", "taken without a registrant", false, "Enter the registrant in the billing system: registration data must name one."},
	{FlawNoName, "Contact has no name", "taken without it", false, "Enter the name in the billing system."},
	{FlawNoAddress, "Contact has no full address", "taken without it", false, "Enter street and city in the billing system."},
	{FlawNoEmail, "Contact has no e-mail address", "taken without it", false, "Ask the customer for an address: reminders that policies demand can't be delivered."},
	{FlawBadEmail, "E-mail address can't be used", "taken without it", false, "Correct the address in the billing system: reminders that policies demand can't be delivered."},
	{FlawManyEmails, "Several e-mail addresses in one field", "taken with the first", false, "Keep one address in the billing system."},
	{FlawBadPhone, "Phone number can't be used", "taken without it", false, "Correct the number in the billing system, with its country code."},
	{FlawBadCountry, "Country is not known", "taken without it", false, "Choose the country from the list in the billing system."},
	{FlawEncoding, "Characters are damaged", "taken as they stand", false, "Enter the text again in the billing system."},
	{FlawHTML, "Text is written as HTML", "taken decoded", false, "Look whether the decoded text is right; save the row again in the billing system."},
	{FlawTooLong, "Text is too long", "taken cut short, or without it", false, "Shorten it in the billing system."},
	{FlawBadHost, "Name server can't be used", "taken without it", false, "Correct the name servers in the billing system."},
	{FlawNoExpiry, "No expiry date", "taken without it", false, "Have the billing system synchronise the name with its registry."},
	{FlawNoOrder, "Name has no order", "taken while its expiry date is at most 90 days past, else as ended", false, "Look whether the name is still paid for; make an order for it or delete the row."},
	{FlawBadStatus, "Order has an unknown status", "taken as cancelled when it is a misspelling of canceled, else as sponsored", false, "Set a status that the billing system knows."},
	{FlawBadCurrency, "Currency is not known", "taken with the registrar's currency", false, "Set the customer's currency in the billing system."},
	{FlawEnded, "Cancelled there, still held here", "kept as it was, marked as gone", false, "Ask the registry whether the name is still ours; if not, remove it here."},
	{FlawVanished, "No longer listed there", "kept as it was, marked as gone", false, "Ask the registry whether the name is still ours; if not, remove it here."},
}

// Info returns what a kind means.
func (k FlawKind) Info() FlawInfo {
	for _, i := range FlawKinds {
		if i.Kind == k {
			return i
		}
	}
	return FlawInfo{Kind: k, Title: string(k)}
}

// MirrorFlaw is one thing that is wrong with a row.
type MirrorFlaw struct {
	Kind  FlawKind
	Field string // "" = the row as a whole
	Raw   string // what stands there, at most 1000 characters
}

// MirrorIssueState says who has seen an issue.
type MirrorIssueState string

// Issue states.
const (
	IssueOpen     MirrorIssueState = "open"
	IssueIgnored  MirrorIssueState = "ignored"  // by staff; opens again when what stands there changes
	IssueResolved MirrorIssueState = "resolved" // by staff; opens again when the next import still finds it
	IssueFixed    MirrorIssueState = "fixed"    // an import no longer found it
)

// IssueStates lists them in the order shown to people.
var IssueStates = []MirrorIssueState{IssueOpen, IssueIgnored, IssueResolved, IssueFixed}

// MirrorIssue is one row of the worklist.
type MirrorIssue struct {
	ID         string
	System     string
	Object     MirrorKind
	ExternalID string
	MirrorFlaw
	State    MirrorIssueState
	Label    string // name of the domain or customer, for people
	ObjectID string // customer or domain here; "" = none
	FoundAt  time.Time
	EndedAt  *time.Time
	EndedBy  string
	Reason   string
}

// MirrorIssueFilter narrows the worklist. System and State must be given.
type MirrorIssueFilter struct {
	System string
	State  MirrorIssueState
	Kind   FlawKind // "" = all
}

// EndMirrorIssue takes an issue off the worklist: IssueIgnored until what stands
// there changes, IssueResolved until an import finds it again.
//
// Errors: KindInvalid, KindNotFound, KindConflict when it is not open.
func (e *Engine) EndMirrorIssue(ctx context.Context, by Actor, id string, to MirrorIssueState, reason string) error {
	reason, err := staffReason(reason)
	if err != nil {
		return err
	}
	if to != IssueIgnored && to != IssueResolved {
		return InvalidField("state", "bad_state", "An issue can be ignored or resolved.")
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.staffMay(ctx, tx, by, StaffCommands); err != nil {
			return err
		}
		was, err := tx.MirrorIssue(ctx, id)
		if err != nil {
			return err
		}
		if was.State != IssueOpen {
			return Errorf(KindConflict, "not_open", "This issue is not open any more.")
		}
		next, now := was, e.Now()
		next.State, next.EndedAt, next.EndedBy, next.Reason = to, &now, by.ID, reason
		return tx.WriteMirror(ctx, MirrorBatch{Issues: []MirrorIssue{next}, Audit: []AuditEvent{e.audit(by, "mirror.issue."+string(to), "mirror_issue", id, "", was, next)}})
	})
	if err != nil {
		return fmt.Errorf("ending an issue: %w", err)
	}
	return nil
}

// RemoveMirrored ends a name here that its billing system no longer lists. The
// registry is not asked and nothing is sent: whoever removes it has looked.
//
// Errors: KindInvalid, KindNotFound, KindConflict when the issue is not an open
// one of a name that is gone.
func (e *Engine) RemoveMirrored(ctx context.Context, by Actor, issueID, reason string) error {
	reason, err := staffReason(reason)
	if err != nil {
		return err
	}
	var gone Domain
	err = e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.staffMay(ctx, tx, by, StaffDomains); err != nil {
			return err
		}
		issue, err := tx.MirrorIssue(ctx, issueID)
		if err != nil {
			return err
		}
		if issue.State != IssueOpen || issue.Object != MirrorDomains || (issue.Kind != FlawVanished && issue.Kind != FlawEnded) {
			return Errorf(KindConflict, "not_gone", "Only a name that its billing system no longer lists can be removed.")
		}
		row, err := tx.MirrorRow(ctx, issue.System, issue.Object, issue.ExternalID)
		if err != nil {
			return err
		}
		was, err := tx.Domain(ctx, row.ObjectID)
		if err != nil {
			return err
		}
		if row.GoneAt == nil || was.OwnerSystem != OwnerMirror(issue.System) {
			return Errorf(KindConflict, "not_gone", "Only a name that its billing system no longer lists can be removed.")
		}
		gone = was
		gone.State = DomainDeleted
		if err := tx.UpdateDomain(ctx, gone); err != nil {
			return err
		}
		b := MirrorBatch{DropRows: []MirrorRow{row}, Audit: []AuditEvent{e.audit(by, "mirror.remove", "domain", was.ID, was.Name, was, map[string]any{"State": gone.State, "Reason": reason})}}
		if issue.Kind == FlawEnded { // the row is still there, and stays known as one that has nothing here
			row.ObjectID, row.Applied, row.GoneAt = "", "", nil
			b.DropRows, b.Rows = nil, []MirrorRow{row}
			now := e.Now()
			issue.State, issue.EndedAt, issue.EndedBy, issue.Reason = IssueResolved, &now, by.ID, reason
			b.Issues = []MirrorIssue{issue}
		}
		return tx.WriteMirror(ctx, b)
	})
	if err != nil {
		return fmt.Errorf("removing a mirrored name: %w", err)
	}
	e.notice.publish(Event{Kind: EventDomainRead, CustomerID: gone.CustomerID, Domain: gone.Name, DomainID: gone.ID, At: e.Now()})
	return nil
}

// staffReason wants a sentence.
func staffReason(reason string) (string, error) {
	if reason = tidy(reason); reason == "" {
		return "", InvalidField("reason", "required", "Please say why.")
	}
	if len([]rune(reason)) > 500 {
		return "", InvalidField("reason", "too_long", "At most 500 characters are possible here.")
	}
	return reason, nil
}
