package fossbilling_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/plugins/fossbilling"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

// schema makes the tables that are read.
const schema = "../../test/billing/schema.sql"

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

// install is a FOSSBilling database with a reader that has the rights the
// documentation names, and no other.
type install struct {
	root *sql.DB
	opt  fossbilling.Options
}

func newInstall(t testing.TB, files ...string) install {
	t.Helper()
	dsn, err := mysql.ParseDSN(mariadb.Shared(t).NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	dsn.MultiStatements = true
	dsn.Params = map[string]string{"sql_mode": "'NO_ENGINE_SUBSTITUTION'"}
	dsn.MaxAllowedPacket = 1 << 26
	connector, err := mysql.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	in := install{root: sql.OpenDB(connector)}
	in.root.SetMaxOpenConns(1) // what a file sets for its session holds for the next
	t.Cleanup(func() {
		if err := in.root.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in.exec(t, string(text))
	}
	user := "reader_" + dsn.DBName
	in.exec(t, fmt.Sprintf("DROP USER IF EXISTS %s; CREATE USER %s IDENTIFIED BY 'read only'", user, user))
	for _, g := range fossbilling.Grants(dsn.DBName, user, "after 0.8.5") {
		in.exec(t, g)
	}
	in.opt = fossbilling.Options{Address: dsn.Addr, Database: dsn.DBName, User: user, Password: "read only", Registrars: []string{"Epp"}}
	return in
}

func (in install) exec(t testing.TB, query string) {
	t.Helper()
	if _, err := in.root.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", clip(query), err)
	}
}

func clip(s string) string { return s[:min(len(s), 120)] }

func (in install) open(t testing.TB) *fossbilling.Source {
	t.Helper()
	s, err := fossbilling.Open(in.opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newEngine(t testing.TB, tlds ...string) (*registrar.Engine, registrar.Store) {
	t.Helper()
	s := storetest.Open(t)
	e, err := registrar.New(registrar.Options{Store: s, Holder: "test", Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
	var list []registrar.TLD
	for _, name := range tlds {
		list = append(list, registrar.TLD{Name: name, Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true})
	}
	if err := e.ApplyCatalogue(t.Context(), registrar.System("test"), list, nil); err != nil {
		t.Fatal(err)
	}
	return e, s
}

func code(err error) string {
	for ; err != nil; err = unwrap(err) {
		if e, ok := err.(*registrar.Error); ok {
			return string(e.Kind) + "/" + e.Code
		}
	}
	return ""
}

func unwrap(err error) error {
	u, ok := err.(interface{ Unwrap() error })
	if !ok {
		return nil
	}
	return u.Unwrap()
}

func issues(t testing.TB, r registrar.Reader) []string {
	t.Helper()
	var out []string
	page := registrar.Page{Limit: 500}
	for {
		list, err := r.MirrorIssues(t.Context(), registrar.MirrorIssueFilter{System: fossbilling.System, State: registrar.IssueOpen}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			out = append(out, fmt.Sprintf("%s %s %s", i.Kind, i.Object, i.ExternalID))
			page.After = i.ID
		}
		if len(list) < 500 {
			slices.Sort(out)
			return out
		}
	}
}

func TestImport(t *testing.T) {
	in := newInstall(t, schema, "testdata/rows.sql")
	e, s := newEngine(t, "shop", "de")
	r, err := e.ImportMirror(t.Context(), registrar.System("test"), in.open(t), registrar.MirrorOptions{Page: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.Version != "after 0.8.5" || r.Run.CustomersRead != 2 || r.Run.DomainsRead != 8 || r.Run.Created != 5 {
		t.Errorf("import: %+v", r.Run)
	}
	want := []string{"duplicate_name domain 8", "html customer 2", "html domain 2", "html domain 3", "missing_email customer 2", "missing_email domain 3",
		"missing_contact domain 7", "no_customer domain 7", "no_expiry domain 3"}
	slices.Sort(want)
	if got := issues(t, s); !slices.Equal(got, want) {
		t.Errorf("worklist %q\nwant     %q", got, want)
	}
	domains, err := s.Domains(t.Context(), registrar.DomainFilter{}, registrar.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range domains {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, []string{"muller-collide.de", "plain.shop", "xn--mller-collide-wob.de"}) {
		t.Errorf("imported %q", names)
	}
	d, err := s.DomainByName(t.Context(), "plain.shop")
	if err != nil || d.ExpiresRaw != "2027-05-05T10:00:00Z" || !slices.Equal(d.Statuses, []string{"clientTransferProhibited"}) {
		t.Errorf("plain.shop is %+v, %v", d, err)
	}
	v, err := s.ContactVersion(t.Context(), d.Registrant)
	if err != nil || v.Name != "Ada Lovelace" || v.Email != "ada@example.org" || v.Phone != "+44.2079460123" {
		t.Errorf("its registrant is %+v, %v", v, err)
	}
	n, err := registrar.ParseName("müller-collide.de")
	if err != nil {
		t.Fatal(err)
	}
	if d, err = s.DomainByName(t.Context(), n.A); err != nil {
		t.Fatal(err)
	}
	if v, err = s.ContactVersion(t.Context(), d.Registrant); err != nil || v.Name != "Käthe" || v.Organization != "Müller & Söhne GmbH" || v.CountryCode != "DE" || v.Phone != "+49.891234567" {
		t.Errorf("registrant of %s is %+v, %v", n.U, v, err)
	}
}

// TestReaderMayDoNothingElse proves the rights: no secret is readable, nothing is
// writable, not even with rights to write.
func TestReaderMayDoNothingElse(t *testing.T) {
	in := newInstall(t, schema, "testdata/rows.sql")
	src := in.open(t)
	if _, err := src.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := fossbilling.DB(src)
	for _, q := range []string{"SELECT pass FROM client", "SELECT api_token FROM client", "SELECT transfer_code FROM service_domain", "SELECT config FROM tld_registrar"} {
		if _, err := db.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s was answered", q)
		}
	}
	in.exec(t, "GRANT ALL ON `"+in.opt.Database+"`.* TO "+in.opt.User)
	db = fossbilling.DB(in.open(t)) // rights are looked at when a connection begins
	for _, q := range []string{"UPDATE client SET city = 'x'", "DELETE FROM service_domain", "INSERT INTO tld (tld) VALUES ('.x')"} {
		if _, err := db.ExecContext(t.Context(), q); err == nil || !strings.Contains(err.Error(), "READ ONLY") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func TestSchemaIsLookedAtFirst(t *testing.T) {
	for _, c := range []struct {
		name, change, want, says string
		registrars               []string
	}{
		{"column missing", "ALTER TABLE service_domain DROP COLUMN contact_city", "unsupported/billing_schema", "service_domain.contact_city", nil},
		{"table missing", "DROP TABLE tld_registrar", "unsupported/billing_schema", "tld_registrar.id", nil},
		{"no known version", "ALTER TABLE client DROP COLUMN billing_email", "unsupported/billing_version", "not known", nil},
		{"no such module", "SELECT 1", "unsupported/billing_registrar", "Nobody", []string{"Epp", "Nobody"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newInstall(t, schema, "testdata/rows.sql")
			in.exec(t, c.change)
			if c.registrars != nil {
				in.opt.Registrars = c.registrars
			}
			_, err := in.open(t).Probe(t.Context())
			if code(err) != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s that says %q", err, c.want, c.says)
			}
		})
	}
}

func TestOlderVersions(t *testing.T) {
	in := newInstall(t, schema, "testdata/rows.sql")
	in.exec(t, "ALTER TABLE tld DROP COLUMN periods")
	if v, err := in.open(t).Probe(t.Context()); err != nil || v != "0.8.0 to 0.8.5" {
		t.Errorf("got %q, %v", v, err)
	}
	in.exec(t, "ALTER TABLE client DROP COLUMN billing_email")
	src := in.open(t)
	if v, err := src.Probe(t.Context()); err != nil || v != "0.7.2 or older" {
		t.Errorf("got %q, %v", v, err)
	}
	if list, err := src.Customers(t.Context(), "", 10); err != nil || len(list) != 2 || list[0].Contact.Email != "ada@example.org" {
		t.Errorf("got %+v, %v", list, err)
	}
}

// TestSlowAndDown: a server that does not answer costs the time limit, not more,
// and no error tells the password.
func TestSlowAndDown(t *testing.T) {
	in := newInstall(t, schema, "testdata/rows.sql")
	in.opt.Timeout = 300 * time.Millisecond
	src := in.open(t)
	if _, err := src.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	lock, err := in.root.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLES client WRITE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = src.Customers(t.Context(), "", 10)
	if code(err) != "unavailable/billing_unavailable" || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if _, err := lock.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Customers(t.Context(), "", 10); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	in.opt.Password = "hunter2"
	_, err = in.open(t).Probe(t.Context())
	if code(err) != "forbidden/billing_access" || strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("wrong password: %v", err)
	}
	in.opt.Address = "127.0.0.1:1"
	if _, err = in.open(t).Probe(t.Context()); code(err) != "unavailable/billing_unavailable" {
		t.Errorf("nothing listens: %v", err)
	}
}

// facts is the folder with FOSSBilling's whole schema and a generator of test
// data, which are not part of this project; the test that needs it is skipped
// without, and fails in CI.
func facts(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("INDERA_BILLING_FACTS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "billing")
	}
	if _, err := os.Stat(filepath.Join(dir, "seed.py")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no generator of test data: %v", err)
		}
		t.Skipf("no generator of test data (INDERA_BILLING_FACTS names its folder): %v", err)
	}
	return dir
}

// TestGrantsInDocs keeps the rights that operators are told to give equal to
// what is read.
func TestGrantsInDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/mirrors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range fossbilling.Grants("fossbilling", "'indera'@'10.0.0.5'", "after 0.8.5") {
		if !strings.Contains(string(text), "\n"+g+";\n") {
			t.Errorf("docs/mirrors.md lacks\n%s;", g)
		}
	}
}
