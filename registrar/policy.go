package registrar

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Policy is one package of duties below policies/. It knows the rules; the
// engine keeps the duties, writes their notices and watches their windows.
type Policy interface {
	// Name is the Duty.Policy of its duties, for example "errp".
	Name() string
	// ExpiryMoved is told in the transaction that gives a name another expiry date.
	// renewed says that an order of ours did it, else the registry's own view did.
	ExpiryMoved(ctx context.Context, tx Tx, was, is Domain, renewed bool) error
}

// Letterer is what one run over a policy's duties needs of the policy.
type Letterer interface {
	// Name is the Duty.Policy of the duties to work on.
	Name() string
	// Letter says what to mail for a duty now. It runs in the transaction that
	// queues the notice and must read through r alone.
	//
	// Errors: *DutyOver when the duty asks for nothing any more; KindInvalid when
	// a notice can't be written as things stand, with a Detail without personal
	// data: the duty is tried again later; anything else is reported by the run.
	Letter(ctx context.Context, r Reader, d Duty) (Letter, error)
}

// Letter is a mail that a policy wants sent.
type Letter struct {
	Template string
	Language string // BCP 47
	To       string
	ToName   string
	Data     map[string]any
}

// DutyOver says that a duty asks for nothing any more.
type DutyOver struct {
	Why string     // a sentence without personal data
	At  *time.Time // since when, as far as is known
}

// Error returns the sentence.
func (e *DutyOver) Error() string { return e.Why }

// Follow registers a policy. It must happen before the engine is used.
func (e *Engine) Follow(p Policy) { e.policies = append(e.policies, p) }

// Policies names the policies that are followed, in the order of Follow.
func (e *Engine) Policies() []string {
	var out []string
	for _, p := range e.policies {
		out = append(out, p.Name())
	}
	return out
}

func (e *Engine) expiryMoved(ctx context.Context, tx Tx, was, is Domain, renewed bool) error {
	if sameTime(was.ExpiresAt, is.ExpiresAt) {
		return nil
	}
	for _, p := range e.policies {
		if err := p.ExpiryMoved(ctx, tx, was, is, renewed); err != nil {
			return fmt.Errorf("policy %s on a new expiry date: %w", p.Name(), err)
		}
	}
	return nil
}

// PlanDuties writes duties that are not known yet and returns how many were new.
// It fills ID, State, ActAt and CreatedAt.
func (e *Engine) PlanDuties(ctx context.Context, ds []Duty) (fresh int, err error) {
	if len(ds) == 0 {
		return 0, nil
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		fresh, err = e.PlanDutiesIn(ctx, tx, ds)
		return err
	})
	return fresh, err
}

// PlanDutiesIn is PlanDuties inside a transaction.
func (e *Engine) PlanDutiesIn(ctx context.Context, tx Tx, ds []Duty) (int, error) {
	planned := make([]Duty, len(ds))
	for i, d := range ds {
		d.ID, d.State, d.CreatedAt = e.id(PrefixDuty), DutyDue, e.Now()
		due := d.DueAt
		d.ActAt = &due
		planned[i] = d
	}
	fresh, err := tx.InsertDuties(ctx, planned)
	if err != nil {
		return 0, fmt.Errorf("planning duties: %w", err)
	}
	return fresh, nil
}

// MarkPlanned remembers how far a policy has planned.
func (e *Engine) MarkPlanned(ctx context.Context, m PolicyMark) error {
	return e.store.InTx(ctx, func(tx Tx) error { return tx.PutPolicyMark(ctx, m) })
}

// EndDuties ends what is open of a policy for one subject. A duty whose window
// has closed before becomes a breach; one whose mail is just being sent stays.
func (e *Engine) EndDuties(ctx context.Context, tx Tx, policy, subjectID string, over DutyOver) error {
	ds, err := tx.OpenDuties(ctx, policy, subjectID)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if _, err := e.endDuty(ctx, tx, d, over); err != nil {
			return err
		}
	}
	return nil
}

// DutyRun is what one run over a policy's duties did.
type DutyRun struct {
	Queued, Failed, Ended, Breached int
	Braked                          bool // it stopped for release by staff
	missed                          []string
}

func (r *DutyRun) count(d Duty) {
	switch d.State {
	case DutyQueued:
		r.Queued++
	case DutyFailed:
		r.Failed++
	case DutyEnded:
		r.Ended++
	}
}

// hurryWithin is how long before a window closes a notice that still waits for
// the next hop is tried at every run, whatever pause the queue would make.
const hurryWithin = 24 * time.Hour

// WorkDuties does all that is due under a policy: it records missed windows,
// and writes the notices that are due unless the brake holds them. It may run on
// several machines at once.
func (e *Engine) WorkDuties(ctx context.Context, p Letterer, limit BrakeLimit) (DutyRun, error) {
	now := e.Now()
	var run DutyRun
	if err := e.closeWindows(ctx, p, now, &run); err != nil {
		return run, err
	}
	if err := e.reopenWindows(ctx, p, now); err != nil {
		return run, err
	}
	if err := e.hurry(ctx, p, now); err != nil {
		return run, err
	}
	var err error
	if run.Braked, err = e.brake(ctx, p.Name(), limit, now); err != nil || run.Braked {
		return run, err
	}
	for _, state := range []DutyState{DutyFailed, DutyDue, DutyBreached} {
		list := func(page Page) ([]Duty, error) { return e.store.DutiesToAct(ctx, p.Name(), state, now, page) }
		err := eachDuty(ctx, list, Duty.ActKey, func(d Duty) error {
			acted, err := e.act(ctx, p, d.ID, now)
			run.count(acted)
			return err
		})
		if err != nil {
			return run, fmt.Errorf("acting on duties: %w", err)
		}
	}
	return run, nil
}

// dutyPage is how many duties are in memory at once.
const dutyPage = 200

// eachDuty goes through a list page by page. One duty that can't be handled does
// not hold up the others, unless the store itself is away.
func eachDuty(ctx context.Context, list func(Page) ([]Duty, error), key func(Duty) string, do func(Duty) error) error {
	var failed error
	page := Page{Limit: dutyPage}
	for {
		ds, err := list(page)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, d := range ds {
			if ctx.Err() != nil {
				return errors.Join(failed, ctx.Err())
			}
			err := do(d)
			if KindOf(err) == KindUnavailable || ctx.Err() != nil {
				return errors.Join(failed, err)
			}
			if err != nil && failed == nil { // the first tells enough
				failed = fmt.Errorf("duty %s: %w", d.ID, err)
			}
		}
		if len(ds) < dutyPage {
			return failed
		}
		page.After = key(ds[len(ds)-1])
	}
}

// closeWindows turns open duties whose window has closed into breaches.
func (e *Engine) closeWindows(ctx context.Context, p Letterer, now time.Time, run *DutyRun) error {
	for _, state := range openDutyStates {
		list := func(page Page) ([]Duty, error) {
			return e.store.DutiesClosing(ctx, p.Name(), state, time.Time{}, now, page)
		}
		err := eachDuty(ctx, list, Duty.CloseKey, func(d Duty) error {
			d, err := e.closeWindow(ctx, p, d.ID, now)
			if d.State == DutyBreached {
				run.Breached++
				if len(run.missed) < missedShown {
					run.missed = append(run.missed, d.SubjectName+" ("+d.Stage+")")
				}
			}
			run.count(d)
			return err
		})
		if err != nil {
			return fmt.Errorf("closing windows: %w", err)
		}
	}
	if run.Breached == 0 {
		return nil
	}
	e.log.ErrorContext(ctx, "windows of a policy were missed", "policy", p.Name(), "breaches", run.Breached)
	err := e.store.InTx(ctx, func(tx Tx) error {
		return e.writeStaffMail(ctx, tx, Event{ID: e.id(PrefixEvent)}, "policy_breach",
			map[string]any{"Policy": p.Name(), "Count": run.Breached, "Missed": run.missed})
	})
	if err != nil {
		return fmt.Errorf("telling staff of missed windows: %w", err)
	}
	return nil
}

// missedShown is how many names the mail about missed windows lists.
const missedShown = 20

// closeWindow ends one duty whose window has closed: as ended when the cycle was
// over before that, else as a breach. The empty duty says that nothing was done.
func (e *Engine) closeWindow(ctx context.Context, p Letterer, id string, now time.Time) (done Duty, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		done = Duty{}
		d, err := tx.Duty(ctx, id)
		if err != nil || !d.Open() || !now.After(d.ClosesAt) {
			return err
		}
		note := map[DutyState]string{
			DutyDue:    "No notice was written before the window closed.",
			DutyQueued: "The mail was still in the queue when the window closed.",
			DutyFailed: "No try to send the notice had succeeded when the window closed.",
		}[d.State]
		if d.State != DutyQueued {
			var over *DutyOver
			_, err := p.Letter(ctx, tx, d)
			switch {
			case errors.As(err, &over) && over.At != nil && !over.At.After(d.ClosesAt):
				done, err = e.changeDuty(ctx, tx, d, DutyEnded, over.Why, nil)
				return err
			case errors.As(err, &over):
			case err != nil && KindOf(err) != KindInvalid:
				return err
			case !now.After(d.UsefulUntil):
				late := d.DueAt
				done, err = e.changeDuty(ctx, tx, d, DutyBreached, note, &late)
				return err
			}
		}
		done, err = e.changeDuty(ctx, tx, d, DutyBreached, note, nil)
		return err
	})
	return done, err
}

// reopenWindows takes back breaches whose window is open: a clock that ran ahead
// made them. The audit trail keeps both.
func (e *Engine) reopenWindows(ctx context.Context, p Letterer, now time.Time) error {
	list := func(page Page) ([]Duty, error) {
		return e.store.DutiesClosing(ctx, p.Name(), DutyBreached, now, farFuture, page)
	}
	err := eachDuty(ctx, list, Duty.CloseKey, func(d Duty) error {
		return e.store.InTx(ctx, func(tx Tx) error { return e.reopenWindow(ctx, tx, d.ID, now) })
	})
	if err != nil {
		return fmt.Errorf("reopening windows: %w", err)
	}
	return nil
}

var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (e *Engine) reopenWindow(ctx context.Context, tx Tx, id string, now time.Time) error {
	d, err := tx.Duty(ctx, id)
	if err != nil || d.State != DutyBreached || now.After(d.ClosesAt) {
		return err
	}
	last, err := lastNotice(ctx, tx, d)
	if err != nil {
		return err
	}
	const note = "The breach is taken back: the clock ran ahead when it was recorded."
	d.BreachedAt = nil
	switch last.State {
	case NoticeSent:
		_, err = e.changeDuty(ctx, tx, d, DutyDone, note, nil)
	case NoticeQueued:
		_, err = e.changeDuty(ctx, tx, d, DutyQueued, note, nil)
	default:
		due := d.DueAt
		_, err = e.changeDuty(ctx, tx, d, DutyDue, note, &due)
	}
	return err
}

// hurry makes mails due at once whose window closes soon.
func (e *Engine) hurry(ctx context.Context, p Letterer, now time.Time) error {
	list := func(page Page) ([]Duty, error) {
		return e.store.DutiesClosing(ctx, p.Name(), DutyQueued, now, now.Add(hurryWithin), page)
	}
	err := eachDuty(ctx, list, Duty.CloseKey, func(d Duty) error {
		return e.store.InTx(ctx, func(tx Tx) error {
			last, err := lastNotice(ctx, tx, d)
			if err != nil || last.State != NoticeQueued {
				return err
			}
			return tx.HurryMail(ctx, last.MailID)
		})
	})
	if err != nil {
		return fmt.Errorf("hurrying notices: %w", err)
	}
	return nil
}
