package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

// TestEveryTableIsExportedOrSaysWhyNot walks the whole schema: each table is in
// the export or among the exceptions, and each column of an exported one is shown
// or withheld with a reason.
func TestEveryTableIsExportedOrSaysWhyNot(t *testing.T) {
	schema := sqliteSchema(t, storetest.OpenSQLite(t, nil).SQL())
	exported, excepted := map[string]bool{}, store.NotExported()
	for _, e := range store.ExportTables() {
		exported[e.Table] = true
		columns := schema.columns[e.Table]
		if columns == nil {
			t.Errorf("section %s reads %s, which is no table", e.Section, e.Table)
		}
		all := strings.Join(slices.Collect(maps.Keys(e.Shown)), " ") + " "
		for column := range columns {
			shown := strings.Contains(all, "t."+column+" ")
			_, hidden := e.Hidden[column]
			led := e.Joined && column == e.By || strings.HasSuffix(column, "_id") && e.Shown["t."+column] != ""
			if shown == hidden && !led {
				t.Errorf("section %s: column %s.%s is shown %t and withheld %t", e.Section, e.Table, column, shown, hidden)
			}
		}
		for _, column := range []string{"sealed", "previous_sealed", "password_hash", "credential", "public_key", "lease_token", "device", "digest", "spec"} {
			if e.Shown["t."+column] != "" && e.Table+"."+column != "notices.digest" {
				t.Errorf("section %s shows %s.%s", e.Section, e.Table, column)
			}
		}
		for column, why := range e.Hidden {
			if _, is := columns[column]; !is || why == "" {
				t.Errorf("section %s withholds %s.%s for %q: there is no such column, or no reason", e.Section, e.Table, column, why)
			}
		}
	}
	for table := range schema.columns {
		if exported[table] == (excepted[table] != "") {
			t.Errorf("table %s: exported %t, reason for not exporting it %q", table, exported[table], excepted[table])
		}
	}
	for table := range excepted {
		if schema.columns[table] == nil {
			t.Errorf("%s is excepted, but is no table", table)
		}
	}
}

// filled is one row per exported table and joined table, every column with a
// value of its own.
type filled struct {
	ids    map[string]string         // section → the id that leads on
	rows   map[string]map[string]any // section → column → what was written
	serial int
}

// fixed holds what must be a certain value: what a join or a condition asks for.
var fixed = map[string]map[string]any{
	"accounts":        {"kind": "customer"},
	"operations":      {"by_kind": "customer"},
	"orders":          {"by_kind": "customer"},
	"audit_events":    {"by_kind": "customer"},
	"mirror_rows":     {"system": "billing", "kind": "domain"},
	"mirror_issues":   {"system": "billing", "object": "domain"},
	"user_sessions":   {"end_reason": "ended"},
	"import_contacts": {},
}

var jsonColumns = []string{"scopes", "networks", "kinds", "street", "name_servers", "statuses", "addresses", "transports", "facts", "before_json", "after_json"}

// insert writes a row with a value of its own in every column but those given.
func (f *filled) insert(t *testing.T, s *store.Store, table string, given map[string]any) map[string]any {
	t.Helper()
	row := map[string]any{}
	query(t, s.SQL(), "SELECT name, type FROM pragma_table_info(?)", func(v []string) {
		f.serial++
		switch value, is := given[v[0]]; {
		case is:
			row[v[0]] = value
		case fixed[table][v[0]] != nil:
			row[v[0]] = fixed[table][v[0]]
		case v[1] == "datetime":
			row[v[0]] = time.Date(2026, 1, 1, 0, 0, f.serial, 0, time.UTC)
		case slices.Contains([]string{"created", "billable", "processing", "backed_up", "backup_eligible", "needs_info"}, v[0]):
			row[v[0]] = 1
		case strings.Contains(strings.ToLower(v[1]), "int"):
			row[v[0]] = int64(100000 + f.serial)
		case slices.Contains(jsonColumns, v[0]):
			row[v[0]] = fmt.Sprintf(`["j%d"]`, 10000+f.serial)
		case strings.HasSuffix(v[0], "currency"):
			row[v[0]] = fmt.Sprintf("C%d", f.serial%90)
		case v[0] == "country_code":
			row[v[0]] = "DE"
		case v[0] == "hint":
			row[v[0]] = fmt.Sprintf("h%d", 10000+f.serial)
		default:
			row[v[0]] = fmt.Sprintf("v%d", 10000+f.serial)
		}
	}, table)
	columns := slices.Sorted(maps.Keys(row))
	args := make([]any, len(columns))
	for i, c := range columns {
		args[i] = row[c]
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", "))
	if _, err := s.SQL().ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("filling %s: %v", table, err)
	}
	return row
}

// fillCustomer writes a row of each exported table for a customer.
func fillCustomer(t *testing.T, s *store.Store, customer string, serial int) *filled {
	t.Helper()
	f := &filled{ids: map[string]string{"": customer}, rows: map[string]map[string]any{}, serial: serial}
	for _, e := range store.ExportTables() {
		given := map[string]any{e.By: f.ids[e.Of]}
		if strings.Contains(e.Where, "t.customer_id") {
			given["customer_id"] = customer
		}
		if kind, ok := strings.CutPrefix(e.Where, "t.object_kind = "); ok {
			kind, _, _ = strings.Cut(kind, " AND ")
			given["object_kind"] = strings.Trim(kind, "'")
		}
		if e.Section == "mirror_issues" { // reads the row that mirror_rows wrote for the same id
			f.rows["i"] = f.insert(t, s, "mirror_issues", map[string]any{"external_id": f.insert(t, s, "mirror_rows", given)["external_id"]})
			continue
		}
		row := f.insert(t, s, e.Table, given)
		f.rows[e.Section+"/"+e.Of] = row
		if f.ids[e.Section] == "" {
			f.ids[e.Section] = fmt.Sprint(row[e.ID])
		}
		switch e.Table {
		case "audit_events":
			f.rows[e.Section+"/p"] = f.insert(t, s, "audit_payloads", map[string]any{"event_id": row["id"]})
		case "entries":
			f.rows[e.Section+"/p"] = f.insert(t, s, "postings", map[string]any{"id": row["posting_id"]})
		}
	}
	return f
}

func export(t *testing.T, s *store.Store, customer string) (doc map[string][]map[string]any, text string) {
	t.Helper()
	doc = map[string][]map[string]any{}
	var all strings.Builder
	for _, section := range s.ExportSections() {
		doc[section] = []map[string]any{}
		err := s.ExportRows(t.Context(), section, customer, func(row registrar.ExportRow) error {
			b, err := json.Marshal(row)
			if err != nil {
				return err
			}
			all.Write(b)
			var m map[string]any
			doc[section] = append(doc[section], m)
			return json.Unmarshal(b, &doc[section][len(doc[section])-1])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return doc, all.String()
}

// TestExportHoldsEveryValue fills each table and looks for each value.
func TestExportHoldsEveryValue(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	f, other := fillCustomer(t, s, "cus_a", 0), fillCustomer(t, s, "cus_other", 50000)
	doc, text := export(t, s, "cus_a")
	for _, e := range store.ExportTables() {
		row := f.rows[e.Section+"/"+e.Of]
		if e.Section == "mirror_issues" {
			if len(doc[e.Section]) == 0 {
				t.Error("no issue of a mirror is shown")
			}
			continue
		}
		var found bool
		for _, got := range doc[e.Section] {
			found = found || len(differing(e, row, f.rows[e.Section+"/p"], got)) == 0
		}
		if !found {
			t.Errorf("section %s shows nothing like\n%v\nbut\n%v", e.Section, row, doc[e.Section])
		}
		for column, why := range e.Hidden {
			if v, ok := row[column].(string); ok && len(v) > 5 && why == "a secret, or what one could be tried against" && strings.Contains(text, v) {
				t.Errorf("the export shows %s.%s", e.Table, column)
			}
		}
	}
	for section, row := range other.rows {
		if id, ok := row["id"].(string); ok && strings.Contains(text, `"`+id+`"`) {
			t.Errorf("the export of one customer shows %s of another's %s", id, section)
		}
	}
	if doc, _ := export(t, s, "cus_none"); slices.ContainsFunc(slices.Collect(maps.Values(doc)), func(rows []map[string]any) bool { return len(rows) > 0 }) {
		t.Errorf("nobody's export is %v", doc)
	}
}

// differing names the fields of got that are not what was written.
func differing(e store.ExportTable, row, joined map[string]any, got map[string]any) []string {
	var out []string
	for sql, field := range e.Shown {
		from, column := row, strings.TrimPrefix(sql, "t.")
		if strings.HasPrefix(sql, "p.") {
			from, column = joined, strings.TrimPrefix(sql, "p.")
		}
		if strings.HasPrefix(sql, "CASE") {
			_, after, _ := strings.Cut(sql, "ELSE ")
			column = strings.TrimSuffix(after[2:], " END")
			if strings.HasPrefix(after, "p.") {
				from = joined
			}
		}
		b, err := json.Marshal(got[field])
		if err != nil {
			return []string{err.Error()}
		}
		var want string
		switch v := from[column].(type) {
		case time.Time:
			want = `"` + v.Format(time.RFC3339Nano) + `"`
		case string:
			want = `"` + v + `"`
			if e.Kinds[field] == "j" {
				want = v
			}
		default:
			want = fmt.Sprint(v)
			if e.Kinds[field] == "b" {
				want = "true"
			}
		}
		if e.Kinds[field] == "n" {
			var n float64
			if f, ok := got[field].(float64); ok {
				n = f
			}
			b = []byte(fmt.Sprintf("%.0f", n))
		}
		if string(b) != want {
			out = append(out, field+": "+string(b)+" is not "+want)
		}
	}
	return out
}

// TestExportPages reads lists that are longer than a page, on both databases.
func TestExportPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		fill(t, s)
		for section, want := range map[string]int{"contacts": 5000, "domains": 5000, "orders": 5000, "order_lines": 5000, "operations": 5000, "commands": 5000, "mails": 5000, // five duties are of a name that is not there
			"duties":  4995,
			"notices": 4995, "payments": 5000, "impersonations": 5000} {
			seen, began := map[string]bool{}, time.Now()
			err := s.ExportRows(t.Context(), section, "cus_big", func(row registrar.ExportRow) error {
				seen[fmt.Sprint(row[0].Value)] = true
				return nil
			})
			t.Logf("%-20s %v", section, time.Since(began))
			if err != nil || len(seen) != want {
				t.Errorf("%s: %d rows, want %d; %v", section, len(seen), want, err)
			}
		}
		stop := errors.New("enough")
		if err := s.ExportRows(t.Context(), "mails", "cus_big", func(registrar.ExportRow) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("the error of the reader is lost: %v", err)
		}
		if err := s.ExportRows(t.Context(), "nonsense", "cus_big", nil); !registrar.IsNotFound(err) {
			t.Errorf("an unknown section: %v", err)
		}
	})
}
