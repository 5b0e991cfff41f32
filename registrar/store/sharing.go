package store

import (
	"context"
	"errors"
	"time"

	"github.com/indera/indera/registrar"
)

// Word is a lease that somebody holds: its name behind the prefix asked for,
// and what its holder keeps in it.
type Word struct {
	Name string
	Text string
}

// Told returns the leases under a prefix that have not run out, in order of
// their names, and database time.
func (s *Store) Told(ctx context.Context, prefix string) ([]Word, time.Time, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	var rows []leaseRow
	err = s.q(ctx).Select("name", "token").
		Where("name >= ? AND name < ? AND lease_until > "+s.d.now, prefix, after(prefix)).Order("name").Find(&rows).Error
	if err != nil {
		return nil, time.Time{}, s.d.wrap("reading leases", err)
	}
	out := make([]Word, 0, len(rows))
	for _, r := range rows {
		out = append(out, Word{Name: r.Name[len(prefix):], Text: r.Token})
	}
	return out, now, nil
}

// after returns what follows all names with a prefix; they are printable ASCII.
func after(prefix string) string { return prefix + "\x7f" }

// Tell keeps a word of at most 64 characters under prefix and name for ttl,
// whoever said one there before; "" takes it back. The first word under a name
// clears away those under the prefix that have run out.
func (s *Store) Tell(ctx context.Context, prefix, name, holder, text string, ttl time.Duration) error {
	full := prefix + name
	return s.inTx(ctx, func(t *transaction) error {
		if text == "" {
			return t.d.wrap("taking a word back", t.q(ctx).Where("name = ?", full).Delete(&leaseRow{}).Error)
		}
		set := map[string]any{"holder": holder, "token": text, "lease_until": t.in(ttl)}
		found, err := t.update(ctx, "word", &leaseRow{}, set, "name = ?", full)
		if err != nil || found {
			return err
		}
		err = t.q(ctx).Where("name >= ? AND name < ? AND lease_until <= "+t.d.now, prefix, after(prefix)).Delete(&leaseRow{}).Error
		if err != nil {
			return t.d.wrap("clearing old words", err)
		}
		if _, err := t.insertFresh(ctx, "word", &leaseRow{Name: full}); err != nil {
			return err
		}
		_, err = t.update(ctx, "word", &leaseRow{}, set, "name = ?", full)
		return err
	})
}

// Move changes the moment that is kept under a name, by database time; change
// gets the zero time when there is none yet. It may run several times.
func (s *Store) Move(ctx context.Context, name string, change func(now, kept time.Time) time.Time) error {
	return s.inTx(ctx, func(t *transaction) error {
		now, kept, err := t.moment(ctx, name)
		if err != nil {
			return err
		}
		next := change(now.time(), kept.time())
		if next.Equal(kept.time()) {
			return nil
		}
		moved, err := t.update(ctx, "moment", &leaseRow{}, map[string]any{"lease_until": next.UnixMicro()},
			"name = ? AND lease_until = ?", name, int64(kept))
		if err == nil && !moved {
			t.stale = true // another replica moved it: read again
			err = registrar.Errorf(registrar.KindUnavailable, "database_busy", "The database is too busy; please try again.").Because(errMoved)
		}
		return err
	})
}

var errMoved = errors.New("the moment was moved meanwhile")

// moment reads what is kept under a name, and makes the row when it is missing.
func (t *transaction) moment(ctx context.Context, name string) (now, kept dbTime, err error) {
	var row struct{ Now, Kept dbTime }
	query := "SELECT " + t.d.now + " AS now, lease_until AS kept FROM leases WHERE name = ?"
	for range 2 {
		res := t.q(ctx).Raw(query, name).Scan(&row)
		if res.Error != nil || res.RowsAffected > 0 {
			return row.Now, row.Kept, t.d.wrap("reading a moment", res.Error)
		}
		if _, err := t.insertFresh(ctx, "moment", &leaseRow{Name: name}); err != nil {
			return 0, 0, err
		}
	}
	return 0, 0, registrar.Errorf(registrar.KindUnavailable, "database_busy", "The database is too busy; please try again.").Because(errMoved)
}
