package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

type dutyRow struct {
	ID          string   `gorm:"column:id;primaryKey"`
	Policy      string   `gorm:"column:policy"`
	Stage       string   `gorm:"column:stage"`
	Cycle       string   `gorm:"column:cycle"`
	SubjectKind string   `gorm:"column:subject_kind"`
	SubjectID   string   `gorm:"column:subject_id"`
	SubjectName string   `gorm:"column:subject_name"`
	CustomerID  string   `gorm:"column:customer_id"`
	ContactID   string   `gorm:"column:contact_id"`
	Why         string   `gorm:"column:why"`
	Opens       instant  `gorm:"column:opens_at"`
	Due         instant  `gorm:"column:due_at"`
	Closes      instant  `gorm:"column:closes_at"`
	UsefulUntil instant  `gorm:"column:useful_until"`
	State       string   `gorm:"column:state"`
	Act         *instant `gorm:"column:act_at"`
	Tries       int      `gorm:"column:tries"`
	Done        *instant `gorm:"column:done_at"`
	Breached    *instant `gorm:"column:breached_at"`
	Note        string   `gorm:"column:note"`
	Created     instant  `gorm:"column:created_at"`
	Revision    int      `gorm:"column:revision"`
}

// TableName names the table.
func (dutyRow) TableName() string { return "duties" }

func dutyToRow(d registrar.Duty) dutyRow {
	return dutyRow{ID: d.ID, Policy: d.Policy, Stage: d.Stage, Cycle: d.Cycle, SubjectKind: d.SubjectKind, SubjectID: d.SubjectID,
		SubjectName: d.SubjectName, CustomerID: d.CustomerID, ContactID: d.ContactID, Why: d.Why, Opens: at(d.OpensAt), Due: at(d.DueAt),
		Closes: at(d.ClosesAt), UsefulUntil: at(d.UsefulUntil), State: string(d.State), Act: optional(d.ActAt), Tries: d.Tries,
		Done: optional(d.DoneAt), Breached: optional(d.BreachedAt), Note: d.Note, Created: at(d.CreatedAt), Revision: d.Revision}
}

func dutyFromRow(r dutyRow) registrar.Duty {
	return registrar.Duty{ID: r.ID, Policy: r.Policy, Stage: r.Stage, Cycle: r.Cycle, SubjectKind: r.SubjectKind, SubjectID: r.SubjectID,
		SubjectName: r.SubjectName, CustomerID: r.CustomerID, ContactID: r.ContactID, Why: r.Why, OpensAt: r.Opens.Time, DueAt: r.Due.Time,
		ClosesAt: r.Closes.Time, UsefulUntil: r.UsefulUntil.Time, State: registrar.DutyState(r.State), ActAt: timePtr(r.Act), Tries: r.Tries,
		DoneAt: timePtr(r.Done), BreachedAt: timePtr(r.Breached), Note: r.Note, CreatedAt: r.Created.Time, Revision: r.Revision}
}

var (
	byAct    = keyset{"act_at", "id"}
	byClose  = keyset{"closes_at", "id"}
	byExpiry = keyset{"expires_at", "id"}
)

func (r reader) Duty(ctx context.Context, id string) (registrar.Duty, error) {
	row, err := one[dutyRow](ctx, r, "duty", "id = ?", id)
	return dutyFromRow(row), err
}

// Duties reads the rows of one subject when the filter names one, else one index
// range per state.
func (r reader) Duties(ctx context.Context, f registrar.DutyFilter, page registrar.Page) ([]registrar.Duty, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	var branches []branch
	switch {
	case f.SubjectID != "" || f.Name != "":
		b.index = "ix_duties_subject_name_id"
		if f.Name != "" {
			b = b.and("subject_name = ?", f.Name)
		}
		if f.SubjectID != "" {
			b.index = "ix_duties_subject_id_id"
			b = b.and("subject_id = ?", f.SubjectID)
		}
		if f.Policy != "" {
			b = b.and("policy = ?", f.Policy)
		}
		if len(f.States) > 0 {
			b = b.and("state IN ?", values(f.States))
		}
		branches = []branch{b}
	case f.Policy != "":
		b.index = "ix_duties_policy_state_id"
		states := f.States
		if len(states) == 0 {
			states = registrar.DutyStates
		}
		branches = b.and("policy = ?", f.Policy).each("state", values(states))
	case len(f.States) > 0:
		return nil, registrar.Errorf(registrar.KindInvalid, "no_policy", "Please say which policy is meant.")
	default:
		branches = []branch{b}
	}
	rows, err := listed[dutyRow](ctx, r, branches, byIDDesc, page.Size())
	return convert(rows, dutyFromRow), err
}

func (r reader) OpenDuties(ctx context.Context, policy, subjectID string) ([]registrar.Duty, error) {
	rows, err := many[dutyRow](ctx, r, "open duties", "id", "subject_id = ? AND policy = ? AND state IN ?", subjectID, policy,
		[]string{string(registrar.DutyDue), string(registrar.DutyQueued), string(registrar.DutyFailed)})
	return convert(rows, dutyFromRow), err
}

// afterTime continues a list that is ordered by a time and then by id.
func afterTime(b branch, column, key string) (branch, error) {
	if key == "" {
		return b, nil
	}
	micros, id, err := splitTimeKey(key)
	if err != nil {
		return b, err
	}
	t := at(time.UnixMicro(micros))
	return b.and(column+" >= ? AND ("+column+" > ? OR id > ?)", t, t, id), nil
}

// splitTimeKey reads a page key that comes from outside: microseconds of Unix
// time and an id.
func splitTimeKey(key string) (micros int64, id string, err error) {
	text, id, ok := strings.Cut(key, " ")
	micros, err = strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || !plain(id) {
		return 0, "", registrar.InvalidField("after", "bad_cursor", "The place to continue from is not one we gave.")
	}
	return micros, id, nil
}

func (r reader) DutiesToAct(ctx context.Context, policy string, state registrar.DutyState, until time.Time, page registrar.Page) ([]registrar.Duty, error) {
	b := branch{index: "ix_duties_policy_state_act_at_id", where: "policy = ? AND state = ? AND act_at <= ?", args: []any{policy, string(state), at(until)}}
	return r.dutiesBy(ctx, b, "act_at", byAct, page)
}

func (r reader) DutiesClosing(ctx context.Context, policy string, state registrar.DutyState, from, to time.Time, page registrar.Page) ([]registrar.Duty, error) {
	b := branch{index: "ix_duties_policy_state_closes_at_id", where: "policy = ? AND state = ? AND closes_at < ?", args: []any{policy, string(state), at(to)}}
	if !from.IsZero() {
		b = b.and("closes_at >= ?", at(from))
	}
	return r.dutiesBy(ctx, b, "closes_at", byClose, page)
}

func (r reader) dutiesBy(ctx context.Context, b branch, column string, order keyset, page registrar.Page) ([]registrar.Duty, error) {
	b, err := afterTime(b, column, page.After)
	if err != nil {
		return nil, err
	}
	rows, err := listed[dutyRow](ctx, r, []branch{b}, order, page.Size())
	return convert(rows, dutyFromRow), err
}

// countUpTo counts the rows of an index range, at most limit of them.
func (r reader) countUpTo(ctx context.Context, table string, b branch, limit int) (int, error) {
	if !allPlain(b.args) || limit <= 0 {
		return 0, nil
	}
	var n int
	query := "SELECT COUNT(*) FROM (SELECT id FROM " + table + r.d.force(b.index) + " WHERE " + b.where + " LIMIT " + strconv.Itoa(limit) + ") AS c"
	if err := r.q(ctx).Raw(query, b.args...).Scan(&n).Error; err != nil {
		return 0, r.d.wrap("counting "+table, err)
	}
	return n, nil
}

func (r reader) CountDuties(ctx context.Context, policy string, state registrar.DutyState, limit int) (int, error) {
	b := branch{index: "ix_duties_policy_state_id", where: "policy = ? AND state = ?", args: []any{policy, string(state)}}
	return r.countUpTo(ctx, "duties", b, limit)
}

// noLimit is more rows than a count can meet.
const noLimit = 1 << 40

func (r reader) CountToAct(ctx context.Context, policy string, state registrar.DutyState, since, until time.Time) (int, error) {
	b := branch{index: "ix_duties_policy_state_act_at_id", where: "policy = ? AND state = ? AND act_at <= ?", args: []any{policy, string(state), at(until)}}
	if !since.IsZero() {
		b = b.and("(act_at > ? OR created_at > ?)", at(since), at(since))
	}
	return r.countUpTo(ctx, "duties", b, noLimit)
}

func (r reader) ExpiringDomains(ctx context.Context, from, to time.Time, page registrar.Page) ([]registrar.Domain, error) {
	b := branch{index: "ix_domains_owner_system_state_expires_at_id", where: "owner_system = ? AND state = ? AND expires_at <= ?",
		args: []any{registrar.OwnerEngine, string(registrar.DomainActive), at(to)}}
	if !from.IsZero() {
		b = b.and("expires_at >= ?", at(from))
	}
	b, err := afterTime(b, "expires_at", page.After)
	if err != nil {
		return nil, err
	}
	rows, err := listed[domainRow](ctx, r, []branch{b}, byExpiry, page.Size())
	return convert(rows, domainFromRow), err
}

func (r reader) CountActive(ctx context.Context, limit int) (int, error) {
	b := branch{index: "ix_domains_owner_system_state_expires_at_id", where: "owner_system = ? AND state = ?", args: []any{registrar.OwnerEngine, string(registrar.DomainActive)}}
	return r.countUpTo(ctx, "domains", b, limit)
}

// dutyKey is the unique key within one subject and policy.
type dutyKey struct{ subject, stage, cycle string }

func keyOf(d registrar.Duty) dutyKey { return dutyKey{d.SubjectID, d.Stage, d.Cycle} }

// InsertDuties asks first which keys are known, so that planning twice costs one
// read; the unique index decides when two plan at once. All duties are of one
// policy.
func (t *transaction) InsertDuties(ctx context.Context, ds []registrar.Duty) (int, error) {
	if len(ds) == 0 {
		return 0, nil
	}
	subjects := make([]string, 0, len(ds))
	for _, d := range ds {
		if d.Policy != ds[0].Policy {
			return 0, registrar.Errorf(registrar.KindInvalid, "mixed_policies", "Duties are planned policy by policy.")
		}
		subjects = append(subjects, d.SubjectID)
	}
	var rows []dutyRow
	res := t.q(ctx).Select("subject_id", "stage", "cycle").Where("subject_id IN ? AND policy = ?", subjects, ds[0].Policy).Find(&rows)
	if res.Error != nil {
		return 0, t.d.wrap("reading known duties", res.Error)
	}
	known := make(map[dutyKey]bool, len(rows))
	for _, row := range rows {
		known[dutyKey{row.SubjectID, row.Stage, row.Cycle}] = true
	}
	fresh := 0
	for _, d := range ds {
		if known[keyOf(d)] {
			continue
		}
		row := dutyToRow(d)
		ok, err := t.insertFresh(ctx, "duty", &row)
		if err != nil {
			return fresh, err
		}
		if ok {
			fresh++
		}
	}
	return fresh, nil
}

// ChangeDuty writes what can change and counts the revision up.
func (t *transaction) ChangeDuty(ctx context.Context, d registrar.Duty) error {
	ok, err := t.update(ctx, "duty", &dutyRow{}, map[string]any{
		"state": string(d.State), "act_at": optional(d.ActAt), "tries": d.Tries, "done_at": optional(d.DoneAt), "breached_at": optional(d.BreachedAt),
		"note": d.Note, "revision": d.Revision + 1,
	}, "id = ? AND revision = ?", d.ID, d.Revision)
	if err != nil || ok {
		return err
	}
	if _, err := t.Duty(ctx, d.ID); err != nil {
		return err
	}
	t.stale = true
	return registrar.Errorf(registrar.KindConflict, "duty_changed", "The duty was changed in the meantime.")
}
