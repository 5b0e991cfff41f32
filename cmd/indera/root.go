package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/house"
)

// Exit codes, as told in the help text.
const (
	exitOK       = 0
	exitFailed   = 1 // something went wrong while working
	exitUsage    = 2 // wrong flags or configuration: nothing was done
	exitFindings = 3 // a check ran and found differences
)

// exitError carries an exit code with an error.
type exitError struct {
	code int
	err  error
}

// Error returns the text.
func (e *exitError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// usage marks an error of flags or configuration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// found marks a check that found differences.
func found(format string, args ...any) error {
	return &exitError{exitFindings, fmt.Errorf(format, args...)}
}

func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, house.ErrPending):
		return exitUsage
	}
	return exitFailed
}

const rootHelp = `Indera runs an ICANN-accredited registrar: portal, admin, API, RDAP, WHOIS and
the commands to registries, in one program.

  indera demo                    a whole registrar with two sandbox registries
  indera serve --config FILE     production

Exit codes: 0 done; 1 something failed; 2 wrong flags or configuration, nothing
was done; 3 a check ran and found differences.`

// noArgs refuses words after the flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%q is not known to %q; try %s --help", args[0], cmd.CommandPath(), cmd.CommandPath()))
	}
	return nil
}

// group is a command that only holds others: called alone it shows its help.
func group(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
}

func newRoot(out, errOut io.Writer) *cobra.Command {
	root := group("indera", "A registrar in one program")
	root.Long = rootHelp
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions = cobra.CompletionOptions{HiddenDefaultCmd: true}
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(
		newDemoCommand(), newServeCommand(), newSandboxCommand(), newMigrateCommand(), newConfigCommand(),
		newMirrorCommand(), newLedgerCommand(), newAuditCommand(), newRetentionCommand(), newUserCommand(), newAdminCommand(), newRegistryCommand(), newEPPCommand(), newKeysCommand(), newImportCommand(), newOpenAPICommand(), newVersionCommand(),
	)
	return root
}
