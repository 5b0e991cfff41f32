package pool

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// leaseWait is the pause before asking again for a place that other replicas
// hold.
const leaseWait = 200 * time.Millisecond

var errNoLease = errors.New("all session places are taken")

// grow starts as many connects as there is demand and room for. Call with mu
// held after anything that changes either.
func (p *Pool) grow() {
	if p.closed {
		return
	}
	now := time.Now()
	// Who waits while a session is free waits for the command budget.
	demand := max(p.queue.len()-len(p.idle), p.cfg.Warm-len(p.members)) - p.dialing
	n := min(demand, p.gate.room(now, p.cfg, len(p.members), p.dialing), p.part.quota-len(p.members)-p.dialing)
	if n <= 0 {
		return
	}
	if wait := max(p.gate.wait(now), p.noPlace.Sub(now)); wait > 0 {
		p.growIn(wait)
		return
	}
	for range n {
		p.dialing++
		p.work.Go(p.open)
	}
}

// growIn calls grow later. Call with mu held.
func (p *Pool) growIn(d time.Duration) {
	if p.retry != nil {
		p.retry.Stop()
	}
	p.retry = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.grow()
	})
}

// open makes one session, or notes why not.
func (p *Pool) open() {
	lease, err := p.lease()
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dialing--
		if !errors.Is(err, errNoLease) {
			p.seen.fail(err)
		}
		p.noPlace = time.Now().Add(jitter(leaseWait))
		p.part.seen(p.needed())
		p.tellAtOnce()
		p.grow()
		p.checkDrained()
		return
	}
	started := time.Now()
	s, err := p.dial()
	if err != nil {
		p.giveBack(lease)
		if p.life.Err() == nil {
			p.cfg.Observer.ConnectFailed(p.name(), err)
		}
	} else {
		p.cfg.Observer.SessionOpened(p.name())
		defer p.heed(s) // after the session is handed to who waits
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialing--
	if err == nil {
		p.join(s, lease)
		p.grow()
		return
	}
	p.refused(err, started)
	p.checkDrained()
}

func (p *Pool) lease() (Lease, error) {
	ctx, cancel := context.WithTimeout(p.life, giveBackTimeout)
	defer cancel()
	lease, ok, err := p.cfg.Leases.Acquire(ctx, p.name(), p.cfg.MaxSessions)
	if err != nil {
		return Lease{}, fmt.Errorf("leasing a session place: %w", err)
	}
	if !ok {
		return Lease{}, errNoLease
	}
	return lease, nil
}

func (p *Pool) giveBack(lease Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
	defer cancel()
	if err := p.cfg.Leases.Release(ctx, lease); err != nil {
		p.note(err) // it runs out by itself
	}
}

// refused notes a failed connect. Call with mu held.
func (p *Pool) refused(err error, started time.Time) {
	if p.closed {
		return
	}
	p.seen.fail(err)
	p.gate.failed(p.cfg, err, started, len(p.members))
	p.failIfDown()
	p.grow()
}

// failIfDown tells those who wait when there is no session and none may be
// opened soon. Call with mu held.
func (p *Pool) failIfDown() {
	if len(p.members) > 0 || p.dialing > 0 {
		return
	}
	if err := p.gate.refusal(p.name(), time.Now()); err != nil {
		p.queue.fail(err)
	}
}
