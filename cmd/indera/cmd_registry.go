package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

const rotateHelp = `Changes the password of a registry account: the new one is made up, sealed and
stored in changed_password_file before it is sent, and the old one is kept until
a login with the new one has succeeded. It may run while the service runs, which
takes the new password without a restart. After an interruption run it again: it
finishes what was begun. Nothing shows the password.

With --password-file you say the new password yourself.`

// rotateTimeout bounds a whole change, the wait for a session included.
const rotateTimeout = 5 * time.Minute

func newRegistryCommand() *cobra.Command {
	cmd := group("registry", "Accounts at registries")
	rotate := &cobra.Command{Use: "rotate-password REGISTRY", Short: "Change the password of a registry account", Long: rotateHelp}
	rotate.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(errors.New("name one registry of the configuration"))
		}
		return nil
	}
	path := configFlag(rotate)
	file := rotate.Flags().String("password-file", "", "file that holds the new password on one line; absent: one is made up")
	rotate.RunE = func(cmd *cobra.Command, args []string) error {
		var fresh string
		if *file != "" {
			var err error
			if fresh, err = (config.Secret{PasswordFile: *file}).Password(""); err != nil {
				return usage(err)
			}
		}
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			return rotatePassword(cmd, c, s, args[0], epp.Secret(fresh))
		})
	}
	cmd.AddCommand(rotate, newSyncCommand())
	return cmd
}

func rotatePassword(cmd *cobra.Command, c *config.Config, s *store.Store, registry string, fresh epp.Secret) error {
	log := newLogger(c.Log, cmd.ErrOrStderr())
	e, err := registrar.New(registrar.Options{Store: s, Holder: cmd.CommandPath(), Currency: c.Registrar.Currency, Logger: log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), rotateTimeout)
	defer cancel()
	used, err := house.RotatePassword(ctx, c, log, s, registry, fresh)
	if errors.Is(err, house.ErrUnknownRegistry) || errors.Is(err, house.ErrNoPasswordStore) {
		return usage(fmt.Errorf("%s: %w", registry, err))
	}
	if err != nil {
		return fmt.Errorf("changing the password of %s: %w", registry, err)
	}
	if err := e.RegistryPasswordChanged(cmd.Context(), registrar.System("registry rotate-password"), registry); err != nil {
		return fmt.Errorf("the password of %s is changed, but that is not in the audit trail: %w", registry, err)
	}
	said := "%s has a new password; running processes use it from their next login on\n"
	if !used {
		said = "%s: a change that was begun before is finished; run this again for another password\n"
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), said, registry)
	return err
}
