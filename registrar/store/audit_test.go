package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func anEvent(n int) registrar.AuditEvent {
	return registrar.AuditEvent{ID: fmt.Sprintf("aud_%03d", n), At: noon, By: registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1", IP: "192.0.2.7", RequestID: "req"},
		Action: "contact.change", ObjectKind: "contact", ObjectID: "con_1", ObjectName: "IND-1", Retention: registrar.RetainRegistration,
		Before: map[string]string{"city": "Köln"}, After: map[string]string{"city": "München 😀"}}
}

func insertAudit(t testing.TB, s *store.Store, n int) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) error { return tx.InsertAudit(t.Context(), anEvent(n)) })
}

func chain(t testing.TB, s *store.Store) int {
	t.Helper()
	fresh := must[[]registrar.AuditDigest](t)(s.UnchainedAudit(t.Context(), 0, 500))
	write(t, s, func(tx registrar.Tx) error { return tx.ChainAudit(t.Context(), fresh, noon) })
	return len(fresh)
}

func verify(t testing.TB, s *store.Store) []string {
	t.Helper()
	out := []string{}
	if err := s.VerifyAudit(t.Context(), func(id, problem string) { out = append(out, id+": "+problem) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAuditEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for n := 1; n <= 3; n++ {
			insertAudit(t, s, n)
		}
		bare := registrar.AuditEvent{ID: "aud_004", At: noon, By: registrar.System("job"), Action: "x", ObjectKind: "domain", ObjectID: "con_1"}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertAudit(ctx, bare) })
		got := must[[]registrar.AuditEvent](t)(s.AuditOf(ctx, "contact", "con_1", registrar.Page{Limit: 1, After: "aud_003"}))
		want := anEvent(2)
		want.At, want.Before, want.After = noon.UTC(), json.RawMessage(`{"city":"Köln"}`), json.RawMessage(`{"city":"München 😀"}`)
		same(t, got, []registrar.AuditEvent{want})
		all := walk(t, 2, func(p registrar.Page) ([]registrar.AuditEvent, error) { return s.AuditOf(ctx, "contact", "con_1", p) },
			func(e registrar.AuditEvent) string { return e.ID })
		same(t, all, []string{"aud_003", "aud_002", "aud_001"})
		unclassed := anEvent(5)
		unclassed.Retention = ""
		refused(t, s, registrar.KindInvalid, "no_retention", func(tx registrar.Tx) error { return tx.InsertAudit(ctx, unclassed) })
		unencodable := anEvent(5)
		unencodable.After = func() {}
		if err := s.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertAudit(ctx, unencodable) }); err == nil {
			t.Error("a payload that is no JSON was taken")
		}
	})
}

func TestAuditChain(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for n := 1; n <= 5; n++ {
			insertAudit(t, s, n)
		}
		if young := must[[]registrar.AuditDigest](t)(s.UnchainedAudit(ctx, time.Hour, 10)); len(young) != 0 {
			t.Errorf("events of this moment are said to be an hour old: %v", young)
		}
		first := must[[]registrar.AuditDigest](t)(s.UnchainedAudit(ctx, 0, 2))
		if len(first) != 2 {
			t.Fatalf("unchained: %v", first)
		}
		write(t, s, func(tx registrar.Tx) error { return tx.ChainAudit(ctx, first, noon) })
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error { return tx.ChainAudit(ctx, first, noon) })
		refused(t, s, registrar.KindConflict, "already_chained", func(tx registrar.Tx) error {
			return tx.ChainAudit(ctx, []registrar.AuditDigest{{EventID: "aud_none", Digest: "x"}}, noon)
		})
		if n := chain(t, s); n != 3 {
			t.Errorf("%d events were left to chain, want 3", n)
		}
		if n := chain(t, s); n != 0 {
			t.Errorf("%d events chained twice", n)
		}
		same(t, verify(t, s), []string{})
	})
}

func TestAuditChainRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		for n := 1; n <= 8; n++ {
			insertAudit(t, s, n)
		}
		fresh := must[[]registrar.AuditDigest](t)(s.UnchainedAudit(t.Context(), 0, 500))
		errs := make([]error, len(fresh))
		var wg sync.WaitGroup
		for i := range fresh {
			wg.Go(func() {
				errs[i] = s.InTx(t.Context(), func(tx registrar.Tx) error { return tx.ChainAudit(t.Context(), fresh[i:i+1], noon) })
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				wantError(t, err, registrar.KindConflict, "duplicate") // lost the race for a place
			}
		}
		for chain(t, s) > 0 { // the losers come again
		}
		same(t, verify(t, s), []string{})
	})
}

func TestAuditSurvivesPurgeAndShowsChanges(t *testing.T) {
	faults := []struct{ what, sql, want string }{
		{"payload purged", "DELETE FROM audit_payloads WHERE event_id = 'aud_002'", ""},
		{"event changed", "UPDATE audit_events SET by_id = 'usr_2' WHERE id = 'aud_002'", "aud_002: the event was changed after it was chained"},
		{"time changed", "UPDATE audit_events SET occurred_at = '2026-03-29 06:30:00.123457+00:00' WHERE id = 'aud_002'", "aud_002: the event was changed"},
		{"payload changed", "UPDATE audit_payloads SET after_json = '{}' WHERE event_id = 'aud_002'", "aud_002: the payload was changed"},
		{"payload half gone", "UPDATE audit_payloads SET before_json = NULL WHERE event_id = 'aud_002'", "aud_002: the payload was changed"},
		{"address changed", "UPDATE audit_payloads SET ip = '192.0.2.8' WHERE event_id = 'aud_002'", "aud_002: the payload was changed"},
		{"event gone", "DELETE FROM audit_events WHERE id = 'aud_002'", "aud_002: the event is gone"},
		{"link gone", "DELETE FROM audit_chain WHERE event_id = 'aud_002'", "the chain jumps from 1 to 3"},
		{"link changed", "UPDATE audit_chain SET digest = 'x' WHERE event_id = 'aud_002'", "aud_002: the chain digest does not follow"},
	}
	for _, f := range faults {
		t.Run(f.what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *store.Store) {
				for n := 1; n <= 4; n++ {
					insertAudit(t, s, n)
					chain(t, s)
				}
				query := f.sql
				if s.Driver() == store.DriverMySQL {
					query = strings.ReplaceAll(query, "+00:00", "")
				}
				res, err := s.SQL().ExecContext(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				if n, err := res.RowsAffected(); n != 1 || err != nil {
					t.Fatalf("the fault touched %d rows, %v", n, err)
				}
				got := verify(t, s)
				if f.want == "" && len(got) > 0 || f.want != "" && !strings.Contains(strings.Join(got, "\n"), f.want) {
					t.Errorf("found %q, want %q", got, f.want)
				}
			})
		})
	}
}

func TestAuditVerifyReadsAllPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx registrar.Tx) error {
			for n := range 450 {
				if err := tx.InsertAudit(t.Context(), anEvent(n)); err != nil {
					return err
				}
			}
			return nil
		})
		for chain(t, s) > 0 {
		}
		same(t, verify(t, s), []string{})
		if _, err := s.SQL().ExecContext(t.Context(), "UPDATE audit_events SET action = 'x' WHERE id = 'aud_449'"); err != nil {
			t.Fatal(err)
		}
		same(t, verify(t, s), []string{"aud_449: the event was changed after it was chained"})
	})
}
