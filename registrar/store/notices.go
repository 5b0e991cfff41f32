package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type noticeRow struct {
	ID        string   `gorm:"column:id;primaryKey"`
	DutyID    string   `gorm:"column:duty_id"`
	Attempt   int      `gorm:"column:attempt"`
	MailID    string   `gorm:"column:mail_id"`
	ToAddress string   `gorm:"column:to_address"`
	ToName    string   `gorm:"column:to_name"`
	Language  string   `gorm:"column:language"`
	Template  string   `gorm:"column:template"`
	Subject   string   `gorm:"column:subject"`
	Text      string   `gorm:"column:text_body"`
	HTML      string   `gorm:"column:html_body"`
	Digest    string   `gorm:"column:digest"`
	State     string   `gorm:"column:state"`
	Result    string   `gorm:"column:result"`
	Queued    instant  `gorm:"column:queued_at"`
	Ended     *instant `gorm:"column:ended_at"`
	Retention string   `gorm:"column:retention"`
}

// TableName names the table.
func (noticeRow) TableName() string { return "notices" }

func noticeToRow(n registrar.Notice) noticeRow {
	return noticeRow{ID: n.ID, DutyID: n.DutyID, Attempt: n.Attempt, MailID: n.MailID, ToAddress: n.To, ToName: n.ToName, Language: n.Language,
		Template: n.Template, Subject: n.Subject, Text: n.Text, HTML: n.HTML, Digest: n.Digest, State: string(n.State), Result: n.Result,
		Queued: at(n.QueuedAt), Ended: optional(n.EndedAt), Retention: string(n.Retention)}
}

func noticeFromRow(r noticeRow) registrar.Notice {
	return registrar.Notice{ID: r.ID, DutyID: r.DutyID, Attempt: r.Attempt, MailID: r.MailID, To: r.ToAddress, ToName: r.ToName, Language: r.Language,
		Template: r.Template, Subject: r.Subject, Text: r.Text, HTML: r.HTML, Digest: r.Digest, State: registrar.NoticeState(r.State), Result: r.Result,
		QueuedAt: r.Queued.Time, EndedAt: timePtr(r.Ended), Retention: registrar.RetentionClass(r.Retention)}
}

func (r reader) Notices(ctx context.Context, dutyIDs []string) ([]registrar.Notice, error) {
	if len(dutyIDs) == 0 {
		return nil, nil
	}
	rows, err := many[noticeRow](ctx, r, "notices", "duty_id, attempt", "duty_id IN ?", dutyIDs)
	return convert(rows, noticeFromRow), err
}

func (r reader) NoticeByMail(ctx context.Context, mailID string) (registrar.Notice, error) {
	row, err := one[noticeRow](ctx, r, "notice", "mail_id = ?", mailID)
	return noticeFromRow(row), err
}

func (t *transaction) InsertNotice(ctx context.Context, n registrar.Notice) error {
	row := noticeToRow(n)
	return t.insert(ctx, "notice", &row)
}

func (t *transaction) ChangeNotice(ctx context.Context, n registrar.Notice) (bool, error) {
	return t.update(ctx, "notice", &noticeRow{}, map[string]any{"state": string(n.State), "result": n.Result, "ended_at": optional(n.EndedAt)},
		"id = ? AND state = ?", n.ID, string(registrar.NoticeQueued))
}

func (t *transaction) WithdrawMail(ctx context.Context, id string) (bool, error) {
	return t.update(ctx, "mail", &mailRow{}, map[string]any{"state": string(registrar.MailWithdrawn)},
		"id = ? AND state = ? AND lease_until <= "+t.d.now, id, string(registrar.MailQueued))
}

func (t *transaction) HurryMail(ctx context.Context, id string) error {
	_, err := t.update(ctx, "mail", &mailRow{}, map[string]any{"due_at": t.in(0)}, "id = ? AND state = ?", id, string(registrar.MailQueued))
	return err
}

type brakeRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	Policy     string   `gorm:"column:policy"`
	Notices    int      `gorm:"column:notices"`
	Names      int      `gorm:"column:names"`
	Limit      int      `gorm:"column:pass_limit"`
	Engaged    instant  `gorm:"column:engaged_at"`
	Released   *instant `gorm:"column:released_at"`
	ReleasedBy string   `gorm:"column:released_by"`
	Reason     string   `gorm:"column:reason"`
	EngagedKey *string  `gorm:"column:engaged_key"`
}

// TableName names the table.
func (brakeRow) TableName() string { return "brakes" }

func brakeFromRow(r brakeRow) registrar.Brake {
	return registrar.Brake{ID: r.ID, Policy: r.Policy, Notices: r.Notices, Names: r.Names, Limit: r.Limit, EngagedAt: r.Engaged.Time,
		ReleasedAt: timePtr(r.Released), ReleasedBy: r.ReleasedBy, Reason: r.Reason}
}

func (r reader) Brake(ctx context.Context, id string) (registrar.Brake, error) {
	row, err := one[brakeRow](ctx, r, "brake", "id = ?", id)
	return brakeFromRow(row), err
}

func (r reader) Brakes(ctx context.Context, page registrar.Page) ([]registrar.Brake, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	rows, err := listed[brakeRow](ctx, r, []branch{newest(branch{index: "PRIMARY"}, page)}, byIDDesc, page.Size())
	return convert(rows, brakeFromRow), err
}

func (r reader) EngagedBrake(ctx context.Context, policy string) (registrar.Brake, error) {
	row, err := one[brakeRow](ctx, r, "brake", "engaged_key = ?", policy)
	return brakeFromRow(row), err
}

func (r reader) LastRelease(ctx context.Context, policy string) (time.Time, error) {
	var row brakeRow
	res := r.q(ctx).Where("policy = ? AND released_at IS NOT NULL", policy).Order("released_at DESC").Limit(1).Find(&row)
	if res.Error != nil {
		return time.Time{}, r.d.wrap("reading the last release", res.Error)
	}
	if row.Released == nil {
		return time.Time{}, nil
	}
	return row.Released.Time, nil
}

func (t *transaction) EngageBrake(ctx context.Context, b registrar.Brake) (bool, error) {
	return t.insertFresh(ctx, "brake", &brakeRow{ID: b.ID, Policy: b.Policy, Notices: b.Notices, Names: b.Names, Limit: b.Limit,
		Engaged: at(b.EngagedAt), EngagedKey: &b.Policy})
}

func (t *transaction) ReleaseBrake(ctx context.Context, b registrar.Brake) (bool, error) {
	return t.update(ctx, "brake", &brakeRow{}, map[string]any{"released_at": optional(b.ReleasedAt), "released_by": b.ReleasedBy, "reason": b.Reason, "engaged_key": nil},
		"id = ? AND engaged_key IS NOT NULL", b.ID)
}

type markRow struct {
	Policy       string  `gorm:"column:policy;primaryKey"`
	PlannedUntil instant `gorm:"column:planned_until"`
	Swept        instant `gorm:"column:swept_at"`
}

// TableName names the table.
func (markRow) TableName() string { return "policy_marks" }

func (r reader) PolicyMark(ctx context.Context, policy string) (registrar.PolicyMark, error) {
	row, err := one[markRow](ctx, r, "policy mark", "policy = ?", policy)
	if registrar.IsNotFound(err) {
		return registrar.PolicyMark{Policy: policy}, nil
	}
	return registrar.PolicyMark{Policy: row.Policy, PlannedUntil: row.PlannedUntil.Time, SweptAt: row.Swept.Time}, err
}

func (t *transaction) PutPolicyMark(ctx context.Context, m registrar.PolicyMark) error {
	row := markRow{Policy: m.Policy, PlannedUntil: at(m.PlannedUntil), Swept: at(m.SweptAt)}
	ok, err := t.update(ctx, "policy mark", &markRow{}, map[string]any{"planned_until": row.PlannedUntil, "swept_at": row.Swept}, "policy = ?", m.Policy)
	if err != nil || ok {
		return err
	}
	_, err = t.insertFresh(ctx, "policy mark", &row)
	return err
}
