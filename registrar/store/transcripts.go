package store

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/indera/indera/registrar"
)

type transcriptRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	Registry   string  `gorm:"column:registry"`
	SessionID  string  `gorm:"column:session_id"`
	CommandID  string  `gorm:"column:command_id"`
	ClTRID     string  `gorm:"column:cl_trid"`
	SvTRID     string  `gorm:"column:sv_trid"`
	Verb       string  `gorm:"column:verb"`
	Object     string  `gorm:"column:object"`
	Code       int     `gorm:"column:code"`
	Error      string  `gorm:"column:error"`
	Started    instant `gorm:"column:started_at"`
	DurationUS int64   `gorm:"column:duration_us"`
	Request    string  `gorm:"column:request"`
	Response   string  `gorm:"column:response"`
	Retention  string  `gorm:"column:retention"`
}

// TableName names the table.
func (transcriptRow) TableName() string { return "transcripts" }

func transcriptToRow(t registrar.Transcript) transcriptRow {
	return transcriptRow{ID: t.ID, Registry: t.Registry, SessionID: t.SessionID, CommandID: t.CommandID, ClTRID: cutTo(t.ClTRID, 64), SvTRID: cutTo(t.SvTRID, 255), Verb: t.Verb,
		Object: cutTo(t.Object, 255), Code: t.Code, Error: t.Error, Started: at(t.StartedAt), DurationUS: micros(t.Duration), Request: t.Request,
		Response: t.Response, Retention: string(registrar.RetainOperational)}
}

func transcriptFromRow(r transcriptRow) registrar.Transcript {
	return registrar.Transcript{ID: r.ID, Registry: r.Registry, SessionID: r.SessionID, CommandID: r.CommandID, ClTRID: r.ClTRID, SvTRID: r.SvTRID,
		Verb: r.Verb, Object: r.Object, Code: r.Code, Error: r.Error, StartedAt: r.Started.Time, Duration: time.Duration(r.DurationUS) * time.Microsecond,
		Request: r.Request, Response: r.Response}
}

// transcriptObjectRow finds an exchange by one of its several objects.
type transcriptObjectRow struct {
	Object   string `gorm:"column:object;primaryKey"`
	ID       string `gorm:"column:id;primaryKey"`
	Registry string `gorm:"column:registry"`
	Verb     string `gorm:"column:verb"`
	Code     int    `gorm:"column:code"`
}

// TableName names the table.
func (transcriptObjectRow) TableName() string { return "transcript_objects" }

// transcriptLine is a transcript without its frames, which may be large.
type transcriptLine struct {
	ID         string  `gorm:"column:id;primaryKey"`
	Registry   string  `gorm:"column:registry"`
	SessionID  string  `gorm:"column:session_id"`
	CommandID  string  `gorm:"column:command_id"`
	ClTRID     string  `gorm:"column:cl_trid"`
	SvTRID     string  `gorm:"column:sv_trid"`
	Verb       string  `gorm:"column:verb"`
	Object     string  `gorm:"column:object"`
	Code       int     `gorm:"column:code"`
	Error      string  `gorm:"column:error"`
	Started    instant `gorm:"column:started_at"`
	DurationUS int64   `gorm:"column:duration_us"`
}

// TableName names the table.
func (transcriptLine) TableName() string { return "transcripts" }

func transcriptFromLine(r transcriptLine) registrar.Transcript {
	return registrar.Transcript{ID: r.ID, Registry: r.Registry, SessionID: r.SessionID, CommandID: r.CommandID, ClTRID: r.ClTRID, SvTRID: r.SvTRID,
		Verb: r.Verb, Object: r.Object, Code: r.Code, Error: r.Error, StartedAt: r.Started.Time, Duration: time.Duration(r.DurationUS) * time.Microsecond}
}

// cutTo shortens what comes from outside to what its column takes: a registry
// with a longer svTRID than RFC 5730 allows must not stop the recording.
func cutTo(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func (r reader) Transcript(ctx context.Context, id string) (registrar.Transcript, error) {
	row, err := one[transcriptRow](ctx, r, "transcript", "id = ?", id)
	return transcriptFromRow(row), err
}

func (r reader) Transcripts(ctx context.Context, f registrar.TranscriptFilter, page registrar.Page) ([]registrar.Transcript, error) {
	if f.CommandID == "" && f.CommandIDs == nil && f.Object == "" && f.ClTRID == "" && f.SvTRID == "" {
		return nil, registrar.Errorf(registrar.KindInvalid, "no_filter", "Please say which transcripts are wanted.")
	}
	return transcripts(ctx, r, f, page, transcriptFromRow)
}

func (r reader) TranscriptList(ctx context.Context, f registrar.TranscriptFilter, page registrar.Page) ([]registrar.Transcript, error) {
	return transcripts(ctx, r, f, page, transcriptFromLine)
}

func transcripts[R interface{ TableName() string }](ctx context.Context, r reader, f registrar.TranscriptFilter, page registrar.Page, from func(R) registrar.Transcript) ([]registrar.Transcript, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	if !plain(f.Registry) || !plain(f.Verb) {
		return nil, nil // no such text is in their columns
	}
	branches, err := r.transcriptBranches(ctx, f)
	if err != nil {
		return nil, err
	}
	for i, b := range branches {
		b = newest(b, page)
		if first := registrar.FirstTranscriptID(f.Since); first != "" {
			b = b.and("id >= ?", first)
		}
		if end := registrar.FirstTranscriptID(f.Until); end != "" {
			b = b.and("id < ?", end)
		}
		branches[i] = b
	}
	rows, err := listed[R](ctx, r, branches, byIDDesc, page.Size())
	return convert(rows, from), err
}

// transcriptBranches picks the narrowest index for a filter; what else the
// filter says is looked at row by row, and is few rows then.
func (r reader) transcriptBranches(ctx context.Context, f registrar.TranscriptFilter) ([]branch, error) {
	known := narrowed(f)
	switch {
	case f.CommandIDs != nil:
		known.index = "ix_transcripts_command_id_id"
		known = about(known, f.Object)
		var ids []any
		for _, id := range f.CommandIDs {
			ids = append(ids, id)
		}
		return known.each("command_id", ids), nil
	case f.CommandID != "":
		known.index = "ix_transcripts_command_id_id"
		return []branch{about(known, f.Object)}, nil
	case f.ClTRID != "":
		known.index = "ix_transcripts_cl_trid_id"
		return []branch{about(known, f.Object)}, nil
	case f.SvTRID != "":
		known.index = "ix_transcripts_sv_trid_id"
		return []branch{about(known, f.Object)}, nil
	case f.Object != "":
		alone, among := known.and("object = ?", f.Object), known.and("object = ?", f.Object)
		alone.index = "ix_transcripts_object_id"
		among.index, among.from = "PRIMARY", "transcript_objects"
		return []branch{alone, among}, nil
	}
	switch {
	case f.Verb != "" && f.Code != nil:
		known.index = "ix_transcripts_registry_verb_code_id"
	case f.Verb != "":
		known.index = "ix_transcripts_registry_verb_id"
	case f.Code != nil:
		known.index = "ix_transcripts_registry_code_id"
	case f.Registry != "":
		known.index = "ix_transcripts_registry_id"
	default:
		known.index = "PRIMARY"
		return []branch{known}, nil
	}
	if f.Registry != "" {
		return []branch{known}, nil
	}
	all, err := r.registriesSpokenTo(ctx)
	return known.each("registry", all), err
}

// narrowed holds every condition but that of the object, which two tables know.
func narrowed(f registrar.TranscriptFilter) branch {
	b := branch{text: true}
	for _, c := range []struct{ column, value string }{
		{"command_id", f.CommandID}, {"cl_trid", f.ClTRID}, {"sv_trid", f.SvTRID}, {"registry", f.Registry}, {"verb", f.Verb},
	} {
		if c.value != "" {
			b = b.and(c.column+" = ?", c.value)
		}
	}
	if f.Code != nil {
		b = b.and("code = ?", *f.Code)
	}
	return b
}

// about narrows exchanges found by another key to an object.
func about(b branch, object string) branch {
	if object == "" {
		return b
	}
	return b.and("(object = ? OR id IN (SELECT o.id FROM transcript_objects AS o WHERE o.object = ?))", object, object)
}

// registriesSpokenTo names those that have transcripts, one step in the index
// for each.
func (r reader) registriesSpokenTo(ctx context.Context) ([]any, error) {
	var out []any
	last := ""
	for {
		var next []string
		err := r.q(ctx).Raw("SELECT registry FROM transcripts"+r.d.force("ix_transcripts_registry_id")+" WHERE registry > ? ORDER BY registry LIMIT 1", last).Scan(&next).Error
		if err != nil {
			return nil, r.d.wrap("listing registries spoken to", err)
		}
		if len(next) == 0 {
			return out, nil
		}
		last = next[0]
		out = append(out, last)
	}
}

func (t *transaction) InsertTranscript(ctx context.Context, tr registrar.Transcript) error {
	row := transcriptToRow(tr)
	if err := t.insert(ctx, "transcript", &row); err != nil || len(tr.Objects) < 2 {
		return err
	}
	var rows []transcriptObjectRow
	seen := make(map[string]bool, len(tr.Objects))
	for _, object := range tr.Objects {
		object = cutTo(object, 255)
		if object != "" && !seen[object] {
			seen[object] = true
			rows = append(rows, transcriptObjectRow{Object: object, ID: row.ID, Registry: row.Registry, Verb: row.Verb, Code: row.Code})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return t.insert(ctx, "objects of a transcript", &rows)
}
