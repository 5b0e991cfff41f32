package sandbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	_ "modernc.org/sqlite"

	"github.com/indera/indera/eppclient/sandbox"
)

// restart closes the server and opens another one on the same file.
func (f *fixture) restart(change func(*sandbox.Config)) {
	f.t.Helper()
	if err := f.srv.Close(); err != nil {
		f.t.Fatal(err)
	}
	if change != nil {
		change(&f.cfg)
	}
	f.boot()
}

func startOnFile(t *testing.T) *fixture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registry.db")
	return start(t, func(c *sandbox.Config) { c.DatabasePath = path })
}

func TestEverythingSurvivesARestart(t *testing.T) {
	f := startOnFile(t)
	c := f.dial("alpha")
	c.want(1000, loginWith("alpha", "alpha-secret", "<newPW>other-secret</newPW>", "1.0", "en", allObjects))
	c.want(1000, createContact("con-1"))
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createDomain("keep.example", nameServers("ns1.other.com")+`<o:registrant>con-1</o:registrant>`))
	c.want(1000, updateDomain("keep.example", `<o:add><o:status s="clientHold"/></o:add>`))
	c.want(1000, createDomain("gone.example", ""))
	f.clock.Advance(6 * 24 * time.Hour)
	c.want(1001, named("delete", domainNS, "gone.example"))
	before := map[string]string{}
	frames := map[string]string{"d": named("info", domainNS, "keep.example"), "c": named("info", contactNS, "con-1"), "h": named("info", hostNS, "ns1.other.com")}
	body := func(a answer) string { s, _, _ := strings.Cut(a.xml, "<trID>"); return s }
	for k, frame := range frames {
		before[k] = body(c.want(1000, frame))
	}
	lastTRID := svTRID(c.want(1000, named("check", domainNS, "x.example")))

	f.restart(nil)
	f.dial("alpha").want(2200, loginFrame("alpha", "alpha-secret"))
	c = f.dial("alpha")
	c.want(1000, loginFrame("alpha", "other-secret"))
	for k, frame := range frames {
		if after := body(c.want(1000, frame)); after != before[k] {
			t.Errorf("before %s\nafter  %s", before[k], after)
		}
	}
	if id := svTRID(c.want(1000, named("check", domainNS, "x.example"))); id == lastTRID || !strings.HasPrefix(id, "sandbox-a-2-") {
		t.Errorf("svTRID %s after %s", id, lastTRID)
	}
	f.wantFunds("alpha", 100_000-2*800) // the opening balance is booked once
	f.clock.Advance(35 * 24 * time.Hour)
	c.want(2303, named("info", domainNS, "gone.example")) // the purge date survived too

	// A changed configured password wins over the one set by newPW.
	f.restart(func(c *sandbox.Config) {
		c.Accounts = append([]sandbox.Account{}, c.Accounts...)
		c.Accounts[0].Password = "third-secret"
	})
	f.dial("alpha").want(2200, loginFrame("alpha", "other-secret"))
	f.dial("alpha").want(1000, loginFrame("alpha", "third-secret"))
}

func svTRID(a answer) string {
	_, rest, _ := strings.Cut(a.xml, "<svTRID>")
	id, _, _ := strings.Cut(rest, "</svTRID>")
	return id
}

// The ledger and the transforms are what chaos runs compare by SQL.
func TestTablesTellEverything(t *testing.T) {
	f := startOnFile(t)
	c := f.login("alpha")
	create := createDomain("l.example", years(2))
	created := c.want(1000, create)
	c.want(1000, renewDomain("l.example", "2028-01-15", ""))
	c.want(2302, createDomain("l.example", ""))
	f.fault(sandbox.Fault{Kind: sandbox.FaultDropAfter, Verb: "renew", Count: 1})
	c.send(renewDomain("l.example", "2029-01-15", ""))
	c.wantClosed()
	c = f.login("alpha")
	c.want(1000, named("delete", domainNS, "l.example"))
	if _, err := f.srv.SetFunds(t.Context(), "alpha", 5); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+f.cfg.DatabasePath+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	got := query(t, db, `SELECT account, verb, domain, years, amount_minor, currency, balance_minor FROM ledger ORDER BY id`)
	want := `alpha topup  0 100000 USD 100000
beta topup  0 100000 USD 100000
alpha create l.example 2 -1600 USD 98400
alpha renew l.example 1 -900 USD 97500
alpha renew l.example 1 -900 USD 96600
alpha refund l.example 4 3400 USD 100000
alpha withdraw  0 -99995 USD 5
`
	if got != want {
		t.Errorf("ledger\n%s\nwant\n%s", got, want)
	}
	_, rest, _ := strings.Cut(create, "<clTRID>")
	clTRID, _, _ := strings.Cut(rest, "</clTRID>")
	if row := query(t, db, `SELECT cl_trid, sv_trid FROM ledger WHERE verb = 'create'`); row != clTRID+" "+svTRID(created)+"\n" {
		t.Errorf("ids of the create: %s", row)
	}
	got = query(t, db, `SELECT account, verb, object, name, code FROM transforms ORDER BY id`)
	want = `alpha create domain l.example 1000
alpha renew domain l.example 1000
alpha renew domain l.example 1000
alpha delete domain l.example 1000
`
	if got != want {
		t.Errorf("transforms\n%s\nwant\n%s", got, want)
	}
	if sum := query(t, db, `SELECT account, SUM(amount_minor) - (SELECT balance_minor FROM accounts WHERE client_id = account) FROM ledger GROUP BY account`); sum != "alpha 0\nbeta 0\n" {
		t.Errorf("balance minus ledger: %s", sum)
	}
	info, err := os.Stat(f.cfg.DatabasePath)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("database file: %v %v", info.Mode(), err)
	}
}

// query gives all rows as text, columns separated by blanks.
func query(t *testing.T, db *sql.DB, q string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(string)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			if i > 0 {
				out.WriteByte(' ')
			}
			out.WriteString(*v.(*string))
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Many sessions fight for the same names: each is created once, paid once.
func TestConcurrentCreates(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.MaxSessions = 8 })
	const names = 25
	var mu sync.Mutex
	created := map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		c := f.login("alpha")
		wg.Go(func() {
			for i := range names {
				name := fmt.Sprintf("race%d.example", i)
				switch a := c.do(createDomain(name, "")); a.code {
				case 1000:
					mu.Lock()
					created[name]++
					mu.Unlock()
				case 2302:
				default:
					t.Errorf("%s: %s", name, a.xml)
				}
			}
		})
	}
	wg.Wait()
	for name, n := range created {
		if n != 1 {
			t.Errorf("%s created %d times", name, n)
		}
	}
	if len(created) != names {
		t.Errorf("%d of %d created", len(created), names)
	}
	f.wantFunds("alpha", 100_000-names*800)
}

func TestConfigIsChecked(t *testing.T) {
	good, _ := testConfig(t)
	cases := map[string]func(*sandbox.Config){
		"no name":             func(c *sandbox.Config) { c.Name = "" },
		"name with blanks":    func(c *sandbox.Config) { c.Name = "a b c" },
		"repository id":       func(c *sandbox.Config) { c.RepositoryID = "too-long-id" },
		"no TLD":              func(c *sandbox.Config) { c.TLDs = nil },
		"TLD in capitals":     func(c *sandbox.Config) { c.TLDs[0].Name = "EXAMPLE" },
		"TLD twice":           func(c *sandbox.Config) { c.TLDs[1].Name = "example" },
		"years upside down":   func(c *sandbox.Config) { c.TLDs[0].MinYears, c.TLDs[0].MaxYears = 5, 2 },
		"negative price":      func(c *sandbox.Config) { c.TLDs[0].Prices = map[sandbox.Action]int64{"create": -1} },
		"unknown action":      func(c *sandbox.Config) { c.TLDs[0].Prices = map[sandbox.Action]int64{"adopt": 1} },
		"contact policy":      func(c *sandbox.Config) { c.TLDs[0].Contacts = "sometimes" },
		"currency":            func(c *sandbox.Config) { c.TLDs[0].Currency = "dollars" },
		"two currencies":      func(c *sandbox.Config) { c.Accounts[0].Currency = "EUR" },
		"no account":          func(c *sandbox.Config) { c.Accounts = nil },
		"account twice":       func(c *sandbox.Config) { c.Accounts[1].ClientID = "alpha" },
		"short password":      func(c *sandbox.Config) { c.Accounts[0].Password = "abc" },
		"no certificate":      func(c *sandbox.Config) { c.Accounts[0].ClientCertCN = "" },
		"negative balance":    func(c *sandbox.Config) { c.Accounts[0].OpeningBalanceMinor = -1 },
		"public address":      func(c *sandbox.Config) { c.Listen = "0.0.0.0:700" },
		"public control port": func(c *sandbox.Config) { c.ControlListen = "192.0.2.1:8700" },
		"latency":             func(c *sandbox.Config) { c.Latency = map[string]time.Duration{"destroy": 1} },
		"no certificates":     func(c *sandbox.Config) { c.TLS = nil },
		"no client CA":        func(c *sandbox.Config) { c.TLS = c.TLS.Clone(); c.TLS.ClientCAs = nil },
		"database folder":     func(c *sandbox.Config) { c.DatabasePath = "/nonexistent/x.db" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, _ := testConfig(t)
			change(&cfg)
			if srv, err := sandbox.New(cfg); err == nil {
				t.Errorf("accepted")
				_ = srv.Close()
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("a password in the error: %v", err)
			}
		})
	}
	if s := fmt.Sprint(good.Accounts[0]); strings.Contains(s, "secret") {
		t.Errorf("a password in the text form: %s", s)
	}
}

func TestLifeCycle(t *testing.T) {
	cfg, bundle := testConfig(t)
	clock := clockwork.NewFakeClockAt(testStart)
	cfg.Clock = clock
	var mu sync.Mutex
	var tapped []string
	cfg.FrameTap = func(dir sandbox.Direction, xml []byte) {
		mu.Lock()
		defer mu.Unlock()
		tapped = append(tapped, string(dir)+" "+string(xml[:5]))
	}
	srv, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if srv.Addr() != "" || srv.ControlAddr() != "" {
		t.Error("an address before Start")
	}
	ctx, stop := context.WithCancel(t.Context())
	if err := srv.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(ctx); err == nil {
		t.Error("started twice")
	}
	f := &fixture{t: t, srv: srv, cfg: cfg, clock: clock, bundle: bundle}
	c := f.dial("alpha")
	c.do(helloFrame)
	stop()
	c.wantClosed()
	if err := srv.Close(); err != nil { // waits for the shutdown that stop began
		t.Error(err)
	}
	if _, err := net.Dial("tcp", srv.Addr()); err == nil {
		t.Error("still listening")
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(tapped, ","); got != "out <?xml,in <epp ,out <?xml" {
		t.Errorf("tapped %s", got)
	}
	unused, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := unused.Close(); err != nil {
		t.Error(err)
	}
	if err := unused.Start(t.Context()); err == nil {
		t.Error("started after Close")
	}
}

func BenchmarkTransforms(b *testing.B) {
	f := start(b, func(c *sandbox.Config) {
		c.Accounts[0].OpeningBalanceMinor = 1 << 50
		c.DatabasePath = filepath.Join(b.TempDir(), "registry.db")
	})
	var clients []*client
	for range 8 {
		clients = append(clients, f.login("alpha"))
	}
	clients[0].want(1000, createHost("ns1.other.com"))
	clients[0].want(1000, createContact("con-1"))
	inner := nameServers("ns1.other.com") + `<o:registrant>con-1</o:registrant><o:contact type="admin">con-1</o:contact>`
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for n := i; n < b.N; n += len(clients) {
				c.send(createDomain(fmt.Sprintf("bench%d.example", n), inner))
				if xml := c.read(); !strings.Contains(xml, `code="1000"`) {
					b.Error(xml)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transforms/s")
}
