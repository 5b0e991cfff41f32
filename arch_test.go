package indera

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

const module = "github.com/indera/indera/"

// denied lists which parts of the house a part may not import. The longest
// matching prefix on the left wins. Everything points down:
// cmd → web → policies → registrar; adapters and plugins implement ports that
// registrar declares; only cmd joins them.
var denied = map[string][]string{
	"registrar":         {"eppclient", "policies", "plugins", "web", "cmd", "templates"},
	"policies":          {"eppclient", "registrar/store", "plugins", "web", "cmd"},
	"web":               {"eppclient", "registrar/store", "plugins", "cmd"},
	"eppclient":         {"registrar", "policies", "plugins", "web", "cmd"},
	"eppclient/adapter": {"registrar/store", "policies", "plugins", "web", "cmd", "eppclient/sandbox"},
	"eppclient/sandbox": {"registrar", "policies", "plugins", "web", "cmd", "eppclient"},
	"plugins":           {"eppclient", "registrar/store", "policies", "web", "cmd"},
	"migrations":        {"registrar", "eppclient", "policies", "plugins", "web", "cmd"},
	"templates":         {"registrar", "eppclient", "policies", "plugins", "web", "cmd"},
}

// onlyIn lists outside packages that one part alone may import.
var onlyIn = map[string]string{
	"gorm.io/":           "registrar/store",
	"github.com/pressly": "registrar/store",
}

func TestImportsPointDown(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "third_party") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		for _, imported := range importsOf(t, path) {
			check(t, filepath.ToSlash(path), imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func importsOf(t *testing.T, path string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range f.Imports {
		out = append(out, strings.Trim(spec.Path.Value, `"`))
	}
	return out
}

func check(t *testing.T, path, imported string) {
	t.Helper()
	if rel, ours := strings.CutPrefix(imported, module); ours && !strings.HasSuffix(path, "_test.go") {
		rule := ruleFor(path)
		for _, bad := range denied[rule] {
			if within(rel, bad) && !within(rel, rule) {
				t.Errorf("%s imports %s: %s may not import %s", path, rel, rule, bad)
			}
		}
	}
	for prefix, home := range onlyIn {
		if strings.HasPrefix(imported, prefix) && !within(path, home) {
			t.Errorf("%s imports %s, which only %s may", path, imported, home)
		}
	}
}

func ruleFor(path string) string {
	var rules []string
	for rule := range denied {
		if within(path, rule) {
			rules = append(rules, rule)
		}
	}
	sort.Slice(rules, func(i, j int) bool { return len(rules[i]) > len(rules[j]) })
	if len(rules) == 0 {
		return ""
	}
	return rules[0]
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
