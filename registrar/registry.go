package registrar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Registry is one upstream registry account in domain words. Adapters under
// eppclient/adapter implement it. All methods may be called concurrently.
//
// Reads (Check, *Info) may be repeated at will. Transforms take a Send and obey
// its contract. Errors of all methods are one of
//   - *ResultError: the registry answered with a 2xxx code;
//   - *NotSentError: nothing left this machine, so nothing happened there;
//   - *UnknownOutcomeError: bytes may have left and no reply could be matched:
//     only <info> can tell what happened (RFC 5734 §3).
//
// What an account can't do, as Capabilities says, is refused with code 2101 or
// 2102 and nothing is sent.
type Registry interface {
	// Capabilities states what dialect and server support, narrowed by the last
	// greeting seen. It does no I/O.
	Capabilities() Capabilities

	// CheckDomains asks for availability. Results come in the order of names.
	// Names are A-labels of TLDs that this registry serves.
	CheckDomains(ctx context.Context, names []string) ([]CheckResult, error)
	// DomainInfo, ContactInfo and HostInfo return *ResultError with code 2303
	// when the object does not exist.
	DomainInfo(ctx context.Context, name string) (DomainInfo, error)
	ContactInfo(ctx context.Context, handle string) (ContactInfo, error)
	HostInfo(ctx context.Context, name string) (HostInfo, error)

	CreateContact(ctx context.Context, send Send, c ContactCreate) (Receipt, error)
	CreateHost(ctx context.Context, send Send, h HostCreate) (Receipt, error)
	CreateDomain(ctx context.Context, send Send, d DomainCreate) (DomainCreated, error)
	RenewDomain(ctx context.Context, send Send, r DomainRenew) (DomainRenewed, error)
	// UpdateNameServers replaces the delegation. The adapter computes what to add
	// and remove from u.Current, which the caller has just read by DomainInfo.
	UpdateNameServers(ctx context.Context, send Send, u NameServerUpdate) (Receipt, error)
	// UpdateDomain changes statuses, contacts and the transfer code. What it adds
	// and removes is a difference to what the caller has just read by DomainInfo.
	UpdateDomain(ctx context.Context, send Send, u DomainUpdate) (Receipt, error)
	// DeleteDomain deletes a name. Code 1001 means that it stays pendingDelete for
	// a while; 1000 usually that it is gone, which <info> tells for sure.
	DeleteDomain(ctx context.Context, send Send, name string) (Receipt, error)
	// UpdateContact replaces all data of a contact object.
	UpdateContact(ctx context.Context, send Send, c ContactUpdate) (Receipt, error)
	// UpdateHost changes addresses or the name of a host object.
	UpdateHost(ctx context.Context, send Send, h HostUpdate) (Receipt, error)
	DeleteHost(ctx context.Context, send Send, name string) (Receipt, error)

	Transfers
	Restores
	Delegations
	Prices
	Claims
	Messages

	// NewTransferCode makes a code as this registry takes it, of at least 128
	// random bits (RFC 9154 §4.1). It does no I/O.
	NewTransferCode() (Secret, error)
	// VerifyTransferCode asks by <info> whether code is the name's (RFC 9154 §4.4).
	VerifyTransferCode(ctx context.Context, name string, code Secret) (bool, error)
}

// Send accompanies each transform.
type Send struct {
	ClTRID    string // client transaction id, 3-64 characters, unique (RFC 5730 §2.5)
	CommandID string // journal id, for the transcript
	// BeforeSend is called exactly once, when a live session is held and before
	// the first byte leaves. When it fails nothing is sent and the transform
	// returns *NotSentError wrapping the error. May be nil.
	BeforeSend func(ctx context.Context) error
}

// Receipt is what every successful transform answers.
type Receipt struct {
	ClTRID, SvTRID string
	Code           int  // 1000 or 1001
	Pending        bool // 1001: accepted, the outcome comes later
	// Handle is the id that the registry gave to a new contact; "" = ours stands.
	Handle string
	Cost   *Money // what the registry says that it took; nil when it says nothing
}

// ResultError is a definite refusal by the registry (RFC 5730 §3).
type ResultError struct {
	Code           int
	Msg            string // the registry's text, in its language
	Reason         string // value/reason parts, joined
	ClTRID, SvTRID string
}

// Error returns code and text.
func (e *ResultError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("registry answered %d %s (%s)", e.Code, e.Msg, e.Reason)
	}
	return fmt.Sprintf("registry answered %d %s", e.Code, e.Msg)
}

// NotSentError says that nothing left this machine.
type NotSentError struct{ Cause error }

// Error and Unwrap show the cause.
func (e *NotSentError) Error() string { return "not sent: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *NotSentError) Unwrap() error { return e.Cause }

// UnknownOutcomeError says that the command may or may not have been executed.
type UnknownOutcomeError struct{ Cause error }

// Error shows the cause.
func (e *UnknownOutcomeError) Error() string { return "outcome unknown: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *UnknownOutcomeError) Unwrap() error { return e.Cause }

// Result codes that the engine decides by (RFC 5730 §3).
const (
	CodeOK                   = 1000
	CodePending              = 1001
	CodeUnimplemented        = 2101
	CodeUnimplementedOption  = 2102
	CodeBillingFailure       = 2104
	CodeObjectExists         = 2302
	CodeObjectDoesNotExist   = 2303
	CodeCommandFailed        = 2400
	CodeCommandFailedClosing = 2500
	CodeAuthFailureClosing   = 2501
	CodeSessionLimitClosing  = 2502
)

// ResultCode returns the registry's code when err is a *ResultError, else 0.
func ResultCode(err error) int {
	var re *ResultError
	if errors.As(err, &re) {
		return re.Code
	}
	return 0
}

// Capabilities states what a registry account can do. Engine, portal and docs
// read the same value.
type Capabilities struct {
	Dialect          string // adapter name, for example "rfc"
	ContactModel     ContactModel
	ContactRoles     []string // roles beside the registrant that a create must carry
	HostModel        HostModel
	PostalTypes      []string // of "int", "loc", in order of preference
	CheckBatch       int      // names per <check>
	MinYears         int
	MaxYears         int
	MinNameServers   int
	MaxNameServers   int
	Thin             bool // registry keeps no contacts
	FeeVersions      []string
	AuthInfoAtCreate bool // create carries a generated code

	Transfer          bool // of domains
	TransferContacts  bool
	TransferImmediate bool // a request with the right code is executed at once
	Restore           RestoreStyle
	NoLocks           bool // client statuses can't be set
	SecDNS            SecDNSForm
	Messages          bool     // there is a queue to poll
	Prices            bool     // prices can be asked for
	Balance           bool     // the account can be asked for
	Launch            bool     // launch phases and claims
	Tokens            bool     // allocation tokens (RFC 8495)
	IDNTables         bool     // a create names the table of an IDN
	TTL               bool     // TTLs of the delegation can be set
	Fields            []string // names that DomainCreate.Fields may have

	// AddGrace is how long after a registration the registry takes a deletion
	// back with everything it charged for the name (RFC 3915 §3.1); 0 = it does not.
	AddGrace time.Duration

	MaxSessions    int
	CommandsPerSec float64 // 0 = no limit known
	Services       []string
	Extensions     []string
}

// ContactModel says whether a registry takes contact objects.
type ContactModel string

// Contact models.
const (
	ContactsRequired   ContactModel = "required"
	ContactsOptional   ContactModel = "optional"
	ContactsProhibited ContactModel = "prohibited"
)

// HostModel says how a registry is told name servers (RFC 5731 §1.1).
type HostModel string

// Host models.
const (
	HostObjects    HostModel = "hostObj"
	HostAttributes HostModel = "hostAttr"
)

// Availability is the answer to a check, as people and programs read it.
type Availability string

// Availability values.
const (
	Available   Availability = "available"
	Registered  Availability = "registered"
	Reserved    Availability = "reserved"
	Unsupported Availability = "unsupported"
	Unknown     Availability = "unknown"
)

// CheckResult is a registry's answer for one name.
type CheckResult struct {
	Name   string
	Status Availability // available, registered or reserved
	Reason string       // the registry's words, "" when it gave none

	// Premium says that the registry asks a price of its own for the name.
	Premium bool
}

// DomainInfo is what a registry says of a domain (RFC 5731 §3.1.2).
type DomainInfo struct {
	Name        string
	ROID        string
	Sponsor     string // clID
	Ours        bool   // the sponsor is this account
	Statuses    []string
	Registrant  string // contact handle
	Contacts    ContactHandles
	NameServers []string // A-labels, lower case
	Created     time.Time
	Updated     time.Time // zero when never
	Transferred time.Time // zero when never
	Expires     time.Time
	ExpiresRaw  string   // exDate as the registry wrote it
	Subordinate []string // hosts below the name
	Graces      []string // grace periods (RFC 3915 §3.1), apart from Statuses
	SecDNS      SecDNS

	// HasTransferCode is what <info> hints at: some registries always say so.
	HasTransferCode bool
}

// ContactHandles lists the contacts of a domain: type → handles. A registry may
// allow several of one type.
type ContactHandles map[string][]string

// Has reports whether a handle stands in a role, whatever its case.
func (c ContactHandles) Has(role, handle string) bool {
	return slices.ContainsFunc(c[role], func(h string) bool { return strings.EqualFold(h, handle) })
}

// ContactInfo is what a registry says of a contact (RFC 5733 §3.1.2).
type ContactInfo struct {
	Handle  string
	ROID    string
	Ours    bool
	Data    ContactData            // in the form that we prefer to write
	Forms   map[string]ContactData // by postal type, "int" and "loc"
	Created time.Time
}

// HostInfo is what a registry says of a host (RFC 5732 §3.1.2).
type HostInfo struct {
	Name      string
	ROID      string
	Ours      bool
	Addresses []string
	Linked    bool // some domain delegates to it
	Created   time.Time
}

// ContactCreate asks for a contact object.
type ContactCreate struct {
	Handle  string // chosen by us, 3-16 characters
	Contact ContactVersion
}

// HostCreate asks for a host object. Addresses are glue: only for hosts below a
// zone of the registry.
type HostCreate struct {
	Name      string
	Addresses []string
}

// DomainCreate asks for a domain. The transfer code is made by the adapter at
// the moment of sending and never stored.
type DomainCreate struct {
	Name        string
	Years       int
	Registrant  string            // handle, "" where contacts are prohibited
	Contacts    map[string]string // admin, tech, billing → handle
	NameServers []string
	SecDNS      SecDNS

	// Consent is the price that we agree to, as Prices told it. It is sent where
	// the registry takes it, and required there for premium names.
	Consent  *Money
	Launch   *LaunchCreate
	IDNTable string            // the registry's id of the table of an IDN; "" = none
	Token    Secret            // allocation token (RFC 8495); "" = none
	Fields   map[string]string // what the dialect asks beyond, as Capabilities.Fields names it
}

// DomainCreated is the answer to a create.
type DomainCreated struct {
	Receipt
	ApplicationID string // of a launch application; "" = a registration
	Created       time.Time
	Expires       time.Time // zero when the registry did not say
	ExpiresRaw    string
}

// DomainRenew asks for more years. CurExpiry is the date part of the registry's
// own exDate string (RFC 5731 §3.2.3): it guards against renewing twice.
type DomainRenew struct {
	Name      string
	CurExpiry string // YYYY-MM-DD
	Years     int
	Consent   *Money // see DomainCreate.Consent
}

// DomainRenewed is the answer to a renew.
type DomainRenewed struct {
	Receipt
	Expires    time.Time
	ExpiresRaw string
}

// NameServerUpdate asks for a new delegation.
type NameServerUpdate struct {
	Name    string
	Current []string // as the registry has it now
	Want    []string
}
