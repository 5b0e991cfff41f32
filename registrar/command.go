package registrar

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// CommandState is the life of one journalled EPP transform.
//
//	waiting → queued → sent → done
//	             ↑       ├──→ failed          definite refusal
//	             └───────┤    (proved absent, or 2104: queued again)
//	                     └──→ needs_review    nobody can tell by machine
//	waiting/queued → cancelled                an earlier command failed
type CommandState string

// Command states.
const (
	CommandWaiting     CommandState = "waiting" // an earlier command of the operation runs first
	CommandQueued      CommandState = "queued"
	CommandSent        CommandState = "sent" // the frame may have left; only <info> decides
	CommandDone        CommandState = "done"
	CommandFailed      CommandState = "failed"
	CommandNeedsReview CommandState = "needs_review"
	CommandCancelled   CommandState = "cancelled"
)

// Open reports whether the command may still change something at the registry.
func (s CommandState) Open() bool {
	switch s {
	case CommandWaiting, CommandQueued, CommandSent, CommandNeedsReview:
		return true
	}
	return false
}

// Verb is object and EPP command of a transform.
type Verb string

// Verbs.
const (
	VerbContactCreate Verb = "contact:create"
	VerbHostCreate    Verb = "host:create"
	VerbDomainCreate  Verb = "domain:create"
	VerbDomainRenew   Verb = "domain:renew"
	VerbDomainUpdate  Verb = "domain:update"
	VerbDomainDelete  Verb = "domain:delete"
	VerbContactUpdate Verb = "contact:update"
	VerbHostUpdate    Verb = "host:update"
	VerbHostDelete    Verb = "host:delete"
)

// isDomainVerb reports whether the verb transforms a domain.
func isDomainVerb(v Verb) bool { return strings.HasPrefix(string(v), "domain:") }

// Command is one journalled EPP transform for one object.
type Command struct {
	ID          string
	OperationID string
	Seq         int // order within the operation, from 1
	Registry    string
	Verb        Verb
	Object      string // contact handle, host name or domain name
	DomainID    string
	Guards      string // what no command of another operation may guard while this one is open
	Billable    bool
	Spec        json.RawMessage // one of the *Spec types below
	State       CommandState
	Attempt     int    // how often it went from queued to sent
	ClTRID      string // of the last attempt
	SvTRID      string
	Lease       Lease
	DueAt       time.Time  // database time: not before this
	SentAt      *time.Time // business time of the first queued → sent
	SentUntil   *time.Time // business time: the last carrying session is closed by then
	SettleAt    *time.Time // database time: from then on a missing effect counts
	Absent      int        // how many <info> after SettleAt showed no effect
	ResultCode  int
	ResultMsg   string
	ReviewNote  string // why a person must look
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// Lease says who works on a row. Times are database time.
type Lease struct {
	Holder string
	Token  string
	Until  time.Time
}

// ContactCreateSpec is the journalled wish of contact:create.
type ContactCreateSpec struct {
	Contact ContactRef
	Handle  string
}

// HostCreateSpec is the journalled wish of host:create.
type HostCreateSpec struct {
	Name      string
	Addresses []string `json:",omitempty"` // glue of a host below a name of the customer
}

// HostUpdateSpec is the journalled wish of host:update.
type HostUpdateSpec struct {
	Name      string
	Addresses []string
	NewName   string `json:",omitempty"`
}

// HostDeleteSpec is the journalled wish of host:delete.
type HostDeleteSpec struct{ Name string }

// ContactUpdateSpec is the journalled wish of contact:update: the object at the
// registry holds version From and shall hold Contact.
type ContactUpdateSpec struct {
	Contact ContactRef
	From    int
	Handle  string
}

// DomainCreateSpec is the journalled wish of domain:create. It holds no
// transfer code: that is made when the frame is sent, and forgotten.
type DomainCreateSpec struct {
	Name        string
	Years       int
	Registrant  string            // contact handle
	Contacts    map[string]string // admin, tech, billing → handle
	NameServers []string
}

// DomainRenewSpec is the journalled wish of domain:renew.
type DomainRenewSpec struct {
	Name      string
	CurExpiry string // YYYY-MM-DD as the registry wrote it
	Years     int
}

// NameServersSpec is the journalled wish of domain:update for the delegation.
type NameServersSpec struct {
	Name   string
	Before []string
	Want   []string
}

func encodeSpec(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding command spec: %w", err)
	}
	return b, nil
}

func decodeSpec[T any](c Command) (T, error) {
	var v T
	if err := json.Unmarshal(c.Spec, &v); err != nil {
		return v, fmt.Errorf("decoding spec of command %s: %w", c.ID, err)
	}
	return v, nil
}
