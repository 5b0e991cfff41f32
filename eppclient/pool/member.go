package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/indera/indera/eppclient/session"
)

// member is one open session. Its fields are guarded by Pool.mu.
type member struct {
	session *session.Session
	lease   Lease
	spoke   time.Time // last answer from the server
	used    time.Time // last command of a caller
	old     time.Time // replace from here on
	proven  bool      // a command was answered on it
	leaving bool      // log out as soon as it is free
}

// giveBackTimeout bounds what is done for a session after its end.
const giveBackTimeout = 5 * time.Second

// join adds a new session to the pool. Call with mu held.
func (p *Pool) join(s *session.Session, lease Lease) {
	now := time.Now()
	// Spread the ends of life, so that sessions opened together are not
	// replaced together.
	age := p.cfg.MaxAge - rand.N(p.cfg.MaxAge/10+1)
	m := &member{session: s, lease: lease, spoke: now, used: now, old: now.Add(age)}
	p.members[m] = true
	p.gate.limit = max(p.gate.limit, len(p.members))
	p.gate.connected(p.cfg)
	p.seen.meet(s)
	p.work.Go(func() { p.watch(m) })
	if p.gate.failures > 0 && p.queue.len() == 0 {
		p.work.Go(func() { p.hello(m) }) // proves that the registry is back
		return
	}
	p.put(m)
}

// put hands a free session to the next waiter or keeps it. Call with mu held.
func (p *Pool) put(m *member) {
	if m.session.Err() != nil {
		return // its watcher buries it
	}
	if p.closed || m.leaving || !time.Now().Before(m.old) {
		p.retire(m)
		return
	}
	p.idle = append(p.idle, m)
	p.pump()
}

// release gives a session back after an exchange.
func (p *Pool) release(m *member, answered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	m.used = now
	if answered {
		m.spoke = now
		m.proven = true
		p.gate.proved()
	}
	p.put(m)
	p.grow()
}

// retire logs a session out in the background. Call with mu held and the
// session not among the idle ones.
func (p *Pool) retire(m *member) {
	m.leaving = true
	p.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
		defer cancel()
		if err := m.session.Logout(ctx); err != nil {
			p.note(err) // the connection is closed all the same
		}
	})
}

// watch waits for the end of a session and clears up behind it.
func (p *Pool) watch(m *member) {
	<-m.session.Dead()
	// The lease goes back first: whoever is told of a free place must find it.
	ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
	defer cancel()
	if err := p.cfg.Leases.Release(ctx, m.lease); err != nil {
		p.note(err) // it runs out by itself
	}
	cause := m.session.Err()
	if errors.Is(cause, session.ErrClosed) {
		cause = nil
	}
	p.cfg.Observer.SessionClosed(p.name(), cause)

	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.members, m)
	for i, other := range p.idle {
		if other == m {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			break
		}
	}
	if !m.proven && !m.leaving && !errors.Is(m.session.Err(), session.ErrClosed) {
		// Logged in and cut before the first answer: another connect at once
		// would be a storm.
		p.gate.failed(p.cfg, m.session.Err(), m.session.Opened(), len(p.members))
		p.seen.fail(m.session.Err())
	}
	p.failIfDown()
	p.grow()
	p.checkDrained()
}

// takeAllIdle empties the list of free sessions. Call with mu held.
func (p *Pool) takeAllIdle() []*member {
	idle := p.idle
	p.idle = nil
	return idle
}
