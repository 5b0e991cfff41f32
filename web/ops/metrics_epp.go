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
	dropped   *prometheus.CounterVec
	expiry    *prometheus.GaugeVec
}

func newEPPMetrics() *EPPMetrics {
	return &EPPMetrics{
		sessions:  gauge("epp", "open_sessions", "Logged-in sessions of this replica.", "registry"),
		dials:     counter("epp", "session_starts_total", "Attempts to open a session.", "registry", "result"),
		exchanges: counter("epp", "exchanges_total", "Exchanges by EPP result code; none when no answer came.", "registry", "verb", "code"),
		took:      histogram("epp", "exchange_duration_seconds", "One exchange on the wire.", exchangeBuckets, "registry", "verb"),
		waited:    histogram("epp", "session_wait_seconds", "Waiting for a free session.", exchangeBuckets, "registry"),
		dropped:   counter("epp", "dropped_transcripts_total", "Exchanges whose transcript could not be kept.", "registry"),
		expiry:    gauge("epp", "expiry_timestamp_seconds", "When a certificate or password ends without which no session opens.", "registry", "what"),
	}
}

func (m *EPPMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.sessions, m.dials, m.exchanges, m.took, m.waited, m.dropped, m.expiry}
}

// Known shows a registry's counters that an alert watches before anything has
// happened: a series that begins with 1 never rises.
func (m *EPPMetrics) Known(registry string) { m.dropped.WithLabelValues(registry) }

// Opened counts a session that logged in.
func (m *EPPMetrics) Opened(registry string) {
	m.dials.WithLabelValues(registry, "ok").Inc()
	m.sessions.WithLabelValues(registry).Inc()
}

// Closed counts a session that ended.
func (m *EPPMetrics) Closed(registry string) { m.sessions.WithLabelValues(registry).Dec() }

// ConnectFailed counts a session that could not be opened.
func (m *EPPMetrics) ConnectFailed(registry string) {
	m.dials.WithLabelValues(registry, "failed").Inc()
}

// Expires shows when a certificate or password ends.
func (m *EPPMetrics) Expires(registry, what string, at time.Time) {
	m.expiry.WithLabelValues(registry, what).Set(float64(at.Unix()))
}

// TranscriptDropped counts an exchange whose transcript is lost.
func (m *EPPMetrics) TranscriptDropped(registry string) { m.dropped.WithLabelValues(registry).Inc() }

// Exchanged counts one exchange; code is "none" when no answer came.
func (m *EPPMetrics) Exchanged(registry, verb, code string, took time.Duration) {
	m.exchanges.WithLabelValues(registry, verb, code).Inc()
	m.took.WithLabelValues(registry, verb).Observe(took.Seconds())
}

// Waited counts one wait for a session.
func (m *EPPMetrics) Waited(registry string, waited time.Duration) {
	m.waited.WithLabelValues(registry).Observe(waited.Seconds())
}
