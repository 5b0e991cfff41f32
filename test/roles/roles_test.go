// Package roles splits one registrar over two machines: faces here, workers
// and jobs there, one database between them.
package roles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/test/mariadb"
	"github.com/indera/indera/test/rig"
)

// patience bounds each wait; a busy machine may need some of it.
const patience = 60 * time.Second

// public is how soon a change must show in RDAP, on every replica.
const public = 10 * time.Second

func deploy(t *testing.T) *rig.Deployment {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it runs the whole program (no -short)")
	}
	d, err := rig.Deploy(t.Context(), rig.Options{Dir: t.TempDir(), Replicas: 2, Money: 100_000})
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skip("skipped: MariaDB is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, s := range d.Serves {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// start runs a replica with some roles only.
func start(t *testing.T, d *rig.Deployment, s *rig.Serve, roles string) *rig.Process {
	t.Helper()
	p, err := rig.Run(s.LogFile, d.Binary, "serve", "--config", s.ConfigFile, "--roles", roles)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	if !rig.Poll(t.Context(), patience, func(ctx context.Context) bool { return s.Ready(ctx) == http.StatusOK }) {
		log, err := os.ReadFile(s.LogFile)
		t.Fatalf("%s is not ready; %v\n%s", filepath.Base(s.ConfigFile), err, log)
	}
	return p
}

func TestFacesHereWorkersThere(t *testing.T) {
	d := deploy(t)
	front, back := d.Serves[0], d.Serves[1]
	faces := start(t, d, front, "web,rdds")
	tld := d.Sandbox.Accounts()[0].TLDs[0]
	name := "split-roles." + tld
	api := d.API(front)
	answer, err := api.Do(t.Context(), patience, http.MethodPost, "/domains", "roles-1", map[string]any{
		"name": name, "period_years": 1, "agreement_version": agreement.Sample().Version, "nameservers": []string{}, "registrant": map[string]any{
			"name": "Ada Example", "street": []string{"1 Main Street"}, "city": "Springfield", "postal_code": "12345",
			"country_code": "US", "phone": "+1.5555550123", "email": "ada@example.com"},
	})
	if err != nil || answer.Status != http.StatusAccepted {
		t.Fatalf("without a worker the order must wait: %d %s %v", answer.Status, answer.Body, err)
	}
	if code := rdap(t, front, name); code != http.StatusNotFound {
		t.Errorf("RDAP shows a name that is not registered yet: %d", code)
	}

	workers := start(t, d, back, "worker,scheduler")
	if back.Listening(t.Context()) {
		t.Error("a process without role web listens for it")
	}
	done := rig.Poll(t.Context(), patience, func(ctx context.Context) bool {
		op, err := api.Do(ctx, patience, http.MethodGet, "/operations/"+answer.Operation.ID, "", nil)
		return err == nil && op.Operation.State == "succeeded"
	})
	if !done {
		t.Fatalf("operation %s was not carried out", answer.Operation.ID)
	}
	if !rig.Poll(t.Context(), public, func(context.Context) bool { return rdap(t, front, name) == http.StatusOK }) {
		t.Errorf("RDAP of the other replica does not show %s within %s", name, public)
	}
	for _, p := range []*rig.Process{faces, workers} {
		if err := p.Stop(30 * time.Second); err != nil {
			t.Error(err)
		}
	}
	proved(t, d)
}

func rdap(t *testing.T, s *rig.Serve, name string) int {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/domain/%s", s.RDAP, name))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body struct {
		Name string `json:"ldhName"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK && body.Name != name {
		t.Errorf("RDAP answers with %q", body.Name)
	}
	return resp.StatusCode
}

// proved runs the operator's checks.
func proved(t *testing.T, d *rig.Deployment) {
	t.Helper()
	for args, want := range map[string]string{"ledger check": "0 differences", "audit verify": "the audit chain is whole"} {
		out, err := d.Command(t.Context(), strings.Fields(args)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
}
