package store

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"github.com/indera/indera/registrar"
)

type mirrorIssueRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	System     string   `gorm:"column:system"`
	Object     string   `gorm:"column:object"`
	ExternalID string   `gorm:"column:external_id"`
	Kind       string   `gorm:"column:kind"`
	Field      string   `gorm:"column:field"`
	State      string   `gorm:"column:state"`
	Label      string   `gorm:"column:label"`
	Raw        string   `gorm:"column:raw"`
	ObjectID   string   `gorm:"column:object_id"`
	Found      instant  `gorm:"column:found_at"`
	Ended      *instant `gorm:"column:ended_at"`
	EndedBy    string   `gorm:"column:ended_by"`
	Reason     string   `gorm:"column:reason"`
}

// TableName names the table.
func (mirrorIssueRow) TableName() string { return "mirror_issues" }

func mirrorIssueToRow(i registrar.MirrorIssue) mirrorIssueRow {
	return mirrorIssueRow{ID: i.ID, System: i.System, Object: string(i.Object), ExternalID: i.ExternalID, Kind: string(i.Kind), Field: i.Field,
		State: string(i.State), Label: i.Label, Raw: i.Raw, ObjectID: i.ObjectID, Found: at(i.FoundAt), Ended: optional(i.EndedAt), EndedBy: i.EndedBy, Reason: i.Reason}
}

func mirrorIssueFromRow(r mirrorIssueRow) registrar.MirrorIssue {
	return registrar.MirrorIssue{ID: r.ID, System: r.System, Object: registrar.MirrorKind(r.Object), ExternalID: r.ExternalID,
		MirrorFlaw: registrar.MirrorFlaw{Kind: registrar.FlawKind(r.Kind), Field: r.Field, Raw: r.Raw}, State: registrar.MirrorIssueState(r.State),
		Label: r.Label, ObjectID: r.ObjectID, FoundAt: r.Found.Time, EndedAt: timePtr(r.Ended), EndedBy: r.EndedBy, Reason: r.Reason}
}

func (r reader) MirrorIssue(ctx context.Context, id string) (registrar.MirrorIssue, error) {
	row, err := one[mirrorIssueRow](ctx, r, "issue", "id = ?", id)
	return mirrorIssueFromRow(row), err
}

func (r reader) MirrorIssues(ctx context.Context, f registrar.MirrorIssueFilter, page registrar.Page) ([]registrar.MirrorIssue, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := branch{index: "ix_mirror_issues_system_state_id", where: "system = ? AND state = ?", args: []any{f.System, string(f.State)}}
	if f.Kind != "" {
		b.index = "ix_mirror_issues_system_state_kind_id"
		b = b.and("kind = ?", string(f.Kind))
	}
	rows, err := listed[mirrorIssueRow](ctx, r, []branch{newest(b, page)}, byIDDesc, page.Size())
	return convert(rows, mirrorIssueFromRow), err
}

func (r reader) MirrorIssuesOf(ctx context.Context, system string, kind registrar.MirrorKind, externalIDs []string) ([]registrar.MirrorIssue, error) {
	var out []registrar.MirrorIssue
	err := inParts(externalIDs, func(part []string) error {
		rows, err := many[mirrorIssueRow](ctx, r, "issues", "id", "system = ? AND object = ? AND external_id IN ?", system, string(kind), part)
		out = append(out, convert(rows, mirrorIssueFromRow)...)
		return err
	})
	return out, err
}

func (r reader) CountMirrorIssues(ctx context.Context, system string, state registrar.MirrorIssueState) (map[registrar.FlawKind]int, error) {
	var rows []struct {
		Kind string
		N    int
	}
	err := r.q(ctx).Raw("SELECT kind, COUNT(*) AS n FROM mirror_issues"+r.d.force("ix_mirror_issues_system_state_kind_id")+" WHERE system = ? AND state = ? GROUP BY kind", system, string(state)).Scan(&rows).Error
	if err != nil {
		return nil, r.d.wrap("counting issues", err)
	}
	out := map[registrar.FlawKind]int{"": 0}
	for _, row := range rows {
		out[registrar.FlawKind(row.Kind)] = row.N
		out[""] += row.N
	}
	return out, nil
}

// mirrorBulk is how many rows one INSERT carries: SQLite takes 32766 values.
const mirrorBulk = 250

// bulk inserts rows, many to a statement.
func bulk[M, R any](ctx context.Context, t *transaction, noun string, in []M, toRow func(M) R) error {
	for len(in) > 0 {
		n := min(len(in), mirrorBulk)
		rows := convert(in[:n], toRow)
		if err := t.insert(ctx, noun, &rows); err != nil {
			return err
		}
		in = in[n:]
	}
	return nil
}

// WriteMirror writes what is new in bulk and what has changed row by row: after
// the first import little has.
func (t *transaction) WriteMirror(ctx context.Context, b registrar.MirrorBatch) error {
	steps := []func(context.Context, registrar.MirrorBatch) error{
		t.writeMirrorCustomers, t.writeMirrorContacts, t.writeMirrorDomains, t.writeMirrorRows, t.writeMirrorIssues,
		func(ctx context.Context, b registrar.MirrorBatch) error { return t.insertAudits(ctx, b.Audit) },
	}
	for _, step := range steps {
		if err := step(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) writeMirrorCustomers(ctx context.Context, b registrar.MirrorBatch) error {
	if err := bulk(ctx, t, "customers", b.Customers, customerToRow); err != nil {
		return err
	}
	var words []termRow
	for _, c := range b.Customers {
		for _, w := range terms(c.Name) {
			words = append(words, termRow{Term: w, CustomerID: c.ID})
		}
	}
	if err := bulk(ctx, t, "customer terms", words, func(r termRow) termRow { return r }); err != nil {
		return err
	}
	for _, c := range b.Renamed {
		if _, err := t.update(ctx, "customer", &customerRow{}, map[string]any{"name": c.Name, "language": c.Language}, "id = ?", c.ID); err != nil {
			return err
		}
		if err := t.addTerms(ctx, c.ID, c.Name); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) writeMirrorContacts(ctx context.Context, b registrar.MirrorBatch) error {
	err := bulk(ctx, t, "contacts", b.Contacts, func(v registrar.ContactVersion) contactRow {
		return contactRow{ID: v.ContactID, CustomerID: v.CustomerID, Version: v.Version, Created: at(v.CreatedAt)}
	})
	if err != nil {
		return err
	}
	if err := bulk(ctx, t, "contact versions", b.Contacts, contactToRow); err != nil {
		return err
	}
	for _, v := range b.NewVersions {
		if err := t.InsertContactVersion(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) writeMirrorDomains(ctx context.Context, b registrar.MirrorBatch) error {
	if err := bulk(ctx, t, "domains", b.Domains, t.freshDomainRow); err != nil {
		return err
	}
	if err := t.rememberContacts(ctx, registrantsOf(b.Domains...)); err != nil {
		return err
	}
	for _, d := range b.Changed {
		if err := t.UpdateDomain(ctx, d); err != nil {
			return err
		}
	}
	created := make(map[string]bool, len(b.Domains))
	for _, d := range b.Domains {
		created[d.ID] = true
	}
	var fresh []domainContactRow
	for _, id := range slices.Sorted(maps.Keys(b.Registrants)) {
		if created[id] {
			fresh = append(fresh, domainContactRow{DomainID: id, Role: registrar.RoleRegistrant, ContactID: b.Registrants[id]})
			continue
		}
		if err := t.SetDomainContacts(ctx, id, map[string]string{registrar.RoleRegistrant: b.Registrants[id]}); err != nil {
			return err
		}
	}
	if err := bulk(ctx, t, "domain contacts", fresh, func(r domainContactRow) domainContactRow { return r }); err != nil {
		return err
	}
	return t.rememberContacts(ctx, fresh)
}

func (t *transaction) writeMirrorRows(ctx context.Context, b registrar.MirrorBatch) error {
	if err := bulk(ctx, t, "mirrored rows", b.NewRows, mirrorToRow); err != nil {
		return err
	}
	if err := t.seeMirrorRows(ctx, b.Seen); err != nil {
		return err
	}
	// A row that is there is replaced: many at once, since an import applies all.
	over := &transaction{reader: reader{db: t.db.Clauses(clause.OnConflict{UpdateAll: true}), d: t.d}}
	if err := bulk(ctx, over, "mirrored rows", b.Rows, mirrorToRow); err != nil {
		return err
	}
	for _, r := range b.DropRows {
		key := []any{r.System, string(r.Kind), r.ExternalID}
		if err := t.q(ctx).Where("system = ? AND kind = ? AND external_id = ?", key...).Delete(&mirrorRow{}).Error; err != nil {
			return t.d.wrap("forgetting a mirrored row", err)
		}
		if err := t.q(ctx).Where("system = ? AND object = ? AND external_id = ?", key...).Delete(&mirrorIssueRow{}).Error; err != nil {
			return t.d.wrap("forgetting issues", err)
		}
	}
	return nil
}

// seeMirrorRows notes for rows of one system and kind that a run has seen them.
func (t *transaction) seeMirrorRows(ctx context.Context, rows []registrar.MirrorRow) error {
	if len(rows) == 0 {
		return nil
	}
	first := rows[0]
	return inParts(convert(rows, func(r registrar.MirrorRow) string { return r.ExternalID }), func(part []string) error {
		_, err := t.update(ctx, "mirrored rows", &mirrorRow{}, map[string]any{"seen_run": first.SeenRun},
			"system = ? AND kind = ? AND external_id IN ?", first.System, string(first.Kind), part)
		return err
	})
}

func (t *transaction) writeMirrorIssues(ctx context.Context, b registrar.MirrorBatch) error {
	if err := bulk(ctx, t, "issues", b.NewIssues, mirrorIssueToRow); err != nil {
		return err
	}
	for _, i := range b.Issues {
		row := mirrorIssueToRow(i)
		_, err := t.update(ctx, "issue", &mirrorIssueRow{}, map[string]any{"state": row.State, "label": row.Label, "raw": row.Raw,
			"object_id": row.ObjectID, "found_at": row.Found, "ended_at": row.Ended, "ended_by": row.EndedBy, "reason": row.Reason}, "id = ?", row.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertAudits is InsertAudit for many events.
func (t *transaction) insertAudits(ctx context.Context, events []registrar.AuditEvent) error {
	rows, payloads := make([]auditRow, 0, len(events)), make([]payloadRow, 0, len(events))
	for _, e := range events {
		row, payload, err := auditToRows(e)
		if err != nil {
			return err
		}
		rows, payloads = append(rows, row), append(payloads, payload)
	}
	if err := bulk(ctx, t, "audit events", rows, func(r auditRow) auditRow { return r }); err != nil {
		return err
	}
	return bulk(ctx, t, "audit payloads", payloads, func(r payloadRow) payloadRow { return r })
}
