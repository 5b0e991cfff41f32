// Command importcsv measures how fast the names of a CSV file are brought in, as
// `indera import csv` does it without asking registries, and how much memory that
// takes with five times as many rows.
//
// The baseline reads the same file and inserts its cells, as they are, into one
// table of the same database, as many rows in a transaction: without judging
// them, looking for what is there already, evidence or a report.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/csvimport"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

const (
	few  = 10_000
	many = 50_000
	each = 10 // names of one customer
	page = 50 // rows of one transaction, as an import has it
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/importcsv:", err)
		os.Exit(1)
	}
}

// figures are what one size showed.
type figures struct {
	first, bare time.Duration
	again       time.Duration // of the smaller size only
	heap        uint64        // most bytes alive at once while importing
}

func run(ctx context.Context) (err error) {
	server, err := mariadb.Start(ctx, mariadb.Options{})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, "bench/importcsv: left out:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	dir, err := os.MkdirTemp("", "indera-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// The first import of a process also makes what later ones share, such as the
	// hash of the password that nobody knows: that is not the smaller file's.
	if _, err := measureOn(ctx, server, dir, page); err != nil {
		return fmt.Errorf("with %d rows: %w", page, err)
	}
	got := map[int]figures{}
	for _, rows := range []int{few, many} {
		f, err := measureOn(ctx, server, dir, rows)
		if err != nil {
			return fmt.Errorf("with %d rows: %w", rows, err)
		}
		got[rows] = f
		name := fmt.Sprintf("importcsv %d rows", rows)
		measure.Line(os.Stdout, name+" imported", float64(rows)/f.first.Seconds(), "1/s")
		if f.again > 0 {
			measure.Line(os.Stdout, name+" imported again", float64(rows)/f.again.Seconds(), "1/s")
		}
		measure.Line(os.Stdout, name+" inserted bare", float64(rows)/f.bare.Seconds(), "1/s")
		measure.Ratio(os.Stdout, name+" import:bare insert", f.first, f.bare)
		measure.Line(os.Stdout, name+" heap alive at most", float64(f.heap)/(1<<20), "MiB")
	}
	measure.Ratio(os.Stdout, "importcsv time per row 50000:10000", got[many].first/many, got[few].first/few)
	measure.Line(os.Stdout, "importcsv heap 50000:10000", float64(got[many].heap)/float64(got[few].heap), "ratio")
	return nil
}

func measureOn(ctx context.Context, server *mariadb.Server, dir string, rows int) (f figures, err error) {
	path := filepath.Join(dir, fmt.Sprintf("names_%d.csv", rows))
	if err := write(path, rows); err != nil {
		return f, err
	}
	name := fmt.Sprintf("import_%d", rows)
	if err := server.CreateDatabase(ctx, name); err != nil {
		return f, err
	}
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN(name)})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return f, err
	}
	registries := map[string]registrar.Registry{"mem": registrytest.NewMemory(clockwork.NewRealClock())}
	e, err := registrar.New(registrar.Options{Store: s, Registries: registries, Holder: "bench"})
	if err != nil {
		return f, err
	}
	shop := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
	if err := e.ApplyCatalogue(ctx, registrar.System("bench"), []registrar.TLD{shop}, nil); err != nil {
		return f, err
	}
	if f.first, f.heap, err = imported(ctx, e, path, rows, registrar.ImportCreate); err != nil {
		return f, err
	}
	if rows == few {
		if f.again, _, err = imported(ctx, e, path, rows, registrar.ImportSame); err != nil {
			return f, err
		}
	}
	f.bare, err = inserted(ctx, path, server.DSN(name), rows)
	return f, err
}

// write makes a file with all columns.
func write(path string, rows int) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("making the file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buf := bufio.NewWriter(file)
	out := csv.NewWriter(buf)
	record := make([]string, len(csvimport.Columns))
	for i, c := range csvimport.Columns {
		record[i] = c.Name
	}
	for n := 0; n <= rows; n++ {
		if err := out.Write(record); err != nil {
			return err
		}
		customer := n / each
		for i, c := range csvimport.Columns {
			switch record[i] = c.Example; c.Name {
			case "domain":
				record[i] = fmt.Sprintf("name%06d.shop", n)
			case "customer_email", "registrant_email":
				record[i] = fmt.Sprintf("customer%05d@example.org", customer)
			case "customer_name", "registrant_name":
				record[i] = fmt.Sprintf("Customer %05d", customer)
			}
		}
	}
	out.Flush()
	return errors.Join(out.Error(), buf.Flush())
}

// watch notes the most bytes alive at the end of any batch.
type watch struct {
	live []metrics.Sample
	heap uint64
}

func (w *watch) Begin(string, int64) {}
func (w *watch) End()                {}
func (w *watch) At(int64, int) {
	metrics.Read(w.live)
	w.heap = max(w.heap, w.live[0].Value.Uint64())
}

// imported runs one import and insists that it did with every row what it should.
func imported(ctx context.Context, e *registrar.Engine, path string, rows int, want registrar.ImportAction) (took time.Duration, heap uint64, err error) {
	w := &watch{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	i := csvimport.Import{Engine: e, By: registrar.System("bench"), Path: path, Report: path + ".report", Progress: w}
	runtime.GC()
	start := time.Now()
	_, sum, err := i.Apply(ctx)
	took = time.Since(start)
	if err == nil && sum.Actions[want] != rows {
		err = fmt.Errorf("%d of %d rows are %s: %v", sum.Actions[want], rows, want, sum.Findings)
	}
	return took, w.heap, err
}

// inserted reads the file and writes its rows by hand.
func inserted(ctx context.Context, path, dsn string, rows int) (took time.Duration, err error) {
	db, err := sql.Open("mysql", dsn+"?interpolateParams=true") // one round trip a statement, as the store does
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	names := make([]string, len(csvimport.Columns))
	for i, c := range csvimport.Columns {
		names[i] = c.Name + " varchar(255) NOT NULL"
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare ("+strings.Join(names, ", ")+", PRIMARY KEY (domain))"); err != nil {
		return 0, fmt.Errorf("preparing the baseline: %w", err)
	}
	start := time.Now()
	total, err := insertAll(ctx, db, path)
	took = time.Since(start)
	if err == nil && total != rows {
		err = fmt.Errorf("%d of %d rows were inserted", total, rows)
	}
	return took, err
}

func insertAll(ctx context.Context, db *sql.DB, path string) (total int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("opening the file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := csv.NewReader(bufio.NewReader(file))
	if _, err := in.Read(); err != nil { // the header
		return 0, err
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(csvimport.Columns)), ",") + ")"
	for {
		var args []any
		n := 0
		for ; n < page; n++ {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return total, err
			}
			for _, cell := range record {
				args = append(args, cell)
			}
		}
		if n == 0 {
			return total, nil
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO bare VALUES "+one+strings.Repeat(","+one, n-1), args...); err != nil {
			return total, fmt.Errorf("inserting by hand: %w", err)
		}
		total += n
	}
}
