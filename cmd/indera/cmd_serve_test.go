package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "names.txt")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# report of 23 November\n\nExample.shop # ours\nbücher.shop\r\n")
	got, err := readNames(file, true)
	if want := []string{"example.shop", "xn--bcher-kva.shop"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("names %v, %v, want %v", got, err, want)
	}
	write("fine.shop\nnot a name\n")
	if _, err := readNames(file, true); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line that is no name: %v", err)
	}
	if _, err := readNames(file, false); err == nil {
		t.Error("--names is taken without --after-restore")
	}
	if _, err := readNames(file+".none", true); err == nil {
		t.Error("a file that is not there is taken for an empty one")
	}
	if got, err := readNames("", false); err != nil || got != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
}
