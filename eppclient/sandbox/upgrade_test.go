package sandbox_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

// TestUpgrade: a file of the first version keeps its rows.
func TestUpgrade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("testdata/schema-v1.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{string(schema), `PRAGMA user_version = 1`,
		`INSERT INTO accounts VALUES ('alpha', 'USD', 700, 'x$y', 'x$y', '2026-01-01T00:00:00.000Z')`,
		`INSERT INTO domains (name, roid, tld, sponsor, auth_info, cr_id, cr_date, ex_date) VALUES ('old.example', 'D7-OLD', 'example', 'alpha', 'secret', 'alpha', '2025-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z')`,
		`INSERT INTO ledger (at, account, cl_trid, sv_trid, verb, domain, domain_roid, years, amount_minor, currency, balance_minor) VALUES ('2026-01-01T00:00:00.000Z', 'alpha', '', 's', 'topup', '', '', 0, 700, 'USD', 700)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%v: %s", err, q)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f := start(t, func(c *sandbox.Config) { c.DatabasePath = file })
	f.wantFunds("alpha", 700)
	c := f.login("alpha")
	c.want(1000, named("info", domainNS, "old.example")).has(t, "D7-OLD", "<domain:exDate>2027-01-01")
	c.want(2104, renewDomain("old.example", "2027-01-01", ""))
	c.want(1000, updateDomain("old.example", `<o:add><o:status s="clientHold"/></o:add>`))
	state, err := f.srv.State(t.Context())
	if err != nil || state.Ledger != 2 { // the old row and beta's opening balance
		t.Errorf("%+v, %v", state, err)
	}
}
