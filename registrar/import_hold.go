package registrar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	importLease = "import"
	// importTTL is how long a process that was killed keeps the next one out; one
	// that lives renews it three times as often.
	importTTL = 30 * time.Second
	// maxImportDetail bounds what is kept of a finding, in characters.
	maxImportDetail = 2000
)

// errImportTaken says that this process stood still for so long that another one
// may be importing by now.
var errImportTaken = Errorf(KindConflict, "import_taken", "This import lost its lease; another one may be under way. The same command goes on where it stopped.")

// HoldImport carries work out while nobody else can bring in a file: two at once
// would make the same customers and contacts twice, or refuse each other's rows.
// work gets the token that each of its transactions must show; its context ends
// when the lease is lost. KindConflict "import_running" when another process has
// the lease, or had it until it was killed moments ago.
func (e *Engine) HoldImport(ctx context.Context, work func(ctx context.Context, lease string) error) error {
	token, ok, err := e.store.TryLease(ctx, importLease, e.opt.Holder, importTTL)
	if err != nil {
		return fmt.Errorf("taking the import's lease: %w", err)
	}
	if !ok {
		return e.importRunning(ctx)
	}
	held, lose := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.keepImport(held, token, lose)
	}()
	err = work(held, token)
	if lost := context.Cause(held); err != nil && lost != nil && ctx.Err() == nil {
		err = lost
	}
	lose(nil)
	<-ended
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if released := e.store.ReleaseLease(done, importLease, token); err == nil && released != nil {
		err = fmt.Errorf("giving the import's lease back: %w", released)
	}
	return err
}

// keepImport renews the lease while rows are read and registries are asked; each
// batch renews it, too. A renewal that fails is tried again while the lease lasts.
func (e *Engine) keepImport(ctx context.Context, token string, lose context.CancelCauseFunc) {
	beat := time.NewTicker(importTTL / 3)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			within, cancel := context.WithTimeout(ctx, importTTL/3)
			ok, err := e.store.RenewLease(within, importLease, token, importTTL)
			cancel()
			if err == nil && !ok {
				lose(errImportTaken)
				return
			}
		}
	}
}

// ImportRunning reports whether a file is being brought in now, or was until a
// process was killed moments ago.
func (e *Engine) ImportRunning(ctx context.Context) (bool, error) {
	held, err := e.store.LeaseHeld(ctx, importLease)
	if err != nil {
		return false, fmt.Errorf("looking for a running import: %w", err)
	}
	return held, nil
}

// importRunning tells which import is in the way.
func (e *Engine) importRunning(ctx context.Context) error {
	runs, err := e.store.ImportRuns(ctx, Page{Limit: 1})
	if err != nil {
		return fmt.Errorf("reading the import that is under way: %w", err)
	}
	which := ""
	if len(runs) == 1 && runs[0].EndedAt == nil {
		which = fmt.Sprintf(": %s, begun %s", runs[0].File, runs[0].StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return Errorf(KindConflict, "import_running", "Another import is under way%s. Wait until it has ended; one that was killed frees its place within %d seconds.",
		which, int(importTTL.Seconds()))
}

// fenceImport ends a transaction of a process that no longer holds the lease.
func fenceImport(ctx context.Context, tx Tx, run ImportRun) error {
	ok, err := tx.HoldLease(ctx, importLease, run.Lease, importTTL)
	if err == nil && !ok {
		err = errImportTaken
	}
	return err
}

// ImportNoted is a finding of a row that was taken, as it is kept.
type ImportNoted struct {
	Line int
	ImportFinding
}

// RecallImport adds to rows that are here already what was found when they came
// in from the file with this digest. So the report of a run that goes on where
// another was killed is whole, even if that one could not write its own.
func (e *Engine) RecallImport(ctx context.Context, digest string, plans []*ImportPlan) error {
	at, fresh := make(map[int]*ImportPlan), make(map[int][]ImportFinding)
	first, last := 0, 0
	for _, p := range plans {
		if p.Action != ImportSame {
			continue
		}
		at[p.Row.Line], fresh[p.Row.Line] = p, p.Findings
		if first == 0 {
			first = p.Row.Line
		}
		last = p.Row.Line
	}
	if len(at) == 0 {
		return nil
	}
	noted, err := e.store.ImportFindings(ctx, digest, first, last)
	if err != nil {
		return fmt.Errorf("reading what was found before: %w", err)
	}
	for _, n := range noted {
		p := at[n.Line]
		if p == nil || slices.ContainsFunc(fresh[n.Line], func(f ImportFinding) bool { return f.Column == n.Column && f.Code == n.Code }) {
			continue
		}
		p.Findings = append(p.Findings, n.ImportFinding)
	}
	return nil
}

// keepFindings writes down what differs in rows that are taken now, in place of
// what was found about them before.
func keepFindings(ctx context.Context, tx Tx, digest string, done []ImportPlan) error {
	var lines []int
	var noted []ImportNoted
	for _, p := range done {
		if p.Action == ImportRefuse || p.Action == ImportSame {
			continue
		}
		lines = append(lines, p.Row.Line)
		for _, f := range p.Findings {
			f.Detail = clip(f.Detail, maxImportDetail-1)
			noted = append(noted, ImportNoted{p.Row.Line, f})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return tx.WriteImportFindings(ctx, digest, lines, noted)
}

// lostImport reports whether the process may no longer write.
func lostImport(err error) bool { return errors.Is(err, errImportTaken) }
