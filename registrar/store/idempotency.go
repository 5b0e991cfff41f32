package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type keyRow struct {
	Scope       string  `gorm:"column:scope;primaryKey"`
	Key         string  `gorm:"column:client_key;primaryKey"`
	BodyDigest  string  `gorm:"column:body_digest"`
	OperationID string  `gorm:"column:operation_id"`
	Created     instant `gorm:"column:created_at"`
	Expires     instant `gorm:"column:expires_at"`
}

// TableName names the table.
func (keyRow) TableName() string { return "idempotency_keys" }

func keyToRow(k registrar.IdempotencyKey) keyRow {
	return keyRow{Scope: k.Scope, Key: k.Key, BodyDigest: k.BodyDigest, OperationID: k.OperationID, Created: at(k.CreatedAt), Expires: at(k.ExpiresAt)}
}

func keyFromRow(r keyRow) registrar.IdempotencyKey {
	return registrar.IdempotencyKey{Scope: r.Scope, Key: r.Key, BodyDigest: r.BodyDigest, OperationID: r.OperationID,
		CreatedAt: r.Created.Time, ExpiresAt: r.Expires.Time}
}

// BindKey takes k.CreatedAt as the time by which a known key may have expired.
func (t *transaction) BindKey(ctx context.Context, k registrar.IdempotencyKey) (registrar.IdempotencyKey, bool, error) {
	row := keyToRow(k)
	fresh, err := t.insertFresh(ctx, "idempotency key", &row)
	if err != nil || fresh {
		return k, fresh, err
	}
	set := map[string]any{"body_digest": row.BodyDigest, "operation_id": row.OperationID, "created_at": row.Created, "expires_at": row.Expires}
	renewed, err := t.update(ctx, "idempotency key", &keyRow{}, set, "scope = ? AND client_key = ? AND expires_at <= ?", k.Scope, k.Key, row.Created)
	if err != nil || renewed {
		return k, renewed, err
	}
	known, err := oneText[keyRow](ctx, t.reader, "idempotency key", "scope = ? AND client_key = ?", k.Scope, k.Key)
	return keyFromRow(known), false, err
}

func (t *transaction) RebindKey(ctx context.Context, k registrar.IdempotencyKey, oldOperation string) (bool, error) {
	row := keyToRow(k)
	return t.update(ctx, "idempotency key", &keyRow{}, map[string]any{"operation_id": row.OperationID, "created_at": row.Created, "expires_at": row.Expires},
		"scope = ? AND client_key = ? AND operation_id = ? AND body_digest = ?", k.Scope, k.Key, oldOperation, k.BodyDigest)
}

func (t *transaction) PurgeKeys(ctx context.Context, now time.Time, limit int) (int, error) {
	var rows []keyRow
	err := t.q(ctx).Where("expires_at <= ?", at(now)).Order("expires_at").Limit(registrar.Page{Limit: limit}.Size()).Find(&rows).Error
	if err != nil {
		return 0, t.d.wrap("listing expired idempotency keys", err)
	}
	purged := 0
	for _, row := range rows {
		res := t.q(ctx).Where("scope = ? AND client_key = ? AND expires_at <= ?", row.Scope, row.Key, at(now)).Delete(&keyRow{})
		if res.Error != nil {
			return 0, t.d.wrap("removing an expired idempotency key", res.Error)
		}
		purged += int(res.RowsAffected)
	}
	return purged, nil
}
