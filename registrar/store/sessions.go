package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"gorm.io/gorm/clause"

	"github.com/indera/indera/registrar"
)

type sessionRow struct {
	Digest  string  `gorm:"column:digest;primaryKey"`
	Data    []byte  `gorm:"column:data"`
	Expires instant `gorm:"column:expires_at"`
}

// TableName names the table.
func (sessionRow) TableName() string { return "sessions" }

// Sessions keeps web sessions by the SHA-256 of their token: who reads the
// database can not take a session over. Its methods are those of a session
// store with and without context.
type Sessions struct{ store *Store }

// Sessions returns the session store.
func (s *Store) Sessions() *Sessions { return &Sessions{store: s} }

// sessionLimit bounds the methods that get no context.
const sessionLimit = 5 * time.Second

func sessionDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// FindCtx returns the data of a session that has not expired.
func (s *Sessions) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	row, err := one[sessionRow](ctx, s.store.reader, "session", "digest = ?", sessionDigest(token))
	if registrar.IsNotFound(err) || (err == nil && !row.Expires.After(s.store.clock.Now())) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return row.Data, true, nil
}

// CommitCtx writes a session, new or known.
func (s *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return s.store.inTx(ctx, func(t *transaction) error {
		row := sessionRow{Digest: sessionDigest(token), Data: b, Expires: at(expiry)}
		return t.d.wrap("writing session", t.q(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error)
	})
}

// DeleteCtx ends a session; an unknown one is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.store.inTx(ctx, func(t *transaction) error {
		return t.d.wrap("removing session", t.q(ctx).Where("digest = ?", sessionDigest(token)).Delete(&sessionRow{}).Error)
	})
}

// Find is FindCtx with a time limit of its own.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionLimit)
	defer cancel()
	return s.FindCtx(ctx, token)
}

// Commit is CommitCtx with a time limit of its own.
func (s *Sessions) Commit(token string, b []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), sessionLimit)
	defer cancel()
	return s.CommitCtx(ctx, token, b, expiry)
}

// Delete is DeleteCtx with a time limit of its own.
func (s *Sessions) Delete(token string) error {
	ctx, cancel := context.WithTimeout(context.Background(), sessionLimit)
	defer cancel()
	return s.DeleteCtx(ctx, token)
}

// Purge removes up to limit (1-500) expired sessions and returns how many.
func (s *Sessions) Purge(ctx context.Context, limit int) (int, error) {
	purged := 0
	err := s.store.inTx(ctx, func(t *transaction) error {
		var digests []string
		now := at(s.store.clock.Now())
		err := t.q(ctx).Model(&sessionRow{}).Where("expires_at <= ?", now).Order("expires_at").
			Limit(registrar.Page{Limit: limit}.Size()).Pluck("digest", &digests).Error
		if err != nil || len(digests) == 0 {
			purged = 0
			return t.d.wrap("listing expired sessions", err)
		}
		res := t.q(ctx).Where("digest IN ? AND expires_at <= ?", digests, now).Delete(&sessionRow{})
		purged = int(res.RowsAffected)
		return t.d.wrap("removing expired sessions", res.Error)
	})
	return purged, err
}
