package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestRestores(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		_, err := s.LastRestore(ctx)
		wantError(t, err, registrar.KindNotFound, "not_found")
		run := registrar.DatabaseRestore{ID: "rst_1", StartedAt: noon.UTC()}
		part := registrar.RestoreProgress{RestoreID: run.ID, Registry: "mem", CommandsTotal: 3, DomainsTotal: 5}
		insert := func(r registrar.DatabaseRestore) func(registrar.Tx) error {
			return func(tx registrar.Tx) error {
				p := part
				p.RestoreID = r.ID
				return tx.InsertRestore(ctx, r, time.Hour, []registrar.RestoreProgress{p})
			}
		}
		write(t, s, insert(run))
		got, on, err := s.RunningRestore(ctx)
		if err != nil || !on {
			t.Fatalf("running: %v, %v", on, err)
		}
		now := must[time.Time](t)(s.Now(ctx))
		if left := got.SettleAt.Sub(now); left > time.Hour || left < 59*time.Minute {
			t.Errorf("settles in %s", left)
		}
		second := run
		second.ID = "rst_2"
		if err := s.InTx(ctx, insert(second)); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("two at once: %v", err)
		}
		same(t, must[bool](t)(s.HeldAfterRestore(ctx, "dom_1")), true)

		part.CommandsChecked, part.CommandsAt, part.DomainsChecked, part.DomainsAfter = 3, utc(noon), 2, "b.shop dom_2"
		write(t, s, func(tx registrar.Tx) error { return tx.SaveRestoreProgress(ctx, part) })
		same(t, must[[]registrar.RestoreProgress](t)(s.RestoreProgress(ctx, run.ID)), []registrar.RestoreProgress{part})

		run.EndedAt, run.EndedBy, run.Reason = utc(noon), "usr_1", "all is well"
		for _, want := range []bool{true, false} {
			write(t, s, func(tx registrar.Tx) error {
				same(t, must[bool](t)(tx.EndRestore(ctx, run)), want)
				return nil
			})
		}
		run.SettleAt = got.SettleAt
		same(t, must[registrar.DatabaseRestore](t)(s.LastRestore(ctx)), run)
		same(t, must[bool](t)(s.HeldAfterRestore(ctx, "dom_1")), false)
		write(t, s, insert(second)) // one may run again
	})
}

func TestRestoreNames(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add := func(want int, names ...string) {
			t.Helper()
			write(t, s, func(tx registrar.Tx) error {
				n, err := tx.InsertRestoreNames(ctx, "rst_1", "mem", names)
				same(t, n, want)
				return err
			})
		}
		add(3, "b.shop", "a.shop", "c.shop")
		add(1, "a.shop", "d.shop")
		write(t, s, func(tx registrar.Tx) error {
			return tx.MarkRestoreNames(ctx, "rst_1", "mem", []string{"a.shop", "c.shop"})
		})
		same(t, must[[]string](t)(s.UncheckedRestoreNames(ctx, "rst_1", "mem", 10)), []string{"b.shop", "d.shop"})
		same(t, must[[]string](t)(s.UncheckedRestoreNames(ctx, "rst_1", "mem", 1)), []string{"b.shop"})
		same(t, len(must[[]string](t)(s.UncheckedRestoreNames(ctx, "rst_1", "other", 10))), 0)
	})
}

func TestRestoreFindings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		f := registrar.RestoreFinding{ID: "fnd_1", RestoreID: "rst_1", Kind: registrar.FindingDiffers, State: registrar.FindingOpen, Registry: "mem",
			Object: "a.shop", DomainID: "dom_1", Detail: "name servers here ns1, at the registry none", FoundAt: noon.UTC()}
		again, other := f, f
		again.ID = "fnd_2"
		other.ID, other.Object, other.DomainID, other.Kind = "fnd_3", "b.shop", "", registrar.FindingUnknownHere
		for i, want := range []bool{true, false, true} {
			write(t, s, func(tx registrar.Tx) error {
				same(t, must[bool](t)(tx.InsertRestoreFinding(ctx, []registrar.RestoreFinding{f, again, other}[i])), want)
				return nil
			})
		}
		same(t, must[[]registrar.RestoreFinding](t)(s.RestoreFindings(ctx, registrar.FindingOpen, registrar.Page{})), []registrar.RestoreFinding{other, f})
		same(t, must[[]registrar.RestoreFinding](t)(s.RestoreFindings(ctx, registrar.FindingOpen, registrar.Page{After: "fnd_3"})), []registrar.RestoreFinding{f})
		same(t, must[bool](t)(s.HeldAfterRestore(ctx, "dom_1")), true)
		same(t, must[bool](t)(s.HeldAfterRestore(ctx, "dom_2")), false)
		f.State, f.EndedAt, f.EndedBy, f.Reason = registrar.FindingReleased, utc(noon), "usr_1", "looked at it"
		for _, want := range []bool{true, false} {
			write(t, s, func(tx registrar.Tx) error {
				same(t, must[bool](t)(tx.EndRestoreFinding(ctx, f)), want)
				return nil
			})
		}
		same(t, must[registrar.RestoreFinding](t)(s.RestoreFinding(ctx, "fnd_1")), f)
		same(t, must[int](t)(s.CountRestoreFindings(ctx, registrar.FindingOpen)), 1)
		same(t, must[bool](t)(s.HeldAfterRestore(ctx, "dom_1")), false)
	})
}
