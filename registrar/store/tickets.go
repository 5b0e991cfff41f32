package store

import (
	"context"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

type ticketRow struct {
	Digest     string   `gorm:"column:digest;primaryKey"`
	Kind       string   `gorm:"column:kind"`
	UserID     string   `gorm:"column:user_id"`
	CustomerID string   `gorm:"column:customer_id"`
	Email      string   `gorm:"column:email"`
	Role       string   `gorm:"column:role"`
	Basket     string   `gorm:"column:basket"`
	Created    instant  `gorm:"column:created_at"`
	Expires    instant  `gorm:"column:expires_at"`
	Used       *instant `gorm:"column:used_at"`
}

// TableName names the table.
func (ticketRow) TableName() string { return "tickets" }

func ticketToRow(t registrar.Ticket) ticketRow {
	return ticketRow{Digest: t.Digest, Kind: string(t.Kind), UserID: t.UserID, CustomerID: t.CustomerID, Email: t.Email, Role: string(t.Role), Basket: t.Basket,
		Created: at(t.CreatedAt), Expires: at(t.ExpiresAt), Used: optional(t.UsedAt)}
}

func ticketFromRow(r ticketRow) registrar.Ticket {
	return registrar.Ticket{Digest: r.Digest, Kind: registrar.TicketKind(r.Kind), UserID: r.UserID, CustomerID: r.CustomerID, Email: r.Email,
		Role: registrar.Role(r.Role), Basket: r.Basket, CreatedAt: r.Created.Time, ExpiresAt: r.Expires.Time, UsedAt: timePtr(r.Used)}
}

func (r reader) Ticket(ctx context.Context, digest string) (registrar.Ticket, error) {
	row, err := one[ticketRow](ctx, r, "ticket", "digest = ?", digest)
	return ticketFromRow(row), err
}

func (r reader) OpenTickets(ctx context.Context, customerID string, kind registrar.TicketKind, now time.Time) ([]registrar.Ticket, error) {
	if customerID == "" || !plain(customerID) {
		return nil, nil
	}
	rows, err := many[ticketRow](ctx, r, "tickets", "created_at DESC, digest", "customer_id = ? AND kind = ? AND used_at IS NULL AND expires_at > ?",
		customerID, string(kind), at(now))
	return convert(rows, ticketFromRow), err
}

func (r reader) TicketsMade(ctx context.Context, customerID string, kind registrar.TicketKind, since time.Time) (int, error) {
	var n int64
	err := r.q(ctx).Model(&ticketRow{}).Where("customer_id = ? AND kind = ? AND created_at >= ?", customerID, string(kind), at(since)).Count(&n).Error
	return int(n), r.d.wrap("counting tickets", err)
}

func (t *transaction) InsertTicket(ctx context.Context, tk registrar.Ticket) error {
	row := ticketToRow(tk)
	return t.insert(ctx, "ticket", &row)
}

func (t *transaction) UseTicket(ctx context.Context, digest string, kind registrar.TicketKind, now time.Time) (bool, error) {
	return t.update(ctx, "ticket", &ticketRow{}, map[string]any{"used_at": at(now)},
		"digest = ? AND kind = ? AND used_at IS NULL AND expires_at > ?", digest, string(kind), at(now))
}

func (t *transaction) CancelTickets(ctx context.Context, userID string, kind registrar.TicketKind, now time.Time) error {
	_, err := t.update(ctx, "ticket", &ticketRow{}, map[string]any{"used_at": at(now)}, "user_id = ? AND kind = ? AND used_at IS NULL", userID, string(kind))
	return err
}

func (t *transaction) PurgeTickets(ctx context.Context, before time.Time, limit int) (int, error) {
	return purge[ticketRow](ctx, t, "tickets", "digest", "expires_at", before, limit)
}

// mailSecretRow holds what a queued mail must not show.
type mailSecretRow struct {
	MailID string `gorm:"column:mail_id;primaryKey"`
	Sealed string `gorm:"column:sealed"`
}

// TableName names the table.
func (mailSecretRow) TableName() string { return "mail_secrets" }

func (r reader) MailSecret(ctx context.Context, mailID string) (string, error) {
	row, err := one[mailSecretRow](ctx, r, "mail secret", "mail_id = ?", mailID)
	return row.Sealed, err
}

func (t *transaction) InsertMailSecret(ctx context.Context, mailID, sealed string) error {
	return t.insert(ctx, "mail secret", &mailSecretRow{MailID: mailID, Sealed: sealed})
}

// DropMailSecret is no error when there is none.
func (t *transaction) DropMailSecret(ctx context.Context, mailID string) error {
	return t.d.wrap("removing a mail secret", t.q(ctx).Where("mail_id = ?", mailID).Delete(&mailSecretRow{}).Error)
}

func (t *transaction) SetPassword(ctx context.Context, userID, hash string) error {
	return t.changeUser(ctx, userID, map[string]any{"password_hash": hash})
}

// changeUser is for changes of a user that must be there.
func (t *transaction) changeUser(ctx context.Context, userID string, set map[string]any) error {
	ok, err := t.update(ctx, "user", &userRow{}, set, "id = ?", userID)
	if err == nil && !ok {
		err = notFound("user")
	}
	return err
}

// VerifyEmail keeps the time of the first proof.
func (t *transaction) VerifyEmail(ctx context.Context, userID, email string, when time.Time) (bool, error) {
	row, err := one[userRow](ctx, t.reader, "user", "id = ?", userID)
	if registrar.IsNotFound(err) || err == nil && row.Email != strings.ToLower(email) {
		return false, nil
	}
	if err != nil || row.EmailVerified != nil {
		return err == nil, err
	}
	return t.update(ctx, "user", &userRow{}, map[string]any{"email_verified_at": at(when)}, "id = ? AND email = ?", userID, strings.ToLower(email))
}

func (t *transaction) MoveEmail(ctx context.Context, u registrar.User, email string, when time.Time) error {
	err := t.changeUser(ctx, u.ID, map[string]any{"email": strings.ToLower(email), "email_verified_at": at(when)})
	if err != nil || u.CustomerID == "" {
		return err
	}
	return t.addTerms(ctx, u.CustomerID, email)
}
