package registrar

import (
	"context"
	"time"
)

// QueueMessageState is how far a message of a registry's queue came.
type QueueMessageState string

// The states.
const (
	MessageNew     QueueMessageState = "new"     // kept, and not yet acted upon
	MessageApplied QueueMessageState = "applied" // what it says was taken over
	MessageWaiting QueueMessageState = "waiting" // a person must read it
	MessageSettled QueueMessageState = "settled" // a person has read it
)

// QueueMessageStates lists them, those for people first.
var QueueMessageStates = []QueueMessageState{MessageWaiting, MessageNew, MessageApplied, MessageSettled}

// QueueMessage is one message of a registry's queue as it is kept.
type QueueMessage struct {
	ID         string
	Registry   string
	MessageID  string // of the registry
	QueuedAt   time.Time
	ReceivedAt time.Time
	Text       string
	SvTRID     string
	Frame      []byte // as received, secrets masked
	Object     string // the first object it is about, "" = none
	Kinds      string // of its events, joined by a space
	Events     []RegistryEvent
	State      QueueMessageState
	Attempt    int       // how often applying it failed
	DueAt      time.Time // when it is tried again
	Note       string    // what was done, or why a person is needed
	Revision   int
}

// QueueMessageFilter narrows a list. Zero fields do not narrow; only one of
// Registry and Object may be given.
type QueueMessageFilter struct {
	State    QueueMessageState
	Registry string
	Object   string
}

// QueueMessageReader reads messages of registries, newest first.
type QueueMessageReader interface {
	QueueMessage(ctx context.Context, id string) (QueueMessage, error)
	QueueMessages(ctx context.Context, f QueueMessageFilter, page Page) ([]QueueMessage, error)
	// DueQueueMessages lists new messages of a registry that are due by at, in the
	// order they came.
	DueQueueMessages(ctx context.Context, registry string, at time.Time, limit int) ([]QueueMessage, error)
	// CountQueueMessages counts up to limit.
	CountQueueMessages(ctx context.Context, state QueueMessageState, limit int) (int, error)
	// CommandByClTRID finds the command whose last attempt had a transaction id.
	CommandByClTRID(ctx context.Context, clTRID string) (Command, error)
	// ServedElsewhere reports whether names at a registry are kept by another owner
	// system.
	ServedElsewhere(ctx context.Context, registry string) (bool, error)
}

// QueueMessageTx writes them.
type QueueMessageTx interface {
	// InsertQueueMessage is false when the message is known: registry, its id and
	// its date are the same.
	InsertQueueMessage(ctx context.Context, m QueueMessage) (fresh bool, err error)
	// ChangeQueueMessage writes state, attempt, due time and note; false when
	// somebody was faster.
	ChangeQueueMessage(ctx context.Context, m QueueMessage) (ok bool, err error)
	// PurgeQueueMessages removes up to limit messages whose story is over, received
	// before; those that wait for a person stay.
	PurgeQueueMessages(ctx context.Context, before time.Time, limit int) (int, error)
	// HurryCommand makes a sent command due now, unless somebody has it in work.
	HurryCommand(ctx context.Context, id string) error
}
