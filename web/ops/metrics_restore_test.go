package ops

import (
	"context"
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// fakeRestore is a database with a restore under way.
type fakeRestore struct {
	registrar.RestoreReader
	running bool
	open    int
	err     error
}

func (f fakeRestore) RunningRestore(context.Context) (registrar.DatabaseRestore, bool, error) {
	return registrar.DatabaseRestore{}, f.running, f.err
}

func (f fakeRestore) CountRestoreFindings(context.Context, registrar.FindingState) (int, error) {
	return f.open, f.err
}

func TestRestoreMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	if err := RegisterRestore(reg, fakeRestore{running: true, open: 3}); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		got[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
	}
	if len(got) != 2 || got["indera_restore_running"] != 1 || got["indera_restore_open_findings"] != 3 {
		t.Errorf("metrics: %v", got)
	}
	broken := prometheus.NewRegistry()
	if err := RegisterRestore(broken, fakeRestore{err: errors.New("gone")}); err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Gather(); err == nil {
		t.Error("a database that is away shows as no restore")
	}
}
