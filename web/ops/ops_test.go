package ops

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/indera/indera/registrar"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec.Code, rec.Body.String()
}

// expire makes the next look probe again without waiting.
func (h *health) expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.probedAt = time.Now().Add(-2 * probeEvery)
}

func TestHealthFollowsParts(t *testing.T) {
	var database, report atomic.Value
	database.Store(errors.New("connection refused"))
	report.Store(errors.New("late"))
	read := func(v *atomic.Value) func(context.Context) error {
		return func(context.Context) error {
			err := v.Load().(error)
			if err.Error() == "" {
				return nil
			}
			return err
		}
	}
	o := New(Options{Version: "v1", Gatherer: prometheus.NewRegistry(), Parts: []Part{
		{Name: "database", Needed: true, Probe: read(&database)},
		{Name: "extra", Probe: read(&report)},
	}})
	if code, body := get(t, o, "/readyz"); code != 503 || body != "failing: database\n" {
		t.Errorf("readyz with a dead database = %d %q", code, body)
	}
	if code, _ := get(t, o, "/healthz"); code != 200 {
		t.Errorf("healthz = %d: the process is alive", code)
	}
	var rep Report
	code, body := get(t, o, "/health")
	if err := json.Unmarshal([]byte(body), &rep); err != nil || code != 503 {
		t.Fatalf("health = %d %s (%v)", code, body, err)
	}
	if rep.Status != "failing" || rep.Version != "v1" || rep.Parts[0].Detail != "connection refused" {
		t.Errorf("health = %+v", rep)
	}
	since := rep.Parts[0].Since

	database.Store(errors.New(""))
	if code, _ := get(t, o, "/readyz"); code != 503 {
		t.Error("the answer was not kept for a second: balancers become load")
	}
	o.health.expire()
	if code, _ := get(t, o, "/readyz"); code != 200 {
		t.Errorf("readyz = %d although only a part that is not needed fails", code)
	}
	states := o.health.look(t.Context())
	if !states[0].Since.After(since) || !states[1].Since.Equal(since) {
		t.Errorf("since is wrong: %+v, first seen %v", states, since)
	}
	o.Drain()
	if code, body := get(t, o, "/readyz"); code != 503 || body != "stopping\n" {
		t.Errorf("readyz while draining = %d %q", code, body)
	}
}

func TestProbeIsBounded(t *testing.T) {
	h := newHealth([]Part{{Name: "slow", Needed: true, Probe: func(ctx context.Context) error {
		deadline, ok := ctx.Deadline()
		if !ok || time.Until(deadline) > probeTimeout {
			t.Error("the probe has no time limit")
		}
		return nil
	}}}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s := h.look(ctx); s[0].Status != "ok" {
		t.Errorf("a caller that hung up made the part look ill: %+v", s)
	}
}

var namePattern = regexp.MustCompile(`^indera_(engine|registry|epp|http|whois|job|mail|webhook|process)_[a-z_]+$`)

// units that a name may end in; gauges that count things end in the thing.
var unitPattern = regexp.MustCompile(`_(total|seconds|info|sessions|requests|commands|funds|receivables)$`)

func TestMetricNames(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg, "v1", "abc")
	if err != nil {
		t.Fatal(err)
	}
	if err := RegisterQueue(reg, fakeQueue{}, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	exercise(m)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range families {
		name := f.GetName()
		if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			continue
		}
		seen++
		if !namePattern.MatchString(name) || !unitPattern.MatchString(name) {
			t.Errorf("%s is not indera_<subsystem>_<name>_<unit>", name)
		}
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
	}
	if seen != 28 {
		t.Errorf("%d families were seen, want 28: exercise what is new, or correct this number", seen)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "indera_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// exercise makes every vector show at least one series.
func exercise(m *Metrics) {
	m.Engine.CommandEnded("a", registrar.VerbDomainCreate, registrar.CommandDone, time.Second)
	m.Engine.Reconciled("a", registrar.VerbDomainCreate, "done")
	m.Engine.Checked("a", 2, time.Millisecond, nil)
	m.EPP.Opened("a")
	m.EPP.Opened("a")
	m.EPP.Closed("a")
	m.EPP.ConnectFailed("a")
	m.EPP.TranscriptDropped("a")
	m.EPP.Exchanged("a", "domain:check", "1000", time.Millisecond)
	m.EPP.Waited("a", time.Millisecond)
	m.EPP.Expires("a", "server_certificate", time.Unix(1_800_000_000, 0))
	h := m.HTTP.Wrap("portal", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/", nil))
	m.WHOIS.Answered("found", time.Millisecond)
	m.Jobs.Ran("audit", time.Now(), time.Second, nil)
	// The fake always sends: only the count matters.
	m.Webhooks.Tried("domain.registered", registrar.DeliveryOK, 0)
	_ = m.Mail.Wrap(fakeMailer{}).Send(context.Background(), registrar.Mail{Template: "welcome"})
}

func TestScrapeShowsWhatWasCounted(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg, "v1", "abc")
	if err != nil {
		t.Fatal(err)
	}
	if err := RegisterQueue(reg, fakeQueue{}, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	exercise(m)
	code, body := get(t, New(Options{Gatherer: reg}), "/metrics")
	if code != 200 {
		t.Fatalf("metrics = %d", code)
	}
	for _, want := range []string{
		`indera_engine_commands_total{registry="a",state="done",verb="domain:create"} 1`,
		`indera_engine_open_commands{state="needs_review"} 3`,
		`indera_registry_no_funds{registry="a"} 1`,
		`indera_engine_open_receivables 2`,
		`indera_epp_open_sessions{registry="a"} 1`,
		`indera_epp_session_starts_total{registry="a",result="failed"} 1`,
		`indera_epp_expiry_timestamp_seconds{registry="a",what="server_certificate"} 1.8e+09`,
		`indera_http_requests_total{code="418",face="portal",method="other"} 1`,
		`indera_http_open_requests{face="portal"} 0`,
		`indera_mail_deliveries_total{result="sent",template="welcome"} 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestScrapeSurvivesDeadDatabase(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg, "v1", "abc")
	if err != nil {
		t.Fatal(err)
	}
	if err := RegisterQueue(reg, fakeQueue{err: errors.New("gone")}, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	exercise(m)
	code, body := get(t, New(Options{Gatherer: reg}), "/metrics")
	if code != 200 || !strings.Contains(body, "indera_engine_commands_total") {
		t.Errorf("a dead database hides the other figures: %d", code)
	}
	if strings.Contains(body, "indera_engine_open_commands{") {
		t.Error("figures are shown that nobody could read")
	}
}

func TestWrapKeepsStreaming(t *testing.T) {
	m := newHTTPMetrics()
	srv := httptest.NewServer(m.Wrap("portal", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "one\n"); err != nil {
			t.Error(err)
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	})))
	defer srv.Close()
	resp, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "one\n" {
		t.Errorf("body = %q, %v", body, err)
	}
}

type fakeMailer struct{}

func (fakeMailer) Send(context.Context, registrar.Mail) error { return nil }

// fakeQueue answers the reads of the queue collector.
type fakeQueue struct {
	registrar.Reader
	err error
}

func (f fakeQueue) OpenCommandCounts(context.Context) (map[registrar.CommandState]int, error) {
	return map[registrar.CommandState]int{registrar.CommandNeedsReview: 3}, f.err
}

func (f fakeQueue) CountReceivables(context.Context, registrar.ReceivableState, int) (int, error) {
	return 2, f.err
}

func (f fakeQueue) RegistryState(context.Context, string) (registrar.RegistryState, error) {
	now := time.Now()
	return registrar.RegistryState{NoFundsSince: &now}, f.err
}

// TestHeadersOfOps: a browser that is led to metrics or health takes them for
// what they are, keeps nothing and shows them in no frame.
func TestHeadersOfOps(t *testing.T) {
	o := New(Options{Gatherer: prometheus.NewRegistry()})
	for _, path := range []string{"/healthz", "/readyz", "/health", "/metrics", "/nowhere"} {
		rec := httptest.NewRecorder()
		o.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		h := rec.Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}
