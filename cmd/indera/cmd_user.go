package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// envStaffPassword is read when no file is given and nothing comes on stdin.
const envStaffPassword = "INDERA_STAFF_PASSWORD"

func newUserCommand() *cobra.Command {
	cmd := group("user", "Manage logins")
	create := &cobra.Command{
		Use: "create-staff", Short: "Make a login for the admin pages", Args: noArgs,
		Long: "Makes a staff login. The password is read from --password-file, else from " + envStaffPassword + ",\nelse as one line from standard input; it is never a flag, where other users of the machine could see it.",
	}
	path := configFlag(create)
	email := create.Flags().String("email", "", "address to sign in with")
	name := create.Flags().String("name", "", "name shown in the audit trail")
	file := create.Flags().String("password-file", "", "file that holds the password on one line")
	create.RunE = func(cmd *cobra.Command, _ []string) error {
		password, err := readPassword(*file, cmd.InOrStdin())
		if err != nil {
			return usage(err)
		}
		return withCurrentStore(cmd.Context(), *path, func(c *config.Config, s *store.Store) error {
			e, err := registrar.New(registrar.Options{Store: s, Holder: "user create-staff", Currency: c.Registrar.Currency})
			if err != nil {
				return err
			}
			u, err := e.CreateStaff(cmd.Context(), registrar.System("user create-staff"), *name, *email, password)
			if registrar.KindOf(err) == registrar.KindInvalid {
				return usage(err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s can sign in as %s\n", u.ID, u.Email)
			return err
		})
	}
	cmd.AddCommand(create)
	return cmd
}

func readPassword(file string, in io.Reader) (string, error) {
	if file != "" || os.Getenv(envStaffPassword) != "" {
		return config.Secret{PasswordFile: file}.Password(envStaffPassword)
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("%w: use --password-file, %s or standard input", config.ErrNoSecret, envStaffPassword)
	}
	return line, nil
}
