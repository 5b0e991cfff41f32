package house

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/config"
)

// TestJobsInTheDocs compares the list of jobs with the table in operating.md.
func TestJobsInTheDocs(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "\n| job | every | does |\n")
	if !ok {
		t.Fatal("docs/operating.md has no table of jobs")
	}
	table, _, _ := strings.Cut(rest, "\n\n")
	told := map[string]time.Duration{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (\\d+) (s|min|h) \\|").FindAllStringSubmatch(table, -1) {
		every, err := time.ParseDuration(row[2] + strings.TrimSuffix(row[3], "in"))
		if err != nil {
			t.Fatal(err)
		}
		told[row[1]] = every
	}
	run := map[string]time.Duration{}
	for _, j := range (&house{cfg: &config.Config{}}).jobs() {
		run[j.name] = j.every
	}
	if !maps.Equal(told, run) {
		t.Errorf("docs/operating.md tells of %v, the scheduler runs %v", told, run)
	}
}
