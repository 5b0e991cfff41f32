package ops

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Part is one thing the process depends on.
type Part struct {
	Name string // for example "database", "registry sandbox-a"
	// Needed parts make the process unready while they fail.
	Needed bool
	// Probe returns nil when the part works. It must return when ctx ends.
	Probe func(ctx context.Context) error
}

// probeTimeout bounds one probe; a part that is slower counts as failing.
const probeTimeout = 3 * time.Second

// probeEvery is how long an answer is served again: health checks of many
// balancers must not become load of their own.
const probeEvery = time.Second

// PartState is what was last seen of a part.
type PartState struct {
	Name   string    `json:"name"`
	Status string    `json:"status"` // "ok" or "failing"
	Needed bool      `json:"needed"`
	Detail string    `json:"detail,omitempty"` // why it fails
	Since  time.Time `json:"since"`            // in this status since then, UTC
}

// health probes the parts, at most once per probeEvery.
type health struct {
	parts []Part
	log   *slog.Logger

	mu       sync.Mutex
	states   []PartState
	probedAt time.Time // monotonic
	draining bool
}

func newHealth(parts []Part, log *slog.Logger) *health {
	return &health{parts: parts, log: log}
}

// look returns the state of all parts. Probing is shared by concurrent callers.
func (h *health) look(ctx context.Context) []PartState {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.states != nil && time.Since(h.probedAt) < probeEvery {
		return h.states
	}
	errs := make([]error, len(h.parts))
	var all sync.WaitGroup
	for i, p := range h.parts {
		all.Go(func() { errs[i] = probe(ctx, p) })
	}
	all.Wait()
	h.note(ctx, errs)
	return h.states
}

func probe(ctx context.Context, p Part) error {
	// A caller that hangs up must not make a healthy part look ill.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	return p.Probe(ctx)
}

// note keeps what was seen and logs every change once.
func (h *health) note(ctx context.Context, errs []error) {
	now := time.Now().UTC()
	next := make([]PartState, len(h.parts))
	for i, p := range h.parts {
		s := PartState{Name: p.Name, Needed: p.Needed, Status: "ok", Since: now}
		if errs[i] != nil {
			s.Status, s.Detail = "failing", errs[i].Error()
		}
		first := h.states == nil
		if !first && h.states[i].Status == s.Status {
			s.Since = h.states[i].Since
		}
		switch {
		case s.Status == "failing" && (first || h.states[i].Status == "ok"):
			h.log.ErrorContext(ctx, "part failing", "part", p.Name, "error", s.Detail)
		case s.Status == "ok" && !first && h.states[i].Status == "failing":
			h.log.InfoContext(ctx, "part works again", "part", p.Name)
		}
		next[i] = s
	}
	h.states, h.probedAt = next, time.Now()
}

// failing returns the names of needed parts that do not work.
func failing(states []PartState) []string {
	var out []string
	for _, s := range states {
		if s.Needed && s.Status != "ok" {
			out = append(out, s.Name)
		}
	}
	return out
}

func (h *health) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
}

func (h *health) isDraining() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.draining
}

// alive answers /healthz: 200 as long as the process can answer at all.
func (h *health) alive(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "alive\n")
}

// ready answers /readyz: 200, or 503 with the names of what fails.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if h.isDraining() {
		writeText(w, http.StatusServiceUnavailable, "stopping\n")
		return
	}
	bad := failing(h.look(r.Context()))
	if len(bad) == 0 {
		writeText(w, http.StatusOK, "ready\n")
		return
	}
	text := ""
	for _, name := range bad {
		text += "failing: " + name + "\n"
	}
	writeText(w, http.StatusServiceUnavailable, text)
}

// Report is the body of /health.
type Report struct {
	Status  string      `json:"status"` // "ok", "failing" or "stopping"
	Version string      `json:"version"`
	Parts   []PartState `json:"parts"`
}

// report answers /health with all parts; the status code is that of /readyz.
func (h *health) report(version string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rep := Report{Status: "ok", Version: version, Parts: h.look(r.Context())}
		code := http.StatusOK
		if len(failing(rep.Parts)) > 0 {
			rep.Status, code = "failing", http.StatusServiceUnavailable
		}
		if h.isDraining() {
			rep.Status, code = "stopping", http.StatusServiceUnavailable
		}
		body, err := json.MarshalIndent(rep, "", "  ")
		if err != nil {
			h.log.ErrorContext(r.Context(), "encoding health failed", "error", err)
			writeText(w, http.StatusInternalServerError, "health can't be shown\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		write(w, code, append(body, '\n'))
	}
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	write(w, code, []byte(text))
}

func write(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	// The asker hung up: nobody is left to be told.
	_, _ = w.Write(body)
}
