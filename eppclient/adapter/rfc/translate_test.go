package rfc

import (
	"errors"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// TestTranslate: what came of the login says nothing of the command behind it.
func TestTranslate(t *testing.T) {
	lost := &session.Unknown{Cause: errors.New("cut")}
	refused := &epp.ResultError{Code: 2200}
	connect := func(err error) error { return &session.NotSent{Cause: &session.ConnectError{Registry: "a", Err: err}} }
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"lost":          {lost, "unknown"},
		"refused":       {refused, "result"},
		"login lost":    {connect(lost), "not sent"},
		"login refused": {connect(refused), "not sent"},
		"no frame":      {&session.NotSent{Cause: &epp.InvalidError{Field: "domain:name"}}, "result"},
		"anything":      {errors.New("anything"), "not sent"},
	} {
		got := ""
		switch translate("CL-1", tt.err).(type) {
		case *registrar.UnknownOutcomeError:
			got = "unknown"
		case *registrar.NotSentError:
			got = "not sent"
		case *registrar.ResultError:
			got = "result"
		}
		if got != tt.want {
			t.Errorf("%s is %s, want %s", name, got, tt.want)
		}
	}
}
