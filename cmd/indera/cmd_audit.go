package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func newAuditCommand() *cobra.Command {
	cmd := group("audit", "Prove the audit trail")
	verify := &cobra.Command{
		Use: "verify", Short: "Walk the evidence chain and recompute its digests", Args: noArgs,
		Long: "Walks the chain of audit events and recomputes every digest whose payload is still there; prints\none line per break and how many payloads were purged by retention class. A payload that is gone\nbefore its time is a break. Exit code 3 when there is one.",
	}
	path := configFlag(verify)
	verify.RunE = func(cmd *cobra.Command, _ []string) error {
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			type problem struct{ event, text string }
			var problems []problem
			broken := func(event, text string) { problems = append(problems, problem{event, text}) }
			purged := map[registrar.RetentionClass]int{}
			now, rules := time.Now(), c.Retention.Rules()
			err := s.VerifyAuditPurged(cmd.Context(), broken, func(event string, class registrar.RetentionClass, at time.Time) {
				if purged[class]++; !rules.MayBeGone(class, at, now) {
					broken(event, "the payload is gone before its time")
				}
			})
			if err != nil {
				return err
			}
			for _, p := range problems {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", p.event, p.text); err != nil {
					return err
				}
			}
			for _, class := range slices.Sorted(maps.Keys(purged)) {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "purged: %d payloads of class %s\n", purged[class], class); err != nil {
					return err
				}
			}
			if len(problems) > 0 {
				return found("the audit chain has %d breaks", len(problems))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "the audit chain is whole")
			return err
		})
	}
	cmd.AddCommand(verify)
	return cmd
}
