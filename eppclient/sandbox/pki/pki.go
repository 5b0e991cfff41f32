// Package pki makes the certificates a sandbox registry needs: one authority,
// one server certificate for this machine, one client certificate per account.
// They live as PEM files in one folder and are used again while they last.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

const (
	authorityLife = 20 * 365 * 24 * time.Hour
	leafLife      = 5 * 365 * 24 * time.Hour
	// renewBefore is the rest of life below which a certificate is made anew.
	renewBefore = 30 * 24 * time.Hour
)

// Pair names the two PEM files of one certificate and holds them loaded.
type Pair struct {
	CertFile, KeyFile string
	Certificate       tls.Certificate // with Leaf set
}

// SHA256 is the hex digest of the certificate's DER, as sandbox.Account wants it.
func (p Pair) SHA256() string {
	sum := sha256.Sum256(p.Certificate.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// Bundle is the content of one folder.
type Bundle struct {
	CAFile  string
	CA      *x509.CertPool
	Server  Pair
	Clients map[string]Pair // by common name
}

// ServerTLS is ready for sandbox.Config.TLS.
func (b *Bundle) ServerTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{b.Server.Certificate}, ClientCAs: b.CA,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
}

// ClientTLS is what the client of that common name dials with; it expects the
// server to prove the name "localhost".
func (b *Bundle) ClientTLS(commonName string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{b.Clients[commonName].Certificate}, RootCAs: b.CA,
		ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// Ensure returns the certificates in dir, making those that are missing,
// damaged, foreign to the authority or near their end at now. Common names are
// letters, digits, "-" and "_"; they become file names.
func Ensure(dir string, now time.Time, clients ...string) (*Bundle, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating certificate folder: %w", err)
	}
	f := folder{dir: dir, now: now.UTC()}
	ca, err := f.ensure("ca", nil, template("Indera sandbox authority", authorityLife, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid = true, true
		c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}))
	if err != nil {
		return nil, err
	}
	b := &Bundle{CAFile: ca.CertFile, CA: x509.NewCertPool(), Clients: map[string]Pair{}}
	b.CA.AddCert(ca.Certificate.Leaf)
	b.Server, err = f.ensure("server", &ca, template("localhost", leafLife, func(c *x509.Certificate) {
		c.DNSNames = []string{"localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}))
	if err != nil {
		return nil, err
	}
	for _, name := range clients {
		if !namePattern.MatchString(name) {
			return nil, fmt.Errorf("client name %q: want letters, digits, - and _", name)
		}
		b.Clients[name], err = f.ensure("client-"+name, &ca, template(name, leafLife, func(c *x509.Certificate) {
			c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}))
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

type design struct {
	cert x509.Certificate
	life time.Duration
}

func template(commonName string, life time.Duration, set func(*x509.Certificate)) design {
	d := design{cert: x509.Certificate{Subject: pkix.Name{CommonName: commonName}}, life: life}
	set(&d.cert)
	return d
}

type folder struct {
	dir string
	now time.Time
}

// ensure loads NAME.pem and NAME-key.pem, or makes them signed by ca (by
// itself when ca is nil).
func (f folder) ensure(name string, ca *Pair, d design) (Pair, error) {
	p := Pair{CertFile: filepath.Join(f.dir, name+".pem"), KeyFile: filepath.Join(f.dir, name+"-key.pem")}
	if f.load(&p, ca) {
		return p, nil
	}
	if err := f.make(p, ca, d); err != nil {
		return p, fmt.Errorf("making certificate %s: %w", name, err)
	}
	if !f.load(&p, ca) {
		return p, fmt.Errorf("certificate %s is unusable right after it was made", name)
	}
	return p, nil
}

// load reports whether both files are there, fit each other, were signed by
// ca and last long enough.
func (f folder) load(p *Pair, ca *Pair) bool {
	cert, err := tls.LoadX509KeyPair(p.CertFile, p.KeyFile)
	if err != nil {
		return false
	}
	leaf := cert.Leaf
	if f.now.Before(leaf.NotBefore) || f.now.Add(renewBefore).After(leaf.NotAfter) {
		return false
	}
	if ca != nil && leaf.CheckSignatureFrom(ca.Certificate.Leaf) != nil {
		return false
	}
	p.Certificate = cert
	return true
}

func (f folder) make(p Pair, ca *Pair, d design) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if d.cert.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return err
	}
	d.cert.NotBefore, d.cert.NotAfter = f.now.Add(-time.Hour), f.now.Add(d.life)
	parent, signer := &d.cert, any(key)
	if ca != nil {
		parent, signer = ca.Certificate.Leaf, ca.Certificate.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, &d.cert, parent, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writeFile(p.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
		writeFile(p.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// writeFile replaces a file in one step, readable by its owner only.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), path)
}
