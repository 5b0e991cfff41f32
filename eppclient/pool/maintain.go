package pool

import (
	"context"
	"time"
)

// maintain looks after the sessions that nobody uses, until the pool closes.
func (p *Pool) maintain() {
	tick := time.NewTicker(max(10*time.Millisecond, min(p.cfg.KeepAlive/4, p.cfg.LeaseRenew/2)))
	defer tick.Stop()
	renewed := time.Now()
	for warned := p.cfg.Session.Clock.Now().Add(-day); ; {
		if now := p.cfg.Session.Clock.Now(); now.Sub(warned) >= time.Hour {
			warned = now
			p.warn()
		}
		select {
		case <-p.life.Done():
			return
		case <-tick.C:
		}
		p.tend()
		if time.Since(renewed) >= p.cfg.LeaseRenew {
			renewed = time.Now()
			p.renewLeases()
		}
	}
}

// tend greets silent sessions and lets old and surplus ones go.
func (p *Pool) tend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	now := time.Now()
	staying := len(p.members)
	for _, m := range p.takeAllIdle() {
		switch {
		case m.session.Err() != nil: // its watcher buries it
		case !now.Before(m.old), staying > p.cfg.Warm && now.Sub(m.used) >= p.cfg.IdleClose:
			staying--
			p.retire(m)
		case now.Sub(m.spoke) >= p.cfg.KeepAlive:
			p.work.Go(func() { p.hello(m) })
		default:
			p.idle = append(p.idle, m)
		}
	}
	p.grow()
}

// hello keeps a session alive; while it waits, nobody gets the session.
func (p *Pool) hello(m *member) {
	ctx, cancel := context.WithTimeout(p.life, p.cfg.HelloTimeout)
	defer cancel()
	g, err := m.session.Hello(ctx)
	p.note(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		m.spoke = time.Now()
		m.proven = true
		p.gate.proved()
		p.seen.greeting = g
	}
	p.put(m)
	p.grow()
}

// renewLeases extends the leases of all sessions; a session whose place was
// given to another replica leaves.
func (p *Pool) renewLeases() {
	p.mu.Lock()
	var members []*member
	for m := range p.members {
		members = append(members, m)
	}
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(p.life, p.cfg.LeaseRenew)
	defer cancel()
	for _, m := range members {
		ok, err := p.cfg.Leases.Renew(ctx, m.lease)
		if err != nil {
			p.note(err) // tried again at the next turn
			continue
		}
		if !ok {
			p.lost(m)
		}
	}
}

// lost lets a session go whose lease is gone: at once when it is free, else
// after its exchange.
func (p *Pool) lost(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.leaving {
		return
	}
	m.leaving = true
	for i, other := range p.idle {
		if other == m {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			p.retire(m)
			return
		}
	}
}
