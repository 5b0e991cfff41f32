package store

import (
	"context"
	"crypto/rand"
	"time"
)

type leaseRow struct {
	Name   string `gorm:"column:name;primaryKey"`
	Holder string `gorm:"column:holder"`
	Token  string `gorm:"column:token"`
	Until  dbTime `gorm:"column:lease_until"`
}

// TableName names the table.
func (leaseRow) TableName() string { return "leases" }

// TryLease implements registrar.Store.
func (s *Store) TryLease(ctx context.Context, name, holder string, ttl time.Duration) (string, bool, error) {
	token, taken := rand.Text(), false
	err := s.inTx(ctx, func(t *transaction) error {
		var err error
		taken, err = t.takeLease(ctx, leaseRow{Name: name, Holder: holder, Token: token}, ttl)
		return err
	})
	if err != nil || !taken {
		return "", false, err
	}
	return token, true, nil
}

// takeLease writes a row that nobody holds at first, so that the conditional
// update decides alone.
func (t *transaction) takeLease(ctx context.Context, l leaseRow, ttl time.Duration) (bool, error) {
	set := map[string]any{"holder": l.Holder, "token": l.Token, "lease_until": t.in(ttl)}
	where := "name = ? AND lease_until <= " + t.d.now
	taken, err := t.update(ctx, "lease", &leaseRow{}, set, where, l.Name)
	if err != nil || taken {
		return taken, err
	}
	fresh, err := t.insertFresh(ctx, "lease", &leaseRow{Name: l.Name})
	if err != nil || !fresh {
		return false, err
	}
	return t.update(ctx, "lease", &leaseRow{}, set, where, l.Name)
}

// RenewLease implements registrar.Store. A lease that ran out is lost, even when
// nobody took it since: its holder can not know.
func (s *Store) RenewLease(ctx context.Context, name, token string, ttl time.Duration) (bool, error) {
	renewed := false
	err := s.inTx(ctx, func(t *transaction) error {
		var err error
		renewed, err = t.update(ctx, "lease", &leaseRow{}, map[string]any{"lease_until": t.in(ttl)},
			"name = ? AND token = ? AND lease_until > "+t.d.now, name, token)
		return err
	})
	return renewed && err == nil, err
}

// ReleaseLease implements registrar.Store.
func (s *Store) ReleaseLease(ctx context.Context, name, token string) error {
	return s.inTx(ctx, func(t *transaction) error {
		_, err := t.update(ctx, "lease", &leaseRow{}, map[string]any{"lease_until": int64(0), "token": "", "holder": ""},
			"name = ? AND token = ?", name, token)
		return err
	})
}

// pingName is the row that Ping writes.
const pingName = "ping"

// Ping implements registrar.Store by a small write: a full or read-only disk
// answers reads for a long time.
func (s *Store) Ping(ctx context.Context) error {
	return s.inTx(ctx, func(t *transaction) error {
		found, err := t.update(ctx, "ping", &leaseRow{}, map[string]any{"lease_until": t.in(0)}, "name = ?", pingName)
		if err != nil || found {
			return err
		}
		_, err = t.insertFresh(ctx, "ping", &leaseRow{Name: pingName, Until: dbNow})
		return err
	})
}

// Now implements registrar.Store.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now dbTime
	if err := s.q(ctx).Raw("SELECT " + s.d.now).Scan(&now).Error; err != nil {
		return time.Time{}, s.d.wrap("reading the database's clock", err)
	}
	return now.time(), nil
}
