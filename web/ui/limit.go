package ui

import (
	"time"

	"github.com/indera/indera/web/ratelimit"
)

// TooFast says that a rate limit was hit and when to come back.
type TooFast struct{ RetryAfter time.Duration }

// Error says so.
func (e *TooFast) Error() string { return "too many requests" }

// Charge takes one request of a client, or returns *TooFast.
func Charge(l *ratelimit.Limiter, client string) error {
	if v := l.Take(client); !v.OK {
		return &TooFast{RetryAfter: v.RetryAfter}
	}
	return nil
}
