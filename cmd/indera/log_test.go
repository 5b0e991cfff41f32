package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/config"
)

// TestLogIsUTC: whatever zone the machine is in.
func TestLogIsUTC(t *testing.T) {
	east, was := time.FixedZone("east", 3*3600), time.Local
	time.Local = east // what a machine elsewhere has
	t.Cleanup(func() { time.Local = was })
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		newLogger(config.Log{Format: format}, &out).Info("x", "at", time.Date(2026, 11, 23, 10, 0, 0, 0, east))
		if !strings.Contains(out.String(), "2026-11-23T07:00:00") || strings.Contains(out.String(), "+03:00") {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}
