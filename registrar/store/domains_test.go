package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func insertDomain(t testing.TB, s *store.Store, d registrar.Domain) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) error { return tx.InsertDomain(t.Context(), d) })
}

func TestDomainRoundTrip(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := aDomain(1, "xn--bcher-kva.shop", registrar.DomainPendingCreate)
		d.UName, d.Registrant = "bücher.shop", registrar.ContactRef{ContactID: "con_1", Version: 1}
		insertDomain(t, s, d)
		same(t, must[registrar.Domain](t)(s.Domain(ctx, d.ID)), d)
		_, err := s.Registration(ctx, d.Name)
		wantError(t, err, registrar.KindNotFound, "not_found") // not ours yet

		d.State, d.ROID, d.NameServers, d.Statuses = registrar.DomainActive, "D1-ÄÖ", []string{"ns2.a.net", "ns1.a.net"}, []string{"ok"}
		d.CreatedAt, d.ExpiresAt, d.ExpiresRaw = utc(noon), utc(noon.AddDate(1, 0, 0)), "2027-03-29T12:00:00.1+05:30"
		d.ChangedAt, d.NeedsInfo = utc(noon.Add(time.Microsecond)), true
		write(t, s, func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, d) })
		d.Revision++
		same(t, must[registrar.Domain](t)(s.DomainByName(ctx, d.Name)), d)

		// No contact at all, then with one.
		same(t, must[registrar.Registration](t)(s.Registration(ctx, d.Name)), registrar.Registration{Domain: d})
		v := aContact("con_1", 1)
		write(t, s, func(tx registrar.Tx) error { return tx.InsertContactVersion(ctx, v) })
		same(t, must[registrar.Registration](t)(s.Registration(ctx, d.Name)), registrar.Registration{Domain: d, Registrant: v})
		for _, name := range []string{"other.shop", "", "bücher.shop", "XN--BCHER-KVA.SHOP"} {
			_, err := s.Registration(ctx, name)
			wantError(t, err, registrar.KindNotFound, "not_found")
		}
		stale := d
		stale.Revision--
		refused(t, s, registrar.KindConflict, "domain_changed", func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, stale) })
		stale.ID = "dom_none"
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, stale) })
	})
}

func TestOneLiveRowPerName(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insertDomain(t, s, aDomain(1, "a.shop", registrar.DomainFailed))
		insertDomain(t, s, aDomain(2, "a.shop", registrar.DomainFailed))
		insertDomain(t, s, aDomain(3, "a.shop", registrar.DomainPendingCreate))
		taken := func(d registrar.Domain) {
			t.Helper()
			refused(t, s, registrar.KindConflict, "name_taken", func(tx registrar.Tx) error { return tx.InsertDomain(ctx, d) })
		}
		taken(aDomain(4, "a.shop", registrar.DomainPendingCreate))
		taken(aDomain(4, "a.shop", registrar.DomainActive))
		failed := aDomain(3, "a.shop", registrar.DomainFailed)
		write(t, s, func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, failed) })
		_, err := s.DomainByName(ctx, "a.shop")
		wantError(t, err, registrar.KindNotFound, "not_found")
		insertDomain(t, s, aDomain(4, "a.shop", registrar.DomainActive))
		revived := aDomain(1, "a.shop", registrar.DomainActive)
		refused(t, s, registrar.KindConflict, "name_taken", func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, revived) })
	})
}

func TestNameRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		const n = 8
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				errs[i] = s.InTx(t.Context(), func(tx registrar.Tx) error {
					return tx.InsertDomain(t.Context(), aDomain(i, "race.shop", registrar.DomainPendingCreate))
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantError(t, err, registrar.KindConflict, "name_taken")
		}
		if won != 1 {
			t.Errorf("%d of %d orders got the name", won, n)
		}
	})
}

func TestDomainLists(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for i, name := range []string{"b.shop", "a.shop", "c.shop", "a-b.shop", "bb.shop"} {
				d := aDomain(i+1, name, registrar.DomainActive)
				if name == "c.shop" {
					d.State, d.CustomerID = registrar.DomainPendingCreate, "cus_002"
				}
				if name == "bb.shop" {
					d.Registry, d.NeedsInfo = "other", true
				}
				if err := tx.InsertDomain(ctx, d); err != nil {
					return err
				}
			}
			for i := 11; i <= 14; i++ {
				if err := tx.InsertDomain(ctx, aDomain(i, "b.shop", registrar.DomainFailed)); err != nil {
					return err
				}
			}
			return nil
		})
		active := []registrar.DomainState{registrar.DomainActive}
		for _, c := range []struct {
			filter registrar.DomainFilter
			want   []string
		}{
			{registrar.DomainFilter{}, []string{"dom_004", "dom_002", "dom_001", "dom_011", "dom_012", "dom_013", "dom_014", "dom_005", "dom_003"}},
			{registrar.DomainFilter{CustomerID: "cus_001", States: active}, []string{"dom_004", "dom_002", "dom_001", "dom_005"}},
			{registrar.DomainFilter{CustomerID: "cus_002"}, []string{"dom_003"}},
			{registrar.DomainFilter{Registry: "other"}, []string{"dom_005"}},
			{registrar.DomainFilter{Registry: "mem", CustomerID: "cus_002"}, []string{"dom_003"}},
			{registrar.DomainFilter{Prefix: "b", States: active}, []string{"dom_001", "dom_005"}},
			{registrar.DomainFilter{Prefix: "a."}, []string{"dom_002"}},
			{registrar.DomainFilter{Prefix: "%"}, []string{}},
			{registrar.DomainFilter{Prefix: "ü"}, []string{}},
			{registrar.DomainFilter{CustomerID: "cus_üü"}, []string{}},
		} {
			for _, size := range []int{1, 2, 500} {
				read := func(p registrar.Page) ([]registrar.Domain, error) { return s.Domains(ctx, c.filter, p) }
				got := walkDomains(t, size, read)
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("%+v in pages of %d: %v, want %v", c.filter, size, got, c.want)
				}
			}
		}
		// A bare name continues behind all rows of that name.
		rest := must[[]registrar.Domain](t)(s.Domains(ctx, registrar.DomainFilter{}, registrar.Page{After: "b.shop"}))
		same(t, ids(rest, func(d registrar.Domain) string { return d.ID }), []string{"dom_005", "dom_003"})
		stale := must[[]registrar.Domain](t)(s.DomainsNeedingInfo(ctx, "other", 10))
		same(t, ids(stale, func(d registrar.Domain) string { return d.ID }), []string{"dom_005"})
		same(t, len(must[[]registrar.Domain](t)(s.DomainsNeedingInfo(ctx, "mem", 10))), 0)
	})
}

func walkDomains(t testing.TB, size int, read func(registrar.Page) ([]registrar.Domain, error)) []string {
	t.Helper()
	out := []string{}
	page := registrar.Page{Limit: size}
	for {
		rows := must[[]registrar.Domain](t)(read(page))
		if len(rows) == 0 {
			return out
		}
		if len(rows) > size || len(out) > 100 {
			t.Fatalf("page of %d rows, %d so far", len(rows), len(out))
		}
		for _, d := range rows {
			out = append(out, d.ID)
		}
		page.After = rows[len(rows)-1].PageKey()
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	long := func(n int) string { return fmt.Sprintf("%0*d", n, 0) }
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for what, d := range map[string]func(*registrar.Domain){
			"name of 256":        func(d *registrar.Domain) { d.Name = long(256) },
			"name not ASCII":     func(d *registrar.Domain) { d.Name = "bücher.shop" },
			"U-label of 256 ü":   func(d *registrar.Domain) { d.UName = long(255) + "ü" },
			"id of 41":           func(d *registrar.Domain) { d.ID = long(41) },
			"expiry text of 65":  func(d *registrar.Domain) { d.ExpiresRaw = long(65) },
			"registry name of64": func(d *registrar.Domain) { d.Registry = long(64) },
		} {
			bad := aDomain(1, "a.shop", registrar.DomainActive)
			d(&bad)
			t.Run(what, func(t *testing.T) {
				refused(t, s, registrar.KindInvalid, "value_refused", func(tx registrar.Tx) error { return tx.InsertDomain(ctx, bad) })
			})
		}
		good := aDomain(1, long(255), registrar.DomainActive)
		good.UName = "ü" + long(254)
		insertDomain(t, s, good)
		same(t, must[registrar.Domain](t)(s.Domain(ctx, good.ID)), good)

		timeless := aDomain(2, "b.shop", registrar.DomainActive)
		timeless.OrderedAt = time.Time{}
		err := s.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertDomain(ctx, timeless) })
		if err == nil {
			t.Errorf("a missing time was written: %v", err)
		}
	})
}
