// Command domains measures whether "my domains" costs the same for a customer
// with 10,000 names as for one with 100, on SQLite and on MariaDB: the query
// behind the page, and the whole request to the API.
//
// The baseline is the bare round trip of the same connection (a read of one row
// by its key), so that a ratio says how much of the time is the list itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
	"github.com/indera/indera/web/api"
	"github.com/indera/indera/web/ratelimit"
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
	e, err := registrar.New(registrar.Options{Store: s, Holder: "bench"})
	if err != nil {
		return err
	}
	b := bench{s: s}
	for _, o := range []struct {
		owner *owner
		size  string
		names int
	}{{&b.small, "small", small}, {&b.large, "large", large}} {
		if *o.owner, err = newOwner(ctx, e, o.size); err != nil {
			return err
		}
		if err := fill(ctx, s, *o.owner, o.names); err != nil {
			return err
		}
	}
	// The limits on requests would be what is measured; they cost the same for all.
	none := ratelimit.Rule{PerSecond: 1e6, Burst: 1e6}
	face, err := api.New(api.Options{Engine: e, PublicURL: "http://127.0.0.1", PerToken: none, PerIP: none})
	if err != nil {
		return err
	}
	b.web = httptest.NewServer(face)
	defer b.web.Close()
	return b.compare(ctx)
}

// bench is one database with two owners, and the API on it.
type bench struct {
	s            *store.Store
	web          *httptest.Server
	small, large owner
}

// owner is a customer with a token.
type owner struct{ size, id, token string }

func newOwner(ctx context.Context, e *registrar.Engine, size string) (owner, error) {
	by := registrar.System("bench")
	customer, user, err := e.SignUp(ctx, by, registrar.SignUp{Name: size, Email: size + "@example.org", Password: "correct horse"})
	if err != nil {
		return owner{}, err
	}
	token, _, err := e.IssueToken(ctx, by, user, "bench", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
	return owner{size, customer.ID, token}, err
}

// fill gives a customer names.
func fill(ctx context.Context, s *store.Store, o owner, names int) error {
	now := time.Now().UTC()
	expires := now.AddDate(1, 0, 0)
	for from := 0; from < names; from += batch {
		err := s.InTx(ctx, func(tx registrar.Tx) error {
			for i := from; i < min(from+batch, names); i++ {
				name := fmt.Sprintf("n%05d-%s.example", i, o.size)
				err := tx.InsertDomain(ctx, registrar.Domain{
					ID: fmt.Sprintf("dom_%s_%05d", o.size, i), Name: name, UName: name, TLD: "example", Registry: "bench",
					CustomerID: o.id, OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, Registrant: registrar.ContactRef{ContactID: "con_1", Version: 1},
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
func (b *bench) compare(ctx context.Context) error {
	questions := []struct {
		name string
		ask  func() error
	}{
		{"one row by its key", func() error { _, err := b.s.Domain(ctx, "dom_small_00001"); return err }},
		{"first page of 100", b.page(ctx, b.small, "")},
		{"first page of 10000", b.page(ctx, b.large, "")},
		{"last page of 100", b.page(ctx, b.small, "n00050-small.example dom_small_00050")},
		{"last page of 10000", b.page(ctx, b.large, "n09950-large.example dom_large_09950")},
		{"API, first page of 100", b.request(ctx, b.small)},
		{"API, first page of 10000", b.request(ctx, b.large)},
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
	prefix := "domains/" + b.s.Driver() + " "
	for i, q := range questions {
		measure.Millis(os.Stdout, prefix+q.name, times[i].Median())
	}
	measure.Ratio(os.Stdout, prefix+"first page 10000:100", times[2].Median(), times[1].Median())
	measure.Ratio(os.Stdout, prefix+"last page 10000:100", times[4].Median(), times[3].Median())
	measure.Ratio(os.Stdout, prefix+"API, first page 10000:100", times[6].Median(), times[5].Median())
	measure.Ratio(os.Stdout, prefix+"first page 10000:one row", times[2].Median(), times[0].Median())
	return nil
}

// page asks what the portal's "my domains" asks, and insists on a full page.
func (b *bench) page(ctx context.Context, o owner, after string) func() error {
	states := []registrar.DomainState{registrar.DomainActive, registrar.DomainPendingCreate}
	return func() error {
		got, err := b.s.Domains(ctx, registrar.DomainFilter{CustomerID: o.id, States: states}, registrar.Page{After: after, Limit: pageSize})
		if err == nil && len(got) < pageSize-2 {
			err = fmt.Errorf("only %d names", len(got))
		}
		return err
	}
}

// request asks the API for the same page.
func (b *bench) request(ctx context.Context, o owner) func() error {
	return func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.web.URL+"/api/v1/domains?limit=50", http.NoBody)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+o.token)
		resp, err := b.web.Client().Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		if n := strings.Count(string(body), `"name":`); err == nil && (resp.StatusCode != http.StatusOK || n != 50) {
			err = fmt.Errorf("answered %d with %d names", resp.StatusCode, n)
		}
		return errors.Join(err, resp.Body.Close())
	}
}
