package house

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ops"
)

// Sizes of the recorder. A session must never wait for the database, so what
// exceeds the buffer while the database is away is dropped and counted.
const (
	recorderBuffer = 10_000
	recorderBatch  = 100
	recorderPause  = time.Second
)

// recorder writes masked EPP exchanges to the store, in the background.
type recorder struct {
	store   registrar.Store
	log     *slog.Logger
	metrics *ops.EPPMetrics

	queue chan registrar.Transcript
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}
}

var _ transcript.Transcript = (*recorder)(nil)

func (h *house) startRecorder() { h.startRecorderOn(h.store) }

func (h *house) startRecorderOn(s registrar.Store) {
	h.recorder = &recorder{
		store: s, log: h.log, metrics: h.metrics.EPP,
		queue: make(chan registrar.Transcript, recorderBuffer), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go h.recorder.run()
}

// Record implements transcript.Transcript.
func (r *recorder) Record(x transcript.Exchange) {
	t := registrar.Transcript{
		ID: registrar.NewTranscriptID(x.Started), Registry: x.Registry, SessionID: x.SessionID,
		CommandID: x.CommandID, ClTRID: x.ClTRID, SvTRID: x.SvTRID, Verb: verbOf(x.Kind, x.Verb), Object: x.Object,
		Code: x.Code, StartedAt: x.Started, Duration: x.Duration, Request: string(x.Request), Response: string(x.Response),
	}
	if names := strings.Split(x.Object, ","); len(names) > 1 {
		t.Objects = names
	}
	if x.Err != nil {
		t.Error = x.Err.Error()
	}
	select {
	case r.queue <- t:
	default:
		r.metrics.TranscriptDropped(x.Registry)
	}
}

// verbOf gives "domain:create", or "login" where there is no object.
func verbOf(kind, verb string) string {
	if kind == "" {
		return verb
	}
	return kind + ":" + verb
}

// run writes until it is stopped and the queue is empty.
func (r *recorder) run() {
	defer close(r.done)
	for {
		batch, more := r.next()
		if len(batch) > 0 {
			r.write(batch)
		}
		if !more {
			return
		}
	}
}

// next waits for exchanges and returns up to a batch; more is false after the
// stop once the queue is empty.
func (r *recorder) next() (batch []registrar.Transcript, more bool) {
	select {
	case t := <-r.queue:
		batch = append(batch, t)
	case <-r.stop:
	}
	for len(batch) < recorderBatch {
		select {
		case t := <-r.queue:
			batch = append(batch, t)
		default:
			return batch, !r.stopped() || len(batch) > 0
		}
	}
	return batch, true
}

func (r *recorder) stopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// write tries until the database takes the batch; after the stop once only.
func (r *recorder) write(batch []registrar.Transcript) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		err := r.store.InTx(ctx, func(tx registrar.Tx) error {
			for _, t := range batch {
				if err := tx.InsertTranscript(ctx, t); err != nil {
					return err
				}
			}
			return nil
		})
		cancel()
		if err == nil {
			return
		}
		r.log.Error("writing EPP transcripts failed", "exchanges", len(batch), "error", err)
		if r.stopped() {
			for _, t := range batch {
				r.metrics.TranscriptDropped(t.Registry)
			}
			return
		}
		pause := time.NewTimer(recorderPause)
		select {
		case <-pause.C:
		case <-r.stop:
		}
		pause.Stop()
	}
}

// close writes what is queued and ends, at the latest with ctx.
func (r *recorder) close(ctx context.Context) error {
	r.once.Do(func() { close(r.stop) })
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("writing the last EPP transcripts: %w", ctx.Err())
	}
}
