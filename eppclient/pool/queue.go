package pool

import (
	"context"
	"slices"
	"time"
)

// grant is what a waiter gets: a session or the reason why not.
type grant struct {
	member *member
	err    error
}

type waiter struct {
	prio Priority
	got  chan grant // holds one
}

// queue is who waits for a session, in order of arrival per priority.
type queue struct {
	waiting [2][]*waiter
	favours int // sessions given to customers in a row while bulk waited
}

func (q *queue) len() int { return len(q.waiting[Customer]) + len(q.waiting[Bulk]) }

func (q *queue) add(prio Priority) *waiter {
	if prio != Customer {
		prio = Bulk
	}
	w := &waiter{prio: prio, got: make(chan grant, 1)}
	q.waiting[prio] = append(q.waiting[prio], w)
	return w
}

// next removes and returns who is to be served. Somebody must be waiting.
func (q *queue) next() *waiter {
	prio := Customer
	if len(q.waiting[Customer]) == 0 || len(q.waiting[Bulk]) > 0 && q.favours >= bulkShare-1 {
		prio = Bulk
	}
	if prio == Customer && len(q.waiting[Bulk]) > 0 {
		q.favours++
	} else {
		q.favours = 0
	}
	w := q.waiting[prio][0]
	q.waiting[prio] = q.waiting[prio][1:]
	return w
}

// remove takes out a waiter that gave up; false when it was served already.
func (q *queue) remove(w *waiter) bool {
	i := slices.Index(q.waiting[w.prio], w)
	if i < 0 {
		return false
	}
	q.waiting[w.prio] = slices.Delete(q.waiting[w.prio], i, i+1)
	return true
}

// fail tells all waiters that nothing will come.
func (q *queue) fail(err error) {
	for prio, ws := range q.waiting {
		for _, w := range ws {
			w.got <- grant{err: err}
		}
		q.waiting[prio] = nil
	}
}

// acquire returns a session that was alive a moment ago, for the caller alone.
func (p *Pool) acquire(ctx context.Context, prio Priority) (*member, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	start := time.Now()
	w, err := p.enqueue(prio)
	if err != nil {
		p.cfg.Observer.Waited(p.name(), prio, time.Since(start))
		return nil, err
	}
	select {
	case g := <-w.got:
		p.cfg.Observer.Waited(p.name(), prio, time.Since(start))
		return g.member, g.err
	case <-ctx.Done():
		p.giveUp(w)
		return nil, ctx.Err()
	}
}

// enqueue returns a place in the queue, which may be served already, or an
// error when waiting would be in vain.
func (p *Pool) enqueue(prio Priority) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if len(p.members) == 0 {
		if err := p.gate.refusal(p.name(), time.Now()); err != nil {
			return nil, err
		}
	}
	w := p.queue.add(prio)
	p.pump()
	p.part.seen(p.needed())
	p.grow()
	return w, nil
}

// pump hands free sessions to those who wait, best first, as far as the
// command budget goes. Call with mu held.
func (p *Pool) pump() {
	for p.queue.len() > 0 {
		m := p.takeIdle()
		if m == nil {
			return
		}
		if !p.allowed() {
			p.idle = append(p.idle, m)
			return
		}
		p.queue.next().got <- grant{member: m}
	}
}

// takeIdle returns the free session that was used last, nil without any. Call
// with mu held.
func (p *Pool) takeIdle() *member {
	for len(p.idle) > 0 {
		m := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if m.session.Err() == nil {
			return m
		}
		// Dead; its watcher is about to bury it.
	}
	return nil
}

// giveUp leaves the queue; a session granted in the same moment goes back.
func (p *Pool) giveUp(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.remove(w) {
		return
	}
	if g := <-w.got; g.member != nil {
		p.tokens.refund()
		p.put(g.member)
	}
}
