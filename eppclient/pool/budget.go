package pool

import (
	"context"
	"time"
)

// Budget is the command rate that a registry grants an account: one bucket of
// tokens that all replicas draw from. Implementations are safe for concurrent
// use.
type Budget interface {
	// Draw takes tokens from the bucket of a registry account, as many of
	// d.Want as there are beyond d.Keep. With none it returns after which time
	// to ask again.
	Draw(ctx context.Context, registry string, d Draw) (got int, wait time.Duration, err error)
}

// Draw asks for tokens. The bucket gains one every Every and holds Burst.
type Draw struct {
	Want  int // 1 or more
	Keep  int // tokens to be left for those who are in more of a hurry
	Burst int // 1 or more
	Every time.Duration
}

// From computes a draw on a bucket that is kept as the one moment at which it
// will be full again (the generic cell rate algorithm, ITU-T I.371): how many
// tokens it gives, its new moment, and without any when to ask again.
func (d Draw) From(now, full time.Time) (got int, newFull time.Time, wait time.Duration) {
	if full.Before(now) {
		full = now
	}
	room := time.Duration(d.Burst-d.Keep)*d.Every - full.Sub(now)
	got = max(0, min(d.Want, int(room/d.Every)))
	if got == 0 {
		return 0, full, max(d.Every-room, time.Millisecond)
	}
	return got, full.Add(time.Duration(got) * d.Every), 0
}

// Constants of the budget.
const (
	drawsPerSecond = 5           // of one replica at full rate, so that the shared bucket is no bottleneck
	reserveShare   = 8           // one of so many tokens of a burst is left to customers
	bulkPatience   = time.Second // bulk kept off so long takes a token of the reserve
	drawTimeout    = 5 * time.Second
	drawRetry      = 200 * time.Millisecond // after an error
)

// tokens are commands that the budget allows this pool now. Guarded by Pool.mu.
type tokens struct {
	left    int
	asking  bool
	waits   [2]time.Time // not asked before, per priority
	denied  time.Time    // since when bulk gets nothing, zero = it does
	again   *time.Timer  // asks when the wait is over
	stopped bool
}

func (t *tokens) refund() { t.left++ }

func (t *tokens) stop() {
	t.stopped = true
	if t.again != nil {
		t.again.Stop()
	}
}

// allowed takes a token for who is served next; without any it sends for more.
// Call with mu held and somebody waiting.
func (p *Pool) allowed() bool {
	if p.cfg.CommandsPerSecond <= 0 {
		return true
	}
	if p.tokens.left > 0 {
		p.tokens.left--
		return true
	}
	p.sendForTokens()
	return false
}

// sendForTokens draws in the background, now or when the wait is over. Call
// with mu held and somebody waiting.
func (p *Pool) sendForTokens() {
	t := &p.tokens
	if t.asking || t.stopped {
		return
	}
	prio := Bulk
	if len(p.queue.waiting[Customer]) > 0 {
		prio = Customer
	}
	now := time.Now()
	if wait := t.waits[prio].Sub(now); wait > 0 {
		if t.again != nil {
			t.again.Stop()
		}
		t.again = time.AfterFunc(wait, p.locked(p.pump))
		return
	}
	d := p.wanted(prio, now)
	t.asking = true
	p.work.Go(func() { p.draw(prio, d) })
}

// wanted is what to draw. Bulk leaves a reserve in the bucket, so that a
// customer at any replica finds a token.
func (p *Pool) wanted(prio Priority, now time.Time) Draw {
	rate := p.cfg.CommandsPerSecond
	d := Draw{Burst: max(1, int(rate)), Every: time.Duration(float64(time.Second) / rate)}
	d.Want = min(p.queue.len(), max(1, d.Burst/drawsPerSecond))
	if prio == Bulk && (p.tokens.denied.IsZero() || now.Sub(p.tokens.denied) < bulkPatience) {
		d.Keep = min(d.Burst-1, max(1, d.Burst/reserveShare))
	} else if prio == Bulk {
		d.Want = 1
	}
	return d
}

func (p *Pool) draw(prio Priority, d Draw) {
	ctx, cancel := context.WithTimeout(p.life, drawTimeout)
	got, wait, err := p.cfg.Budget.Draw(ctx, p.name(), d)
	cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	t := &p.tokens
	t.asking = false
	switch {
	case err != nil:
		if p.life.Err() == nil {
			p.seen.fail(err)
		}
		t.waits = [2]time.Time{now.Add(jitter(drawRetry)), now.Add(jitter(drawRetry))}
	case got > 0:
		t.left += got
		t.waits, t.denied = [2]time.Time{}, time.Time{}
	case prio == Bulk:
		t.waits[Bulk] = now.Add(wait)
		if t.denied.IsZero() {
			t.denied = now
		}
	default:
		t.waits[Customer] = now.Add(wait)
	}
	p.pump()
}

// locked returns f to be called without mu held.
func (p *Pool) locked(f func()) func() {
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		f()
	}
}
