package store

import (
	"context"
	"strings"

	"github.com/indera/indera/registrar"
)

type mirrorRunRow struct {
	ID            string   `gorm:"column:id;primaryKey"`
	System        string   `gorm:"column:system"`
	Running       *string  `gorm:"column:running"`
	Token         string   `gorm:"column:token"`
	Version       string   `gorm:"column:version"`
	Dry           bool     `gorm:"column:dry"`
	Phase         string   `gorm:"column:phase"`
	After         string   `gorm:"column:after_key"`
	Outcome       string   `gorm:"column:outcome"`
	CustomersRead int      `gorm:"column:customers_read"`
	DomainsRead   int      `gorm:"column:domains_read"`
	Created       int      `gorm:"column:created"`
	Changed       int      `gorm:"column:changed"`
	Unchanged     int      `gorm:"column:unchanged"`
	Gone          int      `gorm:"column:gone"`
	LeftOut       int      `gorm:"column:left_out"`
	Flaws         int      `gorm:"column:flaws"`
	BrakeID       string   `gorm:"column:brake_id"`
	Problem       string   `gorm:"column:problem"`
	StartedBy     string   `gorm:"column:started_by"`
	Started       instant  `gorm:"column:started_at"`
	Ended         *instant `gorm:"column:ended_at"`
}

// TableName names the table.
func (mirrorRunRow) TableName() string { return "mirror_runs" }

func mirrorRunToRow(r registrar.MirrorRun) mirrorRunRow {
	row := mirrorRunRow{ID: r.ID, System: r.System, Token: r.Token, Version: r.Version, Dry: r.Dry, Phase: string(r.Phase), After: r.After,
		Outcome: string(r.Outcome), CustomersRead: r.CustomersRead, DomainsRead: r.DomainsRead, Created: r.Created, Changed: r.Changed,
		Unchanged: r.Unchanged, Gone: r.Gone, LeftOut: r.LeftOut, Flaws: r.Flaws, BrakeID: r.BrakeID, Problem: r.Problem,
		StartedBy: r.StartedBy, Started: at(r.StartedAt), Ended: optional(r.EndedAt)}
	if r.EndedAt == nil {
		row.Running = &row.System
	}
	return row
}

func mirrorRunFromRow(r mirrorRunRow) registrar.MirrorRun {
	return registrar.MirrorRun{ID: r.ID, System: r.System, Token: r.Token, Version: r.Version, Dry: r.Dry, Phase: registrar.MirrorPhase(r.Phase),
		After: r.After, Outcome: registrar.MirrorOutcome(r.Outcome), CustomersRead: r.CustomersRead, DomainsRead: r.DomainsRead,
		Created: r.Created, Changed: r.Changed, Unchanged: r.Unchanged, Gone: r.Gone, LeftOut: r.LeftOut, Flaws: r.Flaws,
		BrakeID: r.BrakeID, Problem: r.Problem, StartedBy: r.StartedBy, StartedAt: r.Started.Time, EndedAt: timePtr(r.Ended)}
}

type mirrorRow struct {
	System         string   `gorm:"column:system;primaryKey"`
	Kind           string   `gorm:"column:kind;primaryKey"`
	ExternalID     string   `gorm:"column:external_id;primaryKey"`
	Name           string   `gorm:"column:name"`
	Standing       string   `gorm:"column:standing"`
	Owner          string   `gorm:"column:owner_external"`
	ObjectID       string   `gorm:"column:object_id"`
	ContactID      string   `gorm:"column:contact_id"`
	ContactVersion int      `gorm:"column:contact_version"`
	Digest         string   `gorm:"column:digest"`
	Applied        string   `gorm:"column:applied"`
	Facts          string   `gorm:"column:facts"`
	SeenRun        string   `gorm:"column:seen_run"`
	Gone           *instant `gorm:"column:gone_at"`
	Created        instant  `gorm:"column:created_at"`
}

// TableName names the table.
func (mirrorRow) TableName() string { return "mirror_rows" }

func mirrorToRow(r registrar.MirrorRow) mirrorRow {
	return mirrorRow{System: r.System, Kind: string(r.Kind), ExternalID: r.ExternalID, Name: r.Name, Standing: string(r.Standing), Owner: r.Owner,
		ObjectID: r.ObjectID, ContactID: r.Contact.ContactID, ContactVersion: r.Contact.Version, Digest: r.Digest, Applied: r.Applied,
		Facts: r.Facts, SeenRun: r.SeenRun, Gone: optional(r.GoneAt), Created: at(r.CreatedAt)}
}

func mirrorFromRow(r mirrorRow) registrar.MirrorRow {
	return registrar.MirrorRow{System: r.System, Kind: registrar.MirrorKind(r.Kind), ExternalID: r.ExternalID, Name: r.Name,
		Standing: registrar.MirrorStanding(r.Standing), Owner: r.Owner, ObjectID: r.ObjectID,
		Contact: registrar.ContactRef{ContactID: r.ContactID, Version: r.ContactVersion}, Digest: r.Digest, Applied: r.Applied,
		Facts: r.Facts, SeenRun: r.SeenRun, GoneAt: timePtr(r.Gone), CreatedAt: r.Created.Time}
}

func (r reader) RunningMirror(ctx context.Context, system string) (registrar.MirrorRun, bool, error) {
	row, err := one[mirrorRunRow](ctx, r, "import", "running = ?", system)
	if registrar.IsNotFound(err) {
		return registrar.MirrorRun{}, false, nil
	}
	return mirrorRunFromRow(row), err == nil, err
}

func (r reader) MirrorRuns(ctx context.Context, system string, page registrar.Page) ([]registrar.MirrorRun, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := branch{index: "ix_mirror_runs_system_id", where: "system = ?", args: []any{system}}
	rows, err := listed[mirrorRunRow](ctx, r, []branch{newest(b, page)}, byIDDesc, page.Size())
	return convert(rows, mirrorRunFromRow), err
}

func (r reader) MirrorRow(ctx context.Context, system string, kind registrar.MirrorKind, externalID string) (registrar.MirrorRow, error) {
	row, err := one[mirrorRow](ctx, r, "mirrored row", "system = ? AND kind = ? AND external_id = ?", system, string(kind), externalID)
	return mirrorFromRow(row), err
}

// inParts calls fn with at most that many values at a time: IN lists stay small.
const inPart = 500

func inParts(values []string, fn func(part []string) error) error {
	for len(values) > 0 {
		n := min(len(values), inPart)
		if err := fn(values[:n]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

func (r reader) MirrorRows(ctx context.Context, system string, kind registrar.MirrorKind, externalIDs []string) ([]registrar.MirrorRow, error) {
	var out []registrar.MirrorRow
	err := inParts(externalIDs, func(part []string) error {
		rows, err := many[mirrorRow](ctx, r, "mirrored rows", "external_id", "system = ? AND kind = ? AND external_id IN ?", system, string(kind), part)
		out = append(out, convert(rows, mirrorFromRow)...)
		return err
	})
	return out, err
}

func (r reader) MirrorRowsAfter(ctx context.Context, system string, kind registrar.MirrorKind, after string, limit int) ([]registrar.MirrorRow, error) {
	where, args := "system = ? AND kind = ?", []any{system, string(kind)}
	if after != "" {
		name, id, _ := strings.Cut(after, " ")
		where += " AND name >= ? AND (name > ? OR external_id > ?)"
		args = append(args, name, name, id)
	}
	var rows []mirrorRow
	if err := r.q(ctx).Where(where, args...).Order("name, external_id").Limit(registrar.Page{Limit: limit}.Size()).Find(&rows).Error; err != nil {
		return nil, r.d.wrap("listing mirrored rows", err)
	}
	return convert(rows, mirrorFromRow), nil
}

func (r reader) MirrorRowOf(ctx context.Context, objectID string) (registrar.MirrorRow, error) {
	row, err := one[mirrorRow](ctx, r, "mirrored row", "object_id = ?", objectID)
	if objectID == "" {
		return registrar.MirrorRow{}, notFound("mirrored row")
	}
	return mirrorFromRow(row), err
}

func (r reader) IsMirroredContact(ctx context.Context, contactID string) (bool, error) {
	if contactID == "" {
		return false, nil
	}
	n, err := r.count(ctx, "mirrored contacts", "SELECT COUNT(*) FROM mirror_rows WHERE contact_id = ?", contactID)
	return n > 0, err
}

func (r reader) CountMirror(ctx context.Context, system string, kind registrar.MirrorKind, runID string) (held, dropped int, err error) {
	held, err = r.count(ctx, "mirrored rows", "SELECT COUNT(*) FROM mirror_rows WHERE system = ? AND kind = ? AND object_id <> '' AND gone_at IS NULL", system, string(kind))
	if err != nil {
		return 0, 0, err
	}
	dropped, err = r.count(ctx, "mirrored rows", "SELECT COUNT(*) FROM mirror_rows WHERE system = ? AND kind = ? AND object_id <> '' AND gone_at IS NULL "+
		"AND (seen_run <> ? OR standing NOT IN ?)", system, string(kind), runID, []string{string(registrar.StandingSponsored), string(registrar.StandingPending)})
	return held, dropped, err
}

func (r reader) LiveDomains(ctx context.Context, names []string) (map[string]registrar.Domain, error) {
	out := make(map[string]registrar.Domain, len(names))
	err := inParts(names, func(part []string) error {
		rows, err := many[domainRow](ctx, r, "domains", "live_name", "live_name IN ?", part)
		for _, row := range rows {
			out[row.Name] = domainFromRow(row)
		}
		return err
	})
	return out, err
}

func (t *transaction) InsertMirrorRun(ctx context.Context, r registrar.MirrorRun) error {
	row := mirrorRunToRow(r)
	return t.insert(ctx, "import", &row)
}

func (t *transaction) TakeMirrorRun(ctx context.Context, id, token string) (bool, error) {
	return t.update(ctx, "import", &mirrorRunRow{}, map[string]any{"token": token}, "id = ? AND running IS NOT NULL", id)
}

func (t *transaction) SaveMirrorRun(ctx context.Context, r registrar.MirrorRun) (bool, error) {
	row := mirrorRunToRow(r)
	return t.update(ctx, "import", &mirrorRunRow{}, map[string]any{
		"running": row.Running, "phase": row.Phase, "after_key": row.After, "outcome": row.Outcome, "customers_read": row.CustomersRead,
		"domains_read": row.DomainsRead, "created": row.Created, "changed": row.Changed, "unchanged": row.Unchanged, "gone": row.Gone,
		"left_out": row.LeftOut, "flaws": row.Flaws, "brake_id": row.BrakeID, "problem": row.Problem, "ended_at": row.Ended,
	}, "id = ? AND token = ? AND running IS NOT NULL", r.ID, r.Token)
}
