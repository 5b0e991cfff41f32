package registrar

import (
	"context"
	"fmt"
	"math"
	"time"
)

// BrakeLimit is how many notices of a policy may become due between two runs
// without a person looking at it.
type BrakeLimit struct {
	Share float64 // of the names with us, 0-1; 0 = 0.02
	Floor int     // this many always pass; 0 = 50
}

func (l BrakeLimit) orDefault() BrakeLimit {
	if l.Share <= 0 {
		l.Share = 0.02
	}
	if l.Floor <= 0 {
		l.Floor = 50
	}
	return l
}

// brake reports whether the policy must not send now: because its brake is
// engaged, or because too much is due at once, which engages it. What was due
// when staff released it last is not counted again. Notices that are tried again
// are not counted: they passed before.
func (e *Engine) brake(ctx context.Context, policy string, limit BrakeLimit, now time.Time) (bool, error) {
	_, err := e.store.EngagedBrake(ctx, policy)
	if !IsNotFound(err) {
		return true, err
	}
	since, err := e.store.LastRelease(ctx, policy)
	if err != nil {
		return true, fmt.Errorf("reading the last release: %w", err)
	}
	n := 0
	for _, state := range []DutyState{DutyDue, DutyBreached} {
		due, err := e.store.CountToAct(ctx, policy, state, since, now)
		if err != nil {
			return true, fmt.Errorf("counting what is due: %w", err)
		}
		n += due
	}
	limit = limit.orDefault()
	if n <= limit.Floor {
		return false, nil
	}
	// Enough names to let n pass is all that must be known.
	enough := int(math.Ceil(float64(n) / limit.Share))
	names, err := e.store.CountActive(ctx, enough)
	if err != nil {
		return true, fmt.Errorf("counting names: %w", err)
	}
	passes := max(limit.Floor, int(limit.Share*float64(names)))
	if n <= passes {
		return false, nil
	}
	return true, e.engage(ctx, Brake{ID: e.id(PrefixBrake), Policy: policy, Notices: n, Names: names, Limit: passes, EngagedAt: now})
}

func (e *Engine) engage(ctx context.Context, b Brake) error {
	if err := e.store.InTx(ctx, func(tx Tx) error { return e.engageIn(ctx, tx, b) }); err != nil {
		return fmt.Errorf("engaging the brake: %w", err)
	}
	e.engaged(ctx, b)
	return nil
}

// engageIn engages a brake within a transaction, with evidence and mail; call
// engaged once it is committed.
func (e *Engine) engageIn(ctx context.Context, tx Tx, b Brake) error {
	fresh, err := tx.EngageBrake(ctx, b)
	if err != nil || !fresh {
		return err // another replica saw the same
	}
	if err := tx.InsertAudit(ctx, e.audit(System("policy/"+b.Policy), "brake.engage", "brake", b.ID, b.Policy, nil, b)); err != nil {
		return err
	}
	return e.writeStaffMail(ctx, tx, Event{ID: b.ID}, "brake_engaged", map[string]any{
		"Policy": b.Policy, "Brake": b.ID, "Notices": b.Notices, "Names": b.Names, "Limit": b.Limit, "Mirror": SystemTitle(b.Mirror()), "Purge": b.Purge(),
	})
}

func (e *Engine) engaged(ctx context.Context, b Brake) {
	e.log.WarnContext(ctx, "a mass run stopped for release by staff", "policy", b.Policy, "notices", b.Notices, "names", b.Names, "limit", b.Limit)
	e.notice.publish()
}

// ReleaseBrake lets a policy go on with what is due now; the job does so at its
// next run. What becomes due later is counted anew.
//
// Errors: KindInvalid without a reason, KindNotFound, KindConflict when it is not
// engaged.
func (e *Engine) ReleaseBrake(ctx context.Context, by Actor, id, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffDuties); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	if len([]rune(reason)) > 500 {
		return InvalidField("reason", "too_long", "At most 500 characters are possible here.")
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		b, err := tx.Brake(ctx, id)
		if err != nil {
			return err
		}
		now, was := e.Now(), b
		b.ReleasedAt, b.ReleasedBy, b.Reason = &now, by.ID, reason
		ok, err := tx.ReleaseBrake(ctx, b)
		if err != nil {
			return err
		}
		if !ok {
			return Errorf(KindConflict, "not_engaged", "This brake is released already.")
		}
		return tx.InsertAudit(ctx, e.audit(by, "brake.release", "brake", b.ID, b.Policy, was, b))
	})
	if err != nil {
		return fmt.Errorf("releasing the brake: %w", err)
	}
	return nil
}

// NoteExport leaves evidence that somebody took records out.
func (e *Engine) NoteExport(ctx context.Context, by Actor, what string, filter any) error {
	if err := e.staffOrSystem(ctx, by, StaffEvidence); err != nil {
		return err
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "export."+what, "export", what, "", nil, filter))
	})
	if err != nil {
		return fmt.Errorf("recording the export: %w", err)
	}
	return nil
}
