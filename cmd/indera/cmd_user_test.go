package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// install writes a configuration on SQLite and migrates.
func install(t *testing.T) (conf, database string) {
	t.Helper()
	dir := t.TempDir()
	conf, database = filepath.Join(dir, "indera.yaml"), filepath.Join(dir, "indera.db")
	text := "database: {driver: sqlite, path: " + database + "}\nregistrar: {name: Test Ltd., iana_id: 9999, url: https://registrar.example, abuse_email: abuse@registrar.example, abuse_phone: \"+49.301234567\", currency: EUR}\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, said := indera(t, "migrate", "up", "--config", conf); code != exitOK {
		t.Fatalf("migrate: %s", said)
	}
	return conf, database
}

func indera(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

func TestCreateUser(t *testing.T) {
	conf, database := install(t)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	make := func(want int, email string, more ...string) string {
		t.Helper()
		args := append([]string{"admin", "create-user", "--config", conf, "--email", email, "--name", "Ada", "--password-file", file}, more...)
		code, out, said := indera(t, args...)
		if code != want {
			t.Errorf("%v: exit code %d, want %d: %s%s", args, code, want, out, said)
		}
		if strings.Contains(out+said, "correct horse") {
			t.Errorf("the password is printed: %s%s", out, said)
		}
		return out + said
	}
	make(exitOK, "Ada@Example.org", "--language", "de")
	make(exitFailed, "ada@example.org") // taken
	make(exitUsage, "no address")
	make(exitOK, "grace@example.org", "--staff")
	make(exitUsage, "x@example.org", "--staff", "--language", "de")
	make(exitUsage, "x@example.org", "--role", "support")
	if said := make(exitUsage, "x@example.org", "--staff", "--role", "king"); !strings.Contains(said, "owner, support, finance, compliance, auditor") {
		t.Errorf("an unknown role: %s", said)
	}
	make(exitOK, "hedy@example.org", "--staff", "--role", "finance")
	if code, _, said := indera(t, "user", "create-staff", "--config", conf, "--email", "joan@example.org", "--name", "Joan", "--password-file", file); code != exitOK {
		t.Errorf("user create-staff: %s", said)
	}
	if code, _, _ := indera(t, "admin", "create-user", "--config", conf, "--email", "y@example.org", "--name", "Y", "--password-file", file+".none"); code != exitUsage {
		t.Errorf("a password file that is not there: exit code %d", code)
	}

	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	e, err := registrar.New(registrar.Options{Store: s, Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for email, role := range map[string]registrar.Role{"grace@example.org": registrar.RoleStaffOwner, "hedy@example.org": registrar.RoleStaffFinance} {
		if u, err := e.SignIn(t.Context(), email, "correct horse battery"); err != nil || u.Role != role {
			t.Errorf("%s: %+v, %v", email, u, err)
		}
	}
	for email, staff := range map[string]bool{"ada@example.org": false, "grace@example.org": true, "joan@example.org": true} {
		u, err := e.SignIn(t.Context(), email, "correct horse battery")
		if err != nil || u.IsStaff() != staff {
			t.Errorf("%s: %+v, %v", email, u, err)
		}
		if staff {
			continue
		}
		c, err := s.Customer(t.Context(), u.CustomerID)
		if err != nil || c.Currency != "EUR" || c.Language != "de" {
			t.Errorf("customer %+v, %v", c, err)
		}
	}
}
