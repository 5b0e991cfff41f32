package registrar

import (
	"context"
	"fmt"
	"strings"
)

// OutboxReader is the part of Reader about outgoing mail as staff see it.
type OutboxReader interface {
	Mail(ctx context.Context, id string) (Mail, error)
	// Mails lists mails in state: queued ones in the order in which they are due,
	// all others by when they came into the state, newest first. Page.After is
	// Mail.DueKey.
	Mails(ctx context.Context, state MailState, page Page) ([]Mail, error)
	// CountMails counts up to limit mails in state.
	CountMails(ctx context.Context, state MailState, limit int) (int, error)
}

// OutboxWriter is the part of Tx about mail that staff decide on.
type OutboxWriter interface {
	// RequeueMail puts a failed mail back into the queue, due at once and with all
	// its attempts before it; ok is false when it has not failed.
	RequeueMail(ctx context.Context, id string) (ok bool, err error)
	// DropFailedMail makes a failed mail one that nobody wants sent any more; ok is
	// false when it has not failed.
	DropFailedMail(ctx context.Context, id string) (ok bool, err error)
}

// MailStates lists every state in the order shown to staff.
var MailStates = []MailState{MailFailed, MailQueued, MailSent, MailWithdrawn}

// DueKey is the Page.After that continues OutboxReader.Mails behind m.
func (m Mail) DueKey() string { return timeKey(m.DueAt, m.ID) }

// ShownText is the text as staff may see it: a secret is never in it.
func (m Mail) ShownText() string { return strings.ReplaceAll(m.Text, secretMark, "[secret]") }

// Retryable says why a mail can't be sent again as it is; nil when it can.
func (e *Engine) Retryable(ctx context.Context, m Mail) error { return retryable(ctx, e.store, m) }

func retryable(ctx context.Context, r Reader, m Mail) error {
	switch {
	case m.State == MailQueued:
		return nil
	case m.State != MailFailed:
		return Errorf(KindConflict, "mail_ended", "This mail is not waiting for anything.")
	case m.Text == "":
		return Errorf(KindConflict, "mail_without_text", "The text of this mail could not be made; there is nothing to send.")
	case strings.Contains(m.Text, secretMark):
		// The secret was erased when the mail was given up.
		return Errorf(KindConflict, "mail_secret_erased", "The link in this mail was erased when it was given up: the person has to ask for a new one.")
	}
	_, err := r.NoticeByMail(ctx, m.ID)
	switch {
	case IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("looking for the notice of mail %s: %w", m.ID, err)
	}
	return Errorf(KindConflict, "policy_mail", "This is a notice of a policy, which writes a new mail by itself while its window is open.")
}

// RetryMail has a mail tried at once that failed or waits for its next try.
// A failed one gets all its attempts again.
func (e *Engine) RetryMail(ctx context.Context, by Actor, id string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	err := e.inFreshTx(ctx, func(tx Tx) error {
		m, err := tx.Mail(ctx, id)
		if err != nil {
			return err
		}
		if err := retryable(ctx, tx, m); err != nil {
			return err
		}
		if m.State == MailQueued {
			if err := tx.HurryMail(ctx, id); err != nil {
				return err
			}
		} else if ok, err := tx.RequeueMail(ctx, id); err != nil || !ok {
			return notFailed(err)
		}
		return tx.InsertAudit(ctx, e.audit(by, "mail.retry", "mail", id, "", mailFacts(m), map[string]any{"state": MailQueued}))
	})
	if err != nil {
		return fmt.Errorf("trying mail %s again: %w", id, err)
	}
	e.notice.publish()
	return nil
}

// DropMail ends a failed mail that nobody will send, with a reason.
func (e *Engine) DropMail(ctx context.Context, by Actor, id, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	err := e.inFreshTx(ctx, func(tx Tx) error {
		m, err := tx.Mail(ctx, id)
		if err != nil {
			return err
		}
		if ok, err := tx.DropFailedMail(ctx, id); err != nil || !ok {
			return notFailed(err)
		}
		return tx.InsertAudit(ctx, e.audit(by, "mail.drop", "mail", id, "", mailFacts(m), map[string]any{"state": MailWithdrawn, "reason": clip(reason, 500)}))
	})
	if err != nil {
		return fmt.Errorf("dropping mail %s: %w", id, err)
	}
	return nil
}

func notFailed(err error) error {
	if err != nil {
		return err
	}
	return Errorf(KindConflict, "mail_not_failed", "This mail has not failed, or somebody else has dealt with it.")
}

// mailFacts is what the audit trail keeps of a mail: no address, no text.
func mailFacts(m Mail) map[string]any {
	return map[string]any{"state": m.State, "template": m.Template, "attempt": m.Attempt, "result": m.LastError}
}
