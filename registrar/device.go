package registrar

import (
	"context"
	"fmt"
	"strings"
)

// KnowsDevice reports whether the user with this address has signed in before,
// within what is kept of sessions, by the browser that holds this value of the
// device cookie. Faces count the tries of such a browser apart from those of
// strangers, so that nobody can lock the owner out by guessing: the value is
// random and leaves the browser for us alone.
func (e *Engine) KnowsDevice(ctx context.Context, email, device string) (bool, error) {
	if device == "" {
		return false, nil
	}
	user, err := e.store.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil && !IsNotFound(err) {
		return false, fmt.Errorf("looking for a known browser: %w", err)
	}
	// An unknown address costs the same look: the empty id has no sessions.
	known, _, err := e.store.DeviceKnown(ctx, user.ID, digest(device))
	if err != nil {
		return false, fmt.Errorf("looking for a known browser: %w", err)
	}
	return known, nil
}
