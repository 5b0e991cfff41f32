package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func oneEmail(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(fmt.Errorf("one e-mail address is wanted; try %s --help", cmd.CommandPath()))
	}
	return nil
}

func newFactorResetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "reset-second-factor EMAIL", Short: "End the second factor of a user or a member of staff who lost it", Args: oneEmail,
		Long: "Ends the authenticator app, the passkeys and the recovery codes of a login and signs it out everywhere;\n" +
			"the password alone opens it until another one is set up. Staff must do that before anything else opens.\n" +
			"It is for the only owner among staff, and for after the keys of seal.keys were lost; else two people do it\n" +
			"on the admin pages. The reason goes into the audit trail; the running program mails the user.",
	}
	conf := configFlag(cmd)
	reason := cmd.Flags().String("reason", "", "why, for the audit trail")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withCurrentStore(cmd.Context(), *conf, func(c *config.Config, s *store.Store) error {
			e, err := house.NewDesk(c, s, newLogger(c.Log, cmd.ErrOrStderr()), "user")
			if err != nil {
				return err
			}
			user, err := e.ResetSecondFactor(cmd.Context(), registrar.System("user reset-second-factor"), args[0], *reason)
			if registrar.KindOf(err) == registrar.KindInvalid {
				return usage(err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s) has no second factor any more and is signed out everywhere\n", user.ID, user.Email)
			return err
		})
	}
	return cmd
}
