package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/indera/indera/web/api"
)

func newOpenAPICommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI document of the REST API", Args: noArgs,
		Long: "Prints what a running portal serves under /api/v1/openapi.json, for linters and for\ngenerators of clients. It reads no configuration and connects to nothing.",
	}
	url := cmd.Flags().String("url", "https://portal.example", "address of the portal, as written into the document")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		doc, err := api.Document(strings.TrimSuffix(*url, "/"))
		if err != nil {
			return usage(err)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", doc)
		return err
	}
	return cmd
}
