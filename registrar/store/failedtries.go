package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type failedTriesRow struct {
	ID       string   `gorm:"column:id;primaryKey"`
	UserID   string   `gorm:"column:user_id"`
	Kind     string   `gorm:"column:kind"`
	Opened   instant  `gorm:"column:opened_at"`
	Tries    int64    `gorm:"column:tries"`
	Last     instant  `gorm:"column:last_at"`
	LastIP   string   `gorm:"column:last_ip"`
	Recorded *instant `gorm:"column:recorded_at"`
}

// TableName names the table.
func (failedTriesRow) TableName() string { return "failed_tries" }

func failedTriesFromRow(r failedTriesRow) registrar.FailedTries {
	return registrar.FailedTries{UserID: r.UserID, Kind: registrar.TryKind(r.Kind), OpenedAt: r.Opened.Time, Tries: int(r.Tries), LastAt: r.Last.Time, LastIP: r.LastIP}
}

func (r reader) FailedTries(ctx context.Context, userIDs []string, since time.Time, limit int) ([]registrar.FailedTries, error) {
	if len(userIDs) == 0 {
		return nil, nil
	}
	var rows []failedTriesRow
	err := r.q(ctx).Where("user_id IN ? AND opened_at >= ?", userIDs, at(since)).Order("opened_at DESC, id").Limit(limit).Find(&rows).Error
	return convert(rows, failedTriesFromRow), r.d.wrap("listing failed tries", err)
}

func (t *transaction) CountFailedTry(ctx context.Context, f registrar.FailedTries) (bool, error) {
	set := map[string]any{"tries": gorm.Expr("tries + 1"), "last_at": at(f.LastAt), "last_ip": f.LastIP}
	ok, err := t.update(ctx, "failed tries", &failedTriesRow{}, set, "id = ?", f.ID())
	if err != nil || ok {
		return false, err
	}
	row := failedTriesRow{ID: f.ID(), UserID: f.UserID, Kind: string(f.Kind), Opened: at(f.OpenedAt), Tries: 1, Last: at(f.LastAt), LastIP: f.LastIP}
	fresh, err := t.insertFresh(ctx, "failed tries", &row)
	if err != nil || fresh {
		return fresh, err
	}
	// Written by another replica in between.
	_, err = t.update(ctx, "failed tries", &failedTriesRow{}, set, "id = ?", f.ID())
	return false, err
}

func (t *transaction) UnrecordedTries(ctx context.Context, before time.Time, limit int) ([]registrar.FailedTries, error) {
	var rows []failedTriesRow
	err := t.q(ctx).Where("recorded_at IS NULL AND opened_at <= ?", at(before)).Order("opened_at, id").Limit(limit).Find(&rows).Error
	return convert(rows, failedTriesFromRow), t.d.wrap("listing failed tries", err)
}

func (t *transaction) RecordTries(ctx context.Context, id string, when time.Time) (bool, error) {
	return t.update(ctx, "failed tries", &failedTriesRow{}, map[string]any{"recorded_at": at(when)}, "id = ? AND recorded_at IS NULL", id)
}

func (t *transaction) PurgeFailedTries(ctx context.Context, before time.Time, limit int) (int, error) {
	return purge[failedTriesRow](ctx, t, "failed tries", "id", "opened_at", before, limit)
}
