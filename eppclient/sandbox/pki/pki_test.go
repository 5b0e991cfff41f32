package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var now = time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)

func ensure(t *testing.T, dir string, at time.Time, clients ...string) *Bundle {
	t.Helper()
	b, err := Ensure(dir, at, clients...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCertificatesServeTheirPurpose(t *testing.T) {
	b := ensure(t, t.TempDir(), now, "alpha")
	verify := func(p Pair, name string, usage x509.ExtKeyUsage) error {
		_, err := p.Certificate.Leaf.Verify(x509.VerifyOptions{Roots: b.CA, CurrentTime: now, DNSName: name, KeyUsages: []x509.ExtKeyUsage{usage}})
		return err
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := verify(b.Server, name, x509.ExtKeyUsageServerAuth); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify(b.Server, "example.com", x509.ExtKeyUsageServerAuth); err == nil {
		t.Error("the server certificate is good for any name")
	}
	if err := verify(b.Clients["alpha"], "", x509.ExtKeyUsageClientAuth); err != nil {
		t.Error(err)
	}
	if err := verify(b.Clients["alpha"], "", x509.ExtKeyUsageServerAuth); err == nil {
		t.Error("a client certificate is good for a server")
	}
	if cn := b.Clients["alpha"].Certificate.Leaf.Subject.CommonName; cn != "alpha" {
		t.Errorf("common name %q", cn)
	}
	if _, err := tls.LoadX509KeyPair(b.Server.CertFile, b.Server.KeyFile); err != nil {
		t.Error(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	ensure(t, dir, now, "alpha")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 6 {
		t.Errorf("%d files", len(entries))
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", e.Name(), info.Mode())
		}
	}
}

func TestReuse(t *testing.T) {
	dir := t.TempDir()
	first := ensure(t, dir, now, "alpha")
	again := ensure(t, dir, now.Add(365*24*time.Hour), "alpha", "beta")
	if again.Clients["alpha"].SHA256() != first.Clients["alpha"].SHA256() || again.Server.SHA256() != first.Server.SHA256() {
		t.Error("valid certificates were replaced")
	}
	if len(again.Clients) != 2 || again.Clients["beta"].SHA256() == again.Clients["alpha"].SHA256() {
		t.Error("no certificate of its own for the new client")
	}
	// Near their end leaves are made anew, by the same authority.
	later := ensure(t, dir, now.Add(leafLife-renewBefore/2), "alpha")
	if later.Server.SHA256() == first.Server.SHA256() || later.Clients["alpha"].SHA256() == first.Clients["alpha"].SHA256() {
		t.Error("expiring certificates were kept")
	}
	if !later.CA.Equal(first.CA) {
		t.Error("the authority was replaced with them")
	}
}

func TestDamageIsRepaired(t *testing.T) {
	dir := t.TempDir()
	first := ensure(t, dir, now, "alpha")
	if err := os.WriteFile(first.Server.KeyFile, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := ensure(t, dir, now, "alpha")
	if second.Server.SHA256() == first.Server.SHA256() || second.Clients["alpha"].SHA256() != first.Clients["alpha"].SHA256() {
		t.Error("want a new server certificate and the old client certificate")
	}
	// A new authority makes everything it did not sign worthless.
	if err := os.Remove(first.CAFile); err != nil {
		t.Fatal(err)
	}
	third := ensure(t, dir, now, "alpha")
	if third.CA.Equal(second.CA) || third.Clients["alpha"].SHA256() == second.Clients["alpha"].SHA256() {
		t.Error("certificates of a lost authority were kept")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", "../x", "a b", "-x"} {
		if _, err := Ensure(t.TempDir(), now, name); err == nil {
			t.Errorf("%q accepted", name)
		}
	}
}
