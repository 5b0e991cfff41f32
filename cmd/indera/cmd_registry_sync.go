package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

const syncHelp = `Asks the registry for each of our names and compares what it shows with what we
have: expiry, locks, name servers, contacts, whose it is. Nothing is changed: each
difference waits on the admin pages (Domains, Differences) for somebody who takes
the registry's, pushes ours or opens a case.

It may run while the service runs: sessions and the command budget are shared, and
customers come first. A run that was cut off goes on where it stood. With --list it
also reads the registry's own list of our names, a CSV file whose column "domain",
"domain name" or "name" holds them, and finds names that are unknown here; registries
that list names by EPP are asked without it.

Exit code 3 when there are differences.`

func newSyncCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sync REGISTRY", Short: "Compare our names with what a registry shows", Long: syncHelp}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(errors.New("name one registry of the configuration"))
		}
		return nil
	}
	path := configFlag(cmd)
	list := cmd.Flags().String("list", "", "CSV file with the registry's list of our names")
	fresh := cmd.Flags().Bool("fresh", false, "begin anew, even when an earlier run was cut off")
	quiet := cmd.Flags().Bool("quiet", false, "no progress")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			opt := registrar.SyncOptions{Fresh: *fresh}
			if *list != "" {
				file, err := os.Open(*list)
				if err != nil {
					return usage(err)
				}
				defer file.Close()
				if opt.List, err = namesIn(file); err != nil {
					return usage(fmt.Errorf("%s: %w", *list, err))
				}
			}
			return syncRegistry(cmd, c, s, args[0], opt, *quiet)
		})
	}
	return cmd
}

func syncRegistry(cmd *cobra.Command, c *config.Config, s *store.Store, registry string, opt registrar.SyncOptions, quiet bool) (err error) {
	tool, err := house.NewTool(c, s, newLogger(c.Log, cmd.ErrOrStderr()), "registry sync")
	if err != nil {
		return usage(err)
	}
	defer func() { err = errors.Join(err, tool.Close()) }()
	if !quiet {
		opt.Progress = func(p registrar.SyncProgress) {
			// A lost progress line must not stop the comparison.
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "compared %d, left out %d, different %d\n", p.Compared, p.Skipped, p.Different)
		}
	}
	p, err := tool.Engine.SyncRegistry(cmd.Context(), registry, opt)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d names compared, %d left out because something is under way, %d different\n", registry, p.Compared, p.Skipped, p.Different)
	if err == nil && p.Different > 0 {
		return found("differences wait on the admin pages")
	}
	return err
}

// namesIn reads the names of a registry's list; what it yields is an A-label.
func namesIn(r io.Reader) (iter.Seq2[string, error], error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the first line: %w", err)
	}
	column := slices.IndexFunc(head, func(title string) bool {
		title = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(title, "\ufeff")))
		return slices.Contains([]string{"domain", "domain name", "domain_name", "name"}, strings.ReplaceAll(title, "-", " "))
	})
	if column < 0 {
		return nil, errors.New("no column is called domain, domain name or name")
	}
	return func(yield func(string, error) bool) {
		for {
			row, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil || column >= len(row) {
				yield("", errors.Join(err, fmt.Errorf("line %d has no name", lineOf(in))))
				return
			}
			name, err := registrar.ParseName(row[column])
			if err != nil {
				err = fmt.Errorf("line %d: %w", lineOf(in), err)
			}
			if !yield(name.A, err) || err != nil {
				return
			}
		}
	}, nil
}

func lineOf(in *csv.Reader) int {
	line, _ := in.FieldPos(0)
	return line
}
