package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
)

func newConfigCommand() *cobra.Command {
	cmd := group("config", "Check and explain the configuration")
	cmd.AddCommand(newConfigCheckCommand(), newConfigReferenceCommand())
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Short: "Say what is wrong with a configuration", Args: noArgs,
		Long: "Reads the file, its certificates and secrets, and says what is wrong. It connects to nothing\nand shows no secret. Exit code 2 when something is wrong.",
	}
	path := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*path)
		if err != nil {
			return err
		}
		if err := c.CheckFiles(); err != nil {
			return usage(err)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is valid: %d registries, %d TLDs, %d prices\n",
			*path, len(c.Registry), len(c.Catalogue.TLDs), len(c.Catalogue.Prices))
		return err
	}
	return cmd
}

func newConfigReferenceCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reference", Short: "Print all keys with defaults and meaning, as Markdown", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(cmd.OutOrStdout(), config.Reference())
			return err
		},
	}
}
