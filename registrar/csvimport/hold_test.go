package csvimport_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
)

// TestOneImportAtATime: a second one is refused with the name of the first, and
// nothing of it is written; after the end the place is free.
func TestOneImportAtATime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.file(false, row("a.shop", "ada@example.org", "Ada"))
		second := *i
		second.Report = i.Report + ".2"
		i.Engine = &meeting{w.engine, func(registrar.ImportRun) {
			_, _, err := second.Apply(t.Context())
			var e *registrar.Error
			if !errors.As(err, &e) || e.Kind != registrar.KindConflict || e.Code != "import_running" || !strings.Contains(e.Detail, "names.csv, begun 20") {
				t.Errorf("the second import: %v", err)
			}
			if held, err := w.engine.ImportRunning(t.Context()); err != nil || !held {
				t.Errorf("the first holds nothing: %v", err)
			}
		}}
		w.apply(i)
		if held, err := w.engine.ImportRunning(t.Context()); err != nil || held {
			t.Errorf("the lease is still held: %v", err)
		}
		runs, err := w.store.ImportRuns(t.Context(), registrar.Page{})
		w.must(err)
		w.same("runs", len(runs), 1)
		w.apply(&second)
	})
}

// meeting does something when the first batch is about to be written.
type meeting struct {
	*registrar.Engine
	then func(registrar.ImportRun)
}

func (m *meeting) ApplyImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun, plans []*registrar.ImportPlan) (registrar.ImportRun, error) {
	m.then(run)
	return m.Engine.ApplyImport(ctx, by, run, plans)
}

// TestLostLease: a process that stood still and lost its lease writes nothing
// any more, and refuses no row for it.
func TestLostLease(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.file(false, row("a.shop", "ada@example.org", "Ada"), row("b.shop", "ada@example.org", "Ada"))
		other := ""
		i.Engine = &meeting{w.engine, func(run registrar.ImportRun) {
			w.must(w.store.ReleaseLease(t.Context(), "import", run.Lease))
			var ok bool
			var err error
			other, ok, err = w.store.TryLease(t.Context(), "import", "another", time.Minute)
			w.must(err)
			w.same("another process has the lease", ok, true)
		}}
		run, _, err := i.Apply(t.Context())
		var e *registrar.Error
		if !errors.As(err, &e) || e.Code != "import_taken" {
			t.Fatalf("%v", err)
		}
		w.same("figures", say(run.Created, run.Refused, run.Line), "0 0 0")
		if _, err := w.store.DomainByName(t.Context(), "a.shop"); !registrar.IsNotFound(err) {
			t.Errorf("a name came in without a lease: %v", err)
		}
		w.must(w.store.ReleaseLease(t.Context(), "import", other))
		i.Engine = w.engine
		run, _ = w.apply(i)
		w.same("afterwards", run.Created, 2)
	})
}

// killed fails after a batch was written and before its report is.
type killed struct{ *registrar.Engine }

func (k *killed) ApplyImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun, plans []*registrar.ImportPlan) (registrar.ImportRun, error) {
	run, err := k.Engine.ApplyImport(ctx, by, run, plans)
	if err == nil {
		err = errCut
	}
	return run, err
}

// TestReportAfterAKill: what was found in a batch whose report was lost is in the
// report of the run that goes on, and in each later one, once.
func TestReportAfterAKill(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contact("C1", "Somebody else")
		w.contact("C2", "Ada")
		w.ours("a.shop", "C1", func(i *registrar.DomainInfo) { i.Contacts = registrar.ContactHandles{registrar.RoleTech: {"C9"}} })
		w.ours("b.shop", "C2", func(i *registrar.DomainInfo) { i.NameServers = []string{"ns7.example.net"} })
		i := w.file(true, row("a.shop", "ada@example.org", "Ada"), row("b.shop", "ada@example.org", "Ada"))
		i.Engine = &killed{w.engine}
		if _, _, err := i.Apply(t.Context()); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if raw, err := os.ReadFile(i.Report); err != nil || strings.Contains(string(raw), "a.shop") {
			t.Fatalf("the report was not lost: %s %v", raw, err)
		}
		i.Engine = w.engine
		want := []string{"2  taken other_contact", "2 registrant_name taken registrant_differs", "3 nameservers taken nameservers_differ"}
		for range 2 {
			run, sum := w.apply(i)
			w.same("run", say(run.Same, run.Created, run.Differing, sum.Findings["registrant_differs"]), "2 0 2 1")
			got := w.report(i)
			slices.Sort(got)
			w.same("report", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		plan, err := i.Plan(t.Context(), false)
		w.must(err)
		w.same("a plan tells it, too", plan.Differing, 2)
	})
}

// TestUnprovedIsToldAsSuch: the refusal says what is the matter and what to do.
func TestUnprovedIsToldAsSuch(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	w.apply(w.file(false, row("a.shop", "ada@example.org", "Ada")))
	d := w.domain("a.shop")
	_, err := w.engine.ChangeNameServers(t.Context(), by, d.CustomerID, "a.shop", []string{"ns1.example.org", "ns2.example.org"}, nil)
	var e *registrar.Error
	if !errors.As(err, &e) || e.Code != registrar.CodeNotProved || !strings.Contains(e.Detail, "not proved at its registry") || !strings.Contains(e.Detail, "with verification") {
		t.Errorf("%v", err)
	}
}
