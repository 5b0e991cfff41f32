package registrar

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ByHand is a command with an effect that a person sends to a registry past the
// journal, from a console.
type ByHand struct {
	Registry string
	Verb     string // "domain:delete", "poll"
	Op       string // of a transfer or poll
	Object   string // as sent; several are joined by a comma
	ClTRID   string
	Reason   string // the person's, 1-500 characters
	Request  string // XML, secrets masked
	Message  string // XML, secrets masked; what an acknowledgement takes off the queue
}

// ByHandOutcome is what became of it.
type ByHandOutcome struct {
	Code   int // 0: no reply came
	SvTRID string
	Error  string // why no reply came, "" else
}

// BeginByHand is called before the first byte leaves: it refuses what the engine
// must not be passed over for, and records who sends what and why. Errors:
// KindForbidden, KindInvalid for the reason, KindProhibited for a name of
// another owner system, KindConflict while the engine itself is at the name or
// reconciles after a restore.
func (e *Engine) BeginByHand(ctx context.Context, by Actor, h ByHand) error {
	if err := e.staffOrSystem(ctx, by, StaffConsoleWrite); err != nil {
		return err
	}
	if err := CheckReason(h.Reason); err != nil {
		return err
	}
	if restoring, err := e.Restoring(ctx); err != nil {
		return fmt.Errorf("looking for a restore: %w", err)
	} else if restoring {
		return Errorf(KindConflict, "restoring", "The database is being reconciled after a restore; nothing is sent by hand before its end.")
	}
	if h.Verb == "poll" {
		if elsewhere, err := e.store.ServedElsewhere(ctx, h.Registry); err != nil {
			return fmt.Errorf("looking whose queue it is: %w", err)
		} else if elsewhere {
			return Errorf(KindProhibited, CodeOtherOwner, "Another owner system reads the message queue of %s; nothing is acknowledged here.", h.Registry)
		}
	}
	return e.store.InTx(ctx, func(tx Tx) error {
		for _, name := range h.domains() {
			if err := e.freeForHand(ctx, tx, name); err != nil {
				return err
			}
		}
		return e.auditByHand(ctx, tx, by, h, "registry.by_hand", map[string]any{
			"registry": h.Registry, "command": h.what(), "object": h.Object, "cltrid": h.ClTRID, "reason": strings.TrimSpace(h.Reason),
			"request": h.Request, "message": h.Message,
		})
	})
}

// CheckReason refuses a reason that says nothing or too much. Error: KindInvalid.
func CheckReason(reason string) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(reason)); {
	case n == 0:
		return InvalidField("reason", "required", "Please say why.")
	case n > maxReason:
		return InvalidField("reason", "too_long", "Please use at most %d characters.", maxReason)
	}
	return nil
}

// freeForHand refuses names that another system owns or that the engine is at.
func (e *Engine) freeForHand(ctx context.Context, r Reader, name string) error {
	d, err := r.DomainByName(ctx, name)
	if IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the domain: %w", err)
	}
	if err := mayOwn(d); err != nil {
		return err
	}
	for _, state := range []CommandState{CommandWaiting, CommandQueued, CommandSent, CommandNeedsReview} {
		open, err := r.Commands(ctx, CommandFilter{DomainID: d.ID, States: []CommandState{state}}, Page{Limit: 1})
		if err != nil {
			return fmt.Errorf("looking for open commands: %w", err)
		}
		if len(open) > 0 {
			return Errorf(KindConflict, "operation_open", "%s has an open command (%s); let it end before you act by hand.", d.UName, open[0].ID)
		}
	}
	return nil
}

// EndByHand records what became of a command that BeginByHand let through, and
// has the registry's own view read where it was about a name of ours.
func (e *Engine) EndByHand(ctx context.Context, by Actor, h ByHand, out ByHandOutcome) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		for _, name := range h.domains() {
			d, err := tx.DomainByName(ctx, name)
			if IsNotFound(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("reading the domain: %w", err)
			}
			if d.State != DomainActive || d.NeedsInfo {
				continue
			}
			d.NeedsInfo = true
			if err := tx.UpdateDomain(ctx, d); err != nil {
				return fmt.Errorf("marking the domain: %w", err)
			}
		}
		return e.auditByHand(ctx, tx, by, h, "registry.by_hand_result", map[string]any{
			"registry": h.Registry, "command": h.what(), "object": h.Object, "cltrid": h.ClTRID, "code": out.Code, "svtrid": out.SvTRID, "error": out.Error,
		})
	})
}

// auditByHand files the event with the domain where it is about one we know,
// else with the registry.
func (e *Engine) auditByHand(ctx context.Context, tx Tx, by Actor, h ByHand, action string, after any) error {
	kind, id, name := "registry", h.Registry, ""
	if names := h.domains(); len(names) == 1 {
		d, err := tx.DomainByName(ctx, names[0])
		if err != nil && !IsNotFound(err) {
			return fmt.Errorf("reading the domain: %w", err)
		}
		if err == nil {
			kind, id, name = "domain", d.ID, d.Name
		}
	}
	return tx.InsertAudit(ctx, e.audit(by, action, kind, id, name, nil, after))
}

func (h ByHand) what() string { return strings.TrimSpace(h.Verb + " " + h.Op) }

// domains are the names that the command is about.
func (h ByHand) domains() []string {
	kind, _, _ := strings.Cut(h.Verb, ":")
	if kind != "domain" || h.Object == "" {
		return nil
	}
	return strings.Split(strings.ToLower(h.Object), ",")
}
