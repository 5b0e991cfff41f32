package badday

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/rig"
)

// backup is how a database is saved and put back, as docs/operating.md says.
type backup interface {
	save(t *testing.T)
	restore(t *testing.T)
}

// sqliteBackup is one file made by VACUUM INTO.
type sqliteBackup struct{ file, copied string }

func (b sqliteBackup) save(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", b.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", b.copied); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func (b sqliteBackup) restore(t *testing.T) {
	t.Helper()
	for _, old := range []string{b.file, b.file + "-wal", b.file + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.Rename(b.copied, b.file); err != nil {
		t.Fatal(err)
	}
}

// mariadbBackup is a dump in one transaction.
type mariadbBackup struct {
	d    *rig.Deployment
	file string
}

func (b mariadbBackup) client(t *testing.T, tool string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("skipped: %v", err)
	}
	address, user, password := b.d.DatabaseLogin()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"--host", host, "--port", port, "--user", user}, args...)...)
	cmd.Env = append(os.Environ(), "MYSQL_PWD="+password)
	return cmd
}

func (b mariadbBackup) save(t *testing.T) {
	t.Helper()
	dump := b.client(t, "mariadb-dump", "--single-transaction", "--no-tablespaces", "--result-file="+b.file, rig.DatabaseName)
	if out, err := dump.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-dump: %v: %s", err, out)
	}
}

func (b mariadbBackup) restore(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	load := b.client(t, "mariadb", rig.DatabaseName)
	fresh := fmt.Sprintf("DROP DATABASE `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE `%s`;\n", rig.DatabaseName, rig.DatabaseName, rig.DatabaseName)
	load.Stdin = bytes.NewReader(append([]byte(fresh), text...))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("mariadb: %v: %s", err, out)
	}
}

func TestRestoredSQLite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "indera.db")
	d := deploy(t, rig.Options{SQLite: file})
	afterRestore(t, d, sqliteBackup{file, file + ".backup"})
}

func TestRestoredMariaDB(t *testing.T) {
	d := deploy(t, rig.Options{})
	afterRestore(t, d, mariadbBackup{d, filepath.Join(t.TempDir(), "indera.sql")})
}

// afterRestore backs up, goes on working, restores and proves that nothing of
// what the backup does not know is done or charged again.
func afterRestore(t *testing.T, d *rig.Deployment, b backup) {
	serve, api := d.Serves[0], d.API(d.Serves[0])
	alpha, beta := d.Sandbox.Registries[0], d.Sandbox.Registries[1]
	for _, name := range []string{"renewed.one", "quiet.two", "moved.three"} {
		registered(t, api, name, "key-"+name)
	}
	funds := must(alpha.Control.Funds(t.Context(), alpha.ClientID))(t)
	check(t, alpha.Control.SetFunds(t.Context(), alpha.ClientID, 0))
	ordered := must(api.Do(t.Context(), limit, http.MethodPost, "/domains", "key-ordered", order("ordered.one")))(t)
	if ordered.Status != http.StatusAccepted {
		t.Fatalf("an order that waits for funds: %d %s", ordered.Status, ordered.Body)
	}
	b.save(t)

	check(t, alpha.Control.SetFunds(t.Context(), alpha.ClientID, funds))
	eventually(t, "the waiting order is carried out", succeeded(api, ordered.Operation.ID))
	registered(t, api, "bought.three", "key-bought")
	change(t, api, http.MethodPost, "/domains/renewed.one/renew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version})
	change(t, api, http.MethodPut, "/domains/moved.three/nameservers", map[string]any{"nameservers": []string{"ns9.example.invalid"}})
	paid := map[*rig.SandboxRegistry]int64{}
	for _, r := range []*rig.SandboxRegistry{alpha, beta} {
		paid[r] = must(r.Control.Funds(t.Context(), r.ClientID))(t)
	}

	check(t, serve.Stop())
	b.restore(t)
	names := filepath.Join(t.TempDir(), "names.txt")
	check(t, os.WriteFile(names, []byte("# of the registries' reports\nRenewed.one\nordered.one\nbought.three\nnobodys.four\n"), 0o600))
	check(t, serve.Start("--after-restore", "--names", names))
	check(t, serve.WaitServing(t.Context(), api, rig.StartLimit))
	s := openStore(t, d)
	eventually(t, "everything is reconciled", func(ctx context.Context) bool {
		_, on, err := s.RunningRestore(ctx)
		return err == nil && !on
	})
	eventually(t, "the order of before the backup is settled", succeeded(api, ordered.Operation.ID))
	wantFindings(t, s, "differs renewed.one", "differs moved.three", "unknown_here bought.three")
	health(t, serve, http.StatusOK)
	if body := page(t, serve, "/health"); !strings.Contains(body, "3 differences hold names until staff release them") {
		t.Errorf("/health does not tell of the differences: %s", body)
	}
	if body := page(t, serve, "/metrics"); !strings.Contains(body, "indera_restore_open_findings 3") || !strings.Contains(body, "indera_restore_running 0") {
		t.Error("/metrics does not tell of the differences")
	}

	// The workers go on: a name without a difference is changed as ever.
	change(t, api, http.MethodPut, "/domains/quiet.two/nameservers", map[string]any{"nameservers": []string{"ns8.example.invalid"}})
	for r, before := range paid {
		if now := must(r.Control.Funds(t.Context(), r.ClientID))(t); now != before {
			t.Errorf("registry %s took %d more after the restore", r.Name, before-now)
		}
	}
	for _, command := range [][]string{{"ledger", "check"}, {"audit", "verify"}} {
		if out, err := d.Command(t.Context(), command...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v: %s", command, err, out)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func succeeded(api *rig.API, operation string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		a, err := api.Do(ctx, 5*time.Second, http.MethodGet, "/operations/"+operation, "", nil)
		return err == nil && strings.Contains(string(a.Body), `"succeeded"`)
	}
}

// change asks for something and waits until it is done.
func change(t *testing.T, api *rig.API, method, path string, body any) {
	t.Helper()
	eventually(t, method+" "+path, func(ctx context.Context) bool {
		a, err := api.Do(ctx, 15*time.Second, method, path, "key-"+method+path, body)
		if err == nil && a.Status >= 400 {
			t.Logf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		return err == nil && a.Status == http.StatusOK
	})
}

func openStore(t *testing.T, d *rig.Deployment) *store.Store {
	t.Helper()
	s := must(store.Open(t.Context(), d.StoreConfig()))(t)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func wantFindings(t *testing.T, s *store.Store, want ...string) {
	t.Helper()
	list := must(s.RestoreFindings(t.Context(), registrar.FindingOpen, registrar.Page{}))(t)
	got := map[string]bool{}
	for _, f := range list {
		got[string(f.Kind)+" "+f.Object] = true
		t.Logf("%s %s: %s", f.Kind, f.Object, f.Detail)
	}
	for _, w := range want {
		if !got[w] {
			t.Errorf("no finding %q", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings, want %d", len(got), len(want))
	}
}

// page reads one page of the operator's door.
func page(t *testing.T, s *rig.Serve, path string) string {
	t.Helper()
	resp := must(http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", s.Ops, path)))(t)
	var b bytes.Buffer
	_, err := b.ReadFrom(resp.Body)
	check(t, errors.Join(err, resp.Body.Close()))
	return b.String()
}
