package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// cli runs one command as a shell would.
func cli(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

// want runs a command and compares exit code and a part of what it says.
func want(t *testing.T, code int, say string, args ...string) {
	t.Helper()
	got, out, errOut := cli(args...)
	if got != code || !strings.Contains(out+errOut, say) {
		t.Errorf("indera %s: code %d, want %d with %q\nout: %s\nerr: %s", strings.Join(args, " "), got, code, say, out, errOut)
	}
	if code != 0 && strings.Count(errOut, "indera: ") != 1 {
		t.Errorf("indera %s: the error is not told once: %q", strings.Join(args, " "), errOut)
	}
}

const registrarSection = `
registrar: {name: Test Registrar, iana_id: 9999, url: "https://r.example", abuse_email: a@r.example, abuse_phone: "+1.5551234"}
`

// conf writes a configuration on a SQLite file beside it.
func conf(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "indera.yaml")
	if err := os.WriteFile(path, []byte("database: {path: indera.db}\n"+registrarSection), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func migrated(t *testing.T) string {
	t.Helper()
	path := conf(t)
	want(t, exitOK, "the schema is up to date", "migrate", "up", "--config", path)
	return path
}

func TestUsage(t *testing.T) {
	want(t, exitOK, "Exit codes:", "--help")
	want(t, exitOK, "Available Commands", "migrate")
	want(t, exitOK, "indera ", "version")
	want(t, exitUsage, `"sevre" is not known`, "sevre")
	want(t, exitUsage, `"now" is not known`, "serve", "now")
	want(t, exitUsage, `"down" is not known`, "migrate", "down")
	want(t, exitUsage, "unknown flag", "serve", "--nonsense")
	want(t, exitUsage, "--config FILE is needed", "serve")
	want(t, exitUsage, "no such file", "serve", "--config", "nowhere.yaml")
	want(t, exitUsage, "--data and --password-file are needed", "sandbox")
	want(t, exitUsage, "--data names no folder", "demo", "--data", "", "--fresh")
}

func TestConfigCheck(t *testing.T) {
	path := conf(t)
	want(t, exitOK, "is valid: 0 registries", "config", "check", "--config", path)
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	text := "databse: {path: x}\n" + registrarSection
	if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, exitUsage, "unknown key databse: did you mean database?", "config", "check", "--config", bad)
	text = "database: {path: x}\nregistries: [{name: a, address: \"e.example:700\", client_id: abc, password_file: gone}]\n" + registrarSection
	if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, exitUsage, "registries[0]: reading password_file", "config", "check", "--config", bad)
	want(t, exitOK, "| `database.driver` |", "config", "reference")
}

func TestMigrate(t *testing.T) {
	path := conf(t)
	want(t, exitFindings, "migrations are pending", "migrate", "status", "--config", path)
	want(t, exitUsage, "run indera migrate up", "ledger", "check", "--config", path)
	want(t, exitUsage, "seal.keys is empty", "serve", "--config", path)
	want(t, exitUsage, "run indera migrate up", "serve", "--roles", "rdds", "--config", path)
	want(t, exitOK, "migrations applied", "migrate", "up", "--config", path)
	want(t, exitOK, "0 migrations applied", "migrate", "up", "--config", path)
	_, out, _ := cli("migrate", "status", "--config", path)
	if strings.Contains(out, "pending") || !strings.Contains(out, "00001_customers.sql") {
		t.Errorf("status = %s", out)
	}
}

// open gives the test the store and the bare database of a configuration.
func open(t *testing.T, path string) (*store.Store, *sql.DB) {
	t.Helper()
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	sc, err := house.StoreConfig(c.Database)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", c.Database.Path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, db
}

func TestLedgerCheckFindsEachDifference(t *testing.T) {
	path := migrated(t)
	want(t, exitOK, "0 differences", "ledger", "check", "--config", path)
	s, db := open(t, path)
	e, err := registrar.New(registrar.Options{Store: s, Holder: "test", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	by := registrar.System("test")
	for i := range 2 {
		cus, _, err := e.SignUp(t.Context(), by, registrar.SignUp{Name: "C", Email: fmt.Sprintf("c%d@x.example", i), Password: "long enough really"})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.TestTopUp(t.Context(), by, cus.ID, registrar.Money{Minor: 1000, Currency: "USD"}, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, exitOK, "0 differences", "ledger", "check", "--config", path)
	if _, err := db.Exec(`UPDATE accounts SET balance = balance + 1 WHERE kind = 'customer'`); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := cli("ledger", "check", "--config", path)
	if code != exitFindings || strings.Count(out, "\n") != 2 || !strings.Contains(errOut, "2 differences") {
		t.Errorf("code %d\nout: %s\nerr: %s", code, out, errOut)
	}
}

func TestAuditVerifyFindsABreak(t *testing.T) {
	path := migrated(t)
	t.Setenv(envStaffPassword, "a good long password")
	want(t, exitOK, "can sign in as staff@r.example", "user", "create-staff", "--config", path, "--email", "Staff@r.example", "--name", "S")
	s, db := open(t, path)
	events, err := s.UnchainedAudit(t.Context(), 0, 10)
	if err != nil || len(events) != 1 {
		t.Fatalf("unchained = %v, %v", events, err)
	}
	err = s.InTx(t.Context(), func(tx registrar.Tx) error { return tx.ChainAudit(context.Background(), events, time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	want(t, exitOK, "the audit chain is whole", "audit", "verify", "--config", path)
	if _, err := db.Exec(`UPDATE audit_payloads SET after_json = '{}'`); err != nil {
		t.Fatal(err)
	}
	want(t, exitFindings, "the audit chain has 1 breaks", "audit", "verify", "--config", path)
}

func TestCreateStaff(t *testing.T) {
	path := migrated(t)
	args := func(email string, more ...string) []string {
		return append([]string{"user", "create-staff", "--config", path, "--email", email, "--name", "Staff"}, more...)
	}
	file := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(file, []byte("a good long password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, exitOK, "can sign in as one@r.example", args("one@r.example", "--password-file", file)...)
	want(t, exitFailed, "", args("one@r.example", "--password-file", file)...)
	want(t, exitUsage, "password_file", args("two@r.example", "--password-file", "nowhere")...)
	if err := os.WriteFile(file, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, exitUsage, "password of 12 to 128", args("two@r.example", "--password-file", file)...)
	t.Setenv(envStaffPassword, "from the environment")
	want(t, exitOK, "can sign in as two@r.example", args("two@r.example")...)
	_, out, errOut := cli(args("three@r.example")...)
	if strings.Contains(out+errOut, "from the environment") {
		t.Error("the password is shown")
	}
}
