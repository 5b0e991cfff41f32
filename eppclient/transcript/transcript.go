// Package transcript records what was said on EPP sessions, with every secret
// masked before it leaves the session: passwords, authInfo and whatever sits
// in elements or attributes of those names, however they are written.
package transcript

import "time"

// Exchange is one frame sent and the answer to it, if any came.
type Exchange struct {
	Registry  string
	SessionID string // ours, names one connection
	CommandID string // the caller's, "" for session traffic
	ClTRID    string // "" for greeting and hello
	SvTRID    string // "" when there was no answer
	Verb      string // "create", "login", "hello", "greeting", …
	Kind      string // "domain", "host", "contact" or ""
	Object    string // names or ids, joined by a comma
	Started   time.Time
	Duration  time.Duration
	Request   []byte // masked frame, nil for the greeting
	Response  []byte // masked frame, nil when none came
	Code      int    // result code, 0 when there is none
	Err       error  // why there is no usable answer, or nil; holds no secret
}

// Transcript keeps exchanges. Record is called by many sessions at once and
// must not block: the session waits for it.
type Transcript interface {
	Record(Exchange)
}

// Discard keeps nothing.
var Discard Transcript = discard{}

type discard struct{}

func (discard) Record(Exchange) {}
