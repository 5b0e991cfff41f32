package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func newLedgerCommand() *cobra.Command {
	cmd := group("ledger", "Prove the ledger")
	check := &cobra.Command{
		Use: "check", Short: "Compare every cached figure with the sum of its entries", Args: noArgs,
		Long: "Compares every balance with the sum of its entries, every held amount with its open holds and\nevery posting with zero; prints one line per difference. Exit code 3 when there is one.",
	}
	path := configFlag(check)
	check.RunE = func(cmd *cobra.Command, _ []string) error {
		return withCurrentStore(cmd.Context(), *path, func(_ *config.Config, s *store.Store) error {
			var problems []registrar.LedgerProblem
			err := s.CheckLedger(cmd.Context(), func(p registrar.LedgerProblem) { problems = append(problems, p) })
			if err != nil {
				return err
			}
			for _, p := range problems {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", p.Subject, p.Detail); err != nil {
					return err
				}
			}
			if len(problems) > 0 {
				return found("the ledger has %d differences", len(problems))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "the ledger is consistent: 0 differences")
			return err
		})
	}
	cmd.AddCommand(check)
	return cmd
}
