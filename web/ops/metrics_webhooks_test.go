package ops

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// fakeBacklog is a database with events that wait.
type fakeBacklog struct{ err error }

func (f fakeBacklog) WebhookBacklog(context.Context, int) (registrar.WebhookBacklog, error) {
	return registrar.WebhookBacklog{Pending: 7, Failing: 2, Off: 1, Late: 90 * time.Second}, f.err
}

func TestWebhookMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	if err := RegisterWebhooks(reg, fakeBacklog{}); err != nil {
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
	if len(got) != 4 || got["indera_webhook_late_seconds"] != 90 || got["indera_webhook_pending_deliveries"] != 7 || got["indera_webhook_failing_endpoints"] != 2 || got["indera_webhook_endpoints_turned_off"] != 1 {
		t.Errorf("metrics: %v", got)
	}
	broken := prometheus.NewRegistry()
	if err := RegisterWebhooks(broken, fakeBacklog{err: errors.New("gone")}); err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Gather(); err == nil {
		t.Error("a database that is away shows as nothing waiting")
	}
}
