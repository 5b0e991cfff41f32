package ops

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// WebhookMetrics counts tries to deliver events.
type WebhookMetrics struct {
	tries *prometheus.CounterVec
	took  *prometheus.HistogramVec
}

func newWebhookMetrics() *WebhookMetrics {
	return &WebhookMetrics{
		tries: counter("webhook", "tries_total", "Tries to deliver an event to an endpoint.", "result"),
		took:  histogram("webhook", "try_duration_seconds", "One try.", exchangeBuckets),
	}
}

func (m *WebhookMetrics) all() []prometheus.Collector { return []prometheus.Collector{m.tries, m.took} }

// Tried counts one try by its class of failure.
func (m *WebhookMetrics) Tried(_ registrar.EventKind, failure registrar.DeliveryError, took time.Duration) {
	result := string(failure)
	if failure == registrar.DeliveryOK {
		result = "delivered"
	}
	m.tries.WithLabelValues(result).Inc()
	m.took.WithLabelValues().Observe(took.Seconds())
}

// webhookBacklog is what the gauges read.
type webhookBacklog interface {
	WebhookBacklog(ctx context.Context, limit int) (registrar.WebhookBacklog, error)
}

// webhookCollector reads at scrape time what waits; the figures are those of
// the whole deployment.
type webhookCollector struct {
	read                        webhookBacklog
	pending, failing, off, late *prometheus.Desc
}

// RegisterWebhooks adds gauges of the events that wait for endpoints.
func RegisterWebhooks(reg prometheus.Registerer, read webhookBacklog) error {
	return reg.Register(&webhookCollector{
		read:    read,
		pending: prometheus.NewDesc("indera_webhook_pending_deliveries", "Events that wait to be delivered, those for endpoints that are off included; counted up to 1000.", nil, nil),
		failing: prometheus.NewDesc("indera_webhook_failing_endpoints", "Endpoints that are on and did not take the last event; counted up to 1000.", nil, nil),
		off:     prometheus.NewDesc("indera_webhook_endpoints_turned_off", "Endpoints that were turned off because they failed for days or answered 410; counted up to 1000.", nil, nil),
		late:    prometheus.NewDesc("indera_webhook_late_seconds", "How long the oldest delivery that is due has been so, of endpoints that are on and took the last event.", nil, nil),
	})
}

// Describe names the gauges.
func (c *webhookCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.pending
	ch <- c.failing
	ch <- c.off
	ch <- c.late
}

// Collect reads them; a database that does not answer shows as a scrape error.
func (c *webhookCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	b, err := c.read.WebhookBacklog(ctx, registrar.WebhookBacklogShown)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.pending, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(b.Pending))
	ch <- prometheus.MustNewConstMetric(c.failing, prometheus.GaugeValue, float64(b.Failing))
	ch <- prometheus.MustNewConstMetric(c.off, prometheus.GaugeValue, float64(b.Off))
	ch <- prometheus.MustNewConstMetric(c.late, prometheus.GaugeValue, b.Late.Seconds())
}
