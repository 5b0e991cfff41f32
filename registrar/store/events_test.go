package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ev := func(n int, domainID string) registrar.Event {
			return registrar.Event{ID: fmt.Sprintf("evt_%d", n), Kind: registrar.EventDomainRegistered, CustomerID: "cus_1", Domain: "a.shop", DomainID: domainID,
				OrderID: "ord_1", Operation: "op_1", Detail: "größer", At: noon.UTC()}
		}
		write(t, s, func(tx registrar.Tx) error {
			for n, d := range []string{"dom_1", "dom_1", "dom_2", "", "dom_1"} {
				if err := tx.InsertEvent(ctx, ev(n, d)); err != nil {
					return err
				}
			}
			return nil
		})
		got := must[[]registrar.Event](t)(s.EventsOf(ctx, "dom_1", registrar.Page{}))
		same(t, got, []registrar.Event{ev(4, "dom_1"), ev(1, "dom_1"), ev(0, "dom_1")})
		paged := walk(t, 2, func(p registrar.Page) ([]registrar.Event, error) { return s.EventsOf(ctx, "dom_1", p) }, func(e registrar.Event) string { return e.ID })
		same(t, paged, []string{"evt_4", "evt_1", "evt_0"})
	})
}

func TestTranscripts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		tr := func(n int) registrar.Transcript {
			return registrar.Transcript{ID: fmt.Sprintf("tsc_%d", n), Registry: "mem", SessionID: "s1", CommandID: "cmd_1", ClTRID: fmt.Sprintf("IND-%d", n), SvTRID: "SV",
				Verb: "domain:create", Object: "bücher.shop", Code: 2400, Error: "cut", StartedAt: noon.UTC(), Duration: 1234567 * time.Microsecond,
				Request: "<epp>ü</epp>", Response: "<epp>✓</epp>"}
		}
		write(t, s, func(tx registrar.Tx) error {
			for n := range 3 {
				if err := tx.InsertTranscript(ctx, tr(n)); err != nil {
					return err
				}
			}
			outside := tr(3)
			outside.CommandID, outside.Object = "", "other.shop"
			return tx.InsertTranscript(ctx, outside)
		})
		id := func(t registrar.Transcript) string { return t.ID }
		for _, c := range []struct {
			filter registrar.TranscriptFilter
			want   []string
		}{
			{registrar.TranscriptFilter{CommandID: "cmd_1"}, []string{"tsc_2", "tsc_1", "tsc_0"}},
			{registrar.TranscriptFilter{Object: "other.shop"}, []string{"tsc_3"}},
			{registrar.TranscriptFilter{ClTRID: "IND-1"}, []string{"tsc_1"}},
			{registrar.TranscriptFilter{ClTRID: "IND-3", CommandID: "cmd_1"}, nil},
		} {
			same(t, walk(t, 2, func(p registrar.Page) ([]registrar.Transcript, error) { return s.Transcripts(ctx, c.filter, p) }, id), c.want)
		}
		got := must[[]registrar.Transcript](t)(s.Transcripts(ctx, registrar.TranscriptFilter{ClTRID: "IND-2"}, registrar.Page{}))
		same(t, got, []registrar.Transcript{tr(2)})
		_, err := s.Transcripts(ctx, registrar.TranscriptFilter{}, registrar.Page{})
		wantError(t, err, registrar.KindInvalid, "no_filter")
	})
}

func TestTranscriptsOfNamesThatAreNotASCII(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		tr := registrar.Transcript{ID: "tsc_1", Object: "bücher.shop", StartedAt: noon}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertTranscript(t.Context(), tr) })
		got := must[[]registrar.Transcript](t)(s.Transcripts(t.Context(), registrar.TranscriptFilter{Object: "bücher.shop"}, registrar.Page{}))
		if len(got) != 1 {
			t.Errorf("%d transcripts, want 1", len(got))
		}
	})
}

func TestRegistryWithoutFunds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		same(t, must[registrar.RegistryState](t)(s.RegistryState(ctx, "mem")), registrar.RegistryState{Registry: "mem"})
		set := func(since *time.Time) (changed bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				changed, err = tx.SetNoFunds(ctx, "mem", since)
				return err
			})
			return changed
		}
		probe := func() (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.TakeProbe(ctx, "mem", time.Hour)
				return err
			})
			return ok
		}
		if set(nil) {
			t.Error("funds came back that were never gone")
		}
		if probe() {
			t.Error("a probe without need")
		}
		if !set(&noon) || set(utc(noon.Add(time.Hour))) {
			t.Error("funds go once")
		}
		same(t, must[registrar.RegistryState](t)(s.RegistryState(ctx, "mem")).NoFundsSince, utc(noon))
		if !probe() || probe() {
			t.Error("one probe per interval")
		}
		if _, err := s.SQL().ExecContext(ctx, "UPDATE registry_states SET probe_at = probe_at - 3600000000"); err != nil {
			t.Fatal(err)
		}
		if !probe() {
			t.Error("no probe after the interval")
		}
		if !set(nil) || set(nil) || probe() {
			t.Error("funds come back once, and end the probes")
		}
		if !set(&noon) || !probe() {
			t.Error("the second time is like the first")
		}
	})
}

func TestCatalogue(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		tld := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MinNameServers: 2, MaxNameServers: 13, Active: true, IDNTables: "Latn de=äöüß"}
		price := registrar.Price{TLD: "shop", Action: registrar.ActionRegister, Class: registrar.ClassStandard, Years: 1, Sale: registrar.Money{Minor: 1200, Currency: "EUR"},
			Cost: registrar.Money{Minor: 900, Currency: "USD"}, ValidFrom: noon.UTC()}
		put := func() {
			t.Helper()
			write(t, s, func(tx registrar.Tx) error {
				if err := tx.PutTLD(ctx, tld); err != nil {
					return err
				}
				return tx.PutPrice(ctx, price)
			})
			same(t, must[[]registrar.TLD](t)(s.TLDs(ctx)), []registrar.TLD{tld})
			same(t, must[[]registrar.Price](t)(s.Prices(ctx)), []registrar.Price{price})
		}
		put()
		tld.Active, tld.MaxYears, price.Sale.Minor, price.ValidUntil = false, 5, 1300, utc(noon.AddDate(1, 0, 0))
		put() // the same keys: changed, not added
		dollars := price
		dollars.Sale.Currency = "USD"
		write(t, s, func(tx registrar.Tx) error { return tx.PutPrice(ctx, dollars) })
		same(t, len(must[[]registrar.Price](t)(s.Prices(ctx))), 2)
	})
}
