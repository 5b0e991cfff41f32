package registrar

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// LegalHold keeps everything about a customer, whatever its age.
type LegalHold struct {
	CustomerID string
	Reason     string
	SetBy      string
	SetAt      time.Time
}

// HoldCustomer puts a customer under a legal hold: nothing about them is purged
// by its age until it is lifted. Set again, it gets the new reason.
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

// retentionBrake reports whether nothing may be purged now: because staff have
// not released a stopped run, or because more has become due than an ordinary
// stretch of time brings. A clock that ran ahead, or a shorter duration in the
// configuration, would else purge what can't be brought back. What was due when
// staff released it last is not counted again.
func (e *Engine) retentionBrake(ctx context.Context, now time.Time) (bool, error) {
	_, err := e.store.EngagedBrake(ctx, retentionPolicy)
	if !IsNotFound(err) {
		return true, err
	}
	released, err := e.store.LastRelease(ctx, retentionPolicy)
	if err != nil {
		return true, fmt.Errorf("reading the last release: %w", err)
	}
	limit, due := e.opt.Retention.Brake, 0
	for _, rule := range RetentionRules {
		if !strings.HasPrefix(string(rule), "audit/") && rule != PurgeTranscripts || rule == PurgeRegistration {
			continue // what other things keep is no measure
		}
		before, ok := e.agedBefore(rule, now)
		if !ok {
			continue
		}
		var from time.Time
		if !released.IsZero() {
			from = before.Add(released.Sub(now))
		}
		n, err := e.store.CountAged(ctx, rule, from, before, limit+1)
		if err != nil {
			return true, fmt.Errorf("counting what is due: %w", err)
		}
		due += n
	}
	if due <= limit {
		return false, nil
	}
	return true, e.engage(ctx, Brake{ID: e.id(PrefixBrake), Policy: retentionPolicy, Notices: due, Limit: limit, EngagedAt: now})
}
