package ops

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// fakeMirror is a database with these runs, newest first, and a worklist of five
// rows.
type fakeMirror struct {
	registrar.MirrorReader
	runs         []registrar.MirrorRun
	noRuns, away error
}

func (f fakeMirror) CountMirrorIssues(_ context.Context, _ string, state registrar.MirrorIssueState) (map[registrar.FlawKind]int, error) {
	if state != registrar.IssueOpen {
		return map[registrar.FlawKind]int{"": 900}, f.away
	}
	return map[registrar.FlawKind]int{"": 5, registrar.FlawHTML: 3, registrar.FlawEncoding: 2}, f.away
}

func (f fakeMirror) MirrorRuns(context.Context, string, registrar.Page) ([]registrar.MirrorRun, error) {
	return f.runs, f.noRuns
}

func mirrorMetrics(t *testing.T, f fakeMirror, now time.Time, systems ...string) (map[string]float64, error) {
	t.Helper()
	reg := prometheus.NewRegistry()
	if err := RegisterMirrors(reg, f, func() time.Time { return now }, systems); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			key := family.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			got[key] = m.GetGauge().GetValue()
		}
	}
	return got, err
}

func TestMirrorMetrics(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	ended := func(before time.Duration) *time.Time { at := now.Add(-before); return &at }
	// Only whole imports count: a plan, a stop and a failure make nothing younger.
	f := fakeMirror{runs: []registrar.MirrorRun{
		{Outcome: registrar.MirrorRunning, DomainsRead: 1},
		{Outcome: registrar.MirrorPlanned, DomainsRead: 2, EndedAt: ended(time.Minute)},
		{Outcome: registrar.MirrorFailed, EndedAt: ended(2 * time.Minute)},
		{Outcome: registrar.MirrorBraked, DomainsRead: 3, EndedAt: ended(3 * time.Minute)},
		{Outcome: registrar.MirrorDone, CustomersRead: 10, DomainsRead: 40, EndedAt: ended(time.Hour)},
		{Outcome: registrar.MirrorDone, CustomersRead: 1, DomainsRead: 1, EndedAt: ended(7 * time.Hour)},
	}}
	got, err := mirrorMetrics(t, f, now, "fossbilling")
	want := map[string]float64{"indera_mirror_open_issues fossbilling": 5, "indera_mirror_age_seconds fossbilling": 3600,
		"indera_mirror_rows customer fossbilling": 10, "indera_mirror_rows domain fossbilling": 40}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("metrics %v, %v\nwant    %v", got, err, want)
	}
	f.runs = f.runs[:4]
	if got, err := mirrorMetrics(t, f, now, "fossbilling"); err != nil || !maps.Equal(got, map[string]float64{"indera_mirror_open_issues fossbilling": 5}) {
		t.Errorf("before the first whole import: %v, %v", got, err)
	}
	if got, err := mirrorMetrics(t, f, now); err != nil || len(got) != 0 {
		t.Errorf("without a mirror: %v, %v", got, err)
	}
	for _, broken := range []fakeMirror{{noRuns: errors.New("gone")}, {away: errors.New("gone")}} {
		if _, err := mirrorMetrics(t, broken, now, "fossbilling"); err == nil {
			t.Error("a database that is away shows as no mirror")
		}
	}
}
