package registrar

import (
	"context"
	"fmt"
)

// CloseAccount closes a customer's account for good: nobody signs in any more,
// tokens and webhooks end, logins are erased, and so is the customer's name. It is
// refused while names are live, requests are under way, or money is in the account
// or may come in. What the law and our contracts make us keep (registration data,
// money records) stays with its retention class: holders are named by the contact
// versions of their names, so no duty needs the name of the account; the audit payload keeps it
// as long as its class says.
func (e *Engine) CloseAccount(ctx context.Context, by Actor, customerID string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		cus, err := e.openCustomer(ctx, tx, customerID)
		if err != nil {
			return err
		}
		if err := e.mayClose(ctx, tx, customerID); err != nil {
			return err
		}
		ok, err := tx.CloseCustomer(ctx, customerID, e.Now())
		if err != nil || !ok {
			return orElse(err, errClosed)
		}
		if _, err := tx.RemoveWebhookEndpoints(ctx, customerID, "", e.Now()); err != nil {
			return err
		}
		users, err := e.team(ctx, tx, customerID)
		if err != nil {
			return err
		}
		for _, u := range users {
			if u.Role == RoleOwner {
				if err := e.writeUserMail(ctx, tx, u, u.Email, "account_closed", map[string]any{"At": e.Now()}); err != nil {
					return err
				}
			}
			if err := e.removeUser(ctx, tx, by, u); err != nil {
				return err
			}
		}
		open, err := tx.OpenTickets(ctx, customerID, TicketInvite, e.Now())
		if err != nil {
			return err
		}
		for _, t := range open {
			if _, err := tx.CancelInvitation(ctx, customerID, t.Email, e.Now()); err != nil {
				return err
			}
		}
		return tx.InsertAudit(ctx, e.audit(by, "customer.close", "customer", customerID, "", map[string]any{"name": cus.Name}, nil))
	})
	if err != nil {
		return fmt.Errorf("closing an account: %w", err)
	}
	e.notice.publish()
	return nil
}

var errClosed = Errorf(KindForbidden, "account_closed", "This account is closed.")

// openCustomer reads a customer who can't be closed before the transaction ends,
// and refuses one who is.
func (e *Engine) openCustomer(ctx context.Context, tx Tx, customerID string) (Customer, error) {
	if err := tx.SerializeCustomer(ctx, customerID); err != nil {
		return Customer{}, err
	}
	cus, err := tx.Customer(ctx, customerID)
	if err == nil && cus.ClosedAt != nil {
		err = errClosed
	}
	return cus, err
}

// liveStates are those of names that somebody has to answer for.
var liveStates = []DomainState{DomainPendingCreate, DomainActive, DomainPendingDelete}

// CloseObstacle returns why an account can't be closed now, nil when it can.
func (e *Engine) CloseObstacle(ctx context.Context, customerID string) error {
	return e.mayClose(ctx, e.store, customerID)
}

func (e *Engine) mayClose(ctx context.Context, r Reader, customerID string) error {
	// Read first, told last: once there is no money, nothing that costs any can
	// begin behind what is read after it.
	money := e.noMoneyLeft(ctx, r, customerID)
	names, err := r.Domains(ctx, DomainFilter{CustomerID: customerID, States: liveStates}, Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return Errorf(KindConflict, "names_live", "There are still names in this account, for example %s. Move them to another registrar or let them end first.", names[0].UName)
	}
	busy, err := r.Operations(ctx, OperationFilter{CustomerID: customerID, States: []OperationState{OpRunning, OpNeedsReview}}, Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(busy) > 0 {
		return Errorf(KindConflict, "requests_open", "A request is still under way. Please try again when it has ended.")
	}
	for _, state := range []PaymentState{PaymentStarted, PaymentNeedsReview} {
		paying, err := r.Payments(ctx, PaymentFilter{CustomerID: customerID, State: state}, Page{Limit: 1})
		if err != nil {
			return err
		}
		if len(paying) > 0 {
			return Errorf(KindConflict, "payment_open", "A payment is still under way. Please try again when it has ended.")
		}
	}
	waiting, err := r.Adjustments(ctx, AdjustmentFilter{CustomerID: customerID, State: AdjustmentPending}, Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		return Errorf(KindConflict, "adjustment_open", "A credit or debit by us still waits to be decided. Please try again when it is, or write to us.")
	}
	return money
}

func (e *Engine) noMoneyLeft(ctx context.Context, r Reader, customerID string) error {
	cus, err := r.Customer(ctx, customerID)
	if err != nil {
		return err
	}
	owed, err := owes(ctx, r, customerID, cus.Currency)
	if err != nil {
		return err
	}
	if owed.Minor != 0 {
		return Errorf(KindConflict, "money_owed", "%s is owed on this account. Please add funds to settle it, or write to us.", owed)
	}
	acc, err := r.Account(ctx, AccountKey{AccountCustomer, customerID, cus.Currency})
	if IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if acc.Balance != 0 || acc.Held != 0 {
		return Errorf(KindConflict, "money_left", "There are still %s in this account. Please spend them or ask us to pay them out first.", Money{acc.Balance, acc.Currency})
	}
	return nil
}
