package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Duty is one thing that a policy asks of us once: for one subject, one stage
// and one cycle. The key (SubjectID, Policy, Stage, Cycle) is unique, so jobs may
// run twice, late or on two machines. It holds no personal data: what was mailed
// to whom is in its notices.
type Duty struct {
	ID          string
	Policy      string // the package that planned it, for example "errp"
	Stage       string // for example "month"
	Cycle       string // what the stage recurs with, for example the day of expiry "2027-11-23"
	SubjectKind string // "domain"
	SubjectID   string
	SubjectName string // A-label
	CustomerID  string
	ContactID   string // whom it is owed; "" = whoever holds the name when the notice is written
	Why         string // the clause and what it asks, in a line

	OpensAt     time.Time // a notice counts from here …
	DueAt       time.Time // … is sent from here …
	ClosesAt    time.Time // … and counts until here, inclusive
	UsefulUntil time.Time // a missed one is still sent, late, until here

	State      DutyState
	ActAt      *time.Time // when the job looks at it again; nil = not by itself
	Tries      int        // notices written so far
	DoneAt     *time.Time // when the next hop took the notice, also when that was late
	BreachedAt *time.Time // when the missed window was noticed
	Note       string     // why it failed, ended or was missed; no personal data
	CreatedAt  time.Time
	Revision   int // guards changes
}

// DutyState says how far a duty is.
type DutyState string

// Duty states. Open ones are due, queued and failed.
const (
	DutyDue      DutyState = "due"      // planned; nothing was sent yet
	DutyQueued   DutyState = "queued"   // its notice is in the mail queue
	DutyDone     DutyState = "done"     // the next hop took the notice inside the window
	DutyFailed   DutyState = "failed"   // the notice could not be sent; tried again inside the window
	DutyBreached DutyState = "breached" // the window closed before a notice was sent
	DutyEnded    DutyState = "ended"    // the cycle ended first: renewed, deleted, no longer ours
)

// DutyStates lists every state in the order shown to people.
var DutyStates = []DutyState{DutyBreached, DutyFailed, DutyDue, DutyQueued, DutyDone, DutyEnded}

// openDutyStates are those that still ask for something.
var openDutyStates = []DutyState{DutyDue, DutyQueued, DutyFailed}

// Notice is one policy mail with its evidence: the text exactly as it was put
// into the mail queue, to whom, and what became of it. It is personal data with
// a retention class of its own; the audit event of its queueing carries Digest,
// so a text can be proved after years and purged without breaking the chain.
type Notice struct {
	ID        string
	DutyID    string
	Attempt   int    // 1 for the first
	MailID    string // also its Message-ID
	To        string
	ToName    string
	Language  string
	Template  string
	Subject   string
	Text      string
	HTML      string
	Digest    string // NoticeDigest of the fields above
	State     NoticeState
	Result    string // what the next hop said last; "" when it took the mail
	QueuedAt  time.Time
	EndedAt   *time.Time // when State left queued
	Retention RetentionClass
}

// NoticeState says what became of one policy mail.
type NoticeState string

// Notice states.
const (
	NoticeQueued    NoticeState = "queued"
	NoticeSent      NoticeState = "sent"      // the next hop took it
	NoticeFailed    NoticeState = "failed"    // refused for good, or given up
	NoticeWithdrawn NoticeState = "withdrawn" // taken out of the queue before it was sent
)

// RetainCorrespondence is kept for the term of the accreditation and two years
// after it (RAA 3.4.2).
const RetainCorrespondence RetentionClass = "correspondence"

// MailWithdrawn is the state of a mail that nobody wants sent any more.
const MailWithdrawn MailState = "withdrawn"

// ActKey is the Page.After that continues DutyReader.DutiesToAct behind d.
func (d Duty) ActKey() string {
	if d.ActAt == nil {
		return ""
	}
	return timeKey(*d.ActAt, d.ID)
}

// CloseKey is the Page.After that continues DutyReader.DutiesClosing behind d.
func (d Duty) CloseKey() string { return timeKey(d.ClosesAt, d.ID) }

// ExpiryKey is the Page.After that continues DutyReader.ExpiringDomains behind d.
func (d Domain) ExpiryKey() string {
	if d.ExpiresAt == nil {
		return ""
	}
	return timeKey(*d.ExpiresAt, d.ID)
}

// timeKey is a page key of lists in order of a time: microseconds of Unix time
// and an id.
func timeKey(t time.Time, id string) string {
	return strconv.FormatInt(t.UnixMicro(), 10) + " " + id
}

// Open reports whether the duty still asks for something.
func (d Duty) Open() bool { return slices.Contains(openDutyStates, d.State) }

// NoticeDigest is hex SHA-256 over what was mailed and to whom, each part
// preceded by its length, so that no two notices give the same input.
func NoticeDigest(n Notice) string {
	h := sha256.New()
	for _, part := range []string{n.MailID, n.To, n.ToName, n.Language, n.Template, n.Subject, n.Text, n.HTML} {
		fmt.Fprintf(h, "%d:%s", len(part), part) // hash.Hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Prefixes of ids in this file.
const (
	PrefixDuty   = "dty"
	PrefixNotice = "ntc"
	PrefixBrake  = "brk"
)

// Brake is a mass run of a policy that stopped for release by staff.
type Brake struct {
	ID         string
	Policy     string
	Notices    int // that the run would have sent
	Names      int // names with us, counted as far as the decision needed
	Limit      int // notices that would have passed
	EngagedAt  time.Time
	ReleasedAt *time.Time // nil = engaged
	ReleasedBy string     // user id
	Reason     string     // of the release
}

// PolicyMark is how far a policy has planned.
type PolicyMark struct {
	Policy       string
	PlannedUntil time.Time // everything due by then was planned
	SweptAt      time.Time // when all open windows were last gone through again
}

// DutyFilter narrows a list of duties. Zero fields do not narrow; Name and
// SubjectID are looked for alone, with States and Policy as a filter on them.
type DutyFilter struct {
	Policy    string
	States    []DutyState
	SubjectID string
	Name      string // A-label
}

// DutyReader is the reading half of the policy port. Lists are newest first
// unless said otherwise.
type DutyReader interface {
	Duty(ctx context.Context, id string) (Duty, error)
	Duties(ctx context.Context, f DutyFilter, page Page) ([]Duty, error)
	// OpenDuties lists the open duties of one subject under one policy.
	OpenDuties(ctx context.Context, policy, subjectID string) ([]Duty, error)
	// DutiesToAct lists duties in state whose ActAt is not after until, soonest
	// first; Page.After is Duty.ActKey.
	DutiesToAct(ctx context.Context, policy string, state DutyState, until time.Time, page Page) ([]Duty, error)
	// DutiesClosing lists duties in state whose window closes in [from, to),
	// soonest first; Page.After is Duty.CloseKey.
	DutiesClosing(ctx context.Context, policy string, state DutyState, from, to time.Time, page Page) ([]Duty, error)
	// CountDuties counts up to limit duties in state.
	CountDuties(ctx context.Context, policy string, state DutyState, limit int) (int, error)
	// CountToAct counts the duties in state that are to be acted on by until and
	// became so, or were planned, after since.
	CountToAct(ctx context.Context, policy string, state DutyState, since, until time.Time) (int, error)
	// Notices lists the notices of some duties, by duty and attempt.
	Notices(ctx context.Context, dutyIDs []string) ([]Notice, error)
	NoticeByMail(ctx context.Context, mailID string) (Notice, error)

	Brake(ctx context.Context, id string) (Brake, error)
	Brakes(ctx context.Context, page Page) ([]Brake, error)
	// EngagedBrake returns KindNotFound when the policy may run.
	EngagedBrake(ctx context.Context, policy string) (Brake, error)
	// LastRelease returns when staff last released the policy; zero = never.
	LastRelease(ctx context.Context, policy string) (time.Time, error)
	// PolicyMark returns a zero mark for a policy that never ran.
	PolicyMark(ctx context.Context, policy string) (PolicyMark, error)

	// ExpiringDomains lists active names of the engine with from ≤ ExpiresAt ≤ to,
	// soonest first; Page.After is Domain.ExpiryKey.
	ExpiringDomains(ctx context.Context, from, to time.Time, page Page) ([]Domain, error)
	// CountActive counts up to limit active names of the engine.
	CountActive(ctx context.Context, limit int) (int, error)
}

// DutyWriter is the writing half of the policy port.
type DutyWriter interface {
	// InsertDuties writes those whose key is not known yet and returns how many.
	InsertDuties(ctx context.Context, ds []Duty) (int, error)
	// ChangeDuty writes the changeable fields, guarded by the revision that was
	// read in this transaction.
	ChangeDuty(ctx context.Context, d Duty) error
	InsertNotice(ctx context.Context, n Notice) error
	// ChangeNotice writes state, result and end of a notice that is still queued;
	// ok is false when it was not.
	ChangeNotice(ctx context.Context, n Notice) (ok bool, err error)
	// WithdrawMail takes a mail out of the queue; ok is false when it is being
	// sent or was.
	WithdrawMail(ctx context.Context, id string) (ok bool, err error)
	// HurryMail makes a queued mail due at once.
	HurryMail(ctx context.Context, id string) error
	// EngageBrake writes an engaged brake; fresh is false when the policy has one.
	EngageBrake(ctx context.Context, b Brake) (fresh bool, err error)
	// ReleaseBrake ends an engaged brake; ok is false when it was not engaged.
	ReleaseBrake(ctx context.Context, b Brake) (ok bool, err error)
	PutPolicyMark(ctx context.Context, m PolicyMark) error
}
