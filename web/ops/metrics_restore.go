package ops

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// restoreCollector reads at scrape time what a restored database waits for; the
// figures are those of the whole deployment.
type restoreCollector struct {
	read     registrar.RestoreReader
	running  *prometheus.Desc
	findings *prometheus.Desc
}

// RegisterRestore adds gauges of the reconciliation after a restore.
func RegisterRestore(reg prometheus.Registerer, read registrar.RestoreReader) error {
	return reg.Register(&restoreCollector{
		read:     read,
		running:  prometheus.NewDesc("indera_restore_running", "1 while everything is reconciled after a restore: workers, mail and jobs stand still.", nil, nil),
		findings: prometheus.NewDesc("indera_restore_open_findings", "Differences found after a restore that hold a name until staff release it.", nil, nil),
	})
}

// Describe names the gauges.
func (c *restoreCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.running
	ch <- c.findings
}

// Collect reads them; a database that does not answer shows as a scrape error.
func (c *restoreCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	_, on, err := c.read.RunningRestore(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.running, err)
		return
	}
	running := 0.0
	if on {
		running = 1
	}
	ch <- prometheus.MustNewConstMetric(c.running, prometheus.GaugeValue, running)
	n, err := c.read.CountRestoreFindings(ctx, registrar.FindingOpen)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.findings, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(c.findings, prometheus.GaugeValue, float64(n))
}
