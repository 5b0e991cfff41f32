package registrar

import (
	"context"
	"time"
)

// Messages reads the message queue of a registry account (RFC 5730 §2.9.2.3).
type Messages interface {
	// PollMessages takes messages off the queue until it is empty, limit messages
	// are done or ctx ends, and returns how many were acknowledged. Each is given
	// to keep first and acknowledged only when keep has returned nil: keep stores
	// it for good and does nothing when it knows the message already. There must
	// be one reader for each account.
	//
	// Errors: keep's as it is, else those of Registry; *StuckError when the head of
	// the queue stays there after its ack.
	PollMessages(ctx context.Context, keep func(ctx context.Context, m RegistryMessage) error, limit int) (done int, err error)
}

// StuckError says that a queue shows the same message again after its ack.
type StuckError struct{ MessageID string }

// Error names the message.
func (e *StuckError) Error() string {
	return "the message " + e.MessageID + " at the head of the queue stays there after its ack"
}

// RegistryMessage is one message of a registry's queue.
type RegistryMessage struct {
	ID      string // of the registry, opaque
	Waiting int    // messages in the queue, this one included
	Queued  time.Time
	Text    string // for people
	SvTRID  string
	Raw     []byte          // the frame as received, secrets masked
	Events  []RegistryEvent // what it says, never empty
	// Moved are namespaces of data that the session did not log in with (RFC 9038).
	Moved []string
}

// RegistryEventKind is what a registry's message tells.
type RegistryEventKind string

// The kinds. The field of the same name is set.
const (
	ToldTransfer    RegistryEventKind = "transfer"    // a transfer was requested or decided
	ToldPending     RegistryEventKind = "pending"     // the outcome of an action of ours that was pending
	ToldChange      RegistryEventKind = "change"      // somebody else changed an object (RFC 8590); its state may follow
	ToldState       RegistryEventKind = "state"       // the state of an object
	ToldRenewed     RegistryEventKind = "renewed"     // the registry renewed a name
	ToldCreated     RegistryEventKind = "created"     // the registry made an object for us
	ToldDeleted     RegistryEventKind = "deleted"     // the registry deleted an object of ours
	ToldApplication RegistryEventKind = "application" // a launch application went on
	ToldRestoreDue  RegistryEventKind = "restore_due" // a restore report is due
	ToldLowBalance  RegistryEventKind = "low_balance" // our account runs low
	ToldMaintenance RegistryEventKind = "maintenance" // the registry will be down
	ToldText        RegistryEventKind = "text"        // words without data
	ToldUnknown     RegistryEventKind = "unknown"     // data that no reader knows
)

// RegistryEvent is one thing that a message tells. Fields beside Kind and Object
// are set as Kind says.
type RegistryEvent struct {
	Kind   RegistryEventKind
	Object ObjectRef // zero when it is about none

	Transfer    *Transfer
	Pending     *PendingOutcome
	Change      *ObjectChange
	State       *ObjectState
	Expires     time.Time // renewed, created
	ExpiresRaw  string
	Application *LaunchApplication
	RestoreDue  *RestoreDue
	LowBalance  *LowBalance
	Maintenance *Maintenance
	Text        string
	Unknown     *UnknownData
}

// PendingOutcome is the outcome of an action that was pending (panData).
type PendingOutcome struct {
	Done   bool   // executed, or refused
	ClTRID string // of the command that was pending; "" when the registry left it out
	SvTRID string
	At     time.Time
}

// ObjectChange tells of a change by the registry or a third party (RFC 8590).
type ObjectChange struct {
	Before    bool   // the state that follows is from before the change
	Operation string // "update", "delete", "transfer", "autoRenew", "custom", …
	Op        string // its sub-operation, for example "purge"; or ""
	At        time.Time
	SvTRID    string
	Who       string // for people and evidence, never for logic
	CaseID    string // dispute or order behind it, "" = none
	CaseType  string // "udrp", "urs" or the registry's own
	Reason    string
}

// ObjectState is the state of an object; one of the three is set.
type ObjectState struct {
	Past    bool // from before a change: never the current state
	Domain  *DomainInfo
	Contact *ContactInfo
	Host    *HostInfo
}

// RestoreDue says until when a restore report must be sent.
type RestoreDue struct {
	Status    string // grace period
	Requested time.Time
	ReportDue time.Time
}

// LowBalance warns of an account that runs low. Amounts are as the registry wrote
// them, in the currency of the contract.
type LowBalance struct {
	Available, CreditLimit, Threshold string
}

// Maintenance announces maintenance of a registry (RFC 9167).
type Maintenance struct {
	ID          string // stable over updates
	Name        string
	PollType    string // "create", "update", "delete", "courtesy", "end"
	Systems     []string
	Environment string
	Start, End  time.Time
	Reason      string // "planned" or "emergency"
	Text        string
	TLDs        []string // none = all
}

// UnknownData is data that no reader knows.
type UnknownData struct {
	Namespace, Local string
	Raw              []byte
}
