package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/jonboulle/clockwork"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/indera/indera/registrar"
)

// Drivers.
const (
	DriverSQLite = "sqlite"
	DriverMySQL  = "mysql" // MySQL 8 or MariaDB 10.6 and newer
)

// Config says where the data lives.
type Config struct {
	Driver string // DriverSQLite or DriverMySQL
	// Path of the SQLite file; it is created with mode 0600. Its folder must exist.
	Path string
	// DSN of MySQL in the form user:password@tcp(host:3306)/database. Parameters
	// in it are ignored where the store depends on its own.
	DSN      string
	Password string      // replaces the one in DSN, so that it can come from a file
	TLS      *tls.Config // of the MySQL connection; nil = plain
	// SessionVars are further MySQL session variables, by name, with values as
	// SQL writes them, for example {"wsrep_sync_wait": "1"} on Galera.
	SessionVars map[string]string
	MaxOpen     int // connections: MySQL 1-500, 0 = 20; SQLite readers, 0 = 4
	// Relaxed gives up durability on power loss (SQLite only, for tests).
	Relaxed bool
	Clock   clockwork.Clock // business time; nil = the real clock
	Logger  *slog.Logger    // debug notes about retries; nil = none
}

// Store implements registrar.Store.
type Store struct {
	reader   // outside transactions
	write    *gorm.DB
	writeSQL *sql.DB
	readSQL  *sql.DB
	mysqlCfg *mysqlConfig // nil on SQLite
	clock    clockwork.Clock
	log      *slog.Logger
	retries  atomic.Int64
}

var (
	_ registrar.Store = (*Store)(nil)
	_ registrar.Tx    = (*transaction)(nil)
)

// Open connects. It does not migrate: see Migrate and Pending. A database that
// does not answer is registrar.KindUnavailable.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Clock == nil {
		cfg.Clock = clockwork.NewRealClock()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{clock: cfg.Clock, log: cfg.Logger}
	var err error
	switch cfg.Driver {
	case DriverSQLite:
		err = s.openSQLite(cfg)
	case DriverMySQL:
		err = s.openMySQL(cfg)
	default:
		return nil, fmt.Errorf("unknown database driver %q: want %q or %q", cfg.Driver, DriverSQLite, DriverMySQL)
	}
	if err != nil {
		return nil, err
	}
	if err := s.readSQL.PingContext(ctx); err != nil {
		err = s.d.wrap("connecting to the database", err)
		if closeErr := s.Close(); closeErr != nil {
			return nil, fmt.Errorf("%w (and closing: %v)", err, closeErr)
		}
		return nil, err
	}
	return s, nil
}

// Close ends all connections. Transactions under way are rolled back.
func (s *Store) Close() error {
	err := s.writeSQL.Close()
	if s.readSQL != s.writeSQL {
		if readErr := s.readSQL.Close(); err == nil {
			err = readErr
		}
	}
	if err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// Driver returns DriverSQLite or DriverMySQL.
func (s *Store) Driver() string { return s.d.name }

// Retries returns how often a transaction was run again since Open.
func (s *Store) Retries() int64 { return s.retries.Load() }

// Stats returns the figures of the pool that serves reads (and, on MySQL, writes).
func (s *Store) Stats() sql.DBStats { return s.readSQL.Stats() }

// gormConfig keeps GORM from doing anything we did not ask for: no implicit
// transactions, no SELECT *, no logging of values.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		QueryFields:            true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
	}
}
