package ops

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/registrar"
)

// JobMetrics counts runs of scheduled jobs.
type JobMetrics struct {
	runs *prometheus.CounterVec
	took *prometheus.HistogramVec
	last *prometheus.GaugeVec
}

func newJobMetrics() *JobMetrics {
	return &JobMetrics{
		runs: counter("job", "runs_total", "Runs on this replica.", "job", "result"),
		took: histogram("job", "run_duration_seconds", "One run.", []float64{.01, .1, 1, 10, 60, 600}, "job"),
		last: gauge("job", "last_success_timestamp_seconds", "When the job last succeeded on this replica.", "job"),
	}
}

func (m *JobMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.runs, m.took, m.last}
}

// Ran counts one run.
func (m *JobMetrics) Ran(job string, ended time.Time, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	} else {
		m.last.WithLabelValues(job).Set(float64(ended.Unix()))
	}
	m.runs.WithLabelValues(job, result).Inc()
	m.took.WithLabelValues(job).Observe(took.Seconds())
}

// MailMetrics counts handed-over mail.
type MailMetrics struct{ sent *prometheus.CounterVec }

func newMailMetrics() *MailMetrics {
	return &MailMetrics{sent: counter("mail", "deliveries_total", "Attempts to hand mail to the next hop.", "template", "result")}
}

func (m *MailMetrics) all() []prometheus.Collector { return []prometheus.Collector{m.sent} }

// Wrap counts what a mailer sends.
func (m *MailMetrics) Wrap(next registrar.Mailer) registrar.Mailer { return countingMailer{next, m} }

type countingMailer struct {
	next registrar.Mailer
	m    *MailMetrics
}

// Send passes the mail on and counts the result.
func (c countingMailer) Send(ctx context.Context, mail registrar.Mail) error {
	err := c.next.Send(ctx, mail)
	result := "sent"
	switch {
	case registrar.KindOf(err) == registrar.KindInvalid:
		result = "refused"
	case err != nil:
		result = "failed"
	}
	c.m.sent.WithLabelValues(mail.Template, result).Inc()
	return err
}
