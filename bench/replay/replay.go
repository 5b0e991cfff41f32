// Package replay is a registry for benchmarks: it answers from prepared texts,
// looks for the verb and the clTRID and parses nothing, so that the figures show
// the client's cost.
package replay

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

// ServerName is in the server's certificate.
const ServerName = "bench.example"

// Server is one that listens on loopback.
type Server struct {
	Certificate *x509.Certificate // trust it
	listener    net.Listener
	delay       time.Duration
}

// Start returns a server that answers commands, other than those of the session
// itself, after delay. Close it.
func Start(delay time.Duration) (*Server, error) {
	cert, leaf, err := certificate()
	if err != nil {
		return nil, err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	r := &Server{listener: l, Certificate: leaf, delay: delay}
	go r.accept()
	return r, nil
}

// Close ends listening.
func (r *Server) Close() error { return r.listener.Close() }

// Roots returns a pool that trusts the server.
func (r *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(r.Certificate)
	return pool
}

// Addr returns host:port.
func (r *Server) Addr() string { return r.listener.Addr().String() }

func (r *Server) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // closed at the end of the run
		}
		go r.serve(conn)
	}
}

// serve plays one session until the client leaves.
func (r *Server) serve(conn net.Conn) {
	defer conn.Close()
	if WriteUnit(conn, []byte(greeting)) != nil {
		return
	}
	for {
		req, err := ReadUnit(conn)
		if err != nil {
			return
		}
		answer := greeting
		switch {
		case bytes.Contains(req, []byte("<hello/>")):
		case bytes.Contains(req, []byte("<login>")):
			answer = fmt.Sprintf(plainAnswer, 1000, clTRID(req))
		case bytes.Contains(req, []byte("<logout/>")):
			answer = fmt.Sprintf(plainAnswer, 1500, clTRID(req))
		case bytes.Contains(req, []byte("<info>")):
			time.Sleep(r.delay)
			answer = fmt.Sprintf(infoAnswer, clTRID(req))
		default:
			time.Sleep(r.delay)
			answer = fmt.Sprintf(checkAnswer, clTRID(req))
		}
		if WriteUnit(conn, []byte(answer)) != nil {
			return
		}
	}
}

func clTRID(req []byte) []byte {
	_, rest, _ := bytes.Cut(req, []byte("<clTRID>"))
	id, _, _ := bytes.Cut(rest, []byte("<"))
	return id
}

// WriteUnit writes one data unit (RFC 5734 §4).
func WriteUnit(w io.Writer, doc []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(doc)+4)), doc...))
	return err
}

// ReadUnit reads one.
func ReadUnit(r io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	doc := make([]byte, binary.BigEndian.Uint32(header[:])-4)
	_, err := io.ReadFull(r, doc)
	return doc, err
}

const (
	greeting = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>bench</svID>` +
		`<svDate>2026-01-01T00:00:00Z</svDate><svcMenu><version>1.0</version><lang>en</lang><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>` +
		`</svcMenu><dcp><access><all/></access><statement><purpose><prov/></purpose><recipient><ours/></recipient><retention><stated/></retention></statement></dcp></greeting></epp>`
	plainAnswer = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="%d"><msg>ok</msg></result>` +
		`<trID><clTRID>%s</clTRID><svTRID>SV-1</svTRID></trID></response></epp>`
	checkAnswer = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>ok</msg></result>` +
		`<resData><domain:chkData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:cd><domain:name avail="1">bench.example</domain:name></domain:cd></domain:chkData></resData>` +
		`<trID><clTRID>%s</clTRID><svTRID>SV-1</svTRID></trID></response></epp>`
	infoAnswer = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>Command completed successfully</msg></result>` +
		`<resData><domain:infData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>bench.example</domain:name><domain:roid>D1234567-BENCH</domain:roid>` +
		`<domain:status s="clientTransferProhibited"/><domain:status s="clientDeleteProhibited"/><domain:registrant>C-100</domain:registrant>` +
		`<domain:contact type="admin">C-101</domain:contact><domain:contact type="tech">C-102</domain:contact><domain:contact type="billing">C-103</domain:contact>` +
		`<domain:ns><domain:hostObj>ns1.bench.example</domain:hostObj><domain:hostObj>ns2.bench.example</domain:hostObj></domain:ns>` +
		`<domain:host>ns1.bench.example</domain:host><domain:clID>bench</domain:clID><domain:crID>bench</domain:crID><domain:crDate>2024-01-02T03:04:05.0Z</domain:crDate>` +
		`<domain:upID>bench</domain:upID><domain:upDate>2025-01-02T03:04:05.0Z</domain:upDate><domain:exDate>2027-01-02T03:04:05.0Z</domain:exDate>` +
		`<domain:authInfo><domain:pw>2fooBAR-2fooBAR</domain:pw></domain:authInfo></domain:infData></resData>` +
		`<trID><clTRID>%s</clTRID><svTRID>SV-1</svTRID></trID></response></epp>`
	// LoginFrame, CheckFrame and InfoFrame are what a bare client sends.
	LoginFrame = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><login><clID>bench</clID><pw>bench-pw</pw>` +
		`<options><version>1.0</version><lang>en</lang></options><svcs><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI></svcs></login><clTRID>B-1</clTRID></command></epp>`
	CheckFrame = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check><domain:check xmlns:domain="urn:ietf:params:xml:ns:domain-1.0">` +
		`<domain:name>bench.example</domain:name></domain:check></check><clTRID>B-2</clTRID></command></epp>`
	InfoFrame = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><info><domain:info xmlns:domain="urn:ietf:params:xml:ns:domain-1.0">` +
		`<domain:name hosts="all">bench.example</domain:name></domain:info></info><clTRID>B-3</clTRID></command></epp>`
)

func certificate() (tls.Certificate, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("making a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{ServerName}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("making a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, leaf, nil
}
