package measure

import (
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var times Times
	if times.Median() != 0 {
		t.Error("nothing measured has a median")
	}
	for _, ms := range []int{9, 1, 5, 3, 7} {
		times.Add(time.Duration(ms) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0: time.Millisecond, 0.5: 5 * time.Millisecond, 0.9: 9 * time.Millisecond, 1: 9 * time.Millisecond} {
		if got := times.Quantile(q); got != want {
			t.Errorf("quantile %g is %s, want %s", q, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	var out strings.Builder
	Millis(&out, "a", 1500*time.Microsecond)
	Ratio(&out, "b", 3*time.Second, 2*time.Second)
	if got := strings.Fields(out.String()); strings.Join(got, " ") != "a 1.500 ms b 1.500 ratio" {
		t.Errorf("printed %q", out.String())
	}
}
