// Package badday proves what happens to a running registrar when a part it
// needs is gone: a clear error, red health, and recovery without hands.
package badday

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/test/mariadb"
	"github.com/indera/indera/test/rig"
)

// limit of every wait: what is waited for takes a second or two.
const limit = 45 * time.Second

// deploy runs a registrar for the test.
func deploy(t *testing.T, opt rig.Options) *rig.Deployment {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it runs the whole program (no -short)")
	}
	opt.Dir, opt.Money = t.TempDir(), 100_000
	d, err := rig.Deploy(t.Context(), opt)
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("ending the deployment: %v", err)
		}
		if t.Failed() {
			log, err := os.ReadFile(d.Serves[0].LogFile)
			t.Logf("log of serve (%v): %s", err, tail(string(log), 6000))
		}
	})
	return d
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func(context.Context) bool) {
	t.Helper()
	start := time.Now()
	if !rig.Poll(t.Context(), limit, holds) {
		t.Fatalf("waited %s in vain for %s", limit, what)
	}
	t.Logf("%s after %s", what, time.Since(start).Round(10*time.Millisecond))
}

func health(t *testing.T, s *rig.Serve, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("readyz %d", want), func(ctx context.Context) bool { return s.Ready(ctx) == want })
}

func order(name string) map[string]any {
	return map[string]any{"name": name, "period_years": 1, "agreement_version": agreement.Sample().Version, "nameservers": []string{"ns1.example.invalid", "ns2.example.invalid"}, "registrant": map[string]any{
		"name": "Ada Lovelace", "street": []string{"12 St James's Square"}, "city": "London", "postal_code": "SW1Y 4JH",
		"country_code": "GB", "phone": "+44.2079460123", "email": "ada@example.org",
	}}
}

// refusedAsUnavailable insists on a problem document that says so and hides why.
func refusedAsUnavailable(t *testing.T, a rig.Answer, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("no clear answer: %v", err)
	}
	if a.Status != http.StatusServiceUnavailable || !strings.HasPrefix(a.ContentType, "application/problem+json") || !strings.HasSuffix(a.Problem.Type, "#unavailable") || a.Problem.Detail == "" {
		t.Errorf("answered %d %s %s", a.Status, a.ContentType, a.Body)
	}
	for _, leak := range []string{"dial", "3306", "sqlite", "connection refused", "mysql"} {
		if strings.Contains(strings.ToLower(string(a.Body)), leak) {
			t.Errorf("the answer tells what is inside (%q): %s", leak, a.Body)
		}
	}
}

// registered orders a name under a key until it is ours.
func registered(t *testing.T, api *rig.API, name, key string) {
	t.Helper()
	eventually(t, name+" to be registered", func(ctx context.Context) bool {
		a, err := api.Do(ctx, 15*time.Second, http.MethodPost, "/domains", key, order(name))
		return err == nil && a.Status == http.StatusCreated
	})
}

// sound proves that the ledger is whole.
func sound(t *testing.T, d *rig.Deployment) {
	t.Helper()
	if out, err := d.Command(t.Context(), "ledger", "check").CombinedOutput(); err != nil {
		t.Errorf("ledger check: %v: %s", err, out)
	}
}

func TestDatabaseGone(t *testing.T) {
	d := deploy(t, rig.Options{})
	serve, api := d.Serves[0], d.API(d.Serves[0])
	registered(t, api, "before.one", "before")
	health(t, serve, http.StatusOK)
	for _, c := range []struct {
		name string
		end  func() error
	}{{"stopped", d.Database.Stop}, {"killed", d.Database.Kill}} {
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
		health(t, serve, http.StatusServiceUnavailable)
		a, err := api.Do(t.Context(), limit, http.MethodGet, "/domains/before.one", "", nil)
		refusedAsUnavailable(t, a, err)
		a, err = api.Do(t.Context(), limit, http.MethodPost, "/domains", c.name, order(c.name+".one"))
		refusedAsUnavailable(t, a, err)
		if err := d.Database.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		health(t, serve, http.StatusOK)
		registered(t, api, c.name+".one", c.name)
	}
	sound(t, d)
}

func TestDatabaseGoneAtStart(t *testing.T) {
	d := deploy(t, rig.Options{})
	serve, api := d.Serves[0], d.API(d.Serves[0])
	if err := errors.Join(serve.Kill(), d.Database.Stop(), serve.Start()); err != nil {
		t.Fatal(err)
	}
	health(t, serve, http.StatusServiceUnavailable)
	if err := d.Database.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	health(t, serve, http.StatusOK)
	registered(t, api, "late.one", "late")
}

// checkLimit is the promise: a registry that does not answer within 4 s leaves
// its names unknown. The rest is for a busy machine; what this must catch are the
// limits of connecting and of an exchange, which are longer in production.
const checkLimit = 4*time.Second + 2*time.Second

func TestRegistryGone(t *testing.T) {
	d := deploy(t, rig.Options{})
	serve, api := d.Serves[0], d.API(d.Serves[0])
	health(t, serve, http.StatusOK)
	for _, c := range []struct {
		name      string
		end, back func() error
	}{
		{"killed", d.Sandbox.Kill, func() error { return d.Sandbox.Start(t.Context()) }},
		{"frozen", d.Sandbox.Pause, d.Sandbox.Resume},
	} {
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
		unknown(t, api, "free-"+c.name+".one", "free-"+c.name+".three")
		name, key := "waits-"+c.name+".one", "waits-"+c.name
		a, err := api.Do(t.Context(), 20*time.Second, http.MethodPost, "/domains", key, order(name))
		if err != nil || a.Status != http.StatusAccepted || a.Operation.State != "running" {
			t.Fatalf("an order for a registry that is gone: %d %s, %v", a.Status, a.Body, err)
		}
		health(t, serve, http.StatusServiceUnavailable)
		if err := c.back(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the waiting order to be done", func(ctx context.Context) bool {
			now, err := api.Do(ctx, 5*time.Second, http.MethodGet, "/operations/"+a.Operation.ID, "", nil)
			return err == nil && now.Operation.State == "succeeded"
		})
		health(t, serve, http.StatusOK)
	}
	sound(t, d)
}

// unknown checks names of registries that are gone.
func unknown(t *testing.T, api *rig.API, names ...string) {
	t.Helper()
	start := time.Now()
	a, err := api.Do(t.Context(), limit, http.MethodPost, "/domains/check", "", map[string]any{"names": names})
	took := time.Since(start)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("check: %d %s, %v", a.Status, a.Body, err)
	}
	if n := strings.Count(string(a.Body), `"status":"unknown"`); n != len(names) {
		t.Errorf("%d of %d names are unknown: %s", n, len(names), a.Body)
	}
	if took > checkLimit {
		t.Errorf("the check took %s", took)
	}
}
