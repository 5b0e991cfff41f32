// Package epptest is a scripted EPP server for tests of the client: each
// connection runs a script that says what the server answers, and how it
// misbehaves. It speaks TLS over in-memory pipes, so tests can run in a
// testing/synctest bubble where time is simulated.
package epptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// ServerName is in the server's certificate; ServerID in its greeting.
const (
	ServerName = "epp.example.test"
	ServerID   = "Example Registry"
)

// Server is a scripted server.
type Server struct {
	TLS    *tls.Config
	Script func(c *Conn)
	// Refuse, when set, is asked before each connection; its error is the
	// dial's error.
	Refuse func() error

	mu    sync.Mutex
	conns []*Conn
}

// New returns a server that runs script on each connection and is cut off at
// the end of the test.
func New(t testing.TB, script func(c *Conn)) *Server {
	s := &Server{TLS: &tls.Config{Certificates: []tls.Certificate{Certificate()}}, Script: script}
	t.Cleanup(s.CutAll)
	return s
}

// Dial connects to the server; it fits session.Config.DialContext.
func (s *Server) Dial(context.Context, string, string) (net.Conn, error) {
	s.mu.Lock()
	refuse := s.Refuse
	s.mu.Unlock()
	if refuse != nil {
		if err := refuse(); err != nil {
			return nil, err
		}
	}
	near, far := net.Pipe()
	out := newOutbox(far)
	c := &Conn{Conn: tls.Server(out, s.TLS), out: out}
	s.mu.Lock()
	s.conns = append(s.conns, c)
	c.Nr = len(s.conns)
	s.mu.Unlock()
	go func() {
		defer c.Cut()
		s.Script(c)
	}()
	return near, nil
}

// Dialled returns how many connections were made.
func (s *Server) Dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// SetRefuse replaces Refuse while clients dial.
func (s *Server) SetRefuse(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Refuse = f
}

// CutAll cuts all connections.
func (s *Server) CutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Cut()
	}
}

// Conn is the server's end of one connection.
type Conn struct {
	net.Conn
	Nr  int // counts from 1
	out *outbox
}

// Cut closes the connection without a goodbye, behind what was sent before.
func (c *Conn) Cut() { _ = c.out.Close() }

// Request is a frame from the client.
type Request struct {
	XML    string
	Verb   string // "login", "check", "hello", …
	ClTRID string
}

// Read returns the next request; io.EOF or the like at the end.
func (c *Conn) Read() (Request, error) {
	var header [4]byte
	if _, err := io.ReadFull(c.Conn, header[:]); err != nil {
		return Request{}, err
	}
	body := make([]byte, binary.BigEndian.Uint32(header[:])-4)
	if _, err := io.ReadFull(c.Conn, body); err != nil {
		return Request{}, err
	}
	return parse(body)
}

func parse(body []byte) (Request, error) {
	var doc struct {
		Hello   *struct{} `xml:"hello"`
		Command struct {
			ClTRID string `xml:"clTRID"`
			Any    []struct {
				XMLName xml.Name
			} `xml:",any"`
		} `xml:"command"`
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return Request{}, err
	}
	req := Request{XML: string(body), ClTRID: doc.Command.ClTRID}
	switch {
	case doc.Hello != nil:
		req.Verb = "hello"
	case len(doc.Command.Any) > 0:
		req.Verb = doc.Command.Any[0].XMLName.Local
	}
	return req, nil
}

// Send writes one frame. Errors are left to the client's side of the test.
func (c *Conn) Send(doc string) {
	unit := binary.BigEndian.AppendUint32(nil, uint32(len(doc)+4))
	_, _ = c.Conn.Write(append(unit, doc...))
}

// SendRaw writes octets as they are.
func (c *Conn) SendRaw(b []byte) { _, _ = c.Conn.Write(b) }

// Greet sends the ordinary greeting.
func (c *Conn) Greet() { c.Send(Greeting()) }

// Reply answers a request with a code and nothing else.
func (c *Conn) Reply(code int, clTRID string) { c.Send(Response(code, clTRID, "")) }

// Accept greets and answers the login with 1000. It returns false when the
// client went away before.
func (c *Conn) Accept() bool {
	c.Greet()
	req, err := c.Read()
	if err != nil {
		return false
	}
	c.Reply(1000, req.ClTRID)
	return true
}

// Serve plays an ordinary session: greeting, login, hello, logout; all other
// commands go to handle, which may answer, misbehave or return false to stop.
func (c *Conn) Serve(handle func(c *Conn, req Request) bool) {
	if !c.Accept() {
		return
	}
	for {
		req, err := c.Read()
		if err != nil {
			return
		}
		switch req.Verb {
		case "hello":
			c.Greet()
		case "logout":
			c.Reply(1500, req.ClTRID)
			return
		default:
			if !handle(c, req) {
				return
			}
		}
	}
}

// OK answers every command with 1000.
func OK(c *Conn, req Request) bool {
	c.Reply(1000, req.ClTRID)
	return true
}

// Greeting returns a greeting that offers the RFC objects and extra extURIs.
func Greeting(extensions ...string) string {
	var ext string
	if len(extensions) > 0 {
		ext = "<svcExtension><extURI>" + strings.Join(extensions, "</extURI><extURI>") + "</extURI></svcExtension>"
	}
	return `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>` + ServerID +
		`</svID><svDate>2026-01-02T03:04:05.6Z</svDate><svcMenu><version>1.0</version><lang>en</lang>` +
		`<objURI>urn:ietf:params:xml:ns:domain-1.0</objURI><objURI>urn:ietf:params:xml:ns:host-1.0</objURI>` +
		`<objURI>urn:ietf:params:xml:ns:contact-1.0</objURI>` + ext + `</svcMenu><dcp><access><all/></access>` +
		`<statement><purpose><prov/></purpose><recipient><ours/></recipient><retention><stated/></retention></statement>` +
		`</dcp></greeting></epp>`
}

// Response returns a response; data is XML that stands behind the result.
func Response(code int, clTRID, data string) string {
	id := ""
	if clTRID != "" {
		id = "<clTRID>" + clTRID + "</clTRID>"
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response>`+
		`<result code="%d"><msg>text %d</msg></result>%s<trID>%s<svTRID>SV-%s</svTRID></trID></response></epp>`,
		code, code, data, id, clTRID)
}

// Certificate returns the server's self-signed certificate, valid from 1990
// to 2100 so that simulated times fall within.
var Certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: ServerName}, DNSNames: []string{ServerName},
		NotBefore: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// Roots returns a pool that trusts Certificate.
func Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(Certificate().Leaf)
	return pool
}
