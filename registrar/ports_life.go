package registrar

import (
	"context"
	"time"
)

// LifeReader reads what the daily life of a name leaves behind.
type LifeReader interface {
	// StaffLocks lists the locks that staff have set on a domain.
	StaffLocks(ctx context.Context, domainID string) ([]StaffLock, error)
	// CodeRecord returns KindNotFound when no transfer code of ours is in force
	// or on its way.
	CodeRecord(ctx context.Context, domainID string) (CodeRecord, error)
	// CodesOver lists records whose code has ended its life, by domain id.
	CodesOver(ctx context.Context, now time.Time, page Page) ([]CodeRecord, error)
}

// LifeTx writes it.
type LifeTx interface {
	// PutStaffLock sets or replaces the lock of that status.
	PutStaffLock(ctx context.Context, l StaffLock) error
	// RemoveStaffLocks removes locks; ones that are not there are no error.
	RemoveStaffLocks(ctx context.Context, domainID string, statuses []string) error
	// PutCodeRecord sets or replaces the record of a domain.
	PutCodeRecord(ctx context.Context, r CodeRecord) error
	RemoveCodeRecord(ctx context.Context, domainID string) error
}

// StaffLock says that a client status was set by staff, so that only staff may
// take it away.
type StaffLock struct {
	DomainID string
	Status   string // for example clientTransferProhibited
	Reason   string // shown to the customer
	By       Actor
	At       time.Time
}

// CodeRecord tells of a transfer code: sealed while the command that carries it
// to the registry is open, and afterwards only until when it is good.
type CodeRecord struct {
	DomainID  string
	CommandID string     // open command, or ""
	Sealed    string     // by seal.Ring for its place; "" once the command is closed
	ExpiresAt *time.Time // business time; nil when no code is known to be in force
}

// Place is what a sealed code is bound to.
func (r CodeRecord) Place() string { return "transfer_codes.sealed/" + r.DomainID }
