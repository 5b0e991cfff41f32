package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxAttempts bounds how often one command may go to the wire; a command that
// vanishes that often needs a person.
const maxAttempts = 10

// verdict is what <info> tells of a command whose outcome is unknown.
type verdict string

const (
	verdictHappened verdict = "happened" // the effect is there and it is ours
	verdictAbsent   verdict = "absent"   // no effect visible
	verdictRefused  verdict = "refused"  // it can't have happened and never will
	verdictReview   verdict = "review"   // something is there that we can't attribute
	verdictPending  verdict = "pending"  // the registry is still at work (1001)
	verdictUnseen   verdict = "unseen"   // a name of ours is not there; the registry's view may lag
	verdictLagging  verdict = "lagging"  // what is shown may be older than our last change
)

// finding is a verdict with what was seen.
type finding struct {
	verdict verdict
	effect  effect
	failure failure // for refused
	note    string  // for review
}

// reconcile decides one sent command whose reply never came. It never resends
// blindly: absence counts only after the carrying session is closed, the
// registry's settling time has passed, and a second <info> agrees.
func (e *Engine) reconcile(ctx context.Context, d *desk, listed Command) {
	log := e.log.With("command", listed.ID, "registry", d.name, "verb", listed.Verb, "object", listed.Object, "cltrid", listed.ClTRID)
	c, err := e.claim(ctx, listed.ID, CommandSent, e.opt.ExchangeTimeout+e.opt.LeaseMargin)
	if err != nil {
		if !errors.Is(err, errLeaseLost) {
			log.ErrorContext(ctx, "claiming failed", "error", err)
		}
		return
	}
	if err := e.judge(ctx, d.reg, &c, CommandSent); err != nil {
		err = e.reviewIfHopeless(ctx, &c, CommandSent, err)
		log.ErrorContext(ctx, "reconciliation failed", "error", err)
		if ResultCode(err) == 0 { // it did answer: others need not wait
			d.unreachable()
		}
		return
	}
	log.InfoContext(ctx, "reconciled", "state", c.State, "attempt", c.Attempt)
}

// judge asks the registry and settles the command by what it sees. On an error
// the row stays as it was and falls due again.
func (e *Engine) judge(ctx context.Context, reg Registry, c *Command, from CommandState) error {
	f, err := e.look(ctx, reg, c)
	if err != nil {
		return e.lookFailed(ctx, c, from, err)
	}
	e.opt.Observer.Reconciled(c.Registry, c.Verb, string(f.verdict))
	switch f.verdict {
	case verdictHappened:
		return e.settleDone(ctx, c, from, f.effect)
	case verdictRefused:
		return e.settleFailed(ctx, c, from, f.failure)
	case verdictReview:
		return e.settleReview(ctx, c, from, f.note)
	case verdictPending:
		return e.lookAgain(ctx, c, pendingLook, false)
	case verdictUnseen:
		left, err := e.unsettled(ctx, c)
		if err != nil {
			return err
		}
		if left <= 0 {
			return e.settleReview(ctx, c, from, f.note)
		}
		return e.lookAgain(ctx, c, min(left+time.Millisecond, e.lookPause()), false)
	case verdictLagging:
		return e.lookAgain(ctx, c, e.lookPause(), false)
	}
	return e.absent(ctx, c, from)
}

const (
	retryLook   = 3 * time.Second // after an <info> that failed itself
	pendingLook = time.Minute     // while the registry has the action pending
)

// undecided is how long a registry may fail to show an object.
const undecided = 24 * time.Hour

// lookFailed looks again later, unless the registry refuses for good to show
// the object, or has failed to for long: then only a person can find out.
func (e *Engine) lookFailed(ctx context.Context, c *Command, from CommandState, cause error) error {
	if code := ResultCode(cause); code != 0 {
		left, err := e.unsettled(ctx, c)
		if err != nil {
			return err
		}
		if left <= 0 && refusal(code) || left <= -undecided {
			return e.settleReview(ctx, c, from, fmt.Sprintf("The registry refuses to show the object (code %d): nobody can tell by machine whether it was executed.", code))
		}
	}
	return errors.Join(cause, e.lookAgain(ctx, c, retryLook, false))
}

// unsettled returns how much of the settling time is left.
func (e *Engine) unsettled(ctx context.Context, c *Command) (time.Duration, error) {
	if c.SettleAt == nil {
		return 0, nil
	}
	now, err := e.store.Now(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading database time: %w", err)
	}
	return c.SettleAt.Sub(now), nil
}

// lookPause is how long to wait between looks while the registry settles: a late
// effect is seen without waiting for the end.
func (e *Engine) lookPause() time.Duration { return max(e.opt.SettleAfter/5, 200*time.Millisecond) }

// absent handles a missing effect: too early to count, first proof, or second.
func (e *Engine) absent(ctx context.Context, c *Command, from CommandState) error {
	left, err := e.unsettled(ctx, c)
	if err != nil {
		return err
	}
	if left > 0 {
		return e.lookAgain(ctx, c, min(left+time.Millisecond, e.lookPause()), false)
	}
	if c.Absent == 0 {
		return e.lookAgain(ctx, c, e.opt.ConfirmAfter, true)
	}
	switch {
	case c.ResultCode == CodePending:
		// Accepted is accepted: sent again it might be executed twice.
		return e.settleReview(ctx, c, from, "The registry accepted it as pending (1001), but now shows neither that nor its effect.")
	case refusal(c.ResultCode):
		return e.settleFailed(ctx, c, from, failureOf(c.Verb, &ResultError{Code: c.ResultCode}))
	case c.Attempt >= maxAttempts:
		return e.settleReview(ctx, c, from, fmt.Sprintf("Sent %d times and never executed by the registry.", c.Attempt))
	}
	return e.requeue(ctx, c, from, 0, "proved absent at the registry; sent again")
}

// lookAgain keeps the command sent and due again later; count notes one proof
// of absence.
func (e *Engine) lookAgain(ctx context.Context, c *Command, in time.Duration, count bool) error {
	next := *c
	if count {
		next.Absent++
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeCommand(ctx, next, CommandSent, c.Lease.Token, DueChange{In: in})
		if err == nil && !ok {
			err = errLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("scheduling the next look: %w", err)
	}
	*c = next
	return nil
}

// look asks the registry for the object of a command.
func (e *Engine) look(ctx context.Context, reg Registry, c *Command) (finding, error) {
	ctx, cancel := context.WithTimeout(ctx, e.opt.ExchangeTimeout)
	defer cancel()
	switch c.Verb {
	case VerbContactCreate:
		info, err := reg.ContactInfo(ctx, c.Object)
		return existence(err, info.Ours, "The registry has this contact handle, but not as ours.")
	case VerbHostCreate, VerbHostUpdate, VerbHostDelete:
		return e.lookHost(ctx, reg, *c)
	case VerbContactUpdate:
		return e.lookContact(ctx, reg, *c)
	}
	info, err := reg.DomainInfo(ctx, c.Object)
	if err != nil && ResultCode(err) != CodeObjectDoesNotExist {
		return finding{}, fmt.Errorf("reading %s at the registry: %w", c.Object, err)
	}
	missing := err != nil
	switch c.Verb {
	case VerbDomainCreate:
		return e.lookCreated(*c, info, missing)
	case VerbDomainRenew:
		return lookRenewed(*c, info, missing)
	case VerbDomainUpdate:
		return e.lookUpdated(ctx, reg, *c, info, missing)
	case VerbDomainDelete:
		return e.lookDeleted(ctx, *c, info, missing)
	}
	return finding{}, fmt.Errorf("command %s has the unknown verb %q", c.ID, c.Verb)
}

func existence(err error, ours bool, note string) (finding, error) {
	switch {
	case ResultCode(err) == CodeObjectDoesNotExist:
		return finding{verdict: verdictAbsent}, nil
	case err != nil:
		return finding{}, fmt.Errorf("reading the object at the registry: %w", err)
	case !ours:
		return finding{verdict: verdictReview, note: note}, nil
	}
	return finding{verdict: verdictHappened}, nil
}

// lookCreated judges a create: ours only if we sponsor it, its crDate lies in
// the command's window, and the registrant is the handle we sent. No other
// order can have been open for the name: the store allows one open transform.
func (e *Engine) lookCreated(c Command, info DomainInfo, missing bool) (finding, error) {
	if missing {
		return finding{verdict: verdictAbsent}, nil
	}
	if !info.Ours {
		return finding{verdict: verdictRefused, failure: failure{"name_taken", "Somebody else registered this name first."}}, nil
	}
	if hasAny(info.Statuses, "pendingCreate") {
		return finding{verdict: verdictPending}, nil
	}
	spec, err := decodeSpec[DomainCreateSpec](c)
	if err != nil {
		return finding{}, err
	}
	if c.SentAt == nil || c.SentUntil == nil {
		return finding{verdict: verdictReview, note: "The registry lists the name as ours, but this order never sent a create."}, nil
	}
	from, until := c.SentAt.Add(-e.opt.ClockSkew), c.SentUntil.Add(e.opt.SettleAfter+e.opt.ClockSkew)
	late := info.Created.After(until) && c.ResultCode != CodePending // a pending create is decided at any later time
	if info.Created.Before(from) || late {
		return finding{verdict: verdictReview, note: fmt.Sprintf("The registry lists the name as ours, created %s, outside this command's window %s to %s.",
			info.Created.UTC().Format(time.RFC3339), from.Format(time.RFC3339), until.Format(time.RFC3339))}, nil
	}
	if info.Registrant != "" && spec.Registrant != "" && !strings.EqualFold(info.Registrant, spec.Registrant) {
		return finding{verdict: verdictReview, note: "The registry lists the name as ours, but with another registrant than this order."}, nil
	}
	return happened(info), nil
}

// lookRenewed judges a renew by exDate against curExpDate (RFC 5731 §3.2.3).
func lookRenewed(c Command, info DomainInfo, missing bool) (finding, error) {
	spec, err := decodeSpec[DomainRenewSpec](c)
	if err != nil {
		return finding{}, err
	}
	if missing || !info.Ours {
		return finding{verdict: verdictUnseen, note: "The registry no longer lists the name as ours."}, nil
	}
	if hasAny(info.Statuses, "pendingRenew") {
		return finding{verdict: verdictPending}, nil
	}
	now := datePart(info.ExpiresRaw)
	if now == spec.CurExpiry {
		return finding{verdict: verdictAbsent}, nil
	}
	before, err := time.Parse(time.DateOnly, spec.CurExpiry)
	if err != nil {
		return finding{}, fmt.Errorf("reading curExpDate of command %s: %w", c.ID, err)
	}
	after, err := time.Parse(time.DateOnly, now)
	if err == nil && sameAnniversary(before.AddDate(spec.Years, 0, 0), after) {
		return happened(info), nil
	}
	return finding{verdict: verdictReview, note: fmt.Sprintf("The expiry date was %s, is %s, and %d years were asked for.", spec.CurExpiry, now, spec.Years)}, nil
}

// sameAnniversary allows a day: 29 February plus a year is 28 February at some
// registries and 1 March at others.
func sameAnniversary(a, b time.Time) bool {
	diff := a.Sub(b)
	return diff >= -24*time.Hour && diff <= 24*time.Hour
}

func happened(info DomainInfo) finding {
	return finding{verdict: verdictHappened, effect: effect{created: info.Created, expires: info.Expires, expiresRaw: info.ExpiresRaw}}
}
