package registrar

import "time"

// AuditEvent is evidence of one change. Before and After may hold personal
// data; the store keeps them in a row of their own with a retention class, so
// that they can be purged while the chain of digests still verifies.
type AuditEvent struct {
	ID         string
	At         time.Time
	By         Actor
	Action     string // for example "domain.nameservers"
	ObjectKind string // "domain", "contact", "customer", "command", …
	ObjectID   string
	ObjectName string // domain name, handle …; no personal data
	Before     any    // JSON-encodable or nil
	After      any
	Retention  RetentionClass
}

// RetentionClass says how long a personal payload is kept.
type RetentionClass string

// Retention classes.
const (
	RetainRegistration RetentionClass = "registration" // registration data: while sponsored and two years after
	RetainTransaction  RetentionClass = "transaction"  // money records
	RetainOperational  RetentionClass = "operational"  // transcripts, logs
)

// Event tells the rest of the system that something happened. It carries ids
// only; consumers read what they need.
type Event struct {
	ID         string
	Kind       EventKind
	CustomerID string
	Domain     string // A-label or ""
	DomainID   string
	OrderID    string
	Operation  string
	Detail     string
	At         time.Time
}

// EventKind names what happened.
type EventKind string

// Event kinds.
const (
	EventOrderPlaced          EventKind = "order.placed"
	EventDomainRegistered     EventKind = "domain.registered"
	EventDomainRenewed        EventKind = "domain.renewed"
	EventNameServersChanged   EventKind = "domain.nameservers_changed"
	EventDomainLocked         EventKind = "domain.locked"
	EventDomainUnlocked       EventKind = "domain.unlocked"
	EventTransferCode         EventKind = "domain.transfer_code_issued"
	EventTransferCodeEnd      EventKind = "domain.transfer_code_ended"
	EventDomainDeleted        EventKind = "domain.deleted"          // by us: gone, or pendingDelete at the registry
	EventDomainGone           EventKind = "domain.gone"             // the registry has purged a deleted name
	EventTransferAsked        EventKind = "domain.transfer_asked"   // another registrar asks for a name
	EventTransferredAway      EventKind = "domain.transferred_away" // and got it
	EventRegistryLowBalance   EventKind = "registry.low_balance"
	EventRegistryMaintenance  EventKind = "registry.maintenance"
	EventDomainMoved          EventKind = "domain.moved" // to another customer, by staff; one event for each of the two
	EventHostSet              EventKind = "domain.host_set"
	EventHostDeleted          EventKind = "domain.host_deleted"
	EventContactsChanged      EventKind = "domain.contacts_changed"
	EventRegistrantChanged    EventKind = "domain.registrant_changed" // material: another name, organisation or e-mail address
	EventContactChanged       EventKind = "contact.changed"
	EventContactMaterial      EventKind = "contact.changed_materially" // as above, for all names that it holds at the registry
	EventDomainRead           EventKind = "domain.read"                // the registry's own view was read; not stored
	EventDomainNotListed      EventKind = "domain.not_listed"          // the registry does not list a name of ours
	EventOperationFailed      EventKind = "operation.failed"
	EventNeedsReview          EventKind = "command.needs_review"
	EventRegistryNoFunds      EventKind = "registry.no_funds"
	EventRegistryFundsBack    EventKind = "registry.funds_back"
	EventBalanceToppedUp      EventKind = "balance.topped_up"
	EventCustomerSignedUp     EventKind = "customer.signed_up"
	EventPaymentReview        EventKind = "payment.needs_review"
	EventAdjustmentAsked      EventKind = "adjustment.asked" // waits for a second person
	EventPaymentReturned      EventKind = "payment.returned"
	EventPaymentRegained      EventKind = "payment.regained"
	EventReceivableOpened     EventKind = "receivable.opened"
	EventReceivableSettled    EventKind = "receivable.settled"
	EventReceivableWrittenOff EventKind = "receivable.written_off"
	EventBalanceAdjusted      EventKind = "balance.adjusted"
)

// Transcript is one masked EPP exchange.
type Transcript struct {
	ID        string
	Registry  string
	SessionID string
	CommandID string // "" for exchanges outside the journal
	ClTRID    string
	SvTRID    string
	Verb      string // "domain:create"
	Object    string // several are joined by a comma
	// Objects are all of them where there are several, for the search; they are
	// written and not read back.
	Objects   []string
	Code      int // 0 when no reply came
	Error     string
	StartedAt time.Time
	Duration  time.Duration
	Request   string // XML, secrets masked
	Response  string // XML, secrets masked; "" when none
}

// Mail is one message of the outgoing queue.
type Mail struct {
	ID string
	// CustomerID is whose affair it is; "" for mail to staff and mail passed on to
	// a holder.
	CustomerID string
	To         string
	ToName     string
	Subject    string
	Text       string
	HTML       string
	EventID    string // unique with Template: one mail per event
	Template   string
	State      MailState
	Attempt    int
	DueAt      time.Time // database time
	Lease      Lease
	LastError  string
	CreatedAt  time.Time
	SentAt     *time.Time
}

// MailState says what became of a mail.
type MailState string

// Mail states.
const (
	MailQueued MailState = "queued"
	MailSent   MailState = "sent"
	MailFailed MailState = "failed" // gave up; staff see it
)

// RegistryState is what replicas share about a registry account.
type RegistryState struct {
	Registry     string
	NoFundsSince *time.Time // 2104 seen: billable commands wait; nil = fine
	ProbeAt      time.Time  // database time: one billable command may try again
}
