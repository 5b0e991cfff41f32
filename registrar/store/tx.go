package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jonboulle/clockwork"
	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

// Limits of the retry in InTx: the waits sum to about two seconds.
const (
	maxTries  = 10
	maxStale  = 3 // runs of a closure whose guarded row moved on under it
	firstWait = 4 * time.Millisecond
	maxWait   = 500 * time.Millisecond
)

// transaction implements registrar.Tx.
type transaction struct {
	reader
	clock   clockwork.Clock
	debited map[string]bool // accounts to look at again before the commit
	stale   bool            // a guarded row was changed after this transaction read it
}

// outcome says what InTx does next.
type outcome int

const (
	finished outcome = iota
	lost             // to other transactions: run again
	stale            // a guarded row moved on: read it again
)

// InTx implements registrar.Store. It is the only place that retries: the whole
// closure, commit included, with a growing, jittered wait. Rows guarded by a
// revision are read at READ COMMITTED, so they may move on before they are
// written: then the closure reads them again, too, but not for long, since a
// caller that brought an old revision from outside will never win.
func (s *Store) InTx(ctx context.Context, fn func(tx registrar.Tx) error) error {
	return s.inTx(ctx, func(t *transaction) error { return fn(t) })
}

func (s *Store) inTx(ctx context.Context, fn func(t *transaction) error) error {
	wait := firstWait
	for try, stales := 1, 0; ; try++ {
		out, err := s.tryTx(ctx, fn)
		if out == stale {
			stales++
		}
		if out == finished || stales == maxStale {
			return err
		}
		if try == maxTries {
			return registrar.Errorf(registrar.KindUnavailable, "database_busy", "The database is too busy; please try again.").
				Because(fmt.Errorf("after %d tries: %w", try, err))
		}
		s.retries.Add(1)
		s.log.DebugContext(ctx, "transaction runs again", "try", try, "error", err)
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("waiting to run a transaction again: %w", ctx.Err())
		case <-timer.C:
		}
		wait = min(2*wait, maxWait)
	}
}

// tryTx runs the closure once. Unless it finished, nothing is left behind.
func (s *Store) tryTx(ctx context.Context, fn func(t *transaction) error) (out outcome, err error) {
	sqlTx, err := s.writeSQL.BeginTx(ctx, nil)
	if err != nil {
		return lostIf(err), s.d.wrap("beginning a transaction", err)
	}
	ended := false
	defer func() {
		if !ended { // the closure panicked
			if rbErr := sqlTx.Rollback(); rbErr != nil && !errors.Is(rbErr, sql.ErrTxDone) {
				s.log.ErrorContext(ctx, "rolling back after a panic", "error", rbErr)
			}
		}
	}()
	guard := &guardedTx{tx: sqlTx}
	g := s.write.Session(&gorm.Session{NewDB: true, Context: ctx})
	g.Statement.ConnPool = guard
	t := &transaction{reader: reader{db: g, d: s.d}, clock: s.clock}
	err = fn(t)
	if err == nil && guard.lost == nil {
		err = t.checkDebited(ctx)
	}
	ended = true
	if err != nil || guard.lost != nil {
		rbErr := sqlTx.Rollback()
		switch {
		case guard.lost != nil:
			return lost, s.d.wrap("running a transaction", guard.lost)
		case rbErr != nil && !errors.Is(rbErr, sql.ErrTxDone) && !isGone(rbErr):
			return finished, fmt.Errorf("%w (and rolling back: %v)", err, quiet{rbErr})
		case t.stale:
			return stale, err
		}
		return finished, err
	}
	return s.commit(ctx, sqlTx)
}

func lostIf(err error) outcome {
	if retryable(err) {
		return lost
	}
	return finished
}

// commit tells a refused commit from one whose answer never came.
func (s *Store) commit(ctx context.Context, sqlTx *sql.Tx) (out outcome, err error) {
	err = sqlTx.Commit()
	switch {
	case err == nil:
		return finished, nil
	case retryable(err):
		if rbErr := sqlTx.Rollback(); rbErr != nil && !errors.Is(rbErr, sql.ErrTxDone) {
			return finished, fmt.Errorf("rolling back a refused commit: %w", rbErr)
		}
		return lost, s.d.wrap("committing", err)
	case ctx.Err() != nil && (errors.Is(err, sql.ErrTxDone) || errors.Is(err, ctx.Err())):
		return finished, fmt.Errorf("committing: %w", ctx.Err()) // never sent: database/sql rolls back
	case isGone(err) && !isFull(err):
		return finished, registrar.Errorf(registrar.KindUnavailable, CodeCommitUnknown,
			"The database went away while it saved; please look whether it did before trying again.").
			Because(fmt.Errorf("committing: %w", quiet{err}))
	}
	return finished, s.d.wrap("committing", err)
}

// CodeCommitUnknown is the code of the one KindUnavailable error after which
// the transaction may have happened: the connection broke during COMMIT.
const CodeCommitUnknown = "commit_unknown"

// guardedTx refuses every statement after the server has ended the transaction.
// MySQL rolls back on a deadlock and would run what follows in autocommit mode,
// for good; a lock timeout leaves half a transaction that could be committed.
type guardedTx struct {
	tx   *sql.Tx
	lost error // a Tx is used by one goroutine
}

func (g *guardedTx) check(err error) error {
	if err != nil && g.lost == nil && retryable(err) {
		g.lost = err
	}
	return err
}

// PrepareContext, ExecContext, QueryContext and QueryRowContext are gorm.ConnPool.
func (g *guardedTx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if g.lost != nil {
		return nil, g.lost
	}
	stmt, err := g.tx.PrepareContext(ctx, query)
	return stmt, g.check(err)
}

// ExecContext runs a statement.
func (g *guardedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if g.lost != nil {
		return nil, g.lost
	}
	res, err := g.tx.ExecContext(ctx, query, args...)
	return res, g.check(err)
}

// QueryContext runs a query.
func (g *guardedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if g.lost != nil {
		return nil, g.lost
	}
	rows, err := g.tx.QueryContext(ctx, query, args...)
	return rows, g.check(err)
}

// QueryRowContext runs a query for one row. GORM uses it for Row() only, which
// this package does not call.
func (g *guardedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return g.tx.QueryRowContext(ctx, query, args...)
}

// insert writes one row or a slice of rows.
func (t *transaction) insert(ctx context.Context, noun string, rows any) error {
	return t.d.wrap("writing "+noun, t.q(ctx).Create(rows).Error)
}

// insertFresh is insert that reports an existing key as false. ON DUPLICATE KEY
// can't tell the two apart when found rows are counted.
func (t *transaction) insertFresh(ctx context.Context, noun string, row any) (bool, error) {
	err := t.q(ctx).Create(row).Error
	if isDuplicate(err) {
		return false, nil
	}
	return err == nil, t.d.wrap("writing "+noun, err)
}

// update runs one conditional update and returns whether it found its row.
func (t *transaction) update(ctx context.Context, noun string, model any, set map[string]any, where string, args ...any) (bool, error) {
	res := t.q(ctx).Model(model).Where(where, args...).Updates(set)
	if res.Error != nil {
		return false, t.d.wrap("changing "+noun, res.Error)
	}
	return res.RowsAffected > 0, nil
}

// in returns an expression for a moment on the database's clock.
func (r reader) in(d time.Duration) any {
	return gorm.Expr(r.d.now+" + ?", micros(d))
}
