// Package whois answers domain lookups on TCP port 43 (RFC 3912) in the text
// form that ICANN gave gTLD registrars. It sees registrations only through
// publicdata. RDAP is authoritative; this face is kept for old tools.
package whois

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web/ratelimit"
)

// Data looks names up; *publicdata.Service is one.
type Data interface {
	Lookup(ctx context.Context, name registrar.Name) (publicdata.View, error)
}

// Options wires a Server. Zero values take the defaults given here.
type Options struct {
	Data              Data
	Registrar         publicdata.Registrar
	Host              string // our host name, for "Registrar WHOIS Server"; "" leaves the line out
	TermsURL          string // page with the full terms of use
	Logger            *slog.Logger
	Clock             clockwork.Clock
	Limit             ratelimit.Rule // queries per client; zero = none
	MaxClients        int            // remembered for Limit
	Replicas          func() int     // how many processes share Limit, at once; nil: this one
	MaxConns          int            // at a time; 512
	MaxConnsPerClient int            // at a time; 32
	ReadTimeout       time.Duration  // for the whole query; 10 s
	WriteTimeout      time.Duration  // for the whole answer; 10 s
	// Observe is called after each query with "found", "not_found", "refused",
	// "failed" or, when the peer left before it had its answer, "gone".
	Observe func(outcome string, took time.Duration)
}

func (o *Options) check() error {
	if o.Data == nil {
		return errors.New("whois needs data")
	}
	if err := o.Registrar.Check(); err != nil {
		return err
	}
	if err := publicdata.CheckURL(o.TermsURL); err != nil {
		return fmt.Errorf("whois: terms: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 512
	}
	if o.MaxConnsPerClient <= 0 {
		o.MaxConnsPerClient = 32
	}
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = 10 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.Observe == nil {
		o.Observe = func(string, time.Duration) {}
	}
	return nil
}

// Server answers queries. One server may serve several listeners.
type Server struct {
	opt   Options
	limit *ratelimit.Limiter
	away  chan struct{} // a place for each peer that is being turned away

	mu    sync.Mutex            // guards the two below
	conns map[net.Conn]struct{} // those that are being served
	peers map[string]int        // connections per client
}

// New checks the options and returns a server.
func New(opt Options) (*Server, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	return &Server{
		opt: opt, limit: ratelimit.New(opt.Limit, opt.MaxClients, opt.Clock).Among(opt.Replicas),
		away:  make(chan struct{}, maxTurnAway),
		conns: make(map[net.Conn]struct{}), peers: make(map[string]int),
	}, nil
}

// maxQuery bounds the query line without its end (RFC 3912 sets no limit).
const maxQuery = 255

// Serve accepts connections until ctx ends, then closes the listener, lets
// answers in progress finish and returns nil. It returns an error when the
// listener fails.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	var serving sync.WaitGroup
	defer serving.Wait()
	stop := context.AfterFunc(ctx, func() {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			s.opt.Logger.WarnContext(ctx, "closing whois listener", "error", err)
		}
		s.hurry()
	})
	defer stop()
	var pause time.Duration
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("accepting whois connections: %w", err)
			}
			pause = min(max(2*pause, 5*time.Millisecond), time.Second) // such as no free file descriptor
			s.opt.Logger.WarnContext(ctx, "accepting whois connection", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pause = 0
		client := ratelimit.Client(conn.RemoteAddr().String())
		if !s.admit(ctx, conn, client) {
			s.opt.Observe("refused", 0)
			select {
			case s.away <- struct{}{}:
				serving.Go(func() { s.turnAway(ctx, conn) })
			default:
				s.close(conn)
			}
			continue
		}
		serving.Go(func() {
			defer s.leave(conn, client)
			s.handle(ctx, conn, client)
		})
	}
}

// admit takes a place for the connection, or returns false when all places, or
// those of the client, are taken.
func (s *Server) admit(ctx context.Context, conn net.Conn, client string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= s.opt.MaxConns || s.peers[client] >= s.opt.MaxConnsPerClient {
		return false
	}
	s.conns[conn] = struct{}{}
	s.peers[client]++
	deadline := time.Now().Add(s.opt.ReadTimeout)
	if ctx.Err() != nil {
		deadline = time.Now()
	}
	if err := conn.SetReadDeadline(deadline); err != nil {
		s.opt.Logger.DebugContext(ctx, "whois connection is gone already", "error", err) // reading will say so, too
	}
	return true
}

func (s *Server) leave(conn net.Conn, client string) {
	s.mu.Lock()
	delete(s.conns, conn)
	if s.peers[client]--; s.peers[client] <= 0 {
		delete(s.peers, client)
	}
	s.mu.Unlock()
	s.close(conn)
}

// hurry ends the wait for queries that have not come yet.
func (s *Server) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		if err := conn.SetReadDeadline(time.Now()); err != nil {
			s.opt.Logger.Debug("hurrying whois connection", "error", err)
		}
	}
}

// turnAway tells the peer why. Only so many peers are told at a time; the
// others are just closed.
func (s *Server) turnAway(ctx context.Context, conn net.Conn) {
	defer func() { <-s.away }()
	defer s.close(conn)
	if s.send(ctx, conn, "Too many connections. Please try again later.\r\n") {
		linger(conn)
	}
}

// maxTurnAway is how many peers are told at a time that there is no place.
const maxTurnAway = 32

func (s *Server) handle(ctx context.Context, conn net.Conn, client string) {
	start := s.opt.Clock.Now()
	outcome := s.exchange(ctx, conn, client)
	s.opt.Observe(outcome, s.opt.Clock.Since(start))
}

func (s *Server) exchange(ctx context.Context, conn net.Conn, client string) (outcome string) {
	line, err := readLine(conn)
	if err != nil {
		return "gone"
	}
	// What was asked is still answered when the server stops.
	ctx = context.WithoutCancel(ctx)
	text, outcome := s.answer(ctx, line, client)
	if !s.send(ctx, conn, text) {
		return "gone"
	}
	linger(conn)
	return outcome
}

// readLine returns the query without its line end, at most maxQuery+1 bytes: so
// that a longer one can be told. A peer that closes its side after a query
// without line end is understood, too.
func readLine(r io.Reader) ([]byte, error) {
	b := bufio.NewReaderSize(io.LimitReader(r, maxQuery+2), 2*maxQuery)
	line, err := b.ReadSlice('\n')
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, err
	}
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line[:min(len(line), maxQuery+1)], nil
}

func (s *Server) send(ctx context.Context, conn net.Conn, text string) bool {
	if err := conn.SetWriteDeadline(time.Now().Add(s.opt.WriteTimeout)); err != nil {
		return false
	}
	if _, err := io.WriteString(conn, text); err != nil {
		s.opt.Logger.DebugContext(ctx, "whois client went away", "error", err)
		return false
	}
	return true
}

// lingerTime bounds the wait for the peer to close its side.
const lingerTime = time.Second

// linger ends our side first and reads what the peer still sends: closing with
// unread bytes would reset the connection and could cost the peer our answer.
func linger(conn net.Conn) {
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || conn.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	// The end of the peer's side, its silence and a reset all mean: done.
	_, _ = io.CopyN(io.Discard, conn, 64<<10)
}

func (s *Server) close(conn net.Conn) {
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.opt.Logger.Debug("closing whois connection", "error", err)
	}
}
