package ops

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// HTTPMetrics counts requests of the HTTP faces.
type HTTPMetrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	open     *prometheus.GaugeVec
}

func newHTTPMetrics() *HTTPMetrics {
	return &HTTPMetrics{
		requests: counter("http", "requests_total", "Answered requests.", "face", "method", "code"),
		took:     histogram("http", "request_duration_seconds", "From the first byte asked to the last answered.", []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "face"),
		open:     gauge("http", "open_requests", "Requests being answered.", "face"),
	}
}

func (m *HTTPMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.took, m.open}
}

// methods that get a label of their own; people may send any word.
var methods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

// Wrap counts the requests of one face.
func (m *HTTPMetrics) Wrap(face string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open := m.open.WithLabelValues(face)
		open.Inc()
		started, rec := time.Now(), &recorder{ResponseWriter: w}
		defer func() {
			open.Dec()
			method := r.Method
			if !methods[method] {
				method = "other"
			}
			m.requests.WithLabelValues(face, method, strconv.Itoa(rec.status())).Inc()
			m.took.WithLabelValues(face).Observe(time.Since(started).Seconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// recorder remembers the status code and stays transparent for everything else.
type recorder struct {
	http.ResponseWriter
	code int
}

// status is 200 when the handler wrote nothing else.
func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}

// WriteHeader remembers the first final code.
func (r *recorder) WriteHeader(code int) {
	if r.code == 0 && code >= 200 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Flush passes streamed answers on at once.
func (r *recorder) Flush() {
	// A writer that can't flush buffers; that is no error of ours.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Hijack hands the connection over.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("hijacking: %w", err)
	}
	return conn, rw, nil
}

// WHOISMetrics counts WHOIS queries.
type WHOISMetrics struct {
	queries *prometheus.CounterVec
	took    *prometheus.HistogramVec
}

func newWHOISMetrics() *WHOISMetrics {
	return &WHOISMetrics{
		queries: counter("whois", "queries_total", "Answered queries.", "outcome"),
		took:    histogram("whois", "query_duration_seconds", "One query.", []float64{.001, .005, .01, .05, .1, .5, 1, 5}),
	}
}

func (m *WHOISMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.queries, m.took}
}

// Answered counts one query; outcome is "found", "not_found", "refused" or "failed".
func (m *WHOISMetrics) Answered(outcome string, took time.Duration) {
	m.queries.WithLabelValues(outcome).Inc()
	m.took.WithLabelValues().Observe(took.Seconds())
}
