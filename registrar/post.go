package registrar

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Letters renders mail texts. It is pure: no I/O, safe inside a transaction.
type Letters interface {
	// Render returns subject, plain text and HTML of a template in a language
	// (BCP 47; English where there is no such translation).
	Render(template, language string, data map[string]any) (subject, text, html string, err error)
}

// writeCustomerMail queues a mail about an operation for the customer.
func (e *Engine) writeCustomerMail(ctx context.Context, tx Tx, ev Event, template string, op Operation) error {
	if e.opt.Letters == nil {
		return nil
	}
	cus, err := tx.Customer(ctx, op.CustomerID)
	if err != nil {
		return err
	}
	users, err := tx.UsersOf(ctx, cus.ID)
	if err != nil {
		return err
	}
	to, ok := spokesman(users)
	if !ok {
		return nil
	}
	shown := op.Domain
	if name, err := ParseName(op.Domain); err == nil { // else as it is: a mail must not undo what it tells of
		shown = name.U
	}
	data := map[string]any{
		"Customer": cus.Name, "Domain": shown, "Kind": string(op.Kind), "Failure": op.Failure,
		"Operation": op.ID, "Order": op.OrderID, "Charged": op.OrderID != "",
	}
	if op.DomainID != "" {
		d, err := tx.Domain(ctx, op.DomainID)
		if err != nil {
			return err
		}
		data["ExpiresAt"], data["NameServers"] = d.ExpiresAt, d.NameServers
	}
	ev.CustomerID = cus.ID
	return e.insertMail(ctx, tx, ev, template, cus.Language, to.Email, to.Name, data)
}

// writeStaffMail queues an alarm.
func (e *Engine) writeStaffMail(ctx context.Context, tx Tx, ev Event, template string, data map[string]any) error {
	if e.opt.Letters == nil || e.opt.StaffEmail == "" {
		return nil
	}
	ev.CustomerID = "" // the event may be a customer's, the mail is ours
	return e.insertMail(ctx, tx, ev, template, "en", e.opt.StaffEmail, "", data)
}

// insertMail renders and queues. A text that can't be rendered must not undo
// what it tells of: it is kept as failed, where staff see it.
func (e *Engine) insertMail(ctx context.Context, tx Tx, ev Event, template, language, to, name string, data map[string]any) error {
	return tx.InsertMail(ctx, e.composeMail(ev, template, language, to, name, data))
}

func (e *Engine) composeMail(ev Event, template, language, to, name string, data map[string]any) Mail {
	m := Mail{ID: e.id(PrefixMail), To: to, ToName: name, CustomerID: ev.CustomerID, EventID: ev.ID, Template: template, State: MailQueued, CreatedAt: e.Now()}
	var err error
	if m.Subject, m.Text, m.HTML, err = e.opt.Letters.Render(template, language, data); err != nil {
		m.State, m.LastError = MailFailed, "rendering: "+err.Error()
	}
	return m
}

// PostOffice sends queued mail.
type PostOffice struct {
	e      *Engine
	mailer Mailer
	poll   time.Duration
}

// NewPostOffice returns a sender that looks for mail of other processes every
// poll (0 = 2 s).
func NewPostOffice(e *Engine, mailer Mailer, poll time.Duration) *PostOffice {
	if poll <= 0 {
		poll = 2 * time.Second
	}
	return &PostOffice{e: e, mailer: mailer, poll: poll}
}

const (
	mailLease    = time.Minute
	mailBatch    = 20
	mailAttempts = 14 // with the pauses below: about three days
	mailPauseMax = 8 * time.Hour
)

// Run sends until ctx ends.
func (p *PostOffice) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		changed := p.e.notice.changed()
		sent, err := p.Round(ctx)
		if err != nil && ctx.Err() == nil {
			p.e.log.ErrorContext(ctx, "sending mail failed", "error", err)
		}
		if sent == mailBatch && err == nil {
			continue
		}
		timer := time.NewTimer(p.poll)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// Round sends what is due now, at most a batch of it, and returns how many mails
// it looked at.
func (p *PostOffice) Round(ctx context.Context) (int, error) {
	if restoring, err := p.e.Restoring(ctx); err != nil || restoring {
		return 0, err
	}
	mails, err := p.e.store.DueMails(ctx, mailBatch)
	if err != nil {
		return 0, fmt.Errorf("listing due mail: %w", err)
	}
	for i, m := range mails {
		if ctx.Err() != nil {
			return i, nil
		}
		if err := p.deliver(context.WithoutCancel(ctx), m); err != nil {
			return i, err
		}
	}
	return len(mails), nil
}

// send hands over a mail with its secret, which the row never shows.
func (p *PostOffice) send(ctx context.Context, m Mail) error {
	whole, err := p.e.withSecret(ctx, m)
	if err != nil {
		return err
	}
	return p.mailer.Send(ctx, whole)
}

// deliver hands over one mail. The mail id is its Message-ID, so that a copy
// sent twice (killed between hand-over and commit) can be recognised.
func (p *PostOffice) deliver(ctx context.Context, m Mail) error {
	token, err := newToken()
	if err != nil {
		return err
	}
	var mine bool
	err = p.e.store.InTx(ctx, func(tx Tx) error {
		mine, err = tx.ClaimMail(ctx, m.ID, p.e.opt.Holder, token, mailLease)
		return err
	})
	if err != nil || !mine {
		return err
	}
	sendCtx, cancel := context.WithTimeout(ctx, mailLease/2)
	defer cancel()
	sendErr := p.send(sendCtx, m)
	m.Attempt++
	dueIn := time.Duration(0)
	switch {
	case sendErr == nil:
		now := p.e.Now()
		m.State, m.SentAt, m.LastError = MailSent, &now, ""
	case KindOf(sendErr) == KindInvalid || m.Attempt >= mailAttempts:
		m.State, m.LastError = MailFailed, clip(sendErr.Error(), 500)
	default:
		m.LastError = clip(sendErr.Error(), 500)
		dueIn = min(10*time.Second<<min(m.Attempt, 12), mailPauseMax)
	}
	err = p.e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeMail(ctx, m, token, dueIn)
		if err == nil && !ok {
			err = errLeaseLost
		}
		if err == nil && m.State != MailQueued {
			err = tx.DropMailSecret(ctx, m.ID)
		}
		if err != nil {
			return err
		}
		return p.e.noteDelivery(ctx, tx, m)
	})
	if err != nil {
		return errors.Join(sendErr, fmt.Errorf("noting mail %s: %w", m.ID, err))
	}
	if sendErr != nil {
		p.e.log.WarnContext(ctx, "mail not taken", "mail", m.ID, "attempt", m.Attempt, "state", m.State, "error", sendErr)
	}
	return nil
}
