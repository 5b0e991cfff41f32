package csvimport

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the columns into docs/import.md")

// TestColumnsAreDocumented: the table in the docs is the one in the code.
func TestColumnsAreDocumented(t *testing.T) {
	const path, head = "../../docs/import.md", "| column | needed | meaning |\n|---|---|---|\n"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), head)
	_, after, end := strings.Cut(rest, "\n\n")
	if !ok || !end {
		t.Fatal("the table is gone")
	}
	want := before + head
	for _, c := range Columns {
		needed := "no"
		if c.Required {
			needed = "yes"
		}
		want += fmt.Sprintf("| `%s` | %s | %s |\n", c.Name, needed, c.Meaning)
	}
	want += "\n" + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(raw) {
		t.Error("docs/import.md is out of date: go test ./registrar/csvimport -run Documented -update")
	}
}
