package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/indera/indera/migrations"
)

// Migration is one numbered change of the schema.
type Migration struct {
	Version   int64
	Name      string // file name
	Applied   bool
	AppliedAt time.Time // zero when not applied
}

// Migrate brings the schema up to date. Any number of processes may call it at
// once. When it fails on MySQL, what the finished files did stays; a second run
// goes on from there.
func (s *Store) Migrate(ctx context.Context) error {
	return s.withMigrator(migrating, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			var partial *goose.PartialError
			if errors.As(err, &partial) && partial.Failed != nil && partial.Failed.Source != nil {
				return s.d.wrap("migrating with "+partial.Failed.Source.Path, err)
			}
			return s.d.wrap("migrating", err)
		}
		return nil
	})
}

// MigrationStatus lists all migrations in order.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	var out []Migration
	err := s.withMigrator(looking, func(p *goose.Provider) error {
		statuses, err := p.Status(ctx)
		if err != nil {
			return s.d.wrap("reading the state of migrations", err)
		}
		for _, st := range statuses {
			out = append(out, Migration{Version: st.Source.Version, Name: st.Source.Path, Applied: st.State == goose.StateApplied, AppliedAt: st.AppliedAt})
		}
		return nil
	})
	return out, err
}

// Pending returns how many migrations the schema lacks; serve refuses to start
// when it is not 0.
func (s *Store) Pending(ctx context.Context) (int, error) {
	all, err := s.MigrationStatus(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range all {
		if !m.Applied {
			n++
		}
	}
	return n, nil
}

// lockTries, one per second, is how long a process waits for another one that
// migrates.
const lockTries = 600

// What a migrator is for. Only migrating takes the lock: it is a lease of half a
// minute, and a process killed while it merely looked would keep the next one
// from starting for that long.
const (
	looking   = false
	migrating = true
)

// withMigrator runs f with a goose provider. On MySQL it has connections of its
// own, since a change of a large table may be silent for longer than readLimit.
func (s *Store) withMigrator(lockOut bool, f func(*goose.Provider) error) (err error) {
	files, err := fs.Sub(migrations.FS, s.d.name)
	if err != nil {
		return fmt.Errorf("opening the migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	db, dialect := s.writeSQL, goose.DialectSQLite3
	if s.d.name == DriverMySQL {
		dialect = goose.DialectMySQL
		if lockOut {
			locker, err := lock.NewMySQLTableLocker(lock.WithTableLockTimeout(time.Second, lockTries))
			if err != nil {
				return fmt.Errorf("preparing the migration lock: %w", err)
			}
			options = append(options, goose.WithLocker(locker))
		}
		var closeDB func() error
		if db, closeDB, err = s.slowPool(); err != nil {
			return err
		}
		defer func() {
			if closeErr := closeDB(); err == nil && closeErr != nil {
				err = fmt.Errorf("closing the migration connection: %w", closeErr)
			}
		}()
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	return f(provider)
}

func (s *Store) slowPool() (*sql.DB, func() error, error) {
	c := s.mysqlCfg.Clone()
	c.ReadTimeout, c.WriteTimeout = 0, 0
	db, err := mysqlPool(c)
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}
