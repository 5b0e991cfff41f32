package dialects_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var codeBlock = regexp.MustCompile("(?s)```go\n// (file|lines): (\\S+)\n(.*?)```")

// TestWriteAnAdapter follows docs/write-an-adapter.md: its code becomes files of this
// module, by an overlay that touches no file, is built, and passes the suite.
func TestWriteAnAdapter(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a test binary")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "write-an-adapter.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	put := func(file, text string) {
		t.Helper()
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, file)] = copied
	}
	blocks := codeBlock.FindAllStringSubmatch(string(page), -1)
	for _, b := range blocks {
		if b[1] == "file" {
			put(b[2], b[3])
		} else {
			put(b[2], withLines(t, filepath.Join(root, b[2]), b[3]))
		}
	}
	if len(blocks) != 3 || strings.Count(string(page), "```go") != len(blocks) {
		t.Fatalf("%d blocks of code that say where they belong", len(blocks))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "acme.test")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	// No vet: it would go into the folder, which only the overlay knows.
	run(t, root, "go", "test", "-c", "-vet=off", "-overlay", file, "-o", binary, "./eppclient/adapter/acme")
	out := run(t, ".", binary, "-test.v")
	for _, want := range []string{"--- PASS: TestConformance/delete_and_restore", "--- PASS: TestConformance/prices", "--- PASS: TestListed"} {
		if !strings.Contains(out, want) {
			t.Errorf("the run does not say %q:\n%s", want, out)
		}
	}
}

// withLines adds an import and an entry of the list to a source file, each behind the
// first of its kind.
func withLines(t *testing.T, file, lines string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for line := range strings.Lines(lines) {
		anchor := "\t\trfc.Generic,\n"
		if strings.Contains(line, `"`) {
			anchor = "\t\"slices\"\n"
		}
		if !strings.Contains(text, anchor) {
			t.Fatalf("%s has no line %q", file, anchor)
		}
		text = strings.Replace(text, anchor, anchor+line, 1)
	}
	return text
}

func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}
