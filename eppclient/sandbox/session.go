package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// session is one connection: handshake, greeting, login, commands in order.
type session struct {
	srv *Server
	raw net.Conn  // closed to cut the line without a TLS farewell
	tls *tls.Conn // the same line, encrypted

	cert     *x509.Certificate
	caller       // clientID "" until logged in
	failures int // failed logins
	deadline time.Time
	cut      atomic.Bool // the line was closed on purpose

	mu       sync.Mutex // guards draining against the read deadline
	draining bool
}

func newSession(srv *Server, conn net.Conn) *session {
	return &session{srv: srv, raw: conn, tls: tls.Server(conn, srv.tls)}
}

// close cuts the connection at once; whoever reads or writes on it fails.
func (c *session) close() {
	c.cut.Store(true)
	c.srv.quietly("closing a connection", c.raw.Close())
}

// drain ends the session after the command it is working on, if any.
func (c *session) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	c.srv.quietly("ending a read", c.raw.SetReadDeadline(time.Unix(1, 0)))
}

// readBy sets the time by which the next frame must have arrived whole; false
// means the server is shutting down.
func (c *session) readBy(t time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return false
	}
	return c.raw.SetReadDeadline(t) == nil
}

func (c *session) run() {
	defer c.srv.forget(c)
	defer c.leave()
	defer c.close()
	log := c.srv.cfg.Logger.With("registry", c.srv.cfg.Name, "peer", c.raw.RemoteAddr().String())
	// Wall-clock time: these are limits of I/O, not of business.
	c.deadline = time.Now().Add(c.srv.cfg.LoginTimeout)
	if err := c.handshake(); err != nil {
		log.Debug("tls handshake", "err", err)
		return
	}
	if err := c.send(c.srv.registry.greeting()); err != nil {
		log.Debug("sending the greeting", "err", err)
		return
	}
	for {
		if err := c.next(); err != nil {
			if !errors.Is(err, errEnd) && !errors.Is(err, io.EOF) && !c.cut.Load() {
				log.Debug("session ended", "client", c.clientID, "err", err)
			}
			return
		}
	}
}

func (c *session) handshake() error {
	ctx, cancel := context.WithDeadline(c.srv.baseCtx, c.deadline)
	defer cancel()
	if err := c.tls.HandshakeContext(ctx); err != nil {
		return err
	}
	c.cert = c.tls.ConnectionState().PeerCertificates[0] // required and verified by serverTLS
	return nil
}

// errEnd ends a session that was closed on purpose.
var errEnd = errors.New("session over")

// next serves one frame. An error ends the session.
func (c *session) next() error {
	by := c.deadline // before login the clock runs from accept, whatever is sent
	if c.clientID != "" {
		by = time.Now().Add(c.srv.cfg.IdleTimeout)
	}
	if !c.readBy(by) {
		return errEnd
	}
	frame, err := readFrame(c.tls, c.srv.cfg.MaxFrame)
	if errors.Is(err, errFrameSize) {
		refusal := refuse(2500, "%v", err)
		return errors.Join(c.send(encodeRefusal(refusal, "", c.srv.registry.newSvTRID())), c.farewell())
	}
	if err != nil {
		return err
	}
	if tap := c.srv.cfg.FrameTap; tap != nil {
		tap(In, bytes.Clone(frame))
	}
	c.srv.commands.Add(1)
	return c.serve(frame)
}

// send writes one frame in one piece.
func (c *session) send(xml []byte) error {
	if err := c.raw.SetWriteDeadline(time.Now().Add(c.srv.cfg.WriteTimeout)); err != nil {
		return err
	}
	if _, err := c.tls.Write(buildFrame(xml)); err != nil {
		return err
	}
	if tap := c.srv.cfg.FrameTap; tap != nil {
		tap(Out, bytes.Clone(xml))
	}
	return nil
}

// farewell ends a session after its last answer: TLS close notify, then a
// short while of reading what is still on its way, because closing a socket
// with unread data makes the kernel reset it and the peer lose the answer.
func (c *session) farewell() error {
	if err := c.tls.CloseWrite(); err != nil {
		return errors.Join(errEnd, err)
	}
	if c.readBy(time.Now().Add(200 * time.Millisecond)) {
		_, err := io.CopyN(io.Discard, c.raw, int64(2*c.srv.cfg.MaxFrame))
		var timeout net.Error
		if err != nil && !errors.Is(err, io.EOF) && !(errors.As(err, &timeout) && timeout.Timeout()) {
			return errors.Join(errEnd, err)
		}
	}
	return errEnd
}

// answer is what a frame led to.
type answer struct {
	xml  []byte
	code int // 0 for a greeting
}

// serve decodes one frame, lets the faults have their say, executes and answers.
func (c *session) serve(frame []byte) error {
	env, bad := c.srv.registry.decodeFrame(frame)
	var req *request
	verb, object, keys := env.verb, "", []string(nil)
	if env.hello {
		verb = "hello"
	}
	if bad == nil && c.clientID != "" && isObjectVerb(env.verb) {
		if req, bad = c.srv.registry.decodeRequest(env, c.caller); bad == nil {
			object, keys, req.frame = req.object, req.keys, frame
		}
	}
	fate := c.srv.faults.decide(verb, object, keys)
	if fate.kind == FaultDropBefore {
		return errEnd
	}
	var out answer
	switch svTRID := c.srv.registry.newSvTRID(); {
	case fate.kind == FaultCode:
		out = refused(refuse(fate.code, "ordered by a fault"), env.clTRID, svTRID)
	case bad != nil:
		out = refused(c.inContext(env, bad), env.clTRID, svTRID)
	default:
		out = c.execute(env, req, svTRID)
	}
	out.xml = c.srv.registry.toOwn(out.xml)
	if fate.delay > 0 && !c.srv.pause(fate.delay) {
		return errEnd
	}
	if fate.kind == FaultOdd {
		out.xml = oddForms[fate.form](out.xml)
	}
	return c.deliver(out, fate.kind)
}

// deliver sends the answer, or as much of it as the faults allow.
func (c *session) deliver(out answer, fate FaultKind) error {
	switch fate {
	case FaultDropAfter:
		return errEnd
	case FaultCut:
		frame := buildFrame(out.xml)
		_, err := c.tls.Write(frame[:len(frame)/2])
		return errors.Join(errEnd, err)
	}
	if !closes(out.code) {
		return c.send(out.xml)
	}
	c.leave() // before the answer: who has read a 1500 may log in again at once
	if err := c.send(out.xml); err != nil {
		return err
	}
	return c.farewell()
}

// leave gives the account's session slot back.
func (c *session) leave() {
	if c.clientID != "" {
		c.srv.leave(c.clientID)
		c.clientID = ""
	}
}

func isObjectVerb(verb string) bool {
	return verb != "" && verb != "login" && verb != "logout"
}

// inContext prefers 2002 over complaints about a command that is not allowed
// yet: before login nothing but login and hello is looked at closely.
func (c *session) inContext(env envelope, bad *refusal) *refusal {
	if c.clientID == "" && isObjectVerb(env.verb) {
		return notLoggedIn
	}
	return bad
}

var notLoggedIn = refuse(2002, "log in first")

func refused(r *refusal, clTRID, svTRID string) answer {
	return answer{xml: encodeRefusal(r, clTRID, svTRID), code: r.code}
}

// execute runs a well-formed envelope.
func (c *session) execute(env envelope, req *request, svTRID string) answer {
	var out reply
	var err error
	switch {
	case env.hello:
		return answer{xml: c.srv.registry.greeting()}
	case env.verb == "login":
		out, err = c.login(env)
	case c.clientID == "":
		err = notLoggedIn
	case env.verb == "logout":
		out, err = logout(env)
	default:
		// No connection's context: a command goes on when its client hangs up.
		out, err = c.srv.registry.execute(context.Background(), c.caller, env.clTRID, svTRID, req)
	}
	var r *refusal
	switch {
	case err == nil:
		return answer{xml: encodeReply(out, env.clTRID, svTRID), code: out.code}
	case errors.As(err, &r):
		return refused(r, env.clTRID, svTRID)
	}
	c.srv.cfg.Logger.Error("command failed", "registry", c.srv.cfg.Name, "verb", env.verb,
		"cltrid", env.clTRID, "svtrid", svTRID, "err", err)
	return refused(refuse(2400, "internal error, see the server's log"), env.clTRID, svTRID)
}

func logout(env envelope) (reply, error) {
	s := &strict{}
	s.empty(env.node)
	if env.extension != nil {
		s.failAt(2103, env.extension.children[0], "extension not offered")
	}
	if s.err != nil {
		return reply{}, s.err
	}
	return reply{code: 1500}, nil
}

// login is RFC 5730 §2.9.1.1. What is offered is checked first, then who asks,
// then whether there is room.
func (c *session) login(env envelope) (reply, error) {
	if c.clientID != "" {
		return reply{}, refuse(2002, "already logged in")
	}
	cmd, bad := c.srv.registry.decodeLogin(env)
	if bad == nil {
		bad = c.srv.registry.checkOffered(cmd)
	}
	if bad != nil {
		return reply{}, bad
	}
	known, err := c.authenticate(cmd)
	if err != nil {
		return reply{}, err
	}
	events, expired := loginEvents(cmd, c.srv.accounts[cmd.clientID], c.cert, c.srv.registry.now())
	if known && expired {
		return reply{}, &refusal{code: 2200, reason: "the password has expired", extensions: extensionList(events)}
	}
	if !known {
		if c.failures++; c.failures >= c.srv.cfg.MaxLoginFailures {
			return reply{}, &refusal{code: 2501}
		}
		return reply{}, &refusal{code: 2200}
	}
	if !c.srv.enter(cmd.clientID) {
		return reply{}, &refusal{code: 2502}
	}
	c.caller = caller{clientID: cmd.clientID, objects: cmd.objects, extensions: cmd.extensions}
	if cmd.newPassword != "" {
		if err := c.srv.registry.setPassword(context.Background(), cmd.clientID, cmd.newPassword); err != nil {
			c.leave()
			return reply{}, err
		}
	}
	return reply{code: 1000, extensions: extensionList(events)}, nil
}

func extensionList(xml string) []string {
	if xml == "" {
		return nil
	}
	return []string{xml}
}

// checkOffered compares a login with the greeting: version 2100, language
// 2102, object service 2307, extension 2103.
func (r *registry) checkOffered(cmd *loginCmd) *refusal {
	if cmd.version != "1.0" {
		return (&refusal{code: 2100}).at(nsEPP, "version", cmd.version)
	}
	if cmd.lang != "en" {
		return (&refusal{code: 2102}).at(nsEPP, "lang", cmd.lang)
	}
	for _, uri := range cmd.objects {
		if !slices.Contains(r.objectURIs(), uri) {
			return (&refusal{code: 2307}).at(nsEPP, "objURI", r.spoken([]string{uri})[0])
		}
	}
	for _, uri := range cmd.extensions {
		if !slices.Contains(r.extensionURIs(), uri) {
			return (&refusal{code: 2103}).at(nsEPP, "extURI", r.spoken([]string{uri})[0])
		}
	}
	return nil
}

// authenticate wants a known account, its certificate and its password. It
// does not tell which of them was wrong.
func (c *session) authenticate(cmd *loginCmd) (bool, error) {
	account, known := c.srv.accounts[cmd.clientID]
	if !known || !account.matches(c.cert) {
		return false, nil
	}
	return c.srv.registry.passwordMatches(context.Background(), cmd.clientID, cmd.password)
}
