package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

var byDueDesc = keyset{"due_at DESC", "id DESC"}

func (r reader) Mail(ctx context.Context, id string) (registrar.Mail, error) {
	row, err := one[mailRow](ctx, r, "mail", "id = ?", id)
	return mailFromRow(row), err
}

func mailsIn(state registrar.MailState) branch {
	return branch{index: "ix_mails_state_due_at_id", where: "state = ?", args: []any{string(state)}}
}

// Mails reads one range of the queue's index, forwards or from its end.
func (r reader) Mails(ctx context.Context, state registrar.MailState, page registrar.Page) ([]registrar.Mail, error) {
	b, order, behind := mailsIn(state), byDueDesc, "<"
	if state == registrar.MailQueued {
		order, behind = byDue, ">"
	}
	if page.After != "" {
		micros, id, err := splitTimeKey(page.After)
		if err != nil {
			return nil, err
		}
		b = b.and("due_at "+behind+"= ? AND (due_at "+behind+" ? OR id "+behind+" ?)", micros, micros, id)
	}
	rows, err := listed[mailRow](ctx, r, []branch{b}, order, page.Size())
	return convert(rows, mailFromRow), err
}

func (r reader) CountMails(ctx context.Context, state registrar.MailState, limit int) (int, error) {
	return r.countUpTo(ctx, "mails", mailsIn(state), limit)
}

func (t *transaction) RequeueMail(ctx context.Context, id string) (bool, error) {
	return t.update(ctx, "mail", &mailRow{}, map[string]any{"state": string(registrar.MailQueued), "attempt": 0, "due_at": t.in(0)},
		"id = ? AND state = ?", id, string(registrar.MailFailed))
}

func (t *transaction) DropFailedMail(ctx context.Context, id string) (bool, error) {
	return t.update(ctx, "mail", &mailRow{}, map[string]any{"state": string(registrar.MailWithdrawn), "due_at": t.in(0)},
		"id = ? AND state = ?", id, string(registrar.MailFailed))
}
