package pool

import (
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/session"
)

// Observer is told what happens, for metrics. Its methods are called by many
// goroutines, must not block and must not call the pool.
type Observer interface {
	SessionOpened(registry string)
	// SessionClosed tells why a session was lost; nil means that we closed it.
	SessionClosed(registry string, cause error)
	ConnectFailed(registry string, err error)
	// Waited tells how long a caller waited for a session.
	Waited(registry string, prio Priority, d time.Duration)
	// Exchanged tells of one command; code is 0 when no reply came, then err
	// says why. d includes the wait.
	Exchanged(registry string, command epp.Description, code int, d time.Duration, err error)
	// ExpiryKnown tells again and again when something expires; ExpiresSoon once
	// a day what does so within Config.ExpiryWarning, or has.
	ExpiryKnown(registry string, e Expiry)
	ExpiresSoon(registry string, e Expiry)
	// SecurityEvent tells, once a day, what the server found wrong with our
	// security at login (RFC 8807).
	SecurityEvent(registry string, e loginsec.Event)
}

type noObserver struct{}

func (noObserver) SessionOpened(string)                                         {}
func (noObserver) SessionClosed(string, error)                                  {}
func (noObserver) ConnectFailed(string, error)                                  {}
func (noObserver) Waited(string, Priority, time.Duration)                       {}
func (noObserver) Exchanged(string, epp.Description, int, time.Duration, error) {}
func (noObserver) ExpiryKnown(string, Expiry)                                   {}
func (noObserver) ExpiresSoon(string, Expiry)                                   {}
func (noObserver) SecurityEvent(string, loginsec.Event)                         {}

// State is the pool's health in one word.
type State string

// States.
const (
	StateUp       State = "up"       // at least one session is open
	StateIdle     State = "idle"     // no session, and none was needed
	StateRetrying State = "retrying" // connects fail, callers still wait
	StateDown     State = "down"     // callers are refused; see Stats.Reason
	StateClosed   State = "closed"
)

// Stats is the pool at one moment.
type Stats struct {
	Registry    string
	State       State
	Reason      Reason // why it is down, or why it may not grow
	Open        int    // sessions
	Busy        int    // of these, in use or being greeted
	Dialing     int
	Limit       int       // sessions we try to hold at most now
	Waiting     int       // callers
	RetryAt     time.Time // no connect before; zero = any time
	LastError   string    // last failure of a connect, session or lease
	LastErrorAt time.Time
	ServerCert  time.Time // end of validity, zero before the first connect
	ClientCert  time.Time // zero when we show none
	Soon        []Expiry  // what expires within Config.ExpiryWarning, or has
}

// seen is what the pool remembers for Stats. Guarded by Pool.mu.
type seen struct {
	greeting   epp.Greeting
	greeted    bool
	serverCert time.Time
	password   time.Time            // when it expires, zero = the server does not say
	said       map[string]time.Time // when a warning was last given
	err        error
	errAt      time.Time
}

func (s *seen) meet(sess *session.Session) {
	s.greeting, s.greeted = sess.Greeting(), true
	s.serverCert = sess.ServerCertExpiry()
}

func (s *seen) fail(err error) { s.err, s.errAt = err, time.Now().UTC() }

// note remembers an error for Stats; nil is fine.
func (p *Pool) note(err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen.fail(err)
}

// Stats returns the pool's present state. It does no I/O.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{
		Registry: p.name(), State: p.state(), Reason: p.gate.reason,
		Open: len(p.members), Busy: len(p.members) - len(p.idle), Dialing: p.dialing, Limit: p.gate.limit,
		Waiting: p.queue.len(), RetryAt: p.gate.retryAt, LastErrorAt: p.seen.errAt,
		ServerCert: p.seen.serverCert, ClientCert: p.clientCert(), Soon: p.soon(),
	}
	if p.seen.err != nil {
		s.LastError = p.seen.err.Error()
	}
	return s
}

func (p *Pool) state() State {
	switch {
	case p.closed:
		return StateClosed
	case len(p.members) > 0:
		return StateUp
	case p.gate.reason != "":
		return StateDown
	case p.gate.failures > 0:
		return StateRetrying
	}
	return StateIdle
}
