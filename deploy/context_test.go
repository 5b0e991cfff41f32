package deploy

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestBuildContext: the builder gets what the binary is made of, by name, and so
// nothing of what an operator keeps in the folder.
func TestBuildContext(t *testing.T) {
	data, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			rules = append(rules, line)
		}
	}
	if len(rules) == 0 || rules[0] != "*" {
		t.Fatalf("the first rule must leave everything out: %q", rules)
	}
	var let []string
	for _, r := range rules[1:] {
		name, ok := strings.CutPrefix(r, "!")
		if !ok || strings.ContainsAny(name, "*/") || name == "deploy" || strings.HasPrefix(name, ".") {
			t.Errorf("%q must name one folder or file of the source", r)
		}
		if _, err := os.Stat("../" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		let = append(let, name)
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", "./cmd/indera")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(strings.TrimPrefix(pkg, "github.com/indera/indera/"), "/")
		if !slices.Contains(let, top) {
			t.Errorf("the binary needs %s, which the builder does not get", pkg)
		}
	}
	if !slices.Contains(let, "go.mod") || !slices.Contains(let, "go.sum") || !slices.Contains(let, "third_party") {
		t.Errorf("go.mod, go.sum and third_party are copied first: %q", let)
	}
}
