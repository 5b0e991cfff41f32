package demo

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme runs what the README tells people to type, word for word: the
// marked blocks in one shell beside a running demo.
func TestReadme(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, command := range []string{"go run ./cmd/indera demo\n", "./scripts/test\n"} {
		if !strings.Contains(text, command) {
			t.Errorf("the README lacks %q", command)
		}
	}
	blocks := regexp.MustCompile("(?s)<!-- run: with the demo -->\n```sh\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks are marked to run, want 2", len(blocks))
	}
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir, freeBase(t))
	script := "set -eu\n"
	for _, b := range blocks {
		script += b[1]
	}
	const home = "~/.cache/indera/demo/demo.json"
	if strings.Count(script, home) != 1 {
		t.Fatalf("the README does not name %s once", home)
	}
	script = strings.ReplaceAll(script, home, filepath.Join(dir, "demo.json"))
	for _, tool := range []string{"curl", "whois"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			t.Skipf("skipped: %s is not installed", tool)
		}
	}
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"name":"readme-example.shop"`, `"ldhName":"readme-example.shop"`, "Domain Name: readme-example.shop"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %s:\n%s", want, out)
		}
	}
	r.everywhere("readme-example.shop", r.expiry("readme-example.shop"))
}

// TestGoRunAsDocumented builds and runs by the README's own command.
func TestGoRunAsDocumented(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/indera", "demo", "--help")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--port-base") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestDocumentsPointToWhatExists follows every relative link of the documents
// that people read first.
func TestDocumentsPointToWhatExists(t *testing.T) {
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	docs = append(docs, "../../README.md", "../../CONTRIBUTING.md", "../../CHANGELOG.md")
	link := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
	seen := 0
	for _, doc := range docs {
		raw, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s points to %s: %v", filepath.Base(doc), m[1], err)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d links were found: the pattern no longer fits", seen)
	}
}
