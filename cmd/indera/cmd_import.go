package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/csvimport"
	"github.com/indera/indera/registrar/store"
)

func newImportCommand() *cobra.Command {
	cmd := group("import", "Bring in what another system knows")
	cmd.AddCommand(newImportCSVCommand())
	return cmd
}

const importHelp = `Brings in domains, with their customers and contacts, from a file of comma
separated values (docs/import.md; --template prints one to fill in).

First the whole file is read and a plan is shown; nothing is written before it
is agreed to (--yes agrees in advance). What is wrong with a row, or differs
from the registry, is listed by line and column in a report; rows that are
refused hold up no others. The same file again changes nothing, and goes on
where a run that was cut off had stopped.

Every name is asked for at its registry before it becomes ours to manage. With
--verify=false names come in unproved: customers see them, but nothing acts on
them until the same file was brought in with verification.

Exit codes: 0 everything was taken as it stands; 3 rows were refused or differ;
1 it could not be done, or was stopped; 2 wrong flags, or a file that can't be
read.`

type importFlags struct {
	config, report, delimiter     *string
	dryRun, verify, yes, template *bool
	rename                        *map[string]string
	ignore                        *[]string
}

func newImportCSVCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "csv FILE", Short: "Bring in domains from a file of comma separated values", Long: importHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(errors.New("one file at a time"))
			}
			return nil
		},
	}
	f := &importFlags{
		config: configFlag(cmd), report: cmd.Flags().String("report", "", "where findings are written, as CSV; by default FILE.report.csv"),
		delimiter: cmd.Flags().String("delimiter", ",", "character between cells; tab for a tabulator"),
		dryRun:    cmd.Flags().Bool("dry-run", false, "show the plan and write the report, nothing else"),
		verify:    cmd.Flags().Bool("verify", true, "ask the registries for each name"),
		yes:       cmd.Flags().Bool("yes", false, "do not ask before applying the plan"),
		template:  cmd.Flags().Bool("template", false, "print a file to fill in"),
		rename:    cmd.Flags().StringToString("map", nil, "columns with other names: theirs=ours, several by commas"),
		ignore:    cmd.Flags().StringSlice("ignore", nil, "columns to leave out, by commas"),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *f.template {
			return csvimport.WriteTemplate(cmd.OutOrStdout())
		}
		if len(args) == 0 {
			return usage(errors.New("which FILE? --template prints one to fill in"))
		}
		return f.run(cmd, args[0])
	}
	return cmd
}

// format reads the flags that say how the file is written.
func (f *importFlags) format() (csvimport.Format, error) {
	out := csvimport.Format{Rename: make(map[string]string)}
	for from, to := range *f.rename {
		out.Rename[from] = to
	}
	for _, name := range *f.ignore {
		out.Rename[name] = ""
	}
	comma := *f.delimiter
	if comma == "tab" || comma == `\t` {
		comma = "\t"
	}
	r, n := utf8.DecodeRuneInString(comma)
	if n != len(comma) || r == '"' || r == '\r' || r == '\n' || r == utf8.RuneError {
		return out, fmt.Errorf("--delimiter is one character, not %q", *f.delimiter)
	}
	out.Comma = r
	return out, nil
}

func (f *importFlags) run(cmd *cobra.Command, path string) error {
	format, err := f.format()
	if err != nil {
		return usage(err)
	}
	if _, err := os.Stat(path); err != nil {
		return usage(err)
	}
	if *f.report == "" {
		*f.report = path + ".report.csv"
	}
	return withCurrentStore(cmd.Context(), *f.config, func(c *config.Config, s *store.Store) error {
		tool, err := house.NewTool(c, s, newLogger(c.Log, cmd.ErrOrStderr()), "import")
		if err != nil {
			return err
		}
		i := &csvimport.Import{
			Engine: tool.Engine, By: registrar.System(importedBy()), Path: path, Format: format, Report: *f.report,
			Verify: *f.verify, Progress: newImportProgress(cmd.ErrOrStderr()),
		}
		err = f.carryOut(cmd, i)
		var broken *csvimport.Broken
		if errors.As(err, &broken) {
			err = usage(fmt.Errorf("%s: %w", path, err))
		}
		return errors.Join(err, tool.Close())
	})
}

// importedBy says who runs the command, as far as the machine knows: staff sees
// it in the list of imports.
func importedBy() string {
	who := "import csv"
	if u, err := user.Current(); err == nil && u.Username != "" {
		who += " by " + u.Username
	}
	who = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, who)
	return who[:min(len(who), 64)]
}

// carryOut shows the plan, asks, and applies it.
func (f *importFlags) carryOut(cmd *cobra.Command, i *csvimport.Import) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	// A dry run proves as the real one would; before a real one the registries are
	// not asked twice.
	plan, err := i.Plan(ctx, *f.dryRun && *f.verify)
	if err != nil {
		return err
	}
	if err := tellPlan(out, plan, *f.verify && !*f.dryRun); err != nil {
		return err
	}
	if *f.dryRun {
		return f.verdict(out, plan, "nothing was written")
	}
	if todo := plan.Rows - plan.Actions[registrar.ImportRefuse] - plan.Actions[registrar.ImportSame]; todo == 0 {
		return f.verdict(out, plan, "there is nothing to do")
	}
	if err := f.agreed(cmd); err != nil {
		return err
	}
	if i.Report, err = freeName(i.Report); err != nil {
		return err
	}
	*f.report = i.Report
	run, done, err := i.Apply(ctx)
	if err != nil {
		if run.ID != "" {
			err = fmt.Errorf("stopped after line %d; the same command goes on from there: %w", run.Line, err)
		}
		return err
	}
	return f.verdict(out, done, fmt.Sprintf("import %s: %d created, %d changed, %d proved at the registry, %d unchanged, %d refused, %d new customers",
		run.ID, run.Created, run.Changed, run.Verified, run.Same, run.Refused, run.Customers))
}

var errNotAgreed = errors.New("nothing was written: the plan was not agreed to")

// agreed asks a person, or insists on --yes where there is none.
func (f *importFlags) agreed(cmd *cobra.Command) error {
	if *f.yes {
		return nil
	}
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isatty.IsTerminal(in.Fd()) {
		return usage(errors.New("nobody can be asked here: look at the plan, then add --yes"))
	}
	if _, err := fmt.Fprint(cmd.OutOrStdout(), "Apply this plan? [y/N] "); err != nil {
		return err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if a := strings.ToLower(strings.TrimSpace(line)); a != "y" && a != "yes" {
		return errNotAgreed
	}
	return nil
}

// freeName keeps the report of a run that was cut off: what it told is not told
// again.
func freeName(path string) (string, error) {
	base, ext := strings.TrimSuffix(path, ".csv"), ".csv"
	for n := 1; n < 1000; n++ {
		name := fmt.Sprintf("%s.applied-%d%s", base, n, ext)
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("there are too many reports beside %s", path)
}

// tellPlan shows counts and first examples.
func tellPlan(w io.Writer, s csvimport.Summary, unproved bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows; %d new customers\n", s.Rows, s.NewCustomers)
	for _, a := range registrar.ImportActions {
		n := s.Actions[a]
		if n == 0 {
			continue
		}
		fmt.Fprintf(&b, "%8d %s\n", n, actionWords[a])
		for _, ex := range s.Examples[a] {
			fmt.Fprintf(&b, "           %s\n", ex)
		}
		if n > len(s.Examples[a]) {
			fmt.Fprintf(&b, "           …\n")
		}
	}
	if unproved {
		b.WriteString("Names are proved at the registries while the plan is applied; more rows may be refused then.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var actionWords = map[registrar.ImportAction]string{
	registrar.ImportCreate: "to create",
	registrar.ImportChange: "to change (unproved, and the file says something else now)",
	registrar.ImportVerify: "to prove (came in unproved before)",
	registrar.ImportSame:   "here already",
	registrar.ImportRefuse: "refused",
}

// verdict ends with what was done and, by the exit code, whether a person has to
// look at the report.
func (f *importFlags) verdict(w io.Writer, s csvimport.Summary, said string) error {
	if _, err := fmt.Fprintln(w, said); err != nil {
		return err
	}
	refused := s.Actions[registrar.ImportRefuse]
	if refused+s.Differing == 0 {
		return nil
	}
	return found("%d rows were refused, %d differ; see %s", refused, s.Differing, *f.report)
}
