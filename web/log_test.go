package web_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/indera/indera/web"
)

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *journal) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// with returns the lines that hold all words.
func (l *journal) with(words ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(l.buf.String(), "\n") {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

// TestRefusalsAreLogged: a failed sign-in, a failed proof and a refused page
// leave account and network in the log, and neither address nor whole IP.
func TestRefusalsAreLogged(t *testing.T) {
	var log journal
	h := newHouse(t, func(o *web.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	ada, user := h.unconfirmed("ada@example.org", 0)
	h.person().post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {"wrong password"}})
	ada.post("/security/totp", url.Values{})
	h.person().post("/sign-in", url.Values{"email": {"nobody@example.org"}, "password": {"wrong password"}})
	for _, want := range [][]string{
		{"route=/sign-in", "status=401", "account=" + user.ID, "network=127.0.0.0/24"},
		{"route=/security/totp", "status=403", "account=" + user.ID, "network=127.0.0.0/24"},
	} {
		if log.with(want...) != 1 {
			t.Errorf("%d lines with %q in\n%s", log.with(want...), want, log.buf.String())
		}
	}
	if log.with("route=/sign-in", "status=401") != 2 {
		t.Error("the try at an unknown address is not in the log")
	}
	if log.with("ada@example.org")+log.with("nobody@example.org")+log.with("127.0.0.1") != 0 {
		t.Errorf("the log tells too much:\n%s", log.buf.String())
	}
}
