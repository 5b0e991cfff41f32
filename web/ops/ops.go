package ops

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options wires the face.
type Options struct {
	Parts    []Part
	Gatherer prometheus.Gatherer
	Version  string // shown by /health
	Logger   *slog.Logger
}

// Ops serves health and metrics.
type Ops struct {
	health *health
	mux    *http.ServeMux
}

// metricsTimeout bounds one scrape; collectors read the database.
const metricsTimeout = 10 * time.Second

// New returns the face; it probes nothing before it is asked.
func New(opt Options) *Ops {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	o := &Ops{health: newHealth(opt.Parts, opt.Logger), mux: http.NewServeMux()}
	o.mux.HandleFunc("GET /healthz", o.health.alive)
	o.mux.HandleFunc("GET /readyz", o.health.ready)
	o.mux.HandleFunc("GET /health", o.health.report(opt.Version))
	o.mux.Handle("GET /metrics", promhttp.HandlerFor(opt.Gatherer, promhttp.HandlerOpts{
		ErrorLog:      scrapeLog{opt.Logger},
		ErrorHandling: promhttp.ContinueOnError, // a dead database must not hide all other figures
		Timeout:       metricsTimeout,
	}))
	return o
}

// ServeHTTP serves the four paths.
func (o *Ops) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	o.mux.ServeHTTP(w, r)
}

// Drain makes /readyz red, so that balancers send nothing new.
func (o *Ops) Drain() { o.health.drain() }

// scrapeLog hands promhttp's errors to our log.
type scrapeLog struct{ log *slog.Logger }

// Println logs one scrape error.
func (s scrapeLog) Println(v ...any) { s.log.Error("metrics scrape failed", "error", v) }
