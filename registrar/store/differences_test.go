package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestDifferences(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		at := noon.UTC()
		d := registrar.Difference{ID: "dif_1", Registry: "a", Name: "n.shop", DomainID: "dom_1", Kind: registrar.DiffExpiry, Ours: "ours", Theirs: "їхнє",
			State: registrar.DiffOpen, FoundAt: at, SeenAt: at}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertDifference(ctx, d) })
		again := d
		again.ID = "dif_2"
		if err := s.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertDifference(ctx, again) }); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("two standing rows of one kind: %v", err)
		}
		d.Revision = 1
		same(t, must[registrar.Difference](t)(s.Difference(ctx, "dif_1")), d)
		for _, ok := range []bool{true, false} { // the second has an old revision
			ended := d
			ended.State, ended.EndedAt, ended.EndedBy, ended.Note = registrar.DiffTaken, &at, "usr_1", "why"
			write(t, s, func(tx registrar.Tx) error {
				changed, err := tx.ChangeDifference(ctx, ended)
				if err == nil {
					same(t, changed, ok)
				}
				return err
			})
		}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertDifference(ctx, again) }) // the first is over
		list := func(f registrar.DifferenceFilter) []string {
			return ids(must[[]registrar.Difference](t)(s.Differences(ctx, f, registrar.Page{})), func(d registrar.Difference) string { return d.ID })
		}
		same(t, list(registrar.DifferenceFilter{State: registrar.DiffOpen}), []string{"dif_2"})
		same(t, list(registrar.DifferenceFilter{State: registrar.DiffTaken, Registry: "a"}), []string{"dif_1"})
		same(t, list(registrar.DifferenceFilter{State: registrar.DiffTaken, Registry: "b"}), []string{})
		same(t, must[int](t)(s.CountDifferences(ctx, registrar.DiffOpen, 10)), 1)
		if standing := must[[]registrar.Difference](t)(s.DifferencesOf(ctx, "a", "n.shop")); len(standing) != 1 || standing[0].ID != "dif_2" {
			t.Errorf("%+v", standing)
		}
	})
}

func TestSyncProgress(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := s.SyncProgress(ctx, "a"); !registrar.IsNotFound(err) {
			t.Errorf("never begun: %v", err)
		}
		at := noon.UTC()
		for _, p := range []registrar.SyncProgress{
			{Registry: "a", After: "n.shop dom_1", Compared: 3, Skipped: 1, Different: 2, StartedAt: at},
			{Registry: "a", After: "", Compared: 9, StartedAt: at.Add(time.Hour), FinishedAt: utc(at.Add(2 * time.Hour))},
		} {
			write(t, s, func(tx registrar.Tx) error { return tx.WriteSyncProgress(ctx, p) })
			same(t, must[registrar.SyncProgress](t)(s.SyncProgress(ctx, "a")), p)
		}
	})
}
