package pool

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed says that the pool is closed.
var ErrClosed = errors.New("session pool closed")

// Reason says why a registry cannot be used now.
type Reason string

// Reasons.
const (
	ReasonUnreachable  Reason = "unreachable"         // connects fail; the circuit is open
	ReasonCredentials  Reason = "credentials refused" // a person must look
	ReasonSessionLimit Reason = "session limit"       // the registry has too many of our sessions
)

// UnavailableError says that no session is to be had now, and nothing was
// tried for this caller.
type UnavailableError struct {
	Registry string
	Reason   Reason
	RetryAt  time.Time // not tried again before
	Err      error     // the last failure
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("registry %s is unavailable (%s) until %s: %v",
		e.Registry, e.Reason, e.RetryAt.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns the last failure.
func (e *UnavailableError) Unwrap() error { return e.Err }
