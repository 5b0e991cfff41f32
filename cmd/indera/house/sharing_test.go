package house

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/test/mariadb"
)

const shareLife = 1500 * time.Millisecond

// sharedDatabase is an empty database with a user of its own.
func sharedDatabase(t *testing.T) config.Database {
	t.Helper()
	dsn := mariadb.Shared(t).NewDatabase(t)
	at, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE OR REPLACE USER 'sharer'@'%' IDENTIFIED BY 'secret-word'", fmt.Sprintf("GRANT ALL ON `%s`.* TO 'sharer'@'%%'", at.DBName)} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(config.EnvDatabasePassword, "secret-word")
	return config.Database{Driver: "mysql", Address: at.Addr, Name: at.DBName, User: "sharer", MaxOpen: 5}
}

// replica runs a process with one burst of nine and no refill at RDAP and returns
// its address; stop ends it and waits.
func replica(t *testing.T, db config.Database) (rdap string, stop func()) {
	t.Helper()
	c := testConfig(t)
	c.Database, c.Roles = db, []config.Role{config.RoleRDDS}
	c.RDAP.Rate, c.RDAP.Burst, c.RDAP.Proxies = 1e-6, 9, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	ready := make(chan Addresses, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Config: c, Logger: slog.New(slog.DiscardHandler), Migrate: true, ReplicaLife: shareLife,
			Ready: func(a Addresses) error { ready <- a; return nil }})
	}()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	}
	select {
	case a := <-ready:
		return a.RDAP, stop
	case err := <-done:
		t.Fatalf("Run = %v", err)
	}
	return "", nil
}

// passed asks as a client behind a proxy until it is refused, and returns how
// often it got an answer.
func passed(t *testing.T, rdap, client string) int {
	t.Helper()
	for n := range 100 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rdap+"/domain/none.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", client)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			return n
		}
	}
	t.Fatal("nothing is refused")
	return 0
}

// TestReplicasShareLimits: three processes on one database let pass together what
// one would, and the share of one that left goes to the others.
func TestReplicasShareLimits(t *testing.T) {
	db := sharedDatabase(t)
	var at []string
	var stops []func()
	for range 3 {
		rdap, stop := replica(t, db)
		at, stops = append(at, rdap), append(stops, stop)
	}
	client := 0
	each := func(at []string, want int) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		tick := time.NewTicker(shareLife / 10)
		defer tick.Stop()
		for {
			client++
			var got []int
			sum := 0
			for _, rdap := range at {
				n := passed(t, rdap, fmt.Sprintf("198.51.100.%d", client))
				got, sum = append(got, n), sum+n
			}
			if got[0] == want && sum == want*len(at) {
				return
			}
			select {
			case <-deadline:
				t.Fatalf("%d processes let %v pass, want %d each", len(at), got, want)
			case <-tick.C:
			}
		}
	}
	each(at, 3)
	stops[2]()
	each(at[:2], 4)
	stops[1]()
	each(at[:1], 9)
	stops[0]()
}
