package registrar

import (
	"context"
	"fmt"
	"time"
)

// LegalHold keeps what PurgeRetention finds of a customer, whatever its age.
type LegalHold struct {
	CustomerID string
	Reason     string
	SetBy      string
	SetAt      time.Time
}

// HoldCustomer puts a customer under a legal hold: PurgeRetention keeps what it
// can tell to be theirs until it is lifted. Other jobs go on at their times, and
// closing the account erases names. Set again, it gets the new reason.
//
// Errors: KindInvalid without a reason, KindNotFound without the customer,
// KindForbidden for who has not StaffDuties.
func (e *Engine) HoldCustomer(ctx context.Context, by Actor, customerID, reason string) error {
	reason, err := e.mayHoldLegally(ctx, by, reason)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if _, err := tx.Customer(ctx, customerID); err != nil {
			return err
		}
		h := LegalHold{CustomerID: customerID, Reason: reason, SetBy: by.ID, SetAt: e.Now()}
		if err := tx.PutLegalHold(ctx, h); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "customer.legal_hold", "customer", customerID, "", nil, map[string]any{"reason": reason}))
	})
	if err != nil {
		return fmt.Errorf("setting a legal hold: %w", err)
	}
	return nil
}

// LiftHold ends a legal hold; what is over its time goes with the next runs.
//
// Errors: KindInvalid without a reason, KindNotFound when there is none,
// KindForbidden for who has not StaffDuties.
func (e *Engine) LiftHold(ctx context.Context, by Actor, customerID, reason string) error {
	reason, err := e.mayHoldLegally(ctx, by, reason)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		was, err := tx.LegalHold(ctx, customerID)
		if err != nil {
			return err
		}
		if ok, err := tx.LiftLegalHold(ctx, customerID); err != nil || !ok {
			return orElse(err, Errorf(KindNotFound, "no_hold", "There is no legal hold on this customer."))
		}
		return tx.InsertAudit(ctx, e.audit(by, "customer.legal_hold_lifted", "customer", customerID, "", map[string]any{"reason": was.Reason}, map[string]any{"reason": reason}))
	})
	if err != nil {
		return fmt.Errorf("lifting a legal hold: %w", err)
	}
	return nil
}

func (e *Engine) mayHoldLegally(ctx context.Context, by Actor, reason string) (string, error) {
	if err := e.staffOrSystem(ctx, by, StaffDuties); err != nil {
		return "", err
	}
	if reason = tidy(reason); reason == "" {
		return "", InvalidField("reason", "required", "Please say why.")
	}
	if len([]rune(reason)) > 500 {
		return "", InvalidField("reason", "too_long", "At most 500 characters are possible here.")
	}
	return reason, nil
}

// retentionPolicy names the purge where brakes are listed.
const retentionPolicy = "purge-retention"

// Purge reports whether the brake stopped the purge by retention class.
func (b Brake) Purge() bool { return b.Policy == retentionPolicy }

// Of the rows of a rule so many may go at once without a person looking at it.
const (
	retentionFloor = 100 // always
	retentionShare = 20  // one in so many
)

// retentionBrake reports whether nothing may be purged now: because staff have
// not released a stopped run, or because of one rule more would go than an
// ordinary stretch of time brings. A clock that ran ahead, or a shorter duration
// in the configuration, would else purge what can't be brought back. What would
// have gone when staff released it last is not counted again.
func (e *Engine) retentionBrake(ctx context.Context, now time.Time) (bool, error) {
	_, err := e.store.EngagedBrake(ctx, retentionPolicy)
	if !IsNotFound(err) {
		return true, err
	}
	released, err := e.store.LastRelease(ctx, retentionPolicy)
	if err != nil {
		return true, fmt.Errorf("reading the last release: %w", err)
	}
	for _, rule := range RetentionRules {
		due, limit, err := e.retentionDue(ctx, rule, now, released)
		if err != nil {
			return true, fmt.Errorf("counting what is due of %s: %w", rule, err)
		}
		if due > limit {
			return true, e.engage(ctx, Brake{ID: e.id(PrefixBrake), Policy: retentionPolicy, Notices: due, Limit: limit, EngagedAt: now})
		}
	}
	return false, nil
}

// retentionDue counts what the next run of a rule would purge, as a dry run does,
// and how much of it may pass. Rules that ask who needs a row look at no more than
// a run does, and are measured by it.
func (e *Engine) retentionDue(ctx context.Context, rule RetentionRule, now, released time.Time) (due, limit int, err error) {
	pages := retentionPages
	if ageOnly(rule) {
		pages = 1 + 2*e.opt.Retention.Brake/retentionPage
	}
	after, err := e.store.RetentionMark(ctx, rule)
	if err != nil {
		return 0, 0, err
	}
	c, err := e.purgeRule(ctx, rule, now, after, pages, true)
	if err != nil || c.Purged <= min(e.opt.Retention.Brake, retentionFloor) {
		return 0, 0, err
	}
	rows, err := e.store.CountAged(ctx, rule, pages*retentionPage)
	if err != nil {
		return 0, 0, err
	}
	limit = min(e.opt.Retention.Brake, max(retentionFloor, rows/retentionShare))
	if due = c.Purged; due > limit && !released.IsZero() {
		passed, err := e.purgeRule(ctx, rule, released, after, pages, true)
		if err != nil {
			return 0, 0, err
		}
		due -= passed.Purged
	}
	return due, limit, nil
}
