package registrar

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	syncLease = 5 * time.Minute
	syncPage  = 100
)

// RegistryNames lists our accounts at registries, in order.
func (e *Engine) RegistryNames() []string { return slices.Sorted(maps.Keys(e.opt.Registries)) }

// SyncOptions say how a comparison runs.
type SyncOptions struct {
	Fresh    bool // begin anew, even when an earlier run was cut off
	Parallel int  // names asked for at a time; 0 = half of the registry's sessions, at least one
	// List is the registry's own list of our names, A-labels; nil = the one that the
	// registry tells by itself, if it can (NameLister).
	List     iter.Seq2[string, error]
	Progress func(SyncProgress)
}

// SyncRegistry compares every live name at a registry with what the registry
// shows of it, and the registry's list with what we have. It changes no name:
// each difference becomes a row of the worklist, for a person to decide. A run
// that was cut off goes on where it stood. The commands are bulk: customers and
// the registry's command budget come first.
//
// Errors: KindNotFound for an unknown registry, KindConflict "sync_running" while
// another process compares; what the registry answers when it can't be reached.
func (e *Engine) SyncRegistry(ctx context.Context, registry string, opt SyncOptions) (SyncProgress, error) {
	reg := e.opt.Registries[registry]
	if reg == nil {
		return SyncProgress{}, Errorf(KindNotFound, "unknown_registry", "There is no registry account %q.", registry)
	}
	lease := "sync/" + registry
	token, ok, err := e.store.TryLease(ctx, lease, e.opt.Holder, syncLease)
	if err != nil {
		return SyncProgress{}, fmt.Errorf("taking the lease of the comparison: %w", err)
	}
	if !ok {
		return SyncProgress{}, Errorf(KindConflict, "sync_running", "Another process compares the names of %s.", registry)
	}
	if opt.Parallel <= 0 {
		opt.Parallel = max(1, reg.Capabilities().MaxSessions/2)
	}
	s := &syncer{e: e, reg: reg, opt: opt, lease: lease, token: token}
	err = s.run(ctx, registry)
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if released := e.store.ReleaseLease(done, lease, token); err == nil && released != nil {
		err = released
	}
	if err != nil {
		return s.at, fmt.Errorf("comparing with %s: %w", registry, err)
	}
	return s.at, nil
}

// syncer is one process's part of a comparison.
type syncer struct {
	e     *Engine
	reg   Registry
	opt   SyncOptions
	lease string
	token string
	at    SyncProgress
}

func (s *syncer) run(ctx context.Context, registry string) error {
	at, err := s.e.store.SyncProgress(ctx, registry)
	if err != nil && !IsNotFound(err) {
		return err
	}
	if s.at = at; IsNotFound(err) || s.opt.Fresh || at.FinishedAt != nil {
		s.at = SyncProgress{Registry: registry, StartedAt: s.e.Now()}
	}
	for {
		page, err := s.e.store.Domains(ctx, DomainFilter{Registry: registry, States: []DomainState{DomainActive, DomainPendingDelete}}, Page{After: s.at.After, Limit: syncPage})
		if err != nil {
			return fmt.Errorf("listing names: %w", err)
		}
		if len(page) == 0 {
			break
		}
		if err := s.compare(ctx, page); err != nil {
			return err
		}
	}
	if err := s.compareList(ctx); err != nil {
		return err
	}
	now := s.e.Now()
	s.at.FinishedAt = &now
	return s.note(ctx)
}

// note writes how far the comparison is, and keeps the lease.
func (s *syncer) note(ctx context.Context) error {
	ok, err := s.e.store.RenewLease(ctx, s.lease, s.token, syncLease)
	if err == nil && !ok {
		err = errLeaseLost
	}
	if err == nil {
		err = s.e.store.InTx(ctx, func(tx Tx) error { return tx.WriteSyncProgress(ctx, s.at) })
	}
	if err != nil {
		return fmt.Errorf("noting the progress: %w", err)
	}
	if s.opt.Progress != nil {
		s.opt.Progress(s.at)
	}
	return nil
}

// compare asks for the names of a page, several at a time, and writes what
// differs.
func (s *syncer) compare(ctx context.Context, page []Domain) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
		slots = make(chan struct{}, s.opt.Parallel)
	)
	for _, dom := range page {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			found, skipped, err := s.name(ctx, dom)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil && first == nil:
				first = fmt.Errorf("%s: %w", dom.Name, err)
				cancel()
			case err == nil && skipped:
				s.at.Skipped++
			case err == nil:
				if s.at.Compared++; found > 0 {
					s.at.Different++
				}
			}
		})
	}
	wait.Wait()
	if first != nil {
		return first // the page is compared again: rows that stand already are found
	}
	s.at.After = page[len(page)-1].PageKey()
	return s.note(ctx)
}

// name compares one name. While something is under way for it, it is left out:
// what is half done would look like a difference.
func (s *syncer) name(ctx context.Context, dom Domain) (found int, skipped bool, err error) {
	if mayOwn(dom) != nil || dom.NeedsInfo {
		return 0, true, nil
	}
	if busy, err := underWay(ctx, s.e.store, dom.ID); err != nil || busy {
		return 0, true, err
	}
	info, code, err := s.e.shown(ctx, s.reg, dom.Name)
	if err != nil {
		return 0, false, err
	}
	fresh, err := s.e.store.Domain(ctx, dom.ID)
	if err != nil || fresh.Revision != dom.Revision {
		return 0, true, err // it changed meanwhile
	}
	diffs, err := s.e.syncDifferences(ctx, dom, info, code)
	if err != nil {
		return 0, false, err
	}
	return len(diffs), false, s.e.writeDifferences(ctx, dom.Registry, dom.Name, diffs, "")
}

// compareList looks for names of the registry's list that are unknown here.
func (s *syncer) compareList(ctx context.Context) error {
	list := s.listed(ctx)
	if list == nil {
		return nil
	}
	n := 0
	for name, err := range list {
		if err != nil {
			return fmt.Errorf("reading the registry's list: %w", err)
		}
		dom, err := s.e.store.DomainByName(ctx, name)
		if err != nil && !IsNotFound(err) {
			return err
		}
		var diffs []Difference
		if err != nil || dom.Registry != s.at.Registry {
			s.at.Different++
			diffs = []Difference{{Kind: DiffOnlyThere, Theirs: "on the registry's list of our names"}}
		}
		if err := s.e.writeDifferences(ctx, s.at.Registry, name, diffs, DiffOnlyThere); err != nil {
			return err
		}
		if n++; n%syncPage == 0 {
			if err := s.note(ctx); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// writeDifferences brings the worklist of a name up to date: new rows, rows seen
// again, and rows that are no longer so. only narrows it to one kind.
func (e *Engine) writeDifferences(ctx context.Context, registry, name string, now []Difference, only DifferenceKind) error {
	at := e.Now()
	return e.store.InTx(ctx, func(tx Tx) error {
		rows, err := tx.DifferencesOf(ctx, registry, name)
		if err != nil {
			return err
		}
		stands := map[DifferenceKind]bool{}
		for _, old := range rows {
			if only != "" && old.Kind != only || only == "" && old.Kind == DiffOnlyThere {
				continue
			}
			i := slices.IndexFunc(now, func(d Difference) bool { return d.Kind == old.Kind })
			if i < 0 {
				old.State, old.EndedAt, old.EndedBy = DiffGone, &at, "system"
			} else {
				old.Ours, old.Theirs, old.SeenAt = now[i].Ours, now[i].Theirs, at
				stands[old.Kind] = true
			}
			if ok, err := tx.ChangeDifference(ctx, old); err != nil || !ok {
				return errors.Join(err, conflictUnless(ok))
			}
		}
		for _, d := range now {
			if stands[d.Kind] {
				continue
			}
			d.ID, d.Registry, d.Name, d.State, d.FoundAt, d.SeenAt = e.id(PrefixDifference), registry, name, DiffOpen, at, at
			if err := tx.InsertDifference(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func conflictUnless(ok bool) error {
	if ok {
		return nil
	}
	return Errorf(KindConflict, "difference_changed", "Somebody else has just dealt with this difference.")
}
