package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Secret says where a password comes from. It never holds the password.
type Secret struct {
	PasswordFile string `key:"password_file" file:"yes" doc:"File that holds the password on one line."`
	PasswordEnv  string `key:"password_env" doc:"Environment variable that holds the password."`
}

// Names of the environment variables that are read when neither password_file
// nor password_env is given.
const (
	EnvDatabasePassword = "INDERA_DATABASE_PASSWORD"
	EnvSMTPPassword     = "INDERA_SMTP_PASSWORD"
)

// EnvRegistryPassword names the variable of a registry account: for "sandbox-a"
// INDERA_REGISTRY_SANDBOX_A_PASSWORD.
func EnvRegistryPassword(registry string) string {
	return "INDERA_REGISTRY_" + strings.ToUpper(strings.ReplaceAll(registry, "-", "_")) + "_PASSWORD"
}

// ErrNoSecret says that no source of a secret holds one.
var ErrNoSecret = errors.New("no password given")

// Password returns the password: from the file, else from the named variable, else
// from fallbackEnv. Without any it returns ErrNoSecret.
func (s Secret) Password(fallbackEnv string) (string, error) {
	if s.PasswordFile != "" {
		b, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("reading password_file: %w", err)
		}
		line := strings.TrimRight(string(b), "\r\n")
		if line == "" || strings.ContainsAny(line, "\r\n") {
			return "", fmt.Errorf("password_file %s: want one line that is not empty", s.PasswordFile)
		}
		return line, nil
	}
	name := s.PasswordEnv
	if name == "" {
		name = fallbackEnv
	}
	if v := os.Getenv(name); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("%w: set password_file, password_env or the variable %s", ErrNoSecret, name)
}
