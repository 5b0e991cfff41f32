package registrar_test

import (
	"context"
	"maps"
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

// TestCheckEach: what nobody must be asked about and the registry that answers
// come at once; the one that is silent delays nobody and ends in a definite state.
func TestCheckEach(t *testing.T) {
	w := newWorld(t)
	w.own("taken.shop")
	opt := options(w.store, w.registry, "checker")
	opt.CheckTimeout = 200 * time.Millisecond
	opt.Registries["unplugged"] = silent{registrytest.NewMemory(clockwork.NewRealClock())}
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	status := make(map[string]registrar.Availability)
	give := func(quotes []registrar.Quote) {
		for _, q := range quotes {
			if _, twice := status[q.Name]; twice {
				t.Errorf("%s is answered twice", q.Name)
			}
			status[q.Name], order = q.Status, append(order, q.Name)
		}
	}
	names := []string{"slow.gone", "Free.shop", "taken.shop", "пример.shop", "x.nowhere", "free.shop"}
	if err := e.CheckEach(t.Context(), names, "USD", give); err != nil {
		t.Fatal(err)
	}
	want := map[string]registrar.Availability{
		"slow.gone": registrar.Unknown, "free.shop": registrar.Available, "taken.shop": registrar.Registered,
		"xn--e1afmkfd.shop": registrar.Unsupported, "x.nowhere": registrar.Unsupported,
	}
	if !maps.Equal(status, want) {
		t.Errorf("answers: %v", status)
	}
	if len(order) != 5 || order[0] != "xn--e1afmkfd.shop" || order[1] != "x.nowhere" || order[4] != "slow.gone" {
		t.Errorf("order: %v", order)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	count := 0
	if err := e.CheckEach(ctx, []string{"slow.gone"}, "USD", func([]registrar.Quote) { count++ }); err != nil || count != 0 {
		t.Errorf("a caller who left was given %d answers, %v", count, err)
	}
	wantKind(t, e.CheckEach(t.Context(), make([]string, registrar.MaxStreamNames+1), "USD", give), registrar.KindInvalid, "too_many")
}

func TestOrderOfRefusedNames(t *testing.T) {
	w := newWorld(t)
	for name, code := range map[string]string{"пример.shop": "not_in_table", "pаypal.shop": "mixed_script", "💩.shop": "emoji_refused"} {
		_, _, err := w.engine.PlaceOrder(t.Context(), w.by, w.registration(name, 1))
		wantKind(t, err, registrar.KindUnsupported, code)
	}
}
