package registrar

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// WorkerOptions sizes the worker. Zero values take the defaults given here.
type WorkerOptions struct {
	Concurrency int           // commands in work per registry; the adapter's MaxSessions, at least 1
	Poll        time.Duration // how often other replicas' work is looked for; 500 ms
	Messages    time.Duration // how often a registry's message queue is looked at; 30 s
	MaxPause    time.Duration // longest pause after a registry could not be reached; 15 s
}

// Worker carries out journalled commands and reconciles those whose outcome is
// unknown. Any number of workers may run on one store.
type Worker struct {
	e   *Engine
	opt WorkerOptions
}

// NewWorker returns a worker; Run starts it.
func NewWorker(e *Engine, opt WorkerOptions) *Worker {
	if opt.Poll <= 0 {
		opt.Poll = 500 * time.Millisecond
	}
	if opt.Messages <= 0 {
		opt.Messages = 30 * time.Second
	}
	if opt.MaxPause <= 0 {
		opt.MaxPause = 15 * time.Second
	}
	return &Worker{e: e, opt: opt}
}

// Run works until ctx ends, then takes nothing new, waits for the exchanges
// under way (each is bounded by the exchange time limit) and returns.
func (w *Worker) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for name, reg := range w.e.opt.Registries {
		desk := w.newDesk(name, reg)
		all.Go(func() { desk.run(ctx) })
		all.Go(func() { desk.listen(ctx) })
	}
	all.Wait()
	return nil
}

// desk is the work for one registry.
type desk struct {
	e     *Engine
	opt   WorkerOptions
	name  string
	reg   Registry
	slots chan struct{}
	freed chan struct{} // tells that a slot is free, and perhaps a next command queued
	busy  sync.WaitGroup

	mu       sync.Mutex
	inWork   map[string]bool      // command and domain ids of this process
	later    map[string]postponed // domains not to be read again yet
	pause    time.Duration        // grows while the registry can't be reached
	resumeAt time.Time

	after *restoreWork // used by run alone
}

func (w *Worker) newDesk(name string, reg Registry) *desk {
	n := w.opt.Concurrency
	if n <= 0 {
		n = max(1, reg.Capabilities().MaxSessions)
	}
	return &desk{e: w.e, opt: w.opt, name: name, reg: reg, slots: make(chan struct{}, n), freed: make(chan struct{}, 1),
		inWork: make(map[string]bool), later: make(map[string]postponed)}
}

func (d *desk) run(ctx context.Context) {
	defer d.busy.Wait()
	for ctx.Err() == nil {
		queued := d.e.notice.queued()
		pause := d.opt.Poll
		run, restoring, err := d.e.store.RunningRestore(ctx)
		switch {
		case err != nil: // not known: then nothing is done
		case restoring:
			pause, err = d.restored(ctx, run)
		default:
			var started int
			if started, err = d.round(ctx); started > 0 {
				pause = 0
			}
		}
		if err != nil && ctx.Err() == nil {
			d.e.log.ErrorContext(ctx, "looking for work failed", "registry", d.name, "error", err)
			pause = max(pause, d.opt.Poll)
		}
		if pause == 0 {
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-queued:
		case <-d.freed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round starts as much due work as there are free slots and returns how much.
func (d *desk) round(ctx context.Context) (int, error) {
	free := cap(d.slots) - len(d.slots)
	if free == 0 {
		return 0, nil
	}
	started := 0
	// Unknown outcomes first: money and names hang on them.
	unknown, err := d.e.store.DueCommands(ctx, d.name, CommandSent, false, free)
	if err != nil {
		return started, fmt.Errorf("listing unknown outcomes: %w", err)
	}
	for _, c := range unknown {
		started += d.start(ctx, c.ID, func(ctx context.Context) { d.e.reconcile(ctx, d, c) })
	}
	if d.paused() {
		return started, nil
	}
	queued, err := d.dueQueued(ctx, free)
	if err != nil {
		return started, err
	}
	for _, c := range queued {
		started += d.start(ctx, c.ID, func(ctx context.Context) { d.e.execute(ctx, d, c) })
	}
	if started > 0 {
		return started, nil
	}
	stale, err := d.e.store.DomainsNeedingInfo(ctx, d.name, free+d.putOff())
	if err != nil {
		return started, fmt.Errorf("listing domains to read: %w", err)
	}
	for _, dom := range d.readable(stale) {
		started += d.start(ctx, dom.ID, func(ctx context.Context) { d.e.refresh(ctx, d, dom) })
	}
	return started, nil
}

// dueQueued lists queued commands. While the registry says 2104, billable ones
// wait, but one may try again per probe interval.
func (d *desk) dueQueued(ctx context.Context, free int) ([]Command, error) {
	state, err := d.e.store.RegistryState(ctx, d.name)
	if err != nil {
		return nil, fmt.Errorf("reading registry state: %w", err)
	}
	broke := state.NoFundsSince != nil
	out, err := d.e.store.DueCommands(ctx, d.name, CommandQueued, broke, free)
	if err != nil {
		return nil, fmt.Errorf("listing queued commands: %w", err)
	}
	if !broke {
		return out, nil
	}
	var probe bool
	err = d.e.store.InTx(ctx, func(tx Tx) error {
		probe, err = tx.TakeProbe(ctx, d.name, d.e.opt.FundsProbe)
		return err
	})
	if err != nil || !probe {
		return out, err
	}
	any, err := d.e.store.DueCommands(ctx, d.name, CommandQueued, false, probeReach)
	if err != nil {
		return nil, fmt.Errorf("listing queued commands: %w", err)
	}
	for _, c := range any {
		if c.Billable { // first, or a backlog of free commands would keep it waiting
			return append([]Command{c}, out...), nil
		}
	}
	return out, nil
}

// probeReach is how far into the queue a billable command is looked for.
const probeReach = 500

// start runs fn in a slot unless the row is in work here already. The work goes
// on when ctx ends: an exchange under way is finished, not torn.
func (d *desk) start(ctx context.Context, id string, fn func(context.Context)) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inWork[id] {
		return 0
	}
	select {
	case d.slots <- struct{}{}:
	default:
		return 0
	}
	d.inWork[id] = true
	d.busy.Add(1)
	go func() {
		defer d.busy.Done()
		defer func() {
			d.mu.Lock()
			delete(d.inWork, id)
			d.mu.Unlock()
			<-d.slots
			select {
			case d.freed <- struct{}{}:
			default: // told already
			}
		}()
		work, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*d.e.opt.ExchangeTimeout+10*time.Second)
		defer cancel()
		fn(work)
	}()
	return 1
}

func (d *desk) paused() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Before(d.resumeAt)
}

// unreachable makes the desk wait before it tries the registry again.
func (d *desk) unreachable() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Now().Before(d.resumeAt) {
		return
	}
	d.pause = min(max(2*d.pause, 250*time.Millisecond), d.opt.MaxPause)
	d.resumeAt = time.Now().Add(d.pause)
}

func (d *desk) reachable() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pause, d.resumeAt = 0, time.Time{}
}

// errLeaseLost says that somebody else works on the row now.
var errLeaseLost = errors.New("the lease was lost to another worker")

func newToken() (string, error) {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("making lease token: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// claim takes the lease of a command and returns the row as it is then.
func (e *Engine) claim(ctx context.Context, id string, state CommandState, ttl time.Duration) (Command, error) {
	token, err := newToken()
	if err != nil {
		return Command{}, err
	}
	var c Command
	err = e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ClaimCommand(ctx, id, state, e.opt.Holder, token, ttl)
		if err != nil {
			return err
		}
		if !ok {
			return errLeaseLost
		}
		c, err = tx.Command(ctx, id)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("claiming command %s: %w", id, err)
	}
	c.Lease.Token = token
	return c, nil
}
