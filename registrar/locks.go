package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Lock is a protection that a customer can set on a name.
type Lock string

// Locks, each one client status (RFC 5731 §2.3).
const (
	LockTransfer Lock = "transfer"
	LockUpdate   Lock = "update"
	LockDelete   Lock = "delete"
)

// AllLocks lists every lock in the order shown to people.
var AllLocks = []Lock{LockTransfer, LockUpdate, LockDelete}

const (
	statusTransferLock = "clientTransferProhibited"
	statusUpdateLock   = "clientUpdateProhibited"
	statusDeleteLock   = "clientDeleteProhibited"
)

var lockStatuses = map[Lock]string{LockTransfer: statusTransferLock, LockUpdate: statusUpdateLock, LockDelete: statusDeleteLock}

// Status returns the EPP status behind a lock, "" when there is no such lock.
func (l Lock) Status() string { return lockStatuses[l] }

// serverTwin is the status by which the registry itself locks.
func serverTwin(clientStatus string) string {
	return "server" + strings.TrimPrefix(clientStatus, "client")
}

// Locks returns the locks of ours in force.
func (d Domain) Locks() []Lock {
	var out []Lock
	for _, l := range AllLocks {
		if d.HasStatus(l.Status()) != "" {
			out = append(out, l)
		}
	}
	return out
}

// LockRequest asks to set or to lift locks.
type LockRequest struct {
	Name  string
	Locks []Lock
	On    bool // set, else lift
	Key   *KeyRequest
}

// ChangeLocks journals the setting or lifting of locks for a customer. What the
// registry or staff have locked stays locked: KindProhibited says who and why.
func (e *Engine) ChangeLocks(ctx context.Context, by Actor, customerID string, req LockRequest) (Operation, error) {
	name, err := ParseName(req.Name)
	if err != nil {
		return Operation{}, err
	}
	return e.journal(ctx, customerID, req.Key, "changing locks", func(tx Tx) (Operation, error) {
		d, err := e.ownedDomain(ctx, tx, customerID, name.A)
		if err != nil {
			return Operation{}, err
		}
		if err := mayOwn(d); err != nil {
			return Operation{}, err
		}
		statuses, err := lockList(req.Locks)
		if err != nil {
			return Operation{}, err
		}
		if !req.On {
			if err := e.mayUnlock(ctx, tx, d, statuses); err != nil {
				return Operation{}, err
			}
		}
		return e.writeLocks(ctx, tx, by, d, statusChange(statuses, req.On))
	})
}

// ChangeStaffLocks journals locks that staff set with a reason, or lifts locks
// of anybody. Only staff can lift what staff have set.
func (e *Engine) ChangeStaffLocks(ctx context.Context, by Actor, domainID string, locks []Lock, on bool, reason string) (Operation, error) {
	if err := e.staffOrSystem(ctx, by, StaffDomains); err != nil {
		return Operation{}, err
	}
	if reason = tidy(reason); reason == "" {
		return Operation{}, InvalidField("reason", "required", "Please say why.")
	}
	return e.journal(ctx, "", nil, "changing locks", func(tx Tx) (Operation, error) {
		d, err := tx.Domain(ctx, domainID)
		if err != nil {
			return Operation{}, err
		}
		statuses, err := lockList(locks)
		if err != nil {
			return Operation{}, err
		}
		if !on && !d.State.Live() {
			return e.forgetLocks(ctx, tx, by, d, statuses, clip(reason, 500))
		}
		if err := mayOwn(d); err != nil {
			return Operation{}, err
		}
		if !on {
			if err := registryUnlocks(d, statuses); err != nil {
				return Operation{}, err
			}
		}
		change := statusChange(statuses, on)
		change.Staff, change.Reason = &by, clip(reason, 500)
		return e.writeLocks(ctx, tx, by, d, change)
	})
}

// forgetLocks lifts staff's locks of a name that has ended: no registry has to be
// told, and its data is no longer kept because of them.
func (e *Engine) forgetLocks(ctx context.Context, tx Tx, by Actor, d Domain, statuses []string, reason string) (Operation, error) {
	was, err := tx.StaffLocks(ctx, d.ID)
	if err != nil {
		return Operation{}, err
	}
	if err := tx.RemoveStaffLocks(ctx, d.ID, statuses); err != nil {
		return Operation{}, err
	}
	op := e.domainOperation(OpUnlock, d, by)
	op.State, op.FinishedAt = OpSucceeded, &op.CreatedAt
	if err := tx.InsertOperation(ctx, op); err != nil {
		return op, err
	}
	return op, tx.InsertAudit(ctx, e.audit(by, "domain.unlock", "domain", d.ID, d.Name, was, StatusSpec{Remove: statuses, Reason: reason}))
}

func statusChange(statuses []string, on bool) StatusSpec {
	if on {
		return StatusSpec{Add: statuses}
	}
	return StatusSpec{Remove: statuses}
}

func lockList(locks []Lock) ([]string, error) {
	var out []string
	for _, l := range locks {
		s := l.Status()
		if s == "" {
			return nil, InvalidField("locks", "bad_lock", "Locks are transfer, update and delete.")
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, InvalidField("locks", "required", "Please say which locks.")
	}
	return out, nil
}

// mayUnlock refuses what is not the customer's to lift.
func (e *Engine) mayUnlock(ctx context.Context, r Reader, d Domain, statuses []string) error {
	staff, err := r.StaffLocks(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, l := range staff {
		if slices.Contains(statuses, l.Status) {
			return Errorf(KindProhibited, "staff_lock", "Our staff have set %s on %s: %s", l.Status, d.UName, l.Reason)
		}
	}
	return registryUnlocks(d, statuses)
}

// registryUnlocks refuses to lift a lock that only the registry holds.
func registryUnlocks(d Domain, statuses []string) error {
	for _, s := range statuses {
		if twin := serverTwin(s); d.HasStatus(s) == "" && d.HasStatus(twin) != "" {
			return Errorf(KindProhibited, "registry_lock", "The registry itself has set %s on %s; only the registry can lift it.", twin, d.UName)
		}
	}
	return nil
}

func (e *Engine) writeLocks(ctx context.Context, tx Tx, by Actor, d Domain, change StatusSpec) (Operation, error) {
	if err := mayChange(d, "serverUpdateProhibited", "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
		return Operation{}, err
	}
	if reg := e.opt.Registries[d.Registry]; reg != nil && len(change.Add) > 0 && reg.Capabilities().NoLocks {
		return Operation{}, Errorf(KindProhibited, "locks_not_offered", "The registry of %s has no locks that a registrar can set.", d.UName)
	}
	op := e.domainOperation(OpLock, d, by)
	if len(change.Remove) > 0 {
		op.Kind = OpUnlock
	}
	b := e.newBatch(op, d.Registry)
	change.Kind, change.Name = updateStatuses, d.Name
	if err := b.addStatusChange(d, change); err != nil {
		return op, err
	}
	return op, e.open(ctx, tx, op, b, "domain."+string(op.Kind)+".ask", d.Statuses, change)
}

// addStatusChange journals a change of statuses. While clientUpdateProhibited
// stands the registry takes no update but the one that lifts it, alone
// (RFC 5731 §2.3): it gets a command of its own, and comes back afterwards.
func (b *batch) addStatusChange(d Domain, change StatusSpec) error {
	if d.HasStatus(statusUpdateLock) == "" {
		return b.add(VerbDomainUpdate, d.Name, false, change)
	}
	rest := change
	rest.Remove = without(change.Remove, []string{statusUpdateLock})
	rest.Add = without(change.Add, []string{statusUpdateLock})
	if len(rest.Add)+len(rest.Remove) == 0 { // only the lock itself is spoken of
		return b.add(VerbDomainUpdate, d.Name, false, change)
	}
	if slices.Contains(change.Remove, statusUpdateLock) {
		lift := change
		lift.Add, lift.Remove = nil, []string{statusUpdateLock}
		if err := b.add(VerbDomainUpdate, d.Name, false, lift); err != nil {
			return err
		}
		return b.add(VerbDomainUpdate, d.Name, false, rest)
	}
	if slices.Contains(change.Add, statusUpdateLock) && change.Staff != nil {
		// The lock stands already; from now on it is a lock of staff's.
		rest.Add = change.Add
	}
	return b.underUpdateLock(d, func() error { return b.add(VerbDomainUpdate, d.Name, false, rest) })
}

// underUpdateLock lifts clientUpdateProhibited around what middle journals.
func (b *batch) underUpdateLock(d Domain, middle func() error) error {
	if d.HasStatus(statusUpdateLock) == "" {
		return middle()
	}
	lift := StatusSpec{Kind: updateStatuses, Name: d.Name, Remove: []string{statusUpdateLock}}
	if err := b.add(VerbDomainUpdate, d.Name, false, lift); err != nil {
		return err
	}
	if err := middle(); err != nil {
		return err
	}
	back := StatusSpec{Kind: updateStatuses, Name: d.Name, Add: []string{statusUpdateLock}}
	return b.add(VerbDomainUpdate, d.Name, false, back)
}

// domainOperation starts an operation on a name that costs nothing.
func (e *Engine) domainOperation(kind OperationKind, d Domain, by Actor) Operation {
	return Operation{
		ID: e.id(PrefixOperation), Kind: kind, CustomerID: d.CustomerID, Domain: d.Name, DomainID: d.ID,
		State: OpRunning, By: by, CreatedAt: e.Now(),
	}
}

// open writes an operation with its commands and the evidence of the wish.
func (e *Engine) open(ctx context.Context, tx Tx, op Operation, b *batch, action string, before, after any) error {
	if err := tx.InsertOperation(ctx, op); err != nil {
		return err
	}
	if err := tx.InsertCommands(ctx, b.commands); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(op.By, action, "domain", op.DomainID, op.Domain, before, after))
}

// journal runs write in a transaction under an idempotency key and wakes the
// workers. A known key returns the operation of the first time.
func (e *Engine) journal(ctx context.Context, scope string, key *KeyRequest, what string, write func(tx Tx) (Operation, error)) (Operation, error) {
	var op Operation
	err := e.inFreshTx(ctx, func(tx Tx) error {
		known, old, err := e.bindKey(ctx, tx, scope, key)
		if err != nil {
			return err
		}
		if known != nil {
			op = *known
			return nil
		}
		if op, err = write(tx); err != nil || key == nil {
			return err
		}
		return e.pointKey(ctx, tx, scope, key, old, op.ID)
	})
	if err != nil {
		return Operation{}, fmt.Errorf("%s: %w", what, err)
	}
	e.notice.publishWork()
	return op, nil
}
