package store_test

import (
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// TestPurgedTranscriptsLeaveNothing: what was made from them for the search goes, too.
func TestPurgedTranscriptsLeaveNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for _, id := range []string{"tsc_1", "tsc_2"} {
				x := registrar.Transcript{ID: id, Registry: "mem", Verb: "domain:check", StartedAt: noon, Objects: []string{"a.shop", "b.shop"}}
				if err := tx.InsertTranscript(ctx, x); err != nil {
					return err
				}
			}
			n, err := tx.PurgeAged(ctx, registrar.PurgeTranscripts, []registrar.Aged{{ID: "tsc_1"}})
			if n != 1 {
				t.Errorf("%d transcripts purged", n)
			}
			return err
		})
		for table, want := range map[string]string{"transcripts": "1", "transcript_objects": "2"} {
			query(t, s.SQL(), "SELECT COUNT(*) FROM "+table, func(v []string) {
				if v[0] != want {
					t.Errorf("%s has %s rows, want %s", table, v[0], want)
				}
			})
		}
	})
}
