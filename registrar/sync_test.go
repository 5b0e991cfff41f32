package registrar_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// synced compares and returns what is open as "name kind ours|theirs".
func (w *world) synced(opt registrar.SyncOptions) (registrar.SyncProgress, []string) {
	w.t.Helper()
	p, err := w.engine.SyncRegistry(w.t.Context(), "mem", opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return p, w.standing(registrar.DiffOpen)
}

func (w *world) standing(state registrar.DifferenceState) []string {
	w.t.Helper()
	rows, err := w.store.Differences(w.t.Context(), registrar.DifferenceFilter{State: state, Registry: "mem"}, registrar.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, d := range rows {
		out = append(out, fmt.Sprintf("%s %s %s|%s", d.Name, d.Kind, d.Ours, d.Theirs))
	}
	slices.Sort(out)
	return out
}

func (w *world) difference(name string) registrar.Difference {
	w.t.Helper()
	rows, err := w.store.DifferencesOf(w.t.Context(), "mem", name)
	if err != nil || len(rows) != 1 {
		w.t.Fatalf("%s: %+v, %v", name, rows, err)
	}
	return rows[0]
}

// settled owns names whose registry view has been read, with no worker running.
func (w *world) settled(names ...string) {
	w.t.Helper()
	for _, n := range names {
		w.own(n)
	}
	stop := w.work(w.engine)
	defer stop()
	for _, n := range names {
		w.until("reading of "+n, func() bool { return !w.domain(n).NeedsInfo })
	}
}

func (w *world) atRegistry(name string, fn func(*registrar.DomainInfo)) {
	w.t.Helper()
	d := w.registry.Domain(name)
	fn(d)
	w.registry.Put(*d)
}

func names(list ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, n := range list {
			if !yield(n, nil) {
				return
			}
		}
	}
}

// TestSyncFindsDifferencesAndChangesNothing: each kind becomes one row, however
// often it is found, and ends by itself when it is no longer so.
func TestSyncFindsDifferencesAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled("a.shop", "b.shop", "c.shop", "d.shop", "e.shop", "same.shop")
	was := w.domain("a.shop")
	w.atRegistry("a.shop", func(d *registrar.DomainInfo) {
		d.Expires = d.Expires.AddDate(1, 0, 0)
		d.ExpiresRaw = d.Expires.Format(time.RFC3339)
	})
	w.atRegistry("b.shop", func(d *registrar.DomainInfo) { d.Statuses = []string{"clientTransferProhibited"} })
	w.atRegistry("c.shop", func(d *registrar.DomainInfo) { d.Ours, d.Sponsor = false, "beta" })
	w.registry.RefuseInfo("d.shop", 2201)
	w.atRegistry("e.shop", func(d *registrar.DomainInfo) {
		d.NameServers = []string{"ns9.dns.test"}
		d.SecDNS = registrar.SecDNS{DS: []registrar.DS{{KeyTag: 1}}}
		d.Registrant = "C-OTHER"
	})
	want := []string{
		"a.shop renewed " + was.CurExpiry() + "|", "b.shop statuses none|clientTransferProhibited", "c.shop elsewhere active|sponsored by beta",
		"d.shop unreadable active|refused with code 2201", "e.shop contacts registrant ", "e.shop nameservers ", "e.shop secdns nothing is known here|signed: 1 DS records, 0 keys",
		"new.shop only_there |on the registry's list of our names",
	}
	for round := range 2 {
		p, got := w.synced(registrar.SyncOptions{List: names("a.shop", "new.shop"), Parallel: 3})
		if p.Compared != 6 || p.Different != 6 || p.FinishedAt == nil || len(got) != len(want) {
			t.Fatalf("round %d: %+v\n%s", round, p, strings.Join(got, "\n"))
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("round %d: %s, want %s", round, got[i], want[i])
			}
		}
	}
	if now := w.domain("a.shop"); now.Revision != was.Revision || now.ExpiresRaw != was.ExpiresRaw {
		t.Errorf("the comparison changed %+v", now)
	}
	w.registry.RefuseInfo("d.shop", 0)
	if _, got := w.synced(registrar.SyncOptions{}); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "d.shop") }) || len(got) != len(want)-1 {
		t.Errorf("after the registry shows it again: %s", strings.Join(got, "\n"))
	}
	if got := w.standing(registrar.DiffGone); len(got) != 1 {
		t.Errorf("gone: %v", got)
	}
}

// TestSyncLeavesOutWhatIsUnderWay and what another owner system keeps.
func TestSyncLeavesOutWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled("a.shop", "b.shop", "c.shop")
	w.place(w.renewal("a.shop", 1)) // no worker: it stays under way
	w.change("b.shop", func(d *registrar.Domain) { d.NeedsInfo = true })
	w.change("c.shop", func(d *registrar.Domain) { d.OwnerSystem = "fossbilling" })
	for _, n := range []string{"a.shop", "b.shop", "c.shop"} {
		w.atRegistry(n, func(d *registrar.DomainInfo) { d.NameServers = []string{"ns9.dns.test"} })
	}
	if p, got := w.synced(registrar.SyncOptions{}); p.Skipped != 3 || p.Compared != 0 || len(got) != 0 {
		t.Errorf("%+v, %v", p, got)
	}
}

// TestSyncGoesOn: one that was cut off does not begin anew; two at once is one too
// many.
func TestSyncGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settled("a.shop", "b.shop")
	w.registry.SetDown(true)
	if _, err := w.engine.SyncRegistry(t.Context(), "mem", registrar.SyncOptions{}); err == nil {
		t.Error("a registry that is away was compared with")
	}
	w.registry.SetDown(false)
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.WriteSyncProgress(t.Context(), registrar.SyncProgress{Registry: "mem", After: w.domain("a.shop").PageKey(), Compared: 1, StartedAt: w.engine.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	var second error
	p, _ := w.synced(registrar.SyncOptions{Progress: func(registrar.SyncProgress) {
		if second == nil {
			_, second = w.newEngine(w.store, "second").SyncRegistry(t.Context(), "mem", registrar.SyncOptions{})
		}
	}})
	if p.Compared != 2 {
		t.Errorf("compared %d in all, want 1 and 1", p.Compared)
	}
	wantKind(t, second, registrar.KindConflict, "sync_running")
	_, err = w.engine.SyncRegistry(t.Context(), "nowhere", registrar.SyncOptions{})
	wantKind(t, err, registrar.KindNotFound, "unknown_registry")
}

// TestDifferencesAreDecided by people, with a reason, by what the registry shows
// now.
func TestDifferencesAreDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.settled("a.shop", "b.shop", "c.shop", "d.shop")
	ours := w.domain("b.shop").NameServers
	w.atRegistry("a.shop", func(d *registrar.DomainInfo) {
		d.Expires = d.Expires.AddDate(2, 0, 0)
		d.ExpiresRaw = d.Expires.Format(time.RFC3339)
	})
	w.atRegistry("b.shop", func(d *registrar.DomainInfo) { d.NameServers = nil })
	w.atRegistry("c.shop", func(d *registrar.DomainInfo) { d.Ours, d.Sponsor = false, "beta" })
	w.atRegistry("d.shop", func(d *registrar.DomainInfo) { d.Statuses = []string{"clientTransferProhibited"} })
	w.synced(registrar.SyncOptions{})
	a, b, c, d := w.difference("a.shop"), w.difference("b.shop"), w.difference("c.shop"), w.difference("d.shop")

	if err := w.engine.TakeRegistrys(ctx, w.by, a.ID, "x"); registrar.KindOf(err) != registrar.KindForbidden {
		t.Errorf("by a customer: %v", err)
	}
	wantKind(t, w.engine.TakeRegistrys(ctx, staff, a.ID, " "), registrar.KindInvalid, "required")
	wantKind(t, w.engine.PushOurs(ctx, staff, a.ID, "x"), registrar.KindConflict, "not_pushable")
	for i, want := range []string{"", "difference_changed"} {
		err := w.engine.TakeRegistrys(ctx, staff, a.ID, "they renewed it")
		if want == "" && err != nil || want != "" && registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got, want := w.domain("a.shop").ExpiresRaw, w.registry.Domain("a.shop").ExpiresRaw; got != want {
		t.Errorf("expiry %s, want %s", got, want)
	}
	if got := w.audits("domain", a.DomainID, "domain.difference_taken"); len(got) != 1 {
		t.Errorf("evidence %+v", got)
	}

	if err := w.engine.OpenCase(ctx, staff, c.ID, "asked beta"); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.TakeRegistrys(ctx, staff, c.ID, "it is theirs"); err != nil {
		t.Fatal(err)
	}
	if after, err := w.store.Domain(ctx, c.DomainID); err != nil || after.State != registrar.DomainTransferred {
		t.Errorf("%+v, %v", after, err)
	}

	events, err := w.store.EventsOf(ctx, c.DomainID, registrar.Page{})
	if err != nil || !slices.ContainsFunc(events, func(ev registrar.Event) bool {
		return ev.Kind == registrar.EventTransferredAway && strings.Contains(ev.Detail, "beta")
	}) {
		t.Errorf("nobody was told who has the name now: %+v, %v", events, err)
	}

	w.atRegistry("d.shop", func(d *registrar.DomainInfo) { d.Statuses = []string{"ok"} })
	wantKind(t, w.engine.TakeRegistrys(ctx, staff, d.ID, "x"), registrar.KindConflict, "difference_moved")

	if err := w.engine.PushOurs(ctx, staff, b.ID, "somebody changed it there"); err != nil {
		t.Fatal(err)
	}
	stop := w.work(w.engine)
	defer stop()
	w.until("our name servers", func() bool { return registrar.SameHosts(w.registry.Domain("b.shop").NameServers, ours) })
	if got := w.standing(registrar.DiffPushed); len(got) != 1 {
		t.Errorf("pushed %v", got)
	}
}
