package fossbilling_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// manifest is what the generator says of its own rows.
type manifest struct {
	Domains []struct {
		ID        int
		ASCII     string
		Life      string
		Registrar string
		Client    int
		Email     string
		Flags     []string
	}
	ClientFlags map[string][]string `json:"client_flags"`
}

// seeded makes an installation with n generated domains.
func seeded(t testing.TB, n int) (install, manifest) {
	t.Helper()
	dir, tmp := facts(t), t.TempDir()
	out, err := os.Create(filepath.Join(tmp, "seed.sql"))
	if err != nil {
		t.Fatal(err)
	}
	told := filepath.Join(tmp, "manifest.json")
	cmd := exec.CommandContext(t.Context(), "python3", filepath.Join(dir, "seed.py"), "--platform", "fossbilling", "--domains", fmt.Sprint(n), "--seed", "7", "--peer-tables", "--manifest", told)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	in := newInstall(t, filepath.Join(dir, "schema-fossbilling.sql"), out.Name())
	in.opt.Registrars = []string{"Engine", "Epp"}
	text, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return in, m
}

// seedTLDs are the generator's endings.
var seedTLDs = strings.Fields("com net org info xyz app io shop co.uk uk de eu fr se pl com.ua xn--j1amh xn--p1ai xn--q9jyb4c co.za tokyo")

// sponsored asks the database itself which rows are names of ours.
func (in install) sponsored(t testing.TB) map[int]bool {
	t.Helper()
	rows, err := in.root.QueryContext(t.Context(), `SELECT d.id FROM service_domain d
		JOIN client c ON c.id = d.client_id JOIN tld_registrar r ON r.id = d.tld_registrar_id AND r.registrar IN ('Engine', 'Epp')
		LEFT JOIN client_order o ON o.service_type = 'domain' AND o.service_id = d.id
		WHERE o.status IN ('active', 'suspended', 'failed_renew')
		OR (o.id IS NULL AND NOT (COALESCE(d.action, '') IN ('register', 'transfer') AND d.registered_at IS NULL)
			AND (d.expires_at IS NULL OR d.expires_at < '1985-01-01' OR d.expires_at >= NOW() - INTERVAL 90 DAY))`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[int]bool{}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		out[id] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// imported reads every mirrored name with the address of its registrant.
func imported(t testing.TB, r registrar.Reader) map[string]string {
	t.Helper()
	out := map[string]string{}
	page := registrar.Page{Limit: 500}
	for {
		list, err := r.Domains(t.Context(), registrar.DomainFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			reg, err := r.Registration(t.Context(), d.Name)
			if err != nil {
				t.Fatal(err)
			}
			out[d.Name] = reg.Registrant.Email
			page.After = d.PageKey()
		}
		if len(list) < 500 {
			return out
		}
	}
}

// TestSeed imports ten thousand generated domains, dirty as they are in life, and
// compares with what the generator and the database itself say.
func TestSeed(t *testing.T) {
	size := 10_000
	if testing.Short() {
		size = 1000
	}
	in, m := seeded(t, size)
	e, s := newEngine(t, seedTLDs...)
	src := in.open(t)
	r, err := e.ImportMirror(t.Context(), registrar.System("test"), src, registrar.MirrorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r.Run)
	ours, want, emails := in.sponsored(t), map[string]bool{}, map[string]string{}
	for _, d := range m.Domains {
		if ours[d.ID] {
			want[d.ASCII] = true
			emails[d.ASCII] = d.Email
		}
	}
	have := imported(t, s)
	for name := range want {
		email, ok := have[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		raw := emails[name]
		if strings.Contains(raw, ";") || strings.Contains(strings.ToUpper(raw), "MAILTO") {
			raw = strings.TrimPrefix(strings.ToUpper(strings.Split(raw, ";")[0]), "MAILTO:")
		}
		if !strings.EqualFold(strings.TrimSpace(raw), email) {
			t.Errorf("%s has the registrant's address %q, want %q", name, email, raw)
		}
	}
	for name := range maps.Keys(have) {
		if !want[name] {
			t.Errorf("%s should not be here", name)
		}
	}
	checkWorklist(t, in, m, issues(t, s))
	again, err := e.ImportMirror(t.Context(), registrar.System("test"), src, registrar.MirrorOptions{})
	if err != nil || again.Run.Created+again.Run.Changed+again.Run.Gone != 0 {
		t.Errorf("the second import did something: %+v, %v", again.Run, err)
	}
}

// checkWorklist compares the flaws that were injected on purpose with the
// worklist.
func checkWorklist(t *testing.T, in install, m manifest, open []string) {
	t.Helper()
	listed := map[string]bool{}
	for _, l := range open {
		listed[l] = true
	}
	of := func(flags []string, names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(flags, n) })
	}
	ours := in.sponsored(t)
	modules := map[string]bool{"engine": true, "epp": true}
	missing := 0
	must := func(kind, object string, id any) {
		if key := fmt.Sprintf("%s %s %v", kind, object, id); !listed[key] {
			if missing++; missing <= 10 {
				t.Errorf("not in the worklist: %s", key)
			}
		}
	}
	for _, d := range m.Domains {
		switch {
		case modules[d.Registrar] && slices.Contains(d.Flags, "orphan_client") && (d.Life == "active" || d.Life == "grace"):
			must("no_customer", "domain", d.ID)
		case ours[d.ID] && of(d.Flags, "zero_expiry", "null_expiry"):
			must("no_expiry", "domain", d.ID)
		case ours[d.ID] && of(d.Flags, "no_order"):
			must("no_order", "domain", d.ID)
		}
	}
	for id, flags := range m.ClientFlags {
		if of(flags, "missing_email") {
			must("missing_email", "customer", id)
		}
	}
	var bad int
	err := in.root.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM client WHERE UPPER(TRIM(country)) NOT REGEXP '^[A-Z]{2}$'").Scan(&bad)
	if err != nil && err != sql.ErrNoRows {
		t.Fatal(err)
	}
	got := 0
	for _, l := range open {
		if strings.HasPrefix(l, "bad_country customer ") {
			got++
		}
	}
	if got != bad || bad == 0 {
		t.Errorf("%d customers have a bad country in the worklist, %d in the database", got, bad)
	}
}
