package registrar_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store/storetest"
)

// billing is a billing system in memory.
type billing struct {
	customers []registrar.MirrorCustomer
	domains   []registrar.MirrorDomain
	// before is called before each page; an error of it is what the page returns.
	before func(kind registrar.MirrorKind, after string) error
	down   error
}

func (b *billing) System() string { return "fossbilling" }

func (b *billing) Probe(context.Context) (string, error) { return "test", b.down }

func (b *billing) Customers(_ context.Context, after string, limit int) ([]registrar.MirrorCustomer, error) {
	if err := b.ask(registrar.MirrorCustomers, after); err != nil {
		return nil, err
	}
	return behind(b.customers, after, limit, func(c registrar.MirrorCustomer) string { return c.ExternalID }), nil
}

func (b *billing) Domains(_ context.Context, after string, limit int) ([]registrar.MirrorDomain, error) {
	if err := b.ask(registrar.MirrorDomains, after); err != nil {
		return nil, err
	}
	return behind(b.domains, after, limit, func(d registrar.MirrorDomain) string { return d.ExternalID }), nil
}

func (b *billing) ask(kind registrar.MirrorKind, after string) error {
	if b.before == nil {
		return nil
	}
	return b.before(kind, after)
}

func behind[T any](list []T, after string, limit int, id func(T) string) []T {
	from, _ := strconv.Atoi("0" + after)
	var out []T
	for _, x := range list {
		if n, _ := strconv.Atoi(id(x)); n > from && len(out) < limit {
			out = append(out, x)
		}
	}
	return out
}

func holder(n int) registrar.MirrorContact {
	return registrar.MirrorContact{
		Name: fmt.Sprintf("Holder %d", n), Email: fmt.Sprintf("holder%d@example.org", n), Street: []string{"12 Calls Lane"}, City: "Leeds", State: "West Yorkshire",
		PostalCode: "LS1 4AP", Country: "GB", PhoneCC: "44", Phone: "1134960000",
	}
}

// bill fills a billing system with n names of n/3+1 customers.
func bill(n int) *billing {
	b := &billing{}
	for i := range n/3 + 1 {
		b.customers = append(b.customers, registrar.MirrorCustomer{ExternalID: strconv.Itoa(i + 1), Contact: holder(i + 1), Currency: "EUR", Language: "en_US"})
	}
	created, expires := time.Date(2024, 5, 5, 10, 0, 0, 0, time.UTC), time.Date(2027, 5, 5, 10, 0, 0, 0, time.UTC)
	for i := range n {
		owner := i/3 + 1
		b.domains = append(b.domains, registrar.MirrorDomain{
			ExternalID: strconv.Itoa(i + 1), CustomerID: strconv.Itoa(owner), Name: fmt.Sprintf("name%d.shop", i+1), Standing: registrar.StandingSponsored,
			Registrant: holder(owner), NameServers: []string{"ns1.example.net", "NS2.example.net."}, Locked: true, CreatedAt: &created, ExpiresAt: &expires,
		})
	}
	return b
}

func (w *world) importFrom(b *billing) registrar.MirrorReport {
	w.t.Helper()
	return w.importWith(b, registrar.MirrorOptions{Page: 7})
}

func (w *world) importWith(b *billing, opt registrar.MirrorOptions) registrar.MirrorReport {
	w.t.Helper()
	r, err := w.engine.ImportMirror(w.t.Context(), registrar.System("mirror"), b, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// issues returns what is open in the worklist as "kind external id field".
func (w *world) issues(state registrar.MirrorIssueState) []string {
	w.t.Helper()
	list, err := w.store.MirrorIssues(w.t.Context(), registrar.MirrorIssueFilter{System: "fossbilling", State: state}, registrar.Page{Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		out = append(out, fmt.Sprintf("%s %s %s %s", i.Kind, i.Object, i.ExternalID, i.Field))
	}
	slices.Sort(out)
	return out
}

// onBothStores runs fn on SQLite and on MariaDB.
func onBothStores(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	clock := clockwork.NewRealClock()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, worldOn(t, storetest.OpenSQLite(t, nil), registrytest.NewMemory(clock)))
	})
	t.Run("mariadb", func(t *testing.T) {
		t.Parallel()
		fn(t, worldOn(t, storetest.OpenMySQL(t, nil), registrytest.NewMemory(clock)))
	})
}

// owner makes a login of staff who may do everything.
func (w *world) owner() registrar.Actor {
	w.t.Helper()
	u, err := w.engine.CreateStaff(w.t.Context(), registrar.System("test"), "Grace", "grace@example.org", "correct horse battery", registrar.RoleStaffOwner)
	if err != nil {
		w.t.Fatal(err)
	}
	return registrar.Actor{Kind: registrar.ActorStaff, ID: u.ID}
}

func counts(r registrar.MirrorRun) string {
	return fmt.Sprintf("read %d+%d, created %d, changed %d, unchanged %d, gone %d, left out %d, flaws %d, %s",
		r.CustomersRead, r.DomainsRead, r.Created, r.Changed, r.Unchanged, r.Gone, r.LeftOut, r.Flaws, r.Outcome)
}

func wantCounts(t *testing.T, r registrar.MirrorReport, want string) {
	t.Helper()
	if got := counts(r.Run); got != want {
		t.Errorf("import: %s\nwant    %s", got, want)
	}
}

func wantList(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestImportIsIdempotentAndFollows(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b := bill(30)
		wantCounts(t, w.importFrom(b), "read 11+30, created 41, changed 0, unchanged 0, gone 0, left out 0, flaws 0, done")
		d := w.domain("name4.shop")
		if d.OwnerSystem != "mirror(fossbilling)" || d.State != registrar.DomainActive || d.Registry != "mem" || d.ExpiresRaw != "2027-05-05T10:00:00Z" ||
			!slices.Equal(d.NameServers, []string{"ns1.example.net", "ns2.example.net"}) || !slices.Equal(d.Statuses, []string{"clientTransferProhibited"}) {
			t.Errorf("imported as %+v", d)
		}
		v, err := w.store.ContactVersion(t.Context(), d.Registrant)
		if err != nil || v.Name != "Holder 2" || v.Phone != "+44.1134960000" || v.CustomerID != d.CustomerID {
			t.Errorf("registrant is %+v, %v", v, err)
		}
		wantCounts(t, w.importFrom(b), "read 11+30, created 0, changed 0, unchanged 41, gone 0, left out 0, flaws 0, done")
		if again := w.domain("name4.shop"); again.Revision != d.Revision {
			t.Errorf("an import without news changed the name: revision %d, was %d", again.Revision, d.Revision)
		}
		b.domains[3].Registrant.Name = "Somebody Else"
		b.domains[4].NameServers = []string{"ns9.example.net"}
		b.customers[0].Contact.City = "York"
		wantCounts(t, w.importFrom(b), "read 11+30, created 0, changed 3, unchanged 38, gone 0, left out 0, flaws 0, done")
		d = w.domain("name4.shop")
		if v, err = w.store.ContactVersion(t.Context(), d.Registrant); err != nil || v.Name != "Somebody Else" {
			t.Errorf("registrant is %+v, %v", v, err)
		}
		if other := w.domain("name6.shop"); other.Registrant == d.Registrant {
			t.Error("a change of one name's registrant changed another name's")
		}
		audit, err := w.store.AuditOf(t.Context(), "domain", d.ID, registrar.Page{})
		if err != nil || len(audit) != 2 || audit[0].Action != "mirror.change" || audit[1].Action != "mirror.create" {
			t.Errorf("audit trail: %+v, %v", audit, err)
		}
	})
}

func TestDirtyRowsGoToTheWorklist(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		w.own("mine.shop")
		b := bill(20)
		b.domains[0].Name = "na me0.shop"
		b.domains[1].Name = "elsewhere.example"
		b.domains[2].CustomerID = "4711"
		b.domains[3].Name, b.domains[3].ExpiresAt = " HTTP://www.Name5.Shop/ ", nil // the same name as the next
		b.domains[5].Registrant = registrar.MirrorContact{}
		b.domains[6].Registrant.Email = "MAILTO:A@Example.org; b@example.org"
		b.domains[7].Registrant.Country, b.domains[7].Registrant.Phone = "Deutschland", "n/a"
		b.domains[8].Registrant.Name = "O&#039;Brien &amp; Söhne"
		b.domains[9].Registrant.Name = "MÃ¼ller"
		b.domains[10].ExpiresAt = nil
		b.domains[11].Name = "mine.shop"
		b.domains[12].Registrant.Email = "nobody"
		b.domains[13].Registrant.Country = "uk"
		b.domains[14].Standing = registrar.StandingPending
		b.domains[15].Standing = registrar.StandingEnded
		r := w.importFrom(b)
		dirty := []string{
			"bad_name domain 1 name", "unknown_tld domain 2 name", "no_customer domain 3 customer", "duplicate_name domain 4 name", "missing_contact domain 6 ",
			"several_emails domain 7 email", "bad_country domain 8 country_code", "bad_phone domain 8 phone", "html domain 9 name", "encoding domain 10 name",
			"no_expiry domain 11 expires_at", "taken domain 12 name", "bad_email domain 13 email",
		}
		wantList(t, w.issues(registrar.IssueOpen), dirty...)
		wantCounts(t, r, "read 7+20, created 20, changed 0, unchanged 0, gone 0, left out 5, flaws 13, done")
		if d := w.domain("mine.shop"); d.OwnerSystem != registrar.OwnerEngine {
			t.Error("the import took a name from the engine")
		}
		v, err := w.store.ContactVersion(t.Context(), w.domain("name9.shop").Registrant)
		if err != nil || v.Name != "O'Brien & Söhne" {
			t.Errorf("HTML was decoded to %q, %v", v.Name, err)
		}
		if v, err = w.store.ContactVersion(t.Context(), w.domain("name7.shop").Registrant); err != nil || v.Email != "A@example.org" {
			t.Errorf("several addresses gave %q, %v", v.Email, err)
		}
		list, err := w.store.MirrorIssues(t.Context(), registrar.MirrorIssueFilter{System: "fossbilling", State: registrar.IssueOpen, Kind: registrar.FlawHTML}, registrar.Page{})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		staff := w.owner()
		if err := w.engine.EndMirrorIssue(t.Context(), staff, list[0].ID, registrar.IssueIgnored, "the name is right"); err != nil {
			t.Fatal(err)
		}
		wantKind(t, w.engine.EndMirrorIssue(t.Context(), w.by, list[0].ID, registrar.IssueIgnored, "mine"), registrar.KindForbidden, "not_staff")
		wantKind(t, w.engine.EndMirrorIssue(t.Context(), staff, list[0].ID, registrar.IssueIgnored, "again"), registrar.KindConflict, "not_open")
		b.domains[0].Name = "name1.shop" // corrected there
		w.importFrom(b)
		wantList(t, w.issues(registrar.IssueFixed), "bad_name domain 1 name")
		wantList(t, w.issues(registrar.IssueIgnored), "html domain 9 name")
		w.domain("name1.shop")
		b.domains[8].Registrant.Name = "O&#039;Brien &amp; S&ouml;hne"
		w.importFrom(b)
		wantList(t, w.issues(registrar.IssueIgnored)) // what stands there has changed: open again
	})
}

func TestGoneNamesAreMarkedAndBraked(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b := bill(100)
		w.importFrom(b)
		ctx, all := t.Context(), b.domains
		b.domains = slices.Clone(all[3:])
		b.domains[0].Standing = registrar.StandingEnded // name4
		r := w.importFrom(b)
		wantCounts(t, r, "read 34+97, created 0, changed 0, unchanged 130, gone 4, left out 0, flaws 4, done")
		wantList(t, w.issues(registrar.IssueOpen), "vanished domain 1 ", "vanished domain 2 ", "vanished domain 3 ", "ended domain 4 ")
		if d := w.domain("name1.shop"); d.State != registrar.DomainActive {
			t.Errorf("a name that vanished there is %s here", d.State)
		}
		b.domains = slices.Clone(all[:20])
		r = w.importFrom(b)
		if r.Run.Outcome != registrar.MirrorBraked || r.Run.Gone != 80 {
			t.Fatalf("import: %s", counts(r.Run))
		}
		_, err := w.engine.ImportMirror(ctx, registrar.System("mirror"), b, registrar.MirrorOptions{})
		wantKind(t, err, registrar.KindConflict, "brake_engaged")
		staff := w.owner()
		if err := w.engine.ReleaseBrake(ctx, staff, r.Run.BrakeID, "sold to another registrar"); err != nil {
			t.Fatal(err)
		}
		b.domains = slices.Clone(all[:10]) // more than was released
		if r = w.importFrom(b); r.Run.Outcome != registrar.MirrorBraked {
			t.Fatalf("import: %s", counts(r.Run))
		}
		if err := w.engine.ReleaseBrake(ctx, staff, r.Run.BrakeID, "these as well"); err != nil {
			t.Fatal(err)
		}
		if r = w.importFrom(b); r.Run.Outcome != registrar.MirrorDone || r.Run.Gone != 90 {
			t.Fatalf("import: %s", counts(r.Run))
		}
		list, err := w.store.MirrorIssues(ctx, registrar.MirrorIssueFilter{System: "fossbilling", State: registrar.IssueOpen, Kind: registrar.FlawVanished}, registrar.Page{Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := w.engine.RemoveMirrored(ctx, staff, list[0].ID, "the registry says it is gone"); err != nil {
			t.Fatal(err)
		}
		if d, err := w.store.Domain(ctx, list[0].ObjectID); err != nil || d.State != registrar.DomainDeleted {
			t.Errorf("removed name: %+v, %v", d, err)
		}
	})
}

// TestImportGoesOn stops an import at every page it reads, and in the middle of
// what it applies, and has another process go on.
func TestImportGoesOn(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b, asked := bill(30), 0
		away := errors.New("connection refused")
		var seen []string
		b.before = func(kind registrar.MirrorKind, after string) error {
			seen = append(seen, string(kind)+after)
			if asked++; asked%2 == 0 {
				return registrar.Errorf(registrar.KindUnavailable, "billing_unavailable", "It is away.").Because(away)
			}
			return nil
		}
		opt := registrar.MirrorOptions{Page: 7}
		var r registrar.MirrorReport
		tries := 0
		for ; tries < 50; tries++ {
			ctx, cancel := context.WithCancel(t.Context())
			applied := 0
			opt.Progress = func(run registrar.MirrorRun) {
				if run.Phase == registrar.PhaseApplyCustomers || run.Phase == registrar.PhaseApplyDomains {
					if applied++; applied == 2 {
						cancel() // as good as a kill: the process does nothing more
					}
				}
			}
			e := w.newEngine(w.store, fmt.Sprintf("replica %d", tries))
			var err error
			r, err = e.ImportMirror(ctx, registrar.System("mirror"), b, opt)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) && !errors.Is(err, away) {
				t.Fatal(err)
			}
		}
		wantCounts(t, r, "read 11+30, created 41, changed 0, unchanged 0, gone 0, left out 0, flaws 0, done")
		if tries < 5 {
			t.Errorf("only %d stops", tries)
		}
		if n := len(slices.Compact(slices.Sorted(slices.Values(seen)))); n != 7 {
			t.Errorf("it read the pages %q: from the start again?", seen)
		}
		runs, err := w.store.MirrorRuns(t.Context(), "fossbilling", registrar.Page{})
		if err != nil || len(runs) != 1 || runs[0].Problem != "" {
			t.Errorf("runs: %+v, %v", runs, err)
		}
	})
}

// TestOneReplicaImports: a second one is turned away, and one that was taken for
// dead writes nothing more.
func TestOneReplicaImports(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, b, rivals := t.Context(), bill(30), 0
		other := w.newEngine(w.store, "second")
		b.before = func(kind registrar.MirrorKind, _ string) error {
			if kind != registrar.MirrorDomains || rivals > 0 {
				return nil
			}
			rivals++
			_, err := other.ImportMirror(ctx, registrar.System("mirror"), bill(30), registrar.MirrorOptions{})
			wantKind(t, err, registrar.KindConflict, "import_running")
			run, ok, err := w.store.RunningMirror(ctx, "fossbilling")
			if err != nil || !ok {
				t.Errorf("no run is under way: %v", err)
			}
			return w.store.InTx(ctx, func(tx registrar.Tx) error {
				_, err := tx.TakeMirrorRun(ctx, run.ID, "somebody else's")
				return err
			})
		}
		_, err := w.engine.ImportMirror(ctx, registrar.System("mirror"), b, registrar.MirrorOptions{Page: 7})
		wantKind(t, err, registrar.KindConflict, "import_taken")
		if list, err := w.store.Domains(ctx, registrar.DomainFilter{}, registrar.Page{}); err != nil || len(list) > 0 {
			t.Errorf("the process that lost the run wrote %d names, %v", len(list), err)
		}
		wantCounts(t, w.importFrom(b), "read 11+30, created 41, changed 0, unchanged 0, gone 0, left out 0, flaws 0, done")
	})
}

// TestDryRunChangesNothing: the plan is what the import then does.
func TestDryRunChangesNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b := bill(20)
		b.domains[0].Name = "elsewhere.example"
		r := w.importWith(b, registrar.MirrorOptions{Page: 7, DryRun: true})
		wantCounts(t, r, "read 7+20, created 26, changed 0, unchanged 0, gone 0, left out 1, flaws 1, planned")
		if r.Flaws[registrar.FlawUnknownTLD] != 1 {
			t.Errorf("flaws: %v", r.Flaws)
		}
		if list, err := w.store.Domains(t.Context(), registrar.DomainFilter{}, registrar.Page{}); err != nil || len(list) > 0 {
			t.Errorf("a dry run wrote %d names, %v", len(list), err)
		}
		wantList(t, w.issues(registrar.IssueOpen))
		wantCounts(t, w.importFrom(b), "read 7+20, created 26, changed 0, unchanged 0, gone 0, left out 1, flaws 1, done")
	})
}

// cutter is a set of letters that stops the process when one is written.
type cutter struct{ cut func() }

func (c cutter) Render(template, _ string, _ map[string]any) (subject, text, html string, err error) {
	c.cut()
	return template, template, template, nil
}

// TestBrakeIsWholeOrNot stops the process while it engages the brake: the next
// import stands before the brake again, with a mail to staff that can release it.
func TestBrakeIsWholeOrNot(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		b := bill(100)
		w.importFrom(b)
		b.domains = b.domains[:20]
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		staffed := func(l registrar.Letters) *registrar.Engine {
			e, err := registrar.New(registrar.Options{Store: w.store, Holder: "replica", Letters: l, StaffEmail: "staff@registrar.example"})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		if _, err := staffed(cutter{cancel}).ImportMirror(ctx, registrar.System("mirror"), b, registrar.MirrorOptions{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("the stopped import: %v", err)
		}
		if _, err := w.store.EngagedBrake(t.Context(), "mirror/fossbilling"); !registrar.IsNotFound(err) {
			t.Errorf("half a brake is engaged: %v", err)
		}
		r, err := staffed(cutter{func() {}}).ImportMirror(t.Context(), registrar.System("mirror"), b, registrar.MirrorOptions{})
		if err != nil || r.Run.Outcome != registrar.MirrorBraked {
			t.Fatalf("the next import: %+v, %v", r.Run, err)
		}
		brake, err := w.store.EngagedBrake(t.Context(), "mirror/fossbilling")
		if err != nil || brake.ID != r.Run.BrakeID || brake.Notices != 80 {
			t.Errorf("brake %+v, %v", brake, err)
		}
		mails, err := w.store.DueMails(t.Context(), 10)
		if err != nil || len(mails) != 1 || mails[0].To != "staff@registrar.example" {
			t.Errorf("mails: %+v, %v", mails, err)
		}
	})
}
