package store_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

// TestDatabaseGoneAndBack also gives the server a time zone of its own, which
// nothing of ours may notice.
func TestDatabaseGoneAndBack(t *testing.T) {
	ctx := t.Context()
	server := mariadb.StartTest(t, mariadb.Options{Args: []string{"--default-time-zone=+05:30"}})
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.NewDatabase(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	insert := func(n int) func(registrar.Tx) error {
		return func(tx registrar.Tx) error { return tx.InsertCustomer(ctx, aCustomer(n)) }
	}
	write(t, s, insert(1))
	same(t, must[registrar.Customer](t)(s.Customer(ctx, "cus_001")).CreatedAt, noon.UTC())
	if off := time.Since(must[time.Time](t)(s.Now(ctx))).Abs(); off > 30*time.Second {
		t.Errorf("the database's clock is off by %s", off)
	}
	for what, end := range map[string]func() error{"stopped": server.Stop, "killed": server.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		refused(t, s, registrar.KindUnavailable, "database_unavailable", insert(2))
		_, err := s.Customer(ctx, "cus_001")
		wantError(t, err, registrar.KindUnavailable, "database_unavailable")
		wantError(t, s.Ping(ctx), registrar.KindUnavailable, "database_unavailable")
		_, err = store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN("x")})
		wantError(t, err, registrar.KindUnavailable, "database_unavailable")
		if err := server.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(ctx); err != nil {
			t.Errorf("%s, and not found again: %v", what, err)
		}
	}
	write(t, s, insert(2))
}

// TestCommitWithoutAnswer cuts the wire at COMMIT, before and after the server
// got it: both look the same, so neither may claim that nothing was done.
func TestCommitWithoutAnswer(t *testing.T) {
	for _, deliver := range []bool{false, true} {
		ctx := t.Context()
		server := mariadb.Shared(t)
		c, err := mysql.ParseDSN(server.NewDatabase(t))
		if err != nil {
			t.Fatal(err)
		}
		wire := newCutter(t, c.Addr, deliver)
		c.Addr = wire.addr
		s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: c.FormatDSN()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		wire.armed.Store(true)
		refused(t, s, registrar.KindUnavailable, store.CodeCommitUnknown, func(tx registrar.Tx) error { return tx.InsertCustomer(ctx, aCustomer(1)) })
		wire.armed.Store(false)
		_, err = s.Customer(ctx, "cus_001")
		if found := err == nil; found != deliver {
			t.Errorf("deliver %t: %v", deliver, err)
		}
	}
}

// cutter is a wire to a database that breaks at COMMIT while armed.
type cutter struct {
	addr    string
	armed   atomic.Bool
	deliver bool // the server still gets the COMMIT; its answer is lost
}

func newCutter(t *testing.T, target string, deliver bool) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{addr: l.Addr().String(), deliver: deliver}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed
			}
			wg.Go(func() { c.join(t.Context(), client, target) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return c
}

func (c *cutter) join(ctx context.Context, client net.Conn, target string) {
	defer client.Close()
	var d net.Dialer
	server, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	var cut atomic.Bool
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if cut.Load() { // this is the answer to COMMIT
				client.Close()
				return
			}
			if n > 0 {
				if _, err := client.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				client.Close()
				return
			}
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if c.armed.Load() && bytes.Contains(buf[:n], []byte("COMMIT")) {
			if !c.deliver {
				return
			}
			cut.Store(true)
		}
		if _, err := io.Copy(server, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}
