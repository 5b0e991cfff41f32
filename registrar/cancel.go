package registrar

import (
	"context"
	"errors"
	"fmt"
)

// CancelCommand ends a command that was not sent, or is proved not to have been
// carried out, and waits for its next try: of a registry that stays away, say,
// or is no longer connected. The rest of its operation is cancelled and the
// money goes back. A worker that is about to send it finds that it may not.
func (e *Engine) CancelCommand(ctx context.Context, by Actor, id, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	c, err := e.store.Command(ctx, id)
	if err != nil {
		return err
	}
	if c.State != CommandQueued {
		return Errorf(KindConflict, "not_queued", "Only a command that is queued can be cancelled; this one is %s.", c.State)
	}
	evidence := func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "command.cancel", "command", c.ID, c.Object,
			map[string]any{"state": c.State, "attempt": c.Attempt}, map[string]any{"state": CommandFailed, "reason": reason}))
	}
	cancelled := c
	cancelled.Lease.Token = "" // whoever holds it: the state alone decides
	err = e.settleFailed(ctx, &cancelled, CommandQueued, failure{"cancelled_by_staff", "Our staff cancelled this before it was carried out."}, evidence)
	if errors.Is(err, errLeaseLost) {
		return Errorf(KindConflict, "state_changed", "The command has moved on meanwhile.")
	}
	if err != nil {
		return fmt.Errorf("cancelling command: %w", err)
	}
	e.notice.publishWork() // others may have waited behind it
	return nil
}
