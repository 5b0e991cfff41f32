package house

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
)

// tries runs a job that fails so many times and returns when it was tried, in
// minutes, and how it ended.
func tries(t *testing.T, every time.Duration, fails int) ([]int, error) {
	t.Helper()
	clock := clockwork.NewFakeClock()
	h := &house{clock: clock, log: slog.New(slog.DiscardHandler)}
	began := clock.Now()
	var at []int
	done := make(chan error, 1)
	go func() {
		done <- h.untilDone(t.Context(), "import", every, func(context.Context) error {
			at = append(at, int(clock.Since(began)/time.Minute))
			if len(at) <= fails {
				return errors.New("the billing system is away")
			}
			return nil
		})
	}()
	for {
		waiting := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { waiting <- clock.BlockUntilContext(ctx, 1) }()
		select {
		case err := <-done:
			cancel()
			return at, err
		case err := <-waiting:
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Minute)
		}
	}
}

// TestFailedJobIsTriedAgain: with growing pauses, within its slot.
func TestFailedJobIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		every time.Duration
		fails int
		want  []int
		ends  bool // well
	}{
		{6 * time.Hour, 0, []int{0}, true},
		{6 * time.Hour, 3, []int{0, 1, 3, 7}, true},
		{6 * time.Hour, 1000, []int{0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 211, 241, 271, 301}, false}, // 324 minutes
		{15 * time.Minute, 1000, []int{0, 1, 3, 7}, false},
		{time.Minute, 1000, []int{0}, false},
	} {
		at, err := tries(t, c.every, c.fails)
		if !slices.Equal(at, c.want) || (err == nil) != c.ends {
			t.Errorf("every %s, %d failures: tried at %v, want %v; %v", c.every, c.fails, at, c.want, err)
		}
	}
}

// TestTryingAgainEndsWithTheProcess: a stop doesn't wait for the next try.
func TestTryingAgainEndsWithTheProcess(t *testing.T) {
	clock := clockwork.NewFakeClock()
	h := &house{clock: clock, log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	failed := errors.New("away")
	done := make(chan error, 1)
	go func() { done <- h.untilDone(ctx, "import", time.Hour, func(context.Context) error { return failed }) }()
	if err := clock.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := next(t, done); !errors.Is(err, failed) {
		t.Errorf("ended with %v", err)
	}
}
