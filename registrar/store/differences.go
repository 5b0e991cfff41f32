package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

type differenceRow struct {
	ID       string   `gorm:"column:id;primaryKey"`
	Registry string   `gorm:"column:registry"`
	Name     string   `gorm:"column:name"`
	DomainID string   `gorm:"column:domain_id"`
	Kind     string   `gorm:"column:kind"`
	OpenKey  *string  `gorm:"column:open_key"`
	Ours     string   `gorm:"column:ours"`
	Theirs   string   `gorm:"column:theirs"`
	State    string   `gorm:"column:state"`
	Found    instant  `gorm:"column:found_at"`
	Seen     instant  `gorm:"column:seen_at"`
	Ended    *instant `gorm:"column:ended_at"`
	EndedBy  string   `gorm:"column:ended_by"`
	Note     string   `gorm:"column:note"`
	Revision int      `gorm:"column:revision"`
}

// TableName names the table.
func (differenceRow) TableName() string { return "differences" }

func differenceFromRow(r differenceRow) registrar.Difference {
	return registrar.Difference{
		ID: r.ID, Registry: r.Registry, Name: r.Name, DomainID: r.DomainID, Kind: registrar.DifferenceKind(r.Kind), Ours: r.Ours, Theirs: r.Theirs,
		State: registrar.DifferenceState(r.State), FoundAt: r.Found.Time, SeenAt: r.Seen.Time, EndedAt: timePtr(r.Ended), EndedBy: r.EndedBy,
		Note: r.Note, Revision: r.Revision,
	}
}

// standingKey is what only one standing difference may have.
func standingKey(d registrar.Difference) *string {
	if d.State != registrar.DiffOpen && d.State != registrar.DiffCase {
		return nil
	}
	key := digestOf(d.Registry, d.Name, string(d.Kind))
	return &key
}

func (r reader) Difference(ctx context.Context, id string) (registrar.Difference, error) {
	row, err := one[differenceRow](ctx, r, "difference", "id = ?", id)
	return differenceFromRow(row), err
}

func (r reader) Differences(ctx context.Context, f registrar.DifferenceFilter, page registrar.Page) ([]registrar.Difference, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := branch{index: "ix_differences_state_id", where: "state = ?", args: []any{string(f.State)}}
	if f.Registry != "" {
		b = branch{index: "ix_differences_registry_state_id"}.and("registry = ? AND state = ?", f.Registry, string(f.State))
	}
	rows, err := listed[differenceRow](ctx, r, []branch{newest(b, page)}, byIDDesc, page.Size())
	return convert(rows, differenceFromRow), err
}

func (r reader) DifferencesOf(ctx context.Context, registry, name string) ([]registrar.Difference, error) {
	rows, err := many[differenceRow](ctx, r, "differences", "id", "name = ? AND registry = ? AND state IN ?", name, registry,
		[]string{string(registrar.DiffOpen), string(registrar.DiffCase)})
	return convert(rows, differenceFromRow), err
}

func (r reader) CountDifferences(ctx context.Context, state registrar.DifferenceState, limit int) (int, error) {
	return r.countUpTo(ctx, "differences", branch{index: "ix_differences_state_id", where: "state = ?", args: []any{string(state)}}, limit)
}

type syncProgressRow struct {
	Registry  string   `gorm:"column:registry;primaryKey"`
	After     string   `gorm:"column:after_key"`
	Compared  int      `gorm:"column:compared"`
	Skipped   int      `gorm:"column:skipped"`
	Different int      `gorm:"column:different"`
	Started   instant  `gorm:"column:started_at"`
	Finished  *instant `gorm:"column:finished_at"`
}

// TableName names the table.
func (syncProgressRow) TableName() string { return "sync_progress" }

func (r reader) SyncProgress(ctx context.Context, registry string) (registrar.SyncProgress, error) {
	row, err := one[syncProgressRow](ctx, r, "progress of a comparison", "registry = ?", registry)
	return registrar.SyncProgress{Registry: row.Registry, After: row.After, Compared: row.Compared, Skipped: row.Skipped, Different: row.Different,
		StartedAt: row.Started.Time, FinishedAt: timePtr(row.Finished)}, err
}

func (t *transaction) InsertDifference(ctx context.Context, d registrar.Difference) error {
	row := differenceRow{ID: d.ID, Registry: d.Registry, Name: d.Name, DomainID: d.DomainID, Kind: string(d.Kind), OpenKey: standingKey(d), Ours: d.Ours,
		Theirs: d.Theirs, State: string(d.State), Found: at(d.FoundAt), Seen: at(d.SeenAt), Ended: optional(d.EndedAt), EndedBy: d.EndedBy, Note: d.Note, Revision: 1}
	return t.insert(ctx, "difference", &row)
}

func (t *transaction) ChangeDifference(ctx context.Context, d registrar.Difference) (bool, error) {
	return t.update(ctx, "difference", &differenceRow{}, map[string]any{
		"ours": d.Ours, "theirs": d.Theirs, "state": string(d.State), "open_key": standingKey(d), "seen_at": at(d.SeenAt), "ended_at": optional(d.EndedAt),
		"ended_by": d.EndedBy, "note": d.Note, "revision": d.Revision + 1,
	}, "id = ? AND revision = ?", d.ID, d.Revision)
}

func (t *transaction) WriteSyncProgress(ctx context.Context, p registrar.SyncProgress) error {
	row := syncProgressRow{Registry: p.Registry, After: p.After, Compared: p.Compared, Skipped: p.Skipped, Different: p.Different,
		Started: at(p.StartedAt), Finished: optional(p.FinishedAt)}
	fresh, err := t.insertFresh(ctx, "progress of a comparison", &row)
	if err != nil || fresh {
		return err
	}
	_, err = t.update(ctx, "progress of a comparison", &syncProgressRow{}, map[string]any{
		"after_key": row.After, "compared": row.Compared, "skipped": row.Skipped, "different": row.Different, "started_at": row.Started, "finished_at": row.Finished,
	}, "registry = ?", p.Registry)
	return err
}
