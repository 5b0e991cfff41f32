package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/demo"
)

const demoHelp = `Runs a whole registrar with two sandbox registries on this machine, on loopback
only: nothing is real and nothing leaves the machine. It needs nothing installed.

Ports, for --port-base N: N+80 portal, admin and API; N+81 RDAP; N+43 WHOIS;
N+25 mail; N+90 metrics and health; N+700… EPP of the registries; N+750… their
control ports. When everything listens, DIR/demo.json tells programs where.`

func newDemoCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "demo", Short: "Run a whole registrar with sandbox registries", Long: demoHelp, Args: noArgs}
	var opt demo.Options
	f := cmd.Flags()
	f.StringVar(&opt.Data, "data", "", "folder of all data (default: a folder under the user's cache)")
	f.BoolVar(&opt.Fresh, "fresh", false, "empty the folder first")
	f.IntVar(&opt.PortBase, "port-base", demo.DefaultPortBase, "first port; all others count from it")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if opt.Data == "" && cmd.Flags().Changed("data") {
			// A script's empty variable must not empty the usual folder.
			return usage(errors.New("--data names no folder; leave it out for the usual one"))
		}
		opt.Out, opt.Version = cmd.OutOrStdout(), version()
		err := demo.Run(cmd.Context(), opt)
		if errors.Is(err, demo.ErrInUse) || errors.Is(err, demo.ErrPortBase) {
			return usage(err)
		}
		return err
	}
	return cmd
}
