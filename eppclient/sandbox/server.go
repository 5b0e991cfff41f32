package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is one sandbox registry. Make it with New, run it with Start, end it
// with Shutdown or Close. All methods are safe for concurrent use.
type Server struct {
	cfg      Config
	tls      *tls.Config
	accounts map[string]Account
	registry *registry
	faults   *faults

	listener net.Listener
	control  *http.Server
	controlL net.Listener
	baseCtx  context.Context // ends when the server is closed by force: no more pauses, no more handshakes
	cancel   context.CancelFunc
	wg       sync.WaitGroup // accept loop, sessions, control port, context watcher

	commands atomic.Int64 // frames answered or deliberately not answered

	mu       sync.Mutex // guards everything below
	state    lifeState
	sessions map[*session]struct{}
	loggedIn map[string]int // sessions by client id
	closed   chan struct{}  // closed when shutting down begins
	closeErr error          // outcome of closing the database
	closing  sync.Once
}

type lifeState int

const (
	stateNew lifeState = iota
	stateRunning
	stateStopping
)

// New checks the configuration and opens the database; nothing listens yet.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("sandbox config: %w", err)
	}
	tlsConfig, err := cfg.serverTLS()
	if err != nil {
		return nil, fmt.Errorf("sandbox config: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	reg, err := newRegistry(ctx, cfg)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("sandbox %s: %w", cfg.Name, err)
	}
	s := &Server{
		cfg: cfg, tls: tlsConfig, registry: reg, faults: newFaults(cfg.Seed, cfg.Latency),
		accounts: map[string]Account{}, baseCtx: ctx, cancel: cancel,
		sessions: map[*session]struct{}{}, loggedIn: map[string]int{}, closed: make(chan struct{}),
	}
	for _, a := range cfg.Accounts {
		s.accounts[a.ClientID] = a
	}
	return s, nil
}

const shutdownGrace = 5 * time.Second

// Start listens and serves in the background, and returns once the addresses
// are known. When ctx ends, the server shuts down, giving running commands
// shutdownGrace to be answered.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateNew {
		return errors.New("sandbox: already started or closed")
	}
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("sandbox %s: %w", s.cfg.Name, err)
	}
	if s.cfg.ControlListen != "" {
		if s.controlL, err = net.Listen("tcp", s.cfg.ControlListen); err != nil {
			return errors.Join(fmt.Errorf("sandbox %s control port: %w", s.cfg.Name, err), listener.Close())
		}
		s.serveControl()
	}
	s.listener, s.state = listener, stateRunning
	s.wg.Go(s.accept)
	s.wg.Go(func() {
		select {
		case <-ctx.Done():
			go func() { // not in the wait group: Shutdown waits for that
				grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
				defer cancel()
				if err := s.Shutdown(grace); err != nil {
					s.cfg.Logger.Error("closing sandbox", "registry", s.cfg.Name, "err", err)
				}
			}()
		case <-s.closed:
		}
	})
	return nil
}

// Addr is the EPP address, "127.0.0.1:43210"; "" before Start.
func (s *Server) Addr() string { return s.address(func() net.Listener { return s.listener }) }

// ControlAddr is the control port's address; "" before Start or without one.
func (s *Server) ControlAddr() string { return s.address(func() net.Listener { return s.controlL }) }

func (s *Server) address(listener func() net.Listener) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := listener(); l != nil {
		return l.Addr().String()
	}
	return ""
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, connection gone meanwhile
			s.cfg.Logger.Warn("accepting", "registry", s.cfg.Name, "err", err)
			if !s.pause(50 * time.Millisecond) {
				return
			}
			continue
		}
		s.admit(conn)
	}
}

// admit starts a session unless there are too many connections already.
func (s *Server) admit(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateRunning || len(s.sessions) >= s.cfg.MaxConnections {
		s.quietly("refusing a connection", conn.Close())
		return
	}
	sess := newSession(s, conn)
	s.sessions[sess] = struct{}{}
	s.wg.Go(sess.run)
}

// forget takes a finished session off the books.
func (s *Server) forget(sess *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, sess)
}

// leave is the opposite of enter.
func (s *Server) leave(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loggedIn[clientID]--
}

// enter counts a session against its account's limit; false means 2502.
func (s *Server) enter(clientID string) bool {
	limit, refused := s.faults.sessionLimit(s.cfg.MaxSessions)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loggedIn[clientID] >= limit {
		refused()
		return false
	}
	s.loggedIn[clientID]++
	return true
}

// Shutdown stops accepting, lets commands in execution be answered, and closes
// everything; when ctx ends first, the rest is cut. Later calls wait and give
// the same error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Do(func() { s.closeErr = s.shutdown(ctx) })
	return s.closeErr
}

// Close is Shutdown without patience: running commands finish in the database,
// but nobody is told.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return s.Shutdown(ctx)
}

func (s *Server) shutdown(ctx context.Context) error {
	var errs []error
	s.mu.Lock()
	s.state = stateStopping
	close(s.closed)
	if s.listener != nil {
		errs = append(errs, s.listener.Close())
	}
	for sess := range s.sessions {
		sess.drain()
	}
	s.mu.Unlock()
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.CloseSessions()
		s.cancel()
		<-done
	}
	s.cancel()
	return errors.Join(append(errs, s.registry.db.close())...)
}

// pause waits for I/O reasons; false means the server is closing by force.
func (s *Server) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.baseCtx.Done():
		return false
	}
}

// quietly logs errors of closing things that are being given up anyway.
func (s *Server) quietly(what string, err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.cfg.Logger.Debug(what, slog.String("registry", s.cfg.Name), slog.Any("err", err))
	}
}
