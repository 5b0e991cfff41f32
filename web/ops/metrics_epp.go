package ops

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// EPPMetrics counts sessions and exchanges with registries. It speaks in plain
// values, because faces know nothing of the EPP client.
type EPPMetrics struct {
	sessions  *prometheus.GaugeVec
	dials     *prometheus.CounterVec
	exchanges *prometheus.CounterVec
	took      *prometheus.HistogramVec
	waited    *prometheus.HistogramVec
}

func newEPPMetrics() *EPPMetrics {
	return &EPPMetrics{
		sessions:  gauge("epp", "open_sessions", "Logged-in sessions of this replica.", "registry"),
		dials:     counter("epp", "session_starts_total", "Attempts to open a session.", "registry", "result"),
		exchanges: counter("epp", "exchanges_total", "Exchanges by EPP result code; none when no answer came.", "registry", "verb", "code"),
		took:      histogram("epp", "exchange_duration_seconds", "One exchange on the wire.", exchangeBuckets, "registry", "verb"),
		waited:    histogram("epp", "session_wait_seconds", "Waiting for a free session.", exchangeBuckets, "registry"),
	}
}

func (m *EPPMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.sessions, m.dials, m.exchanges, m.took, m.waited}
}

// Sessions sets how many sessions are open.
func (m *EPPMetrics) Sessions(registry string, open int) {
	m.sessions.WithLabelValues(registry).Set(float64(open))
}

// Dialled counts an attempt to open a session.
func (m *EPPMetrics) Dialled(registry string, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.dials.WithLabelValues(registry, result).Inc()
}

// Exchanged counts one exchange; code is "none" when no answer came.
func (m *EPPMetrics) Exchanged(registry, verb, code string, took time.Duration) {
	m.exchanges.WithLabelValues(registry, verb, code).Inc()
	m.took.WithLabelValues(registry, verb).Observe(took.Seconds())
}

// Waited counts one wait for a session.
func (m *EPPMetrics) Waited(registry string, waited time.Duration) {
	m.waited.WithLabelValues(registry).Observe(waited.Seconds())
}
