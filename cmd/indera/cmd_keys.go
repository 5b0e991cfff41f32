package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store"
)

func newKeysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Keys that protect secrets in the database", Args: cobra.NoArgs}
	fresh := &cobra.Command{
		Use: "new", Short: "Print a fresh key", Args: cobra.NoArgs,
		Long: "Prints a fresh key for a file that seal.keys names. Nothing is stored: redirect it into a file that\nonly the service user reads.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := seal.NewKey()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), key)
			return err
		},
	}
	rotate := &cobra.Command{
		Use: "rotate", Short: "Seal everything with the first key of seal.keys", Args: cobra.NoArgs,
		Long: "Seals every value that carries another key of seal.keys with the first one. To change keys: put the\nnew key first, restart all processes, run this, then drop the old key. It may run while the service\nruns, and again. Exit code 3 when a value does not open.",
	}
	path := configFlag(rotate)
	rotate.RunE = func(cmd *cobra.Command, _ []string) error {
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error { return rotateKeys(cmd, c, s) })
	}
	cmd.AddCommand(fresh, rotate)
	return cmd
}

func rotateKeys(cmd *cobra.Command, c *config.Config, s *store.Store) error {
	ring, err := c.Seal.Ring()
	if err == nil && ring == nil {
		err = errors.New("seal.keys is empty")
	}
	if err != nil {
		return usage(err)
	}
	var broken []string
	columns, err := s.Reseal(cmd.Context(), ring, func(place string, err error) { broken = append(broken, place+": "+err.Error()) })
	for _, line := range broken {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
	}
	for _, col := range columns {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %d sealed anew, %d current\n", col.Column, col.Changed, col.Current); err != nil {
			return err
		}
	}
	for _, r := range c.Registry {
		line, fault := rotateFile(cmd, c, s, r)
		if fault != nil {
			broken, line = append(broken, r.Name), fault.Error()
		}
		if line == "" {
			continue
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
	}
	if err == nil && len(broken) > 0 {
		err = found("%d values do not open", len(broken))
	}
	return err
}

// rotateFile seals the changed password of a registry account anew; it returns
// what to say, "" when there is none.
func rotateFile(cmd *cobra.Command, c *config.Config, s *store.Store, r config.Registry) (string, error) {
	p, err := house.Passwords(c, r, s, "keys rotate")
	if err != nil || p == nil {
		return "", err
	}
	changed, err := p.Reseal(cmd.Context())
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.ChangedFile, err)
	}
	if changed {
		return r.ChangedFile + ": sealed anew", nil
	}
	return r.ChangedFile + ": current", nil
}
