package registrar

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// effect is what a command brought about at the registry.
type effect struct {
	receipt    Receipt
	known      bool // nothing was sent: the registry already was as wished
	created    time.Time
	expires    time.Time
	expiresRaw string
	gone       bool // a deleted name no longer exists there
}

// execute carries out one queued command.
func (e *Engine) execute(ctx context.Context, d *desk, listed Command) {
	log := e.log.With("command", listed.ID, "operation", listed.OperationID, "registry", d.name, "verb", listed.Verb, "object", listed.Object)
	c, err := e.claim(ctx, listed.ID, CommandQueued, e.opt.ExchangeTimeout+e.opt.LeaseMargin)
	if err != nil {
		if !errors.Is(err, errLeaseLost) {
			log.ErrorContext(ctx, "claiming failed", "error", err)
		}
		return
	}
	wire, hangUp := context.WithCancel(ctx)
	defer hangUp()
	x := &exchange{e: e, c: &c, before: c, hangUp: hangUp}
	eff, err := x.run(wire, d.reg)
	if x.limit != nil {
		x.limit.Stop()
	}
	log = log.With("cltrid", c.ClTRID, "attempt", c.Attempt)
	if err = e.conclude(ctx, d, x, eff, err); err != nil {
		err = e.reviewIfHopeless(ctx, &c, x.from(), err)
		log.ErrorContext(ctx, "command not concluded", "error", err)
		return
	}
	log.InfoContext(ctx, "command concluded", "state", c.State, "code", c.ResultCode)
}

// exchange is one attempt to carry out a command.
type exchange struct {
	e      *Engine
	c      *Command
	before Command            // as it was claimed: what an attempt without any effect goes back to
	marked bool               // queued → sent is committed
	hangUp context.CancelFunc // ends the exchange
	limit  *time.Timer        // that hangs up
}

// send returns what accompanies the transform: a fresh clTRID and the gate that
// commits queued → sent before the first byte leaves.
func (x *exchange) send() Send {
	x.c.ClTRID = x.e.id("ind")
	return Send{ClTRID: x.c.ClTRID, CommandID: x.c.ID, BeforeSend: x.markSent}
}

func (x *exchange) markSent(ctx context.Context) error {
	now, start := x.e.Now(), time.Now()
	limit, margin := x.e.opt.ExchangeTimeout, x.e.opt.LeaseMargin
	until := now.Add(limit)
	next := *x.c
	next.State, next.SentUntil, next.Absent = CommandSent, &until, 0
	next.ResultCode, next.ResultMsg, next.SvTRID = 0, "", ""
	next.Attempt++
	if next.SentAt == nil {
		next.SentAt = &now
	}
	var ok bool
	err := x.e.store.InTx(ctx, func(tx Tx) (err error) {
		if err := mayAct(ctx, tx, next); err != nil {
			return err
		}
		ok, err = tx.ChangeCommand(ctx, next, CommandQueued, x.c.Lease.Token, DueChange{
			In: limit + margin, SettleIn: limit + x.e.opt.SettleAfter, LeaseFor: limit + margin,
		})
		return err
	})
	var forbidden *forbiddenError
	if errors.As(err, &forbidden) || errors.Is(err, errHeld) {
		return err
	}
	if err != nil {
		// The commit itself may have succeeded: treat the row as marked, so that a
		// later change is tried from both states.
		x.marked = true
		return fmt.Errorf("marking command sent: %w", err)
	}
	if !ok {
		return errLeaseLost
	}
	*x.c, x.marked = next, true
	// The journal says that the session is closed by SentUntil: keep that word.
	x.limit = time.AfterFunc(limit-time.Since(start), x.hangUp)
	return nil
}

// unsent takes back what marking noted, after an attempt that certainly had no
// effect: it neither counts as an attempt nor opens the window of a crDate.
func (x *exchange) unsent() {
	x.c.Attempt, x.c.SentAt, x.c.SentUntil = x.before.Attempt, x.before.SentAt, x.before.SentUntil
}

// forbiddenError says that the command must not be sent any more.
type forbiddenError struct{ failure failure }

// Error returns the safe sentence.
func (e *forbiddenError) Error() string { return e.failure.Text }

// mayAct refuses to act on a name that another system owns or that is no longer
// in the state the command was planned for. It runs in the transaction that
// marks the command as sent.
func mayAct(ctx context.Context, tx Tx, c Command) error {
	if c.DomainID == "" { // a contact, which is nobody's but ours
		return nil
	}
	d, err := tx.Domain(ctx, c.DomainID)
	switch {
	case err != nil:
		return err
	case d.Unproved():
		return &forbiddenError{failure{CodeNotProved, "This name is not proved at its registry yet."}}
	case mayOwn(d) != nil:
		return &forbiddenError{failure{CodeOtherOwner, "This name is managed in another system now."}}
	case c.Verb == VerbDomainCreate && d.State != DomainPendingCreate,
		c.Verb != VerbDomainCreate && isDomainVerb(c.Verb) && d.State != DomainActive:
		return &forbiddenError{failure{"domain_state_changed", "This name is no longer in the state that it was in when this was ordered."}}
	}
	held, err := tx.HeldAfterRestore(ctx, c.DomainID)
	if err == nil && held {
		err = errHeld
	}
	return err
}

// errHeld says that nothing may be sent for the name yet: the database was
// restored, and the name is not reconciled or differs from its registry.
var errHeld = errors.New("held after a restore")

// heldPause is how long a held command is not looked at.
const heldPause = 15 * time.Second

// run does what the verb says.
func (x *exchange) run(ctx context.Context, reg Registry) (effect, error) {
	switch x.c.Verb {
	case VerbContactCreate:
		return x.createContact(ctx, reg)
	case VerbHostCreate:
		return x.createHost(ctx, reg)
	case VerbDomainCreate:
		return x.createDomain(ctx, reg)
	case VerbDomainRenew:
		return x.renewDomain(ctx, reg)
	case VerbDomainUpdate:
		return x.updateDomain(ctx, reg)
	case VerbDomainDelete:
		return x.deleteDomain(ctx, reg)
	case VerbContactUpdate:
		return x.updateContact(ctx, reg)
	case VerbHostUpdate:
		return x.updateHost(ctx, reg)
	case VerbHostDelete:
		return x.deleteHost(ctx, reg)
	}
	return effect{}, fmt.Errorf("command %s has the unknown verb %q", x.c.ID, x.c.Verb)
}

func (x *exchange) createContact(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[ContactCreateSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	rc, err := x.e.store.RegistryContact(ctx, x.c.Registry, spec.Contact)
	if err != nil {
		return effect{}, ownRead(err)
	}
	if rc.Created {
		return effect{known: true}, nil
	}
	version, err := x.e.store.ContactVersion(ctx, spec.Contact)
	if err != nil {
		return effect{}, ownRead(err)
	}
	r, err := reg.CreateContact(ctx, x.send(), ContactCreate{Handle: spec.Handle, Contact: version})
	return effect{receipt: r}, err
}

func (x *exchange) createHost(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[HostCreateSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	known, err := x.e.store.HasRegistryHost(ctx, x.c.Registry, x.c.Object)
	if err != nil {
		return effect{}, ownRead(err)
	}
	if known && len(spec.Addresses) == 0 {
		return effect{known: true}, nil
	}
	r, err := reg.CreateHost(ctx, x.send(), HostCreate{Name: x.c.Object, Addresses: spec.Addresses})
	return effect{receipt: r}, err
}

func (x *exchange) createDomain(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[DomainCreateSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	r, err := reg.CreateDomain(ctx, x.send(), DomainCreate{
		Name: spec.Name, Years: spec.Years, Registrant: spec.Registrant, Contacts: spec.Contacts, NameServers: spec.NameServers,
	})
	return effect{receipt: r.Receipt, created: r.Created, expires: r.Expires, expiresRaw: r.ExpiresRaw}, err
}

func (x *exchange) renewDomain(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[DomainRenewSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	r, err := reg.RenewDomain(ctx, x.send(), DomainRenew{Name: spec.Name, CurExpiry: spec.CurExpiry, Years: spec.Years})
	return effect{receipt: r.Receipt, expires: r.Expires, expiresRaw: r.ExpiresRaw}, err
}

func (x *exchange) updateNameServers(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[NameServersSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	_, info, err := x.readDomain(ctx, reg)
	if err != nil {
		return effect{}, err
	}
	if SameHosts(info.NameServers, spec.Want) {
		return effect{known: true}, nil
	}
	r, err := reg.UpdateNameServers(ctx, x.send(), NameServerUpdate{Name: spec.Name, Current: info.NameServers, Want: spec.Want})
	return effect{receipt: r}, err
}

// ownRead turns the failure of a read of our own store: one that may pass is
// tried again, a row that is not there is for people.
func ownRead(err error) error {
	if IsNotFound(err) {
		return fmt.Errorf("reading what the command needs: %w", err)
	}
	return &NotSentError{Cause: err}
}

// readFailed turns the failure of a read that precedes a transform into what it
// means for the transform: a definite answer stays, anything else means that
// the transform was not sent.
func readFailed(err error) error {
	switch code := ResultCode(err); {
	case code == 0, transient(code):
		return &NotSentError{Cause: err}
	}
	return err
}

// transient lists answers after which only <info> tells whether the command was
// executed (RFC 5730 §3: "command failed" without saying how far it got).
func transient(code int) bool {
	switch code {
	case CodeCommandFailed, CodeCommandFailedClosing, CodeAuthFailureClosing, CodeSessionLimitClosing:
		return true
	}
	return false
}

// conclude writes down what an attempt led to.
func (e *Engine) conclude(ctx context.Context, d *desk, x *exchange, eff effect, err error) error {
	var (
		notSent   *NotSentError
		refusal   *ResultError
		forbidden *forbiddenError
	)
	switch {
	case err == nil:
		d.reachable()
		return e.settleDone(ctx, x.c, x.from(), eff)
	case errors.Is(err, errLeaseLost):
		return err
	case errors.As(err, &forbidden):
		return e.settleFailed(ctx, x.c, CommandQueued, forbidden.failure)
	case errors.Is(err, errHeld):
		return e.requeue(ctx, x.c, CommandQueued, heldPause, "waiting: the name differs from its registry since a restore; staff look at it")
	case errors.Is(err, errLags):
		d.reachable()
		return e.requeue(ctx, x.c, x.from(), retryAfterNotSent, "waiting: the registry's own view lags behind its last answer")
	case errors.As(err, &notSent):
		d.unreachable()
		x.unsent()
		return e.requeue(ctx, x.c, x.from(), retryAfterNotSent, "not sent: the registry could not be reached")
	case errors.As(err, &refusal) && !transient(refusal.Code):
		d.reachable()
		return e.refused(ctx, d.reg, x, refusal)
	case !x.marked && ctx.Err() == nil:
		// Nothing was sent, and not for want of a connection: trying again by
		// itself would fail for ever in silence.
		e.log.ErrorContext(ctx, "command can't be sent", "command", x.c.ID, "error", err)
		return e.settleReview(ctx, x.c, CommandQueued, "It could not be sent, for a reason that the log tells; nothing has happened at the registry.")
	}
	return e.leaveUnknown(ctx, x.c, err)
}

// errLags says that <info> contradicts what the registry answered a moment ago.
var errLags = errors.New("the registry's own view lags behind its last answer")

// lags reports whether <info> shows less than the registry's answer to our own
// last change, which is so young that a replica of theirs may not know it yet.
// A missing name is the zero DomainInfo.
func (e *Engine) lags(d Domain, info DomainInfo) bool {
	var last time.Time
	for _, t := range []*time.Time{d.CreatedAt, d.ChangedAt} {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	if last.IsZero() || e.Now().Sub(last) > e.opt.SettleAfter {
		return false
	}
	earlier := d.ExpiresAt != nil && info.Expires.Before(d.ExpiresAt.Truncate(time.Second))
	// A new name has no statuses of ours until they are first read.
	unlike := len(d.Statuses) > 0 && !sameClientStatuses(d.Statuses, info.Statuses)
	return !info.Ours || earlier || unlike || !SameHosts(d.NameServers, info.NameServers)
}

// from is the state that the row is in as far as this attempt knows.
func (x *exchange) from() CommandState {
	if x.marked {
		return CommandSent
	}
	return CommandQueued
}

// retryAfterNotSent is short: the desk itself pauses while a registry is gone.
const retryAfterNotSent = 2 * time.Second

// requeue puts a command back that certainly had no effect.
func (e *Engine) requeue(ctx context.Context, c *Command, from CommandState, in time.Duration, note string) error {
	token := c.Lease.Token
	err := e.store.InTx(ctx, func(tx Tx) error {
		next := *c
		next.State, next.ResultMsg, next.Absent = CommandQueued, note, 0
		ok, err := tx.ChangeCommand(ctx, next, from, token, DueChange{In: in})
		if err == nil && !ok && from == CommandSent {
			// The mark may not have been committed after all.
			ok, err = tx.ChangeCommand(ctx, next, CommandQueued, token, DueChange{In: in})
		}
		if err == nil && !ok {
			err = errLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("putting command back: %w", err)
	}
	c.State = CommandQueued
	return nil
}

// leaveUnknown keeps the command sent and lets the reconciler decide. The
// session is closed by now, so the registry's settling time starts here.
func (e *Engine) leaveUnknown(ctx context.Context, c *Command, cause error) error {
	e.log.WarnContext(ctx, "outcome unknown", "command", c.ID, "cltrid", c.ClTRID, "error", cause)
	next := *c
	next.ResultCode, next.ResultMsg = ResultCode(cause), "no usable answer; being reconciled"
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeCommand(ctx, next, CommandSent, c.Lease.Token, DueChange{In: min(firstLook, e.opt.SettleAfter), SettleIn: e.opt.SettleAfter})
		if err == nil && !ok {
			err = errLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("leaving command for reconciliation: %w", err)
	}
	*c = next
	return nil
}

// firstLook is when the reconciler first asks: an effect that is visible counts
// at once, a missing one only after SettleAfter.
const firstLook = 500 * time.Millisecond

// refused handles a definite 2xxx answer.
func (e *Engine) refused(ctx context.Context, reg Registry, x *exchange, r *ResultError) error {
	c := x.c
	c.ResultCode, c.ResultMsg, c.SvTRID = r.Code, clip(r.Msg+reasonSuffix(r.Reason), 500), clip(r.SvTRID, maxTRID)
	switch {
	case r.Code == CodeBillingFailure:
		x.unsent()
		return e.outOfFunds(ctx, x)
	case r.Code == CodeObjectExists && c.Verb == VerbHostCreate && c.Guards != "":
		// Below a name of ours, made by other means: its addresses decide.
		return e.judge(ctx, reg, c, x.from())
	case r.Code == CodeObjectDoesNotExist && c.Verb == VerbHostDelete:
		return e.settleDone(ctx, c, x.from(), effect{known: true, receipt: Receipt{ClTRID: r.ClTRID, SvTRID: r.SvTRID, Code: r.Code}})
	case r.Code == CodeObjectExists && (c.Verb == VerbContactCreate || c.Verb == VerbHostCreate):
		// The handle is ours alone; a host object is shared by all. Both exist: done.
		return e.settleDone(ctx, c, x.from(), effect{known: c.Attempt <= 1, receipt: Receipt{ClTRID: r.ClTRID, SvTRID: r.SvTRID, Code: r.Code}})
	case r.Code == CodeObjectExists && c.Verb == VerbDomainCreate:
		// An earlier attempt may have been executed late: look who holds the name.
		return e.judge(ctx, reg, c, x.from())
	case x.marked && c.Attempt > 1:
		// An attempt that vanished may have happened after all, and be the reason
		// why this one is refused (a renew, by its curExpDate).
		return e.judge(ctx, reg, c, x.from())
	}
	return e.settleFailed(ctx, c, x.from(), failureOf(c.Verb, r))
}

// refusal lists answers that say for good that this attempt was not executed.
func refusal(code int) bool {
	return code >= 2000 && !transient(code) && code != CodeBillingFailure
}

// maxTRID bounds a server's transaction id; RFC 5730 allows 64 characters.
const maxTRID = 200

func reasonSuffix(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
