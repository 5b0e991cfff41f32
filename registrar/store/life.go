package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/indera/indera/registrar"
)

type staffLockRow struct {
	DomainID string       `gorm:"column:domain_id;primaryKey"`
	Status   string       `gorm:"column:status;primaryKey"`
	Reason   string       `gorm:"column:reason"`
	By       actorColumns `gorm:"embedded"`
	Set      instant      `gorm:"column:set_at"`
}

// TableName names the table.
func (staffLockRow) TableName() string { return "staff_locks" }

func staffLockFromRow(r staffLockRow) registrar.StaffLock {
	return registrar.StaffLock{DomainID: r.DomainID, Status: r.Status, Reason: r.Reason, By: actorFromColumns(r.By), At: r.Set.Time}
}

func (r reader) StaffLocks(ctx context.Context, domainID string) ([]registrar.StaffLock, error) {
	rows, err := many[staffLockRow](ctx, r, "staff locks", "status", "domain_id = ?", domainID)
	return convert(rows, staffLockFromRow), err
}

func (t *transaction) PutStaffLock(ctx context.Context, l registrar.StaffLock) error {
	row := staffLockRow{DomainID: l.DomainID, Status: l.Status, Reason: l.Reason, By: actorToColumns(l.By), Set: at(l.At)}
	return t.put(ctx, "staff lock", &row)
}

func (t *transaction) RemoveStaffLocks(ctx context.Context, domainID string, statuses []string) error {
	if len(statuses) == 0 {
		return nil
	}
	return t.d.wrap("removing staff locks", t.q(ctx).Where("domain_id = ? AND status IN ?", domainID, statuses).Delete(&staffLockRow{}).Error)
}

type codeRow struct {
	DomainID  string   `gorm:"column:domain_id;primaryKey"`
	CommandID string   `gorm:"column:command_id"`
	Sealed    string   `gorm:"column:sealed"`
	Expires   *instant `gorm:"column:expires_at"`
}

// TableName names the table.
func (codeRow) TableName() string { return "transfer_codes" }

func codeFromRow(r codeRow) registrar.CodeRecord {
	return registrar.CodeRecord{DomainID: r.DomainID, CommandID: r.CommandID, Sealed: r.Sealed, ExpiresAt: timePtr(r.Expires)}
}

func (r reader) CodeRecord(ctx context.Context, domainID string) (registrar.CodeRecord, error) {
	row, err := one[codeRow](ctx, r, "transfer code", "domain_id = ?", domainID)
	return codeFromRow(row), err
}

func (r reader) CodesOver(ctx context.Context, now time.Time, page registrar.Page) ([]registrar.CodeRecord, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	var rows []codeRow
	err := r.q(ctx).Where("expires_at <= ? AND domain_id > ?", at(now), page.After).Order("domain_id").Limit(page.Size()).Find(&rows).Error
	return convert(rows, codeFromRow), r.d.wrap("listing transfer codes", err)
}

func (t *transaction) PutCodeRecord(ctx context.Context, c registrar.CodeRecord) error {
	row := codeRow{DomainID: c.DomainID, CommandID: c.CommandID, Sealed: c.Sealed, Expires: optional(c.ExpiresAt)}
	return t.put(ctx, "transfer code", &row)
}

func (t *transaction) RemoveCodeRecord(ctx context.Context, domainID string) error {
	return t.d.wrap("removing a transfer code", t.q(ctx).Where("domain_id = ?", domainID).Delete(&codeRow{}).Error)
}

// put writes a row, replacing the one with the same primary key.
func (t *transaction) put(ctx context.Context, noun string, row any) error {
	return t.d.wrap("writing "+noun, t.q(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error)
}

type hostRow struct {
	Registry  string   `gorm:"column:registry;primaryKey"`
	Name      string   `gorm:"column:name;primaryKey"`
	DomainID  string   `gorm:"column:domain_id"`
	Addresses list     `gorm:"column:addresses"`
	Created   instant  `gorm:"column:created_at"`
	Changed   *instant `gorm:"column:changed_at"`
}

// TableName names the table.
func (hostRow) TableName() string { return "subordinate_hosts" }

func hostFromRow(r hostRow) registrar.Host {
	return registrar.Host{Registry: r.Registry, Name: r.Name, DomainID: r.DomainID, Addresses: r.Addresses, CreatedAt: r.Created.Time, ChangedAt: timePtr(r.Changed)}
}

func (r reader) Host(ctx context.Context, registry, name string) (registrar.Host, error) {
	row, err := one[hostRow](ctx, r, "host", "registry = ? AND name = ?", registry, name)
	return hostFromRow(row), err
}

func (r reader) HostsOf(ctx context.Context, domainID string) ([]registrar.Host, error) {
	rows, err := many[hostRow](ctx, r, "hosts", "name", "domain_id = ?", domainID)
	return convert(rows, hostFromRow), err
}

func (t *transaction) PutHost(ctx context.Context, h registrar.Host) error {
	row := hostRow{Registry: h.Registry, Name: h.Name, DomainID: h.DomainID, Addresses: list(h.Addresses), Created: at(h.CreatedAt), Changed: optional(h.ChangedAt)}
	return t.put(ctx, "host", &row)
}

func (t *transaction) RemoveHost(ctx context.Context, registry, name string) error {
	return t.d.wrap("removing a host", t.q(ctx).Where("registry = ? AND name = ?", registry, name).Delete(&hostRow{}).Error)
}

type domainContactRow struct {
	DomainID  string `gorm:"column:domain_id;primaryKey"`
	Role      string `gorm:"column:role;primaryKey"`
	ContactID string `gorm:"column:contact_id"`
}

// TableName names the table.
func (domainContactRow) TableName() string { return "domain_contacts" }

func (r reader) DomainContacts(ctx context.Context, domainID string) (map[string]string, error) {
	rows, err := many[domainContactRow](ctx, r, "contacts of a domain", "role", "domain_id = ?", domainID)
	out := make(map[string]string, len(rows))
	for _, row := range rows {
		out[row.Role] = row.ContactID
	}
	return out, err
}

type contactUseRow struct{ DomainID, Name, UName, Role string }

func (r reader) ContactUses(ctx context.Context, contactID string, page registrar.Page) ([]registrar.ContactUse, error) {
	if err := checkPage(page); err != nil || !plain(contactID) {
		return nil, err
	}
	where, args := "c.contact_id = ?", []any{contactID}
	if id, role, ok := strings.Cut(page.After, " "); ok {
		where, args = where+" AND c.domain_id >= ? AND (c.domain_id > ? OR c.role > ?)", append(args, id, id, role)
	}
	var rows []contactUseRow
	query := "SELECT c.domain_id AS domain_id, c.role AS role, d.name AS name, d.uname AS u_name FROM domain_contacts AS c" +
		r.d.force("ix_domain_contacts_contact_id_domain_id_role") + " JOIN domains AS d ON d.id = c.domain_id AND d.live_name IS NOT NULL WHERE " +
		where + " ORDER BY c.domain_id, c.role LIMIT ?"
	if err := r.q(ctx).Raw(query, append(args, page.Size())...).Scan(&rows).Error; err != nil {
		return nil, r.d.wrap("listing the uses of a contact", err)
	}
	return convert(rows, func(row contactUseRow) registrar.ContactUse { return registrar.ContactUse(row) }), nil
}

func (r reader) HoldsNames(ctx context.Context, contactID string) (bool, error) {
	if !plain(contactID) {
		return false, nil
	}
	var ids []string
	query := "SELECT c.domain_id FROM domain_contacts AS c" + r.d.force("ix_domain_contacts_contact_id_role_domain_id") +
		" JOIN domains AS d ON d.id = c.domain_id AND d.live_name IS NOT NULL WHERE c.contact_id = ? AND c.role = ? LIMIT 1"
	if err := r.q(ctx).Raw(query, contactID, registrar.RoleRegistrant).Scan(&ids).Error; err != nil {
		return false, r.d.wrap("looking for names of a contact", err)
	}
	return len(ids) > 0, nil
}

func (r reader) RegistryContactsOf(ctx context.Context, contactID string) ([]registrar.RegistryContact, error) {
	rows, err := many[registryContactRow](ctx, r, "contact objects", "registry, handle", "contact_id = ?", contactID)
	return convert(rows, registryContactFromRow), err
}

func (t *transaction) SetDomainContacts(ctx context.Context, domainID string, byRole map[string]string) error {
	if err := t.q(ctx).Where("domain_id = ?", domainID).Delete(&domainContactRow{}).Error; err != nil {
		return t.d.wrap("removing contacts of a domain", err)
	}
	rows := make([]domainContactRow, 0, len(byRole))
	for role, id := range byRole {
		rows = append(rows, domainContactRow{DomainID: domainID, Role: role, ContactID: id})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := t.insert(ctx, "contacts of a domain", &rows); err != nil {
		return err
	}
	return t.rememberContacts(ctx, rows)
}

func (t *transaction) SetRegistryContactVersion(ctx context.Context, registry, handle string, version int) error {
	ok, err := t.update(ctx, "contact object", &registryContactRow{}, map[string]any{"version": version}, "registry = ? AND handle = ?", registry, handle)
	if err == nil && !ok {
		return notFound("contact object")
	}
	return err
}

// MoveRegistrants counts the revisions up, so that whoever has read one of the
// rows before reads it again.
func (t *transaction) MoveRegistrants(ctx context.Context, registry, contactID string, from, to int) error {
	_, err := t.update(ctx, "registrants", &domainRow{}, map[string]any{"registrant_version": to, "revision": gorm.Expr("revision + 1")},
		"id IN (SELECT domain_id FROM domain_contacts WHERE contact_id = ? AND role = ?) AND registry = ? AND registrant_id = ? AND registrant_version = ?",
		contactID, registrar.RoleRegistrant, registry, contactID, from)
	return err
}
