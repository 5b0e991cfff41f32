package ops

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// policyCollector reads at scrape time how far the policies' duties are; the
// figures are those of the whole deployment.
type policyCollector struct {
	read     registrar.DutyReader
	policies []string
	duties   *prometheus.Desc
	brake    *prometheus.Desc
}

// dutiesCounted bounds what one scrape counts.
const dutiesCounted = 10_000

// shownDuties are the states that matter now; what is done only grows.
var shownDuties = []registrar.DutyState{registrar.DutyDue, registrar.DutyQueued, registrar.DutyFailed, registrar.DutyBreached}

// RegisterPolicies adds gauges of duties and brakes for each policy.
func RegisterPolicies(reg prometheus.Registerer, read registrar.DutyReader, policies []string) error {
	return reg.Register(&policyCollector{
		read: read, policies: policies,
		duties: prometheus.NewDesc("indera_policy_duties", "Duties of a policy by state, counted up to 10000.", []string{"policy", "state"}, nil),
		brake:  prometheus.NewDesc("indera_policy_brake_engaged", "1 while a mass run waits for release by staff.", []string{"policy"}, nil),
	})
}

// Describe names the gauges.
func (c *policyCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.duties
	ch <- c.brake
}

// Collect reads them; a database that does not answer shows as a scrape error.
func (c *policyCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	for _, policy := range c.policies {
		for _, state := range shownDuties {
			n, err := c.read.CountDuties(ctx, policy, state, dutiesCounted)
			if err != nil {
				ch <- prometheus.NewInvalidMetric(c.duties, err)
				return
			}
			ch <- prometheus.MustNewConstMetric(c.duties, prometheus.GaugeValue, float64(n), policy, string(state))
		}
		_, err := c.read.EngagedBrake(ctx, policy)
		switch {
		case err == nil:
			ch <- prometheus.MustNewConstMetric(c.brake, prometheus.GaugeValue, 1, policy)
		case registrar.IsNotFound(err):
			ch <- prometheus.MustNewConstMetric(c.brake, prometheus.GaugeValue, 0, policy)
		default:
			ch <- prometheus.NewInvalidMetric(c.brake, err)
			return
		}
	}
}
