package ui

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestHungUp: a request that failed because its client had hung up is no error
// of ours; the same failure with the client still there is one.
func TestHungUp(t *testing.T) {
	for name, hangUp := range map[string]bool{"there": false, "gone": true} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		ctx, cancel := context.WithCancel(t.Context())
		if hangUp {
			cancel()
		}
		e := echo.New()
		e.HTTPErrorHandler = HandleError(log, nil)
		e.Use(Log(log))
		e.GET("/api/x", func(echo.Context) error { return errors.New("reading: it ended") })
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/x", http.NoBody))
		cancel()
		if got := strings.Count(out.String(), "level=ERROR"); (got == 0) != hangUp || strings.Count(out.String(), "\n") != 2 {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}
