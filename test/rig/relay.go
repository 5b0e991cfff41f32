package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// Relay is a mail relay that serve hands its mail to. It takes everything,
// unless it was told to misbehave, and remembers what it took.
type Relay struct {
	addr string

	mu       sync.Mutex   // guards everything below
	server   *smtp.Server // nil while stopped
	listener net.Listener
	served   chan struct{} // closed when server has ended
	moods    []Mood
	always   Mood // once moods is empty
	taken    []Delivery
	tally    map[Mood]int
}

// Mood is what the relay does to one mail.
type Mood string

// Moods. A relay that is silent has taken the mail and hangs up instead of
// saying so: the one case in which a sender can't know.
const (
	MoodBusy   Mood = "451 to the recipient"
	MoodFull   Mood = "452 to the content"
	MoodHangUp Mood = "hang up before the content"
	MoodSilent Mood = "take it and hang up"
	MoodStuck  Mood = "say nothing"
	MoodNobody Mood = "550 to the recipient"
)

// Delivery is one mail as the relay took it.
type Delivery struct {
	ID      string // left side of its Message-ID
	To      string
	Subject string // as encoded
}

// NewRelay opens a relay on a free port, which stays its own over Stop and Start.
func NewRelay(ctx context.Context) (*Relay, error) {
	ports, err := FreePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	r := &Relay{addr: fmt.Sprintf("127.0.0.1:%d", ports[0]), tally: map[Mood]int{}}
	return r, r.Start(ctx)
}

// Port is where it listens, on 127.0.0.1.
func (r *Relay) Port() int {
	var port int
	_, _ = fmt.Sscanf(r.addr, "127.0.0.1:%d", &port) // written by NewRelay
	return port
}

// Start listens again after Stop.
func (r *Relay) Start(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.addr)
	if err != nil {
		return fmt.Errorf("starting the mail relay: %w", err)
	}
	server := smtp.NewServer(r)
	server.Domain = "relay.invalid"
	server.ErrorLog = quiet{}
	served := make(chan struct{})
	r.mu.Lock()
	r.server, r.listener, r.served = server, ln, served
	r.mu.Unlock()
	go func() {
		defer close(served)
		_ = server.Serve(ln) // it ends when Stop closes the listener
	}()
	return nil
}

// Stop refuses connections and cuts those that are open.
func (r *Relay) Stop() error {
	r.mu.Lock()
	server, ln, served := r.server, r.listener, r.served
	r.server = nil
	r.mu.Unlock()
	if server == nil {
		return nil
	}
	// The server may not know its listener yet: close both.
	err := errors.Join(server.Close(), ln.Close())
	<-served
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stopping the mail relay: %w", err)
	}
	return nil
}

// Be lets the relay treat its next mails so, one after the other.
func (r *Relay) Be(moods ...Mood) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moods = append(r.moods, moods...)
}

// Stay lets the relay treat all mails so until Calm.
func (r *Relay) Stay(m Mood) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.always = m
}

// Calm forgets what it was told to do.
func (r *Relay) Calm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moods, r.always = nil, ""
}

// Taken lists what it took, in order.
func (r *Relay) Taken() []Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Delivery(nil), r.taken...)
}

// Did counts how often it was in a mood.
func (r *Relay) Did(m Mood) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tally[m]
}

// next takes the mood for one mail.
func (r *Relay) next() Mood {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.always
	if len(r.moods) > 0 {
		m, r.moods = r.moods[0], r.moods[1:]
	}
	r.tally[m]++
	return m
}

// NewSession implements smtp.Backend.
func (r *Relay) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &relaySession{relay: r, conn: c.Conn()}, nil
}

type relaySession struct {
	relay *Relay
	conn  net.Conn
	mood  Mood
	to    string
}

// Mail implements smtp.Session: a mail begins.
func (s *relaySession) Mail(string, *smtp.MailOptions) error {
	s.mood = s.relay.next()
	return nil
}

// Rcpt implements smtp.Session.
func (s *relaySession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	switch s.mood {
	case MoodBusy:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
	case MoodNobody:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	case MoodHangUp:
		return s.conn.Close()
	case MoodStuck:
		// Until the client hangs up, or Stop does: it sends nothing before it is answered.
		_, err := s.conn.Read(make([]byte, 1))
		return err
	}
	return nil
}

// Data implements smtp.Session.
func (s *relaySession) Data(in io.Reader) error {
	msg, err := mail.ReadMessage(in)
	if err != nil {
		return fmt.Errorf("reading a mail: %w", err)
	}
	if _, err := io.Copy(io.Discard, msg.Body); err != nil {
		return fmt.Errorf("reading a mail: %w", err) // cut before its end: not taken
	}
	if s.mood == MoodFull {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Insufficient system storage"}
	}
	id, _, _ := strings.Cut(strings.Trim(msg.Header.Get("Message-Id"), "<>"), "@")
	s.relay.mu.Lock()
	s.relay.taken = append(s.relay.taken, Delivery{ID: id, To: s.to, Subject: msg.Header.Get("Subject")})
	s.relay.mu.Unlock()
	if s.mood == MoodSilent {
		return s.conn.Close()
	}
	return nil
}

// Reset implements smtp.Session.
func (s *relaySession) Reset() { s.mood, s.to = "", "" }

// Logout implements smtp.Session.
func (s *relaySession) Logout() error { return nil }

// quiet drops what the server says of the connections that were cut.
type quiet struct{}

// Printf implements smtp.Logger.
func (quiet) Printf(string, ...any) {}

// Println implements smtp.Logger.
func (quiet) Println(...any) {}
