package ops

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// mirrorCollector reads at scrape time how the imports from billing systems are;
// the figures are those of the whole deployment.
type mirrorCollector struct {
	read    registrar.MirrorReader
	now     func() time.Time
	systems []string
	rows    *prometheus.Desc
	issues  *prometheus.Desc
	age     *prometheus.Desc
}

// RegisterMirrors adds gauges of each mirrored billing system.
func RegisterMirrors(reg prometheus.Registerer, read registrar.MirrorReader, now func() time.Time, systems []string) error {
	return reg.Register(&mirrorCollector{
		read: read, now: now, systems: systems,
		rows:   prometheus.NewDesc("indera_mirror_rows", "Customers and domains that the last complete import has read.", []string{"system", "kind"}, nil),
		issues: prometheus.NewDesc("indera_mirror_open_issues", "Rows of the worklist that wait for a person.", []string{"system"}, nil),
		age:    prometheus.NewDesc("indera_mirror_age_seconds", "Time since the last complete import ended; absent before the first.", []string{"system"}, nil),
	})
}

// Describe names the gauges.
func (c *mirrorCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.rows
	ch <- c.issues
	ch <- c.age
}

// Collect reads them; a database that does not answer shows as a scrape error.
func (c *mirrorCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	for _, system := range c.systems {
		open, err := c.read.CountMirrorIssues(ctx, system, registrar.IssueOpen)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(c.issues, err)
			return
		}
		ch <- prometheus.MustNewConstMetric(c.issues, prometheus.GaugeValue, float64(open[""]), system)
		runs, err := c.read.MirrorRuns(ctx, system, registrar.Page{Limit: 100})
		if err != nil {
			ch <- prometheus.NewInvalidMetric(c.rows, err)
			return
		}
		for _, r := range runs {
			if r.Outcome != registrar.MirrorDone || r.EndedAt == nil {
				continue
			}
			ch <- prometheus.MustNewConstMetric(c.rows, prometheus.GaugeValue, float64(r.CustomersRead), system, string(registrar.MirrorCustomers))
			ch <- prometheus.MustNewConstMetric(c.rows, prometheus.GaugeValue, float64(r.DomainsRead), system, string(registrar.MirrorDomains))
			ch <- prometheus.MustNewConstMetric(c.age, prometheus.GaugeValue, c.now().Sub(*r.EndedAt).Seconds(), system)
			break
		}
	}
}
