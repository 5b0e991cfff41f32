package registrar

import (
	"context"
	"fmt"
	"time"
)

// Approval is an act that takes two members of staff: one asks for it with a
// reason, another one agrees or refuses. What was agreed to is done in the same
// transaction as the agreement.
type Approval struct {
	ID        string
	Kind      ApprovalKind
	SubjectID string       // what it is about: an adjustment, a user, a domain; "" for an invitation
	Wish      ApprovalWish // what else the act needs to know
	Reason    string
	State     ApprovalState
	AskedBy   string // staff user id
	AskedAt   time.Time
	ExpiresAt time.Time
	DecidedBy string // the second one; the asker of a withdrawn one; "" otherwise
	DecidedAt *time.Time
	Decision  string // what was said then; may be ""
}

// ApprovalWish holds what an act needs beside its subject.
type ApprovalWish struct {
	Role       Role   `json:",omitempty"` // the new one
	Email      string `json:",omitempty"` // who is invited
	CustomerID string `json:",omitempty"` // who gets the name
	Minor      int64  `json:",omitempty"` // minor units that are given up
}

// ApprovalKind names an act that takes two.
type ApprovalKind string

// The short list of acts that take two people; fourEyes says what each is.
const (
	ApproveAdjustment   ApprovalKind = "adjustment"    // a credit or debit beyond what one person may book per day
	ApproveStaffInvite  ApprovalKind = "staff_invite"  // somebody new among staff
	ApproveStaffRole    ApprovalKind = "staff_role"    // another role for a member of staff
	ApproveStaffDisable ApprovalKind = "staff_disable" // taking the login of an owner away
	ApproveDomainMove   ApprovalKind = "domain_move"   // taking a name from a customer for another one
	ApproveDomainDelete ApprovalKind = "domain_delete" // taking a name from a customer for good
	ApproveFactorReset  ApprovalKind = "factor_reset"  // ending the second factor of who lost it
	ApproveWriteOff     ApprovalKind = "write_off"     // giving up what a customer owes
)

// ApprovalState says what became of a request.
type ApprovalState string

// States of a request.
const (
	ApprovalPending   ApprovalState = "pending"
	ApprovalApproved  ApprovalState = "approved"
	ApprovalRefused   ApprovalState = "refused"
	ApprovalWithdrawn ApprovalState = "withdrawn" // by its asker
	ApprovalLapsed    ApprovalState = "lapsed"    // nobody decided in time
)

// ApprovalFilter narrows a list of approvals. Zero fields do not narrow.
type ApprovalFilter struct {
	State     ApprovalState
	SubjectID string
}

// ApprovalReader is the part of Reader about approvals.
type ApprovalReader interface {
	Approval(ctx context.Context, id string) (Approval, error)
	Approvals(ctx context.Context, f ApprovalFilter, page Page) ([]Approval, error)
	// ApprovalsOver lists pending ones whose time is over.
	ApprovalsOver(ctx context.Context, now time.Time, limit int) ([]Approval, error)
}

// ApprovalTx is the part of Tx about approvals.
type ApprovalTx interface {
	// InsertApproval fails with KindConflict when the same is pending already.
	InsertApproval(ctx context.Context, a Approval) error
	// DecideApproval writes state and decision of a pending one; ok is false when
	// it was not pending, or when its asker approves or refuses it.
	DecideApproval(ctx context.Context, a Approval) (ok bool, err error)
	// SerializeStaff makes transactions that change staff wait for each other: what
	// is read after it stays true until the commit.
	SerializeStaff(ctx context.Context) error
}

// approvalLife is how long a request waits for the second person.
const approvalLife = 7 * 24 * time.Hour

// fourEyesAct is what an act that takes two needs and does.
type fourEyesAct struct {
	may Permission // of both
	// run does it, in the transaction of the agreement; by is who agrees.
	run func(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error)
	// drop tidies up after a request that comes to nothing; may be nil.
	drop func(ctx context.Context, tx Tx, by Actor, a Approval) error
}

// fourEyes is the one list of acts that take two people.
func (e *Engine) fourEyes(kind ApprovalKind) (fourEyesAct, error) {
	switch kind {
	case ApproveAdjustment:
		return fourEyesAct{StaffMoney, e.runAdjustment, e.dropAdjustment}, nil
	case ApproveStaffInvite:
		return fourEyesAct{StaffUsers, e.runStaffInvite, nil}, nil
	case ApproveStaffRole:
		return fourEyesAct{StaffUsers, e.runStaffRole, nil}, nil
	case ApproveStaffDisable:
		return fourEyesAct{StaffUsers, e.runStaffDisable, nil}, nil
	case ApproveDomainMove:
		return fourEyesAct{StaffDomains, e.runDomainMove, nil}, nil
	case ApproveDomainDelete:
		return fourEyesAct{StaffDomains, e.runDomainDelete, nil}, nil
	case ApproveFactorReset:
		return fourEyesAct{StaffFactors, e.runFactorReset, nil}, nil
	case ApproveWriteOff:
		return fourEyesAct{StaffMoney, e.runWriteOff, nil}, nil
	}
	return fourEyesAct{}, fmt.Errorf("approval of unknown kind %q", kind)
}

// MayDecide reports whether a role may approve or refuse a kind of request. Its
// own requests nobody may.
func (e *Engine) MayDecide(role Role, kind ApprovalKind) bool {
	act, err := e.fourEyes(kind)
	return err == nil && role.May(act.may)
}

// ask writes a request. The caller has checked what it is about.
func (e *Engine) ask(ctx context.Context, tx Tx, by Actor, a Approval) (Approval, error) {
	act, err := e.fourEyes(a.Kind)
	if err != nil {
		return a, err
	}
	staff, err := e.staffMay(ctx, tx, by, act.may)
	if err != nil {
		return a, err
	}
	a.ID, a.State, a.AskedBy, a.AskedAt = e.id(PrefixApproval), ApprovalPending, staff.ID, e.Now()
	a.ExpiresAt = a.AskedAt.Add(approvalLife)
	if err := tx.InsertApproval(ctx, a); err != nil {
		if isDuplicate(err) {
			err = Errorf(KindConflict, "asked_already", "This was asked for already and waits for a second person.")
		}
		return a, err
	}
	if err := tx.InsertAudit(ctx, e.approvalAudit(by, "approval.ask", a)); err != nil {
		return a, err
	}
	return a, e.writeStaffMail(ctx, tx, Event{ID: a.ID}, "approval_asked", map[string]any{"Inviter": staff.Name, "Kind": string(a.Kind), "Note": a.Reason, "At": a.ExpiresAt})
}

// askAlone is ask in a transaction of its own, after check.
func (e *Engine) askAlone(ctx context.Context, by Actor, a Approval, check func(tx Tx) error) (Approval, error) {
	if a.Reason = tidy(a.Reason); a.Reason == "" || len([]rune(a.Reason)) > maxReason {
		return a, InvalidField("reason", "required", "Please say why, in at most %d characters.", maxReason)
	}
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		act, err := e.fourEyes(a.Kind)
		if err != nil {
			return err
		}
		if _, err := e.staffMay(ctx, tx, by, act.may); err != nil {
			return err
		}
		if err := check(tx); err != nil {
			return err
		}
		a, err = e.ask(ctx, tx, by, a)
		return err
	})
	if err != nil {
		return Approval{}, fmt.Errorf("asking for an approval: %w", err)
	}
	e.notice.publish()
	return a, nil
}

func (e *Engine) approvalAudit(by Actor, action string, a Approval) AuditEvent {
	audit := e.audit(by, action, "approval", a.ID, "", nil, map[string]any{
		"kind": a.Kind, "subject": a.SubjectID, "wish": a.Wish, "reason": a.Reason, "state": a.State, "asked_by": a.AskedBy, "decision": a.Decision,
	})
	audit.Retention = RetainTransaction
	return audit
}

var errDecided = Errorf(KindConflict, "already_decided", "This has been decided already.")

// Approve agrees to a request and does what it asks for. Only another member of
// staff than the asker may, with the same right, and only while the asker still
// has it. When it can't be done the request goes on waiting.
func (e *Engine) Approve(ctx context.Context, by Actor, id, note string) (Approval, error) {
	return e.decide(ctx, by, id, note, ApprovalApproved)
}

// Refuse ends a request with a reason. Only another member of staff than the
// asker may.
func (e *Engine) Refuse(ctx context.Context, by Actor, id, reason string) (Approval, error) {
	if tidy(reason) == "" {
		return Approval{}, InvalidField("reason", "required", "Please say why.")
	}
	return e.decide(ctx, by, id, reason, ApprovalRefused)
}

// Withdraw ends a request of one's own.
func (e *Engine) Withdraw(ctx context.Context, by Actor, id string) (Approval, error) {
	return e.decide(ctx, by, id, "", ApprovalWithdrawn)
}

func (e *Engine) decide(ctx context.Context, by Actor, id, note string, as ApprovalState) (Approval, error) {
	if note = tidy(note); len([]rune(note)) > maxReason {
		return Approval{}, InvalidField("reason", "too_long", "Please use at most %d characters.", maxReason)
	}
	var a Approval
	var events []Event
	err := e.inFreshTx(ctx, func(tx Tx) error {
		events = nil
		var err error
		if a, err = tx.Approval(ctx, id); err != nil {
			return err
		}
		act, err := e.fourEyes(a.Kind)
		if err != nil {
			return err
		}
		if err := e.mayDecide(ctx, tx, by, a, act, as); err != nil {
			return err
		}
		now := e.Now()
		a.State, a.DecidedBy, a.DecidedAt, a.Decision = as, by.ID, &now, note
		ok, err := tx.DecideApproval(ctx, a)
		if err != nil || !ok {
			return orElse(err, errDecided)
		}
		if events, err = e.carryOut(ctx, tx, by, a, act); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.approvalAudit(by, "approval."+string(as), a))
	})
	if err != nil {
		return Approval{}, fmt.Errorf("deciding %s: %w", id, err)
	}
	e.notice.publishWork(events...)
	return a, nil
}

func (e *Engine) carryOut(ctx context.Context, tx Tx, by Actor, a Approval, act fourEyesAct) ([]Event, error) {
	if a.State == ApprovalApproved {
		return act.run(ctx, tx, by, a)
	}
	if act.drop == nil {
		return nil, nil
	}
	return nil, act.drop(ctx, tx, by, a)
}

// mayDecide checks who decides, before anything is written.
func (e *Engine) mayDecide(ctx context.Context, tx Tx, by Actor, a Approval, act fourEyesAct, as ApprovalState) error {
	staff, err := e.staffMay(ctx, tx, by, act.may)
	if err != nil {
		return err
	}
	own := a.AskedBy == staff.ID
	switch {
	case a.State != ApprovalPending:
		return errDecided
	case as == ApprovalWithdrawn && !own:
		return Errorf(KindForbidden, "not_yours", "Only who asked can withdraw this; you can refuse it.")
	case as != ApprovalWithdrawn && own:
		return Errorf(KindForbidden, "second_person_needed", "Somebody else than the one who asked has to decide this.")
	case as != ApprovalApproved:
		return nil
	case !e.Now().Before(a.ExpiresAt):
		return Errorf(KindConflict, "too_late", "The time to decide this is over; it has to be asked for again.")
	}
	_, err = e.staffMay(ctx, tx, Actor{Kind: ActorStaff, ID: a.AskedBy}, act.may)
	if KindOf(err) == KindForbidden {
		return Errorf(KindConflict, "asker_gone", "Who asked may not do this any more, so it can only be refused.")
	}
	return err
}

// LapseApprovals ends requests that nobody decided in time.
func (e *Engine) LapseApprovals(ctx context.Context) error {
	for ctx.Err() == nil {
		over, err := e.store.ApprovalsOver(ctx, e.Now(), purgeBatch)
		if err != nil {
			return fmt.Errorf("listing requests that are over: %w", err)
		}
		for _, a := range over {
			if err := e.lapse(ctx, a); err != nil {
				return err
			}
		}
		if len(over) < purgeBatch {
			return nil
		}
	}
	return ctx.Err()
}

func (e *Engine) lapse(ctx context.Context, a Approval) error {
	by := System("lapse-approvals")
	err := e.store.InTx(ctx, func(tx Tx) error {
		act, err := e.fourEyes(a.Kind)
		if err != nil {
			return err
		}
		now := e.Now()
		a.State, a.DecidedAt, a.Decision = ApprovalLapsed, &now, "Nobody decided in time."
		ok, err := tx.DecideApproval(ctx, a)
		if err != nil || !ok {
			return err // decided a moment ago
		}
		if _, err := e.carryOut(ctx, tx, by, a, act); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.approvalAudit(by, "approval.lapsed", a))
	})
	if err != nil {
		return fmt.Errorf("ending request %s: %w", a.ID, err)
	}
	return nil
}
