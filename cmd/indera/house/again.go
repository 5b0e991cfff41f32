package house

import (
	"context"
	"time"
)

// A job that failed is tried again after a minute, two, four … and at last every
// half hour, while its slot lasts.
const (
	againFirst = time.Minute
	againMost  = 30 * time.Minute
)

// untilDone runs a job whose slot is long until it ends well, by business time.
// The slot is kept meanwhile, so no other process tries too. It ends with the last
// error when no time is left in the slot, and when ctx ends.
func (h *house) untilDone(ctx context.Context, name string, every time.Duration, run func(context.Context) error) error {
	end := h.clock.Now().Add(every * 9 / 10) // as long as slots.Lock takes it
	for wait := againFirst; ; wait = min(2*wait, againMost) {
		err := run(ctx)
		if err == nil || ctx.Err() != nil || !h.clock.Now().Add(wait).Before(end) {
			return err
		}
		h.log.WarnContext(ctx, "job failed and is tried again", "job", name, "after", wait, "error", err)
		timer := h.clock.NewTimer(wait)
		select {
		case <-timer.Chan():
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}
