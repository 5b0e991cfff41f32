package registrar

import (
	"context"
	"time"
)

// After the database was restored from a backup it believes what was true then:
// commands that were open have been carried out since, names were renewed,
// changed and bought. Acting on such beliefs would register and charge twice. A
// DatabaseRestore is the state in between: while one runs, workers, mail and
// jobs of all replicas stand still and every open command and every active name
// is compared with its registry by <info>. (The word has nothing to do with the
// restore of a deleted domain, RFC 3915.)

// DatabaseRestore is one run of reconciliation after a restore.
type DatabaseRestore struct {
	ID        string
	StartedAt time.Time
	SettleAt  time.Time // database time: from then on a missing effect counts
	EndedAt   *time.Time
	EndedBy   string // user id, or the job's name when everything was reconciled
	Reason    string
}

// RestoreProgress is how far a run is at one registry.
type RestoreProgress struct {
	RestoreID       string
	Registry        string
	CommandsTotal   int // open commands at the start
	CommandsChecked int
	CommandsAt      *time.Time // when all were decided
	DomainsTotal    int        // active names at the start
	DomainsChecked  int
	DomainsAfter    string // Page.After of the next name
	DomainsAt       *time.Time
	NamesTotal      int // names given by the operator
	NamesChecked    int
	NamesAt         *time.Time
}

// Done reports whether everything at this registry is reconciled.
func (p RestoreProgress) Done() bool {
	return p.CommandsAt != nil && p.DomainsAt != nil && p.NamesAt != nil
}

// FindingKind says in what a registry and the restored database disagree.
type FindingKind string

// Finding kinds.
const (
	FindingDiffers     FindingKind = "differs"      // the registry shows other data of a name of ours
	FindingNotListed   FindingKind = "not_listed"   // the registry does not list a name as ours
	FindingUnknownHere FindingKind = "unknown_here" // ours at the registry, unknown here
	FindingCommand     FindingKind = "command"      // an open command can't be decided by machine
	FindingUnreadable  FindingKind = "unreadable"   // the registry refuses to show the name
)

// FindingState is open until staff have decided.
type FindingState string

// Finding states.
const (
	FindingOpen     FindingState = "open"
	FindingReleased FindingState = "released"
)

// RestoreFinding is one difference. While it is open nothing is sent for the
// name. Detail names dates, hosts and statuses, never contact data.
type RestoreFinding struct {
	ID        string
	RestoreID string
	Kind      FindingKind
	State     FindingState
	Registry  string
	Object    string // domain name, host name or contact handle
	DomainID  string // "" for a name that is unknown here
	CommandID string // of FindingCommand
	Detail    string
	FoundAt   time.Time
	EndedAt   *time.Time
	EndedBy   string
	Reason    string
}

// RestoreReader reads what belongs to restores.
type RestoreReader interface {
	// RunningRestore returns the run that is under way; ok is false when none is.
	RunningRestore(ctx context.Context) (r DatabaseRestore, ok bool, err error)
	// LastRestore returns the newest run; KindNotFound when there never was one.
	LastRestore(ctx context.Context) (DatabaseRestore, error)
	// RestoreProgress lists a run's registries by name.
	RestoreProgress(ctx context.Context, restoreID string) ([]RestoreProgress, error)
	// UncheckedRestoreNames lists names of a registry that are still to be asked for.
	UncheckedRestoreNames(ctx context.Context, restoreID, registry string, limit int) ([]string, error)
	RestoreFinding(ctx context.Context, id string) (RestoreFinding, error)
	// RestoreFindings lists findings in a state, newest first.
	RestoreFindings(ctx context.Context, state FindingState, page Page) ([]RestoreFinding, error)
	CountRestoreFindings(ctx context.Context, state FindingState) (int, error)
	// HeldAfterRestore reports whether nothing may be sent for a domain: a restore
	// runs, or the domain has an open finding.
	HeldAfterRestore(ctx context.Context, domainID string) (bool, error)
	// CountForRestore counts open commands and active domains of a registry.
	CountForRestore(ctx context.Context, registry string) (commands, domains int, err error)
}

// RestoreWriter writes what belongs to restores.
type RestoreWriter interface {
	// InsertRestore begins a run whose SettleAt is settleIn from now in database
	// time; KindConflict when one is under way.
	InsertRestore(ctx context.Context, r DatabaseRestore, settleIn time.Duration, progress []RestoreProgress) error
	// EndRestore ends the run that is under way; ok is false when it was not.
	EndRestore(ctx context.Context, r DatabaseRestore) (ok bool, err error)
	// SaveRestoreProgress writes the figures of one registry.
	SaveRestoreProgress(ctx context.Context, p RestoreProgress) error
	// InsertRestoreNames adds names to look for and returns how many were new.
	InsertRestoreNames(ctx context.Context, restoreID, registry string, names []string) (int, error)
	MarkRestoreNames(ctx context.Context, restoreID, registry string, names []string) error
	// InsertRestoreFinding adds a finding; fresh is false when the run has it.
	InsertRestoreFinding(ctx context.Context, f RestoreFinding) (fresh bool, err error)
	// EndRestoreFinding releases an open finding; ok is false when it was not open.
	EndRestoreFinding(ctx context.Context, f RestoreFinding) (ok bool, err error)
}
