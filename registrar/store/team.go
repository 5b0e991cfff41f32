package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

// SerializeCustomer changes the customer's row: a second transaction that does
// so waits, or is refused by the cluster and runs again.
func (t *transaction) SerializeCustomer(ctx context.Context, customerID string) error {
	ok, err := t.update(ctx, "customer", &customerRow{}, map[string]any{"revision": gorm.Expr("revision + 1")}, "id = ?", customerID)
	if err == nil && !ok {
		err = notFound("customer")
	}
	return err
}

func (t *transaction) SetRole(ctx context.Context, userID string, role registrar.Role) error {
	return t.changeUser(ctx, userID, map[string]any{"role": string(role)})
}

// RemoveUser leaves an address that nobody can have (RFC 2606 §2), because each
// row has one of its own.
func (t *transaction) RemoveUser(ctx context.Context, userID string, when time.Time) error {
	return t.changeUser(ctx, userID, map[string]any{
		"disabled_at": at(when), "email": strings.ToLower(userID) + "@removed.invalid", "name": "", "password_hash": "", "email_verified_at": nil,
	})
}

func (t *transaction) DisableUser(ctx context.Context, userID string, when time.Time) error {
	return t.changeUser(ctx, userID, map[string]any{
		"disabled_at": at(when), "email": strings.ToLower(userID) + "@removed.invalid", "password_hash": "", "email_verified_at": nil,
	})
}

func (t *transaction) RevokeTokensOf(ctx context.Context, customerID, userID string, when time.Time) error {
	_, err := t.update(ctx, "tokens", &tokenRow{}, map[string]any{"revoked_at": at(when)},
		"customer_id = ? AND user_id = ? AND revoked_at IS NULL", customerID, userID)
	return err
}

func (t *transaction) CancelInvitation(ctx context.Context, customerID, email string, when time.Time) (bool, error) {
	return t.update(ctx, "ticket", &ticketRow{}, map[string]any{"used_at": at(when)},
		"customer_id = ? AND kind IN ? AND email = ? AND used_at IS NULL AND expires_at > ?", customerID,
		[]string{string(registrar.TicketInvite), string(registrar.TicketStaff)}, strings.ToLower(email), at(when))
}

func (t *transaction) CloseCustomer(ctx context.Context, customerID string, when time.Time) (bool, error) {
	ok, err := t.update(ctx, "customer", &customerRow{}, map[string]any{"closed_at": at(when), "name": customerID}, "id = ? AND closed_at IS NULL", customerID)
	if err != nil || !ok {
		return ok, err
	}
	if err := t.q(ctx).Where("customer_id = ?", customerID).Delete(&termRow{}).Error; err != nil {
		return false, t.d.wrap("forgetting the words of a customer", err)
	}
	return true, nil
}
