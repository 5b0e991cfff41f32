package registrar

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Ticket is a code that opens one thing once. Only its digest is kept; a code
// sent by mail is sealed beside the queued mail and erased when the mail is
// handed over.
type Ticket struct {
	Digest     string // hex SHA-256
	Kind       TicketKind
	UserID     string // whose it is; of invitations who invited; "" for sign-ups
	CustomerID string // of invitations
	Email      string // the address it was sent to
	Role       Role   // of invitations
	Basket     string // of sign-ups: what the visitor had chosen, "" = nothing
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     *time.Time
}

// TicketKind says what a ticket opens.
type TicketKind string

// Ticket kinds.
const (
	TicketVerify TicketKind = "verify" // the address belongs to the user
	TicketReset  TicketKind = "reset"  // a new password may be chosen
	// TicketStaffReset is TicketReset for staff, who have a door of their own.
	TicketStaffReset TicketKind = "staff_reset"
	TicketMove       TicketKind = "move"   // the user's address becomes this one
	TicketInvite     TicketKind = "invite" // a login of the customer may be made
	TicketDeny       TicketKind = "deny"   // the change of address was not the user's own wish
	// TicketPasskey is the challenge of a passkey; it goes to a browser, not by mail.
	TicketPasskey TicketKind = "passkey"
	TicketStaff   TicketKind = "staff"   // a login of staff may be made
	TicketSignUp  TicketKind = "sign_up" // a customer may be made
)

// ticketLife is how long tickets work.
var ticketLife = map[TicketKind]time.Duration{
	TicketVerify:     7 * 24 * time.Hour,
	TicketReset:      time.Hour,
	TicketStaffReset: time.Hour,
	TicketMove:       24 * time.Hour,
	TicketInvite:     7 * 24 * time.Hour,
	TicketDeny:       7 * 24 * time.Hour,

	TicketPasskey: 5 * time.Minute,
	TicketStaff:   3 * 24 * time.Hour,
	TicketSignUp:  24 * time.Hour,
}

// ticketKept is how long a ticket that ran out stays in the database.
const ticketKept = 30 * 24 * time.Hour

// TicketReader is the part of Reader about tickets.
type TicketReader interface {
	Ticket(ctx context.Context, digest string) (Ticket, error)
	// OpenTickets lists tickets of a kind for a customer that still work.
	OpenTickets(ctx context.Context, customerID string, kind TicketKind, now time.Time) ([]Ticket, error)
	// TicketsMade counts tickets of a kind made for a customer since a time, whatever
	// became of them.
	TicketsMade(ctx context.Context, customerID string, kind TicketKind, since time.Time) (int, error)
	// MailSecret returns the sealed secret of a queued mail.
	MailSecret(ctx context.Context, mailID string) (string, error)
}

// TicketWriter is the part of Tx about tickets.
type TicketWriter interface {
	InsertTicket(ctx context.Context, t Ticket) error
	// UseTicket takes a ticket that still works; ok is false when it was used or
	// ran out.
	UseTicket(ctx context.Context, digest string, kind TicketKind, now time.Time) (ok bool, err error)
	// CancelTickets ends the tickets of a kind that still work for a user, and
	// those invitations that the user sent.
	CancelTickets(ctx context.Context, userID string, kind TicketKind, now time.Time) error
	PurgeTickets(ctx context.Context, before time.Time, limit int) (int, error)
	InsertMailSecret(ctx context.Context, mailID, sealed string) error
	DropMailSecret(ctx context.Context, mailID string) error
}

// errTicket is the one answer for every ticket that does not work.
var errTicket = Errorf(KindInvalid, "bad_ticket", "This link was used already, has run out, or is not complete. Please ask for a new one.")

// newSecret returns 256 random bits as text that fits an address.
func newSecret() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("making a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// sendTicket makes a ticket and queues the mail that carries it. Other tickets
// of the user and kind end, but those that only deny, because whichever mail the
// user opens must help, and invitations, which are to different people.
func (e *Engine) sendTicket(ctx context.Context, tx Tx, t Ticket, letter letterTo) error {
	code, err := newSecret()
	if err != nil {
		return err
	}
	t.Digest, t.CreatedAt = digest(code), e.Now()
	t.ExpiresAt = t.CreatedAt.Add(ticketLife[t.Kind])
	if t.UserID != "" && t.Kind != TicketDeny && t.Kind != TicketInvite && t.Kind != TicketStaff {
		if err := tx.CancelTickets(ctx, t.UserID, t.Kind, t.CreatedAt); err != nil {
			return err
		}
	}
	if err := tx.InsertTicket(ctx, t); err != nil {
		return err
	}
	return e.writeSecretMail(ctx, tx, letter, code)
}

// ticket reads a ticket that works, without using it.
func (e *Engine) ticket(ctx context.Context, r Reader, code string, kind TicketKind) (Ticket, error) {
	if len(code) != 43 {
		return Ticket{}, errTicket
	}
	t, err := r.Ticket(ctx, digest(code))
	if IsNotFound(err) || err == nil && (t.Kind != kind || t.UsedAt != nil || !e.Now().Before(t.ExpiresAt)) {
		return Ticket{}, errTicket
	}
	if err != nil {
		return Ticket{}, fmt.Errorf("reading ticket: %w", err)
	}
	return t, nil
}

// PeekTicket tells whether a code works, for the page that asks before it acts.
func (e *Engine) PeekTicket(ctx context.Context, code string, kind TicketKind) (Ticket, error) {
	return e.ticket(ctx, e.store, code, kind)
}

// useTicket takes a ticket inside a transaction: of two that try at once, one
// gets it.
func (e *Engine) useTicket(ctx context.Context, tx Tx, code string, kind TicketKind) (Ticket, error) {
	t, err := e.ticket(ctx, tx, code, kind)
	if err != nil {
		return t, err
	}
	ok, err := tx.UseTicket(ctx, t.Digest, kind, e.Now())
	if err == nil && !ok {
		err = errTicket
	}
	return t, err
}

// letterTo is a mail to one person that is about no operation.
type letterTo struct {
	to, name, language, template string
	customer                     string // whose user it is to; "" for staff
	data                         map[string]any
}

// letterFor addresses a user in the language of the customer. Staff says which
// door links lead to.
func (e *Engine) letterFor(ctx context.Context, r Reader, user User, to, template string, data map[string]any) (letterTo, error) {
	l := letterTo{to: to, name: user.Name, language: "en", template: template, customer: user.CustomerID, data: map[string]any{"Name": user.Name, "Email": user.Email, "Staff": user.IsStaff()}}
	for k, v := range data {
		l.data[k] = v
	}
	if user.CustomerID == "" {
		return l, nil
	}
	cus, err := r.Customer(ctx, user.CustomerID)
	l.language = cus.Language
	return l, err
}

// writeUserMail queues a mail to a user's address (or to another, when an
// address changes).
func (e *Engine) writeUserMail(ctx context.Context, tx Tx, user User, to, template string, data map[string]any) error {
	if e.opt.Letters == nil {
		return nil
	}
	l, err := e.letterFor(ctx, tx, user, to, template, data)
	if err != nil {
		return err
	}
	return e.insertMail(ctx, tx, Event{ID: e.id(PrefixEvent), CustomerID: l.customer}, l.template, l.language, l.to, l.name, l.data)
}

// secretMark stands in the text of a queued mail where its secret will be. It
// reads the same in text, in HTML and in an address.
const secretMark = "INDERA-SECRET-IS-PUT-IN-AT-HAND-OVER"

func secretPlace(mailID string) string { return "mail_secrets.sealed/" + mailID }

// writeSecretMail queues a mail whose template shows .Ticket. The code itself is
// sealed in a row of its own.
func (e *Engine) writeSecretMail(ctx context.Context, tx Tx, l letterTo, code string) error {
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	l.data["Ticket"] = secretMark
	m := e.composeMail(Event{ID: e.id(PrefixEvent), CustomerID: l.customer}, l.template, l.language, l.to, l.name, l.data)
	sealed, err := e.opt.Seal.Seal(secretPlace(m.ID), []byte(code))
	if err != nil {
		return fmt.Errorf("sealing a mail's secret: %w", err)
	}
	if err := tx.InsertMail(ctx, m); err != nil {
		return err
	}
	return tx.InsertMailSecret(ctx, m.ID, sealed)
}

// CanKeepSecrets reports whether there are keys to seal secrets with, which
// second factors need.
func (e *Engine) CanKeepSecrets() bool { return e.opt.Seal != nil }

// canMailSecrets says what is missing in the deployment.
func (e *Engine) canMailSecrets() error {
	if e.opt.Letters == nil || e.opt.Seal == nil {
		return Errorf(KindUnavailable, "no_keys", "This deployment has no keys to protect secrets with yet; please ask its operator.")
	}
	return nil
}

// withSecret puts the secret into a mail that is about to be handed over.
func (e *Engine) withSecret(ctx context.Context, m Mail) (Mail, error) {
	if !strings.Contains(m.Text, secretMark) {
		return m, nil
	}
	if e.opt.Seal == nil {
		return m, fmt.Errorf("mail %s has a sealed secret and there are no keys", m.ID)
	}
	sealed, err := e.store.MailSecret(ctx, m.ID)
	if err != nil {
		return m, fmt.Errorf("reading the secret of mail %s: %w", m.ID, err)
	}
	code, err := e.opt.Seal.Open(secretPlace(m.ID), sealed)
	if err != nil {
		return m, fmt.Errorf("opening the secret of mail %s: %w", m.ID, err)
	}
	m.Text = strings.ReplaceAll(m.Text, secretMark, string(code))
	m.HTML = strings.ReplaceAll(m.HTML, secretMark, string(code))
	return m, nil
}
