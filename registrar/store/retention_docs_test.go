package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
)

// TestRetentionTableInTheDocs compares the catalogue with the schema, the
// configuration and docs/retention.md; INDERA_UPDATE_DOCS=1 writes the table.
func TestRetentionTableInTheDocs(t *testing.T) {
	schema := sqliteSchema(t, storetest.OpenSQLite(t, nil).SQL())
	settings, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	var b strings.Builder
	b.WriteString("| tables | class | what | how long | setting | ended by |\n|---|---|---|---|---|---|\n")
	for _, e := range registrar.RetentionCatalogue {
		for _, table := range e.Tables {
			if schema.columns[table] == nil {
				t.Errorf("the catalogue tells of %s, which is no table", table)
			}
			covered[table] = true
		}
		key := ""
		for _, k := range words(e.Key) {
			if !strings.Contains(string(settings), "| `"+k+"` |") {
				t.Errorf("there is no setting %s", k)
			}
			key += ", `" + k + "`"
		}
		b.WriteString("| `" + strings.Join(e.Tables, "`, `") + "` | " + e.Class + " | " + e.What + " | " + e.Kept + " | " + strings.TrimPrefix(key, ", ") + " | " + e.By + " |\n")
	}
	for table := range schema.columns {
		if !covered[table] {
			t.Errorf("the catalogue of retention does not say how long %s is kept", table)
		}
	}
	path := filepath.Join("..", "..", "docs", "retention.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), "<!-- retention -->\n")
	table, after, ends := strings.Cut(rest, "<!-- /retention -->")
	if !ok || !ends {
		t.Fatal("docs/retention.md has no place for the table")
	}
	if table == b.String() {
		return
	}
	if os.Getenv("INDERA_UPDATE_DOCS") != "1" {
		t.Fatal("docs/retention.md is stale; INDERA_UPDATE_DOCS=1 go test ./registrar/store -run TestRetentionTableInTheDocs")
	}
	if err := os.WriteFile(path, []byte(before+"<!-- retention -->\n"+b.String()+"<!-- /retention -->"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func words(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}
