package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func newMirrorCommand() *cobra.Command {
	cmd := group("mirror", "Read customers and domains of a billing system")
	imp := &cobra.Command{
		Use: "import", Short: "Import everything from FOSSBilling now", Args: noArgs,
		Long: "Reads all customers and domains of the FOSSBilling named in the configuration and makes the\nmirror here equal: see docs/mirrors.md. An import that was cut off goes on where it stood.\n" +
			"With --dry-run nothing is changed: the plan is printed. Exit code 3 when rows went to the\nworklist or the brake stopped the run.",
	}
	path := configFlag(imp)
	dry := imp.Flags().Bool("dry-run", false, "print what would change and change nothing")
	quiet := imp.Flags().Bool("quiet", false, "no progress")
	imp.RunE = func(cmd *cobra.Command, _ []string) error {
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			return importMirror(cmd, c, s, *dry, *quiet)
		})
	}
	cmd.AddCommand(imp)
	return cmd
}

func importMirror(cmd *cobra.Command, c *config.Config, s *store.Store, dry, quiet bool) (err error) {
	m := c.Mirrors.FOSSBilling
	if !m.On() {
		return usage(errors.New("the configuration has no mirrors.fossbilling"))
	}
	src, err := house.OpenFOSSBilling(m)
	if err != nil {
		return usage(err)
	}
	defer func() {
		if closeErr := src.Close(); err == nil {
			err = closeErr
		}
	}()
	e, err := house.NewImporter(c, s, newLogger(c.Log, cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	if cat, err := e.Catalogue(cmd.Context()); err != nil {
		return err
	} else if len(cat.TLDs()) == 0 {
		return usage(errors.New("there is no ending yet, so no name could be taken: fill catalogue.tlds and start indera serve once, which writes them"))
	}
	opt := registrar.MirrorOptions{DryRun: dry, Brake: m.Brake()}
	if !quiet {
		opt.Progress = func(r registrar.MirrorRun) {
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), progressLine(r)) // a lost progress line must not stop the import
		}
	}
	r, err := e.ImportMirror(cmd.Context(), registrar.System("indera mirror import"), src, opt)
	if err != nil {
		return err
	}
	if err := printImport(cmd.OutOrStdout(), r); err != nil {
		return err
	}
	switch {
	case r.Run.Outcome == registrar.MirrorBraked:
		return found("stopped: %d names would be marked as gone; release it on the admin pages (%s)", r.Run.Gone, r.Run.BrakeID)
	case r.Run.Flaws > 0:
		return found("the worklist has %d rows", r.Run.Flaws)
	}
	return nil
}

func progressLine(r registrar.MirrorRun) string {
	switch r.Phase {
	case registrar.PhaseReadCustomers, registrar.PhaseReadDomains:
		return fmt.Sprintf("read %d customers, %d domains", r.CustomersRead, r.DomainsRead)
	}
	done := r.Created + r.Changed + r.Unchanged + r.Gone + r.LeftOut
	return fmt.Sprintf("compared %d of %d", done, max(done, r.CustomersRead+r.DomainsRead))
}

// printImport tells what was, or would be, done.
func printImport(w io.Writer, r registrar.MirrorReport) error {
	head := "imported from"
	if r.Run.Dry {
		head = "plan for"
	}
	_, err := fmt.Fprintf(w, "%s %s (%s), run %s\n  read       %d customers, %d domains\n  new        %d\n  changed    %d\n  unchanged  %d\n  gone       %d\n  left out   %d\n  worklist   %d\n",
		head, registrar.SystemTitle(r.Run.System), r.Run.Version, r.Run.ID, r.Run.CustomersRead, r.Run.DomainsRead, r.Run.Created, r.Run.Changed,
		r.Run.Unchanged, r.Run.Gone, r.Run.LeftOut, r.Run.Flaws)
	for _, k := range registrar.FlawKinds {
		if n := r.Flaws[k.Kind]; n > 0 && err == nil {
			_, err = fmt.Fprintf(w, "    %6d  %s: %s\n", n, k.Title, k.Import)
		}
	}
	return err
}
