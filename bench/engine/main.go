// Command engine measures how many paid registrations a second the engine
// settles end to end (order, hold, contact and domain commands, capture, cost,
// audit, events) with a registry in memory, on SQLite and on MariaDB.
//
// The baseline writes rows of the same number and size by hand-made SQL on the
// same database in the same run: the least that any program with these
// promises would have to write, without asking, checking or deciding anything.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

const (
	orders  = 150
	clients = 8
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/engine:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "indera-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "indera.db")
	raw := "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if err := measureOn(ctx, store.Config{Driver: store.DriverSQLite, Path: file}, "sqlite", raw); err != nil {
		return fmt.Errorf("on SQLite: %w", err)
	}
	server, err := mariadb.Start(ctx, mariadb.Options{Durable: true})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, "bench/engine: MariaDB left out:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.CreateDatabase(ctx, "bench"); err != nil {
		return err
	}
	dsn, err := mysql.ParseDSN(server.DSN("bench"))
	if err != nil {
		return fmt.Errorf("reading the DSN: %w", err)
	}
	dsn.InterpolateParams = true // one round trip per statement, as the store does
	if err := measureOn(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN("bench")}, "mysql", dsn.FormatDSN()); err != nil {
		return fmt.Errorf("on MariaDB: %w", err)
	}
	return nil
}

func measureOn(ctx context.Context, cfg store.Config, driver, raw string) (err error) {
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	engine, err := settle(ctx, s)
	if err != nil {
		return err
	}
	writes, err := rowsPerOrder(ctx, driver, raw)
	if err != nil {
		return err
	}
	bare, err := byHand(ctx, driver, raw, writes)
	if err != nil {
		return err
	}
	name := "engine/" + s.Driver()
	measure.Line(os.Stdout, name+" orders settled", orders/engine.Seconds(), "1/s")
	measure.Line(os.Stdout, name+" rows written per order", float64(writes), "rows")
	measure.Line(os.Stdout, name+" same rows by hand", orders/bare.Seconds(), "1/s")
	measure.Ratio(os.Stdout, name+" engine:by hand", engine, bare)
	return nil
}

// settle places the orders and waits until the last one is done.
func settle(ctx context.Context, s *store.Store) (time.Duration, error) {
	memory := registrytest.NewMemory(clockwork.NewRealClock())
	e, err := registrar.New(registrar.Options{Store: s, Registries: map[string]registrar.Registry{"mem": memory}, Holder: "bench", Sandbox: true})
	if err != nil {
		return 0, err
	}
	customer, by, err := prepare(ctx, e)
	if err != nil {
		return 0, err
	}
	working, stop := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() {
		worked <- registrar.NewWorker(e, registrar.WorkerOptions{Concurrency: clients, Poll: 20 * time.Millisecond}).Run(working)
	}()
	start := time.Now()
	err = inParallel(func(i int) error { return buy(ctx, e, customer, by, i) })
	took := time.Since(start)
	stop()
	return took, errors.Join(err, <-worked)
}

func prepare(ctx context.Context, e *registrar.Engine) (registrar.Customer, registrar.Actor, error) {
	usd := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }
	by := registrar.System("bench")
	err := e.ApplyCatalogue(ctx, by, []registrar.TLD{{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}},
		[]registrar.Price{{TLD: "shop", Action: registrar.ActionRegister, Class: registrar.ClassStandard, Years: 1, Sale: usd(1200), Cost: usd(900), ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}})
	if err != nil {
		return registrar.Customer{}, by, err
	}
	customer, _, err := e.SignUp(ctx, by, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		return customer, by, err
	}
	return customer, by, e.TestTopUp(ctx, by, customer.ID, usd(1200*orders), "bench")
}

func buy(ctx context.Context, e *registrar.Engine, customer registrar.Customer, by registrar.Actor, i int) error {
	_, ops, err := e.PlaceOrder(ctx, by, registrar.OrderRequest{
		CustomerID: customer.ID, Agreement: registrar.Agreement{Version: e.AgreementVersion(), Language: "en"},
		Lines: []registrar.LineRequest{{Action: registrar.ActionRegister, Name: fmt.Sprintf("n%05d.shop", i), Years: 1,
			NameServers: []string{"ns1.example.net", "ns2.example.net"}, Registrant: registrar.ContactChoice{Data: &registrar.ContactData{
				Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org"}}}},
	})
	if err != nil {
		return fmt.Errorf("placing order %d: %w", i, err)
	}
	op, err := e.WaitOperation(ctx, customer.ID, ops[0].ID, time.Minute)
	if err == nil && op.State != registrar.OpSucceeded {
		err = fmt.Errorf("order %d is %s: %s", i, op.State, op.Failure)
	}
	return err
}

// inParallel runs fn for every order on as many goroutines as there are clients.
func inParallel(fn func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, clients)
	for c := range clients {
		wg.Go(func() {
			for i := c; i < orders && errs[c] == nil; i += clients {
				errs[c] = fn(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// tables are those that a registration writes to.
var tables = []string{"orders", "order_lines", "operations", "domains", "contacts", "contact_versions", "registry_contacts", "registry_hosts",
	"commands", "holds", "postings", "entries", "events", "audit_events", "audit_payloads", "mails"}

// rowsPerOrder counts what the engine left behind, rounded up.
func rowsPerOrder(ctx context.Context, driver, raw string) (int, error) {
	db, err := sql.Open(driver, raw)
	if err != nil {
		return 0, err
	}
	rows := 0
	for _, t := range tables {
		var n int
		if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t).Scan(&n); err != nil {
			return 0, errors.Join(err, db.Close())
		}
		rows += n
	}
	return (rows + orders - 1) / orders, db.Close()
}

// byHand writes the same number of rows in the least number of transactions:
// one when ordered, then one before and one after each of two commands, the
// last ones changing rows and a hot balance as a settlement must.
func byHand(ctx context.Context, driver, raw string, rows int) (took time.Duration, err error) {
	db, err := sql.Open(driver, raw)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(clients)
	if driver == "sqlite" {
		db.SetMaxOpenConns(1)
	}
	for _, q := range []string{
		"CREATE TABLE by_hand (id varchar(40) PRIMARY KEY, state varchar(20) NOT NULL, body varchar(255) NOT NULL)",
		"CREATE TABLE by_hand_balance (id varchar(40) PRIMARY KEY, balance bigint NOT NULL)",
		"INSERT INTO by_hand_balance VALUES ('all', 0)",
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return 0, fmt.Errorf("preparing the baseline: %w", err)
		}
	}
	start := time.Now()
	err = inParallel(func(i int) error { return orderByHand(ctx, db, i, rows) })
	return time.Since(start), err
}

const body = "about as many bytes as an average row of an order, an audit event or an entry has, so that pages and logs fill alike"

func orderByHand(ctx context.Context, db *sql.DB, i, rows int) error {
	first, later := rows/2, rows-rows/2
	id := func(n int) string { return fmt.Sprintf("row_%05d_%03d", i, n) }
	err := inTx(ctx, db, func(tx *sql.Tx) error {
		for n := range first {
			if _, err := tx.ExecContext(ctx, "INSERT INTO by_hand VALUES (?, 'new', ?)", id(n), body); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE by_hand_balance SET balance = balance + 1 WHERE id = 'all'")
		return err
	})
	for c := 0; c < 2 && err == nil; c++ {
		err = inTx(ctx, db, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE by_hand SET state = 'sent' WHERE id = ? AND state = 'new'", id(c))
			return err
		})
		if err == nil {
			err = inTx(ctx, db, func(tx *sql.Tx) error {
				for n := range later / 2 {
					if _, err := tx.ExecContext(ctx, "INSERT INTO by_hand VALUES (?, 'new', ?)", id(100*(c+1)+n), body); err != nil {
						return err
					}
				}
				if _, err := tx.ExecContext(ctx, "UPDATE by_hand SET state = 'done' WHERE id = ?", id(c)); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, "UPDATE by_hand_balance SET balance = balance - 1 WHERE id = 'all'")
				return err
			})
		}
	}
	return err
}

func inTx(ctx context.Context, db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
