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

const passwordHelp = "The password is read from --password-file, else from " + envStaffPassword + ",\nelse as one line from standard input; it is never a flag, where other users of the machine could see it."

func newUserCommand() *cobra.Command {
	cmd := group("user", "Manage logins")
	create := &cobra.Command{
		Use: "create-staff", Short: "Make a login for the admin pages", Args: noArgs,
		Long: "Makes a staff login; the same as admin create-user --staff. " + roleHelp + passwordHelp,
	}
	login := newLogin(create)
	login.staffRole(create)
	create.RunE = func(cmd *cobra.Command, _ []string) error { return login.create(cmd, true) }
	cmd.AddCommand(create, newFactorResetCommand())
	return cmd
}

func newAdminCommand() *cobra.Command {
	cmd := group("admin", "Do by hand what the pages can't do yet")
	create := &cobra.Command{
		Use: "create-user", Short: "Make a login: a new customer's, or with --staff one of ours", Args: noArgs,
		Long: "Makes a customer with its first user, as if it had signed up in the portal and\nconfirmed the address, or with --staff a login for the admin pages. " + roleHelp + passwordHelp,
	}
	login := newLogin(create)
	login.staffRole(create)
	staff := create.Flags().Bool("staff", false, "one of our own people, not a customer")
	login.language = create.Flags().String("language", "en", "of mail to the customer (BCP 47)")
	create.RunE = func(cmd *cobra.Command, _ []string) error {
		if *staff && cmd.Flags().Changed("language") {
			return usage(errors.New("--language is for customers"))
		}
		if !*staff && cmd.Flags().Changed("role") {
			return usage(errors.New("--role is for staff; the first user of a customer is its owner"))
		}
		return login.create(cmd, *staff)
	}
	cmd.AddCommand(create)
	return cmd
}

// roleHelp tells why two owners are wanted.
const roleHelp = "What the role of a staff login may do stands in docs/security.md. Some acts\nneed two people, so make two owners. "

// login is what the flags say of a login to be made.
type login struct {
	config, email, name, file, language, role *string
}

func (l *login) staffRole(cmd *cobra.Command) {
	l.role = cmd.Flags().String("role", "owner", "of a staff login: owner, support, finance, compliance or auditor")
}

func newLogin(cmd *cobra.Command) *login {
	return &login{
		config: configFlag(cmd), email: cmd.Flags().String("email", "", "address to sign in with"),
		name: cmd.Flags().String("name", "", "name shown to people and in the audit trail"),
		file: cmd.Flags().String("password-file", "", "file that holds the password on one line"),
	}
}

// create makes the login and says what it is.
func (l *login) create(cmd *cobra.Command, staff bool) error {
	password, err := readPassword(*l.file, cmd.InOrStdin())
	if err != nil {
		return usage(err)
	}
	return withCurrentStore(cmd.Context(), *l.config, func(c *config.Config, s *store.Store) error {
		e, err := registrar.New(registrar.Options{Store: s, Holder: cmd.CommandPath(), Currency: c.Registrar.Currency, Logger: newLogger(c.Log, cmd.ErrOrStderr())})
		if err != nil {
			return err
		}
		said, err := l.make(cmd, e, password, staff)
		switch registrar.KindOf(err) {
		case registrar.KindInvalid:
			return usage(err)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
		return err
	})
}

func (l *login) make(cmd *cobra.Command, e *registrar.Engine, password string, staff bool) (string, error) {
	by := registrar.System(strings.TrimPrefix(cmd.CommandPath(), "indera "))
	if staff {
		role, err := registrar.ParseStaffRole(*l.role)
		if err != nil {
			return "", err
		}
		u, err := e.CreateStaff(cmd.Context(), by, *l.name, *l.email, password, role)
		return fmt.Sprintf("%s (%s) can sign in as %s", u.ID, registrar.StaffRoleName(u.Role), u.Email), err
	}
	customer, u, err := e.SignUp(cmd.Context(), by, registrar.SignUp{Name: *l.name, Email: *l.email, Password: password, Language: *l.language})
	return fmt.Sprintf("%s of customer %s can sign in as %s", u.ID, customer.ID, u.Email), err
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
