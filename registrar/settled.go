package registrar

import (
	"context"
	"time"
)

// WaitRead returns a domain of the customer once the registry's own view of it
// was read after its last change, or as it is after max: statuses and dates that
// the registry sets by itself are known only then.
func (e *Engine) WaitRead(ctx context.Context, customerID, name string, max time.Duration) (Domain, error) {
	ctx, cancel := context.WithTimeout(ctx, max)
	defer cancel()
	for {
		d, again, err := e.waitReadOnce(ctx, customerID, name)
		if err != nil || !again || ctx.Err() != nil {
			return d, err
		}
	}
}

// waitReadOnce reads the domain and, while it is to be read, waits for that.
func (e *Engine) waitReadOnce(ctx context.Context, customerID, name string) (d Domain, again bool, err error) {
	unbound := context.WithoutCancel(ctx)
	if d, err = e.OwnedDomain(unbound, customerID, name); err != nil || !d.NeedsInfo {
		return d, false, err
	}
	read, leave := e.notice.watch(d.ID)
	defer leave()
	// Between reading and watching it may have been read.
	if d, err = e.OwnedDomain(unbound, customerID, name); err != nil || !d.NeedsInfo {
		return d, false, err
	}
	timer := time.NewTimer(250 * time.Millisecond) // another replica may do the work
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-read:
	case <-timer.C:
	}
	return d, true, nil
}
