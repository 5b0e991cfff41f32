package api_test

import (
	"slices"
	"testing"

	"github.com/indera/indera/web/api"
)

func TestMembersStandOnce(t *testing.T) {
	w := newWorld(t, nil)
	p := w.call("POST", "/domains/check", `{"names":["a.shop"],"names":["b.shop"]}`).problem(400, "bad-request", "duplicate_member")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.names" {
		t.Errorf("%+v", p.Errors)
	}
}

func TestCheckShowsBothForms(t *testing.T) {
	w := newWorld(t, nil)
	var got api.CheckResponse
	w.call("POST", "/domains/check", map[string]any{"names": []string{"bücher.shop", "xn--bcher-kva.shop", "no name"}}).want(200, &got)
	for i, want := range []string{"bücher.shop", "bücher.shop", "no name"} {
		if got.Results[i].UnicodeName != want {
			t.Errorf("%q, want %q", got.Results[i].UnicodeName, want)
		}
	}
}

// TestEverythingIsToldAtOnce: all that is wrong with a holder comes in one answer.
func TestEverythingIsToldAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	p := w.call("POST", "/domains", registration("brand.shop", func(b map[string]any) {
		b["registrant"].(map[string]any)["email"] = "nobody"
		b["registrant"].(map[string]any)["phone"] = "x"
		b["registrant"].(map[string]any)["country_code"] = "XX"
	})).problem(422, "invalid", "bad_country")
	var at []string
	for _, e := range p.Errors {
		at = append(at, e.Location)
	}
	if want := []string{"body.registrant.country_code", "body.registrant.phone", "body.registrant.email"}; !slices.Equal(at, want) {
		t.Errorf("%v, want %v", at, want)
	}
	p = w.call("POST", "/domains", registration("brand.shop", func(b map[string]any) { b["nameservers"] = []string{"ns1.example.net", ""} })).
		problem(422, "invalid", "empty_host")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.nameservers" {
		t.Errorf("%+v", p.Errors)
	}
}

// TestAnswersCarrySettledStatuses: what the registry makes of a change is in the
// answer to it.
func TestAnswersCarrySettledStatuses(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	if d := w.own("brand.shop"); !slices.Equal(d.Statuses, []string{"ok"}) {
		t.Errorf("statuses after the registration: %v", d.Statuses)
	}
	for range 5 {
		var d api.Domain
		w.call("POST", "/domains/brand.shop/lock", map[string]any{"locks": []string{"transfer"}}).want(200, &d)
		if !slices.Equal(d.Statuses, []string{"clientTransferProhibited"}) || !slices.Equal(d.Locks, []string{"transfer"}) {
			t.Fatalf("after the lock: %v %v", d.Statuses, d.Locks)
		}
		w.call("DELETE", "/domains/brand.shop/lock", nil).want(200, &d)
		if !slices.Equal(d.Statuses, []string{"ok"}) || len(d.Locks) != 0 {
			t.Fatalf("after unlocking: %v %v", d.Statuses, d.Locks)
		}
	}
}
