package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar/store"
)

func newMigrateCommand() *cobra.Command {
	cmd := group("migrate", "Bring the database schema up to date")
	cmd.AddCommand(newMigrateUpCommand(), newMigrateStatusCommand())
	return cmd
}

func newMigrateUpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "up", Short: "Apply all pending migrations", Args: noArgs,
		Long: "Applies all pending migrations. Any number of machines may call it at once; a run that\nfailed goes on where it stopped.",
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd.Context(), *path, func(_ *config.Config, s *store.Store) error {
			before, err := s.Pending(cmd.Context())
			if err != nil {
				return err
			}
			if err := s.Migrate(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d migrations applied; the schema is up to date\n", before)
			return err
		})
	}
	return cmd
}

func newMigrateStatusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "List migrations", Args: noArgs,
		Long: "Lists all migrations. Exit code 3 when some are pending.",
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd.Context(), *path, func(_ *config.Config, s *store.Store) error {
			all, err := s.MigrationStatus(cmd.Context())
			if err != nil {
				return err
			}
			pending := 0
			for _, m := range all {
				state := "pending"
				if m.Applied {
					state = m.AppliedAt.UTC().Format(time.RFC3339)
				} else {
					pending++
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-20s  %s\n", state, m.Name); err != nil {
					return err
				}
			}
			if pending > 0 {
				return found("%d migrations are pending", pending)
			}
			return nil
		})
	}
	return cmd
}
