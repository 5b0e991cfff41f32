package registrar

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// outOfFunds makes billable commands of the registry wait and alarms staff; it
// fails no order.
func (e *Engine) outOfFunds(ctx context.Context, x *exchange) error {
	now := e.Now()
	ev := Event{ID: e.id(PrefixEvent), Kind: EventRegistryNoFunds, Detail: x.c.Registry, At: now}
	alarm, changed := e.alarms.take(x.c.Registry, now), false
	err := e.store.InTx(ctx, func(tx Tx) error {
		next := *x.c
		next.State = CommandQueued
		ok, err := tx.ChangeCommand(ctx, next, x.from(), x.c.Lease.Token, DueChange{In: e.opt.FundsProbe})
		if err != nil {
			return err
		}
		if !ok {
			return errLeaseLost
		}
		changed, err = tx.SetNoFunds(ctx, x.c.Registry, &now)
		if err != nil {
			return err
		}
		if alarm {
			if err := e.writeStaffMail(ctx, tx, ev, "registry_no_funds", map[string]any{"Registry": x.c.Registry}); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		return tx.InsertEvent(ctx, ev)
	})
	if err != nil {
		if alarm {
			e.alarms.giveBack(x.c.Registry)
		}
		return fmt.Errorf("noting that the registry has no funds: %w", err)
	}
	x.c.State = CommandQueued
	if changed {
		e.notice.publish(ev)
	}
	e.log.ErrorContext(ctx, "registry says no funds (2104): billable commands wait", "registry", x.c.Registry)
	return nil
}

// alarmEvery keeps a balance that hovers around zero from filling a mailbox, and
// reminds while it stays empty.
const alarmEvery = time.Hour

// alarms remembers when this process last alarmed staff about a registry.
type alarms struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// take says whether an alarm is due, and counts it as given.
func (a *alarms) take(registry string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, known := a.last[registry]; known && now.Sub(last) < alarmEvery {
		return false
	}
	if a.last == nil {
		a.last = make(map[string]time.Time)
	}
	a.last[registry] = now
	return true
}

// giveBack undoes take, after an alarm that could not be written.
func (a *alarms) giveBack(registry string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.last, registry)
}

// fundsBack lifts the stop after a billable command succeeded.
func (e *Engine) fundsBack(ctx context.Context, registry string) {
	state, err := e.store.RegistryState(ctx, registry)
	if err == nil && state.NoFundsSince == nil {
		return
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventRegistryFundsBack, Detail: registry, At: e.Now()}
	if err == nil {
		err = e.store.InTx(ctx, func(tx Tx) error {
			changed, err := tx.SetNoFunds(ctx, registry, nil)
			if err != nil || !changed {
				return err
			}
			return tx.InsertEvent(ctx, ev)
		})
	}
	if err != nil {
		e.log.ErrorContext(ctx, "lifting the no-funds stop failed; the next success tries again", "registry", registry, "error", err)
		return
	}
	e.notice.publish(ev)
}
