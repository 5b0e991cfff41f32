package epptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// Schema is a schema of our own for a namespace that has no public one.
type Schema struct {
	Namespace string
	File      string
}

// Valid checks frames, by name, against the EPP schemas beside the repository
// and reports those that are not valid. Where the schemas or xmllint are missing
// it skips the test, or fails it when CI is "true". Each frame is also checked
// with a foreign element put into it, which must not pass: so the check itself
// is known to work.
func Valid(t *testing.T, frames map[string][]byte, own ...Schema) {
	t.Helper()
	valid(t, schemaFile(t, allSchemas, own), frames)
}

// ValidFRED is Valid for the frames of FRED, whose objects are its own.
func ValidFRED(t *testing.T, frames map[string][]byte) {
	t.Helper()
	valid(t, schemaFile(t, filepath.Join("fred", "all-2.4.3.xsd"), nil), frames)
}

const allSchemas = "all.xsd"

func valid(t *testing.T, schema string, frames map[string][]byte) {
	t.Helper()
	var names []string
	for name := range frames {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(names) == 0 {
		t.Fatal("no frames to check")
	}
	if out, err := lint(t, schema, frames, names); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	name := names[0] // one broken frame proves that the check can fail
	at := strings.LastIndex(string(frames[name]), "</")
	broken := map[string][]byte{name: []byte(string(frames[name][:at]) + "<indera/>" + string(frames[name][at:]))}
	if _, err := lint(t, schema, broken, []string{name}); err == nil {
		t.Errorf("%s: a broken frame passes the check", name)
	}
}

func lint(t *testing.T, schema string, frames map[string][]byte, names []string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--nonet", "--noout", "--schema", schema}
	for _, name := range names {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+".xml")
		if err := os.WriteFile(file, frames[name], 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	out, err := exec.Command("xmllint", args...).CombinedOutput()
	var bad []string
	for _, line := range strings.Split(string(out), "\n") {
		if line != "" && !strings.HasSuffix(line, " validates") {
			bad = append(bad, line)
		}
	}
	return strings.Join(bad, "\n"), err
}

func schemaFile(t *testing.T, name string, own []Schema) string {
	t.Helper()
	file, err := umbrella(name)
	if err == nil {
		_, err = exec.LookPath("xmllint")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("schemas cannot be checked: %v", err)
		}
		t.Skipf("schemas cannot be checked: %v", err)
	}
	if len(own) == 0 {
		return file
	}
	var b strings.Builder
	b.WriteString(`<schema xmlns="http://www.w3.org/2001/XMLSchema">` + "\n")
	fmt.Fprintf(&b, "<include schemaLocation=%q/>\n", file)
	for _, s := range own {
		abs, err := filepath.Abs(s.File)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "<import namespace=%q schemaLocation=%q/>\n", s.Namespace, abs)
	}
	b.WriteString("</schema>\n")
	joint := filepath.Join(t.TempDir(), "joint.xsd")
	if err := os.WriteFile(joint, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return joint
}

// umbrella finds a schema that imports others, beside the repository.
func umbrella(name string) (string, error) {
	shared := os.Getenv("INDERA_SHARED")
	if shared == "" {
		root, err := os.Getwd()
		for err == nil {
			if _, gone := os.Stat(filepath.Join(root, "go.mod")); gone == nil {
				break
			}
			if filepath.Dir(root) == root {
				return "", fmt.Errorf("no go.mod above the test")
			}
			root = filepath.Dir(root)
		}
		shared = filepath.Join(root, "..", "shared")
	}
	file := filepath.Join(shared, "epp", "xsd", name)
	_, err := os.Stat(file)
	return file, err
}
