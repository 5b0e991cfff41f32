// Command domains measures whether "my domains" costs the same for a customer
// with 10,000 names as for one with 100, on SQLite and on MariaDB.
//
// The baseline is the bare round trip of the same connection (a read of one row
// by its key), so that a ratio says how much of the time is the list itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

const (
	small, large = 100, 10_000
	pageSize     = 51 // as the portal asks: one more than it shows
	rounds       = 300
	batch        = 500 // rows per transaction while filling
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/domains:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "indera-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := measureOn(ctx, store.Config{Driver: store.DriverSQLite, Path: filepath.Join(dir, "indera.db"), Relaxed: true}); err != nil {
		return fmt.Errorf("on SQLite: %w", err)
	}
	server, err := mariadb.Start(ctx, mariadb.Options{})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, "bench/domains: MariaDB left out:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.CreateDatabase(ctx, "bench"); err != nil {
		return err
	}
	if err := measureOn(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN("bench")}); err != nil {
		return fmt.Errorf("on MariaDB: %w", err)
	}
	return nil
}

func measureOn(ctx context.Context, cfg store.Config) (err error) {
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	for _, c := range []struct {
		customer string
		names    int
	}{{"cus_small", small}, {"cus_large", large}} {
		if err := fill(ctx, s, c.customer, c.names); err != nil {
			return err
		}
	}
	return compare(ctx, s)
}

// fill gives a customer names.
func fill(ctx context.Context, s *store.Store, customer string, names int) error {
	now := time.Now().UTC()
	expires := now.AddDate(1, 0, 0)
	for from := 0; from < names; from += batch {
		err := s.InTx(ctx, func(tx registrar.Tx) error {
			for i := from; i < min(from+batch, names); i++ {
				name := fmt.Sprintf("n%05d-%s.example", i, customer[4:])
				err := tx.InsertDomain(ctx, registrar.Domain{
					ID: fmt.Sprintf("dom_%s_%05d", customer[4:], i), Name: name, UName: name, TLD: "example", Registry: "bench",
					CustomerID: customer, OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, Registrant: registrar.ContactRef{ContactID: "con_1", Version: 1},
					NameServers: []string{"ns1.example.net", "ns2.example.net"}, Statuses: []string{"ok"}, CreatedAt: &now, ExpiresAt: &expires,
					ExpiresRaw: expires.Format(time.RFC3339), OrderedAt: now,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("filling: %w", err)
		}
	}
	return nil
}

// compare interleaves the questions, so that whatever else the machine does
// hits all of them alike.
func compare(ctx context.Context, s *store.Store) error {
	questions := []struct {
		name string
		ask  func() error
	}{
		{"one row by its key", func() error { _, err := s.Domain(ctx, "dom_small_00001"); return err }},
		{"first page of 100", page(ctx, s, "cus_small", "")},
		{"first page of 10000", page(ctx, s, "cus_large", "")},
		{"last page of 100", page(ctx, s, "cus_small", "n00050-small.example dom_small_00050")},
		{"last page of 10000", page(ctx, s, "cus_large", "n09950-large.example dom_large_09950")},
	}
	times := make([]measure.Times, len(questions))
	for round := range rounds + 20 {
		for i, q := range questions {
			start := time.Now()
			if err := q.ask(); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			if round >= 20 { // the first rounds warm caches and connections
				times[i].Add(time.Since(start))
			}
		}
	}
	for i, q := range questions {
		measure.Millis(os.Stdout, "domains/"+s.Driver()+" "+q.name, times[i].Median())
	}
	measure.Ratio(os.Stdout, "domains/"+s.Driver()+" first page 10000:100", times[2].Median(), times[1].Median())
	measure.Ratio(os.Stdout, "domains/"+s.Driver()+" last page 10000:100", times[4].Median(), times[3].Median())
	measure.Ratio(os.Stdout, "domains/"+s.Driver()+" first page 10000:one row", times[2].Median(), times[0].Median())
	return nil
}

// page asks what the portal's "my domains" asks, and insists on a full page.
func page(ctx context.Context, s *store.Store, customer, after string) func() error {
	states := []registrar.DomainState{registrar.DomainActive, registrar.DomainPendingCreate}
	return func() error {
		got, err := s.Domains(ctx, registrar.DomainFilter{CustomerID: customer, States: states}, registrar.Page{After: after, Limit: pageSize})
		if err == nil && len(got) < pageSize-2 {
			err = fmt.Errorf("only %d names", len(got))
		}
		return err
	}
}
