package registrar_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestEveryEventIsInTheCatalogue reads the sources: every constant of type
// EventKind, in this package and in the policies, has one row.
func TestEveryEventIsInTheCatalogue(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "../policies/*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var kinds []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, eventKinds(t, file, src)...)
	}
	if len(kinds) < 25 {
		t.Fatalf("only %d kinds found in the sources", len(kinds))
	}
	rows := map[string]int{}
	for _, info := range registrar.EventCatalogue {
		rows[string(info.Kind)]++
		if info.When == "" || info.For == "" || info.For != registrar.ForNobody && info.Needs == "" {
			t.Errorf("%s: incomplete row %+v", info.Kind, info)
		}
	}
	for _, k := range kinds {
		if rows[k] != 1 {
			t.Errorf("event %q has %d rows in EventCatalogue, want one", k, rows[k])
		}
		delete(rows, k)
	}
	for k := range rows {
		t.Errorf("EventCatalogue lists %q, which is no event", k)
	}
}

// eventKinds returns the values of constants declared as EventKind.
func eventKinds(t *testing.T, name string, src []byte) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		typ := spec.Type
		if sel, ok := typ.(*ast.SelectorExpr); ok {
			typ = sel.Sel
		}
		if id, ok := typ.(*ast.Ident); !ok || id.Name != "EventKind" {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
		}
		return true
	})
	return out
}

func TestEventKindsAreFound(t *testing.T) {
	got := eventKinds(t, "x.go", []byte("package x\nconst A EventKind = \"a.b\"\nconst (\n B registrar.EventKind = \"c.d\"\n C string = \"no\"\n)"))
	if !slices.Equal(got, []string{"a.b", "c.d"}) {
		t.Errorf("found %v", got)
	}
}

// TestPayloadShowsWhatItsRowNames: members of data are those of the row, and a
// detail that is for staff does not get out.
func TestPayloadShowsWhatItsRowNames(t *testing.T) {
	for _, info := range registrar.EventCatalogue {
		ev := registrar.ExampleEvent(info.Kind)
		p, err := registrar.Payload(ev)
		if info.For == registrar.ForNobody {
			if err == nil {
				t.Errorf("%s has a payload", info.Kind)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(b, &members); err != nil {
			t.Fatal(err)
		}
		delete(members, "customer_id")
		for _, f := range info.Fields {
			if members[string(f)] == nil {
				t.Errorf("%s: %s is missing in %s", info.Kind, f, b)
			}
			delete(members, string(f))
		}
		if len(members) != 0 {
			t.Errorf("%s also shows %v", info.Kind, members)
		}
	}
	ev := registrar.ExampleEvent(registrar.EventNeedsReview)
	ev.Detail = "internal note"
	p, err := registrar.Payload(ev)
	if b, _ := json.Marshal(p); err != nil || strings.Contains(string(b), "internal") {
		t.Errorf("%s, %v", b, err)
	}
}

// TestEventTableInTheDocs compares the catalogue with docs/webhooks.md.
func TestEventTableInTheDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString("| type | goes to | when | data, beside `customer_id` |\n|---|---|---|---|\n")
	for _, info := range registrar.EventCatalogue {
		if info.For == registrar.ForNobody {
			continue
		}
		fields := make([]string, 0, len(info.Fields))
		for _, f := range info.Fields {
			fields = append(fields, "`"+string(f)+"`")
		}
		to := map[registrar.Audience]string{registrar.ForCustomer: "customers, staff", registrar.ForStaff: "staff"}[info.For]
		if info.Needs == registrar.MayMoney {
			to += " (money)"
		}
		b.WriteString("| `" + string(info.Kind) + "` | " + to + " | " + info.When + " | " + strings.Join(fields, ", ") + " |\n")
	}
	path := filepath.Join("..", "docs", "webhooks.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), "<!-- events -->\n")
	table, after, ends := strings.Cut(rest, "<!-- /events -->")
	if !ok || !ends {
		t.Fatal("docs/webhooks.md has no place for the table")
	}
	if table == b.String() {
		return
	}
	if os.Getenv("INDERA_UPDATE_DOCS") == "1" {
		if err := os.WriteFile(path, []byte(before+"<!-- events -->\n"+b.String()+"<!-- /events -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Error("the table of events is stale: run INDERA_UPDATE_DOCS=1 go test ./registrar -run TestEventTableInTheDocs")
}
