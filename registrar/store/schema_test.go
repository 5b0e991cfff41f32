package store_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/indera/indera/migrations"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

var update = flag.Bool("update", false, "write the golden schema instead of comparing with it")

// schemaOf describes a schema in words that both databases share: table → column
// → "null|not null, at most N, ascii|text", and table → sorted index lines.
type schemaOf struct {
	columns map[string]map[string]string
	indexes map[string][]string
}

func newSchema() schemaOf {
	return schemaOf{map[string]map[string]string{}, map[string][]string{}}
}

func (s schemaOf) column(table, name string, nullable bool, limit int, ascii bool) {
	if s.columns[table] == nil {
		s.columns[table] = map[string]string{}
	}
	s.columns[table][name] = fmt.Sprintf("nullable %t, at most %d, ascii %t", nullable, limit, ascii)
}

// foreign lists tables that belong to the migrator.
func foreign(table string) bool {
	return strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_")
}

// query reads rows of text and calls f with each.
func query(t *testing.T, db *sql.DB, text string, f func(v []string), args ...any) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		v := make([]string, len(names))
		for i := range cells {
			v[i] = cells[i].String
		}
		f(v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func mysqlSchema(t *testing.T, db *sql.DB) schemaOf {
	t.Helper()
	s := newSchema()
	query(t, db, "SELECT table_name, column_name, is_nullable, data_type, character_maximum_length, collation_name FROM information_schema.columns WHERE table_schema = DATABASE()",
		func(v []string) {
			limit := 0
			if v[3] == "varchar" {
				fmt.Sscan(v[4], &limit)
			}
			if collation := v[5]; collation != "" && collation != "ascii_bin" && collation != "utf8mb4_bin" && !foreign(v[0]) {
				t.Errorf("%s.%s compares by %s, not by bytes", v[0], v[1], collation)
			}
			s.column(v[0], v[1], v[2] == "YES", limit, v[5] == "ascii_bin")
		})
	query(t, db, "SELECT table_name, index_name, MAX(non_unique), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ') FROM information_schema.statistics "+
		"WHERE table_schema = DATABASE() GROUP BY table_name, index_name", func(v []string) {
		name := v[1]
		if name == "PRIMARY" {
			name = "primary key"
		}
		s.indexes[v[0]] = append(s.indexes[v[0]], fmt.Sprintf("%s (%s) unique %t", name, v[3], v[2] == "0"))
	})
	return s.tidy()
}

var checkLength = regexp.MustCompile(`^length\((\w+)\) <= (\d+)( AND (\w+) NOT GLOB '\*\[\^ -~\]\*')?$`)

func sqliteSchema(t *testing.T, db *sql.DB) schemaOf {
	t.Helper()
	s := newSchema()
	var tables []string
	limits, ascii := map[string]int{}, map[string]bool{}
	query(t, db, "SELECT name, sql FROM sqlite_master WHERE type = 'table'", func(v []string) {
		tables = append(tables, v[0])
		// SQLite writes a column that came later behind the last one, in its line.
		for _, line := range strings.Split(strings.ReplaceAll(v[1], "), ", "),\n"), "\n") {
			_, check, found := strings.Cut(strings.TrimSuffix(line, ","), "CHECK (")
			if m := checkLength.FindStringSubmatch(strings.TrimSuffix(check, ")")); found && m != nil {
				var n int
				fmt.Sscan(m[2], &n)
				limits[v[0]+"."+m[1]] = n
				ascii[v[0]+"."+m[1]] = m[4] == m[1]
			}
		}
	})
	for _, table := range tables {
		key := map[int]string{}
		query(t, db, "SELECT name, \"notnull\", pk FROM pragma_table_info(?)", func(v []string) {
			full := table + "." + v[0]
			s.column(table, v[0], v[1] == "0", limits[full], ascii[full])
			var at int
			fmt.Sscan(v[2], &at)
			if at > 0 {
				key[at] = v[0]
			}
		}, table)
		var parts []string
		for i := 1; i <= len(key); i++ {
			parts = append(parts, key[i])
		}
		s.indexes[table] = append(s.indexes[table], fmt.Sprintf("primary key (%s) unique true", strings.Join(parts, ", ")))
		query(t, db, "SELECT l.name, l.\"unique\", (SELECT GROUP_CONCAT(i.name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) AS i) FROM pragma_index_list(?) AS l WHERE l.origin = 'c'",
			func(v []string) {
				s.indexes[table] = append(s.indexes[table], fmt.Sprintf("%s (%s) unique %t", v[0], v[2], v[1] == "1"))
			}, table)
	}
	return s.tidy()
}

func (s schemaOf) tidy() schemaOf {
	for table := range s.columns {
		if foreign(table) {
			delete(s.columns, table)
			delete(s.indexes, table)
			continue
		}
		sort.Strings(s.indexes[table])
	}
	return s
}

// TestBothSchemasAreTheSame compares tables, columns, limits and indexes of the
// two databases with each other and with the row structs.
func TestBothSchemasAreTheSame(t *testing.T) {
	lite := sqliteSchema(t, storetest.OpenSQLite(t, nil).SQL())
	my := mysqlSchema(t, storetest.OpenMySQL(t, nil).SQL())
	same(t, lite.columns, my.columns)
	same(t, lite.indexes, my.indexes)
	rows := map[string]map[string]bool{}
	for _, row := range store.Rows {
		columns := must[[]string](t)(store.ColumnsOf(row))
		rows[row.TableName()] = map[string]bool{}
		for _, c := range columns {
			rows[row.TableName()][c] = true
		}
	}
	want := map[string]map[string]bool{}
	for table, columns := range my.columns {
		want[table] = map[string]bool{}
		for c := range columns {
			want[table][c] = true
		}
	}
	same(t, rows, want)
}

func TestGoldenSchema(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		var b strings.Builder
		query(t, storetest.OpenSQLite(t, nil).SQL(), "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name", func(v []string) {
			if !foreign(v[0]) {
				fmt.Fprintf(&b, "%s;\n\n", v[1])
			}
		})
		golden(t, "sqlite.sql", b.String())
	})
	t.Run("mysql", func(t *testing.T) { golden(t, "mysql.sql", dumpMySQL(t, storetest.OpenMySQL(t, nil).SQL())) })
}

var displayWidth = regexp.MustCompile(`int\(\d+\)`)

// dumpMySQL writes the schema from information_schema, in words on which MySQL
// and MariaDB agree.
func dumpMySQL(t *testing.T, db *sql.DB) string {
	t.Helper()
	tables := map[string][]string{}
	query(t, db, "SELECT table_name, column_name, column_type, collation_name, is_nullable FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position",
		func(v []string) {
			line := "    " + v[1] + " " + displayWidth.ReplaceAllString(v[2], "int")
			if v[3] != "" {
				line += " COLLATE " + v[3]
			}
			if v[4] == "NO" {
				line += " NOT NULL"
			}
			tables[v[0]] = append(tables[v[0]], line)
		})
	query(t, db, "SELECT table_name, index_name, MAX(non_unique), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ') FROM information_schema.statistics "+
		"WHERE table_schema = DATABASE() GROUP BY table_name, index_name ORDER BY table_name, MAX(non_unique), index_name", func(v []string) {
		word := "UNIQUE KEY " + v[1]
		switch {
		case v[1] == "PRIMARY":
			word = "PRIMARY KEY"
		case v[2] == "1":
			word = "KEY " + v[1]
		}
		tables[v[0]] = append(tables[v[0]], fmt.Sprintf("    %s (%s)", word, v[3]))
	})
	names := make([]string, 0, len(tables))
	for name := range tables {
		if !foreign(name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "CREATE TABLE %s (\n%s\n);\n\n", name, strings.Join(tables[name], ",\n"))
	}
	return b.String()
}

// golden compares with a file beside the migrations.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "..", "migrations", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema is not that of %s; when the change is meant, run: go test ./registrar/store -run TestGoldenSchema -update\n", path)
		same(t, got, string(want))
	}
}

var ddl = regexp.MustCompile(`(?im)^(CREATE|ALTER|DROP|RENAME|TRUNCATE|INSERT|UPDATE|DELETE|REPLACE)\b`)

func TestMigrationFiles(t *testing.T) {
	names := map[string][]string{}
	for _, dialect := range []string{"mysql", "sqlite"} {
		files := must[[]fs.DirEntry](t)(fs.ReadDir(migrations.FS, dialect))
		for i, f := range files {
			names[dialect] = append(names[dialect], f.Name())
			number := strings.SplitN(f.Name(), "_", 2)[0]
			if i > 0 && number <= strings.SplitN(files[i-1].Name(), "_", 2)[0] || len(number) != 5 {
				t.Errorf("%s/%s: numbers have five digits and are there once", dialect, f.Name())
			}
			text := string(must[[]byte](t)(fs.ReadFile(migrations.FS, dialect+"/"+f.Name())))
			if n := len(ddl.FindAllString(text, -1)); dialect == "mysql" && n != 1 {
				t.Errorf("mysql/%s holds %d statements: each one commits, so a file has exactly one", f.Name(), n)
			}
			if !strings.HasPrefix(text, "-- +goose Up\n") {
				t.Errorf("%s/%s does not begin with the goose mark", dialect, f.Name())
			}
		}
	}
	same(t, names["mysql"], names["sqlite"])
}

func TestMigrateFromEmpty(t *testing.T) {
	files := must[[]fs.DirEntry](t)(fs.ReadDir(migrations.FS, "mysql"))
	open := func(t *testing.T, cfg store.Config) *store.Store {
		t.Helper()
		s := must[*store.Store](t)(store.Open(t.Context(), cfg))
		t.Cleanup(func() { s.Close() })
		return s
	}
	configs := map[string]func(t *testing.T) store.Config{
		"sqlite": func(t *testing.T) store.Config {
			return store.Config{Driver: store.DriverSQLite, Path: filepath.Join(t.TempDir(), "a b?c#d%41.db")}
		},
		"mariadb": func(t *testing.T) store.Config {
			return store.Config{Driver: store.DriverMySQL, DSN: mariadb.Shared(t).NewDatabase(t)}
		},
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			cfg := config(t)
			s := open(t, cfg)
			same(t, must[int](t)(s.Pending(t.Context())), len(files))
			if err := s.Ping(t.Context()); err == nil {
				t.Error("an empty database is said to be fit for use")
			}
			for range 2 { // the second time does nothing
				if err := s.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				same(t, must[int](t)(s.Pending(t.Context())), 0)
			}
			status := must[[]store.Migration](t)(s.MigrationStatus(t.Context()))
			if len(status) != len(files) || status[0].Version != 1 || !status[0].Applied || status[0].AppliedAt.IsZero() || !strings.HasSuffix(status[0].Name, "00001_customers.sql") {
				t.Errorf("status: %+v", status)
			}
			write(t, s, func(tx registrar.Tx) error { return tx.InsertCustomer(t.Context(), aCustomer(1)) })
			same(t, must[registrar.Customer](t)(open(t, cfg).Customer(t.Context(), "cus_001")).Name, "Customer 1")
		})
	}
}

func TestMigrateTogether(t *testing.T) {
	dsn := mariadb.Shared(t).NewDatabase(t)
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = migrateOne(t.Context(), dsn) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func migrateOne(ctx context.Context, dsn string) (err error) {
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: dsn})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}()
	return s.Migrate(ctx)
}

func TestOpenRefuses(t *testing.T) {
	for what, cfg := range map[string]store.Config{
		"no driver":      {},
		"no path":        {Driver: store.DriverSQLite},
		"no folder":      {Driver: store.DriverSQLite, Path: filepath.Join(t.TempDir(), "none", "x.db")},
		"not a DSN":      {Driver: store.DriverMySQL, DSN: "root:geheim@nowhere"},
		"no database":    {Driver: store.DriverMySQL, DSN: "root:geheim@tcp(127.0.0.1:1)/"},
		"nobody listens": {Driver: store.DriverMySQL, DSN: "root:geheim@tcp(127.0.0.1:1)/x"},
	} {
		_, err := store.Open(t.Context(), cfg)
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestSQLiteFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	s := must[*store.Store](t)(store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: filepath.Join(dir, "x.db")}))
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := must[[]os.DirEntry](t)(os.ReadDir(dir))
	if len(files) < 2 {
		t.Fatalf("only %v: no write-ahead log?", files)
	}
	for _, f := range files {
		info := must[os.FileInfo](t)(f.Info())
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	var sync int
	if err := s.SQL().QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&sync); err != nil || sync != 2 {
		t.Errorf("synchronous is %d, want 2 (FULL): a commit must survive the loss of power; %v", sync, err)
	}
}

func TestMySQLSession(t *testing.T) {
	s := storetest.OpenMySQL(t, nil)
	query(t, s.SQL(), "SELECT @@session.tx_isolation, @@session.time_zone, @@session.sql_mode, @@session.collation_connection, @@session.innodb_lock_wait_timeout", func(v []string) {
		same(t, []string{v[0], v[1], v[3], v[4]}, []string{"READ-COMMITTED", "+00:00", "utf8mb4_bin", "5"})
		for _, mode := range []string{"STRICT_ALL_TABLES", "NO_ZERO_DATE", "NO_ZERO_IN_DATE", "ERROR_FOR_DIVISION_BY_ZERO"} {
			if !slices.Contains(strings.Split(v[2], ","), mode) {
				t.Errorf("sql_mode %s lacks %s", v[2], mode)
			}
		}
	})
}
