package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// dues are what happens by itself when its time has come. next finds the earliest
// time, "" when there is none; run does everything that is due.
var dues = []struct {
	what string
	next func(*work) (string, error)
	run  func(*work) error
}{
	{"transfers", nextTransferDue, (*work).approveDueTransfers},
	{"restore reports", nextReportDue, (*work).dropUnreported},
	{"expiries", nextExpiry, (*work).autoRenew},
	{"purges", nextPurgeDue, (*work).purgeDue},
	{"names of .UA", nextLapse, (*work).lapse},
	{"objects of FRED", nextFredDue, (*work).fredDue},
}

// runDue lets happen what is due, before anything looks at the objects. Between
// due dates it costs one comparison.
func (r *registry) runDue(ctx context.Context) error {
	if r.nextDue.Load() > r.now().UnixMilli() {
		return nil
	}
	err := inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, caller{}, "", r.newSvTRID())
		for _, d := range dues {
			if err := d.run(w); err != nil {
				return fmt.Errorf("%s: %w", d.what, err)
			}
		}
		return r.findNextDue(w)
	})
	if err != nil {
		r.nextDue.Store(0) // whatever was found may be rolled back: look again
	}
	return err
}

// findNextDue is called while the writing connection is held, so that nothing can
// slip between the queries and the store.
func (r *registry) findNextDue(w *work) error {
	next := int64(math.MaxInt64)
	for _, d := range dues {
		at, err := d.next(w)
		if err != nil {
			return fmt.Errorf("%s: %w", d.what, err)
		}
		if at == "" {
			continue
		}
		t, err := parseStored(at)
		if err != nil {
			return err
		}
		next = min(next, t.UnixMilli())
	}
	r.nextDue.Store(next)
	return nil
}

// dueAt makes sure that the registry looks at that time. Lowering the mark before
// the commit is safe: at worst one look finds nothing.
func (r *registry) dueAt(t time.Time) {
	if ms := t.UnixMilli(); ms < r.nextDue.Load() {
		r.nextDue.Store(ms)
	}
}

// earliest runs a query for one time.
func earliest(w *work, query string, args ...any) (string, error) {
	at, found, err := value[sql.NullString](w, query, args...)
	if !found {
		return "", err
	}
	return at.String, err
}

func nextPurgeDue(w *work) (string, error) {
	return earliest(w, `SELECT purge_at FROM domains WHERE purge_at IS NOT NULL ORDER BY purge_at LIMIT 1`)
}

// purgeDue removes domains whose pendingDelete is over.
func (w *work) purgeDue() error {
	due, err := w.texts(`SELECT name FROM domains WHERE purge_at <= ?`, w.now)
	if err != nil {
		return err
	}
	for _, name := range due {
		if err := w.purgeDomain(name); err != nil {
			return fmt.Errorf("purging %s: %w", name, err)
		}
	}
	return nil
}

// isRefusal reports whether err is the client's fault, with its code.
func isRefusal(err error, code int) bool {
	var r *refusal
	return errors.As(err, &r) && r.code == code
}
