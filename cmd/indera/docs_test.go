package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	commandInDocs = regexp.MustCompile("(?m)(?:`|^|&& |-u indera |bin/)indera ((?:[a-z]+[a-z-]*)(?: [a-z]+[a-z-]*)?)((?: --[a-z-]+(?: [A-Za-z/.-]+)?)*)")
	flagInDocs    = regexp.MustCompile(`--([a-z-]+)`)
)

// TestDocumentedCommands proves that what docs/operating.md tells people to
// type exists, flags included.
func TestDocumentedCommands(t *testing.T) {
	raw, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, m := range commandInDocs.FindAllStringSubmatch(string(raw), -1) {
		if strings.HasPrefix(m[1], "indera") {
			continue // a file or a user
		}
		seen++
		cmd, rest, err := newRoot(io.Discard, io.Discard).Find(strings.Fields(m[1]))
		if err != nil || len(rest) > 0 || !cmd.Runnable() && !cmd.HasSubCommands() {
			t.Errorf("`indera %s` is no command (%v, left over %v)", m[1], err, rest)
			continue
		}
		checkFlags(t, cmd, m[1], m[2])
	}
	if seen < 8 {
		t.Errorf("only %d commands were found in the text: is the pattern still right?", seen)
	}
}

func checkFlags(t *testing.T, cmd *cobra.Command, name, flags string) {
	t.Helper()
	for _, f := range flagInDocs.FindAllStringSubmatch(flags, -1) {
		if cmd.Flags().Lookup(f[1]) == nil {
			t.Errorf("`indera %s` has no flag --%s", name, f[1])
		}
	}
}
