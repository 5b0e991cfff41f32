package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type restoreRow struct {
	ID       string   `gorm:"column:id;primaryKey"`
	Running  *int     `gorm:"column:running"`
	Started  instant  `gorm:"column:started_at"`
	SettleAt dbTime   `gorm:"column:settle_at"`
	Ended    *instant `gorm:"column:ended_at"`
	EndedBy  string   `gorm:"column:ended_by"`
	Reason   string   `gorm:"column:reason"`
}

// TableName names the table.
func (restoreRow) TableName() string { return "restores" }

func restoreFromRow(r restoreRow) registrar.DatabaseRestore {
	return registrar.DatabaseRestore{ID: r.ID, StartedAt: r.Started.Time, SettleAt: r.SettleAt.time(), EndedAt: timePtr(r.Ended), EndedBy: r.EndedBy, Reason: r.Reason}
}

type restoreProgressRow struct {
	RestoreID       string   `gorm:"column:restore_id;primaryKey"`
	Registry        string   `gorm:"column:registry;primaryKey"`
	CommandsTotal   int      `gorm:"column:commands_total"`
	CommandsChecked int      `gorm:"column:commands_checked"`
	CommandsAt      *instant `gorm:"column:commands_at"`
	DomainsTotal    int      `gorm:"column:domains_total"`
	DomainsChecked  int      `gorm:"column:domains_checked"`
	DomainsAfter    string   `gorm:"column:domains_after"`
	DomainsAt       *instant `gorm:"column:domains_at"`
	NamesTotal      int      `gorm:"column:names_total"`
	NamesChecked    int      `gorm:"column:names_checked"`
	NamesAt         *instant `gorm:"column:names_at"`
}

// TableName names the table.
func (restoreProgressRow) TableName() string { return "restore_progress" }

func progressToRow(p registrar.RestoreProgress) restoreProgressRow {
	return restoreProgressRow{RestoreID: p.RestoreID, Registry: p.Registry, CommandsTotal: p.CommandsTotal, CommandsChecked: p.CommandsChecked,
		CommandsAt: optional(p.CommandsAt), DomainsTotal: p.DomainsTotal, DomainsChecked: p.DomainsChecked, DomainsAfter: p.DomainsAfter,
		DomainsAt: optional(p.DomainsAt), NamesTotal: p.NamesTotal, NamesChecked: p.NamesChecked, NamesAt: optional(p.NamesAt)}
}

func progressFromRow(r restoreProgressRow) registrar.RestoreProgress {
	return registrar.RestoreProgress{RestoreID: r.RestoreID, Registry: r.Registry, CommandsTotal: r.CommandsTotal, CommandsChecked: r.CommandsChecked,
		CommandsAt: timePtr(r.CommandsAt), DomainsTotal: r.DomainsTotal, DomainsChecked: r.DomainsChecked, DomainsAfter: r.DomainsAfter,
		DomainsAt: timePtr(r.DomainsAt), NamesTotal: r.NamesTotal, NamesChecked: r.NamesChecked, NamesAt: timePtr(r.NamesAt)}
}

type restoreNameRow struct {
	RestoreID string `gorm:"column:restore_id;primaryKey"`
	Registry  string `gorm:"column:registry"`
	Checked   bool   `gorm:"column:checked"`
	Name      string `gorm:"column:name;primaryKey"`
}

// TableName names the table.
func (restoreNameRow) TableName() string { return "restore_names" }

type restoreFindingRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	RestoreID  string   `gorm:"column:restore_id"`
	Kind       string   `gorm:"column:kind"`
	State      string   `gorm:"column:state"`
	Registry   string   `gorm:"column:registry"`
	Object     string   `gorm:"column:object"`
	DomainID   string   `gorm:"column:domain_id"`
	HeldDomain *string  `gorm:"column:held_domain"`
	CommandID  string   `gorm:"column:command_id"`
	Detail     string   `gorm:"column:detail"`
	Found      instant  `gorm:"column:found_at"`
	Ended      *instant `gorm:"column:ended_at"`
	EndedBy    string   `gorm:"column:ended_by"`
	Reason     string   `gorm:"column:reason"`
}

// TableName names the table.
func (restoreFindingRow) TableName() string { return "restore_findings" }

func findingFromRow(r restoreFindingRow) registrar.RestoreFinding {
	return registrar.RestoreFinding{ID: r.ID, RestoreID: r.RestoreID, Kind: registrar.FindingKind(r.Kind), State: registrar.FindingState(r.State),
		Registry: r.Registry, Object: r.Object, DomainID: r.DomainID, CommandID: r.CommandID, Detail: r.Detail, FoundAt: r.Found.Time,
		EndedAt: timePtr(r.Ended), EndedBy: r.EndedBy, Reason: r.Reason}
}

func (r reader) RunningRestore(ctx context.Context) (registrar.DatabaseRestore, bool, error) {
	row, err := one[restoreRow](ctx, r, "restore", "running = ?", 1)
	if registrar.IsNotFound(err) {
		return registrar.DatabaseRestore{}, false, nil
	}
	return restoreFromRow(row), err == nil, err
}

func (r reader) LastRestore(ctx context.Context) (registrar.DatabaseRestore, error) {
	rows, err := listed[restoreRow](ctx, r, []branch{{}}, byIDDesc, 1)
	if err != nil {
		return registrar.DatabaseRestore{}, err
	}
	if len(rows) == 0 {
		return registrar.DatabaseRestore{}, notFound("restore")
	}
	return restoreFromRow(rows[0]), nil
}

func (r reader) RestoreProgress(ctx context.Context, restoreID string) ([]registrar.RestoreProgress, error) {
	rows, err := many[restoreProgressRow](ctx, r, "restore progress", "registry", "restore_id = ?", restoreID)
	return convert(rows, progressFromRow), err
}

func (r reader) UncheckedRestoreNames(ctx context.Context, restoreID, registry string, limit int) ([]string, error) {
	var rows []restoreNameRow
	err := r.q(ctx).Where("restore_id = ? AND registry = ? AND checked = ?", restoreID, registry, false).Order("name").Limit(registrar.Page{Limit: limit}.Size()).Find(&rows).Error
	if err != nil {
		return nil, r.d.wrap("listing names to look for", err)
	}
	return convert(rows, func(row restoreNameRow) string { return row.Name }), nil
}

func (r reader) RestoreFinding(ctx context.Context, id string) (registrar.RestoreFinding, error) {
	row, err := one[restoreFindingRow](ctx, r, "finding", "id = ?", id)
	return findingFromRow(row), err
}

func (r reader) RestoreFindings(ctx context.Context, state registrar.FindingState, page registrar.Page) ([]registrar.RestoreFinding, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := branch{index: "ix_restore_findings_state_id", where: "state = ?", args: []any{string(state)}}
	rows, err := listed[restoreFindingRow](ctx, r, []branch{newest(b, page)}, byIDDesc, page.Size())
	return convert(rows, findingFromRow), err
}

func (r reader) CountRestoreFindings(ctx context.Context, state registrar.FindingState) (int, error) {
	return r.count(ctx, "findings", "SELECT COUNT(*) FROM restore_findings WHERE state = ?", string(state))
}

func (r reader) count(ctx context.Context, what, query string, args ...any) (int, error) {
	var n int
	if err := r.q(ctx).Raw(query, args...).Scan(&n).Error; err != nil {
		return 0, r.d.wrap("counting "+what, err)
	}
	return n, nil
}

// HeldAfterRestore asks two small indexes, both empty on a day without trouble.
func (r reader) HeldAfterRestore(ctx context.Context, domainID string) (bool, error) {
	n, err := r.count(ctx, "holds after a restore",
		"SELECT (SELECT COUNT(*) FROM restores WHERE running = 1) + (SELECT COUNT(*) FROM restore_findings WHERE held_domain = ?)", domainID)
	return n > 0, err
}

func (r reader) CountForRestore(ctx context.Context, registry string) (commands, domains int, err error) {
	commands, err = r.count(ctx, "open commands", "SELECT COUNT(*) FROM commands WHERE registry = ? AND state IN ?", registry, openStates)
	if err != nil {
		return 0, 0, err
	}
	domains, err = r.count(ctx, "active domains", "SELECT COUNT(*) FROM domains WHERE registry = ? AND state = ?", registry, string(registrar.DomainActive))
	return commands, domains, err
}

func (t *transaction) InsertRestore(ctx context.Context, r registrar.DatabaseRestore, settleIn time.Duration, progress []registrar.RestoreProgress) error {
	running := 1
	row := restoreRow{ID: r.ID, Running: &running, Started: at(r.StartedAt), SettleAt: dbNow, EndedBy: r.EndedBy, Reason: r.Reason}
	if err := t.insert(ctx, "restore", &row); err != nil {
		return err
	}
	if _, err := t.update(ctx, "restore", &restoreRow{}, map[string]any{"settle_at": t.in(settleIn)}, "id = ?", r.ID); err != nil {
		return err
	}
	if len(progress) == 0 {
		return nil
	}
	rows := convert(progress, progressToRow)
	return t.insert(ctx, "restore progress", &rows)
}

func (t *transaction) EndRestore(ctx context.Context, r registrar.DatabaseRestore) (bool, error) {
	return t.update(ctx, "restore", &restoreRow{}, map[string]any{"running": nil, "ended_at": optional(r.EndedAt), "ended_by": r.EndedBy, "reason": r.Reason},
		"id = ? AND running = ?", r.ID, 1)
}

func (t *transaction) SaveRestoreProgress(ctx context.Context, p registrar.RestoreProgress) error {
	row := progressToRow(p)
	_, err := t.update(ctx, "restore progress", &restoreProgressRow{}, map[string]any{
		"commands_checked": row.CommandsChecked, "commands_at": row.CommandsAt, "domains_checked": row.DomainsChecked, "domains_after": row.DomainsAfter,
		"domains_at": row.DomainsAt, "names_total": row.NamesTotal, "names_checked": row.NamesChecked, "names_at": row.NamesAt,
	}, "restore_id = ? AND registry = ?", p.RestoreID, p.Registry)
	return err
}

func (t *transaction) InsertRestoreNames(ctx context.Context, restoreID, registry string, names []string) (int, error) {
	fresh := 0
	for _, name := range names {
		ok, err := t.insertFresh(ctx, "name to look for", &restoreNameRow{RestoreID: restoreID, Registry: registry, Name: name})
		if err != nil {
			return 0, err
		}
		if ok {
			fresh++
		}
	}
	return fresh, nil
}

func (t *transaction) MarkRestoreNames(ctx context.Context, restoreID, registry string, names []string) error {
	_, err := t.update(ctx, "names to look for", &restoreNameRow{}, map[string]any{"checked": true},
		"restore_id = ? AND registry = ? AND name IN ?", restoreID, registry, names)
	return err
}

func (t *transaction) InsertRestoreFinding(ctx context.Context, f registrar.RestoreFinding) (bool, error) {
	row := restoreFindingRow{ID: f.ID, RestoreID: f.RestoreID, Kind: string(f.Kind), State: string(f.State), Registry: f.Registry, Object: f.Object,
		DomainID: f.DomainID, HeldDomain: orNull(f.DomainID), CommandID: f.CommandID, Detail: f.Detail, Found: at(f.FoundAt)}
	return t.insertFresh(ctx, "finding", &row)
}

func (t *transaction) EndRestoreFinding(ctx context.Context, f registrar.RestoreFinding) (bool, error) {
	return t.update(ctx, "finding", &restoreFindingRow{}, map[string]any{"state": string(registrar.FindingReleased), "held_domain": nil,
		"ended_at": optional(f.EndedAt), "ended_by": f.EndedBy, "reason": f.Reason}, "id = ? AND state = ?", f.ID, string(registrar.FindingOpen))
}
