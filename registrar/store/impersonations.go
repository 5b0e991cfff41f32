package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type impersonationRow struct {
	ID           string  `gorm:"column:id;primaryKey"`
	CustomerID   string  `gorm:"column:customer_id"`
	UserID       string  `gorm:"column:user_id"`
	StaffID      string  `gorm:"column:staff_id"`
	StaffSession string  `gorm:"column:staff_session"`
	Reason       string  `gorm:"column:reason"`
	Started      instant `gorm:"column:started_at"`
}

// TableName names the table.
func (impersonationRow) TableName() string { return "impersonations" }

func impersonationFromRow(r impersonationRow) registrar.Impersonation {
	return registrar.Impersonation{ID: r.ID, CustomerID: r.CustomerID, UserID: r.UserID, StaffID: r.StaffID, StaffSession: r.StaffSession, Reason: r.Reason, StartedAt: r.Started.Time}
}

func (r reader) Impersonation(ctx context.Context, id string) (registrar.Impersonation, error) {
	row, err := one[impersonationRow](ctx, r, "impersonation", "id = ?", id)
	return impersonationFromRow(row), err
}

func (r reader) Impersonations(ctx context.Context, customerID string, page registrar.Page) ([]registrar.Impersonation, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "ix_impersonations_customer_id_id", where: "customer_id = ?", args: []any{customerID}}, page)
	rows, err := listed[impersonationRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	return convert(rows, impersonationFromRow), err
}

func (t *transaction) InsertImpersonation(ctx context.Context, i registrar.Impersonation) error {
	row := impersonationRow{ID: i.ID, CustomerID: i.CustomerID, UserID: i.UserID, StaffID: i.StaffID, StaffSession: i.StaffSession, Reason: i.Reason, Started: at(i.StartedAt)}
	return t.insert(ctx, "impersonation", &row)
}

func (t *transaction) PurgeImpersonations(ctx context.Context, before time.Time, limit int) (int, error) {
	return purge[impersonationRow](ctx, t, "impersonations", "id", "started_at", before, limit)
}
