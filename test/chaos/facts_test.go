package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"

	"github.com/jonboulle/clockwork"
)

// TestFactsOfARealRun lets the real engine register and renew a name on a
// registry in memory and reads its database back: the rules must find
// everything in order, and nothing missing from what they look at.
func TestFactsOfARealRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "indera.db")
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: path, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	memory := registrytest.NewMemory(clockwork.NewRealClock())
	live(t, s, memory)

	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f, err := loadFacts(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.lines) != 2 || len(f.orders) != 2 || len(f.operations) != 2 || len(f.holds) != 2 || len(f.domains) != 1 || len(f.commands) < 3 || len(f.postings) != 5 {
		t.Fatalf("facts are incomplete: %+v", f)
	}
	at := memory.Domain("a.one")
	r := registryFacts{Name: "mem", Account: "us", Domains: map[string]registryDomain{
		"a.one": {"a.one", "us", at.Registrant, at.Created, at.Expires, at.NameServers},
	}, Executed: []transform{{"1", "1", "create", "domain", "a.one"}, {"2", "2", "renew", "domain", "a.one"}},
		Charges: []charge{{"1", "create", "a.one", 900}, {"2", "renew", "a.one", 900}}}
	if v := judge(f, []registryFacts{r}, nil); !v.clean() {
		t.Errorf("findings: %+v", v.findings)
	}
	r.Executed = r.Executed[:1]
	if v := judge(f, []registryFacts{r}, nil); v.figure(faultLost) != 1 {
		t.Errorf("a renewal that never happened is not seen: %+v", v.findings)
	}
}

// live registers a.one for a year and renews it for one more.
func live(t *testing.T, s *store.Store, memory *registrytest.Memory) {
	t.Helper()
	e, err := registrar.New(registrar.Options{Store: s, Registries: map[string]registrar.Registry{"mem": memory}, Holder: "test", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	usd := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }
	price := func(a registrar.Action) registrar.Price {
		return registrar.Price{TLD: "one", Action: a, Class: registrar.ClassStandard, Years: 1, Sale: usd(1200), Cost: usd(900), ValidFrom: born.AddDate(-5, 0, 0)}
	}
	ctx, by := t.Context(), registrar.System("test")
	must(t, e.ApplyCatalogue(ctx, by, []registrar.TLD{{Name: "one", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}},
		[]registrar.Price{price(registrar.ActionRegister), price(registrar.ActionRenew)}))
	cus, _, err := e.SignUp(ctx, by, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	must(t, err)
	must(t, e.TestTopUp(ctx, by, cus.ID, usd(10_000), "opening"))

	working, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- registrar.NewWorker(e, registrar.WorkerOptions{Poll: 10 * time.Millisecond}).Run(working)
	}()
	for _, l := range []registrar.LineRequest{
		{Action: registrar.ActionRegister, Name: "a.one", Years: 1, NameServers: []string{"ns1.example.net", "ns2.example.net"}, Registrant: registrar.ContactChoice{Data: &registrar.ContactData{
			Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org"}}},
		{Action: registrar.ActionRenew, Name: "a.one", Years: 1},
	} {
		_, ops, err := e.PlaceOrder(ctx, by, registrar.OrderRequest{CustomerID: cus.ID, Lines: []registrar.LineRequest{l}, Agreement: registrar.Agreement{Version: e.AgreementVersion(), Language: "en"}})
		must(t, err)
		op, err := e.WaitOperation(ctx, "", ops[0].ID, 20*time.Second)
		must(t, err)
		if op.State != registrar.OpSucceeded {
			t.Fatalf("operation: %+v", op)
		}
	}
	waitFor(t, "the name to be read back", func() bool {
		d, err := s.DomainByName(ctx, "a.one")
		must(t, err)
		return !d.NeedsInfo
	})
	stop()
	must(t, <-ended)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waitFor asks until the condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// TestRegistryFacts reads the sandbox's own schema.
func TestRegistryFacts(t *testing.T) {
	schema, err := os.ReadFile("../../eppclient/sandbox/schema.sql")
	must(t, err)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "registry.db"))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for _, statement := range []string{string(schema),
		`INSERT INTO accounts VALUES ('us', 'USD', 0, '', '', ''), ('them', 'USD', 0, '', '', '')`,
		`INSERT INTO contacts (id, roid, sponsor, voice, voice_ext, fax, fax_ext, email, auth_info, disclose, cr_id, cr_date)
			VALUES ('i1', 'C1', 'us', '', '', '', '', '', '', '', 'us', '')`,
		`INSERT INTO domains (name, roid, tld, sponsor, registrant, auth_info, cr_id, cr_date, ex_date)
			VALUES ('a.one', 'D1', 'one', 'us', 'i1', '', 'us', '2026-11-23T12:00:00.000Z', '2027-11-23T12:00:00.000Z')`,
		`INSERT INTO hosts (name, roid, sponsor, cr_id, cr_date) VALUES ('ns1.net', 'H1', 'us', 'us', '')`,
		`INSERT INTO domain_hosts VALUES ('a.one', 'ns1.net')`,
		`INSERT INTO transforms (at, account, cl_trid, sv_trid, verb, object, name, code) VALUES
			('', 'us', 'x1', 's1', 'create', 'domain', 'a.one', 1000), ('', 'them', 'y1', 's2', 'create', 'domain', 'b.one', 1000)`,
		`INSERT INTO ledger (at, account, cl_trid, sv_trid, verb, domain, domain_roid, years, amount_minor, currency, balance_minor) VALUES
			('', 'us', '', '', 'topup', '', '', 0, 5000, 'USD', 5000), ('', 'us', 'x1', 's1', 'create', 'a.one', 'D1', 1, -800, 'USD', 4200),
			('', 'them', 'y1', 's2', 'create', 'b.one', 'D2', 1, -800, 'USD', 0)`} {
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	r, err := loadRegistry(t.Context(), db, "alpha", "us")
	must(t, err)
	d := r.Domains["a.one"]
	if !d.Expires.Equal(born.AddDate(1, 0, 0)) || d.Registrant != "i1" || len(d.Hosts) != 1 || d.Sponsor != "us" {
		t.Errorf("domain reads as %+v", d)
	}
	if len(r.Executed) != 1 || r.Executed[0].ClTRID != "x1" || len(r.Charges) != 1 || r.Charges[0].Minor != 800 {
		t.Errorf("registry reads as %+v", r)
	}
}
