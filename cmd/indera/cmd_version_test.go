package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// TestSBOM: every module that the program links stands in its bill of materials.
func TestSBOM(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	var out bytes.Buffer
	if err := writeSBOM(&out, info); err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(out.Bytes(), &b); err != nil || b.Format != "CycloneDX" || b.Spec != "1.5" || b.Metadata.Component.Type != "application" {
		t.Fatalf("%+v, %v", b, err)
	}
	list, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := slices.Compact(slices.Sorted(slices.Values(strings.Fields(string(list)))))
	if len(linked) < 10 {
		t.Fatalf("only %d modules are linked", len(linked))
	}
	for _, path := range linked {
		i := slices.IndexFunc(b.Components, func(p part) bool { return p.Name == path })
		if i < 0 || !strings.HasPrefix(b.Components[i].PURL, "pkg:golang/"+path) {
			t.Errorf("%s is linked and not in the bill", path)
		}
	}
	if err := writeSBOM(&out, nil); err == nil {
		t.Error("a binary without build information has a bill")
	}
}
