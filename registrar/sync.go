package registrar

import (
	"context"
	"time"
)

// DifferenceKind is in what a registry and we disagree about a name.
type DifferenceKind string

// The kinds.
const (
	DiffOnlyHere    DifferenceKind = "only_here"   // ours here, unknown there
	DiffElsewhere   DifferenceKind = "elsewhere"   // ours here, another registrar's there
	DiffOnlyThere   DifferenceKind = "only_there"  // on the registry's list, unknown here
	DiffUnreadable  DifferenceKind = "unreadable"  // the registry refuses to show it
	DiffExpiry      DifferenceKind = "expiry"      // another expiry date
	DiffRenewed     DifferenceKind = "renewed"     // whole years more there than here: the registry renewed it
	DiffStatuses    DifferenceKind = "statuses"    // other locks or pending actions
	DiffNameServers DifferenceKind = "nameservers" // another delegation
	DiffSecDNS      DifferenceKind = "secdns"      // signed there, of which nothing is known here
	DiffContacts    DifferenceKind = "contacts"    // another registrant or contact object
)

// DifferenceState is what became of a difference.
type DifferenceState string

// The states.
const (
	DiffOpen   DifferenceState = "open"   // waits for a person
	DiffTaken  DifferenceState = "taken"  // we took over what the registry has
	DiffPushed DifferenceState = "pushed" // the registry is told what we have
	DiffCase   DifferenceState = "case"   // somebody looks into it outside of here
	DiffGone   DifferenceState = "gone"   // a later run no longer saw it
)

// DifferenceStates lists them, those for people first.
var DifferenceStates = []DifferenceState{DiffOpen, DiffCase, DiffTaken, DiffPushed, DiffGone}

// Difference is one row of the worklist of a registry's comparison.
type Difference struct {
	ID       string
	Registry string
	Name     string // A-label
	DomainID string // "" when the name is unknown here
	Kind     DifferenceKind
	Ours     string // what we have, in words
	Theirs   string // what the registry has, in words
	State    DifferenceState
	FoundAt  time.Time
	SeenAt   time.Time // by the last run that saw it
	EndedAt  *time.Time
	EndedBy  string // id of the user, or "system"
	Note     string
	Revision int
}

// SyncProgress is how far the comparison with one registry is.
type SyncProgress struct {
	Registry   string
	After      string // page key of the last name compared; "" = at the beginning
	Compared   int
	Skipped    int // something was under way for them
	Different  int // names that differ in something
	StartedAt  time.Time
	FinishedAt *time.Time
}

// DifferenceFilter narrows the worklist; State must be given.
type DifferenceFilter struct {
	State    DifferenceState
	Registry string
}

// DifferenceReader reads the worklist, newest first.
type DifferenceReader interface {
	Difference(ctx context.Context, id string) (Difference, error)
	Differences(ctx context.Context, f DifferenceFilter, page Page) ([]Difference, error)
	// DifferencesOf lists what is open or a case about a name at a registry.
	DifferencesOf(ctx context.Context, registry, name string) ([]Difference, error)
	CountDifferences(ctx context.Context, state DifferenceState, limit int) (int, error)
	SyncProgress(ctx context.Context, registry string) (SyncProgress, error)
}

// DifferenceTx writes it.
type DifferenceTx interface {
	InsertDifference(ctx context.Context, d Difference) error
	// ChangeDifference is false when somebody was faster.
	ChangeDifference(ctx context.Context, d Difference) (ok bool, err error)
	WriteSyncProgress(ctx context.Context, p SyncProgress) error
}
