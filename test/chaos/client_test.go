package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/test/rig"
)

func oneLife() []life {
	return []life{{Name: "a.one", Asks: []ask{
		{ID: 0, Kind: askRegister, Name: "a.one", Years: 1},
		{ID: 1, Kind: askRenew, Name: "a.one", Years: 1},
		{ID: 2, Kind: askNameServers, Name: "a.one", WantFailure: true},
	}}}
}

func TestJudgeClients(t *testing.T) {
	tests := []struct {
		name string
		want int64
		do   func(results map[int]result, f *facts)
	}{
		{"all in order", 0, func(map[int]result, *facts) {}},
		{"a failure executed again under its key", 0, func(_ map[int]result, f *facts) {
			f.operations = append(f.operations, operation{"op4", "nameservers", "a.one", "failed"})
		}},
		{"a second operation under one key", 1, func(_ map[int]result, f *facts) {
			f.operations = append(f.operations, operation{"op4", "renew", "a.one", "succeeded"})
		}},
		{"an operation for an ask that had to fail", 1, func(_ map[int]result, f *facts) { f.operations[2].State = "succeeded" }},
		{"an ask that was never answered", 1, func(r map[int]result, _ *facts) { r[1] = result{} }},
		{"an ask that was refused", 1, func(r map[int]result, _ *facts) { r[1] = result{state: "refused"} }},
		{"a success without operation", 1, func(_ map[int]result, f *facts) { f.operations = f.operations[1:] }},
		{"a failure of a sound ask", 2, func(r map[int]result, f *facts) { f.operations[1].State = "failed" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			results := map[int]result{0: {state: "succeeded"}, 1: {state: "succeeded"}, 2: {state: "failed"}}
			f := facts{operations: []operation{{"op1", "register", "a.one", "succeeded"}, {"op2", "renew", "a.one", "succeeded"}, {"op3", "nameservers", "a.one", "failed"}}}
			tt.do(results, &f)
			v := &verdict{}
			judgeClients(v, results, oneLife(), f)
			if got := v.figure(faultClient); got != tt.want {
				t.Errorf("client differences are %d, want %d: %+v", got, tt.want, v.findings)
			}
		})
	}
}

// TestCustomersInsist plays a server that fails in every way before it answers.
func TestCustomersInsist(t *testing.T) {
	var n atomic.Int64
	keys := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"id":"op_1","state":"failed"}`))
			return
		}
		keys[r.Header.Get("Idempotency-Key")] = true
		switch n.Add(1) {
		case 1:
			panic(http.ErrAbortHandler) // the connection breaks
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{}`))
		case 3:
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"type":"/api/v1/problems#conflict","code":"operation_open"}`))
		case 4:
			_, _ = w.Write([]byte(`<html>`))
		case 5:
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"id":"op_1","state":"running"}`))
		default:
			t.Error("asked again after an answer")
		}
	}))
	defer server.Close()
	g := newGate()
	c := &customers{apis: []*rig.API{rig.NewAPI(server.URL, "token")}, seed: 3, gate: g}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	g.open(1)
	c.live(ctx, []life{{Name: "a.one", Asks: oneLife()[0].Asks[:1]}}, 2)
	if r := c.results[0]; r.state != "failed" || r.requests != 5 {
		t.Errorf("result is %+v", r)
	}
	if len(keys) != 1 || !keys["chaos-3-0"] || c.unavailable.Load() != 1 {
		t.Errorf("keys %v, %d unavailable", keys, c.unavailable.Load())
	}
}

func TestUnderstandRefusals(t *testing.T) {
	c := &customers{}
	for _, tt := range []struct{ status, problem, code, state string }{
		{"422", "invalid", "bad_period", "refused"}, {"409", "operation-failed", "name_taken", "failed"}, {"409", "conflict", "name_taken", "refused"},
	} {
		var a rig.Answer
		a.Status = map[string]int{"422": 422, "409": 409}[tt.status]
		a.Problem.Type, a.Problem.Code = "/api/v1/problems#"+tt.problem, tt.code
		var r result
		if !c.understand(t.Context(), a, &r) || r.state != tt.state || !strings.Contains(r.detail, tt.code) {
			t.Errorf("%+v is understood as %+v", tt, r)
		}
	}
}
