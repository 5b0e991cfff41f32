package registrar_test

import (
	"context"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// silent is a registry that answers no check before the caller gives up.
type silent struct{ *registrytest.Memory }

func (s silent) CheckDomains(ctx context.Context, _ []string) ([]registrar.CheckResult, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCheck(t *testing.T) {
	w := newWorld(t)
	w.own("taken.shop")
	w.registry.Reserve("gold.shop", "Reserved name")
	opt := options(w.store, w.registry, "checker")
	opt.CheckTimeout = 50 * time.Millisecond
	opt.Registries["unplugged"] = silent{registrytest.NewMemory(clockwork.NewRealClock())}
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"Free.shop", "taken.shop", "gold.shop", "slow.gone", "x.nowhere", "a.old", "not a name", "free.shop", "bücher.shop"}
	want := []registrar.Availability{
		registrar.Available, registrar.Registered, registrar.Reserved, registrar.Unknown, registrar.Unsupported,
		registrar.Unsupported, registrar.Unsupported, registrar.Available, registrar.Available,
	}
	quotes, err := e.Check(t.Context(), names, "USD")
	if err != nil || len(quotes) != len(names) {
		t.Fatalf("%d quotes, %v", len(quotes), err)
	}
	for i, q := range quotes {
		if q.Status != want[i] {
			t.Errorf("%s is %s, want %s", names[i], q.Status, want[i])
		}
		if q.Status != registrar.Available && q.Reason == "" {
			t.Errorf("%s is %s without a reason", names[i], q.Status)
		}
	}
	if p := quotes[0].Prices; p[registrar.ActionRegister].Minor != registerPrice || p[registrar.ActionRenew].Minor != renewPrice {
		t.Errorf("prices: %v", p)
	}
	if quotes[8].Name != "xn--bcher-kva.shop" || quotes[8].UName != "bücher.shop" {
		t.Errorf("IDN: %+v", quotes[8])
	}
	if q, _ := e.Check(t.Context(), []string{"free.shop"}, "EUR"); q[0].Status != registrar.Unsupported {
		t.Errorf("sold without a price in that currency: %+v", q[0])
	}
	_, err = e.Check(t.Context(), nil, "USD")
	wantKind(t, err, registrar.KindInvalid, "required")
	_, err = e.Check(t.Context(), make([]string, registrar.MaxCheckNames+1), "USD")
	wantKind(t, err, registrar.KindInvalid, "too_many")
}
