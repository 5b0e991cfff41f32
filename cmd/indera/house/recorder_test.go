package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ops"
)

// shelf is the transcript part of a store.
type shelf struct {
	registrar.Store
	mu   sync.Mutex
	gone error
	kept []registrar.Transcript
	held chan struct{} // when set, a transaction waits for it
}

func (s *shelf) InTx(_ context.Context, fn func(registrar.Tx) error) error {
	if s.held != nil {
		<-s.held
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone != nil {
		return s.gone
	}
	return fn(shelfTx{s: s})
}

type shelfTx struct {
	registrar.Tx
	s *shelf
}

func (tx shelfTx) InsertTranscript(_ context.Context, t registrar.Transcript) error {
	tx.s.kept = append(tx.s.kept, t)
	return nil
}

func newRecorder(t *testing.T, s *shelf) (*recorder, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	m, err := ops.NewMetrics(reg, "", "")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{log: slog.New(slog.DiscardHandler), clock: clockwork.NewRealClock(), metrics: m}
	h.startRecorderOn(s)
	return h.recorder, reg
}

func dropped(t *testing.T, reg *prometheus.Registry) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "indera_epp_dropped_transcripts_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}

func TestRecorderWritesAllBeforeItEnds(t *testing.T) {
	s := &shelf{}
	r, reg := newRecorder(t, s)
	const n = 2*recorderBatch + 7
	for i := range n {
		r.Record(transcript.Exchange{Registry: "a", Kind: "domain", Verb: "create", ClTRID: fmt.Sprint(i), Err: errors.New("cut"), Request: []byte("<epp/>")})
	}
	if err := r.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.kept) != n || dropped(t, reg) != 0 {
		t.Fatalf("kept %d of %d", len(s.kept), n)
	}
	if got := s.kept[0]; got.Verb != "domain:create" || got.Error != "cut" || got.Request != "<epp/>" || got.ID == "" {
		t.Errorf("kept %+v", got)
	}
}

// TestRecorderNeverBlocks fills the buffer while the database hangs: sessions
// go on, what does not fit is counted.
func TestRecorderNeverBlocks(t *testing.T) {
	s := &shelf{held: make(chan struct{})}
	r, reg := newRecorder(t, s)
	const extra = 50
	for range recorderBuffer + recorderBatch + extra {
		r.Record(transcript.Exchange{Registry: "a", Verb: "hello"})
	}
	lost := dropped(t, reg)
	if lost < extra {
		t.Errorf("%v were counted as dropped, want at least %d", lost, extra)
	}
	close(s.held)
	if err := r.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if total := float64(len(s.kept)) + lost; total != recorderBuffer+recorderBatch+extra {
		t.Errorf("kept and dropped are %v together", total)
	}
}

func TestRecorderGivesUpAtTheEndOnly(t *testing.T) {
	s := &shelf{gone: errors.New("connection refused")}
	r, reg := newRecorder(t, s)
	r.Record(transcript.Exchange{Registry: "a", Verb: "hello"})
	if err := r.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := dropped(t, reg); got != 1 {
		t.Errorf("dropped = %v, want 1", got)
	}
}

func TestRecorderEndsInTime(t *testing.T) {
	s := &shelf{held: make(chan struct{})}
	r, _ := newRecorder(t, s)
	r.Record(transcript.Exchange{Registry: "a", Verb: "hello"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close = %v", err)
	}
	close(s.held)
	<-r.done
}
