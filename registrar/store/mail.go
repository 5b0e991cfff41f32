package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type mailRow struct {
	ID          string   `gorm:"column:id;primaryKey"`
	ToAddress   string   `gorm:"column:to_address"`
	ToName      string   `gorm:"column:to_name"`
	Subject     string   `gorm:"column:subject"`
	Text        string   `gorm:"column:text_body"`
	HTML        string   `gorm:"column:html_body"`
	EventID     *string  `gorm:"column:event_id"` // NULL: a mail without event is never a duplicate
	Template    string   `gorm:"column:template"`
	State       string   `gorm:"column:state"`
	Attempt     int      `gorm:"column:attempt"`
	DueAt       dbTime   `gorm:"column:due_at"`
	LeaseHolder string   `gorm:"column:lease_holder"`
	LeaseToken  string   `gorm:"column:lease_token"`
	LeaseUntil  dbTime   `gorm:"column:lease_until"`
	LastError   string   `gorm:"column:last_error"`
	Created     instant  `gorm:"column:created_at"`
	Sent        *instant `gorm:"column:sent_at"`
	CustomerID  string   `gorm:"column:customer_id"`
}

// TableName names the table.
func (mailRow) TableName() string { return "mails" }

func mailToRow(m registrar.Mail) mailRow {
	return mailRow{ID: m.ID, ToAddress: m.To, ToName: m.ToName, Subject: m.Subject, Text: m.Text, HTML: m.HTML, EventID: orNull(m.EventID),
		Template: m.Template, State: string(m.State), Attempt: m.Attempt, DueAt: dueAt(m.DueAt), LastError: m.LastError, Created: at(m.CreatedAt),
		Sent: optional(m.SentAt), CustomerID: m.CustomerID}
}

func mailFromRow(r mailRow) registrar.Mail {
	return registrar.Mail{ID: r.ID, To: r.ToAddress, ToName: r.ToName, Subject: r.Subject, Text: r.Text, HTML: r.HTML, EventID: fromNull(r.EventID),
		Template: r.Template, State: registrar.MailState(r.State), Attempt: r.Attempt, DueAt: r.DueAt.time(),
		Lease:     registrar.Lease{Holder: r.LeaseHolder, Token: r.LeaseToken, Until: r.LeaseUntil.time()},
		LastError: r.LastError, CreatedAt: r.Created.Time, SentAt: timePtr(r.Sent), CustomerID: r.CustomerID}
}

// DueMails lists queued mails that are due and not leased, oldest DueAt first.
func (r reader) DueMails(ctx context.Context, limit int) ([]registrar.Mail, error) {
	b := branch{index: "ix_mails_state_due_at_id", where: "state = ? AND due_at <= " + r.d.now + " AND lease_until <= " + r.d.now, args: []any{string(registrar.MailQueued)}}
	rows, err := listed[mailRow](ctx, r, []branch{b}, byDue, registrar.Page{Limit: limit}.Size())
	return convert(rows, mailFromRow), err
}

func (t *transaction) InsertMail(ctx context.Context, m registrar.Mail) error {
	row := mailToRow(m)
	return t.insert(ctx, "mail", &row)
}

func (t *transaction) ClaimMail(ctx context.Context, id, holder, token string, ttl time.Duration) (bool, error) {
	if token == "" {
		return false, registrar.Errorf(registrar.KindInvalid, "no_token", "A lease needs a token.")
	}
	return t.update(ctx, "mail", &mailRow{}, map[string]any{"lease_holder": holder, "lease_token": token, "lease_until": t.in(ttl)},
		"id = ? AND state = ? AND due_at <= "+t.d.now+" AND lease_until <= "+t.d.now, id, string(registrar.MailQueued))
}

// ChangeMail gives the lease up.
func (t *transaction) ChangeMail(ctx context.Context, m registrar.Mail, token string, dueIn time.Duration) (bool, error) {
	if token == "" {
		return false, nil
	}
	return t.update(ctx, "mail", &mailRow{}, map[string]any{
		"state": string(m.State), "attempt": m.Attempt, "last_error": m.LastError, "sent_at": optional(m.SentAt), "due_at": t.in(dueIn),
		"lease_holder": "", "lease_token": "", "lease_until": int64(0),
	}, "id = ? AND lease_token = ?", m.ID, token)
}
