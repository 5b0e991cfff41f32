package registrar

import (
	"context"
	"time"
)

// LifeReader reads what the daily life of a name leaves behind.
type LifeReader interface {
	ContactRoleReader

	// StaffLocks lists the locks that staff have set on a domain.
	StaffLocks(ctx context.Context, domainID string) ([]StaffLock, error)
	// CodeRecord returns KindNotFound when no transfer code of ours is in force
	// or on its way.
	CodeRecord(ctx context.Context, domainID string) (CodeRecord, error)
	// CodesOver lists records whose code has ended its life, by domain id.
	CodesOver(ctx context.Context, now time.Time, page Page) ([]CodeRecord, error)

	// Host returns a host below a name of ours.
	Host(ctx context.Context, registry, name string) (Host, error)
	// HostsOf lists the hosts below a domain by name.
	HostsOf(ctx context.Context, domainID string) ([]Host, error)

	// DomainContacts returns the contact ids of a domain by role.
	DomainContacts(ctx context.Context, domainID string) (map[string]string, error)
	// ContactUses lists where a contact is used by live names; the PageKey of the
	// last row is the next Page.After.
	ContactUses(ctx context.Context, contactID string, page Page) ([]ContactUse, error)
	// RegistryContactsOf lists the objects of a contact at all registries.
	RegistryContactsOf(ctx context.Context, contactID string) ([]RegistryContact, error)
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

	// PutHost sets or replaces a host by registry and name.
	PutHost(ctx context.Context, h Host) error
	RemoveHost(ctx context.Context, registry, name string) error

	// SetDomainContacts replaces all contacts of a domain.
	SetDomainContacts(ctx context.Context, domainID string, byRole map[string]string) error
	// SetRegistryContactVersion notes which version a contact object holds now.
	SetRegistryContactVersion(ctx context.Context, registry, handle string, version int) error
	// MoveRegistrants moves all domains of a registry whose registrant is one
	// version of a contact to another version of it.
	MoveRegistrants(ctx context.Context, registry, contactID string, from, to int) error
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

// Host is a host object below a name of ours (RFC 5732 §1.1).
type Host struct {
	Registry  string
	Name      string // A-label
	DomainID  string // the name that it lies below
	Addresses []string
	CreatedAt time.Time
	ChangedAt *time.Time
}

// ContactUse is one role that a contact plays for a name.
type ContactUse struct {
	DomainID string
	Name     string // A-label
	UName    string
	Role     string
}

// PageKey is the Page.After that continues a list of uses behind u.
func (u ContactUse) PageKey() string { return u.DomainID + " " + u.Role }
