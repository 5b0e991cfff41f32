package ops

import (
	"context"
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// fakeDuties is a database with two of everything, and a brake or none.
type fakeDuties struct {
	registrar.DutyReader
	engaged bool
	err     error
}

func (f fakeDuties) CountDuties(_ context.Context, _ string, _ registrar.DutyState, limit int) (int, error) {
	return min(2, limit), f.err
}

func (f fakeDuties) EngagedBrake(context.Context, string) (registrar.Brake, error) {
	if f.engaged {
		return registrar.Brake{ID: "brk_1"}, nil
	}
	return registrar.Brake{}, registrar.Errorf(registrar.KindNotFound, "not_found", "There is no such brake.")
}

func TestPolicyMetrics(t *testing.T) {
	for _, engaged := range []bool{false, true} {
		reg := prometheus.NewRegistry()
		if err := RegisterPolicies(reg, fakeDuties{engaged: engaged}, []string{"errp"}); err != nil {
			t.Fatal(err)
		}
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				key := f.GetName()
				for _, l := range m.GetLabel() {
					key += " " + l.GetValue()
				}
				got[key] = m.GetGauge().GetValue()
			}
		}
		brake := 0.0
		if engaged {
			brake = 1
		}
		if len(got) != 5 || got["indera_policy_brake_engaged errp"] != brake || got["indera_policy_duties errp breached"] != 2 {
			t.Errorf("metrics: %v", got)
		}
	}
	broken := prometheus.NewRegistry()
	if err := RegisterPolicies(broken, fakeDuties{err: errors.New("gone")}, []string{"errp"}); err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Gather(); err == nil {
		t.Error("a database that is away shows as no duties")
	}
}
