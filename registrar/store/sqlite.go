package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	_ "modernc.org/sqlite" // registers the pure Go driver "sqlite"
)

// sqliteDialect: unixepoch has milliseconds; the rest of the digits are zero.
var sqliteDialect = dialect{
	name: DriverSQLite,
	now:  "(CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER) * 1000)",
}

// openSQLite makes two pools: one connection that writes, with transactions
// that take the write lock at once, so that they queue in Go and never fail
// half-way with SQLITE_BUSY_SNAPSHOT; and readers that can not write.
func (s *Store) openSQLite(cfg Config) error {
	if cfg.Path == "" {
		return errors.New("the SQLite database needs a path")
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return fmt.Errorf("finding the database file: %w", err)
	}
	if err := touch(path); err != nil {
		return err
	}
	sync := "FULL" // a commit survives the loss of power
	if cfg.Relaxed {
		sync = "OFF"
	}
	common := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + sync +
		")&_pragma=temp_store(MEMORY)&_time_format=sqlite&_timezone=UTC"
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	if s.writeSQL, err = sql.Open("sqlite", file+common+"&_txlock=immediate"); err != nil {
		return fmt.Errorf("opening the database for writing: %w", err)
	}
	s.writeSQL.SetMaxOpenConns(1)
	if s.readSQL, err = sql.Open("sqlite", file+common+"&_pragma=query_only(1)"); err != nil {
		return fmt.Errorf("opening the database for reading: %w", err)
	}
	readers := cfg.MaxOpen
	if readers <= 0 {
		readers = 4
	}
	s.readSQL.SetMaxOpenConns(readers)
	s.readSQL.SetMaxIdleConns(readers)
	if s.write, err = gormSQLite(s.writeSQL); err != nil {
		return err
	}
	read, err := gormSQLite(s.readSQL)
	if err != nil {
		return err
	}
	s.reader = reader{db: read, d: sqliteDialect}
	return nil
}

func gormSQLite(db *sql.DB) (*gorm.DB, error) {
	g, err := gorm.Open(gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", Conn: db}), gormConfig())
	if err != nil {
		return nil, sqliteDialect.wrap("opening the database", err)
	}
	return g, nil
}

// touch creates the file readable by its owner alone; SQLite gives its side
// files the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating the database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("creating the database file: %w", err)
	}
	return nil
}
