package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/indera/indera/eppclient/transcript"
)

func newEPPCommand() *cobra.Command {
	cmd := group("epp", "What is said with registries")
	cmd.AddCommand(newConsoleCommand(), newTranscriptsCommand())
	return cmd
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// paintFor colours frames on a terminal, unless the environment asks for none
// (https://no-color.org).
func paintFor(out io.Writer) transcript.Paint {
	if !isTerminal(out) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return transcript.Paint{}
	}
	colour := func(code string) func(string) string {
		return func(s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }
	}
	return transcript.Paint{Tag: colour("36"), Attr: colour("33"), Text: colour("1")}
}
