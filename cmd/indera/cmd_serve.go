package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
)

const serveHelp = `Runs the roles of this process until SIGINT or SIGTERM, then drains: nothing new
is accepted, exchanges with registries finish. A second signal stops at once;
what was under way is reconciled at the next start.

A database or registry that is away is waited for, with /readyz red meanwhile.
Pending migrations, a wrong configuration or a taken port end the command.`

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Run the registrar", Long: serveHelp, Args: noArgs}
	path := configFlag(cmd)
	roles := cmd.Flags().StringSlice("roles", nil, "instead of those configured: web,rdds,worker,scheduler")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*path)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("roles") {
			c.Roles = nil
			for _, r := range *roles {
				c.Roles = append(c.Roles, config.Role(r))
			}
			if err := c.Finish(); err != nil {
				return usage(fmt.Errorf("--roles: %w", err))
			}
		}
		if err := c.CheckFiles(); err != nil {
			return usage(err)
		}
		return house.Run(cmd.Context(), house.Options{Config: c, Logger: newLogger(c.Log, cmd.ErrOrStderr()), Version: version()})
	}
	return cmd
}
