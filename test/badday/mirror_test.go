package badday

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/billing"
	"github.com/indera/indera/test/mariadb"
	"github.com/indera/indera/test/rig"
)

// What stands in the billing system: some twenty pages to read and as many to
// apply.
const (
	billedCustomers = 2000
	billedNames     = 6000
	billedRows      = billedCustomers + billedNames
	// Every third name has a registrant of its own.
	billedContacts = billedCustomers + billedNames/3
)

// mirrorWorld is a registrar beside a FOSSBilling, on one database server or on
// two. The program runs as its operator would run it.
type mirrorWorld struct {
	t            *testing.T
	binary, conf string
	ours, theirs *mariadb.Server
	store        *store.Store
	db           *sql.DB // the registrar's database
	in           *billing.Install
	logs         int
}

func newMirrorWorld(t *testing.T, apart bool) *mirrorWorld {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it runs the whole program (no -short)")
	}
	dir := t.TempDir()
	w := &mirrorWorld{t: t, conf: filepath.Join(dir, "indera.yaml"), ours: mariadb.StartTest(t, mariadb.Options{})}
	if w.theirs = w.ours; apart {
		// It is killed and started again: what was filled in must be on disk.
		w.theirs = mariadb.StartTest(t, mariadb.Options{Durable: true})
	}
	w.binary = must(rig.Build(t.Context(), dir))(t)
	w.in = must(billing.New(t.Context(), w.theirs, "fossbilling"))(t)
	t.Cleanup(func() { check(t, w.in.Close()) })
	check(t, w.in.Fill(t.Context(), billedCustomers, billedNames))
	w.configure(dir)
	w.command(0, "migrate", "up")
	w.store = must(store.Open(t.Context(), store.Config{Driver: store.DriverMySQL, DSN: w.ours.DSN("indera")}))(t)
	t.Cleanup(func() { check(t, w.store.Close()) })
	w.db = must(sql.Open("mysql", w.ours.DSN("indera")))(t)
	t.Cleanup(func() { check(t, w.db.Close()) })
	e := must(registrar.New(registrar.Options{Store: w.store, Holder: "test"}))(t)
	shop := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
	check(t, e.ApplyCatalogue(t.Context(), registrar.System("test"), []registrar.TLD{shop}, nil))
	return w
}

func (w *mirrorWorld) configure(dir string) {
	w.t.Helper()
	check(w.t, w.ours.CreateDatabase(w.t.Context(), "indera"))
	db := must(sql.Open("mysql", w.ours.DSN("indera")))(w.t)
	for _, q := range []string{"CREATE USER 'indera'@'127.0.0.1' IDENTIFIED BY 'rig-password'", "GRANT ALL ON indera.* TO 'indera'@'127.0.0.1'"} {
		_, err := db.ExecContext(w.t.Context(), q)
		check(w.t, err)
	}
	check(w.t, db.Close())
	password := filepath.Join(dir, "database.password")
	check(w.t, os.WriteFile(password, []byte("rig-password\n"), 0o600))
	section := must(w.in.Section(filepath.Join(dir, "reader.password")))(w.t)
	text := fmt.Sprintf("database: {driver: mysql, address: %q, name: indera, user: indera, password_file: %s}\n", w.ours.Addr(), password) +
		"registrar: {name: Rig Registrar Ltd., iana_id: 9999, url: https://registrar.invalid, abuse_email: abuse@registrar.invalid, abuse_phone: \"+49.301234567\"}\n" + section
	check(w.t, os.WriteFile(w.conf, []byte(text), 0o600))
}

// command runs the program to its end.
func (w *mirrorWorld) command(want int, args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), w.binary, append(args, "--config", w.conf)...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
		w.t.Fatalf("%v ended with %v, want exit code %d: %s", args, err, want, tail(string(out), 3000))
	}
	return string(out)
}

// begin starts an import and waits until its progress says so.
func (w *mirrorWorld) begin(what string, reached func(read, names, compared int) bool) (p *rig.Process, log func() string) {
	w.t.Helper()
	w.logs++
	file := filepath.Join(w.t.TempDir(), fmt.Sprintf("import-%d.log", w.logs))
	p = must(rig.Run(file, w.binary, "mirror", "import", "--config", w.conf))(w.t)
	w.t.Cleanup(func() { check(w.t, p.Kill()) })
	log = func() string {
		raw, err := os.ReadFile(file)
		check(w.t, err)
		return string(raw)
	}
	there := func() bool {
		lines := strings.Split(strings.TrimSuffix(log(), "\n"), "\n")
		var customers, names, compared, of int
		last := lines[len(lines)-1]
		if n, _ := fmt.Sscanf(last, "read %d customers, %d domains", &customers, &names); n == 2 {
			return reached(customers, names, 0)
		}
		n, _ := fmt.Sscanf(last, "compared %d of %d", &compared, &of)
		return n == 2 && reached(billedCustomers, billedNames, compared)
	}
	eventually(w.t, what, func(context.Context) bool { return there() || p.Exited() })
	if p.Exited() && !strings.Contains(log(), "indera: ") {
		w.t.Fatalf("the import ended before %s: %s", what, tail(log(), 1000))
	}
	return p, log
}

// stands returns the run that was cut off.
func (w *mirrorWorld) stands() registrar.MirrorRun {
	w.t.Helper()
	r, open, err := w.store.RunningMirror(w.t.Context(), "fossbilling")
	if err != nil || !open {
		w.t.Fatalf("no run was cut off: %v", err)
	}
	return r
}

// frozen starts an import and stops the process while it waits for names of the
// billing system, where it holds nothing but its lease.
func (w *mirrorWorld) frozen() (p *rig.Process, log func() string) {
	w.t.Helper()
	lock := must(w.in.DB.Conn(w.t.Context()))(w.t)
	_, err := lock.ExecContext(w.t.Context(), "LOCK TABLES service_domain WRITE")
	check(w.t, err)
	p, log = w.begin("all customers to be read", func(read, _, _ int) bool { return read >= billedCustomers })
	eventually(w.t, "the import to wait for names", func(context.Context) bool {
		return w.count("SELECT COUNT(*) FROM information_schema.processlist WHERE user = '"+w.in.User+"' AND state LIKE 'Waiting for table%'") > 0
	})
	check(w.t, p.Pause())
	_, err = lock.ExecContext(w.t.Context(), "UNLOCK TABLES")
	check(w.t, err)
	check(w.t, lock.Close())
	return p, log
}

// leaseRunsOut moves the database's time over the lease of a dead process.
func (w *mirrorWorld) leaseRunsOut() {
	w.t.Helper()
	res, err := w.db.ExecContext(w.t.Context(), "UPDATE leases SET lease_until = lease_until - ? WHERE name = 'mirror/fossbilling'", (2 * time.Minute).Microseconds())
	check(w.t, err)
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		w.t.Fatalf("the dead process holds %d leases, %v", n, err)
	}
}

func (w *mirrorWorld) count(query string) (n int) {
	w.t.Helper()
	check(w.t, w.db.QueryRowContext(w.t.Context(), query).Scan(&n))
	return n
}

// whole proves that everything is here once, with its evidence.
func (w *mirrorWorld) whole() {
	w.t.Helper()
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM domains WHERE owner_system = 'mirror(fossbilling)' AND state = 'active' AND live_name IS NOT NULL": billedNames,
		"SELECT COUNT(*) FROM domains":                                            billedNames,
		"SELECT COUNT(*) FROM customers":                                          billedCustomers,
		"SELECT COUNT(*) FROM contacts":                                           billedContacts,
		"SELECT COUNT(*) FROM contact_versions":                                   billedContacts,
		"SELECT COUNT(*) FROM audit_events WHERE action = 'mirror.create'":        billedRows,
		"SELECT COUNT(*) FROM audit_events WHERE action = 'mirror.change'":        0,
		"SELECT COUNT(*) FROM audit_events WHERE action = 'mirror.import'":        1,
		"SELECT COUNT(*) FROM mirror_runs":                                        1,
		"SELECT COUNT(*) FROM mirror_rows WHERE object_id = '' OR applied = ''":   0,
		"SELECT COUNT(*) FROM commands":                                           0,
		"SELECT COUNT(*) FROM mirror_issues":                                      0,
		"SELECT COUNT(DISTINCT seen_run) FROM mirror_rows":                        1,
		"SELECT COUNT(DISTINCT object_id) FROM mirror_rows WHERE kind = 'domain'": billedNames,
	} {
		if n := w.count(query); n != want {
			w.t.Errorf("%s is %d, want %d", query, n, want)
		}
	}
}

// says looks for text whatever the blanks between words.
func says(text, want string) bool {
	return strings.Contains(strings.Join(strings.Fields(text), " "), want)
}

// TestImportKilled freezes a process until it is taken for dead, and kills others
// (SIGKILL) while they read and while they apply both kinds of rows. Each next one
// goes on where the dead stood, in the end everything is here once, and the thawed
// process writes nothing more.
func TestImportKilled(t *testing.T) {
	w := newMirrorWorld(t, false)
	frozen, log := w.frozen()
	before := w.stands()
	w.leaseRunsOut()
	for _, c := range []struct {
		what    string
		reached func(read, names, compared int) bool
	}{
		{"some names to be read", func(_, names, _ int) bool { return names >= 2000 }},
		{"some customers to be applied", func(_, _, compared int) bool { return compared >= 500 }},
		{"some names to be applied", func(_, _, compared int) bool { return compared >= billedCustomers+1500 }},
	} {
		p, _ := w.begin(c.what, c.reached)
		check(t, p.Kill())
		at := w.stands()
		t.Logf("killed at %s: read %d+%d, created %d", at.Phase, at.CustomersRead, at.DomainsRead, at.Created)
		if at.Outcome != registrar.MirrorRunning || at.CustomersRead < before.CustomersRead || at.DomainsRead < before.DomainsRead || at.Created < before.Created || at.ID != before.ID {
			t.Errorf("the next process did not go on: %+v, before %+v", at, before)
		}
		before = at
		if said := w.command(1, "mirror", "import"); !says(said, "Another process is importing") {
			t.Errorf("while the dead one's lease holds: %s", said)
		}
		w.leaseRunsOut()
	}
	out := w.command(0, "mirror", "import")
	if !says(out, fmt.Sprintf("read %d customers, %d domains new %d changed 0 unchanged 0 gone 0 left out 0 worklist 0", billedCustomers, billedNames, billedRows)) {
		t.Errorf("the whole import says: %s", out)
	}
	w.whole()
	check(t, frozen.Resume())
	eventually(t, "the thawed process to end", func(context.Context) bool { return frozen.Exited() })
	// By then its own patience with the billing system may be over as well.
	if !says(log(), "indera: importing from fossbilling: ") {
		t.Errorf("the thawed process says: %s", tail(log(), 500))
	}
	w.whole()
	if out := w.command(0, "mirror", "import", "--quiet"); !says(out, fmt.Sprintf("new 0 changed 0 unchanged %d", billedRows)) {
		t.Errorf("another import says: %s", out)
	}
}

// TestBillingSystemGone kills the billing system's database while it is read: the
// import says so and stands still, nothing here changes, and with the database it
// goes on from there.
func TestBillingSystemGone(t *testing.T) {
	w := newMirrorWorld(t, true)
	p, log := w.begin("some customers to be read", func(read, _, _ int) bool { return read >= 500 })
	check(t, w.theirs.Kill())
	eventually(t, "the import to give up", func(context.Context) bool { return p.Exited() })
	const away = "FOSSBilling's database can't be reached or does not answer in time."
	if !says(log(), away) || strings.Contains(log(), billing.Password) {
		t.Errorf("it says: %s", tail(log(), 1000))
	}
	at := w.stands()
	t.Logf("cut off at %s: read %d+%d", at.Phase, at.CustomersRead, at.DomainsRead)
	if at.Problem != away || at.CustomersRead < 500 || w.count("SELECT COUNT(*) FROM customers") != 0 {
		t.Errorf("the run stands at %+v", at)
	}
	if said := w.command(1, "mirror", "import"); !says(said, away) {
		t.Errorf("while it is away: %s", said)
	}
	if now := w.stands(); now.ID != at.ID || now.CustomersRead != at.CustomersRead || now.DomainsRead != at.DomainsRead {
		t.Errorf("a try in vain moved the run: %+v", now)
	}
	check(t, w.theirs.Restart(t.Context()))
	out := w.command(0, "mirror", "import")
	first, _, _ := strings.Cut(out, "\n")
	if strings.HasPrefix(first, "read 500 ") || !says(out, fmt.Sprintf("new %d ", billedRows)) {
		t.Errorf("with the database again: %s", tail(out, 1000))
	}
	w.whole()
}
