package ui

import (
	"context"
	"strings"
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

// SignInKey is whose tries a sign-in counts among: those of the account, or,
// when known says that the account was signed in to from this browser before,
// those of this browser for this account. Strangers who guess then use up the
// tries of the account and not those of its owner.
func SignInKey(ctx context.Context, email, device string, known func(ctx context.Context, email, device string) (bool, error)) (string, error) {
	key := strings.ToLower(email)
	is, err := known(ctx, email, device)
	if err != nil {
		return "", err
	}
	if is {
		key += " " + device
	}
	return key, nil
}
