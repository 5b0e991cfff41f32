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

// next removes and returns who is to be served, or nil.
func (q *queue) next() *waiter {
	prio := Customer
	if len(q.waiting[Customer]) == 0 || len(q.waiting[Bulk]) > 0 && q.favours >= bulkShare-1 {
		prio = Bulk
	}
	if len(q.waiting[prio]) == 0 {
		return nil
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
	if p.limiter != nil {
		if err := p.limiter.Wait(ctx); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	start := time.Now()
	m, w, err := p.take(prio)
	if w == nil {
		p.cfg.Observer.Waited(p.name(), prio, time.Since(start))
		return m, err
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

// take returns a free session, or an error, or a place in the queue.
func (p *Pool) take(prio Priority) (*member, *waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	for len(p.idle) > 0 {
		m := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if m.session.Err() == nil {
			return m, nil, nil
		}
		// Dead; its watcher is about to bury it.
	}
	if len(p.members) == 0 {
		if err := p.gate.refusal(p.name(), time.Now()); err != nil {
			return nil, nil, err
		}
	}
	w := p.queue.add(prio)
	p.grow()
	return nil, w, nil
}

// giveUp leaves the queue; a session granted in the same moment goes back.
func (p *Pool) giveUp(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.remove(w) {
		return
	}
	if g := <-w.got; g.member != nil {
		p.put(g.member)
	}
}
