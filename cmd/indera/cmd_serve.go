package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
)

const serveHelp = `Runs the roles of this process until SIGINT or SIGTERM, then drains: nothing new
is accepted, exchanges with registries finish. A second signal stops at once;
what was under way is reconciled at the next start.

A database or registry that is away is waited for, with /readyz red meanwhile.
After a restore from a backup, stop every process, restore, and start one with
--after-restore: workers, mail and jobs of all processes stand still until every
open command and every active name is compared with its registry. See
docs/operating.md.

Pending migrations, a wrong configuration or a taken port end the command.`

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Run the registrar", Long: serveHelp, Args: noArgs}
	path := configFlag(cmd)
	roles := cmd.Flags().StringSlice("roles", nil, "instead of those configured: web,rdds,worker,scheduler")
	after := cmd.Flags().Bool("after-restore", false, "the database was restored from a backup: reconcile everything with the registries before anything is sent")
	names := cmd.Flags().String("names", "", "with --after-restore: file of names that the registries list as ours, one a line")
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
		if err := c.MayServe(); err != nil {
			return usage(err)
		}
		restored, err := readNames(*names, *after)
		if err != nil {
			return usage(err)
		}
		return house.Run(cmd.Context(), house.Options{
			Config: c, Logger: newLogger(c.Log, cmd.ErrOrStderr()), Version: version(), AfterRestore: *after, RestoredNames: restored,
		})
	}
	return cmd
}

// readNames reads a file of names, one a line; # begins a comment.
func readNames(path string, after bool) (names []string, err error) {
	if path == "" {
		return nil, nil
	}
	if !after {
		return nil, errors.New("--names needs --after-restore")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--names: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, err := registrar.ParseName(line)
		if err != nil {
			return nil, fmt.Errorf("--names: line %d: %w", n, err)
		}
		names = append(names, name.A)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("--names: %w", err)
	}
	return names, nil
}
