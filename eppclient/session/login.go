package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/transcript"
)

// readGreeting waits for the server's first frame and checks it. Nothing is
// sent before: a wrong server must not learn the password (RFC 5734 §9).
// Error: *ConnectError.
func (s *Session) readGreeting(ctx context.Context) error {
	start, started := time.Now(), s.cfg.Clock.Now().UTC()
	in, err := s.await(ctx)
	var g epp.Greeting
	if err == nil {
		g, err = s.decodeGreeting(in)
	}
	if err == nil {
		err = s.checkGreeting(g)
	}
	rec := transcript.Exchange{
		Registry: s.cfg.Registry, SessionID: s.id, Verb: "greeting",
		Started: started, Duration: time.Since(start), Err: err,
	}
	if in != nil {
		rec.Response = transcript.Mask(in)
	}
	s.cfg.Transcript.Record(rec)
	if err != nil {
		fail := &ConnectError{Registry: s.cfg.Registry, Stage: StageGreeting, Err: err}
		var refusal *epp.ResultError
		if errors.As(err, &refusal) {
			fail.Code = refusal.Code
		}
		return fail
	}
	s.setGreeting(g)
	return nil
}

// decodeGreeting reads a greeting. A server that has too many of our sessions
// may say so at once, by a response in the place of the greeting.
func (s *Session) decodeGreeting(in []byte) (epp.Greeting, error) {
	g, err := epp.DecodeGreeting(in)
	if err == nil {
		return g, nil
	}
	if resp, e := s.codec.Decode(in); e == nil && resp.Err() != nil {
		return epp.Greeting{}, resp.Err()
	}
	return epp.Greeting{}, err
}

func (s *Session) checkGreeting(g epp.Greeting) error {
	if s.cfg.ServerID != "" && g.ServerID != s.cfg.ServerID {
		return &GreetingError{Reason: fmt.Sprintf("server calls itself %q, not %q", g.ServerID, s.cfg.ServerID)}
	}
	if !slices.Contains(g.Versions, epp.Version) {
		return &GreetingError{Reason: fmt.Sprintf("server speaks versions %q, not %s", g.Versions, epp.Version)}
	}
	if len(g.Select(s.cfg.Services).Objects) == 0 {
		return &GreetingError{Reason: fmt.Sprintf("server offers none of the objects we know, but %q", g.Objects)}
	}
	return nil
}

func (s *Session) setGreeting(g epp.Greeting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = g
}

// loginRequest builds the login. Where the session uses loginSec the passwords
// travel in it, whatever their length (RFC 8807 §3.2).
func (s *Session) loginRequest(g epp.Greeting, services epp.Services) Request {
	cmd := epp.Login{
		ClientID:    s.cfg.ClientID,
		Password:    s.cfg.Password,
		NewPassword: s.cfg.NewPassword,
		PasswordMax: s.cfg.PasswordMax,
		Version:     epp.Version,
		Lang:        g.Lang(s.cfg.Lang),
		Services:    services,
	}
	if !services.Has(loginsec.Namespace) {
		return Request{Command: cmd}
	}
	cmd, ext := loginsec.Wrap(cmd, s.cfg.UserAgent)
	return Request{Command: cmd, Extensions: []epp.Extension{ext}}
}

func (s *Session) setLoginEvents(events []loginsec.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loginEvents = events
}

// login logs in with what the greeting offers. Error: *ConnectError.
func (s *Session) login(ctx context.Context) error {
	g := s.Greeting()
	services := g.Select(s.cfg.Services)
	resp, err := s.Exchange(ctx, s.loginRequest(g, services))
	if resp != nil {
		s.setLoginEvents(loginsec.Events(resp))
	}
	fail := &ConnectError{Registry: s.cfg.Registry, Stage: StageLogin, Events: s.LoginEvents()}
	if err != nil {
		// A refusal that closes the connection may come without our clTRID;
		// here nothing else can have caused it.
		var other *MismatchError
		if errors.As(err, &other) && other.Got == "" && !epp.Success(other.Code) {
			fail.Code = other.Code
		}
		fail.Err = err
		return fail
	}
	if err := resp.Err(); err != nil {
		fail.Code, fail.Err = resp.Code(), err
		return fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.services = services
	return nil
}
