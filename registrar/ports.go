package registrar

import (
	"context"
	"time"
)

// Store keeps everything. registrar/store implements it on SQLite and on
// MySQL/MariaDB. Reads outside a transaction see committed data only.
//
// Errors: a missing row is KindNotFound, a broken unique key KindConflict, a
// database that can't be reached KindUnavailable; anything else is wrapped as is.
type Store interface {
	Reader
	// InTx runs fn in one transaction. On deadlock or lock timeout the whole
	// closure runs again, so fn must have no effect outside the transaction and
	// must return every error it gets from tx at once.
	InTx(ctx context.Context, fn func(tx Tx) error) error
	// TryLease takes the named lease when it is free or expired (database time).
	// ok is false when somebody else holds it.
	TryLease(ctx context.Context, name, holder string, ttl time.Duration) (token string, ok bool, err error)
	// RenewLease prolongs a lease that is still ours.
	RenewLease(ctx context.Context, name, token string, ttl time.Duration) (ok bool, err error)
	// ReleaseLease gives a lease back; releasing a lost lease is no error.
	ReleaseLease(ctx context.Context, name, token string) error
	// Now returns database time, which leases and due times are kept in.
	Now(ctx context.Context) (time.Time, error)
	// Ping proves that the database answers and can be written.
	Ping(ctx context.Context) error
}

// Page asks for the part of a list that follows After, in the list's own order.
type Page struct {
	After string // the last key of the page before; "" = from the start
	Limit int    // 1-500; 0 = 50
}

// Size returns the limit within its bounds.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return 50
	case p.Limit > 500:
		return 500
	}
	return p.Limit
}

// DomainFilter narrows a list of domains. Zero fields do not narrow.
type DomainFilter struct {
	CustomerID string
	States     []DomainState
	Prefix     string // of the A-label
	Registry   string
}

// CommandFilter narrows a list of commands.
type CommandFilter struct {
	States   []CommandState
	Registry string
	DomainID string
}

// OperationFilter narrows a list of operations.
type OperationFilter struct {
	CustomerID string
	DomainID   string
	States     []OperationState
}

// Reader holds all reads. Lists are in ascending order of name for domains and
// in descending order of id (newest first) for everything else; the key of the
// last row is the next Page.After.
type Reader interface {
	LifeReader
	QueueMessageReader
	DifferenceReader
	BasketReader
	PaymentReader
	ReceivableReader
	DutyReader
	WebhookReader
	MirrorReader
	ApprovalReader

	Customer(ctx context.Context, id string) (Customer, error)
	// Customers finds by id, or by part of name or of a user's address.
	Customers(ctx context.Context, query string, page Page) ([]Customer, error)
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	UsersOf(ctx context.Context, customerID string) ([]User, error)
	TokenByDigest(ctx context.Context, digest string) (APIToken, error)
	TokensOf(ctx context.Context, customerID string) ([]APIToken, error)
	AccessReader

	// ContactVersion returns one version; Version 0 asks for the latest.
	ContactVersion(ctx context.Context, ref ContactRef) (ContactVersion, error)
	// Contacts lists the latest version of each contact of a customer.
	Contacts(ctx context.Context, customerID string, page Page) ([]ContactVersion, error)
	RegistryContact(ctx context.Context, registry string, ref ContactRef) (RegistryContact, error)
	// HasRegistryHost says whether the host object is known to exist.
	HasRegistryHost(ctx context.Context, registry, host string) (bool, error)

	Domain(ctx context.Context, id string) (Domain, error)
	// DomainByName returns the live row (pending_create or active) of a name.
	DomainByName(ctx context.Context, name string) (Domain, error)
	Domains(ctx context.Context, f DomainFilter, page Page) ([]Domain, error)
	// DomainsNeedingInfo lists active domains of a registry whose NeedsInfo is set.
	DomainsNeedingInfo(ctx context.Context, registry string, limit int) ([]Domain, error)
	// Registration returns an active domain with its registrant by one indexed
	// query: the source of RDAP, WHOIS and escrow.
	Registration(ctx context.Context, name string) (Registration, error)

	Order(ctx context.Context, id string) (Order, error)
	Orders(ctx context.Context, customerID string, page Page) ([]Order, error)
	Operation(ctx context.Context, id string) (Operation, error)
	Operations(ctx context.Context, f OperationFilter, page Page) ([]Operation, error)

	Command(ctx context.Context, id string) (Command, error)
	// CommandsOf lists an operation's commands by Seq.
	CommandsOf(ctx context.Context, operationID string) ([]Command, error)
	Commands(ctx context.Context, f CommandFilter, page Page) ([]Command, error)
	// DueCommands lists commands of a registry in state that are due and not
	// leased, oldest DueAt first. Billable ones are left out when noBillable.
	DueCommands(ctx context.Context, registry string, state CommandState, noBillable bool, limit int) ([]Command, error)
	// OpenCommandCounts counts open commands by state.
	OpenCommandCounts(ctx context.Context) (map[CommandState]int, error)

	// Account returns KindNotFound when the account was never used.
	Account(ctx context.Context, key AccountKey) (Account, error)
	AccountByID(ctx context.Context, id string) (Account, error)
	Accounts(ctx context.Context, kind AccountKind, page Page) ([]Account, error)
	Entries(ctx context.Context, accountID string, page Page) ([]Entry, error)
	// OpenHolds lists money set aside on an account.
	OpenHolds(ctx context.Context, accountID string, page Page) ([]Hold, error)
	// CheckLedger compares every cached figure with the sum of its parts and
	// calls report for each difference. It reads in pages.
	CheckLedger(ctx context.Context, report func(LedgerProblem)) error

	TLDs(ctx context.Context) ([]TLD, error)
	Prices(ctx context.Context) ([]Price, error)

	AuditOf(ctx context.Context, objectKind, objectID string, page Page) ([]AuditEvent, error)
	// UnchainedAudit lists events that are not yet chained and at least minAge old.
	UnchainedAudit(ctx context.Context, minAge time.Duration, limit int) ([]AuditDigest, error)
	// VerifyAudit walks the chain and recomputes every digest that still has its
	// payload; report is called for each break.
	VerifyAudit(ctx context.Context, report func(eventID, problem string)) error
	EventsOf(ctx context.Context, domainID string, page Page) ([]Event, error)
	RegistryState(ctx context.Context, registry string) (RegistryState, error)
	DueMails(ctx context.Context, limit int) ([]Mail, error)

	RestoreReader
	ImportReader
	OutboxReader
	ExportReader
	TranscriptReader
	RetentionReader
}

// Registration is a domain with what a directory needs to know of it.
type Registration struct {
	Domain     Domain
	Registrant ContactVersion
}

// AuditDigest is an event as the chain sees it: no payload.
type AuditDigest struct {
	EventID string
	Digest  string // hex SHA-256 over the event's fields and its salted payload digest
}

// RegistryContact ties a contact version to its object at a registry.
type RegistryContact struct {
	Registry string
	Ref      ContactRef
	Handle   string // unique per registry
	Created  bool   // false: handle chosen, create not yet confirmed
}

// Tx holds all writes. A Tx also reads, and sees its own writes.
type Tx interface {
	Reader
	RestoreWriter
	ImportWriter
	OutboxWriter
	RetentionWriter
	LifeTx
	BasketTx
	PaymentTx
	ReceivableTx
	DutyWriter
	WebhookTx
	MirrorWriter
	ApprovalTx
	QueueMessageTx
	DifferenceTx

	InsertCustomer(ctx context.Context, c Customer) error
	InsertUser(ctx context.Context, u User) error
	InsertToken(ctx context.Context, t APIToken) error
	RevokeToken(ctx context.Context, customerID, id string, at time.Time) error
	TouchToken(ctx context.Context, id string, at time.Time) error
	AccessTx

	// InsertContactVersion writes a version; Version must be the next one.
	InsertContactVersion(ctx context.Context, v ContactVersion) error
	InsertRegistryContact(ctx context.Context, c RegistryContact) error
	MarkRegistryContactCreated(ctx context.Context, registry, handle string) error
	// InsertRegistryHost records that a host object exists; twice is no error.
	InsertRegistryHost(ctx context.Context, registry, host string, at time.Time) error
	// ForgetRegistryObjects undoes what we believed of a registry that answered
	// 2303 for one of them: the next order creates them anew.
	ForgetRegistryObjects(ctx context.Context, registry string, handles, hosts []string) error

	// InsertDomain fails with KindConflict when the name has a live row.
	InsertDomain(ctx context.Context, d Domain) error
	// UpdateDomain writes all changeable fields, guarded by the revision that was
	// read in this transaction.
	UpdateDomain(ctx context.Context, d Domain) error

	InsertOrder(ctx context.Context, o Order) error
	// EndLine moves an open line to done or failed; ok is false when it was not open.
	EndLine(ctx context.Context, lineID string, to LineState, failure string) (ok bool, err error)
	SetOrderState(ctx context.Context, orderID string, to OrderState) error
	InsertOperation(ctx context.Context, o Operation) error
	// SetOperationState moves an operation that is not final; ok is false when it was.
	SetOperationState(ctx context.Context, o Operation) (ok bool, err error)

	// InsertCommands journals commands. A second open domain transform for the
	// same name breaks a unique index: KindConflict, code "operation_open".
	InsertCommands(ctx context.Context, cs []Command) error
	// QueueNext moves the operation's waiting command with that Seq to queued; ok
	// is false when there is none.
	QueueNext(ctx context.Context, operationID string, seq int) (ok bool, err error)
	// CancelWaiting moves all waiting commands of the operation to cancelled.
	CancelWaiting(ctx context.Context, operationID string, at time.Time) error
	// ClaimCommand takes the lease of a command in state that nobody holds.
	ClaimCommand(ctx context.Context, id string, state CommandState, holder, token string, ttl time.Duration) (ok bool, err error)
	// ChangeCommand writes the changeable fields of c when its row is still in
	// state from and still carries token ("" = no lease needed: staff). Zero
	// rows: ok is false and the caller must not act.
	ChangeCommand(ctx context.Context, c Command, from CommandState, token string, due DueChange) (ok bool, err error)

	// EnsureAccount returns the account, creating it when it is new.
	EnsureAccount(ctx context.Context, key AccountKey) (Account, error)
	// HoldFunds sets h.Minor aside by one conditional update; KindInsufficientFunds
	// when balance minus held is smaller.
	HoldFunds(ctx context.Context, h Hold) error
	// EndHold moves an open hold to captured or released and lowers the account's
	// held amount; ok is false when it was not open.
	EndHold(ctx context.Context, holdID string, to HoldState, at time.Time) (h Hold, ok bool, err error)
	// Post books a balanced posting and the cached balances, accounts in a fixed
	// order. The same (Kind, Ref) again is KindConflict.
	Post(ctx context.Context, p Posting) error

	PutTLD(ctx context.Context, t TLD) error
	// PutPrice writes a dated row, keyed by TLD, action, class, years, currency
	// and ValidFrom.
	PutPrice(ctx context.Context, p Price) error

	InsertAudit(ctx context.Context, e AuditEvent) error
	// ChainAudit appends events to the chain, in the order given.
	ChainAudit(ctx context.Context, events []AuditDigest, at time.Time) error
	InsertEvent(ctx context.Context, e Event) error
	InsertTranscript(ctx context.Context, t Transcript) error

	// SetNoFunds records since when a registry refuses billable commands (nil =
	// it takes them again); changed is false when it already was so.
	SetNoFunds(ctx context.Context, registry string, since *time.Time) (changed bool, err error)
	// TakeProbe lets one billable command through per interval while there are no
	// funds; ok is false when it isn't time yet.
	TakeProbe(ctx context.Context, registry string, every time.Duration) (ok bool, err error)

	InsertMail(ctx context.Context, m Mail) error
	ClaimMail(ctx context.Context, id, holder, token string, ttl time.Duration) (ok bool, err error)
	// ChangeMail writes state, attempt and error when the row still carries token.
	ChangeMail(ctx context.Context, m Mail, token string, dueIn time.Duration) (ok bool, err error)

	// BindKey remembers an idempotency key. When (Scope, Key) is known and not
	// expired, it changes nothing and returns the known row and false.
	BindKey(ctx context.Context, k IdempotencyKey) (known IdempotencyKey, fresh bool, err error)
	// RebindKey points a known key to a new operation, guarded by the old one.
	RebindKey(ctx context.Context, k IdempotencyKey, oldOperation string) (ok bool, err error)
	// PurgeKeys removes expired keys and returns how many.
	PurgeKeys(ctx context.Context, now time.Time, limit int) (int, error)
}

// DueChange says when a changed command is next due and what becomes of its
// lease, in database time.
type DueChange struct {
	In       time.Duration // due_at = now + In
	SettleIn time.Duration // when positive: settle_at = now + SettleIn
	LeaseFor time.Duration // when positive the lease is kept that long, else given up
}

// IdempotencyKey ties a client's key to what it caused, so that a repeated
// request can never act twice, even when the first answer was lost.
type IdempotencyKey struct {
	Scope       string // who: customer id
	Key         string // as the client sent it, 1-255 characters
	BodyDigest  string // hex SHA-256 of method, path and body
	OperationID string // what it caused
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// Mailer hands one message to the outside.
type Mailer interface {
	// Send returns when the next hop has taken the message. Permanent refusals are
	// KindInvalid; everything else may be tried again.
	Send(ctx context.Context, m Mail) error
}
