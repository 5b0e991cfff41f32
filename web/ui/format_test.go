package ui

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

func TestFormatMoney(t *testing.T) {
	for want, m := range map[string]registrar.Money{
		"$12.00": {Minor: 1200, Currency: "USD"}, "-$0.05": {Minor: -5, Currency: "USD"}, "$1,234,567.89": {Minor: 123456789, Currency: "USD"},
		"€999.00": {Minor: 99900, Currency: "EUR"}, "¥1,200": {Minor: 1200, Currency: "JPY"}, "CHF 12.00": {Minor: 1200, Currency: "CHF"},
		"-CHF 1,000.00": {Minor: -100000, Currency: "CHF"}, "$0.00": {Currency: "USD"},
	} {
		if got := FormatMoney(m); got != want {
			t.Errorf("%+v: %s, want %s", m, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	now := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	for want, at := range map[string]time.Time{
		"today": now.Add(-23 * time.Hour), "tomorrow": now.Add(2 * time.Minute), "yesterday": now.Add(-24 * time.Hour),
		"in 111 days": time.Date(2027, 3, 14, 0, 0, 0, 0, time.UTC), "in 3 years": now.AddDate(3, 0, 1), "30 days ago": now.AddDate(0, 0, -30), "5 years ago": now.AddDate(-5, 0, -3),
	} {
		if got := Distance(at, now); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for want, d := range map[string]time.Duration{"just now": 59 * time.Second, "1 min": time.Minute, "3 h": 3*time.Hour + time.Minute, "47 h": 47 * time.Hour, "2 days": 48 * time.Hour} {
		if got := Age(now.Add(-d), now); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/a?b=c#d": "/a?b=c#d", "": "/f", "a": "/f", "//evil": "/f", "///evil": "/f", `/\evil`: "/f", "/\r\nX: y": "/f",
		"https://evil": "/f", "/a://b": "/f", "/\t//evil": "/f",
	} {
		if got := LocalPath(next, "/f"); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}

func TestShortID(t *testing.T) {
	for id, want := range map[string]string{"ord_01k9zq3v1c7p0e4v8n5j2x6r3w": "ord_…5j2x6r3w", "a_b": "a_b", "short": "short", "topup-0123456789abcdef0123": "…cdef0123", "": ""} {
		if got := shortID(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// TestStatusOf: each kind has a status and words, and unknown errors say nothing.
func TestStatusOf(t *testing.T) {
	kinds := []registrar.Kind{
		registrar.KindInvalid, registrar.KindNotFound, registrar.KindConflict, registrar.KindProhibited, registrar.KindInsufficientFunds, registrar.KindPriceChanged,
		registrar.KindUnsupported, registrar.KindUnauthenticated, registrar.KindForbidden, registrar.KindRateLimited, registrar.KindUnavailable, registrar.KindIdempotencyReuse,
	}
	for _, k := range kinds {
		err := fmt.Errorf("doing: %w", registrar.Errorf(k, "code", "Said to people.").Because(errors.New("secret cause")))
		if code := StatusOf(err); code == http.StatusInternalServerError || problems[code].title == "" {
			t.Errorf("%s: status %d without words", k, code)
		}
		if Problem(err) != "Said to people." {
			t.Errorf("%s: %q", k, Problem(err))
		}
	}
	hidden := errors.New("password=hunter2")
	if StatusOf(hidden) != http.StatusInternalServerError || Problem(hidden) != problems[http.StatusInternalServerError].text {
		t.Errorf("an unknown error says %q", Problem(hidden))
	}
	if StatusOf(echo.ErrNotFound) != http.StatusNotFound || !Mishap(hidden) || !Mishap(echo.ErrNotFound) || Mishap(echo.ErrBadRequest) {
		t.Error("mishaps are mixed up")
	}
}

// TestEveryStateHasWords: no page shows a raw state.
func TestEveryStateHasWords(t *testing.T) {
	states := []any{
		registrar.DomainPendingCreate, registrar.DomainActive, registrar.DomainFailed,
		registrar.OrderPaid, registrar.OrderCompleted, registrar.OrderPartly, registrar.OrderFailed,
		registrar.LineOpen, registrar.LineDone, registrar.LineFailed,
		registrar.OpRunning, registrar.OpSucceeded, registrar.OpFailed, registrar.OpNeedsReview,
		registrar.CommandWaiting, registrar.CommandQueued, registrar.CommandSent, registrar.CommandDone, registrar.CommandFailed, registrar.CommandNeedsReview, registrar.CommandCancelled,
		registrar.Available, registrar.Registered, registrar.Reserved, registrar.Unsupported, registrar.Unknown,
	}
	for _, s := range states {
		if got := stateBadge(s); got == badge(string(quiet), fmt.Sprint(s)) {
			t.Errorf("%T %v has no words", s, s)
		}
	}
	if got := stateBadge(registrar.DomainState("<b>")); got != `<span class="tag tag-quiet">&lt;b&gt;</span>` {
		t.Errorf("an unknown state shows as %s", got)
	}
}
