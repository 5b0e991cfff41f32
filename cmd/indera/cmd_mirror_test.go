package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/billing"
	"github.com/indera/indera/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

// mirrored is a registrar beside a FOSSBilling.
type mirrored struct {
	t              *testing.T
	conf, database string
	in             *billing.Install
}

func newMirrored(t *testing.T, name string) *mirrored {
	t.Helper()
	m := &mirrored{t: t}
	m.conf, m.database = install(t)
	var err error
	if m.in, err = billing.New(t.Context(), mariadb.Shared(t), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.in.Close(); err != nil {
			t.Error(err)
		}
	})
	section, err := m.in.Section(filepath.Join(t.TempDir(), "reader.password"))
	if err != nil {
		t.Fatal(err)
	}
	m.configure("currency: EUR}", "currency: EUR, staff_email: staff@registrar.example}")
	m.configure("", section)
	return m
}

// configure replaces what stands in the configuration, or adds to it.
func (m *mirrored) configure(old, text string) {
	m.t.Helper()
	raw, err := os.ReadFile(m.conf)
	if err != nil {
		m.t.Fatal(err)
	}
	next := string(raw) + text
	if old != "" {
		next = strings.Replace(string(raw), old, text, 1)
	}
	if next == string(raw) {
		m.t.Fatalf("the configuration has no %q", old)
	}
	if err := os.WriteFile(m.conf, []byte(next), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mirrored) exec(query string) {
	m.t.Helper()
	if err := m.in.Exec(m.t.Context(), query); err != nil {
		m.t.Fatal(err)
	}
}

// look opens the registrar's database beside the command.
func (m *mirrored) look(fn func(*store.Store)) {
	m.t.Helper()
	s, err := store.Open(m.t.Context(), store.Config{Driver: store.DriverSQLite, Path: m.database})
	if err != nil {
		m.t.Fatal(err)
	}
	fn(s)
	if err := s.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// sell does what a start of serve does with the catalogue.
func (m *mirrored) sell() {
	m.t.Helper()
	m.look(func(s *store.Store) {
		e, err := registrar.New(registrar.Options{Store: s, Holder: "test"})
		if err != nil {
			m.t.Fatal(err)
		}
		shop := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
		if err := e.ApplyCatalogue(m.t.Context(), registrar.System("test"), []registrar.TLD{shop}, nil); err != nil {
			m.t.Fatal(err)
		}
	})
}

// names counts what is here.
func (m *mirrored) names() (n int) {
	m.t.Helper()
	m.look(func(s *store.Store) {
		list, err := s.Domains(m.t.Context(), registrar.DomainFilter{}, registrar.Page{Limit: 500})
		if err != nil {
			m.t.Fatal(err)
		}
		n = len(list)
	})
	return n
}

func (m *mirrored) run(want int, args ...string) (out, errOut string) {
	m.t.Helper()
	args = append([]string{"mirror", "import", "--config", m.conf}, args...)
	code, out, errOut := indera(m.t, args...)
	if code != want {
		m.t.Errorf("%v: exit code %d, want %d: %s%s", args, code, want, out, errOut)
	}
	if strings.Contains(out+errOut, billing.Password) {
		m.t.Errorf("the password is printed: %s%s", out, errOut)
	}
	return out, errOut
}

func (m *mirrored) says(text string, want ...string) {
	m.t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, w := range want {
		if !strings.Contains(flat, w) {
			m.t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func TestMirrorImport(t *testing.T) {
	m := newMirrored(t, "clean")
	if err := m.in.Fill(t.Context(), 10, 40); err != nil {
		t.Fatal(err)
	}
	_, said := m.run(exitUsage)
	m.says(said, "catalogue.tlds")
	m.sell()
	out, said := m.run(exitOK, "--dry-run")
	m.says(out, "plan for FOSSBilling (after 0.8.5), run mrr_", "read 10 customers, 40 domains", "new 50 ", "changed 0 ", "unchanged 0 ", "gone 0 ", "left out 0 ", "worklist 0")
	m.says(said, "read 10 customers, 0 domains", "compared 10 of 50", "compared 50 of 50")
	if n := m.names(); n != 0 {
		t.Errorf("the dry run took %d names", n)
	}
	out, _ = m.run(exitOK)
	m.says(out, "imported from FOSSBilling", "new 50 ", "unchanged 0 ")
	if n := m.names(); n != 40 {
		t.Errorf("%d names are here", n)
	}
	out, said = m.run(exitOK, "--quiet")
	m.says(out, "new 0 ", "unchanged 50 ")
	if said != "" {
		t.Errorf("--quiet says %q", said)
	}
	m.exec("UPDATE service_domain SET ns1 = 'ns9.example.net' WHERE id <= 3; UPDATE service_domain SET tld = '.nowhere' WHERE id = 5; UPDATE client SET country = 'Atlantis' WHERE id = 2; DELETE FROM service_domain WHERE id = 9")
	for _, head := range []string{"plan for", "imported from"} {
		args := map[string][]string{"plan for": {"--dry-run"}}[head]
		out, said = m.run(exitFindings, args...)
		// Names of customer 2 without a registrant of their own have their country.
		m.says(out, head, "gone 2 ", "left out 1 ", "1 Ending not in the catalogue: left out", "2 No longer listed there: kept as it was, marked as gone", "Country is not known: taken without it")
		m.says(said, "indera: the worklist has ")
	}
	if out, _ = m.run(exitFindings, "--quiet"); !strings.Contains(strings.Join(strings.Fields(out), " "), "new 0 changed 0 ") {
		t.Errorf("a third import still changes something: %s", out)
	}
}

// TestMirrorImportBraked: an import from the command line that stops tells its
// caller by text and exit code, and staff by mail.
func TestMirrorImportBraked(t *testing.T) {
	m := newMirrored(t, "emptied")
	m.sell()
	if err := m.in.Fill(t.Context(), 10, 120); err != nil {
		t.Fatal(err)
	}
	m.run(exitOK)
	m.exec("DELETE FROM service_domain WHERE id <= 100")
	out, said := m.run(exitFindings)
	m.says(said, "stopped: 100 names would be marked as gone; release it on the admin pages (brk_")
	m.says(out, "gone 100 ", "changed 0 ")
	m.run(exitFailed) // it waits for staff
	m.look(func(s *store.Store) {
		b, err := s.EngagedBrake(t.Context(), "mirror/fossbilling")
		if err != nil {
			t.Fatal(err)
		}
		mails, err := s.DueMails(t.Context(), 10)
		if err != nil || len(mails) != 1 {
			t.Fatalf("mails to staff: %+v, %v", mails, err)
		}
		mail := mails[0]
		if mail.To != "staff@registrar.example" || !strings.Contains(mail.Subject, "The import from FOSSBilling stopped: 100 names gone") || !strings.Contains(mail.Text, "/admin/notices/brakes/"+b.ID) {
			t.Errorf("mail to %s: %s\n%s", mail.To, mail.Subject, mail.Text)
		}
	})
	if n := m.names(); n != 120 {
		t.Errorf("%d names are here", n)
	}
}

// TestMirrorImportRefusals: what can't begin says so by its exit code and leaves
// nothing.
func TestMirrorImportRefusals(t *testing.T) {
	conf, _ := install(t)
	if code, _, said := indera(t, "mirror", "import", "--config", conf); code != exitUsage || !strings.Contains(said, "the configuration has no mirrors.fossbilling") {
		t.Errorf("nothing is configured: exit code %d: %s", code, said)
	}
	m := newMirrored(t, "refusals")
	m.sell()
	if code, _, _ := indera(t, "mirror", "import", "--config", m.conf, "fossbilling"); code != exitUsage {
		t.Errorf("a word too many: exit code %d", code)
	}
	m.exec(fmt.Sprintf("ALTER USER %s IDENTIFIED BY 'another'", m.in.User))
	_, said := m.run(exitFailed)
	m.says(said, "refuses its reader")
	m.exec(fmt.Sprintf("ALTER USER %s IDENTIFIED BY '%s'", m.in.User, billing.Password))
	m.configure("registrars: [Epp]", "registrars: [Nobody]")
	_, said = m.run(exitFailed, "--dry-run")
	m.says(said, `no registrar module "Nobody"`)
	m.configure("registrars: [Nobody]", "registrars: [Epp]")
	m.look(func(s *store.Store) {
		if _, ok, err := s.TryLease(t.Context(), "mirror/fossbilling", "another process", time.Minute); err != nil || !ok {
			t.Fatalf("a failed import kept its lease: %v", err)
		}
	})
	_, said = m.run(exitFailed)
	m.says(said, "Another process is importing from FOSSBilling")
	m.configure("password_file: ", "password_file: /nowhere")
	m.run(exitUsage)
}
