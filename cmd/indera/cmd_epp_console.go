package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/eppclient/console"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

const consoleHelp = `Speaks to a registry in plain words over the account's own sessions, as one more
process of the deployment: it never takes more sessions or commands than are
granted, and comes after customers. Frames are shown indented, with passwords and
transfer codes masked.

  indera epp console --config FILE one                    with history and completion
  indera epp console --config FILE one check example.shop
  echo 'check example.shop' | indera epp console --config FILE one

The words: check, info, transfer, poll, raw, hello, greeting, capabilities, help;
with --write also renew, status, delete and what changes a transfer or takes a
message off the queue.

It only looks. With --write commands with an effect go out too, past the journal
and the ledger; each is recorded with your login and --reason before it leaves,
and what the registry answered after it. Names of another owner system, and names
with an open command, are refused.

Without a terminal lines are read from standard input until one fails. Exit codes:
0 the registry answered 1xxx to all; 1 it refused something or could not be asked;
2 a line was wrong, or had an effect without --write: nothing was sent for it.`

// consoleFlags are the settings of one console.
type consoleFlags struct {
	write, json, sent, keepGoing bool
	reason, authFile             string
}

func newConsoleCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "console REGISTRY [COMMAND…]", Short: "Speak to a registry", Long: consoleHelp}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(errors.New("name one registry of the configuration"))
		}
		return nil
	}
	path := configFlag(cmd)
	var f consoleFlags
	flags := cmd.Flags()
	flags.BoolVar(&f.write, "write", false, "let commands with an effect through")
	flags.StringVar(&f.reason, "reason", "", "with --write: why, for the audit trail")
	flags.BoolVar(&f.json, "json", false, "one JSON object per command")
	flags.BoolVar(&f.sent, "sent", false, "show what was sent too")
	flags.BoolVar(&f.keepGoing, "keep-going", false, "go on with the next line of standard input when one fails")
	flags.StringVar(&f.authFile, "auth-file", "", "file that holds the transfer code where a line ends with auth; absent: it is asked for at a terminal")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return usage(err)
		}
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			return runConsole(cmd, c, s, f, args)
		})
	}
	return cmd
}

func (f consoleFlags) check() error {
	if !f.write && f.reason != "" {
		return errors.New("--reason goes with --write")
	}
	if f.write {
		if err := registrar.CheckReason(f.reason); err != nil {
			return fmt.Errorf("--reason: %w", err)
		}
	}
	return nil
}

// operator names who works at this machine, for the audit trail.
func operator() registrar.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if behind := os.Getenv("SUDO_USER"); behind != "" {
		name = behind + " as " + name
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
	const most = 80 // the column takes 100
	return registrar.System("epp console: " + name[:min(len(name), most)])
}

func runConsole(cmd *cobra.Command, c *config.Config, s *store.Store, f consoleFlags, args []string) (err error) {
	run := consoleRun{flags: f, registry: args[0], out: cmd.OutOrStdout(), paint: paintFor(cmd.OutOrStdout())}
	hand := house.Hand{By: operator(), Write: f.write, Reason: f.reason, ReadFile: readFrame, Secret: run.secret}
	log := newLogger(config.Log{Level: "warn", Format: c.Log.Format}, cmd.ErrOrStderr()) // what goes well is on the screen
	run.tool, err = house.NewConsoleTool(c, s, log, args[0], hand)
	if errors.Is(err, house.ErrUnknownRegistry) {
		return usage(fmt.Errorf("%s: %w", args[0], err))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.tool.Close()) }()
	in := cmd.InOrStdin()
	switch {
	case len(args) > 1:
		return run.line(cmd.Context(), strings.Join(args[1:], " "))
	case isTerminal(in) && isTerminal(cmd.OutOrStdout()) && !f.json:
		return run.interactive(cmd.Context(), in.(*os.File))
	}
	return run.lines(cmd.Context(), in)
}

// readFrame reads a file for raw, "-" being none: lines come from there.
func readFrame(path string) (doc []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(io.LimitReader(file, console.MaxRaw+1))
}

// consoleRun is one console under way.
type consoleRun struct {
	flags    consoleFlags
	registry string
	tool     *house.ConsoleTool
	out      io.Writer
	paint    transcript.Paint
	ask      func(prompt string) (string, error) // at a terminal
}

// secret asks for a transfer code.
func (r *consoleRun) secret(what string) (epp.Secret, error) {
	if r.flags.authFile != "" {
		code, err := (config.Secret{PasswordFile: r.flags.authFile}).Password("")
		return epp.Secret(code), err
	}
	if r.ask == nil {
		return "", errors.New("there is no terminal to ask at: give --auth-file")
	}
	code, err := r.ask(what + ": ")
	return epp.Secret(code), err
}

// lines runs what comes on standard input.
func (r *consoleRun) lines(ctx context.Context, in io.Reader) error {
	var worst error
	scan := bufio.NewScanner(in)
	for scan.Scan() {
		text := strings.TrimSpace(scan.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if text == "exit" || text == "quit" {
			break
		}
		err := r.line(ctx, text)
		if err == nil {
			continue
		}
		if !r.flags.keepGoing || ctx.Err() != nil {
			return err
		}
		if worst == nil || exitCode(err) < exitCode(worst) { // a failed exchange weighs more than a wrong line
			worst = err
		}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("reading commands: %w", err)
	}
	return worst
}

// linePatience bounds one command, the wait for a session included.
const linePatience = 2 * time.Minute

// errRefused says that the registry said no; its answer is on the screen.
var errRefused = errors.New("the registry refused")

// line runs one command and prints its answer.
func (r *consoleRun) line(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, linePatience)
	defer cancel()
	answer, err := r.tool.Run(ctx, text)
	if perr := r.print(answer, err); perr != nil {
		return fmt.Errorf("printing the answer: %w", perr)
	}
	var wrong *console.UsageError
	var look *console.ReadOnlyError
	switch {
	case errors.As(err, &wrong), errors.As(err, &look) && r.flags.write:
		return usage(err)
	case errors.As(err, &look):
		return usage(fmt.Errorf("%w; --write with --reason lets it through", err))
	case registrar.KindOf(err) == registrar.KindInvalid, registrar.KindOf(err) == registrar.KindProhibited:
		return usage(err)
	case err != nil:
		return unsure(err)
	case !answer.OK():
		return fmt.Errorf("%w with %d", errRefused, answer.Code)
	}
	return nil
}
