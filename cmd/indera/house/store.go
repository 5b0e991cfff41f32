package house

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/sethvargo/go-retry"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// ErrPending says that the schema is older than the program.
var ErrPending = errors.New("the database lacks migrations: run indera migrate up")

// StoreConfig translates the database section; it reads the password.
func StoreConfig(c config.Database) (store.Config, error) {
	out := store.Config{Driver: c.Driver, Path: c.Path, MaxOpen: c.MaxOpen}
	if c.Driver != store.DriverMySQL {
		out.MaxOpen = 0
		return out, nil
	}
	password, err := c.Password(config.EnvDatabasePassword)
	if err != nil {
		return out, fmt.Errorf("database: %w", err)
	}
	dsn := mysql.NewConfig()
	dsn.User, dsn.Net, dsn.Addr, dsn.DBName = c.User, "tcp", c.Address, c.Name
	out.DSN, out.Password = dsn.FormatDSN(), password
	if c.TLS.Enabled {
		if out.TLS, err = databaseTLS(c); err != nil {
			return out, err
		}
	}
	return out, nil
}

func databaseTLS(c config.Database) (*tls.Config, error) {
	name := c.TLS.ServerName
	if name == "" {
		host, _, err := net.SplitHostPort(c.Address)
		if err != nil {
			return nil, fmt.Errorf("database.address: %w", err)
		}
		name = host
	}
	out := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	if c.TLS.CAFile != "" {
		pool, err := config.ReadCA(c.TLS.CAFile)
		if err != nil {
			return nil, fmt.Errorf("database.tls.ca_file: %w", err)
		}
		out.RootCAs = pool
	}
	return out, nil
}

// Pauses between tries of something that is away.
const (
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
)

// untilThere runs fn until it works, fails for good or ctx ends. Only what is
// unavailable is tried again; each kind of failure is logged once.
func (h *house) untilThere(ctx context.Context, what string, fn func(ctx context.Context) error) error {
	last := ""
	pause := retry.WithCappedDuration(longPause, retry.NewExponential(firstPause))
	return retry.Do(ctx, pause, func(ctx context.Context) error {
		err := fn(ctx)
		if registrar.KindOf(err) != registrar.KindUnavailable {
			return err
		}
		h.setStarting(fmt.Errorf("%s: %w", what, err))
		if err.Error() != last {
			last = err.Error()
			h.log.ErrorContext(ctx, what+" failed, trying again", "error", err)
		}
		return retry.RetryableError(err)
	})
}

// openStore connects, waiting for a database that is away, and looks at the
// schema.
func (h *house) openStore(ctx context.Context) error {
	cfg, err := StoreConfig(h.cfg.Database)
	if err != nil {
		return err
	}
	cfg.Clock, cfg.Logger = h.clock, h.log
	err = h.untilThere(ctx, "connecting to the database", func(ctx context.Context) error {
		s, err := store.Open(ctx, cfg)
		if err != nil {
			return err
		}
		h.mu.Lock()
		h.store = s
		h.mu.Unlock()
		return nil
	})
	if err != nil {
		return err
	}
	return h.untilThere(ctx, "looking at the schema", func(ctx context.Context) error {
		if h.opt.Migrate {
			return h.store.Migrate(ctx)
		}
		pending, err := h.store.Pending(ctx)
		if err == nil && pending > 0 {
			err = fmt.Errorf("%d of them: %w", pending, ErrPending)
		}
		return err
	})
}

// revision is the commit the program was built from, "" when unknown.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
