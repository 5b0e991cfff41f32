package registrar

import (
	"context"
	"time"
)

// BillingSystem is a system of other people that sells domain names of ours and
// manages them by itself. A plugin reads it; nothing here ever writes to it.
//
// Lists are in ascending order of the system's own key. Each call returns at most
// limit rows behind the row whose ExternalID is after ("" = from the start), so a
// list of any length is read in constant memory and from any place on. Fewer than
// limit rows mean the end. Rows may be added, changed or removed between two
// calls. Errors: KindUnavailable when the system can't be reached in time,
// KindUnsupported when its schema is not one the plugin knows.
type BillingSystem interface {
	// System is its short name in lower case, for example "fossbilling": at most 40
	// letters and digits.
	System() string
	// Probe proves that everything that will be read can be read, and returns the
	// version in words.
	Probe(ctx context.Context) (version string, err error)
	Customers(ctx context.Context, after string, limit int) ([]MirrorCustomer, error)
	Domains(ctx context.Context, after string, limit int) ([]MirrorDomain, error)
}

// MirrorCustomer is one customer as a billing system has it, not yet cleaned.
type MirrorCustomer struct {
	ExternalID string // stable; at most 64 ASCII characters
	Contact    MirrorContact
	Currency   string // ISO 4217 or ""
	Language   string // as it stands there, for example "en_US"
	CreatedAt  *time.Time
	Flaws      []MirrorFlaw // what the plugin itself found wrong
}

// MirrorContact is a person or organisation as a billing system has it.
type MirrorContact struct {
	Name, Organization, Email string
	Street                    []string // entries may hold several lines
	City, State, PostalCode   string
	Country                   string // ISO 3166-1 alpha-2, or whatever stands there
	PhoneCC, Phone            string // country calling code apart, when the system keeps it apart
}

// MirrorDomain is one domain as a billing system has it, not yet cleaned.
type MirrorDomain struct {
	ExternalID  string // stable; at most 64 ASCII characters
	CustomerID  string // ExternalID of its customer
	Name        string // as it stands there
	Standing    MirrorStanding
	Registrant  MirrorContact
	NameServers []string
	Locked      bool       // the system believes that clientTransferProhibited is set
	CreatedAt   *time.Time // at the registry; nil = not known
	ExpiresAt   *time.Time
	Flaws       []MirrorFlaw
}

// MirrorStanding says what a row of a billing system means for us.
type MirrorStanding string

// Standings.
const (
	StandingSponsored MirrorStanding = "sponsored" // with us at the registry
	StandingPending   MirrorStanding = "pending"   // ordered there, not yet ours
	StandingEnded     MirrorStanding = "ended"     // cancelled there
	StandingUnread    MirrorStanding = "unread"    // its name can't be read
)

// MirrorKind says which list a row is from.
type MirrorKind string

// Kinds.
const (
	MirrorCustomers MirrorKind = "customer"
	MirrorDomains   MirrorKind = "domain"
)

// Prefixes of ids.
const (
	PrefixMirrorRun   = "mrr"
	PrefixMirrorIssue = "mri"
)

// MirrorPhase is what an import is doing.
type MirrorPhase string

// Phases, in their order.
const (
	PhaseReadCustomers  MirrorPhase = "read_customers"
	PhaseReadDomains    MirrorPhase = "read_domains"
	PhaseApplyCustomers MirrorPhase = "apply_customers"
	PhaseApplyDomains   MirrorPhase = "apply_domains"
	PhaseEnded          MirrorPhase = "ended"
)

// MirrorOutcome says how an import ended.
type MirrorOutcome string

// Outcomes.
const (
	MirrorRunning   MirrorOutcome = "running"
	MirrorDone      MirrorOutcome = "done"
	MirrorPlanned   MirrorOutcome = "planned"   // a dry run: nothing but the mirror's own tables was written
	MirrorBraked    MirrorOutcome = "braked"    // too many names would be dropped: waits for release by staff
	MirrorFailed    MirrorOutcome = "failed"    // see Problem; the next run begins anew
	MirrorAbandoned MirrorOutcome = "abandoned" // another kind of run took its place
)

// MirrorRun is one import. It survives the process: whoever imports next goes on
// where it stands.
type MirrorRun struct {
	ID      string
	System  string
	Token   string // of the process that works on it
	Version string // of the billing system
	Dry     bool
	Phase   MirrorPhase
	After   string // where the phase goes on
	Outcome MirrorOutcome

	CustomersRead int
	DomainsRead   int
	Created       int // customers and domains made here
	Changed       int
	Unchanged     int
	Gone          int // no longer listed there, marked here
	LeftOut       int // rows that could not be taken; see the worklist
	Flaws         int // in the worklist when it ended

	BrakeID   string
	Problem   string // why it failed; a sentence
	StartedBy string
	StartedAt time.Time
	EndedAt   *time.Time
}

// MirrorRow is what is kept of one row of a billing system.
type MirrorRow struct {
	System     string
	Kind       MirrorKind
	ExternalID string
	Name       string // of a domain: A-label, "" when unreadable; of a customer: ExternalID
	Standing   MirrorStanding
	Owner      string // ExternalID of a domain's customer
	ObjectID   string // customer or domain here; "" = none
	Contact    ContactRef
	Digest     string // hex SHA-256 of Facts as read last
	Applied    string // Digest that ObjectID was made from
	Facts      string // JSON of the cleaned row
	SeenRun    string
	GoneAt     *time.Time
	CreatedAt  time.Time
}

// MirrorReader reads what imports left.
type MirrorReader interface {
	// RunningMirror returns the run of a system that is under way or was cut off.
	RunningMirror(ctx context.Context, system string) (run MirrorRun, ok bool, err error)
	// MirrorRuns lists runs of a system, newest first.
	MirrorRuns(ctx context.Context, system string, page Page) ([]MirrorRun, error)
	// MirrorRow returns KindNotFound for a row never read.
	MirrorRow(ctx context.Context, system string, kind MirrorKind, externalID string) (MirrorRow, error)
	// MirrorRows returns the rows with these external ids.
	MirrorRows(ctx context.Context, system string, kind MirrorKind, externalIDs []string) ([]MirrorRow, error)
	// MirrorRowsAfter lists rows by name and external id behind a MirrorRow.PageKey.
	MirrorRowsAfter(ctx context.Context, system string, kind MirrorKind, after string, limit int) ([]MirrorRow, error)
	// MirrorRowOf returns the row that a customer or domain here was made from.
	MirrorRowOf(ctx context.Context, objectID string) (MirrorRow, error)
	// IsMirroredContact reports whether an import keeps this contact.
	IsMirroredContact(ctx context.Context, contactID string) (bool, error)
	// CountMirror counts the rows of a kind that have an object here and are not
	// gone, and those of them that this run did not see as sponsored.
	CountMirror(ctx context.Context, system string, kind MirrorKind, runID string) (held, dropped int, err error)
	// LiveDomains returns the live rows of these names by name.
	LiveDomains(ctx context.Context, names []string) (map[string]Domain, error)

	MirrorIssue(ctx context.Context, id string) (MirrorIssue, error)
	// MirrorIssues lists the worklist, newest first.
	MirrorIssues(ctx context.Context, f MirrorIssueFilter, page Page) ([]MirrorIssue, error)
	// MirrorIssuesOf returns the issues of these rows, in any state.
	MirrorIssuesOf(ctx context.Context, system string, kind MirrorKind, externalIDs []string) ([]MirrorIssue, error)
	// CountMirrorIssues counts issues in a state by kind, and all of them under "".
	CountMirrorIssues(ctx context.Context, system string, state MirrorIssueState) (map[FlawKind]int, error)
}

// PageKey is the place behind r in MirrorRowsAfter.
func (r MirrorRow) PageKey() string { return r.Name + " " + r.ExternalID }

// MirrorWriter writes it.
type MirrorWriter interface {
	// InsertMirrorRun fails with KindConflict when the system has a run under way.
	InsertMirrorRun(ctx context.Context, r MirrorRun) error
	// TakeMirrorRun makes token the one that may write.
	TakeMirrorRun(ctx context.Context, id, token string) (ok bool, err error)
	// SaveMirrorRun writes the run while it carries its token; ok is false when
	// another process has taken it: nothing of this transaction may stay.
	SaveMirrorRun(ctx context.Context, r MirrorRun) (ok bool, err error)
	// WriteMirror writes one page of an import.
	WriteMirror(ctx context.Context, b MirrorBatch) error
}

// MirrorBatch is one page of an import: inserts go in bulk.
type MirrorBatch struct {
	NewRows     []MirrorRow
	Rows        []MirrorRow // changed
	DropRows    []MirrorRow // forgotten, with their issues
	Seen        []MirrorRow // only SeenRun is written, the same for all
	Customers   []Customer
	Renamed     []Customer
	Contacts    []ContactVersion // first versions
	NewVersions []ContactVersion // further ones
	Domains     []Domain
	Changed     []Domain
	Registrants map[string]string // contact id by domain id, of Domains and Changed
	Audit       []AuditEvent
	NewIssues   []MirrorIssue
	Issues      []MirrorIssue // changed
}
