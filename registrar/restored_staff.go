package registrar

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// BeginRestore starts the reconciliation after the database was restored, or
// goes on with the one that is under way. From then on no replica sends
// anything until everything is reconciled or staff release it. No replica may
// run while the database is restored and this is called.
//
// names are those that the registries are known to list as ours from other
// sources (a registry's report, an escrow deposit): EPP can't list names, so
// what was bought after the backup is found by them alone. Names that no
// configured registry serves are refused whole, as KindInvalid.
func (e *Engine) BeginRestore(ctx context.Context, by Actor, names []string) (DatabaseRestore, error) {
	wanted, err := e.namesByRegistry(ctx, names)
	if err != nil {
		return DatabaseRestore{}, err
	}
	run, on, err := e.store.RunningRestore(ctx)
	if err == nil && !on {
		run, err = e.insertRestore(ctx, by)
	}
	if err != nil {
		return run, fmt.Errorf("beginning the reconciliation after a restore: %w", err)
	}
	for registry, list := range wanted {
		if err := e.addRestoreNames(ctx, run, registry, list); err != nil {
			return run, err
		}
	}
	e.log.WarnContext(ctx, "reconciling after a restore: workers, mail and jobs stand still", "restore", run.ID, "names", len(names))
	e.notice.publishWork()
	return run, nil
}

func (e *Engine) namesByRegistry(ctx context.Context, names []string) (map[string][]string, error) {
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]string)
	for _, input := range names {
		name, err := ParseName(input)
		if err != nil {
			return nil, err
		}
		tld, ok := cat.Find(name.A)
		if _, configured := e.opt.Registries[tld.Registry]; !ok || !configured {
			return nil, InvalidField("names", "unknown_ending", "%s belongs to no registry that is configured.", name.U)
		}
		out[tld.Registry] = append(out[tld.Registry], name.A)
	}
	return out, nil
}

func (e *Engine) insertRestore(ctx context.Context, by Actor) (DatabaseRestore, error) {
	run := DatabaseRestore{ID: e.id(PrefixRestore), StartedAt: e.Now()}
	var progress []RestoreProgress
	for name := range e.opt.Registries {
		commands, domains, err := e.store.CountForRestore(ctx, name)
		if err != nil {
			return run, err
		}
		progress = append(progress, RestoreProgress{RestoreID: run.ID, Registry: name, CommandsTotal: commands, DomainsTotal: domains})
	}
	sort.Slice(progress, func(i, j int) bool { return progress[i].Registry < progress[j].Registry })
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertRestore(ctx, run, e.opt.SettleAfter, progress); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "restore.begin", "restore", run.ID, "", nil, map[string]any{"registries": len(progress)}))
	})
	if err != nil {
		return run, err
	}
	run, on, err := e.store.RunningRestore(ctx)
	if err == nil && !on {
		err = Errorf(KindConflict, "restore_ended", "The reconciliation was ended by somebody else.")
	}
	return run, err
}

// nameBatch bounds one transaction.
const nameBatch = 500

func (e *Engine) addRestoreNames(ctx context.Context, run DatabaseRestore, registry string, names []string) error {
	for len(names) > 0 {
		n := min(nameBatch, len(names))
		err := e.store.InTx(ctx, func(tx Tx) error {
			fresh, err := tx.InsertRestoreNames(ctx, run.ID, registry, names[:n])
			if err != nil || fresh == 0 {
				return err
			}
			all, err := tx.RestoreProgress(ctx, run.ID)
			if err != nil {
				return err
			}
			for _, p := range all {
				if p.Registry == registry {
					p.NamesTotal += fresh
					p.NamesAt = nil
					return tx.SaveRestoreProgress(ctx, p)
				}
			}
			return Errorf(KindConflict, "registry_added", "The registry %s was not configured when the reconciliation began.", registry)
		})
		if err != nil {
			return fmt.Errorf("adding names to look for: %w", err)
		}
		names = names[n:]
	}
	return nil
}

// endRestore releases everything once each registry is done.
func (e *Engine) endRestore(ctx context.Context, run DatabaseRestore) error {
	all, err := e.store.RestoreProgress(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("reading restore progress: %w", err)
	}
	for _, p := range all {
		if !p.Done() {
			return nil
		}
	}
	return e.releaseRestore(ctx, System("restore"), run, "Everything is reconciled.")
}

// ReleaseRestore ends the reconciliation before everything is looked at: what
// was not compared is acted on as the backup has it. Names with open findings
// stay held.
func (e *Engine) ReleaseRestore(ctx context.Context, by Actor, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffRestore); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	run, on, err := e.store.RunningRestore(ctx)
	if err != nil {
		return fmt.Errorf("looking for a running restore: %w", err)
	}
	if !on {
		return Errorf(KindConflict, "not_restoring", "No reconciliation is under way.")
	}
	return e.releaseRestore(ctx, by, run, reason)
}

func (e *Engine) releaseRestore(ctx context.Context, by Actor, run DatabaseRestore, reason string) error {
	now := e.Now()
	run.EndedAt, run.EndedBy, run.Reason = &now, by.ID, clip(reason, 500)
	ended := false
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if ended, err = tx.EndRestore(ctx, run); err != nil || !ended {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "restore.release", "restore", run.ID, "", nil, map[string]any{"reason": run.Reason}))
	})
	if err != nil {
		return fmt.Errorf("ending the reconciliation after a restore: %w", err)
	}
	if !ended {
		return nil // by somebody else, a moment ago
	}
	e.log.WarnContext(ctx, "released after a restore", "restore", run.ID, "by", by.ID, "took", now.Sub(run.StartedAt).Round(time.Second).String())
	e.notice.publishWork()
	return nil
}

// ReleaseFinding lets a name go after staff have looked: from then on commands
// for it are sent, and the registry's own view of it is read and taken over.
func (e *Engine) ReleaseFinding(ctx context.Context, by Actor, id, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	f, err := e.store.RestoreFinding(ctx, id)
	if err != nil {
		return err
	}
	now := e.Now()
	err = e.inFreshTx(ctx, func(tx Tx) error {
		f.State, f.EndedAt, f.EndedBy, f.Reason = FindingReleased, &now, by.ID, clip(reason, 500)
		ok, err := tx.EndRestoreFinding(ctx, f)
		if err != nil {
			return err
		}
		if !ok {
			return Errorf(KindConflict, "already_released", "This difference was released before.")
		}
		if err := e.rereadReleased(ctx, tx, f); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "restore.release_name", "restore_finding", f.ID, f.Object,
			map[string]any{"kind": f.Kind, "detail": f.Detail}, map[string]any{"reason": f.Reason}))
	})
	if err != nil {
		return fmt.Errorf("releasing a name after a restore: %w", err)
	}
	e.notice.publishWork()
	return nil
}

func (e *Engine) rereadReleased(ctx context.Context, tx Tx, f RestoreFinding) error {
	if f.DomainID == "" {
		return nil
	}
	d, err := tx.Domain(ctx, f.DomainID)
	if err != nil || d.State != DomainActive || d.NeedsInfo {
		return err
	}
	d.NeedsInfo = true
	return tx.UpdateDomain(ctx, d)
}
