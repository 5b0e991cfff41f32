package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type totpRow struct {
	UserID    string   `gorm:"column:user_id;primaryKey"`
	Sealed    string   `gorm:"column:sealed"`
	LastStep  int64    `gorm:"column:last_step"`
	Created   instant  `gorm:"column:created_at"`
	Confirmed *instant `gorm:"column:confirmed_at"`
}

// TableName names the table.
func (totpRow) TableName() string { return "user_totp" }

func (r reader) TOTPOf(ctx context.Context, userID string) (registrar.TOTP, error) {
	row, err := one[totpRow](ctx, r, "authenticator app", "user_id = ?", userID)
	return registrar.TOTP{UserID: row.UserID, Sealed: row.Sealed, LastStep: row.LastStep, CreatedAt: row.Created.Time, ConfirmedAt: timePtr(row.Confirmed)}, err
}

func (t *transaction) PutTOTP(ctx context.Context, app registrar.TOTP) error {
	row := totpRow{UserID: app.UserID, Sealed: app.Sealed, LastStep: app.LastStep, Created: at(app.CreatedAt), Confirmed: optional(app.ConfirmedAt)}
	fresh, err := t.insertFresh(ctx, "authenticator app", &row)
	if err != nil || fresh {
		return err
	}
	ok, err := t.update(ctx, "authenticator app", &totpRow{}, map[string]any{"sealed": app.Sealed, "last_step": app.LastStep, "created_at": at(app.CreatedAt)},
		"user_id = ? AND confirmed_at IS NULL", app.UserID)
	if err == nil && !ok {
		err = registrar.Errorf(registrar.KindConflict, "totp_there", "An authenticator app is set up already.")
	}
	return err
}

func (t *transaction) ConfirmTOTP(ctx context.Context, userID string, when time.Time) (bool, error) {
	return t.update(ctx, "authenticator app", &totpRow{}, map[string]any{"confirmed_at": at(when)}, "user_id = ? AND confirmed_at IS NULL", userID)
}

func (t *transaction) TakeTOTPStep(ctx context.Context, userID string, step int64) (bool, error) {
	return t.update(ctx, "authenticator app", &totpRow{}, map[string]any{"last_step": step}, "user_id = ? AND last_step < ?", userID, step)
}

func (t *transaction) DropTOTP(ctx context.Context, userID string) error {
	return t.d.wrap("removing an authenticator app", t.q(ctx).Where("user_id = ?", userID).Delete(&totpRow{}).Error)
}

type recoveryRow struct {
	Digest  string   `gorm:"column:digest;primaryKey"`
	UserID  string   `gorm:"column:user_id"`
	Created instant  `gorm:"column:created_at"`
	Used    *instant `gorm:"column:used_at"`
}

// TableName names the table.
func (recoveryRow) TableName() string { return "recovery_codes" }

func (r reader) RecoveryLeft(ctx context.Context, userID string) (int, error) {
	var n int64
	err := r.q(ctx).Model(&recoveryRow{}).Where("user_id = ? AND used_at IS NULL", userID).Count(&n).Error
	return int(n), r.d.wrap("counting recovery codes", err)
}

func (t *transaction) PutRecovery(ctx context.Context, userID string, digests []string, when time.Time) error {
	if err := t.DropRecovery(ctx, userID); err != nil {
		return err
	}
	rows := make([]recoveryRow, 0, len(digests))
	for _, d := range digests {
		rows = append(rows, recoveryRow{Digest: d, UserID: userID, Created: at(when)})
	}
	return t.insert(ctx, "recovery codes", &rows)
}

func (t *transaction) UseRecovery(ctx context.Context, userID, digest string, when time.Time) (bool, error) {
	return t.update(ctx, "recovery code", &recoveryRow{}, map[string]any{"used_at": at(when)},
		"digest = ? AND user_id = ? AND used_at IS NULL", digest, userID)
}

func (t *transaction) DropRecovery(ctx context.Context, userID string) error {
	return t.d.wrap("removing recovery codes", t.q(ctx).Where("user_id = ?", userID).Delete(&recoveryRow{}).Error)
}
