package indera

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvsSections says how many requirements of OWASP ASVS 4.0.3 level 2 asks for in
// each section: those marked for level 1 or 2, without what the edition deleted.
var asvsSections = map[string]int{
	"1.1": 7, "1.2": 4, "1.4": 3, "1.5": 4, "1.6": 4, "1.7": 2, "1.8": 2, "1.9": 2, "1.10": 1, "1.11": 2, "1.12": 1, "1.14": 6,
	"2.1": 12, "2.2": 3, "2.3": 3, "2.4": 5, "2.5": 7, "2.6": 3, "2.7": 6, "2.8": 7, "2.9": 3, "2.10": 4,
	"3.1": 1, "3.2": 4, "3.3": 4, "3.4": 5, "3.5": 3, "3.7": 1,
	"4.1": 4, "4.2": 2, "4.3": 3,
	"5.1": 5, "5.2": 8, "5.3": 10, "5.4": 3, "5.5": 4,
	"6.1": 3, "6.2": 6, "6.3": 2, "6.4": 2,
	"7.1": 4, "7.2": 2, "7.3": 3, "7.4": 3,
	"8.1": 4, "8.2": 3, "8.3": 8,
	"9.1": 3, "9.2": 4,
	"10.2": 2, "10.3": 3,
	"11.1": 8,
	"12.1": 3, "12.2": 1, "12.3": 6, "12.4": 2, "12.5": 2, "12.6": 1,
	"13.1": 4, "13.2": 5, "13.3": 2, "13.4": 2,
	"14.1": 4, "14.2": 6, "14.3": 2, "14.4": 7, "14.5": 4,
}

// asvsDeleted are the numbers that the edition leaves free within a section; what
// only level 3 asks for stands at the end of its section.
var asvsDeleted = []string{"1.4.2", "1.4.3", "1.12.1", "4.1.4", "7.3.2", "13.1.2", "13.2.4", "14.3.1"}

var (
	asvsRow     = regexp.MustCompile(`(?m)^\| (\d+\.\d+)(\.\d+) \| (.*) \|$`)
	testInDocs  = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	testInCode  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	quoted      = regexp.MustCompile("`([^`\n]+)`")
	pathInDocs  = regexp.MustCompile(`^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+$|^[A-Za-z0-9_.-]+\.(?:go|md|ya?ml|mod|sum)$|^\.gitignore$`)
	notOurPaths = []string{"html/template", "deploy/secrets"} // Go's own, and made by the operator
)

// TestASVSIsWhole proves that docs/security-asvs.md has each requirement of level
// 2 once, with a state, and evidence for what it calls met.
func TestASVSIsWhole(t *testing.T) {
	seen := map[string]bool{}
	found := map[string]int{}
	for _, m := range asvsRow.FindAllStringSubmatch(readDoc(t, "docs/security-asvs.md"), -1) {
		id := m[1] + m[2]
		if seen[id] {
			t.Errorf("%s stands there twice", id)
		}
		seen[id] = true
		found[m[1]]++
		if why := brokenRow(m[3]); why != "" {
			t.Errorf("%s: %s", id, why)
		}
	}
	for section := range found {
		if asvsSections[section] == 0 {
			t.Errorf("level 2 asks for nothing in section %s", section)
		}
	}
	for section, want := range asvsSections {
		if found[section] != want {
			t.Errorf("section %s has %d rows, want %d", section, found[section], want)
		}
		for n := 1; want > 0; n++ {
			id := fmt.Sprintf("%s.%d", section, n)
			if slices.Contains(asvsDeleted, id) {
				continue
			}
			if !seen[id] {
				t.Errorf("%s is missing", id)
			}
			want--
		}
	}
}

// brokenRow says what is wrong with "point | state | where", or "".
func brokenRow(row string) string {
	cells := strings.Split(row, " | ")
	if len(cells) != 3 || slices.Contains(cells, "") {
		return fmt.Sprintf("%d cells, want point, state and where", len(cells))
	}
	switch cells[1] {
	case "met":
		if !testInDocs.MatchString(cells[2]) && len(pathsIn(cells[2])) == 0 {
			return "met, but no code and no test is named"
		}
	case "n.a.", "not yet":
	default:
		return fmt.Sprintf("state %q", cells[1])
	}
	return ""
}

// TestSecurityDocsNameWhatExists proves that every test and file named in the
// pages about security is in the tree.
func TestSecurityDocsNameWhatExists(t *testing.T) {
	tests := testNames(t)
	for _, doc := range []string{"docs/security.md", "docs/security-asvs.md"} {
		text := readDoc(t, doc)
		names, paths := testInDocs.FindAllString(text, -1), pathsIn(text)
		if len(names) < 50 || len(paths) < 20 {
			t.Errorf("%s: only %d tests and %d paths were found: are the patterns still right?", doc, len(names), len(paths))
		}
		for _, name := range names {
			if !tests[name] {
				t.Errorf("%s names %s, which is no test", doc, name)
			}
		}
		for _, path := range paths {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s names %s: %v", doc, path, err)
			}
		}
	}
}

func readDoc(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// pathsIn lists the quoted words of a text that are paths in this tree.
func pathsIn(text string) []string {
	var paths []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		if pathInDocs.MatchString(m[1]) && !slices.Contains(notOurPaths, m[1]) {
			paths = append(paths, m[1])
		}
	}
	return paths
}

// testNames lists the tests and fuzz targets of all packages.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range testInCode.FindAllSubmatch(raw, -1) {
			names[string(m[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
