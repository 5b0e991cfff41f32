package rig

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "github.com/go-sql-driver/mysql" // to make the database user

	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

// Time limits that production measures in minutes. One follows from the other:
// an exchange ends before its lease, absence counts after the settling time.
const (
	Exchange   = 1500 * time.Millisecond
	Settle     = time.Second
	Confirm    = 200 * time.Millisecond
	FundsProbe = 500 * time.Millisecond
)

// StartLimit bounds how long a process may take to serve.
const StartLimit = 60 * time.Second

// Options shape a deployment.
type Options struct {
	Dir      string // logs, configuration, databases of the registries
	Replicas int    // of serve; 0 = 1
	Money    int64  // of the customer, minor units
	// SQLite is the path of the database file; "" = a MariaDB server of its own.
	SQLite string
	Relay  *Relay   // where mail goes; nil = it stays in the queue
	Wrap   []string // put before the command line of serve
}

// Deployment is a registrar at work: database, registries as a process of
// their own, replicas of serve, one customer.
type Deployment struct {
	Binary   string
	Database *mariadb.Server // nil on SQLite
	Sandbox  *Sandbox
	Serves   []*Serve
	Customer Customer
	opt      Options
	cfg      ServeConfig
}

const (
	dbUser     = "indera"
	dbPassword = "rig-password"
)

// DatabaseName is the name of the database on MariaDB.
const DatabaseName = "indera"

// Deploy starts everything and waits until it serves. On an error everything
// is stopped again.
func Deploy(ctx context.Context, opt Options) (d *Deployment, err error) {
	opt.Replicas = max(opt.Replicas, 1)
	d = &Deployment{opt: opt}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if d.Binary, err = Build(ctx, opt.Dir); err != nil {
		return d, err
	}
	if d.Sandbox, err = NewSandbox(ctx, d.Binary, opt.Dir); err != nil {
		return d, err
	}
	if err := d.Sandbox.Start(ctx); err != nil {
		return d, err
	}
	d.cfg = ServeConfig{Dir: opt.Dir, Binary: d.Binary, Driver: store.DriverSQLite, Path: opt.SQLite, Registries: d.Sandbox.Accounts(),
		Exchange: Exchange, Settle: Settle, Confirm: Confirm, FundsProbe: FundsProbe, Wrap: opt.Wrap}
	if opt.Relay != nil {
		d.cfg.MailPort = opt.Relay.Port()
	}
	if opt.SQLite == "" {
		if err := d.startDatabase(ctx); err != nil {
			return d, err
		}
	}
	return d, d.startServe(ctx)
}

func (d *Deployment) startDatabase(ctx context.Context) (err error) {
	// Durable: what serve was told is committed must survive the server's death.
	if d.Database, err = mariadb.Start(ctx, mariadb.Options{Durable: true}); err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	if err := d.Database.CreateDatabase(ctx, DatabaseName); err != nil {
		return err
	}
	d.cfg.Driver, d.cfg.Address, d.cfg.Database, d.cfg.User = store.DriverMySQL, d.Database.Addr(), DatabaseName, dbUser
	d.cfg.PasswordFile = filepath.Join(d.opt.Dir, "database.password")
	if err := os.WriteFile(d.cfg.PasswordFile, []byte(dbPassword+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing the database password: %w", err)
	}
	db, err := sql.Open("mysql", d.Database.DSN(DatabaseName))
	if err != nil {
		return fmt.Errorf("making the database user: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, q := range []string{
		"CREATE USER '" + dbUser + "'@'127.0.0.1' IDENTIFIED BY '" + dbPassword + "'",
		"GRANT ALL ON `" + DatabaseName + "`.* TO '" + dbUser + "'@'127.0.0.1'",
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("making the database user: %w", err)
		}
	}
	return nil
}

func (d *Deployment) startServe(ctx context.Context) error {
	for i := range d.opt.Replicas {
		s, err := NewServe(ctx, d.cfg, fmt.Sprintf("serve-%d", i+1))
		if err != nil {
			return err
		}
		d.Serves = append(d.Serves, s)
	}
	if d.Database != nil {
		if err := d.prepare(ctx, store.Config{Driver: store.DriverMySQL, DSN: d.Database.DSN(DatabaseName)}); err != nil {
			return err
		}
	} else if err := d.prepare(ctx, store.Config{Driver: store.DriverSQLite, Path: d.opt.SQLite}); err != nil {
		return err
	}
	for _, s := range d.Serves {
		if err := s.Start(); err != nil {
			return err
		}
	}
	for _, s := range d.Serves {
		if err := s.WaitServing(ctx, d.API(s), StartLimit); err != nil {
			return err
		}
	}
	return nil
}

// prepare migrates as the operator would and makes the customer.
func (d *Deployment) prepare(ctx context.Context, cfg store.Config) error {
	if out, err := d.Command(ctx, "migrate", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("migrating: %w: %s", err, out)
	}
	var err error
	d.Customer, err = NewCustomer(ctx, cfg, "rig@example.org", max(d.opt.Money, 1))
	return err
}

// StoreConfig opens the deployment's database from the test.
func (d *Deployment) StoreConfig() store.Config {
	if d.Database == nil {
		return store.Config{Driver: store.DriverSQLite, Path: d.opt.SQLite}
	}
	return store.Config{Driver: store.DriverMySQL, DSN: d.Database.DSN(DatabaseName)}
}

// DatabaseLogin is the product's own user on the database server.
func (d *Deployment) DatabaseLogin() (address, user, password string) {
	return d.cfg.Address, dbUser, dbPassword
}

// API returns a client of one replica.
func (d *Deployment) API(s *Serve) *API { return NewAPI(s.APIBase(), d.Customer.Token) }

// Command prepares another subcommand on the same configuration.
func (d *Deployment) Command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, d.Binary, append(args, "--config", d.Serves[0].ConfigFile)...)
}

// Close kills all processes and removes MariaDB's data; the folder stays.
func (d *Deployment) Close() error {
	var errs []error
	for _, s := range d.Serves {
		errs = append(errs, s.Kill())
	}
	if d.Sandbox != nil {
		errs = append(errs, d.Sandbox.Kill())
	}
	if d.Database != nil {
		errs = append(errs, d.Database.Close())
	}
	return errors.Join(errs...)
}
