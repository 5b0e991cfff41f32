// Package session holds one EPP session: one TLS connection, logged in, whose
// exchanges follow each other one at a time (RFC 5734 §2-§3, RFC 5730 §2).
//
// The promise of the package is certainty about what left the machine: an
// exchange ends with a reply that carries its own clTRID, or with *NotSent
// (certainly nothing left) or *Unknown (something may have left). A session
// that ever was in doubt is closed and never used again.
package session

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/frame"
)

// Session is one logged-in connection. It is safe for concurrent use;
// exchanges wait for each other.
type Session struct {
	cfg    Config
	codec  epp.Codec
	id     string
	opened time.Time
	raw    net.Conn
	conn   *tls.Conn
	turn   chan struct{} // holds one token; who has it may exchange
	inbox  chan []byte   // the frame that was expected
	dead   chan struct{} // closed with cause set

	mu        sync.Mutex // guards the rest
	expecting bool       // a frame is due
	leaving   bool       // we log out: the end that follows is ours
	cause     error      // why the session is dead
	greeting  epp.Greeting
	services  epp.Services
	// loginEvents came with the answer to the login.
	loginEvents []loginsec.Event
}

// Dial connects, reads the greeting, checks it and logs in. All of it must be
// done within cfg.ConnectTimeout. Error: *ConnectError.
func Dial(ctx context.Context, cfg Config) (*Session, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, &ConnectError{Registry: cfg.Registry, Stage: StageConfig, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	s, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.readGreeting(ctx); err != nil {
		s.kill(err)
		return nil, err
	}
	if err := s.login(ctx); err != nil {
		s.kill(err)
		return nil, err
	}
	return s, nil
}

func connect(ctx context.Context, cfg Config) (*Session, error) {
	raw, err := cfg.DialContext(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, &ConnectError{Registry: cfg.Registry, Stage: StageConnect, Err: err}
	}
	conn := tls.Client(raw, cfg.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one that tells
		return nil, &ConnectError{Registry: cfg.Registry, Stage: StageTLS, Err: err}
	}
	s := &Session{
		cfg: cfg, codec: epp.Codec{Objects: cfg.Objects}, id: newID("s-"), opened: time.Now(),
		raw: raw, conn: conn,
		turn: make(chan struct{}, 1), inbox: make(chan []byte, 1), dead: make(chan struct{}),
		expecting: true, // the greeting comes unasked
	}
	s.turn <- struct{}{}
	go s.read()
	return s, nil
}

// read takes frames off the wire for the life of the connection. It always has
// a read pending, so a connection cut while idle is known at once and not at
// the next paid command.
func (s *Session) read() {
	for {
		b, err := frame.Read(s.conn, s.cfg.MaxFrame)
		if err != nil {
			s.kill(fmt.Errorf("connection ended: %w", err))
			return
		}
		s.mu.Lock()
		due := s.expecting
		s.expecting = false
		s.mu.Unlock()
		if !due {
			s.kill(errUnsolicited)
			return
		}
		s.inbox <- b // never blocks: one frame is due at a time
	}
}

// kill closes the connection for good. The first cause is kept.
func (s *Session) kill(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return
	}
	if s.leaving {
		cause = ErrClosed
	}
	s.cause = cause
	close(s.dead)
	// The raw connection, not the TLS one: a close-notify could block on a peer
	// that no longer reads. Nothing is to be done about a failing close.
	_ = s.raw.Close()
}

// Err returns why the session is dead, nil while it lives.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Dead is closed when the session has died.
func (s *Session) Dead() <-chan struct{} { return s.dead }

// ID names the session in transcripts, for example "s-9f86d081884c7d65".
func (s *Session) ID() string { return s.id }

// Opened returns when the connection was made, on the monotonic clock.
func (s *Session) Opened() time.Time { return s.opened }

// Greeting returns the last greeting seen.
func (s *Session) Greeting() epp.Greeting {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.greeting
}

// Services returns what the session logged in with.
func (s *Session) Services() epp.Services {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.services
}

// LoginEvents returns what the server said of our security at login: passwords
// and certificates about to expire, weak ciphers (RFC 8807).
func (s *Session) LoginEvents() []loginsec.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loginEvents
}

// ServerCertExpiry returns the end of validity of the server's certificate.
func (s *Session) ServerCertExpiry() time.Time {
	certs := s.conn.ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return time.Time{}
	}
	return certs[0].NotAfter
}

// Close cuts the connection without logout.
func (s *Session) Close() { s.kill(ErrClosed) }

// newID returns prefix and 16 random hex digits.
func newID(prefix string) string {
	var b [8]byte
	// crypto/rand.Read never returns an error (it crashes the program instead).
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%s%x", prefix, b)
}
