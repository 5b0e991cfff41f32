package errp

import (
	"context"
	"fmt"
	"time"

	"github.com/indera/indera/registrar"
)

const (
	// sweepEvery is how often names are gone through again whose window is open,
	// or closed since the last sweep, beside those whose window opened since the
	// last run: it finds names that came to us, or got another date, inside a
	// window.
	sweepEvery = 6 * time.Hour
	// sweepOverlap covers rows that were being written when a sweep passed them.
	sweepOverlap = time.Hour
	pageSize     = 200
)

// Run does all that is due: it plans duties whose window has opened, records
// windows that were missed and queues notices, unless the brake holds them. It
// may run late, twice, or on several machines at once.
func (p *Policy) Run(ctx context.Context) error {
	if err := p.plan(ctx); err != nil {
		return fmt.Errorf("planning notices: %w", err)
	}
	catalogue, err := p.engine.Catalogue(ctx)
	if err != nil {
		return fmt.Errorf("reading prices: %w", err)
	}
	did, err := p.engine.WorkDuties(ctx, run{p, catalogue}, p.brake)
	if did.Queued+did.Failed+did.Ended+did.Breached > 0 || did.Braked {
		p.log.InfoContext(ctx, "expiry notices", "queued", did.Queued, "failed", did.Failed, "ended", did.Ended, "missed", did.Breached, "braked", did.Braked)
	}
	return err
}

// plan writes a duty for each stage and name whose window has opened. The cost
// follows what opened since the last run, and at each sweep what is open.
func (p *Policy) plan(ctx context.Context) error {
	now := p.engine.Now()
	mark, err := p.engine.Read().PolicyMark(ctx, Name)
	if err != nil {
		return fmt.Errorf("reading how far was planned: %w", err)
	}
	age := now.Sub(mark.SweptAt)
	sweep := age >= sweepEvery || age < 0 // a clock that was set back is no reason to wait
	for _, s := range stages {
		// Expiry dates whose window opened after the last run; from the beginning
		// of time when there was none.
		var from time.Time
		if !mark.PlannedUntil.IsZero() {
			from = mark.PlannedUntil.Add(-s.opens)
			last := mark.SweptAt
			if now.Before(last) {
				last = now
			}
			if again := last.Add(-s.closes - sweepOverlap); sweep && again.Before(from) {
				from = again
			}
		}
		if err := p.planStage(ctx, s, from, now.Add(-s.opens)); err != nil {
			return err
		}
	}
	next := registrar.PolicyMark{Policy: Name, PlannedUntil: now, SweptAt: mark.SweptAt}
	if sweep {
		next.SweptAt = now
	}
	return p.engine.MarkPlanned(ctx, next)
}

// planStage plans one stage for the names that expire between from and to.
func (p *Policy) planStage(ctx context.Context, s stage, from, to time.Time) error {
	page := registrar.Page{Limit: pageSize}
	for {
		domains, err := p.engine.Read().ExpiringDomains(ctx, from, to, page)
		if err != nil {
			return fmt.Errorf("listing names that expire: %w", err)
		}
		var duties []registrar.Duty
		for _, d := range domains {
			if !p.covers(d) {
				continue
			}
			if duty, ok := dutyFor(d, *d.ExpiresAt, s); ok {
				duties = append(duties, duty)
			}
		}
		if _, err := p.engine.PlanDuties(ctx, duties); err != nil {
			return err
		}
		if len(domains) < pageSize {
			return nil
		}
		page.After = domains[len(domains)-1].ExpiryKey()
	}
}
