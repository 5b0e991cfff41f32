package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
)

// safeBuffer takes log lines of many goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	return ln.Addr().String()
}

// testConfig is a whole configuration on free ports and a SQLite file.
func testConfig(t *testing.T) *config.Config {
	t.Helper()
	c := &config.Config{
		Sandbox: true, Drain: 10 * time.Second,
		Database: config.Database{Driver: "sqlite", Path: filepath.Join(t.TempDir(), "indera.db")},
		Registrar: config.Registrar{
			Name: "Test Registrar", IANAID: 9999, URL: "https://r.example", AbuseEmail: "abuse@r.example", AbusePhone: "+1.5551234",
		},
		HTTP: config.HTTP{Listen: freeAddr(t)}, RDAP: config.RDAP{Listen: freeAddr(t)},
		WHOIS: config.WHOIS{Listen: freeAddr(t)}, Ops: config.Ops{Listen: freeAddr(t)},
	}
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	return c
}

// code asks until something answers and returns the status.
func code(t *testing.T, url string) int {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get(url)
		if err == nil {
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			return resp.StatusCode
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

// TestDatabaseAwayAtStart begins without a database: the process lives, says
// that it is not ready, answers 503, logs once, and stops cleanly.
func TestDatabaseAwayAtStart(t *testing.T) {
	c := testConfig(t)
	c.Database = config.Database{Driver: "mysql", Address: freeAddr(t), Name: "indera", User: "indera", MaxOpen: 5}
	t.Setenv(config.EnvDatabasePassword, "secret-word")
	var log safeBuffer
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Config: c, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	}()
	ops := "http://" + c.Ops.Listen
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/health": 503, "/metrics": 200} {
		if got := code(t, ops+path); got != want {
			t.Errorf("%s = %d, want %d", path, got, want)
		}
	}
	if got := code(t, "http://"+c.HTTP.Listen+"/"); got != http.StatusServiceUnavailable {
		t.Errorf("portal = %d, want 503", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	if strings.Contains(log.String(), "secret-word") {
		t.Error("the log shows the password")
	}
	if n := strings.Count(log.String(), "connecting to the database failed"); n != 1 {
		t.Errorf("the same failure was logged %d times", n)
	}
}

// TestPortalAndDirectoriesServe runs all roles without a registry.
func TestPortalAndDirectoriesServe(t *testing.T) {
	c := testConfig(t)
	ready := make(chan Addresses, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{
			Config: c, Logger: slog.New(slog.DiscardHandler), Alone: true, Migrate: true,
			Ready: func(a Addresses) error { ready <- a; return nil },
		})
	}()
	var a Addresses
	select {
	case a = <-ready:
	case err := <-done:
		t.Fatalf("Run = %v", err)
	}
	for url, want := range map[string]int{
		a.Portal + "/": 200, a.Portal + "/admin/sign-in": 200, a.Portal + "/api/v1/openapi.json": 200, a.Portal + "/directory-terms": 200,
		a.Portal + "/mailbox/": 404, a.RDAP + "/help": 200, a.RDAP + "/domain/none.example": 404, a.Ops + "/readyz": 200,
		fmt.Sprintf("http://localhost%s/", c.HTTP.Listen[strings.Index(c.HTTP.Listen, ":"):]): 200,
	} {
		if got := code(t, url); got != want {
			t.Errorf("%s = %d, want %d", url, got, want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
}

// TestFailuresAtStartEndTheProcess covers what waiting can't mend.
func TestFailuresAtStartEndTheProcess(t *testing.T) {
	failed := errors.New("no customer")
	for name, tc := range map[string]struct {
		change func(c *config.Config, o *Options)
		want   error
		text   string
	}{
		"pending migrations": {func(*config.Config, *Options) {}, ErrPending, "run indera migrate up"},
		"preparing fails": {func(_ *config.Config, o *Options) {
			o.Migrate = true
			o.Prepare = func(context.Context, *registrar.Engine) error { return failed }
		}, failed, "no customer"},
		"ready fails": {func(_ *config.Config, o *Options) {
			o.Migrate = true
			o.Ready = func(Addresses) error { return failed }
		}, failed, "no customer"},
		"no password": {func(c *config.Config, _ *Options) {
			c.Registry = []config.Registry{{Name: "nowhere", Address: "127.0.0.1:1", ClientID: "abc"}}
		}, config.ErrNoSecret, "INDERA_REGISTRY_NOWHERE_PASSWORD"},
		"bad quirk": {func(c *config.Config, _ *Options) {
			t.Setenv("INDERA_REGISTRY_ODD_PASSWORD", "secret")
			c.Registry = []config.Registry{{Name: "odd", Address: "127.0.0.1:1", ClientID: "abc", Quirks: map[string]string{"colour": "red"}}}
		}, nil, "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t)
			opt := Options{Config: c, Logger: slog.New(slog.DiscardHandler), Alone: true}
			tc.change(c, &opt)
			err := Run(t.Context(), opt)
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("Run = %v", err)
			}
		})
	}
}
