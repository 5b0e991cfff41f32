package store

import (
	"context"
	"time"

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
