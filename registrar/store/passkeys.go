package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/indera/indera/registrar"
)

type passkeyRow struct {
	ID             string   `gorm:"column:id;primaryKey"`
	UserID         string   `gorm:"column:user_id"`
	Digest         string   `gorm:"column:digest"`
	Credential     string   `gorm:"column:credential"`
	PublicKey      string   `gorm:"column:public_key"`
	SignCount      int64    `gorm:"column:sign_count"`
	Transports     list     `gorm:"column:transports"`
	BackupEligible bool     `gorm:"column:backup_eligible"`
	BackedUp       bool     `gorm:"column:backed_up"`
	Name           string   `gorm:"column:name"`
	Created        instant  `gorm:"column:created_at"`
	LastUsed       *instant `gorm:"column:last_used_at"`
}

// TableName names the table.
func (passkeyRow) TableName() string { return "user_passkeys" }

func credentialDigest(id []byte) string {
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:])
}

func passkeyToRow(p registrar.Passkey) passkeyRow {
	return passkeyRow{ID: p.ID, UserID: p.UserID, Digest: credentialDigest(p.CredentialID), Credential: base64.RawURLEncoding.EncodeToString(p.CredentialID),
		PublicKey: base64.RawURLEncoding.EncodeToString(p.PublicKey), SignCount: int64(p.SignCount), Transports: p.Transports,
		BackupEligible: p.BackupEligible, BackedUp: p.BackedUp, Name: p.Name, Created: at(p.CreatedAt), LastUsed: optional(p.LastUsedAt)}
}

func passkeyFromRow(r passkeyRow) (registrar.Passkey, error) {
	p := registrar.Passkey{ID: r.ID, UserID: r.UserID, SignCount: uint32(r.SignCount), Transports: r.Transports, BackupEligible: r.BackupEligible,
		BackedUp: r.BackedUp, Name: r.Name, CreatedAt: r.Created.Time, LastUsedAt: timePtr(r.LastUsed)}
	var err error
	if p.CredentialID, err = base64.RawURLEncoding.DecodeString(r.Credential); err != nil {
		return p, fmt.Errorf("reading the credential of passkey %s: %w", r.ID, err)
	}
	if p.PublicKey, err = base64.RawURLEncoding.DecodeString(r.PublicKey); err != nil {
		return p, fmt.Errorf("reading the key of passkey %s: %w", r.ID, err)
	}
	return p, nil
}

func (r reader) PasskeysOf(ctx context.Context, userID string) ([]registrar.Passkey, error) {
	if !plain(userID) {
		return nil, nil
	}
	rows, err := many[passkeyRow](ctx, r, "passkeys", "created_at, id", "user_id = ?", userID)
	if err != nil {
		return nil, err
	}
	out := make([]registrar.Passkey, 0, len(rows))
	for _, row := range rows {
		p, err := passkeyFromRow(row)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (r reader) PasskeyByCredential(ctx context.Context, credentialID []byte) (registrar.Passkey, error) {
	row, err := one[passkeyRow](ctx, r, "passkey", "digest = ?", credentialDigest(credentialID))
	if err != nil {
		return registrar.Passkey{}, err
	}
	return passkeyFromRow(row)
}

func (t *transaction) InsertPasskey(ctx context.Context, p registrar.Passkey) error {
	row := passkeyToRow(p)
	fresh, err := t.insertFresh(ctx, "passkey", &row)
	if err == nil && !fresh {
		err = registrar.Errorf(registrar.KindConflict, "passkey_there", "This passkey is set up already.")
	}
	return err
}

func (t *transaction) UsePasskey(ctx context.Context, id string, was, now uint32, backedUp bool, when time.Time) (bool, error) {
	return t.update(ctx, "passkey", &passkeyRow{}, map[string]any{"sign_count": int64(now), "backed_up": backedUp, "last_used_at": at(when)},
		"id = ? AND sign_count = ?", id, int64(was))
}

func (t *transaction) RenamePasskey(ctx context.Context, userID, id, name string) (bool, error) {
	if !plain(id) {
		return false, nil
	}
	return t.update(ctx, "passkey", &passkeyRow{}, map[string]any{"name": name}, "id = ? AND user_id = ?", id, userID)
}

func (t *transaction) DropPasskey(ctx context.Context, userID, id string) (bool, error) {
	if !plain(id) {
		return false, nil
	}
	res := t.q(ctx).Where("id = ? AND user_id = ?", id, userID).Delete(&passkeyRow{})
	return res.RowsAffected > 0, t.d.wrap("removing a passkey", res.Error)
}

func (t *transaction) DropPasskeys(ctx context.Context, userID string) error {
	return t.d.wrap("removing passkeys", t.q(ctx).Where("user_id = ?", userID).Delete(&passkeyRow{}).Error)
}
