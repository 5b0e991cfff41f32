package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type approvalRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	Kind       string   `gorm:"column:kind"`
	SubjectID  string   `gorm:"column:subject_id"`
	Wish       string   `gorm:"column:wish"`
	Reason     string   `gorm:"column:reason"`
	State      string   `gorm:"column:state"`
	PendingKey *string  `gorm:"column:pending_key"`
	AskedBy    string   `gorm:"column:asked_by"`
	Asked      instant  `gorm:"column:asked_at"`
	Expires    instant  `gorm:"column:expires_at"`
	DecidedBy  string   `gorm:"column:decided_by"`
	Decided    *instant `gorm:"column:decided_at"`
	Decision   string   `gorm:"column:decision"`
}

// TableName names the table.
func (approvalRow) TableName() string { return "approvals" }

func approvalFromRow(r approvalRow) (registrar.Approval, error) {
	a := registrar.Approval{ID: r.ID, Kind: registrar.ApprovalKind(r.Kind), SubjectID: r.SubjectID, Reason: r.Reason, State: registrar.ApprovalState(r.State),
		AskedBy: r.AskedBy, AskedAt: r.Asked.Time, ExpiresAt: r.Expires.Time, DecidedBy: r.DecidedBy, DecidedAt: timePtr(r.Decided), Decision: r.Decision}
	if err := json.Unmarshal([]byte(r.Wish), &a.Wish); err != nil {
		return a, fmt.Errorf("decoding the wish of approval %s: %w", r.ID, err)
	}
	return a, nil
}

func approvalsFromRows(rows []approvalRow, err error) ([]registrar.Approval, error) {
	out := make([]registrar.Approval, 0, len(rows))
	for _, row := range rows {
		a, broken := approvalFromRow(row)
		if broken != nil {
			return nil, broken
		}
		out = append(out, a)
	}
	return out, err
}

func (r reader) Approval(ctx context.Context, id string) (registrar.Approval, error) {
	row, err := one[approvalRow](ctx, r, "approval", "id = ?", id)
	if err != nil {
		return registrar.Approval{}, err
	}
	return approvalFromRow(row)
}

func (r reader) Approvals(ctx context.Context, f registrar.ApprovalFilter, page registrar.Page) ([]registrar.Approval, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	if f.State != "" {
		b.index = "ix_approvals_state_id"
		b = b.and("state = ?", string(f.State))
	}
	if f.SubjectID != "" {
		b.index = "ix_approvals_subject_id_id"
		b = b.and("subject_id = ?", f.SubjectID)
	}
	return approvalsFromRows(listed[approvalRow](ctx, r, []branch{b}, byIDDesc, page.Size()))
}

func (r reader) ApprovalsOver(ctx context.Context, now time.Time, limit int) ([]registrar.Approval, error) {
	b := branch{index: "ix_approvals_state_expires_at", where: "state = ? AND expires_at <= ?", args: []any{string(registrar.ApprovalPending), at(now)}}
	return approvalsFromRows(listed[approvalRow](ctx, r, []branch{b}, keyset{"expires_at", "id"}, registrar.Page{Limit: limit}.Size()))
}

// InsertApproval counts an act on the same subject as the same, whatever else is
// wished for; an invitation is about its address.
func (t *transaction) InsertApproval(ctx context.Context, a registrar.Approval) error {
	wish, err := json.Marshal(a.Wish)
	if err != nil {
		return fmt.Errorf("encoding a wish: %w", err)
	}
	about := a.SubjectID
	if about == "" {
		about = a.Wish.Email
	}
	key := digestOf(string(a.Kind), about)
	row := approvalRow{ID: a.ID, Kind: string(a.Kind), SubjectID: a.SubjectID, Wish: string(wish), Reason: a.Reason, State: string(a.State), PendingKey: &key,
		AskedBy: a.AskedBy, Asked: at(a.AskedAt), Expires: at(a.ExpiresAt), DecidedBy: a.DecidedBy, Decided: optional(a.DecidedAt), Decision: a.Decision}
	return t.insert(ctx, "approval", &row)
}

func (t *transaction) DecideApproval(ctx context.Context, a registrar.Approval) (bool, error) {
	where, args := "id = ? AND state = ?", []any{a.ID, string(registrar.ApprovalPending)}
	if a.State == registrar.ApprovalApproved || a.State == registrar.ApprovalRefused {
		where, args = where+" AND asked_by <> ?", append(args, a.DecidedBy)
	}
	return t.update(ctx, "approval", &approvalRow{}, map[string]any{
		"state": string(a.State), "pending_key": nil, "decided_by": a.DecidedBy, "decided_at": optional(a.DecidedAt), "decision": a.Decision,
	}, where, args...)
}

// SerializeStaff changes the rows of all staff, who are few: a second
// transaction that does so waits, or is refused by the cluster and runs again.
func (t *transaction) SerializeStaff(ctx context.Context) error {
	_, err := t.update(ctx, "staff", &userRow{}, map[string]any{"revision": gorm.Expr("revision + 1")}, "customer_id = ''")
	return err
}
