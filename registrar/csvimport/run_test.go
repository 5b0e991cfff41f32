package csvimport_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/csvimport"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

// world is an engine on a real store with a registry in memory.
type world struct {
	t        *testing.T
	store    *store.Store
	registry *registrytest.Memory
	engine   *registrar.Engine
	dir      string
}

var by = registrar.System("test")

// each runs a test on both databases.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	for name, open := range map[string]func(testing.TB, clockwork.Clock) *store.Store{"sqlite": storetest.OpenSQLite, "mysql": storetest.OpenMySQL} {
		t.Run(name, func(t *testing.T) { fn(t, newWorld(t, open(t, nil))) })
	}
}

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, store: s, registry: registrytest.NewMemory(clockwork.NewRealClock()), dir: t.TempDir()}
	var err error
	w.engine, err = registrar.New(registrar.Options{Store: s, Registries: map[string]registrar.Registry{"mem": w.registry}, Holder: "test",
		ExchangeTimeout: time.Second, RestoreRate: 100_000})
	w.must(err)
	w.must(w.engine.ApplyCatalogue(t.Context(), by, []registrar.TLD{{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}}, nil))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

const head = "domain,customer_email,registrant_name,registrant_street1,registrant_city,registrant_country,registrant_phone,registrant_email,nameservers,expires\n"

func row(domain, email, holder string) string {
	return fmt.Sprintf("%s,%s,%s,12 St James's Square,London,GB,+44.2079460123,ada@example.org,ns1.example.net ns2.example.net,2027-11-23\n", domain, email, holder)
}

func holder(name string) registrar.ContactData {
	return registrar.ContactData{Name: name, Street: []string{"12 St James's Square"}, City: "London", CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org"}
}

// ours places a name at the registry under our account.
func (w *world) ours(name, handle string, change ...func(*registrar.DomainInfo)) {
	expires := time.Date(2027, 11, 23, 12, 0, 0, 0, time.UTC)
	info := registrar.DomainInfo{Name: name, ROID: "R-" + name, Ours: true, Statuses: []string{"ok"}, Registrant: handle,
		NameServers: []string{"ns1.example.net", "ns2.example.net"}, Created: expires.AddDate(-2, 0, 0), Expires: expires, ExpiresRaw: "2027-11-23T12:00:00Z"}
	for _, f := range change {
		f(&info)
	}
	w.registry.Put(info)
}

func (w *world) contact(handle, name string) {
	w.t.Helper()
	_, err := w.registry.CreateContact(w.t.Context(), registrar.Send{ClTRID: handle}, registrar.ContactCreate{Handle: handle, Contact: registrar.ContactVersion{ContactData: holder(name)}})
	w.must(err)
}

// file writes rows below the header and returns an import of them.
func (w *world) file(verify bool, rows ...string) *csvimport.Import {
	w.t.Helper()
	path := filepath.Join(w.dir, "names.csv")
	w.must(os.WriteFile(path, []byte(head+strings.Join(rows, "")), 0o600))
	return &csvimport.Import{Engine: w.engine, By: by, Path: path, Report: path + ".report.csv", Verify: verify, Progress: silent{}, Retry: time.Millisecond}
}

type silent struct{}

func (silent) Begin(string, int64) {}
func (silent) At(int64, int)       {}
func (silent) End()                {}

func (w *world) apply(i *csvimport.Import) (registrar.ImportRun, csvimport.Summary) {
	w.t.Helper()
	run, sum, err := i.Apply(w.t.Context())
	w.must(err)
	if run.EndedAt == nil {
		w.t.Error("the run has no end")
	}
	return run, sum
}

// report returns "line column verdict code" of each finding.
func (w *world) report(i *csvimport.Import) []string {
	w.t.Helper()
	raw, err := os.ReadFile(i.Report)
	w.must(err)
	records, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	w.must(err)
	var out []string
	for _, r := range records[1:] {
		out = append(out, strings.Join(r[:4], " "))
	}
	return out
}

func (w *world) domain(name string) registrar.Domain {
	w.t.Helper()
	d, err := w.store.DomainByName(w.t.Context(), name)
	w.must(err)
	return d
}

func say(args ...any) string { return strings.TrimSpace(fmt.Sprintln(args...)) }

func (w *world) same(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestProvedNames: what the registry shows as ours becomes the engine's, with the
// registry's facts, evidence, and the contact object for later changes.
func TestProvedNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("C1", "Ada")
		w.contact("C2", "Ada")
		w.ours("a.shop", "C1")
		w.ours("b.shop", "C1")
		w.ours("c.shop", "C2", func(i *registrar.DomainInfo) {
			i.ExpiresRaw, i.Statuses = "2028-01-02T00:00:00Z", []string{"clientTransferProhibited"}
		})
		i := w.file(true, row("a.shop", "ada@example.org", "Ada"), row("b.shop", "ada@example.org", "Ada"), row("c.shop", "Ada@Example.org", "Ada"))
		plan, err := i.Plan(t.Context(), true)
		w.must(err)
		w.same("plan", say(plan.Rows, plan.NewCustomers, plan.Actions, plan.Differing), "3 1 map[create:3] 1")
		if cs, err := w.store.Customers(t.Context(), "", registrar.Page{}); err != nil || len(cs) != 0 {
			t.Fatalf("the plan wrote %v (%v)", cs, err)
		}
		run, _ := w.apply(i)
		w.same("run", say(run.Created, run.Verified, run.Refused, run.Customers, run.Differing, run.Line), "3 3 0 1 1 4")
		w.same("report", w.report(i), "[4 expires taken expiry_differs]")
		d := w.domain("c.shop")
		w.same("domain", say(d.OwnerSystem, d.State, d.ROID, d.ExpiresRaw, d.Statuses, d.NameServers, d.NeedsInfo),
			"engine active R-c.shop 2028-01-02T00:00:00Z [clientTransferProhibited] [ns1.example.net ns2.example.net] false")
		if a := w.domain("a.shop").Registrant; a != w.domain("b.shop").Registrant || a != d.Registrant {
			t.Error("the same holder became several contacts")
		}
		objects, err := w.store.RegistryContactsOf(t.Context(), d.Registrant.ContactID)
		w.must(err)
		w.same("contact objects", len(objects), 2)
		trail, err := w.store.AuditOf(t.Context(), "domain", d.ID, registrar.Page{})
		w.must(err)
		if len(trail) != 1 || trail[0].Action != "domain.import_verified" {
			t.Errorf("evidence: %v", trail)
		}
		if known, err := w.store.HasRegistryHost(t.Context(), "mem", "ns1.example.net"); err != nil || !known {
			t.Errorf("the host is not known: %v", err)
		}
		again, _ := w.apply(i)
		w.same("the same file again", say(again.Created, again.Changed, again.Verified, again.Same, again.Refused), "0 0 0 3 0")
	})
}

// TestUnprovedNames: without proof nothing acts on a name and no directory shows
// it; with proof later it becomes the engine's.
func TestUnprovedNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("C1", "Ada")
		run, _ := w.apply(w.file(false, row("a.shop", "ada@example.org", "Ada")))
		w.same("run", say(run.Created, run.Verified), "1 0")
		d := w.domain("a.shop")
		w.same("domain", say(d.OwnerSystem, d.ExpiresRaw, d.NeedsInfo), "import 2027-11-23 false")
		if _, err := w.store.Registration(t.Context(), "a.shop"); !registrar.IsNotFound(err) {
			t.Errorf("a directory would show it: %v", err)
		}
		_, err := w.engine.ChangeNameServers(t.Context(), by, d.CustomerID, "a.shop", []string{"ns1.example.org", "ns2.example.org"}, nil)
		w.same("a change", registrar.KindOf(err), registrar.KindProhibited)
		run, _ = w.apply(w.file(false, row("a.shop", "ada@example.org", "Grace")))
		w.same("another holder", say(run.Changed, run.Same), "1 0")
		run, _ = w.apply(w.file(true, row("a.shop", "ada@example.org", "Ada")))
		w.same("not at the registry", say(run.Refused, w.domain("a.shop").OwnerSystem), "1 import")
		w.ours("a.shop", "C1")
		run, _ = w.apply(w.file(true, row("a.shop", "ada@example.org", "Ada")))
		w.same("proved", say(run.Verified, w.domain("a.shop").OwnerSystem), "1 engine")
		if _, err := w.store.Registration(t.Context(), "a.shop"); err != nil {
			t.Error(err)
		}
		runs, err := w.store.ImportRuns(t.Context(), registrar.Page{})
		w.must(err)
		w.same("runs", say(len(runs), runs[0].Verified, runs[0].File), "4 1 names.csv")
	})
}

// TestRefusals: each row that can't be taken is told by line and column, and the
// others are taken.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("C1", "Ada")
		w.contact("C2", "Somebody else")
		w.ours("a.shop", "C1")
		w.ours("other.shop", "C1", func(i *registrar.DomainInfo) { i.Ours = false })
		w.ours("gone.shop", "C1", func(i *registrar.DomainInfo) { i.Statuses = []string{"pendingDelete"} })
		w.ours("shared.shop", "C1")
		w.ours("holder.shop", "C2", func(i *registrar.DomainInfo) { i.NameServers = nil })
		i := w.file(true, row("a.shop", "ada@example.org", "Ada"), row("A.SHOP.", "ada@example.org", "Ada"), row("missing.shop", "ada@example.org", "Ada"),
			row("other.shop", "ada@example.org", "Ada"), row("gone.shop", "ada@example.org", "Ada"), row("shared.shop", "eve@example.org", "Ada"),
			row("a.unsold", "ada@example.org", "Ada"), row("no name", "nobody", ""), row("holder.shop", "ada@example.org", "Ada"), "x,y\n")
		run, sum := w.apply(i)
		w.same("run", say(run.Created, run.Refused, run.Customers, run.Differing), "2 8 2 1")
		w.same("report", strings.Join(w.report(i), "\n"), strings.Join([]string{
			"3 domain refused twice", "4 domain refused not_registered", "5 domain refused not_ours", "6 domain refused name_busy",
			"7 customer_email refused shared_registrant", "8 domain refused tld_not_configured", "9 domain refused bad_name",
			"9 customer_email refused bad_email", "9 registrant_name refused required",
			"10 nameservers taken nameservers_differ", "10 registrant_name taken registrant_differs", "11  refused bad_width",
		}, "\n"))
		w.same("findings", sum.Findings["bad_email"], 1)
		d := w.domain("holder.shop")
		v, err := w.store.ContactVersion(t.Context(), d.Registrant)
		w.must(err)
		w.same("the registry's holder", v.Name, "Somebody else")
		run, _ = w.apply(w.file(false, row("a.shop", "eve@example.org", "Ada")))
		w.same("another customer's name", run.Refused, 1)
	})
}

// cutting fails after some batches, as a process that is killed between two.
type cutting struct {
	*registrar.Engine
	left int
}

var errCut = errors.New("cut")

func (c *cutting) ApplyImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun, plans []*registrar.ImportPlan) (registrar.ImportRun, error) {
	if c.left--; c.left < 0 {
		return run, errCut
	}
	return c.Engine.ApplyImport(ctx, by, run, plans)
}

func TestCutOffRunGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var rows []string
		for n := range 180 {
			rows = append(rows, row(fmt.Sprintf("n%d.shop", n), fmt.Sprintf("c%d@example.org", n%7), "Ada"))
		}
		i := w.file(false, rows...)
		i.Engine = &cutting{w.engine, 2}
		run, _, err := i.Apply(t.Context())
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		w.same("done before", say(run.Created, run.Line), "100 101")
		i.Engine = w.engine
		run, _ = w.apply(i)
		w.same("done after", say(run.Created, run.Same, run.Customers), "80 100 0")
		names, err := w.store.Domains(t.Context(), registrar.DomainFilter{}, registrar.Page{Limit: 500})
		w.must(err)
		w.same("names", len(names), 180)
		contacts, err := w.store.Contacts(t.Context(), names[0].CustomerID, registrar.Page{})
		w.must(err)
		w.same("contacts of a customer", len(contacts), 1)
	})
}

// TestRegistryAway: nothing is decided by silence; the run stops and can go on.
func TestRegistryAway(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.contact("C1", "Ada")
	w.ours("a.shop", "C1")
	i := w.file(true, row("a.shop", "ada@example.org", "Ada"))
	w.registry.SetDown(true)
	if _, _, err := i.Apply(t.Context()); err == nil {
		t.Fatal("a registry that is away was taken for an answer")
	}
	if _, err := w.store.DomainByName(t.Context(), "a.shop"); !registrar.IsNotFound(err) {
		t.Errorf("a name came in: %v", err)
	}
	w.registry.SetDown(false)
	run, _ := w.apply(i)
	w.same("after", run.Verified, 1)
}

// TestNobodyKnowsTheirPassword: an imported user can't sign in with anything.
func TestNobodyKnowsTheirPassword(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.apply(w.file(false, row("a.shop", "ada@example.org", "Ada")))
	for _, p := range []string{"", "-", "no password has this value"} {
		if _, err := w.engine.SignIn(t.Context(), "ada@example.org", p); registrar.KindOf(err) != registrar.KindUnauthenticated {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// TestChangedMeanwhile: a row that lost a race is refused alone.
func TestChangedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.file(false, row("a.shop", "ada@example.org", "Ada"), row("b.shop", "ada@example.org", "Ada"))
		i.Engine = &racing{w.engine, w}
		run, _ := w.apply(i)
		w.same("run", say(run.Created, run.Refused), "1 1")
		if got := w.report(i); !slices.Equal(got, []string{"3  refused changed_meanwhile"}) {
			t.Errorf("%v", got)
		}
	})
}

// racing registers the second name just before it is written.
type racing struct {
	*registrar.Engine
	w *world
}

func (r *racing) ApplyImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun, plans []*registrar.ImportPlan) (registrar.ImportRun, error) {
	d := registrar.Domain{ID: registrar.NewID(clockwork.NewRealClock(), registrar.PrefixDomain), Name: "b.shop", UName: "b.shop", TLD: "shop", Registry: "mem",
		CustomerID: "cus_x", OwnerSystem: registrar.OwnerEngine, State: registrar.DomainPendingCreate, OrderedAt: r.Now()}
	r.w.must(r.w.store.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertDomain(ctx, d) }))
	return r.Engine.ApplyImport(ctx, by, run, plans)
}
