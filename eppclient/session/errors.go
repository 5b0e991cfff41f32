package session

import (
	"errors"
	"fmt"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
)

// ErrClosed is the cause of death of a session that its owner closed.
var ErrClosed = errors.New("session closed")

var (
	errUnsolicited = errors.New("server sent a frame that nobody asked for")
	errLate        = errors.New("the time limit passed before the first byte was written")
)

// NotSent says that certainly nothing of a command left this machine.
type NotSent struct {
	Cause error
	// HookDone says that BeforeSend had succeeded: what it stored must be undone.
	HookDone bool
}

func (e *NotSent) Error() string { return "not sent: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *NotSent) Unwrap() error { return e.Cause }

// Unknown says that a command, or a part of it, may have left and that no
// reply could be matched with it: the outcome is unknown (RFC 5734 §3). The
// session is closed.
type Unknown struct {
	Cause  error
	ClTRID string
}

func (e *Unknown) Error() string {
	return fmt.Sprintf("outcome of %s unknown: %v", e.ClTRID, e.Cause)
}

// Unwrap returns the cause.
func (e *Unknown) Unwrap() error { return e.Cause }

// MismatchError is the cause of an Unknown when a frame came that is not the
// reply to the command.
type MismatchError struct {
	Sent, Got string // clTRIDs; Got is "" when the frame had none
	Code      int    // of that frame
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("reply with code %d carries clTRID %q, not %q", e.Code, e.Got, e.Sent)
}

// Stage is how far a connection came.
type Stage string

// Stages of Dial.
const (
	StageConfig   Stage = "configuration"
	StageConnect  Stage = "connect"
	StageTLS      Stage = "TLS handshake"
	StageGreeting Stage = "greeting"
	StageLogin    Stage = "login"
)

// ConnectError says that no session came about, and where it failed.
type ConnectError struct {
	Registry string
	Stage    Stage
	Code     int // result code when the server refused us by one, else 0
	Err      error
	// Events are what the server said of our security with a refused login, for
	// example that the password has expired (RFC 8807 §3.1).
	Events []loginsec.Event
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("connecting to registry %s: %s: %v", e.Registry, e.Stage, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// CredentialsRefused reports whether the server refused who we are: repeating
// the login unchanged would get the account locked (RFC 5730 §2.9.1.1).
func (e *ConnectError) CredentialsRefused() bool {
	return e.Code == epp.CodeAuthentication || e.Code == epp.CodeAuthLimitClosing
}

// SessionLimit reports whether the server has too many sessions of ours.
func (e *ConnectError) SessionLimit() bool { return e.Code == epp.CodeSessionLimitClosing }

// GreetingError says that the greeting is not one to log in to.
type GreetingError struct{ Reason string }

func (e *GreetingError) Error() string { return e.Reason }
