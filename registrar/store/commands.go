package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type commandRow struct {
	ID          string   `gorm:"column:id;primaryKey"`
	OperationID string   `gorm:"column:operation_id"`
	Seq         int      `gorm:"column:seq"`
	Registry    string   `gorm:"column:registry"`
	Verb        string   `gorm:"column:verb"`
	Object      string   `gorm:"column:object"`
	DomainID    string   `gorm:"column:domain_id"`
	Billable    bool     `gorm:"column:billable"`
	Spec        string   `gorm:"column:spec"`
	State       string   `gorm:"column:state"`
	Attempt     int      `gorm:"column:attempt"`
	ClTRID      *string  `gorm:"column:cl_trid"`
	SvTRID      string   `gorm:"column:sv_trid"`
	LeaseHolder string   `gorm:"column:lease_holder"`
	LeaseToken  string   `gorm:"column:lease_token"`
	LeaseUntil  dbTime   `gorm:"column:lease_until"`
	DueAt       dbTime   `gorm:"column:due_at"`
	Sent        *instant `gorm:"column:sent_at"`
	SentUntil   *instant `gorm:"column:sent_until"`
	SettleAt    *int64   `gorm:"column:settle_at"` // dbTime
	Absent      int      `gorm:"column:absent"`
	ResultCode  int      `gorm:"column:result_code"`
	ResultMsg   string   `gorm:"column:result_msg"`
	ReviewNote  string   `gorm:"column:review_note"`
	Created     instant  `gorm:"column:created_at"`
	Finished    *instant `gorm:"column:finished_at"`
	OpenKey     *string  `gorm:"column:open_key"`
}

// TableName names the table.
func (commandRow) TableName() string { return "commands" }

// domainVerbs is the common beginning of all transforms of a domain.
const domainVerbs = "domain:"

// openKey is what the unique index sees of an open command: what it guards, a
// transform of a domain always its name.
func openKey(c registrar.Command) *string {
	switch {
	case !c.State.Open():
		return nil
	case c.Guards != "":
		return &c.Guards
	case strings.HasPrefix(string(c.Verb), domainVerbs):
		return &c.Object
	}
	return nil
}

func settleToRow(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

func commandToRow(c registrar.Command) commandRow {
	return commandRow{ID: c.ID, OperationID: c.OperationID, Seq: c.Seq, Registry: c.Registry, Verb: string(c.Verb), Object: c.Object,
		DomainID: c.DomainID, Billable: c.Billable, Spec: string(c.Spec), State: string(c.State), Attempt: c.Attempt, ClTRID: orNull(c.ClTRID),
		SvTRID: c.SvTRID, DueAt: dueAt(c.DueAt), Sent: optional(c.SentAt), SentUntil: optional(c.SentUntil), SettleAt: settleToRow(c.SettleAt),
		Absent: c.Absent, ResultCode: c.ResultCode, ResultMsg: c.ResultMsg, ReviewNote: c.ReviewNote, Created: at(c.CreatedAt),
		Finished: optional(c.FinishedAt), OpenKey: openKey(c)}
}

// guards leaves out what goes without saying: a domain transform and its name.
func guards(r commandRow) string {
	key := fromNull(r.OpenKey)
	if strings.HasPrefix(r.Verb, domainVerbs) && key == r.Object {
		return ""
	}
	return key
}

func commandFromRow(r commandRow) registrar.Command {
	c := registrar.Command{ID: r.ID, OperationID: r.OperationID, Seq: r.Seq, Registry: r.Registry, Verb: registrar.Verb(r.Verb), Object: r.Object,
		DomainID: r.DomainID, Billable: r.Billable, Spec: json.RawMessage(r.Spec), State: registrar.CommandState(r.State), Attempt: r.Attempt,
		ClTRID: fromNull(r.ClTRID), SvTRID: r.SvTRID,
		Lease: registrar.Lease{Holder: r.LeaseHolder, Token: r.LeaseToken, Until: r.LeaseUntil.time()},
		DueAt: r.DueAt.time(), SentAt: timePtr(r.Sent), SentUntil: timePtr(r.SentUntil), Absent: r.Absent, ResultCode: r.ResultCode,
		ResultMsg: r.ResultMsg, ReviewNote: r.ReviewNote, CreatedAt: r.Created.Time, FinishedAt: timePtr(r.Finished), Guards: guards(r)}
	if r.SettleAt != nil {
		t := dbTime(*r.SettleAt).time()
		c.SettleAt = &t
	}
	return c
}

func (r reader) Command(ctx context.Context, id string) (registrar.Command, error) {
	row, err := one[commandRow](ctx, r, "command", "id = ?", id)
	return commandFromRow(row), err
}

func (r reader) CommandsOf(ctx context.Context, operationID string) ([]registrar.Command, error) {
	rows, err := many[commandRow](ctx, r, "commands", "seq", "operation_id = ?", operationID)
	return convert(rows, commandFromRow), err
}

var allCommandStates = []registrar.CommandState{registrar.CommandWaiting, registrar.CommandQueued, registrar.CommandSent, registrar.CommandDone,
	registrar.CommandFailed, registrar.CommandNeedsReview, registrar.CommandCancelled}

// Commands reads by domain when the filter names one, else one index range per
// state.
func (r reader) Commands(ctx context.Context, f registrar.CommandFilter, page registrar.Page) ([]registrar.Command, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	if len(f.States) > 0 {
		b.index = "ix_commands_state_id"
	}
	if f.Registry != "" {
		b.index = "ix_commands_registry_state_id"
		b = b.and("registry = ?", f.Registry)
	}
	var branches []branch
	switch {
	case f.DomainID != "":
		b.index = "ix_commands_domain_id_id"
		b = b.and("domain_id = ?", f.DomainID)
		if len(f.States) > 0 {
			b = b.and("state IN ?", values(f.States))
		}
		branches = []branch{b}
	case len(f.States) > 0:
		branches = b.each("state", values(f.States))
	case f.Registry != "":
		branches = b.each("state", values(allCommandStates))
	default:
		branches = []branch{b}
	}
	rows, err := listed[commandRow](ctx, r, branches, byIDDesc, page.Size())
	return convert(rows, commandFromRow), err
}

// DueCommands reads one index range per value of billable, so that a backlog of
// billable commands that wait for funds is never walked through.
func (r reader) DueCommands(ctx context.Context, registry string, state registrar.CommandState, noBillable bool, limit int) ([]registrar.Command, error) {
	b := branch{index: "ix_commands_registry_state_billable_due_at_id", where: "registry = ? AND state = ? AND due_at <= " + r.d.now + " AND lease_until <= " + r.d.now, args: []any{registry, string(state)}}
	branches := []branch{b.and("billable = ?", false)}
	if !noBillable {
		branches = append(branches, b.and("billable = ?", true))
	}
	rows, err := listed[commandRow](ctx, r, branches, byDue, registrar.Page{Limit: limit}.Size())
	return convert(rows, commandFromRow), err
}

var openStates = []string{string(registrar.CommandWaiting), string(registrar.CommandQueued), string(registrar.CommandSent), string(registrar.CommandNeedsReview)}

func (r reader) OpenCommandCounts(ctx context.Context) (map[registrar.CommandState]int, error) {
	var rows []struct {
		State string
		N     int
	}
	err := r.q(ctx).Raw("SELECT state, COUNT(*) AS n FROM commands WHERE state IN ? GROUP BY state", openStates).Scan(&rows).Error
	if err != nil {
		return nil, r.d.wrap("counting open commands", err)
	}
	counts := make(map[registrar.CommandState]int, len(openStates))
	for _, s := range openStates {
		counts[registrar.CommandState(s)] = 0
	}
	for _, row := range rows {
		counts[registrar.CommandState(row.State)] = row.N
	}
	return counts, nil
}

// InsertCommands lets the last command of an operation that guards a name hold
// it, from the beginning to the end of the operation: those before it run first.
func (t *transaction) InsertCommands(ctx context.Context, cs []registrar.Command) error {
	if len(cs) == 0 {
		return nil
	}
	rows := convert(cs, commandToRow)
	later := map[string]bool{}
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].OpenKey == nil {
			continue
		}
		held := rows[i].OperationID + " " + *rows[i].OpenKey
		if later[held] {
			rows[i].OpenKey = nil
		}
		later[held] = true
	}
	return t.insert(ctx, "commands", &rows)
}

func (t *transaction) QueueNext(ctx context.Context, operationID string, seq int) (bool, error) {
	return t.update(ctx, "command", &commandRow{}, map[string]any{"state": string(registrar.CommandQueued), "due_at": t.in(0)},
		"operation_id = ? AND seq = ? AND state = ?", operationID, seq, string(registrar.CommandWaiting))
}

func (t *transaction) CancelWaiting(ctx context.Context, operationID string, when time.Time) error {
	_, err := t.update(ctx, "commands", &commandRow{}, map[string]any{"state": string(registrar.CommandCancelled), "finished_at": at(when), "open_key": nil},
		"operation_id = ? AND state = ?", operationID, string(registrar.CommandWaiting))
	return err
}

// ClaimCommand also needs the command to be due: a worker that listed it before
// another one tried and put it off must not skip the wait.
func (t *transaction) ClaimCommand(ctx context.Context, id string, state registrar.CommandState, holder, token string, ttl time.Duration) (bool, error) {
	if token == "" {
		return false, registrar.Errorf(registrar.KindInvalid, "no_token", "A lease needs a token.")
	}
	return t.update(ctx, "command", &commandRow{}, map[string]any{"lease_holder": holder, "lease_token": token, "lease_until": t.in(ttl)},
		"id = ? AND state = ? AND due_at <= "+t.d.now+" AND lease_until <= "+t.d.now, id, string(state))
}

// ChangeCommand leaves identity and wish (operation, verb, object, spec) as
// they were journalled.
func (t *transaction) ChangeCommand(ctx context.Context, c registrar.Command, from registrar.CommandState, token string, due registrar.DueChange) (bool, error) {
	row := commandToRow(c)
	set := map[string]any{
		"state": row.State, "attempt": row.Attempt, "cl_trid": row.ClTRID, "sv_trid": row.SvTRID, "sent_at": row.Sent,
		"sent_until": row.SentUntil, "settle_at": row.SettleAt, "absent": row.Absent, "result_code": row.ResultCode,
		"result_msg": row.ResultMsg, "review_note": row.ReviewNote, "finished_at": row.Finished,
		"due_at": t.in(due.In), "lease_until": int64(0), "lease_holder": "", "lease_token": "",
	}
	if due.SettleIn > 0 {
		set["settle_at"] = t.in(due.SettleIn)
	}
	if due.LeaseFor > 0 {
		set["lease_until"] = t.in(due.LeaseFor)
		delete(set, "lease_holder")
		delete(set, "lease_token")
	}
	switch {
	case !c.State.Open():
		set["open_key"] = nil
	case !from.Open(): // from the row itself: it knows its verb and object best
		set["open_key"] = gorm.Expr("CASE WHEN verb LIKE ? THEN object ELSE NULL END", domainVerbs+"%")
	}
	where, args := "id = ? AND state = ?", []any{c.ID, string(from)}
	if token != "" {
		where, args = where+" AND lease_token = ?", append(args, token)
	}
	return t.update(ctx, "command", &commandRow{}, set, where, args...)
}
