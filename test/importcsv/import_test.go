// Package importcsv proves that a registrar can move here: names that are at a
// real registry, over EPP and TLS, come in from a file, through a kill in the
// middle, and can be managed afterwards.
package importcsv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/rig"
)

const names = 130 // more than two transactions

const limit = 60 * time.Second

func nameOf(n int) string { return fmt.Sprintf("moved%d.one", n) }

// before registers names by a registrar that ends then, and returns how to reach
// the registry that still has them.
func before(t *testing.T) *rig.Deployment {
	t.Helper()
	dir := t.TempDir()
	d, err := rig.Deploy(t.Context(), rig.Options{Dir: dir, SQLite: filepath.Join(dir, "before.db"), Money: 500_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("ending the deployment: %v", err)
		}
	})
	api := d.API(d.Serves[0])
	var all sync.WaitGroup
	work := make(chan int)
	for range 4 {
		all.Go(func() {
			for n := range work {
				body := map[string]any{"name": nameOf(n), "period_years": 1, "agreement_version": agreement.Sample().Version, "nameservers": []string{"ns1.rig.example", "ns2.rig.example"}, "registrant": map[string]any{
					"name": "Ada Lovelace", "street": []string{"12 St James's Square"}, "city": "London", "country_code": "GB", "phone": "+44.2079460123", "email": "ada@example.org"}}
				if a, err := api.Do(t.Context(), limit, "POST", "/domains", "", body); err != nil || a.Status != 201 {
					t.Errorf("%s: %d %s %v", nameOf(n), a.Status, a.Body, err)
				}
			}
		})
	}
	for n := range names {
		work <- n
	}
	close(work)
	all.Wait()
	if err := d.Serves[0].Stop(); err != nil || t.Failed() {
		t.Fatal(err)
	}
	return d
}

// after starts another registrar, with an empty database, at the same registries.
func after(t *testing.T, d *rig.Deployment) (s *rig.Serve, customer rig.Customer, cfg store.Config) {
	t.Helper()
	dir := t.TempDir()
	cfg = store.Config{Driver: store.DriverSQLite, Path: filepath.Join(dir, "after.db")}
	s, err := rig.NewServe(t.Context(), rig.ServeConfig{Dir: dir, Binary: d.Binary, Driver: store.DriverSQLite, Path: cfg.Path, Registries: d.Sandbox.Accounts(),
		Exchange: rig.Exchange, Settle: rig.Settle, Confirm: rig.Confirm, FundsProbe: rig.FundsProbe}, "after")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(s.ConfigFile)
	if err != nil || !strings.Contains(string(raw), "engine:\n") {
		t.Fatal(err, "no engine section")
	}
	if err := os.WriteFile(s.ConfigFile, []byte(strings.Replace(string(raw), "engine:\n", "engine:\n  restore_commands_per_second: 60\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), d.Binary, "migrate", "up", "--config", s.ConfigFile).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if customer, err = rig.NewCustomer(t.Context(), cfg, "rig@example.org", 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := s.WaitServing(t.Context(), rig.NewAPI(s.APIBase(), customer.Token), rig.StartLimit); err != nil {
		t.Fatal(err)
	}
	return s, customer, cfg
}

// file writes all names, one that is nobody's, and one row that is broken.
func file(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("domain,customer_email,registrant_name,registrant_street1,registrant_city,registrant_country,registrant_phone,registrant_email,nameservers\n")
	row := func(name string) {
		fmt.Fprintf(&b, "%s,rig@example.org,Ada Lovelace,12 St James's Square,London,GB,+44.2079460123,ada@example.org,ns1.rig.example ns2.rig.example\n", name)
	}
	for n := range names {
		row(nameOf(n))
	}
	row("nobodys.one")
	b.WriteString("broken row\n")
	path := filepath.Join(t.TempDir(), "names.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run carries a command out and returns its exit code and output.
func run(t *testing.T, binary string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return exit.ExitCode(), string(out)
	}
	return 0, string(out)
}

func TestMoveHere(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it runs the whole program (no -short)")
	}
	d := before(t)
	serve, customer, cfg := after(t, d)
	path := file(t)
	cmd := []string{"import", "csv", path, "--config", serve.ConfigFile}
	if code, out := run(t, d.Binary, append(cmd, "--dry-run")...); code != 3 || !strings.Contains(out, "     130 to create") || !strings.Contains(out, "       2 refused") || !strings.Contains(out, "nothing was written") {
		t.Fatalf("dry run: %d %s", code, out)
	}
	if code, out := run(t, d.Binary, cmd...); code != 2 || !strings.Contains(out, "--yes") {
		t.Fatalf("without --yes: %d %s", code, out)
	}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	killInTheMiddle(t, s, d.Binary, append(cmd, "--yes"))
	code, out := goOn(t, d.Binary, append(cmd, "--yes"))
	if code != 3 || !strings.Contains(out, "2 refused") {
		t.Fatalf("going on: %d %s", code, out)
	}
	t.Logf("%s", out)
	judge(t, s)
	if code, out := run(t, d.Binary, append(cmd, "--yes")...); code != 3 || !strings.Contains(out, "130 here already") {
		t.Errorf("once more: %d %s", code, out)
	}
	// The engine can act on what came in.
	a, err := rig.NewAPI(serve.APIBase(), customer.Token).Do(t.Context(), limit, "PUT", "/domains/"+nameOf(7)+"/nameservers", "", map[string]any{"nameservers": []string{"ns1.rig.example", "ns3.rig.example"}})
	if err != nil || a.Status != 200 || !strings.Contains(string(a.Body), "ns3.rig.example") {
		t.Errorf("changing the name servers: %d %s %v", a.Status, a.Body, err)
	}
}

// goOn runs the command again until the lease of the process that was killed has
// run out; before that it has to say so.
func goOn(t *testing.T, binary string, args []string) (code int, out string) {
	t.Helper()
	refused := 0
	if !rig.Poll(t.Context(), limit, func(context.Context) bool {
		if code, out = run(t, binary, args...); code == 1 && strings.Contains(out, "Another import is under way: names.csv") {
			refused++
			return false
		}
		return true
	}) || refused == 0 {
		t.Fatalf("after %d refusals: %d %s", refused, code, out)
	}
	return code, out
}

// killInTheMiddle kills the import once its first transaction is there.
func killInTheMiddle(t *testing.T, s *store.Store, binary string, args []string) {
	t.Helper()
	p, err := rig.Run(filepath.Join(t.TempDir(), "import.log"), binary, args...)
	if err != nil {
		t.Fatal(err)
	}
	begun := func(ctx context.Context) bool {
		runs, err := s.ImportRuns(ctx, registrar.Page{})
		return err == nil && len(runs) == 1 && runs[0].Line > 0
	}
	if !rig.Poll(t.Context(), limit, begun) {
		t.Error("the import wrote nothing")
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	runs, err := s.ImportRuns(t.Context(), registrar.Page{})
	if err != nil || runs[0].EndedAt != nil || runs[0].Created >= names {
		t.Fatalf("it was not killed in the middle: %+v %v", runs, err)
	}
	t.Logf("killed after %d of %d names", runs[0].Created, names)
}

// judge looks at what the database has in the end.
func judge(t *testing.T, s *store.Store) {
	t.Helper()
	list, err := s.Domains(t.Context(), registrar.DomainFilter{}, registrar.Page{Limit: 500})
	if err != nil || len(list) != names {
		t.Fatalf("%d names, %v", len(list), err)
	}
	for _, d := range list {
		u, err := s.UserByEmail(t.Context(), "rig@example.org")
		if err != nil || d.CustomerID != u.CustomerID || d.OwnerSystem != registrar.OwnerEngine || d.ROID == "" || d.ExpiresAt == nil || len(d.Statuses) == 0 {
			t.Fatalf("%+v (%v)", d, err)
		}
		trail, err := s.AuditOf(t.Context(), "domain", d.ID, registrar.Page{})
		if err != nil || len(trail) != 1 || trail[0].Action != "domain.import_verified" {
			t.Fatalf("evidence of %s: %v %v", d.Name, trail, err)
		}
	}
	if err := s.VerifyAudit(t.Context(), func(id, problem string) { t.Errorf("audit %s: %s", id, problem) }); err != nil {
		t.Error(err)
	}
}
