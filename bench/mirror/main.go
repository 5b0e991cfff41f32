// Command mirror measures how fast customers and domains of a FOSSBilling are
// imported, and how much memory that takes with five times as many rows.
//
// The baseline reads the same rows in the same pages from the same database and
// writes them, as they are, into one table of the registrar's database in bulk:
// without cleaning, comparing, evidence or a place to go on from.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/plugins/fossbilling"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/billing"
	"github.com/indera/indera/test/mariadb"
)

// A tenth of the rows are customers.
const (
	few  = 10_000
	many = 50_000
	page = 500
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/mirror:", err)
		os.Exit(1)
	}
}

// figures are what one size showed.
type figures struct {
	first, again, bare time.Duration
	heap               uint64 // most bytes alive at once while importing
}

func run(ctx context.Context) (err error) {
	server, err := mariadb.Start(ctx, mariadb.Options{})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, "bench/mirror: left out:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	got := map[int]figures{}
	for _, rows := range []int{few, many} {
		f, err := measureOn(ctx, server, rows)
		if err != nil {
			return fmt.Errorf("with %d rows: %w", rows, err)
		}
		got[rows] = f
		name := fmt.Sprintf("mirror %d rows", rows)
		measure.Line(os.Stdout, name+" imported", float64(rows)/f.first.Seconds(), "1/s")
		measure.Line(os.Stdout, name+" imported again", float64(rows)/f.again.Seconds(), "1/s")
		measure.Line(os.Stdout, name+" copied bare", float64(rows)/f.bare.Seconds(), "1/s")
		measure.Ratio(os.Stdout, name+" import:bare copy", f.first, f.bare)
		measure.Ratio(os.Stdout, name+" import again:bare copy", f.again, f.bare)
		measure.Line(os.Stdout, name+" heap alive at most", float64(f.heap)/(1<<20), "MiB")
	}
	measure.Ratio(os.Stdout, "mirror time per row 50000:10000", got[many].first/many, got[few].first/few)
	measure.Ratio(os.Stdout, "mirror again, time per row 50000:10000", got[many].again/many, got[few].again/few)
	measure.Line(os.Stdout, "mirror heap 50000:10000", float64(got[many].heap)/float64(got[few].heap), "ratio")
	return nil
}

func measureOn(ctx context.Context, server *mariadb.Server, rows int) (f figures, err error) {
	in, err := billing.New(ctx, server, fmt.Sprintf("theirs_%d", rows))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := in.Fill(ctx, rows/10, rows-rows/10); err != nil {
		return f, err
	}
	ours := fmt.Sprintf("ours_%d", rows)
	if err := server.CreateDatabase(ctx, ours); err != nil {
		return f, err
	}
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN(ours)})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return f, err
	}
	e, err := registrar.New(registrar.Options{Store: s, Holder: "bench", Currency: "EUR"})
	if err != nil {
		return f, err
	}
	shop := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
	if err := e.ApplyCatalogue(ctx, registrar.System("bench"), []registrar.TLD{shop}, nil); err != nil {
		return f, err
	}
	if f.first, f.heap, err = imported(ctx, e, in, rows, true); err != nil {
		return f, err
	}
	if f.again, _, err = imported(ctx, e, in, rows, false); err != nil {
		return f, err
	}
	f.bare, err = copied(ctx, in, server.DSN(ours), rows)
	return f, err
}

// imported runs one import and insists that it did all of the work.
func imported(ctx context.Context, e *registrar.Engine, in *billing.Install, rows int, fresh bool) (took time.Duration, heap uint64, err error) {
	src, err := fossbilling.Open(in.Options())
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtime.GC()
	start := time.Now()
	r, err := e.ImportMirror(ctx, registrar.System("bench"), src, registrar.MirrorOptions{Page: page, Progress: func(registrar.MirrorRun) {
		metrics.Read(live)
		heap = max(heap, live[0].Value.Uint64())
	}})
	took = time.Since(start)
	done := r.Run.Unchanged
	if fresh {
		done = r.Run.Created
	}
	if err == nil && done != rows {
		err = fmt.Errorf("%d of %d rows were imported, %d left out", done, rows, r.Run.LeftOut)
	}
	return took, heap, err
}

// copied reads and writes the same rows by hand.
func copied(ctx context.Context, in *billing.Install, dsn string, rows int) (took time.Duration, err error) {
	db, err := sql.Open("mysql", dsn+"?interpolateParams=true") // one round trip a statement, as the store does
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare (kind varchar(10), id bigint, body varchar(2000) NOT NULL, PRIMARY KEY (kind, id))"); err != nil {
		return 0, err
	}
	start := time.Now()
	total := 0
	for kind, query := range map[string]string{
		"customer": "SELECT id, CONCAT_WS('|', email, first_name, last_name, company, phone_cc, phone, address_1, city, state, postcode, country, currency, lang, created_at) FROM client WHERE id > ? ORDER BY id LIMIT ?",
		"domain": "SELECT d.id, CONCAT_WS('|', d.sld, d.tld, d.ns1, d.ns2, d.locked, d.contact_email, d.contact_first_name, d.contact_last_name, d.contact_address1, d.contact_city, d.registered_at, d.expires_at, " +
			"c.email, c.first_name, c.last_name, c.address_1, c.city, c.country) FROM service_domain AS d LEFT JOIN client AS c ON c.id = d.client_id WHERE d.id > ? ORDER BY d.id LIMIT ?",
	} {
		n, err := copyAll(ctx, in.DB, db, kind, query)
		if err != nil {
			return 0, fmt.Errorf("copying each %s: %w", kind, err)
		}
		total += n
	}
	if total != rows {
		return 0, fmt.Errorf("%d of %d rows were copied", total, rows)
	}
	return time.Since(start), nil
}

func copyAll(ctx context.Context, from, to *sql.DB, kind, query string) (total int, err error) {
	after := int64(0)
	for {
		args, err := readPage(ctx, from, kind, query, after)
		if err != nil {
			return total, err
		}
		n := len(args) / 3
		if n > 0 {
			values := strings.TrimSuffix(strings.Repeat("(?,?,?),", n), ",")
			if _, err := to.ExecContext(ctx, "INSERT INTO bare VALUES "+values, args...); err != nil {
				return total, err
			}
			after = args[len(args)-2].(int64) // as readPage puts it there
		}
		total += n
		if n < page {
			return total, nil
		}
	}
}

// readPage returns the values of one page: kind, id and body of each row.
func readPage(ctx context.Context, from *sql.DB, kind, query string, after int64) (args []any, err error) {
	rows, err := from.QueryContext(ctx, query, after, page)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		args = append(args, kind, id, body)
	}
	return args, rows.Err()
}
