// Package ratelimit counts requests per client with token buckets. Each of several
// processes that serve the same face counts for itself and enforces its share. Memory is
// bounded: when more clients are seen than fit, the one unseen for longest is
// forgotten and starts anew with a full bucket.
package ratelimit

import (
	"container/list"
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Rule says how much one client may ask. The zero Rule sets no limit.
type Rule struct {
	PerSecond float64 // refill of the bucket
	Burst     int     // size of the bucket, at least 1
}

// unlimited reports whether the rule lets everything pass.
func (r Rule) unlimited() bool { return r.PerSecond <= 0 || r.Burst < 1 }

// over returns the share of one of n processes, so that all together let pass
// what the rule says; of a burst that is smaller than n each keeps one.
func (r Rule) over(n int) Rule {
	if n < 2 || r.unlimited() {
		return r
	}
	return Rule{PerSecond: r.PerSecond / float64(n), Burst: max(1, r.Burst/n)}
}

// Window returns the seconds in which an empty bucket fills, at least 1: the
// "w" of a RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers).
func (r Rule) Window() int {
	if r.unlimited() {
		return 1
	}
	return max(1, int(math.Ceil(float64(r.Burst)/r.PerSecond)))
}

// Verdict is the answer for one request.
type Verdict struct {
	OK         bool
	Remaining  int           // whole requests left now
	Reset      time.Duration // until the bucket is full again
	RetryAfter time.Duration // until one request fits; 0 when OK
}

// Limiter holds the buckets of one rule. It is safe for concurrent use.
type Limiter struct {
	rule  Rule
	max   int
	clock clockwork.Clock
	among func() int // processes that share the rule

	mu      sync.Mutex // guards the two below
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, most recently used first
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

// DefaultClients bounds a limiter that is given no bound: about 20 MB.
const DefaultClients = 100_000

// New returns a limiter that remembers at most maxClients clients; 0 takes
// DefaultClients.
func New(rule Rule, maxClients int, clock clockwork.Clock) *Limiter {
	if maxClients <= 0 {
		maxClients = DefaultClients
	}
	if clock == nil {
		clock = clockwork.NewRealClock()
	}
	return &Limiter{rule: rule, max: maxClients, clock: clock, among: func() int { return 1 }, buckets: make(map[string]*list.Element), recent: list.New()}
}

// Among makes the limiter enforce one process's share of its rule. processes
// returns how many share it, now; it is asked at each request, so it has to answer
// at once. Nil: this one alone. It returns the limiter, and is called before use.
func (l *Limiter) Among(processes func() int) *Limiter {
	if processes != nil {
		l.among = processes
	}
	return l
}

// Rule returns what the limiter enforces now: its share.
func (l *Limiter) Rule() Rule { return l.rule.over(l.among()) }

// Take charges one request to the client and says whether it may pass.
func (l *Limiter) Take(client string) Verdict {
	if l.rule.unlimited() {
		return Verdict{OK: true, Remaining: math.MaxInt32}
	}
	rule := l.Rule()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(client, rule)
	v := Verdict{OK: b.tokens >= 1}
	if v.OK {
		b.tokens--
	} else {
		v.RetryAfter = rule.wait(1 - b.tokens)
	}
	v.Remaining = int(b.tokens)
	v.Reset = rule.wait(float64(rule.Burst) - b.tokens)
	return v
}

// bucket returns the client's bucket, refilled to now. What is in it from a time
// when the share was larger is lost.
func (l *Limiter) bucket(client string, rule Rule) *bucket {
	now := l.clock.Now()
	if el, ok := l.buckets[client]; ok {
		l.recent.MoveToFront(el)
		b := el.Value.(*bucket)
		if gone := now.Sub(b.at); gone > 0 {
			b.tokens += gone.Seconds() * rule.PerSecond
			b.at = now
		}
		b.tokens = math.Min(float64(rule.Burst), b.tokens)
		return b
	}
	for len(l.buckets) >= l.max {
		last := l.recent.Back()
		delete(l.buckets, last.Value.(*bucket).key)
		l.recent.Remove(last)
	}
	b := &bucket{key: client, tokens: float64(rule.Burst), at: now}
	l.buckets[client] = l.recent.PushFront(b)
	return b
}

// wait returns how long the refill of so many tokens takes.
func (r Rule) wait(tokens float64) time.Duration {
	if tokens <= 0 {
		return 0
	}
	return time.Duration(tokens / r.PerSecond * float64(time.Second))
}

// Seconds rounds up to whole seconds, as Retry-After and RateLimit-Reset are
// written (RFC 9110 §10.2.3).
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Client returns the key under which a peer is counted: the address for IPv4,
// the /64 network for IPv6, where one subscriber holds at least that much.
// What is not an address is its own key.
func Client(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}
