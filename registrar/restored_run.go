package registrar

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// restoreWork is what a desk remembers of the run it works on; everything that
// must outlive the process is in RestoreProgress.
type restoreWork struct {
	runID   string
	token   string // of the lease that lets one replica work for a registry
	settled map[string]bool
	absent  map[string]int // proofs of absence after the settling time
	pace    pacer
	toldAt  time.Time // monotonic: progress in the log
}

// pacer spaces calls: the command budget.
type pacer struct {
	mu    sync.Mutex
	every time.Duration
	next  time.Time // monotonic
}

// wait returns when it is the caller's turn, or ctx's error.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	turn := p.next
	p.next = p.next.Add(p.every)
	p.mu.Unlock()
	timer := time.NewTimer(time.Until(turn))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Restoring reports whether a reconciliation after a restore is under way:
// nothing may act on the outside then.
func (e *Engine) Restoring(ctx context.Context) (bool, error) {
	_, on, err := e.store.RunningRestore(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for a running restore: %w", err)
	}
	return on, nil
}

// restorePause is between two looks at what another replica does or at
// something that is not decided yet.
const restorePause = time.Second

// restored does one small part of the run for this registry, instead of work.
// It returns how long to wait before the next part.
func (d *desk) restored(ctx context.Context, run DatabaseRestore) (time.Duration, error) {
	mine, err := d.holdRestore(ctx, run)
	if err != nil || !mine {
		return restorePause, err
	}
	p, err := d.restoreProgress(ctx, run)
	if err != nil {
		return restorePause, err
	}
	pause := time.Duration(0)
	switch {
	case p.CommandsAt == nil:
		pause, err = d.restoredCommands(ctx, run, &p)
	case p.DomainsAt == nil:
		err = d.restoredDomains(ctx, &p)
	case p.NamesAt == nil:
		err = d.restoredNames(ctx, &p)
	default:
		pause, err = restorePause, d.e.endRestore(ctx, run)
	}
	d.tellRestore(ctx, p, err)
	if err != nil {
		return restorePause, err
	}
	return pause, nil
}

// holdRestore takes or keeps the lease for this registry. It outlives the
// longest part: a batch of exchanges and its commit.
func (d *desk) holdRestore(ctx context.Context, run DatabaseRestore) (bool, error) {
	name, ttl := "restore/"+d.name, 2*d.e.opt.ExchangeTimeout+d.e.opt.LeaseMargin
	if w := d.after; w != nil && w.runID == run.ID {
		ok, err := d.e.store.RenewLease(ctx, name, w.token, ttl)
		if err != nil {
			return false, fmt.Errorf("keeping the restore lease: %w", err)
		}
		if ok {
			return true, nil
		}
	}
	d.after = nil
	token, ok, err := d.e.store.TryLease(ctx, name, d.e.opt.Holder, ttl)
	if err != nil || !ok {
		return false, err
	}
	d.after = &restoreWork{runID: run.ID, token: token, settled: map[string]bool{}, absent: map[string]int{},
		pace: pacer{every: time.Duration(float64(time.Second) / d.e.opt.RestoreRate)}}
	return true, nil
}

func (d *desk) restoreProgress(ctx context.Context, run DatabaseRestore) (RestoreProgress, error) {
	all, err := d.e.store.RestoreProgress(ctx, run.ID)
	if err != nil {
		return RestoreProgress{}, fmt.Errorf("reading restore progress: %w", err)
	}
	for _, p := range all {
		if p.Registry == d.name {
			return p, nil
		}
	}
	now := d.e.Now() // a registry that was configured later: nothing of it is in the backup
	return RestoreProgress{RestoreID: run.ID, Registry: d.name, CommandsAt: &now, DomainsAt: &now, NamesAt: &now}, nil
}

// tellRestore logs progress now and then, and the end of each registry.
func (d *desk) tellRestore(ctx context.Context, p RestoreProgress, err error) {
	if d.after == nil || !p.Done() && time.Since(d.after.toldAt) < 10*time.Second {
		return
	}
	if p.Done() && d.after.toldAt.IsZero() {
		return
	}
	d.after.toldAt = time.Now()
	if p.Done() {
		d.after.toldAt = time.Time{}
	}
	d.e.log.InfoContext(ctx, "reconciling after a restore", "registry", d.name, "done", p.Done(), "failing", err != nil,
		"commands", p.CommandsChecked, "commands_total", p.CommandsTotal, "domains", p.DomainsChecked, "domains_total", p.DomainsTotal,
		"names", p.NamesChecked, "names_total", p.NamesTotal)
}

// saveRestore writes progress and findings together.
func (e *Engine) saveRestore(ctx context.Context, p RestoreProgress, findings []RestoreFinding, also func(Tx) error) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		for _, f := range findings {
			if _, err := tx.InsertRestoreFinding(ctx, f); err != nil {
				return err
			}
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.SaveRestoreProgress(ctx, p)
	})
	if err != nil {
		return fmt.Errorf("saving restore progress: %w", err)
	}
	for _, f := range findings {
		e.log.WarnContext(ctx, "registry and restored database disagree", "registry", f.Registry, "object", f.Object, "kind", f.Kind, "domain_id", f.DomainID, "command", f.CommandID)
	}
	return nil
}

func (e *Engine) finding(p RestoreProgress, kind FindingKind, object, domainID, commandID, detail string) RestoreFinding {
	return RestoreFinding{ID: e.id(PrefixFinding), RestoreID: p.RestoreID, Kind: kind, State: FindingOpen, Registry: p.Registry, Object: object,
		DomainID: domainID, CommandID: commandID, Detail: clip(detail, 2000), FoundAt: e.Now()}
}

// restoredCommands decides open commands of before the run, each by <info>.
// Those that need review are left to the staff who see them anyway: they are
// not sent, and trying one again judges it by <info>.
func (d *desk) restoredCommands(ctx context.Context, run DatabaseRestore, p *RestoreProgress) (time.Duration, error) {
	left, err := d.judgeAll(ctx, run, p, CommandSent, CommandQueued)
	if err == nil && left == 0 {
		// Those that wait for an earlier command of their operation come last: what
		// came of the earlier ones may have moved them on.
		left, err = d.judgeAll(ctx, run, p, CommandWaiting)
	}
	if d.after == nil {
		return restorePause, err // another replica has this registry now
	}
	p.CommandsChecked = min(len(d.after.settled), p.CommandsTotal)
	if err == nil && left == 0 {
		now := d.e.Now()
		p.CommandsAt, p.CommandsChecked = &now, p.CommandsTotal
	}
	if saveErr := d.e.saveRestore(ctx, *p, nil, nil); err == nil {
		err = saveErr
	}
	if left > 0 {
		return d.e.lookPause(), err
	}
	return 0, err
}

// judgeAll looks once at each open command in states that is not decided yet
// and returns how many stay undecided or are new since.
func (d *desk) judgeAll(ctx context.Context, run DatabaseRestore, p *RestoreProgress, states ...CommandState) (int, error) {
	left, page := 0, Page{Limit: 100}
	for {
		list, err := d.e.store.Commands(ctx, CommandFilter{States: states, Registry: d.name}, page)
		if err != nil {
			return 0, fmt.Errorf("listing open commands: %w", err)
		}
		for _, c := range list {
			page.After = c.ID
			if c.CreatedAt.After(run.StartedAt) || d.after.settled[settledKey(c)] {
				continue
			}
			done, err := d.judgeRestored(ctx, run, p, c)
			if err != nil {
				return 0, err
			}
			if done {
				d.after.settled[settledKey(c)] = true
			}
			left++ // looked at again: what follows from it may be open now
		}
		if len(list) < page.Size() {
			return left, nil
		}
	}
}

func settledKey(c Command) string { return c.ID + " " + string(c.State) }

// judgeRestored decides one command, if it can be decided yet.
func (d *desk) judgeRestored(ctx context.Context, run DatabaseRestore, p *RestoreProgress, listed Command) (bool, error) {
	e, c := d.e, listed
	if _, err := d.holdRestore(ctx, run); err != nil || d.after == nil {
		return false, errors.Join(err, errLeaseLost)
	}
	if err := d.after.pace.wait(ctx); err != nil {
		return false, err
	}
	if listed.State != CommandWaiting {
		var err error
		c, err = e.claim(ctx, listed.ID, listed.State, e.opt.ExchangeTimeout+e.opt.LeaseMargin)
		if errors.Is(err, errLeaseLost) {
			return false, nil // leased by the time of the backup, or not due: soon
		}
		if err != nil {
			return false, err
		}
	}
	f, err := e.lookRestored(ctx, d.reg, c)
	if err != nil && !refusal(ResultCode(err)) {
		return false, errors.Join(err, e.putBack(ctx, c, retryLook))
	}
	if err != nil {
		f = finding{verdict: verdictReview, note: fmt.Sprintf("The registry refuses to show the object (code %d).", ResultCode(err))}
	}
	return d.settleRestored(ctx, run, p, c, f)
}

// settleRestored writes down what was seen of a command.
func (d *desk) settleRestored(ctx context.Context, run DatabaseRestore, p *RestoreProgress, c Command, f finding) (bool, error) {
	e, waits := d.e, c.State == CommandWaiting
	e.opt.Observer.Reconciled(c.Registry, c.Verb, string(f.verdict))
	switch {
	case f.verdict == verdictPending:
		return false, e.putBack(ctx, c, e.lookPause())
	case f.verdict == verdictAbsent:
		return d.absentRestored(ctx, run, c)
	case f.verdict == verdictHappened && !waits:
		return true, e.settleDone(ctx, &c, c.State, f.effect)
	case f.verdict == verdictRefused && !waits:
		return true, e.settleFailed(ctx, &c, c.State, f.failure)
	case f.verdict == verdictRefused:
		return true, nil // when its turn comes the registry will refuse it: nothing can happen twice
	case f.note == "":
		f.note = "The registry shows the effect of a command whose earlier steps are still open here."
	}
	found := e.finding(*p, FindingCommand, c.Object, c.DomainID, c.ID, f.note)
	if err := e.saveRestore(ctx, *p, []RestoreFinding{found}, nil); err != nil {
		return false, errors.Join(err, e.putBack(ctx, c, retryLook))
	}
	if waits {
		return true, nil
	}
	return true, e.settleReview(ctx, &c, c.State, f.note)
}

// absentRestored counts proofs of absence: two, after the settling time.
func (d *desk) absentRestored(ctx context.Context, run DatabaseRestore, c Command) (bool, error) {
	now, err := d.e.store.Now(ctx)
	if err != nil {
		return false, fmt.Errorf("reading database time: %w", err)
	}
	if now.Before(run.SettleAt) {
		return false, d.e.putBack(ctx, c, d.e.lookPause())
	}
	d.after.absent[c.ID]++
	if d.after.absent[c.ID] < 2 {
		return false, d.e.putBack(ctx, c, d.e.opt.ConfirmAfter)
	}
	return true, d.e.putBack(ctx, c, 0)
}

// putBack gives a claimed command back as it was.
func (e *Engine) putBack(ctx context.Context, c Command, in time.Duration) error {
	if c.State == CommandWaiting {
		return nil // was never claimed
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeCommand(ctx, c, c.State, c.Lease.Token, DueChange{In: in})
		if err == nil && !ok {
			err = errLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("giving command back: %w", err)
	}
	return nil
}

// restoredDomains compares one batch of active names with the registry.
func (d *desk) restoredDomains(ctx context.Context, p *RestoreProgress) error {
	batch := cap(d.slots)
	list, err := d.e.store.Domains(ctx, DomainFilter{Registry: d.name, States: []DomainState{DomainActive}}, Page{After: p.DomainsAfter, Limit: batch})
	if err != nil {
		return fmt.Errorf("listing names: %w", err)
	}
	found := make([]*RestoreFinding, len(list))
	err = d.each(ctx, len(list), func(ctx context.Context, i int) error {
		if mayOwn(list[i]) != nil {
			return nil // another system's to know
		}
		f, err := d.compareRestored(ctx, *p, list[i])
		found[i] = f
		return err
	})
	if err != nil {
		return err
	}
	for _, dom := range list {
		p.DomainsAfter = dom.PageKey()
		p.DomainsChecked++
	}
	if len(list) < batch {
		now := d.e.Now()
		p.DomainsAt = &now
	}
	return d.e.saveRestore(ctx, *p, present(found), nil)
}

// restoredNames asks for one batch of the names that the operator gave.
func (d *desk) restoredNames(ctx context.Context, p *RestoreProgress) error {
	batch := cap(d.slots)
	names, err := d.e.store.UncheckedRestoreNames(ctx, p.RestoreID, d.name, batch)
	if err != nil {
		return fmt.Errorf("listing names to look for: %w", err)
	}
	found := make([]*RestoreFinding, len(names))
	err = d.each(ctx, len(names), func(ctx context.Context, i int) error {
		f, err := d.lookForUnknown(ctx, *p, names[i])
		found[i] = f
		return err
	})
	if err != nil {
		return err
	}
	p.NamesChecked += len(names)
	if len(names) == 0 {
		now := d.e.Now()
		p.NamesAt = &now
		return d.e.saveRestore(ctx, *p, nil, nil)
	}
	return d.e.saveRestore(ctx, *p, present(found), func(tx Tx) error { return tx.MarkRestoreNames(ctx, p.RestoreID, d.name, names) })
}

func present(in []*RestoreFinding) []RestoreFinding {
	var out []RestoreFinding
	for _, f := range in {
		if f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// each calls fn for 0 … n-1 at once, within the command budget.
func (d *desk) each(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if errs[i] = d.after.pace.wait(ctx); errs[i] == nil {
				errs[i] = fn(ctx, i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
