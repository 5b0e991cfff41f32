package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/frame"
	"github.com/indera/indera/eppclient/transcript"
)

// Request is one command to exchange.
type Request struct {
	Command    epp.Command
	Extensions []epp.Extension
	ClTRID     string // 3-64 characters; "" = a random one
	CommandID  string // the caller's id, for the transcript only
	// Frame, if set, is sent octet by octet instead of what Command and Extensions
	// encode to; Command still names it. It carries ClTRID, which must be given.
	Frame []byte
	// BeforeSend, if set, is called exactly once, when the session is held and
	// alive and before the first byte is written. Its error stops the exchange:
	// nothing is sent, the session stays good, and *NotSent wraps the error.
	BeforeSend func(ctx context.Context) error
}

// Prepared is a request whose frame is ready, so that the session is held for
// the exchange alone. It may be tried on several sessions, one at a time.
type Prepared struct {
	req     Request
	desc    epp.Description
	frame   []byte
	masked  []byte
	secrets []string
}

// NewClTRID returns a random client transaction id, for example
// "indera-9f86d081884c7d65".
func NewClTRID() string { return newID("indera-") }

// Prepare encodes a request. Error: *NotSent wrapping *epp.InvalidError.
func Prepare(objects epp.Objects, req Request) (*Prepared, error) {
	if req.ClTRID == "" {
		req.ClTRID = NewClTRID()
	}
	out, err := req.Frame, error(nil)
	if out == nil {
		out, err = epp.Codec{Objects: objects}.Encode(req.Command, req.ClTRID, req.Extensions...)
	}
	if err != nil {
		return nil, &NotSent{Cause: err}
	}
	p := &Prepared{req: req, desc: req.Command.Describe(), frame: out, masked: out}
	if !transcript.Plain(out) {
		p.masked, p.secrets = transcript.Secrets(out)
	}
	return p, nil
}

// Exchange is Prepare and Send.
func (s *Session) Exchange(ctx context.Context, req Request) (*epp.Response, error) {
	p, err := Prepare(s.cfg.Objects, req)
	if err != nil {
		return nil, err
	}
	return s.Send(ctx, p)
}

// Send sends a command and returns the server's reply, whatever its code.
// The limit of cfg.ExchangeTimeout or ctx, the earlier one, is absolute: it
// covers waiting for the session, BeforeSend, writing and reading.
//
// Errors: *NotSent or *Unknown. After *Unknown, and after a reply with a
// closing code, the session is dead.
func (s *Session) Send(ctx context.Context, p *Prepared) (*epp.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ExchangeTimeout)
	defer cancel()
	if err := s.lock(ctx); err != nil {
		return nil, &NotSent{Cause: err}
	}
	defer s.unlock()
	if err := s.ready(ctx, p.req.BeforeSend); err != nil {
		return nil, err
	}

	rec := s.begin(p)
	in, err := s.roundTrip(ctx, p.frame)
	var resp *epp.Response
	if err == nil {
		resp, err = s.match(in, p.req.ClTRID)
	}
	if err != nil {
		s.kill(err)
		err = &Unknown{Cause: err, ClTRID: p.req.ClTRID}
	} else if slices.ContainsFunc(resp.Results, func(r epp.Result) bool { return epp.Closes(r.Code) }) {
		s.kill(fmt.Errorf("server closed the session with code %d", resp.Code()))
	}
	s.record(rec, in, resp, err)
	return resp, err
}

// ready makes sure that sending is still right: session alive, hook done,
// time not over.
func (s *Session) ready(ctx context.Context, hook func(context.Context) error) error {
	if err := s.Err(); err != nil {
		return &NotSent{Cause: err}
	}
	if hook == nil {
		return s.stillGood(ctx, false)
	}
	if err := hook(ctx); err != nil {
		return &NotSent{Cause: fmt.Errorf("before sending: %w", err)}
	}
	// The hook may have taken long, and the whole process may have been frozen
	// meanwhile. Others may already act on the command then: do not send late.
	return s.stillGood(ctx, true)
}

func (s *Session) stillGood(ctx context.Context, hookDone bool) error {
	// The clock is asked besides ctx, whose timer may not have fired yet.
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return &NotSent{Cause: errLate, HookDone: hookDone}
	}
	if err := ctx.Err(); err != nil {
		return &NotSent{Cause: err, HookDone: hookDone}
	}
	if err := s.Err(); err != nil {
		return &NotSent{Cause: err, HookDone: hookDone}
	}
	return nil
}

// roundTrip writes a frame and waits for the next one until ctx ends. After an
// error bytes may have left; the caller must kill the session.
func (s *Session) roundTrip(ctx context.Context, out []byte) ([]byte, error) {
	deadline, _ := ctx.Deadline() // set by all callers
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return nil, fmt.Errorf("setting the time limit: %w", err)
	}
	s.mu.Lock()
	s.expecting = true
	s.mu.Unlock()
	if err := frame.Write(s.conn, out, s.cfg.MaxFrame); err != nil {
		return nil, err
	}
	return s.await(ctx)
}

// await waits for the frame that is due.
func (s *Session) await(ctx context.Context) ([]byte, error) {
	var err error
	select {
	case in := <-s.inbox:
		return in, nil
	case <-s.dead:
		err = s.Err()
	case <-ctx.Done():
		err = fmt.Errorf("waiting for the reply: %w", ctx.Err())
	}
	// A server that answers and closes makes both cases ready: the answer counts.
	select {
	case in := <-s.inbox:
		return in, nil
	default:
		return nil, err
	}
}

// match decodes a reply and makes sure that it belongs to the command.
func (s *Session) match(in []byte, clTRID string) (*epp.Response, error) {
	resp, err := s.codec.Decode(in)
	if err != nil {
		return nil, err
	}
	if resp.ClTRID == clTRID {
		return resp, nil
	}
	// A server may leave clTRID out of an error, for example when it could not
	// parse the frame. Exchanges do not overlap, so such an error is ours,
	// unless it announces a close: that may have been under way before we wrote.
	if resp.ClTRID == "" && !epp.Success(resp.Code()) && !epp.Closes(resp.Code()) {
		return resp, nil
	}
	return nil, &MismatchError{Sent: clTRID, Got: resp.ClTRID, Code: resp.Code()}
}

// Hello asks for a greeting, which keeps the session alive (RFC 5730 §2.3),
// and returns it. After an error the session is dead.
func (s *Session) Hello(ctx context.Context) (epp.Greeting, error) {
	out, err := epp.EncodeHello()
	if err != nil {
		return epp.Greeting{}, &NotSent{Cause: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ExchangeTimeout)
	defer cancel()
	if err := s.lock(ctx); err != nil {
		return epp.Greeting{}, &NotSent{Cause: err}
	}
	defer s.unlock()
	if err := s.stillGood(ctx, false); err != nil {
		return epp.Greeting{}, err
	}
	rec := s.begin(&Prepared{desc: epp.Description{Verb: "hello"}, masked: out})
	in, err := s.roundTrip(ctx, out)
	var g epp.Greeting
	if err == nil {
		g, err = epp.DecodeGreeting(in)
	}
	if err != nil {
		s.kill(err)
		err = &Unknown{Cause: err}
	} else {
		s.setGreeting(g)
	}
	s.record(rec, in, nil, err)
	return g, err
}

// Logout says goodbye and closes the connection (RFC 5730 §2.9.1.2).
func (s *Session) Logout(ctx context.Context) error {
	defer s.kill(ErrClosed)
	s.mu.Lock()
	s.leaving = true // the server closes after 1500: that is no loss
	s.mu.Unlock()
	resp, err := s.Exchange(ctx, Request{Command: epp.Logout{}})
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	if err := resp.Err(); err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}

func (s *Session) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.turn:
		return nil
	case <-s.dead:
		return s.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) unlock() { s.turn <- struct{}{} }

// pending is an exchange under way, as the transcript will show it.
type pending struct {
	transcript.Exchange
	start   time.Time // monotonic
	secrets []string
}

func (s *Session) begin(p *Prepared) *pending {
	return &pending{
		start: time.Now(), secrets: p.secrets,
		Exchange: transcript.Exchange{
			Registry: s.cfg.Registry, SessionID: s.id, CommandID: p.req.CommandID, ClTRID: p.req.ClTRID,
			Verb: p.desc.Verb, Kind: p.desc.Kind, Object: p.desc.Object, Started: s.cfg.Clock.Now().UTC(), Request: p.masked,
		},
	}
}

// record hands the exchange to the transcript, and removes from the reply's
// texts any secret of the request that the server quotes.
func (s *Session) record(p *pending, in []byte, resp *epp.Response, err error) {
	p.Duration = time.Since(p.start)
	p.Err = err
	if in != nil && s.cfg.Transcript != transcript.Discard {
		p.Response = transcript.MaskAnswer(in, p.secrets)
	}
	if resp != nil {
		p.SvTRID = resp.SvTRID
		p.Code = resp.Code()
		redact(resp, p.secrets)
	}
	s.cfg.Transcript.Record(p.Exchange)
}

func redact(resp *epp.Response, secrets []string) {
	for i := range resp.Results {
		r := &resp.Results[i]
		for _, secret := range secrets {
			r.Message = transcript.Remove(r.Message, secret)
			for j := range r.ExtValues {
				r.ExtValues[j].Reason = transcript.Remove(r.ExtValues[j].Reason, secret)
			}
		}
	}
}
