// Command indera is the whole product in one program: see `indera help`.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command and returns its exit code. The first SIGINT or
// SIGTERM asks it to stop cleanly, a second one stops it at once.
func run(args []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRoot(out, errOut)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		// The terminal is gone when this fails: nobody is left to be told.
		_, _ = fmt.Fprintln(errOut, "indera: "+err.Error())
	}
	return exitCode(err)
}
