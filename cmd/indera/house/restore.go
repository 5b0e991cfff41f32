package house

import (
	"context"
	"errors"
	"fmt"

	"github.com/indera/indera/registrar"
)

// beginRestore stops everything that acts on the outside until the restored
// database is reconciled. It runs before anything works or is served.
func (h *house) beginRestore(ctx context.Context) error {
	if !h.opt.AfterRestore {
		return nil
	}
	return h.untilThere(ctx, "beginning the reconciliation after a restore", func(ctx context.Context) error {
		_, err := h.engine.BeginRestore(ctx, registrar.System("serve --after-restore"), h.opt.RestoredNames)
		return err
	})
}

// probeRestore tells on the health page how far the reconciliation is. It is no
// reason to restart or to take the process out of a balancer.
func (h *house) probeRestore(ctx context.Context) error {
	if err := h.started(); err != nil {
		return nil //nolint:nilerr // the part "start" tells it
	}
	run, on, err := h.store.RunningRestore(ctx)
	if err != nil {
		return err
	}
	open, err := h.store.CountRestoreFindings(ctx, registrar.FindingOpen)
	if err != nil {
		return err
	}
	held := ""
	if open > 0 {
		held = fmt.Sprintf("%d differences hold names until staff release them", open)
	}
	if !on {
		if open > 0 {
			return errors.New(held)
		}
		return nil
	}
	all, err := h.store.RestoreProgress(ctx, run.ID)
	if err != nil {
		return err
	}
	text := "reconciling after a restore:"
	for _, p := range all {
		text += fmt.Sprintf(" %s %d of %d commands, %d of %d names, %d of %d names looked for;",
			p.Registry, p.CommandsChecked, p.CommandsTotal, p.DomainsChecked, p.DomainsTotal, p.NamesChecked, p.NamesTotal)
	}
	return errors.New(text + " " + held)
}
