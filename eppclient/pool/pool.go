// Package pool shares the few sessions that a registry grants one account
// among many callers: it opens them when needed, keeps them alive, replaces
// dead ones before a command is lost on them, and backs off when the registry
// is away or refuses us.
//
// Limits of time are I/O limits and run on the monotonic clock.
package pool

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
)

// Priority orders who gets the next free session.
type Priority int

// Priorities. Customer is somebody who waits at a page or an API; Bulk is
// everything else. Bulk gets one of every bulkShare turns at least, so it
// never starves.
const (
	Customer Priority = iota
	Bulk
)

const bulkShare = 16

// Config says how the pool of one registry account behaves. Zero values mean
// the default in brackets.
type Config struct {
	Session     session.Config
	MaxSessions int // granted by the registry, shared by all replicas [1]
	Warm        int // sessions kept open without demand [0]
	Leases      Leases
	Secrets     Secrets       // where a changed password is kept; nil = Session.Password for good
	LeaseRenew  time.Duration // how often leases are renewed [10 s]
	ShareEvery  time.Duration // how often replicas tell each other what they need while there is work [1 s]

	KeepAlive    time.Duration // silence before a hello; well below the server's idle limit [2 min]
	HelloTimeout time.Duration // [15 s]
	MaxAge       time.Duration // a session is replaced after this [6 h]
	IdleClose    time.Duration // an unused session beyond Warm is closed, for other replicas, after this [30 s]

	BackoffMin       time.Duration // first wait after a failed connect [500 ms]
	BackoffMax       time.Duration // longest wait [1 min]
	BreakerAfter     int           // failed connects in a row until callers fail at once [3]
	LimitBackoff     time.Duration // longest wait after 2502: at least the server's idle limit [5 min]
	CredentialsRetry time.Duration // after a refused login [15 min]

	ExpiryWarning time.Duration // how long before its end a certificate or password is warned of [30 days]

	// CommandsPerSecond is the rate that the registry grants the account, drawn
	// from Budget, which all replicas share; 0 = unlimited. A burst of one second
	// may go out at once. Logins, logouts and hellos are not counted.
	CommandsPerSecond float64
	Budget            Budget // nil = this process alone

	Observer Observer
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.LeaseRenew, 10*time.Second)
	def(&c.ShareEvery, time.Second)
	def(&c.KeepAlive, 2*time.Minute)
	def(&c.HelloTimeout, 15*time.Second)
	def(&c.MaxAge, 6*time.Hour)
	def(&c.IdleClose, 30*time.Second)
	def(&c.BackoffMin, 500*time.Millisecond)
	def(&c.BackoffMax, time.Minute)
	def(&c.LimitBackoff, 5*time.Minute)
	def(&c.CredentialsRetry, 15*time.Minute)
	def(&c.ExpiryWarning, 30*day)
	def(&c.Session.ExchangeTimeout, session.DefaultExchangeTimeout)
	c.MaxSessions = max(c.MaxSessions, 1)
	c.Warm = min(c.Warm, c.MaxSessions)
	if c.BreakerAfter <= 0 {
		c.BreakerAfter = 3
	}
	if c.Leases == nil {
		c.Leases = NewMemory()
	}
	if c.Budget == nil {
		c.Budget = NewMemory()
	}
	if c.Session.Clock == nil {
		c.Session.Clock = clockwork.NewRealClock()
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	return c
}

// Pool is the set of sessions of one registry account.
type Pool struct {
	cfg  Config
	id   string // tells this pool from those of other replicas
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup // all goroutines of the pool
	need chan struct{}  // holds one: the other replicas are to be told at once

	proving sync.Mutex // held while passwords are tried out

	mu      sync.Mutex // guards the rest
	closed  bool
	members map[*member]bool // all open sessions
	idle    []*member        // of these, the free ones; the last was used last
	dialing int
	queue   queue
	tokens  tokens
	part    part
	gate    gate
	retry   *time.Timer // calls grow when the gate opens again
	noPlace time.Time   // all leases are taken; not asked again before
	drained chan struct{}
	seen    seen
}

// New returns a pool. It connects when the first command comes, or at once
// when cfg.Warm asks for it. Close it.
func New(cfg Config) *Pool {
	cfg = cfg.withDefaults()
	p := &Pool{cfg: cfg, id: rand.Text(), members: make(map[*member]bool), need: make(chan struct{}, 1), drained: make(chan struct{})}
	p.gate.limit, p.part.quota = cfg.MaxSessions, cfg.MaxSessions
	p.life, p.end = context.WithCancel(context.Background())
	p.work.Go(p.maintain)
	p.work.Go(p.share)
	p.mu.Lock()
	p.grow()
	p.mu.Unlock()
	return p
}

// Exchange runs one command on a free session and returns the server's reply,
// whatever its code. Waiting for a session is bounded by ctx; from the moment
// a session is held the session's ExchangeTimeout counts too.
//
// A session found dead before the first byte was written is replaced, and the
// command goes on without notice; req.BeforeSend is called once all the same.
// A read-only command whose session is cut is repeated once.
//
// Errors: *session.NotSent (wrapping *epp.InvalidError, *UnavailableError,
// ErrClosed, ctx.Err() or the hook's error) and *session.Unknown.
func (p *Pool) Exchange(ctx context.Context, prio Priority, req session.Request) (*epp.Response, error) {
	c := call{Pool: p, prio: prio, desc: req.Command.Describe()}
	req.BeforeSend = c.once(req.BeforeSend)
	prepared, err := session.Prepare(p.cfg.Session.Objects, req)
	if err != nil {
		return nil, err // no session could do better
	}
	start := time.Now()
	resp, err := c.run(ctx, prepared)
	code := 0
	if resp != nil {
		code = resp.Code()
	}
	var unknown *session.Unknown
	if errors.As(err, &unknown) {
		p.note(err)
	}
	p.cfg.Observer.Exchanged(p.name(), c.desc, code, time.Since(start), err)
	return resp, err
}

// Hello asks for a greeting on a free session, for a person who wants to see
// it; sessions are kept alive without. Errors as those of Exchange.
func (p *Pool) Hello(ctx context.Context, prio Priority) (epp.Greeting, error) {
	m, err := p.acquire(ctx, prio)
	if err != nil {
		return epp.Greeting{}, &session.NotSent{Cause: err}
	}
	g, err := m.session.Hello(ctx)
	if err == nil {
		p.mu.Lock()
		p.seen.greeting, p.seen.greeted = g, true
		p.mu.Unlock()
	}
	p.release(m, err == nil)
	return g, err
}

// call is one Exchange under way.
type call struct {
	*Pool
	prio       Priority
	desc       epp.Description
	hookDone   bool
	hookFailed bool
	repeated   bool
}

// once makes the hook run on the first live session only.
func (c *call) once(hook func(context.Context) error) func(context.Context) error {
	if hook == nil {
		return nil
	}
	return func(ctx context.Context) error {
		if c.hookDone {
			return nil
		}
		err := hook(ctx)
		c.hookDone, c.hookFailed = err == nil, err != nil
		return err
	}
}

func (c *call) run(ctx context.Context, req *session.Prepared) (*epp.Response, error) {
	limited := false
	for {
		m, err := c.acquire(ctx, c.prio)
		if err != nil {
			return nil, &session.NotSent{Cause: err, HookDone: c.hookDone}
		}
		if !limited {
			// From here on, replacements included: a command must not be sent long
			// after its hook has run.
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, c.cfg.Session.ExchangeTimeout)
			defer cancel()
			limited = true
		}
		resp, err := m.session.Send(ctx, req)
		c.release(m, err == nil)
		if err == nil || !c.again(ctx, m, err) {
			return resp, err
		}
	}
}

// again reports whether the command may go to another session.
func (c *call) again(ctx context.Context, m *member, err error) bool {
	if ctx.Err() != nil || c.hookFailed || m.session.Err() == nil {
		return false
	}
	var notSent *session.NotSent
	if errors.As(err, &notSent) {
		return true // the session died before the first byte
	}
	if !c.desc.ReadOnly() || c.repeated {
		return false
	}
	c.repeated = true
	return true
}

// Greeting returns the last greeting seen; ok is false before the first.
func (p *Pool) Greeting() (g epp.Greeting, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.greeting, p.seen.greeted
}

// Greet returns the last greeting seen and waits for a session before the first.
// Errors: *UnavailableError, ErrClosed and ctx.Err().
func (p *Pool) Greet(ctx context.Context, prio Priority) (epp.Greeting, error) {
	for {
		if g, ok := p.Greeting(); ok {
			return g, nil
		}
		m, err := p.acquire(ctx, prio)
		if err != nil {
			return epp.Greeting{}, err
		}
		p.release(m, true)
	}
}

// Close lets commands under way finish, logs all sessions out and gives their
// leases back. When ctx ends first, the rest is cut. New commands fail with
// ErrClosed.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		p.queue.fail(ErrClosed)
		if p.retry != nil {
			p.retry.Stop()
		}
		p.tokens.stop()
		for _, m := range p.takeAllIdle() {
			p.retire(m)
		}
		p.checkDrained()
	}
	p.mu.Unlock()
	p.end()
	var err error
	select {
	case <-p.drained:
	case <-ctx.Done():
		err = ctx.Err()
		p.cutAll()
	}
	p.work.Wait()
	p.withdraw()
	return err
}

func (p *Pool) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for m := range p.members {
		m.session.Close()
	}
}

// checkDrained tells Close that no session is left. Call with mu held.
func (p *Pool) checkDrained() {
	if !p.closed || len(p.members) > 0 || p.dialing > 0 {
		return
	}
	select {
	case <-p.drained:
	default:
		close(p.drained)
	}
}

func (p *Pool) name() string { return p.cfg.Session.Registry }
