package verisign_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/registrar"
)

var update = flag.Bool("update", false, "write the recorded frames anew")

// masks hide what differs from run to run.
var masks = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`<clTRID>[^<]*</clTRID>`), "<clTRID>CL-0001</clTRID>"},
	{regexp.MustCompile(`<svTRID>[^<]*</svTRID>`), "<svTRID>SV-0001</svTRID>"},
	{regexp.MustCompile(`<domain:pw>[^<]+</domain:pw>`), "<domain:pw>Secret-0001</domain:pw>"},
}

var signed = registrar.SecDNS{DS: []registrar.DS{{
	KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: "49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE49FD46E6C4B45C55D4AC69CB",
}}}

// story is the life of a name, command by command; each is recorded under its name.
var story = []struct {
	name string
	tell func(w *world) error
}{
	{"check", func(w *world) error {
		_, err := w.CheckDomains(w.Context(), []string{"gold.com", "life.com"})
		return err
	}},
	{"create", func(w *world) error { _, err := w.create(registrar.DomainCreate{Name: "life.com"}); return err }},
	{"create-idn", func(w *world) error {
		_, err := w.create(registrar.DomainCreate{Name: "xn--mnchen-3ya.net", IDNTable: "GER", SecDNS: signed})
		return err
	}},
	{"create-premium", func(w *world) error {
		price := usd(99_900)
		_, err := w.create(registrar.DomainCreate{Name: "gold.com", Consent: &price})
		return err
	}},
	{"host-internal", func(w *world) error {
		_, err := w.CreateHost(w.Context(), w.send(), registrar.HostCreate{Name: "ns1.life.com", Addresses: []string{"192.0.2.1", "2001:db8::1"}})
		return err
	}},
	{"host-external", func(w *world) error {
		_, err := w.CreateHost(w.Context(), w.send(), registrar.HostCreate{Name: "ns1.dns.test"})
		return err
	}},
	{"delegate", func(w *world) error {
		_, err := w.UpdateNameServers(w.Context(), w.send(), registrar.NameServerUpdate{Name: "life.com", Want: []string{"ns1.dns.test"}})
		return err
	}},
	{"balance", func(w *world) error { _, err := w.Balance(w.Context()); return err }},
	{"delete-host", func(w *world) error { _, err := w.DeleteHost(w.Context(), w.send(), "ns1.life.com"); return err }},
	{"delete", func(w *world) error {
		w.clock.Advance(10 * 24 * time.Hour)
		_, err := w.DeleteDomain(w.Context(), w.send(), "life.com")
		return err
	}},
	{"restore", func(w *world) error {
		_, err := w.Restore(w.Context(), w.send(), registrar.DomainRestore{Name: "life.com"})
		return err
	}},
	{"poll", func(w *world) error {
		if kinds := len(w.drain()); kinds != 2 {
			return fmt.Errorf("%d messages, want low balance and report due", kinds)
		}
		return nil
	}},
	{"refused", func(w *world) error {
		if _, err := w.DomainInfo(w.Context(), "nobody.com"); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
			return fmt.Errorf("info of nothing: %w", err)
		}
		return nil
	}},
}

// TestRecordedFrames keeps what passes between adapter and registry in the life of
// a name, in both directions, valid by the schemas.
func TestRecordedFrames(t *testing.T) {
	w := newWorld(t, nil, "http://www.verisign.com/epp/premiumdomain-1.0")
	if _, err := w.HostInfo(t.Context(), "ns9.dns.test"); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		t.Fatal(err) // greeting and login are behind it
	}
	all := map[string][]byte{}
	for _, s := range story {
		w.take()
		if err := s.tell(w); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for i, f := range w.take() {
			xml := f.xml
			for _, m := range masks {
				xml = m.find.ReplaceAll(xml, []byte(m.put))
			}
			all[fmt.Sprintf("%s-%d-%s", s.name, i+1, map[string]string{"in": "sent", "out": "answer"}[string(f.dir)])] = xml
		}
	}
	for name, got := range all {
		file := filepath.Join("testdata", "frames", name+".xml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from the recorded frame (%v)\n got %s\nwant %s", name, err, got, want)
		}
	}
	if kept, err := filepath.Glob("testdata/frames/*.xml"); err != nil || len(kept) != len(all) {
		t.Errorf("%d recorded frames for %d, %v", len(kept), len(all), err)
	}
	epptest.Valid(t, all)
}
