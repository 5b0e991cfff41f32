package ops

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// namespace of every metric of ours.
const namespace = "indera"

// Metrics holds what the parts of the house count. Each method set implements
// the observer interface of one part; all may be called concurrently.
type Metrics struct {
	Engine *EngineMetrics
	EPP    *EPPMetrics
	HTTP   *HTTPMetrics
	WHOIS  *WHOISMetrics
	Jobs   *JobMetrics
	Mail   *MailMetrics

	Webhooks *WebhookMetrics
}

// NewMetrics registers all metrics, with those of the Go runtime.
func NewMetrics(reg prometheus.Registerer, version, revision string) (*Metrics, error) {
	m := &Metrics{
		Engine: newEngineMetrics(), EPP: newEPPMetrics(), HTTP: newHTTPMetrics(),
		WHOIS: newWHOISMetrics(), Jobs: newJobMetrics(), Mail: newMailMetrics(),
		Webhooks: newWebhookMetrics(),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "process", Name: "build_info", Help: "Always 1; the labels tell the build.",
	}, []string{"version", "revision"})
	build.WithLabelValues(version, revision).Set(1)
	all := []prometheus.Collector{
		build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	for _, group := range [][]prometheus.Collector{
		m.Engine.all(), m.EPP.all(), m.HTTP.all(), m.WHOIS.all(), m.Jobs.all(), m.Mail.all(), m.Webhooks.all(),
	} {
		all = append(all, group...)
	}
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func counter(subsystem, name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, labels)
}

func gauge(subsystem, name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, labels)
}

func histogram(subsystem, name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: subsystem, Name: name, Help: help, Buckets: buckets,
	}, labels)
}

// exchangeBuckets spread from a registry next door to the time limit.
var exchangeBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 4, 8, 15, 30}
