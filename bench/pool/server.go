package main

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

const serverName = "bench.example"

// replay answers from prepared texts: it looks for the verb and the clTRID and
// parses nothing, so that the figures show the client's cost.
type replay struct {
	listener net.Listener
	roots    *x509.CertPool
	delay    time.Duration
}

func startReplay(delay time.Duration) (*replay, error) {
	cert, leaf, err := certificate()
	if err != nil {
		return nil, err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	r := &replay{listener: l, roots: x509.NewCertPool(), delay: delay}
	r.roots.AddCert(leaf)
	go r.accept()
	return r, nil
}

func (r *replay) addr() string { return r.listener.Addr().String() }

func (r *replay) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // closed at the end of the run
		}
		go r.serve(conn)
	}
}

// serve plays one session until the client leaves.
func (r *replay) serve(conn net.Conn) {
	defer conn.Close()
	if writeUnit(conn, []byte(greeting)) != nil {
		return
	}
	for {
		req, err := readUnit(conn)
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
		default:
			time.Sleep(r.delay)
			answer = fmt.Sprintf(checkAnswer, clTRID(req))
		}
		if writeUnit(conn, []byte(answer)) != nil {
			return
		}
	}
}

func clTRID(req []byte) []byte {
	_, rest, _ := bytes.Cut(req, []byte("<clTRID>"))
	id, _, _ := bytes.Cut(rest, []byte("<"))
	return id
}

func writeUnit(w io.Writer, doc []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(doc)+4)), doc...))
	return err
}

func readUnit(r io.Reader) ([]byte, error) {
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
	loginFrame = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><login><clID>bench</clID><pw>bench-pw</pw>` +
		`<options><version>1.0</version><lang>en</lang></options><svcs><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI></svcs></login><clTRID>B-1</clTRID></command></epp>`
	checkFrame = `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check><domain:check xmlns:domain="urn:ietf:params:xml:ns:domain-1.0">` +
		`<domain:name>bench.example</domain:name></domain:check></check><clTRID>B-2</clTRID></command></epp>`
)

func certificate() (tls.Certificate, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("making a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{serverName}, IsCA: true, BasicConstraintsValid: true,
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
