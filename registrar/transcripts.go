package registrar

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// TranscriptFilter narrows a list of transcripts. Zero fields do not narrow.
type TranscriptFilter struct {
	CommandID  string
	CommandIDs []string // any of these: the commands of one operation
	Object     string   // domain or host name, contact handle; also one of several that an exchange was about
	ClTRID     string
	SvTRID     string
	Registry   string
	Verb       string // "domain:create", "poll", "login"
	Code       *int   // result code; 0 = no reply came
	// Since and Until bound when the exchange began, to the millisecond; Until is
	// not included.
	Since, Until time.Time
}

// TranscriptReader is the part of Reader about what was said with registries.
type TranscriptReader interface {
	// Transcripts lists exchanges with their frames. A command, object, clTRID or
	// svTRID must be given.
	Transcripts(ctx context.Context, f TranscriptFilter, page Page) ([]Transcript, error)
	// TranscriptList lists exchanges without their frames, by any filter or none.
	TranscriptList(ctx context.Context, f TranscriptFilter, page Page) ([]Transcript, error)
	Transcript(ctx context.Context, id string) (Transcript, error)
}

// NewTranscriptID returns an id whose order is that of the moment an exchange
// began, by which lists of transcripts are bounded.
func NewTranscriptID(began time.Time) string {
	return transcriptID(ulid.MustNew(uint64(max(began.UnixMilli(), 0)), rand.Reader))
}

// FirstTranscriptID returns the lowest id of an exchange that began at or after
// t; "" for the zero time.
func FirstTranscriptID(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	var id ulid.ULID
	if id.SetTime(uint64(max(t.UnixMilli(), 0))) != nil {
		return PrefixTranscript + "`" // behind every id there can be
	}
	return transcriptID(id)
}

func transcriptID(id ulid.ULID) string {
	return PrefixTranscript + "_" + strings.ToLower(id.String())
}

// TranscriptQuery is a filter as people type it. Empty fields do not narrow.
type TranscriptQuery struct {
	Object    string // a domain name in any script, a host, a contact handle
	ClTRID    string
	SvTRID    string
	Registry  string
	Verb      string
	Code      string // a result code; "none" = no reply came
	Since     string // 2026-03-29, 2026-03-29 14:05 or RFC 3339; UTC unless it says otherwise
	Until     string // likewise; not included
	Command   string // id
	Operation string // id: what all its commands said
}

// Empty reports whether nothing is asked for.
func (q TranscriptQuery) Empty() bool { return q == TranscriptQuery{} }

// FindTranscripts lists exchanges without their frames, newest first. Error:
// KindInvalid with the field that can't be read.
func (e *Engine) FindTranscripts(ctx context.Context, q TranscriptQuery, page Page) ([]Transcript, error) {
	f, err := q.filter()
	if err != nil {
		return nil, err
	}
	if q.Operation != "" {
		cmds, err := e.store.CommandsOf(ctx, q.Operation)
		if err != nil {
			return nil, fmt.Errorf("reading the commands of an operation: %w", err)
		}
		f.CommandIDs = make([]string, 0, len(cmds))
		for _, c := range cmds {
			f.CommandIDs = append(f.CommandIDs, c.ID)
		}
	}
	found, err := e.store.TranscriptList(ctx, f, page)
	if err != nil {
		return nil, fmt.Errorf("listing exchanges: %w", err)
	}
	return found, nil
}

func (q TranscriptQuery) filter() (TranscriptFilter, error) {
	f := TranscriptFilter{
		CommandID: q.Command, Object: q.Object, ClTRID: q.ClTRID, SvTRID: q.SvTRID, Registry: q.Registry, Verb: q.Verb,
	}
	if n, err := ParseName(q.Object); err == nil {
		f.Object = n.A
	}
	if q.Code != "" {
		code := 0
		if q.Code != "none" {
			var err error
			if code, err = strconv.Atoi(q.Code); err != nil || code < 1000 || code > 2999 {
				return f, InvalidField("code", "bad_code", "A result code has four digits, from 1000 on; none stands for no answer.")
			}
		}
		f.Code = &code
	}
	var err error
	if f.Since, err = moment("since", q.Since); err != nil {
		return f, err
	}
	if f.Until, err = moment("until", q.Until); err != nil {
		return f, err
	}
	if !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return f, InvalidField("until", "empty_time", "The end lies before the beginning.")
	}
	return f, nil
}

// momentLayouts are the ways a time may be typed.
var momentLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

func moment(field, typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, InvalidField(field, "bad_time", "Please write a time as 2026-03-29 or 2026-03-29 14:05, in UTC.")
}
