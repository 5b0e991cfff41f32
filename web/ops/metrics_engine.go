package ops

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// EngineMetrics counts what the engine does.
type EngineMetrics struct {
	commands   *prometheus.CounterVec
	waited     *prometheus.HistogramVec
	reconciled *prometheus.CounterVec
	checks     *prometheus.CounterVec
	names      *prometheus.CounterVec
	checkTook  *prometheus.HistogramVec
}

var _ registrar.Observer = (*EngineMetrics)(nil)

func newEngineMetrics() *EngineMetrics {
	return &EngineMetrics{
		commands:   counter("engine", "commands_total", "Commands that left the journal, by final state.", "registry", "verb", "state"),
		waited:     histogram("engine", "command_wait_seconds", "From journalling a command to its final state.", []float64{.05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 1800, 7200}, "registry", "verb"),
		reconciled: counter("engine", "reconciliations_total", "Commands of unknown outcome that were judged by info.", "registry", "verb", "outcome"),
		checks:     counter("engine", "checks_total", "Availability checks sent to a registry.", "registry", "result"),
		names:      counter("engine", "checked_names_total", "Names asked for in availability checks.", "registry"),
		checkTook:  histogram("engine", "check_duration_seconds", "One availability check as the engine saw it.", exchangeBuckets, "registry"),
	}
}

func (m *EngineMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.commands, m.waited, m.reconciled, m.checks, m.names, m.checkTook}
}

// CommandEnded counts a command that reached a final state.
func (m *EngineMetrics) CommandEnded(registry string, verb registrar.Verb, state registrar.CommandState, waited time.Duration) {
	m.commands.WithLabelValues(registry, string(verb), string(state)).Inc()
	m.waited.WithLabelValues(registry, string(verb)).Observe(waited.Seconds())
}

// Reconciled counts one judgement.
func (m *EngineMetrics) Reconciled(registry string, verb registrar.Verb, outcome string) {
	m.reconciled.WithLabelValues(registry, string(verb), outcome).Inc()
}

// Checked counts one check.
func (m *EngineMetrics) Checked(registry string, names int, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.checks.WithLabelValues(registry, result).Inc()
	m.names.WithLabelValues(registry).Add(float64(names))
	m.checkTook.WithLabelValues(registry).Observe(took.Seconds())
}

// queueCollector reads the journal at scrape time: the figures are those of the
// whole deployment, whichever replica is asked.
type queueCollector struct {
	read  registrar.Reader
	open  *prometheus.Desc
	funds *prometheus.Desc
	owed  *prometheus.Desc
	names []string
}

// RegisterQueue adds gauges of open commands and of registries without funds.
func RegisterQueue(reg prometheus.Registerer, read registrar.Reader, registries []string) error {
	return reg.Register(&queueCollector{
		read: read, names: registries,
		open:  prometheus.NewDesc("indera_engine_open_commands", "Journalled commands that are not final.", []string{"state"}, nil),
		funds: prometheus.NewDesc("indera_registry_no_funds", "1 while a registry refuses billable commands for lack of funds (2104).", []string{"registry"}, nil),
		owed:  prometheus.NewDesc("indera_engine_open_receivables", "What is ours and unpaid: money for work done is gone and the customer's balance does not cover it; counted up to 1000.", nil, nil),
	})
}

// countedReceivables bounds a count; so many are one alarm like more.
const countedReceivables = 1000

// Describe names the gauges.
func (c *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.open
	ch <- c.funds
	ch <- c.owed
}

// Collect reads them; a database that does not answer shows as a scrape error.
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	counts, err := c.read.OpenCommandCounts(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.open, err)
		return
	}
	for _, s := range []registrar.CommandState{registrar.CommandWaiting, registrar.CommandQueued, registrar.CommandSent, registrar.CommandNeedsReview} {
		ch <- prometheus.MustNewConstMetric(c.open, prometheus.GaugeValue, float64(counts[s]), string(s))
	}
	owed, err := c.read.CountReceivables(ctx, registrar.ReceivableOpen, countedReceivables)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.owed, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(c.owed, prometheus.GaugeValue, float64(owed))
	for _, name := range c.names {
		state, err := c.read.RegistryState(ctx, name)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(c.funds, err)
			return
		}
		broke := 0.0
		if state.NoFundsSince != nil {
			broke = 1
		}
		ch <- prometheus.MustNewConstMetric(c.funds, prometheus.GaugeValue, broke, name)
	}
}
