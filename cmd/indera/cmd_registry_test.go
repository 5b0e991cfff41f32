package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/registrar/seal"
)

// accountIn adds a sandbox registry to a configuration and starts it.
func accountIn(t *testing.T, conf string) (changed string) {
	t.Helper()
	dir := t.TempDir()
	bundle, err := pki.Ensure(filepath.Join(dir, "pki"), time.Now(), "registrar-a")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sandbox.New(sandbox.Config{
		Name: "sandbox-a", Listen: "127.0.0.1:0", TLS: bundle.ServerTLS(), MaxSessions: 2, DatabasePath: filepath.Join(dir, "a.db"),
		Accounts: []sandbox.Account{{ClientID: "registrar-a", Password: "first-secret", ClientCertSHA256: bundle.Clients["registrar-a"].SHA256(), Currency: "USD"}},
		TLDs:     []sandbox.TLD{{Name: "com", Currency: "USD", Contacts: "optional"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed = filepath.Join(dir, "changed")
	pair := bundle.Clients["registrar-a"]
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	more := "seal: {keys: [{id: k1, key_file: " + write("key", key) + "}]}\nregistries:\n  - {name: a, address: \"" + srv.Addr() + "\", server_name: localhost, ca_file: " + bundle.CAFile +
		", cert_file: " + pair.CertFile + ", key_file: " + pair.KeyFile + ", client_id: registrar-a, password_file: " + write("password", "first-secret") + ", sessions: 1, changed_password_file: " + changed + "}\n"
	if err := os.WriteFile(conf, append(text, more...), 0o600); err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestRotatePassword(t *testing.T) {
	conf, database := install(t)
	if code, _, said := indera(t, "registry", "rotate-password", "a", "--config", conf); code != exitUsage {
		t.Errorf("no registry: %d %s", code, said)
	}
	changed := accountIn(t, conf)
	for range 2 { // the second one logs in with what the first one made
		if code, out, said := indera(t, "registry", "rotate-password", "a", "--config", conf); code != exitOK || !strings.Contains(out, "new password") {
			t.Fatalf("%d %s%s", code, out, said)
		}
	}
	own := filepath.Join(t.TempDir(), "own")
	if err := os.WriteFile(own, []byte("chosen-by-me\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, said := indera(t, "registry", "rotate-password", "a", "--config", conf, "--password-file", own); code != exitOK || strings.Contains(out+said, "chosen") {
		t.Fatalf("%d %s%s", code, out, said)
	}
	if err := os.WriteFile(own, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, said := indera(t, "registry", "rotate-password", "a", "--config", conf, "--password-file", own); code != exitFailed {
		t.Errorf("a password that is too short: %d %s%s", code, out, said)
	}
	if code, _, said := indera(t, "registry", "rotate-password", "--config", conf); code != exitUsage {
		t.Errorf("without a name: %d %s", code, said)
	}
	// The bad one did no harm, and another key of the ring changes nothing.
	if code, out, said := indera(t, "keys", "rotate", "--config", conf); code != exitOK || !strings.Contains(out, changed+": current") {
		t.Errorf("keys rotate: %d %s%s", code, out, said)
	}
	if code, out, said := indera(t, "registry", "rotate-password", "a", "--config", conf); code != exitOK {
		t.Errorf("after a bad one: %d %s%s", code, out, said)
	}
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var audits, secrets int
	row := db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM audit_events WHERE action = 'registry.rotate_password'), (SELECT count(*) FROM transcripts WHERE request LIKE '%secret%' OR request LIKE '%chosen%')")
	if err := row.Scan(&audits, &secrets); err != nil || audits != 4 || secrets != 0 {
		t.Errorf("%d audit events, %d transcripts with a password, %v", audits, secrets, err)
	}
}
