package registrar

import (
	"context"
	"fmt"
	"time"
)

// TransferPolicy holds the rules under which a name may leave, beyond locks: for
// example the 60 days after a registration or a change of registrant.
type TransferPolicy interface {
	// MayLeave returns KindProhibited with the reason when no transfer code may
	// be given out now.
	MayLeave(ctx context.Context, r Reader, d Domain) error
}

// TransferCode is a code on its way to the registry.
type TransferCode struct {
	Operation Operation
	// Code is shown to its asker once, with this answer. It is "" when the
	// request repeats an earlier one: what was shown then is not kept.
	Code Secret
	// Life is how long the code will be good from when the registry has it.
	Life time.Duration
}

// RenewTransferCode makes a fresh code and journals its way to the registry,
// where it replaces any other. It works once the operation has succeeded, and is
// unset there at the end of its life (RFC 9154 §5). Until the registry has it,
// it is kept sealed; afterwards nobody here can read it.
func (e *Engine) RenewTransferCode(ctx context.Context, by Actor, customerID, input string, key *KeyRequest) (TransferCode, error) {
	none := TransferCode{}
	name, err := ParseName(input)
	if err != nil {
		return none, err
	}
	var (
		written string // the operation that carries code
		code    Secret
	)
	op, err := e.journal(ctx, customerID, key, "renewing transfer code", func(tx Tx) (Operation, error) {
		var op Operation
		op, code, err = e.writeCode(ctx, tx, by, customerID, name)
		written = op.ID
		return op, err
	})
	if err != nil {
		return none, err
	}
	out := TransferCode{Operation: op, Life: e.opt.TransferCodeLife}
	if op.ID == written {
		out.Code = code
	}
	return out, nil
}

func (e *Engine) newTransferCode(d Domain) (Secret, error) {
	if e.opt.Seal == nil {
		return "", Errorf(KindUnavailable, "no_sealing_key", "Transfer codes can't be given out here, because no key to seal them with is set up.")
	}
	reg, err := e.registry(d.Registry)
	if err != nil {
		return "", err
	}
	code, err := reg.NewTransferCode()
	if err != nil {
		return "", fmt.Errorf("making a transfer code: %w", err)
	}
	return code, nil
}

func (e *Engine) writeCode(ctx context.Context, tx Tx, by Actor, customerID string, name Name) (Operation, Secret, error) {
	d, err := e.ownedDomain(ctx, tx, customerID, name.A)
	if err != nil {
		return Operation{}, "", err
	}
	if err := e.mayLeave(ctx, tx, d); err != nil {
		return Operation{}, "", err
	}
	code, err := e.newTransferCode(d)
	if err != nil {
		return Operation{}, "", err
	}
	op := e.domainOperation(OpCode, d, by)
	b := e.newBatch(op, d.Registry)
	if err := b.add(VerbDomainUpdate, d.Name, false, CodeSpec{Kind: updateCode, Name: d.Name}); err != nil {
		return op, "", err
	}
	record, err := codeRecord(ctx, tx, d.ID)
	if err != nil {
		return op, "", err
	}
	record.CommandID = b.commands[0].ID
	if record.Sealed, err = e.opt.Seal.Seal(record.Place(), []byte(code.Reveal())); err != nil {
		return op, "", fmt.Errorf("sealing a transfer code: %w", err)
	}
	// The one open transform of the name is claimed first: no other code waits.
	if err := e.open(ctx, tx, op, b, "domain.transfer_code.ask", nil, nil); err != nil {
		return op, "", err
	}
	return op, code, tx.PutCodeRecord(ctx, record)
}

// mayLeave refuses a code for a name that could not be transferred with it.
func (e *Engine) mayLeave(ctx context.Context, r Reader, d Domain) error {
	if err := mayOwn(d); err != nil {
		return err
	}
	if s := d.HasStatus(statusTransferLock, serverTwin(statusTransferLock)); s != "" {
		return Errorf(KindProhibited, "transfer_locked", "%s is locked against transfers (%s); unlock it before you ask for a transfer code.", d.UName, s)
	}
	if err := mayChange(d, statusUpdateLock, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
		return err
	}
	if e.opt.TransferPolicy == nil {
		return nil
	}
	return e.opt.TransferPolicy.MayLeave(ctx, r, d)
}

// codeRecord returns the record of a domain, an empty one when it has none.
func codeRecord(ctx context.Context, r Reader, domainID string) (CodeRecord, error) {
	record, err := r.CodeRecord(ctx, domainID)
	if IsNotFound(err) {
		return CodeRecord{DomainID: domainID}, nil
	}
	return record, err
}

// updateCode sends or unsets the transfer code.
func (x *exchange) updateCode(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[CodeSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	var code Secret
	if !spec.Unset {
		if code, err = x.e.sealedCode(ctx, *x.c); err != nil {
			return effect{}, err
		}
	}
	r, err := reg.UpdateDomain(ctx, x.send(), DomainUpdate{Name: spec.Name, TransferCode: &code})
	return effect{receipt: r}, err
}

// sealedCode opens the code that waits for a command.
func (e *Engine) sealedCode(ctx context.Context, c Command) (Secret, error) {
	record, err := e.store.CodeRecord(ctx, c.DomainID)
	if err != nil && !IsNotFound(err) {
		return "", &NotSentError{Cause: err}
	}
	if err != nil || record.CommandID != c.ID || record.Sealed == "" || e.opt.Seal == nil {
		return "", fmt.Errorf("transfer code of command %s is not there", c.ID)
	}
	plain, err := e.opt.Seal.Open(record.Place(), record.Sealed)
	if err != nil {
		return "", fmt.Errorf("opening the transfer code of command %s: %w", c.ID, err)
	}
	return Secret(plain), nil
}

// codeThere judges whether the registry has the code as wished. No <info> shows
// a code, but one can be offered to it. A registry that agrees to a made-up one,
// too, tells nothing: then setting it once more does no harm.
func (e *Engine) codeThere(ctx context.Context, reg Registry, c Command, info DomainInfo) (bool, error) {
	spec, err := decodeSpec[CodeSpec](c)
	if err != nil {
		return false, err
	}
	if spec.Unset {
		return !info.HasTransferCode, nil
	}
	code, err := e.sealedCode(ctx, c)
	if err != nil {
		return false, err
	}
	right, err := reg.VerifyTransferCode(ctx, spec.Name, code)
	if err != nil || !right {
		return false, wrapRead(err, spec.Name)
	}
	wrong, err := reg.NewTransferCode()
	if err != nil {
		return false, fmt.Errorf("making a transfer code: %w", err)
	}
	agrees, err := reg.VerifyTransferCode(ctx, spec.Name, wrong)
	return !agrees, wrapRead(err, spec.Name)
}

func wrapRead(err error, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("verifying the transfer code of %s: %w", name, err)
}

// applyCode erases the sealed code and remembers until when the one at the
// registry is good.
func (e *Engine) applyCode(ctx context.Context, tx Tx, c Command, d *Domain) error {
	spec, err := decodeSpec[CodeSpec](c)
	if err != nil {
		return err
	}
	if spec.Unset {
		return tx.RemoveCodeRecord(ctx, d.ID)
	}
	until := e.Now().Add(e.opt.TransferCodeLife)
	return tx.PutCodeRecord(ctx, CodeRecord{DomainID: d.ID, ExpiresAt: &until})
}

// eraseCode drops the sealed code of a command that failed. A code that was in
// force before still is.
func (e *Engine) eraseCode(ctx context.Context, tx Tx, c Command) error {
	if c.Verb != VerbDomainUpdate {
		return nil
	}
	kind, err := updateKind(c)
	if err != nil || kind != updateCode {
		return err
	}
	record, err := codeRecord(ctx, tx, c.DomainID)
	if err != nil || record.CommandID != c.ID {
		return err
	}
	if record.ExpiresAt == nil {
		return tx.RemoveCodeRecord(ctx, c.DomainID)
	}
	return tx.PutCodeRecord(ctx, CodeRecord{DomainID: c.DomainID, ExpiresAt: record.ExpiresAt})
}

// codePage is how many ended codes are looked at in one go.
const codePage = 200

// EndTransferCodes journals the unsetting of every code whose life is over. A
// name that is busy, or that the registry has locked, is tried again at the next
// run.
func (e *Engine) EndTransferCodes(ctx context.Context) error {
	page := Page{Limit: codePage}
	for ctx.Err() == nil {
		over, err := e.store.CodesOver(ctx, e.Now(), page)
		if err != nil {
			return fmt.Errorf("listing transfer codes: %w", err)
		}
		for _, r := range over {
			if err := e.endCode(ctx, r); err != nil {
				return err
			}
			page.After = r.DomainID
		}
		if len(over) < codePage {
			return nil
		}
	}
	return ctx.Err()
}

// EndTransferCode journals the unsetting of the transfer code of a name, because
// staff say so: what somebody noted down opens nothing any more.
func (e *Engine) EndTransferCode(ctx context.Context, by Actor, domainID, reason string) (Operation, error) {
	if err := e.staffOrSystem(ctx, by, StaffDomains); err != nil {
		return Operation{}, err
	}
	if reason = tidy(reason); reason == "" {
		return Operation{}, InvalidField("reason", "required", "Please say why.")
	}
	return e.journal(ctx, "", nil, "ending transfer code", func(tx Tx) (Operation, error) {
		d, err := tx.Domain(ctx, domainID)
		if err == nil {
			err = mayOwn(d) // before anything is told about codes that are not ours
		}
		if err != nil {
			return Operation{}, err
		}
		record, err := codeRecord(ctx, tx, d.ID)
		if err == nil && record.ExpiresAt == nil {
			err = Errorf(KindConflict, "no_code", "There is no transfer code of ours in force for %s.", d.UName)
		}
		if err != nil {
			return Operation{}, err
		}
		return e.writeCodeEnd(ctx, tx, by, d, map[string]string{"reason": clip(reason, maxReason)})
	})
}

// writeCodeEnd journals the unsetting of a code.
func (e *Engine) writeCodeEnd(ctx context.Context, tx Tx, by Actor, d Domain, why any) (Operation, error) {
	if err := mayChange(d, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer", "pendingUpdate"); err != nil {
		return Operation{}, err
	}
	op := e.domainOperation(OpCodeEnd, d, by)
	b := e.newBatch(op, d.Registry)
	err := b.underUpdateLock(d, func() error {
		return b.add(VerbDomainUpdate, d.Name, false, CodeSpec{Kind: updateCode, Name: d.Name, Unset: true})
	})
	if err != nil {
		return op, err
	}
	return op, e.open(ctx, tx, op, b, "domain.transfer_code.end", nil, why)
}

func (e *Engine) endCode(ctx context.Context, r CodeRecord) error {
	_, err := e.journal(ctx, "", nil, "ending transfer code", func(tx Tx) (Operation, error) {
		d, err := tx.Domain(ctx, r.DomainID)
		if err != nil {
			return Operation{}, err
		}
		if d.State != DomainActive || mayOwn(d) != nil { // nothing of ours to unset there
			return Operation{}, tx.RemoveCodeRecord(ctx, d.ID)
		}
		return e.writeCodeEnd(ctx, tx, System("transfer-codes"), d, nil)
	})
	switch KindOf(err) {
	case KindConflict, KindProhibited:
		e.log.InfoContext(ctx, "transfer code not unset yet", "domain", r.DomainID, "reason", detailOf(err))
		return nil
	}
	return err
}
