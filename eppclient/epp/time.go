package epp

import (
	"strings"
	"time"
)

// Time is a point in time as a registry wrote it, with its reading. Registries
// write Z, offsets, fractions, no zone at all or a bare date.
type Time struct {
	Raw  string    // as given; "" when the element was absent
	Time time.Time // in UTC; zero when absent or unreadable
}

// timeLayouts are tried in order. Fractions of a second are accepted by the
// time package behind any seconds field. A missing zone is read as UTC
// (RFC 5730 §2.4 wants UTC).
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05",
	"2006-01-02Z07:00",
	"2006-01-02",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
}

// ParseTime reads a registry's time leniently; it never fails, but leaves
// Time zero when raw is none.
func ParseTime(raw string) Time {
	raw = strings.TrimSpace(raw)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, raw); err == nil {
			return Time{Raw: raw, Time: t.UTC()}
		}
	}
	return Time{Raw: raw}
}

// Date returns the date part as the registry wrote it, "YYYY-MM-DD", without
// any conversion of zone: this is what renew's curExpDate wants (RFC 5731
// §3.2.3). "" when there is none.
func (t Time) Date() string {
	if t.Time.IsZero() {
		return ""
	}
	return t.Raw[:len("2006-01-02")]
}
