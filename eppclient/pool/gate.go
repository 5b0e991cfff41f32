package pool

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
)

// gate decides when another connect may be tried: backoff, circuit breaker,
// and the registry's own limits. Guarded by Pool.mu.
type gate struct {
	failures int       // rounds of failed connects since the last answered command
	failedAt time.Time // when the last round failed
	retryAt  time.Time // no connect before
	reason   Reason    // why callers are refused, "" = they are not
	last     error

	limitHits  int       // refusals for the session limit since the last login
	limit      int       // sessions we try to hold at most
	limitUntil time.Time // limit is lowered until then; zero = it is not
}

// refusal returns why a caller must not wait, or nil. When the time has come
// the gate is half open: callers wait for one probing connect.
func (g *gate) refusal(registry string, now time.Time) error {
	if g.reason == "" || !now.Before(g.retryAt) {
		return nil
	}
	return &UnavailableError{Registry: registry, Reason: g.reason, RetryAt: g.retryAt, Err: g.last}
}

// wait returns how long no connect may be tried.
func (g *gate) wait(now time.Time) time.Duration { return max(0, g.retryAt.Sub(now)) }

// room returns how many more sessions may be opened.
func (g *gate) room(now time.Time, cfg Config, open, dialing int) int {
	if !g.limitUntil.IsZero() && !now.Before(g.limitUntil) {
		g.limit, g.limitUntil = cfg.MaxSessions, time.Time{}
	}
	room := g.limit - open - dialing
	if g.failures > 0 || g.reason != "" {
		room = min(room, 1-dialing) // one probe at a time
	}
	return room
}

// connected notes a login. Failures are forgotten only by proved: a server
// may accept the login and then cut, so until then connects stay spread.
func (g *gate) connected(cfg Config) {
	g.reason, g.retryAt, g.limitHits = "", time.Time{}, 0
	if g.failures > 0 {
		g.retryAt = time.Now().Add(backoff(cfg, g.failures))
	}
}

// proved notes an answered command.
func (g *gate) proved() {
	if g.failures == 0 {
		return
	}
	g.failures = 0
	if g.reason == "" {
		g.retryAt = time.Time{}
	}
}

// failed notes a failed connect or a session cut before its first answer.
// started is when the connect began, open the number of sessions left.
func (g *gate) failed(cfg Config, err error, started time.Time, open int) {
	now := time.Now()
	g.last = err
	var ce *session.ConnectError
	var invalid *epp.InvalidError
	switch {
	case errors.As(err, &ce) && (ce.SessionLimit() || ce.CredentialsRefused() && open > 0):
		// Some servers say 2501 for the limit too; while other sessions of ours
		// are logged in, the password cannot be the reason.
		g.limitHits++
		pause := limitPause(cfg, g.limitHits)
		g.limit, g.limitUntil = max(open, 1), now.Add(pause)
		g.retryAt = now.Add(jitter(pause))
		g.reason = ReasonSessionLimit
	case errors.As(err, &ce) && (ce.CredentialsRefused() || ce.Stage == session.StageConfig), errors.As(err, &invalid):
		g.retryAt = now.Add(jitter(cfg.CredentialsRetry))
		g.reason = ReasonCredentials
	case !started.After(g.failedAt):
		// Of the same round as the last one: connects that failed side by side
		// count once.
	default:
		g.failures++
		g.failedAt = now
		g.retryAt = now.Add(backoff(cfg, g.failures))
		g.reason = ""
		if g.failures >= cfg.BreakerAfter {
			g.reason = ReasonUnreachable
		}
	}
}

// backoff doubles from BackoffMin to BackoffMax.
func backoff(cfg Config, failures int) time.Duration {
	d := cfg.BackoffMin
	for i := 1; i < failures && d < cfg.BackoffMax; i++ {
		d *= 2
	}
	return jitter(min(d, cfg.BackoffMax))
}

// limitPause doubles from a sixteenth of LimitBackoff to the whole: most often
// the registry merely has not noticed yet that a session of ours is gone.
func limitPause(cfg Config, hits int) time.Duration {
	return cfg.LimitBackoff >> max(0, 5-hits)
}

// jitter returns d to 1.5 d: never less than asked, and replicas that failed
// together do not come back together.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/2+1) }
