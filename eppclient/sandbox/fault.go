package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// FaultKind says how the server misbehaves.
type FaultKind string

// The fault kinds.
const (
	FaultDelay        FaultKind = "delay"         // execute, wait DelayMS, answer
	FaultDropBefore   FaultKind = "drop-before"   // close the connection, execute nothing
	FaultDropAfter    FaultKind = "drop-after"    // execute and commit, close without an answer
	FaultCut          FaultKind = "cut"           // execute and commit, send half the answer, close
	FaultCode         FaultKind = "code"          // answer Code, execute nothing
	FaultSessionLimit FaultKind = "session-limit" // sessions per account are Limit while it stands
	FaultOdd          FaultKind = "odd"           // execute, answer in the off-schema Form
)

// Fault is one order to misbehave. Empty Verb, Object and Name match every
// command; login, logout, poll and hello are verbs too, with no object.
type Fault struct {
	ID          int       `json:"id"` // set by the server
	Kind        FaultKind `json:"kind"`
	Verb        string    `json:"verb,omitempty"`        // "create", "login", …
	Object      string    `json:"object,omitempty"`      // "domain", "contact", "host", "nsset", "keyset"
	Name        string    `json:"name,omitempty"`        // object name or contact id
	Count       int       `json:"count,omitempty"`       // how often it strikes; 0 = until removed
	DelayMS     int       `json:"delay_ms,omitempty"`    // delay only
	Code        int       `json:"code,omitempty"`        // code only: a 2xxx result code
	Form        string    `json:"form,omitempty"`        // odd only: one of OddForms
	Limit       int       `json:"limit,omitempty"`       // session-limit only; 0 refuses every login
	Probability float64   `json:"probability,omitempty"` // 0 < p <= 1; 0 means 1
	Hits        int       `json:"hits"`                  // set by the server: how often it struck
}

// ErrInvalid wraps every complaint about an argument of the control methods.
var ErrInvalid = errors.New("invalid argument")

func (f Fault) check() error {
	switch f.Kind {
	case FaultDropBefore, FaultDropAfter, FaultCut:
	case FaultDelay:
		if f.DelayMS <= 0 {
			return fmt.Errorf("%w: delay needs delay_ms", ErrInvalid)
		}
	case FaultCode:
		if f.Code < 2000 || messages[f.Code] == "" {
			return fmt.Errorf("%w: code %d is not a failure of RFC 5730", ErrInvalid, f.Code)
		}
	case FaultOdd:
		if oddForms[f.Form] == nil {
			return fmt.Errorf("%w: form %q", ErrInvalid, f.Form)
		}
	case FaultSessionLimit:
		if f.Limit < 0 {
			return fmt.Errorf("%w: limit %d", ErrInvalid, f.Limit)
		}
	default:
		return fmt.Errorf("%w: fault kind %q", ErrInvalid, f.Kind)
	}
	if f.Verb != "" && f.Verb != "hello" && !slices.Contains(verbs, f.Verb) && !slices.Contains(fredCommands, f.Verb) {
		return fmt.Errorf("%w: verb %q", ErrInvalid, f.Verb)
	}
	if f.Object != "" && f.Object != "host" && fredNS(f.Object) == "" {
		return fmt.Errorf("%w: object %q", ErrInvalid, f.Object)
	}
	if f.Count < 0 || f.Probability < 0 || f.Probability > 1 {
		return fmt.Errorf("%w: count %d, probability %g", ErrInvalid, f.Count, f.Probability)
	}
	return nil
}

func (f *Fault) matches(verb, object string, keys []string) bool {
	return (f.Verb == "" || f.Verb == verb) && (f.Object == "" || f.Object == object) &&
		(f.Name == "" || slices.Contains(keys, fold(f.Name)) || slices.Contains(keys, f.Name))
}

// strike is what the faults decided for one command.
type strike struct {
	delay time.Duration
	kind  FaultKind // drop-before, drop-after, cut, code, odd or ""
	code  int
	form  string
}

// faults is the list of standing orders. All methods are safe for concurrent use.
type faults struct {
	mu      sync.Mutex // guards everything below
	list    []*Fault
	lastID  int
	random  *rand.Rand
	latency map[string]time.Duration
}

func newFaults(seed uint64, latency map[string]time.Duration) *faults {
	return &faults{random: rand.New(rand.NewPCG(seed, seed)), latency: maps.Clone(latency)}
}

func (f *faults) add(order Fault) (Fault, error) {
	if err := order.check(); err != nil {
		return Fault{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastID++
	order.ID, order.Hits = f.lastID, 0
	f.list = append(f.list, &order)
	return order, nil
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// all returns copies, spent ones (Hits = Count) included, oldest first.
func (f *faults) all() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Fault, 0, len(f.list))
	for _, order := range f.list {
		out = append(out, *order)
	}
	return out
}

// decide draws for one command: every matching delay adds up, and the first
// matching fault of another kind strikes.
func (f *faults) decide(verb, object string, keys []string) strike {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := strike{delay: f.latencyOf(verb)}
	for _, order := range f.list {
		if order.Kind == FaultSessionLimit || (order.Kind != FaultDelay && out.kind != "") {
			continue
		}
		if (order.Count > 0 && order.Hits >= order.Count) || !order.matches(verb, object, keys) {
			continue
		}
		if order.Probability > 0 && f.random.Float64() >= order.Probability {
			continue
		}
		order.Hits++
		if order.Kind == FaultDelay {
			out.delay += time.Duration(order.DelayMS) * time.Millisecond
			continue
		}
		out.kind, out.code, out.form = order.Kind, order.Code, order.Form
	}
	return out
}

func (f *faults) latencyOf(verb string) time.Duration {
	if d, ok := f.latency[verb]; ok {
		return d
	}
	return f.latency["*"]
}

func (f *faults) setLatency(latency map[string]time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latency = maps.Clone(latency)
}

// checkLatency accepts verbs and "*", with delays that are not negative.
func checkLatency(latency map[string]time.Duration) error {
	for verb, d := range latency {
		if (verb != "*" && verb != "hello" && !slices.Contains(verbs, verb)) || d < 0 {
			return fmt.Errorf("%w: latency %s for verb %q", ErrInvalid, d, verb)
		}
	}
	return nil
}

// sessionLimit is the newest standing session-limit fault, or normal. A Count
// bounds how many logins it refuses; refused reports one.
func (f *faults) sessionLimit(normal int) (limit int, refused func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, order := range slices.Backward(f.list) {
		if order.Kind == FaultSessionLimit && (order.Count == 0 || order.Hits < order.Count) {
			return order.Limit, func() {
				f.mu.Lock()
				defer f.mu.Unlock()
				order.Hits++
			}
		}
	}
	return normal, func() {}
}
