package sandbox

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the pure Go driver, registered as "sqlite"
)

//go:embed schema.sql
var schemaSQL string

// schemaVersion is PRAGMA user_version of a file this code can use.
const schemaVersion = 2

// upgrades lead from the version before to the one of the index: what a file of
// an older program lacks beside the tables that are simply created.
var upgrades = map[int][]string{
	2: {
		`ALTER TABLE domains ADD COLUMN tr_date TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE contacts ADD COLUMN tr_date TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE hosts ADD COLUMN tr_date TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE ledger RENAME TO ledger_old`,
		`DROP INDEX ledger_cl_trid`,
		`DROP INDEX ledger_domain_roid`,
	},
}

// afterUpgrade moves rows once the new tables are there.
var afterUpgrade = map[int][]string{
	2: {`INSERT INTO ledger SELECT * FROM ledger_old`, `DROP TABLE ledger_old`},
}

// database is one SQLite file behind two pools: a single writing connection,
// so that writers queue in Go instead of failing with SQLITE_BUSY, and
// read-only ones that see the last committed state.
type database struct {
	writer  *sql.DB
	reader  *sql.DB
	tempDir string // removed at close; "" when the file was named by the owner
}

func openDatabase(ctx context.Context, path string) (*database, error) {
	db := &database{}
	if path == "" {
		dir, err := os.MkdirTemp("", "indera-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("creating database folder: %w", err)
		}
		db.tempDir, path = dir, filepath.Join(dir, "registry.db")
	}
	if err := db.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), db.close())
	}
	return db, nil
}

func (db *database) open(ctx context.Context, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := createPrivate(abs); err != nil {
		return err
	}
	file := (&url.URL{Scheme: "file", Path: abs}).String()
	common := "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)"
	if db.writer, err = sql.Open("sqlite", file+common+"&_txlock=immediate"); err != nil {
		return err
	}
	db.writer.SetMaxOpenConns(1)
	if db.reader, err = sql.Open("sqlite", file+common+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	db.reader.SetMaxOpenConns(4)
	db.reader.SetMaxIdleConns(4)
	return db.migrate(ctx)
}

// createPrivate makes the file readable by its owner only: it holds authInfo.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (db *database) migrate(ctx context.Context) error {
	var version int
	if err := db.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("schema version %d, this program knows %d", version, schemaVersion)
	}
	return inTx(ctx, db.writer, func(tx *sql.Tx) error { return upgrade(ctx, tx, version) })
}

// upgrade brings a file of an older version, or an empty one (0), up to date.
func upgrade(ctx context.Context, tx *sql.Tx, version int) error {
	var steps []string
	for v := version + 1; version > 0 && v <= schemaVersion; v++ {
		steps = append(steps, upgrades[v]...)
	}
	steps = append(steps, schemaSQL)
	for v := version + 1; version > 0 && v <= schemaVersion; v++ {
		steps = append(steps, afterUpgrade[v]...)
	}
	steps = append(steps, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
	for _, step := range steps {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bringing the schema to version %d: %w", schemaVersion, err)
		}
	}
	return nil
}

func (db *database) close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.reader, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.tempDir != "" {
		errs = append(errs, os.RemoveAll(db.tempDir))
	}
	return errors.Join(errs...)
}

// inTx runs fn in one transaction on the given pool and commits it if fn
// returns nil. fn's own error comes back unwrapped, it may be a refusal.
func inTx(ctx context.Context, pool *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := fn(tx); err != nil {
		if rb := tx.Rollback(); rb != nil {
			return errors.Join(err, fmt.Errorf("rollback: %w", rb))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// work is one command inside its transaction: who asks, when, under which ids.
type work struct {
	ctx            context.Context
	tx             *sql.Tx
	reg            *registry
	now            string // timeLayout
	clTRID, svTRID string
	caller
}

// instant is now as a time.
func (w *work) instant() (time.Time, error) { return parseStored(w.now) }

func (w *work) exec(query string, args ...any) error {
	_, err := w.tx.ExecContext(w.ctx, query, args...)
	return err
}

// value reads one column of one row; found is false when there is no row.
func value[T any](w *work, query string, args ...any) (v T, found bool, err error) {
	err = w.tx.QueryRowContext(w.ctx, query, args...).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

// exists reports whether the query has a row.
func (w *work) exists(query string, args ...any) (bool, error) {
	_, found, err := value[int](w, query, args...)
	return found, err
}

// each scans all rows of a query with the given function.
func (w *work) each(query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := w.tx.QueryContext(w.ctx, query, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// texts reads a column of strings.
func (w *work) texts(query string, args ...any) ([]string, error) {
	var out []string
	err := w.each(query, func(rows *sql.Rows) error {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	}, args...)
	return out, err
}

// newROID hands out the next repository object id, for example "D17-SANDBOXA".
func (w *work) newROID(kind string) (string, error) {
	n, _, err := value[int64](w, `UPDATE sequences SET value = value + 1 WHERE name = 'roid' RETURNING value`)
	return fmt.Sprintf("%s%d-%s", kind, n, w.reg.cfg.RepositoryID), err
}
