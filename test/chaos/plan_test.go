package main

import (
	"reflect"
	"testing"
)

func TestPlanIsReplayable(t *testing.T) {
	tlds := []string{"one", "two"}
	a, b := makePlan(7, 300, tlds), makePlan(7, 300, tlds)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives two plans")
	}
	if reflect.DeepEqual(a, makePlan(8, 300, tlds)) {
		t.Error("two seeds give the same plan")
	}
}

func TestPlanMixesEverything(t *testing.T) {
	seen := map[string]int{}
	ids := map[int]bool{}
	for _, l := range makePlan(1, 300, []string{"one", "two"}) {
		if l.Crowded && len(l.Asks) > 2 {
			seen["crowded"]++
		}
		registered := false
		for _, a := range l.Asks {
			ids[a.ID] = true
			seen[string(a.Kind)]++
			if a.WantFailure {
				seen["refused "+string(a.Kind)]++
			}
			if a.Twice {
				seen["twice"]++
			}
			if !registered && a.Kind != askRegister {
				t.Errorf("%s is changed before it is registered", l.Name)
			}
			registered = registered || a.Kind == askRegister && !a.WantFailure
		}
	}
	if len(ids) != 300 {
		t.Errorf("%d asks, want 300", len(ids))
	}
	for what, least := range map[string]int{"register": 70, "renew": 50, "nameservers": 50, "crowded": 5, "twice": 30, "refused register": 3, "refused nameservers": 1} {
		if seen[what] < least {
			t.Errorf("%d of %s, want at least %d", seen[what], what, least)
		}
	}
}
