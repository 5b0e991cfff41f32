package epptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Copies returns schemas of our own for a registry that has copies of public ones
// under its own URIs: the public text with the URI replaced. of gives the file of the
// public schema and the registry's URI by the public URI. Without the public schemas
// there are none, and Valid says so.
func Copies(t *testing.T, of map[string]Schema) []Schema {
	t.Helper()
	file, err := umbrella(allSchemas)
	if err != nil {
		return nil
	}
	var out []Schema
	dir := t.TempDir()
	for uri, s := range of {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), s.File))
		if err != nil {
			t.Fatal(err)
		}
		mine := strings.ReplaceAll(string(text), `"`+uri+`"`, `"`+s.Namespace+`"`)
		if mine == string(text) {
			t.Fatalf("%s is not the schema of %s", s.File, uri)
		}
		copied := filepath.Join(dir, s.File)
		if err := os.WriteFile(copied, []byte(mine), 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, Schema{Namespace: s.Namespace, File: copied})
	}
	return out
}
