package registrar_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestMirrorDocs keeps the table of kinds in docs/mirrors.md equal to the code.
func TestMirrorDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/mirrors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range registrar.FlawKinds {
		if line := fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.Kind, k.Title, k.Import, k.Do); !strings.Contains(string(text), line) {
			t.Errorf("docs/mirrors.md lacks the line\n%s", line)
		}
	}
	if n := strings.Count(string(text), "\n| `"); n != len(registrar.FlawKinds)+4 {
		t.Errorf("docs/mirrors.md has %d lines that begin with a code word, want %d kinds and 4 sources", n, len(registrar.FlawKinds))
	}
}
