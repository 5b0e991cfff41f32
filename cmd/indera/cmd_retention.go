package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func newRetentionCommand() *cobra.Command {
	cmd := group("retention", "See what is purged by its age, and keep it by a legal hold")
	cmd.AddCommand(newRetentionPlanCommand(), newRetentionHoldsCommand(),
		newRetentionHoldCommand("hold", "Keep what a purge would take of a customer, whatever its age",
			"What the job purge-retention can tell to be the customer's stays until the hold is lifted; docs/retention.md says what that is. The reason goes into the audit trail.", "is under a legal hold",
			func(e *registrar.Engine) holdAct { return e.HoldCustomer }),
		newRetentionHoldCommand("lift", "End a legal hold",
			"What is over its time goes with the next runs of the job purge-retention. The reason goes into the audit trail.", "is under no legal hold any more",
			func(e *registrar.Engine) holdAct { return e.LiftHold }))
	return cmd
}

func newRetentionPlanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "dry-run", Short: "List what the job purge-retention would purge now", Args: noArgs,
		Long: "Looks at what is old enough, by rule, and tells how much of it would be purged and why the rest\nstays. Nothing is changed. The job looks at 10,000 rows of a rule per run and goes on where it stopped.",
	}
	conf := configFlag(cmd)
	rows := cmd.Flags().Int("rows", 100000, "rows of each rule to look at, from the oldest on")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *rows < 1 {
			return usage(fmt.Errorf("--rows is %d: at least 1 is needed", *rows))
		}
		return withRetentionDesk(cmd, *conf, func(e *registrar.Engine, _ *store.Store) error {
			plan, err := e.RetentionPlan(cmd.Context(), (*rows+499)/500)
			if err != nil {
				return err
			}
			return printPlan(cmd.OutOrStdout(), plan)
		})
	}
	return cmd
}

func printPlan(to io.Writer, plan []registrar.RetentionCount) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "rule\told enough\twould be purged\tstays"); err != nil {
		return err
	}
	for _, c := range plan {
		stays := ""
		for _, why := range slices.Sorted(maps.Keys(c.Kept)) {
			stays += fmt.Sprintf("%d (%s) ", c.Kept[why], why)
		}
		if !c.Whole {
			stays += "and more that was not looked at"
		}
		if _, err := fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", c.Rule, c.Looked, c.Purged, stays); err != nil {
			return err
		}
	}
	return w.Flush()
}

func withRetentionDesk(cmd *cobra.Command, conf string, f func(e *registrar.Engine, s *store.Store) error) error {
	return withCurrentStore(cmd.Context(), conf, func(c *config.Config, s *store.Store) error {
		e, err := house.NewDesk(c, s, newLogger(c.Log, cmd.ErrOrStderr()), "retention")
		if err != nil {
			return err
		}
		return f(e, s)
	})
}

func newRetentionHoldsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "holds", Short: "List the legal holds", Args: noArgs}
	conf := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withRetentionDesk(cmd, *conf, func(_ *registrar.Engine, s *store.Store) error {
			page := registrar.Page{Limit: 500}
			for {
				holds, err := s.LegalHolds(cmd.Context(), page)
				if err != nil {
					return err
				}
				for _, h := range holds {
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s since %s by %s: %s\n", h.CustomerID, h.SetAt.Format("2006-01-02"), h.SetBy, h.Reason); err != nil {
						return err
					}
				}
				if len(holds) < page.Limit {
					return nil
				}
				page.After = holds[len(holds)-1].CustomerID
			}
		})
	}
	return cmd
}

type holdAct func(ctx context.Context, by registrar.Actor, customerID, reason string) error

func newRetentionHoldCommand(use, short, long, done string, act func(e *registrar.Engine) holdAct) *cobra.Command {
	cmd := &cobra.Command{Use: use + " CUSTOMER", Short: short, Long: long, Args: func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("one customer id is wanted; try %s --help", cmd.CommandPath()))
		}
		return nil
	}}
	conf := configFlag(cmd)
	reason := cmd.Flags().String("reason", "", "why, for the audit trail")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withRetentionDesk(cmd, *conf, func(e *registrar.Engine, _ *store.Store) error {
			err := act(e)(cmd.Context(), registrar.System("retention "+use), args[0], *reason)
			if registrar.KindOf(err) == registrar.KindInvalid {
				return usage(err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", args[0], done)
			return err
		})
	}
	return cmd
}
