package registrar

import (
	"context"
	"errors"
	"time"
)

// retryEvery is how often a notice that failed is written anew inside its
// window; lastRetry is how long before the end the last try is made.
const (
	retryEvery = 24 * time.Hour
	lastRetry  = time.Hour
)

// act writes the notice of one duty. The empty duty says that somebody else did,
// or that nothing is to be done.
func (e *Engine) act(ctx context.Context, p Letterer, id string, now time.Time) (done Duty, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		done = Duty{}
		d, err := tx.Duty(ctx, id)
		if err != nil || d.ActAt == nil || d.ActAt.After(now) {
			return err
		}
		letter, err := p.Letter(ctx, tx, d)
		var over *DutyOver
		switch {
		case errors.As(err, &over):
			done, err = e.endDuty(ctx, tx, d, *over)
			return err
		case KindOf(err) == KindInvalid:
			done, err = e.failTry(ctx, tx, d, detailOf(err))
			return err
		case err != nil:
			return err
		}
		done, err = e.queueNotice(ctx, tx, d, letter)
		return err
	})
	if err == nil && done.State == DutyQueued {
		e.notice.publish()
	}
	return done, err
}

// queueNotice renders the letter and puts it into the mail queue, with its
// evidence, in one transaction.
func (e *Engine) queueNotice(ctx context.Context, tx Tx, d Duty, l Letter) (Duty, error) {
	if e.opt.Letters == nil {
		return e.failTry(ctx, tx, d, "There are no mail texts to write the notice with.")
	}
	n := Notice{ID: e.id(PrefixNotice), DutyID: d.ID, Attempt: d.Tries + 1, MailID: e.id(PrefixMail), To: l.To, ToName: l.ToName,
		Language: l.Language, Template: l.Template, State: NoticeQueued, QueuedAt: e.Now(), Retention: RetainCorrespondence}
	var err error
	if n.Subject, n.Text, n.HTML, err = e.opt.Letters.Render(l.Template, l.Language, l.Data); err != nil {
		e.log.ErrorContext(ctx, "a notice can't be rendered", "duty", d.ID, "template", l.Template, "error", err)
		return e.failTry(ctx, tx, d, "The text of the notice could not be made; the log says why.")
	}
	n.Digest = NoticeDigest(n)
	d.Tries = n.Attempt
	state := DutyQueued
	if d.State == DutyBreached {
		state = DutyBreached // late, and it stays a breach
	}
	// The guarded row comes first: who loses a race for it writes nothing else.
	next, err := e.changeDuty(ctx, tx, d, state, d.Note, nil)
	if err != nil {
		return Duty{}, err
	}
	// The notice stands in for an event: one mail per notice.
	m := Mail{ID: n.MailID, CustomerID: d.CustomerID, To: n.To, ToName: n.ToName, Subject: n.Subject, Text: n.Text, HTML: n.HTML, EventID: n.ID, Template: n.Template,
		State: MailQueued, CreatedAt: n.QueuedAt}
	if err := tx.InsertMail(ctx, m); err != nil {
		return Duty{}, err
	}
	if err := tx.InsertNotice(ctx, n); err != nil {
		return Duty{}, err
	}
	err = tx.InsertAudit(ctx, e.dutyAudit(d, "notice.queue", nil,
		map[string]any{"notice": n.ID, "mail": n.MailID, "digest": n.Digest, "to": n.To, "template": n.Template, "language": n.Language, "due": d.DueAt}))
	next.State = DutyQueued // what the caller counts; the row of a late one says breached
	return next, err
}

// failTry notes that no notice could be written and when the next try is.
func (e *Engine) failTry(ctx context.Context, tx Tx, d Duty, why string) (Duty, error) {
	if d.State == DutyBreached {
		return e.changeDuty(ctx, tx, d, DutyBreached, d.Note, nil)
	}
	return e.changeDuty(ctx, tx, d, DutyFailed, why, nextTry(d, e.Now()))
}

// nextTry is a day later, or shortly before the window closes; nil when that is
// too late.
func nextTry(d Duty, now time.Time) *time.Time {
	next := now.Add(retryEvery)
	if last := d.ClosesAt.Add(-lastRetry); next.After(last) {
		next = last
	}
	if !next.After(now) {
		return nil
	}
	return &next
}

// endDuty ends a duty whose cycle is over and takes its mail out of the queue.
func (e *Engine) endDuty(ctx context.Context, tx Tx, d Duty, over DutyOver) (Duty, error) {
	if d.State == DutyBreached { // it stays one; no late notice is needed any more
		return e.changeDuty(ctx, tx, d, DutyBreached, d.Note, nil)
	}
	if d.State == DutyQueued {
		ok, err := e.withdraw(ctx, tx, d)
		if err != nil || !ok {
			return Duty{}, err
		}
	}
	ended := e.Now()
	if over.At != nil {
		ended = *over.At
	}
	state, note := DutyEnded, over.Why
	if ended.After(d.ClosesAt) {
		state, note = DutyBreached, "The window closed before a notice was sent. Later: "+over.Why
	}
	return e.changeDuty(ctx, tx, d, state, note, nil)
}

// withdraw takes the mail of a duty out of the queue; false when it is too late
// for that.
func (e *Engine) withdraw(ctx context.Context, tx Tx, d Duty) (bool, error) {
	n, err := lastNotice(ctx, tx, d)
	if err != nil || n.State != NoticeQueued {
		return false, err
	}
	ok, err := tx.WithdrawMail(ctx, n.MailID)
	if err != nil || !ok {
		return false, err
	}
	now := e.Now()
	n.State, n.EndedAt, n.Result = NoticeWithdrawn, &now, "Taken out of the queue: the duty had ended."
	return tx.ChangeNotice(ctx, n)
}

// lastNotice returns the newest notice of a duty, an empty one when there is
// none.
func lastNotice(ctx context.Context, r Reader, d Duty) (Notice, error) {
	ns, err := r.Notices(ctx, []string{d.ID})
	if err != nil || len(ns) == 0 {
		return Notice{}, err
	}
	return ns[len(ns)-1], nil
}

// noteDelivery writes what became of a mail to the notice it belongs to, in the
// transaction that notes it on the mail.
func (e *Engine) noteDelivery(ctx context.Context, tx Tx, m Mail) error {
	n, err := tx.NoticeByMail(ctx, m.ID)
	if IsNotFound(err) {
		return nil // no policy mail
	}
	if err != nil {
		return err
	}
	now := e.Now()
	n.Result = m.LastError
	switch m.State {
	case MailSent:
		n.State, n.EndedAt = NoticeSent, &now
	case MailFailed:
		n.State, n.EndedAt = NoticeFailed, &now
	}
	ok, err := tx.ChangeNotice(ctx, n)
	if err != nil || !ok || n.State == NoticeQueued {
		return err
	}
	d, err := tx.Duty(ctx, n.DutyID)
	if err != nil {
		return err
	}
	after := map[string]any{"notice": n.ID, "mail": m.ID, "state": n.State, "result": n.Result}
	if err := tx.InsertAudit(ctx, e.dutyAudit(d, "notice."+string(n.State), nil, after)); err != nil {
		return err
	}
	return e.settleDuty(ctx, tx, d, n.State == NoticeSent)
}

// settleDuty moves a duty on once its mail was taken or given up.
func (e *Engine) settleDuty(ctx context.Context, tx Tx, d Duty, sent bool) error {
	now := e.Now()
	if sent {
		d.DoneAt = &now
	}
	state, note := d.State, d.Note
	var next *time.Time
	switch {
	case d.State != DutyQueued: // breached meanwhile: the record stays, with the time of the late notice
	case sent && !now.After(d.ClosesAt):
		state, note = DutyDone, ""
	case sent:
		state, note = DutyBreached, "The mail was taken after the window had closed."
	default:
		state, note, next = DutyFailed, "The mail was refused or given up; the notice says why.", nextTry(d, now)
	}
	_, err := e.changeDuty(ctx, tx, d, state, note, next)
	return err
}

// changeDuty writes a duty's next state, with an audit event when the state
// changes.
func (e *Engine) changeDuty(ctx context.Context, tx Tx, d Duty, to DutyState, note string, actAt *time.Time) (Duty, error) {
	was := d
	d.State, d.Note, d.ActAt = to, note, actAt
	if to == DutyBreached && d.BreachedAt == nil {
		now := e.Now()
		d.BreachedAt = &now
	}
	if err := tx.ChangeDuty(ctx, d); err != nil {
		return Duty{}, err
	}
	d.Revision++
	if was.State == to {
		return d, nil
	}
	return d, tx.InsertAudit(ctx, e.dutyAudit(d, "duty."+string(to), map[string]any{"state": was.State}, map[string]any{
		"state": to, "note": note, "policy": d.Policy, "stage": d.Stage, "cycle": d.Cycle, "domain": d.SubjectID,
		"window": []time.Time{d.OpensAt, d.ClosesAt},
	}))
}

func (e *Engine) dutyAudit(d Duty, action string, before, after any) AuditEvent {
	ev := e.audit(System("policy/"+d.Policy), action, "duty", d.ID, d.SubjectName, before, after)
	ev.Retention = RetainCorrespondence
	return ev
}
