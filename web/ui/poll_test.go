package ui

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestPolling(t *testing.T) {
	for n, want := range map[string]Poll{
		"": {"/x?n=1", "1s"}, "0": {"/x?n=1", "1s"}, "5": {"/x?n=6", "5s"}, "9": {"/x?n=9", "30s"}, "10": {"/x?n=9", "30s"}, "-3": {"/x?n=9", "30s"}, "z": {"/x?n=1", "1s"},
	} {
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/x?n="+n, nil), httptest.NewRecorder())
		if got := NextPoll(c, "/x"); got != want {
			t.Errorf("n=%q: %+v, want %+v", n, got, want)
		}
	}
}
