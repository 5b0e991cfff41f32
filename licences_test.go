package indera

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateLicences = flag.Bool("update-licences", false, "write docs/licences.md anew")

// licence is a licence known by phrases that only its text has.
type licence struct {
	name    string
	phrases []string
}

// permissive lists what the program may be built from, the narrower text first.
var permissive = []licence{
	{"Apache-2.0", []string{"Apache License", "Version 2.0, January 2004"}},
	{"MIT and Apache-2.0", []string{"covered by two different licenses: MIT and Apache"}},
	{"MIT", []string{"Permission is hereby granted, free of charge", "THE SOFTWARE IS PROVIDED \"AS IS\""}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "Neither the name"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"public domain", []string{"has been dedicated to the public domain by the authors"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software for any purpose"}},
}

// exceptions are other licences that were weighed one by one.
var exceptions = map[string]struct{ licence, phrase, reason string }{
	"github.com/go-sql-driver/mysql": {"MPL-2.0", "Mozilla Public License Version 2.0",
		"file-level copyleft: only changes to its own files would have to be published, and it is used unchanged"},
}

// assets are parts that are not Go modules: where they stand, and a word of
// their text that proves what they say of themselves.
var assets = []struct{ name, licence, file, phrase string }{
	{"@tabler/core", "MIT", "web/ui/static/vendor/tabler.LICENSE", "Permission is hereby granted, free of charge"},
	{"@tabler/icons", "MIT", "web/ui/static/vendor/tabler-icons.LICENSE", "Permission is hereby granted, free of charge"},
	{"htmx.org", "0BSD", "web/ui/static/vendor/htmx.LICENSE", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted."},
}

// TestLicences lists every module that is linked into the program, on each
// system it is built for, and refuses one whose licence is not permissive.
//
//	go test . -run TestLicences -update-licences
func TestLicences(t *testing.T) {
	rows := make(map[string]string)
	for path, dir := range linkedModules(t) {
		name, note, err := licenceOf(path, dir)
		if err != nil {
			t.Error(err)
			continue
		}
		rows[path] = fmt.Sprintf("| %s | %s | %s |", path, name, note)
	}
	for _, a := range assets {
		if raw, err := os.ReadFile(a.file); err != nil || !strings.Contains(strings.Join(strings.Fields(string(raw)), " "), a.phrase) {
			t.Errorf("%s: %v, or it does not say %q", a.file, err, a.phrase)
		}
		rows[a.name] = fmt.Sprintf("| %s | %s | served to browsers |", a.name, a.licence)
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, row)
	}
	slices.Sort(lines)
	want := licencesHead + strings.Join(lines, "\n") + "\n"
	const file = "docs/licences.md"
	if *updateLicences {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is out of date (%v): go test . -run TestLicences -update-licences", file, err)
	}
}

const licencesHead = `# Licences

Indera is under the [Apache License 2.0](../LICENSE). The program contains the work of others, all of it under permissive
licences but for the exceptions that the list explains. A test writes this list and refuses any other licence.

| part | licence | note |
|---|---|---|
`

// linkedModules asks for the modules of all packages that the program imports.
// go.mod is read first, so that a cached result ends when it changes.
func linkedModules(t *testing.T) map[string]string {
	t.Helper()
	if _, err := os.ReadFile("go.mod"); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{with .Replace}}{{.Dir}}{{else}}{{.Dir}}{{end}}{{end}}{{end}}", "./cmd/indera")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		raw, err := cmd.Output()
		if err != nil {
			t.Fatalf("listing what the program imports on %s: %v", system, err)
		}
		for line := range strings.Lines(string(raw)) {
			if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				out[path] = dir
			}
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d modules: is the command still right?", len(out))
	}
	return out
}

// licenceOf reads the licence file of a module. Some hold two: their own and
// that of code they took over; each must be permissive.
func licenceOf(path, dir string) (name, note string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return "", "", err
	}
	if filepath.Base(dir) == "nosqlite3" {
		return "Apache-2.0", "replaced by an empty package of ours", nil
	}
	var found []string
	for _, f := range files {
		if base := strings.ToLower(filepath.Base(f)); !strings.HasPrefix(base, "licen") && !strings.HasPrefix(base, "copying") {
			continue
		}
		if info, err := os.Stat(f); err != nil || info.IsDir() || strings.Contains(strings.ToLower(f), "logo") {
			continue // the drawing is not in the program
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			return "", "", err
		}
		text := strings.Join(strings.Fields(string(raw)), " ")
		kind := classify(text)
		if e, ok := exceptions[path]; ok && strings.Contains(text, e.phrase) {
			kind, note = e.licence, e.reason
		}
		if kind == "" {
			return "", "", fmt.Errorf("%s: %s is under no licence that may be used here", path, filepath.Base(f))
		}
		if !slices.Contains(found, kind) {
			found = append(found, kind)
		}
	}
	if len(found) == 0 {
		return "", "", fmt.Errorf("%s: no licence file", path)
	}
	return strings.Join(found, ", "), note, nil
}

func classify(text string) string {
	if strings.Contains(text, "GNU GENERAL PUBLIC LICENSE") || strings.Contains(text, "GNU LESSER GENERAL PUBLIC LICENSE") || strings.Contains(text, "GNU AFFERO") {
		return ""
	}
	for _, l := range permissive {
		if !slices.ContainsFunc(l.phrases, func(p string) bool { return !strings.Contains(text, p) }) {
			return l.name
		}
	}
	return ""
}

// TestClassify keeps the list above honest.
func TestClassify(t *testing.T) {
	for text, want := range map[string]string{
		"GNU GENERAL PUBLIC LICENSE Version 3":                                            "",
		"Business Source License 1.1":                                                     "",
		"Mozilla Public License Version 2.0":                                              "",
		"Redistribution and use in source and binary forms, with or without modification": "BSD-2-Clause",
	} {
		if got := classify(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
