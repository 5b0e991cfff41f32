package pool

import (
	"context"
	"slices"
	"strings"
	"time"
)

// turn is how long a replica keeps its place when more replicas have work than
// there are sessions; a registry should not see logins more often.
const turn = 10 * time.Second

// part is this pool's part of the sessions. Guarded by Pool.mu.
type part struct {
	quota     int    // sessions we may hold while others are short
	peak      int    // most that could be used since it was last told
	told      Demand // what the other replicas know
	published bool
}

// seen notes how many sessions could be used now.
func (t *part) seen(need int) { t.peak = max(t.peak, need) }

// needed returns how many sessions have work. Call with mu held.
func (p *Pool) needed() int {
	busy := 0
	for m := range p.members {
		if !m.leaving {
			busy++
		}
	}
	busy -= len(p.idle)
	waiting := p.queue.len()
	if len(p.idle) > 0 {
		waiting = min(waiting, len(p.idle)) // they wait for the command budget
	}
	if p.gate.failures > 0 || p.gate.reason != "" {
		waiting = min(waiting, 1) // a probe: others can use the places better
	}
	return min(max(busy, 0)+waiting, p.cfg.MaxSessions)
}

// tellAtOnce wakes share when the others do not know yet that we have work.
// Call with mu held.
func (p *Pool) tellAtOnce() {
	if p.part.told.Need >= min(p.part.peak, 1) {
		return
	}
	select {
	case p.need <- struct{}{}:
	default:
	}
}

// share tells the other replicas what we need and lets go what they need more,
// until the pool closes.
func (p *Pool) share() {
	timer := time.NewTimer(jitter(p.cfg.ShareEvery) / 2)
	defer timer.Stop()
	for {
		select {
		case <-p.life.Done():
			return
		case <-timer.C:
		case <-p.need:
		}
		pause := p.cfg.LeaseRenew // what we keep ready is asked for rarely
		if p.shareOnce() {
			pause = p.cfg.ShareEvery
		}
		timer.Reset(min(pause, p.cfg.LeaseRenew))
	}
}

// shareOnce reports whether there is work.
func (p *Pool) shareOnce() bool {
	p.mu.Lock()
	mine, known := p.demand(), p.part.published
	p.mu.Unlock()
	if mine.Need == 0 && mine.Warm == 0 && !known {
		return false
	}
	ctx, cancel := context.WithTimeout(p.life, giveBackTimeout)
	defer cancel()
	shared, err := p.cfg.Leases.Share(ctx, p.name(), mine)
	if p.life.Err() != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.seen.fail(err) // told again at the next turn; the leases keep the limit meanwhile
		return true
	}
	p.part.told, p.part.published = mine, mine.Need > 0 || mine.Warm > 0
	p.adopt(shared)
	return mine.Need > 0
}

// demand is what to tell; it falls slowly, so that a pause between commands
// does not cost a session. Call with mu held.
func (p *Pool) demand() Demand {
	p.part.seen(p.needed())
	need := max(p.part.peak, p.part.told.Need*3/4)
	p.part.peak = 0
	return Demand{Replica: p.id, Need: need, Warm: p.cfg.Warm}
}

// adopt takes our part of the sessions and lets go what is beyond: free
// sessions at once, busy ones after their exchange. Call with mu held.
func (p *Pool) adopt(shared Shared) {
	if p.closed {
		return
	}
	parts := divide(shared.All, p.cfg.MaxSessions, shared.At)
	p.part.quota = p.cfg.MaxSessions
	for id, n := range parts {
		if id != p.id {
			p.part.quota -= n
		}
	}
	surplus := p.dialing - p.part.quota
	for m := range p.members {
		if !m.leaving {
			surplus++
		}
	}
	for surplus > 0 && len(p.idle) > 0 {
		m := p.idle[0]
		p.idle = p.idle[1:]
		p.retire(m)
		surplus--
	}
	for m := range p.members {
		if surplus > 0 && !m.leaving {
			m.leaving = true
			surplus--
		}
	}
	p.grow()
}

// withdraw tells the others, after the end, that we need nothing any more.
func (p *Pool) withdraw() {
	p.mu.Lock()
	known := p.part.published
	p.part.published = false
	p.mu.Unlock()
	if !known {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), giveBackTimeout)
	defer cancel()
	if _, err := p.cfg.Leases.Share(ctx, p.name(), Demand{Replica: p.id}); err != nil {
		p.note(err) // it is forgotten by itself
	}
}

// divide gives each replica its part of the places: one each, those with work
// first; then evenly, nobody more than it can use (max-min fairness); then what
// they want to keep ready. When more have work than there are places, they take
// turns. All replicas come to the same answer from the same demands.
func divide(all []Demand, places int, at time.Time) map[string]int {
	parts := make(map[string]int, len(all))
	all = slices.SortedFunc(slices.Values(all), func(a, b Demand) int { return strings.Compare(a.Replica, b.Replica) })
	give := func(to []Demand, most func(Demand) int) (more bool) {
		for _, d := range to {
			if places > 0 && parts[d.Replica] < most(d) {
				parts[d.Replica]++
				places--
				more = true
			}
		}
		return more
	}
	one := func(n int) int { return min(n, 1) }
	give(takeTurns(all, places, at), func(d Demand) int { return one(d.Need) })
	give(all, func(d Demand) int { return one(max(d.Need, d.Warm)) })
	for give(all, func(d Demand) int { return d.Need }) {
	}
	for give(all, func(d Demand) int { return max(d.Need, d.Warm) }) {
	}
	return parts
}

// takeTurns returns those with work; when they are more than the places, each
// turn begins with another one.
func takeTurns(all []Demand, places int, at time.Time) []Demand {
	var working []Demand
	for _, d := range all {
		if d.Need > 0 {
			working = append(working, d)
		}
	}
	if n := int64(len(working)); n > int64(places) {
		first := at.Unix() / int64(turn/time.Second) % n
		working = slices.Concat(working[first:], working[:first])
	}
	return working
}
