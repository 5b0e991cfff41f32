// Package measure prints what benchmarks find, one figure a line, so that a
// person and a script can both read it:
//
//	name value unit
package measure

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Times is a set of measured durations. It is safe for concurrent use.
type Times struct {
	mu  sync.Mutex
	all []time.Duration
}

// Add notes one duration.
func (t *Times) Add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

// Quantile returns the duration that the share q of all does not exceed;
// 0.5 is the median. It is 0 when nothing was measured.
func (t *Times) Quantile(q float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return 0
	}
	sorted := slices.Clone(t.all)
	slices.Sort(sorted)
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Median is Quantile(0.5).
func (t *Times) Median() time.Duration { return t.Quantile(0.5) }

// Line prints one figure.
func Line(w io.Writer, name string, value float64, unit string) {
	_, _ = fmt.Fprintf(w, "%-44s %12.3f %s\n", name, value, unit) // a closed output loses figures, nothing else
}

// Millis prints a duration in milliseconds.
func Millis(w io.Writer, name string, d time.Duration) {
	Line(w, name, float64(d)/float64(time.Millisecond), "ms")
}

// Ratio prints a/b.
func Ratio(w io.Writer, name string, a, b time.Duration) {
	Line(w, name, float64(a)/float64(max(b, 1)), "ratio")
}
