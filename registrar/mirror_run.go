package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	mirrorLease  = 2 * time.Minute  // of the process that imports; renewed with each page
	mirrorPage   = 500              // rows read or applied in one transaction
	mirrorWithin = 60 * time.Second // for one page of the billing system
	// mirrorResume is how old a run that was cut off may be: an older one is
	// abandoned, because what it has read is stale.
	mirrorResume = 6 * time.Hour
)

// MirrorOptions say how to import. Zero values take the defaults given here.
type MirrorOptions struct {
	// DryRun reads everything and works out what would change, but writes to
	// nothing except the mirror's own tables.
	DryRun bool
	// Brake bounds how many of the names held here may be dropped by one run; 2 %,
	// and 50 in any case.
	Brake BrakeLimit
	// Page is how many rows are read and applied at a time; 500.
	Page int
	// Progress is called after each page. May be nil.
	Progress func(MirrorRun)
}

// Mirror returns the billing system whose import was stopped, "" when the brake is
// a policy's. Notices then counts the names that would be marked as gone.
func (b Brake) Mirror() string {
	system, ok := strings.CutPrefix(b.Policy, "mirror/")
	if !ok {
		return ""
	}
	return system
}

// Mirrors lists the billing systems that names are mirrored from.
func (e *Engine) Mirrors() []string { return e.opt.Mirrors }

// MirrorReport is what an import did, and how many rows had which flaw as far as
// this process has seen them.
type MirrorReport struct {
	Run   MirrorRun
	Flaws map[FlawKind]int
}

// errMirrorTaken says that another process has taken the run over.
var errMirrorTaken = Errorf(KindConflict, "import_taken", "Another process has taken this import over.")

// ImportMirror reads all customers and domains of a billing system and makes
// ours equal: it creates, changes, and marks what is gone there, but deletes
// nothing. What can't be taken goes to the worklist. It may be run again at any
// time: what is equal is left alone, and what was cut off goes on where it stood.
//
// Errors: KindConflict "import_running" while another process imports from this
// system and "brake_engaged" while a run waits for release by staff; what the
// billing system's plugin reports.
func (e *Engine) ImportMirror(ctx context.Context, by Actor, system BillingSystem, opt MirrorOptions) (MirrorReport, error) {
	if opt.Page <= 0 || opt.Page > mirrorPage {
		opt.Page = mirrorPage
	}
	name := "mirror/" + system.System()
	token, ok, err := e.store.TryLease(ctx, name, e.opt.Holder, mirrorLease)
	if err != nil {
		return MirrorReport{}, fmt.Errorf("taking the import's lease: %w", err)
	}
	if !ok {
		return MirrorReport{}, Errorf(KindConflict, "import_running", "Another process is importing from %s.", SystemTitle(system.System()))
	}
	i := &importer{e: e, by: by, system: system, opt: opt, lease: name, token: token, flaws: map[FlawKind]int{}}
	err = i.run(ctx)
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if releaseErr := e.store.ReleaseLease(done, name, token); err == nil {
		err = releaseErr
	}
	if err != nil {
		return MirrorReport{i.at, i.flaws}, fmt.Errorf("importing from %s: %w", system.System(), err)
	}
	return MirrorReport{i.at, i.flaws}, nil
}

// importer is one process's part of a run.
type importer struct {
	e      *Engine
	by     Actor
	system BillingSystem
	opt    MirrorOptions
	lease  string
	token  string
	at     MirrorRun
	flaws  map[FlawKind]int
	cat    *Catalogue
}

func (i *importer) run(ctx context.Context) error {
	if _, err := i.e.store.EngagedBrake(ctx, i.lease); err == nil {
		return Errorf(KindConflict, "brake_engaged", "An import would have dropped too many names and waits for release by staff.")
	} else if !IsNotFound(err) {
		return fmt.Errorf("reading the brake: %w", err)
	}
	var err error
	if i.cat, err = i.e.Catalogue(ctx); err != nil {
		return err
	}
	if err := i.begin(ctx); err != nil {
		return err
	}
	for i.at.Phase != PhaseEnded {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := i.keepLease(ctx); err != nil {
			return err
		}
		if err := i.step(ctx); err != nil {
			return i.failed(ctx, err)
		}
		if i.opt.Progress != nil {
			i.opt.Progress(i.at)
		}
	}
	return nil
}

func (i *importer) keepLease(ctx context.Context) error {
	ok, err := i.e.store.RenewLease(ctx, i.lease, i.token, mirrorLease)
	if err != nil {
		return fmt.Errorf("keeping the import's lease: %w", err)
	}
	if !ok {
		return errMirrorTaken
	}
	return nil
}

// begin takes a run that was cut off, or starts a new one.
func (i *importer) begin(ctx context.Context) error {
	version, err := i.probe(ctx)
	if err != nil {
		return i.couldNotBegin(ctx, err)
	}
	old, ok, err := i.e.store.RunningMirror(ctx, i.system.System())
	if err != nil {
		return fmt.Errorf("reading the run: %w", err)
	}
	if ok && old.Dry == i.opt.DryRun && old.Version == version && i.e.Now().Sub(old.StartedAt) < mirrorResume {
		i.at = old
		i.at.Token = i.token
		return i.e.store.InTx(ctx, func(tx Tx) error {
			taken, err := tx.TakeMirrorRun(ctx, old.ID, i.token)
			if err == nil && !taken {
				err = errMirrorTaken
			}
			return err
		})
	}
	i.at = MirrorRun{ID: i.e.id(PrefixMirrorRun), System: i.system.System(), Token: i.token, Version: version, Dry: i.opt.DryRun,
		Phase: PhaseReadCustomers, Outcome: MirrorRunning, StartedBy: i.by.ID, StartedAt: i.e.Now()}
	return i.e.store.InTx(ctx, func(tx Tx) error {
		if ok {
			if err := i.abandon(ctx, tx, old); err != nil {
				return err
			}
		}
		return tx.InsertMirrorRun(ctx, i.at)
	})
}

func (i *importer) abandon(ctx context.Context, tx Tx, old MirrorRun) error {
	now := i.e.Now()
	taken, err := tx.TakeMirrorRun(ctx, old.ID, i.token)
	if err != nil || !taken {
		return err
	}
	old.Token, old.Phase, old.Outcome, old.EndedAt = i.token, PhaseEnded, MirrorAbandoned, &now
	_, err = tx.SaveMirrorRun(ctx, old)
	return err
}

func (i *importer) probe(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mirrorWithin)
	defer cancel()
	return i.system.Probe(ctx)
}

// couldNotBegin keeps that a run failed before it read anything. A run that was
// cut off stays as it is, for the next try.
func (i *importer) couldNotBegin(ctx context.Context, cause error) error {
	_, open, err := i.e.store.RunningMirror(ctx, i.system.System())
	if err != nil || open || ctx.Err() != nil {
		return cause
	}
	now := i.e.Now()
	i.at = MirrorRun{ID: i.e.id(PrefixMirrorRun), System: i.system.System(), Dry: i.opt.DryRun, Phase: PhaseEnded, Outcome: MirrorFailed,
		Problem: clip(detailOf(cause), 400), StartedBy: i.by.ID, StartedAt: now, EndedAt: &now}
	if err := i.e.store.InTx(ctx, func(tx Tx) error { return tx.InsertMirrorRun(ctx, i.at) }); err != nil {
		return errors.Join(cause, fmt.Errorf("keeping that the import failed: %w", err))
	}
	return cause
}

// failed notes why a run stands still; it goes on with the next try.
func (i *importer) failed(ctx context.Context, cause error) error {
	if errors.Is(cause, errMirrorTaken) || ctx.Err() != nil {
		return cause
	}
	next := i.at
	next.Problem = clip(detailOf(cause), 400)
	err := i.e.store.InTx(ctx, func(tx Tx) error {
		_, err := tx.SaveMirrorRun(ctx, next)
		return err
	})
	if err != nil {
		return errors.Join(cause, fmt.Errorf("keeping why the import stands still: %w", err))
	}
	i.at = next
	return cause
}

// step does one page of the current phase.
func (i *importer) step(ctx context.Context) error {
	switch i.at.Phase {
	case PhaseReadCustomers:
		return i.readCustomers(ctx)
	case PhaseReadDomains:
		return i.readDomains(ctx)
	case PhaseApplyCustomers:
		return i.applyCustomers(ctx)
	case PhaseApplyDomains:
		return i.applyDomains(ctx)
	}
	return fmt.Errorf("run %s has the unknown phase %q", i.at.ID, i.at.Phase)
}

// save writes a page and how far the run is, in one transaction. The run comes
// first: a process that lost it learns that, and not what its rows collide with.
func (i *importer) save(ctx context.Context, next MirrorRun, b MirrorBatch) error {
	next.Problem = ""
	err := i.e.store.InTx(ctx, func(tx Tx) error {
		if err := own(ctx, tx, next); err != nil {
			return err
		}
		return tx.WriteMirror(ctx, b)
	})
	if err != nil {
		return err
	}
	i.at = next
	return nil
}

// own writes the run, which fails when another process has taken it.
func own(ctx context.Context, tx Tx, r MirrorRun) error {
	ok, err := tx.SaveMirrorRun(ctx, r)
	if err == nil && !ok {
		err = errMirrorTaken
	}
	return err
}

// allRead decides between reading and applying: the brake.
func (i *importer) allRead(ctx context.Context, next MirrorRun) error {
	next.Phase, next.After = PhaseApplyCustomers, ""
	if next.Dry {
		return i.save(ctx, next, MirrorBatch{})
	}
	held, dropped, err := i.e.store.CountMirror(ctx, next.System, MirrorDomains, next.ID)
	if err != nil {
		return fmt.Errorf("counting what would be dropped: %w", err)
	}
	limit := i.opt.Brake.orDefault()
	passes := max(limit.Floor, int(limit.Share*float64(held)))
	if dropped > passes {
		allowed, err := i.released(ctx)
		if err != nil {
			return err
		}
		if dropped > allowed {
			return i.brake(ctx, next, held, dropped, passes)
		}
	}
	return i.save(ctx, next, MirrorBatch{})
}

// released returns how many names staff have let the next run drop.
func (i *importer) released(ctx context.Context) (int, error) {
	runs, err := i.e.store.MirrorRuns(ctx, i.at.System, Page{Limit: 100})
	if err != nil {
		return 0, fmt.Errorf("reading the runs before: %w", err)
	}
	for _, r := range runs {
		if r.Dry || (r.Outcome != MirrorDone && r.Outcome != MirrorBraked) {
			continue
		}
		if r.Outcome == MirrorDone {
			return 0, nil
		}
		b, err := i.e.store.Brake(ctx, r.BrakeID)
		if err != nil {
			return 0, fmt.Errorf("reading the brake: %w", err)
		}
		if b.ReleasedAt == nil {
			return 0, nil
		}
		return b.Notices, nil
	}
	return 0, nil
}

// brake ends the run before anything was changed and asks staff, both or
// neither: a run that waits for a brake which nobody sees could never be released.
func (i *importer) brake(ctx context.Context, run MirrorRun, held, dropped, passes int) error {
	now := i.e.Now()
	b := Brake{ID: i.e.id(PrefixBrake), Policy: i.lease, Notices: dropped, Names: held, Limit: passes, EngagedAt: now}
	run.Phase, run.Outcome, run.BrakeID, run.Gone, run.EndedAt, run.Problem = PhaseEnded, MirrorBraked, b.ID, dropped, &now, ""
	err := i.e.store.InTx(ctx, func(tx Tx) error {
		if err := own(ctx, tx, run); err != nil {
			return err
		}
		return i.e.engageIn(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	i.at = run
	i.e.engaged(ctx, b)
	return nil
}

// end closes the run with its evidence.
func (i *importer) end(ctx context.Context, next MirrorRun, b MirrorBatch) error {
	now := i.e.Now()
	next.Phase, next.Outcome, next.After, next.EndedAt, next.Problem = PhaseEnded, MirrorDone, "", &now, ""
	if next.Dry {
		next.Outcome = MirrorPlanned
		for _, n := range i.flaws {
			next.Flaws += n
		}
		return i.save(ctx, next, MirrorBatch{})
	}
	err := i.e.store.InTx(ctx, func(tx Tx) error {
		if err := own(ctx, tx, i.at); err != nil {
			return err
		}
		if err := tx.WriteMirror(ctx, b); err != nil {
			return err
		}
		open, err := tx.CountMirrorIssues(ctx, next.System, IssueOpen)
		if err != nil {
			return err
		}
		next.Flaws = open[""]
		if err := own(ctx, tx, next); err != nil {
			return err
		}
		told := next
		told.Token = ""
		return tx.InsertAudit(ctx, i.e.audit(i.by, "mirror.import", "mirror_run", next.ID, next.System, nil, told))
	})
	if err != nil {
		return err
	}
	i.at = next
	return nil
}
