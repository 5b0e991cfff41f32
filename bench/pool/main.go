// Command pool measures how many EPP commands a second the session pools of three
// replicas get through together when the registry answers after 50 ms and grants
// 10 sessions, leased in MariaDB: 200 are possible. Then, how long a customer's
// check waits while 5,000 bulk commands are queued. The baseline is a bare client on the same server in the same
// run: 10 connections that write prepared octets and read answers unparsed.
//
// It prints
//
//	pool_throughput_ratio   commands a second / 200
//	pool_vs_bare_ratio      commands a second / those of the bare client
//	customer_wait_max_vs_answer_time   longest wait, beside the answer itself / 50 ms
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/bench/replay"
	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

const (
	delay    = 50 * time.Millisecond
	sessions = 10
	callers  = 30
	round    = 5 * time.Second
	rounds   = 2
	possible = float64(sessions) / 0.050

	replicaCount = 3
	queued       = 5000
	asked        = 60
)

var request = session.Request{Command: epp.DomainCheck{Names: []string{replay.ServerName}}}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pool:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv, err := replay.Start(delay)
	if err != nil {
		return err
	}
	defer srv.Close()
	bare, err := dialBare(ctx, srv)
	if err != nil {
		return err
	}
	shared, closeShared, err := leases(ctx)
	if err != nil {
		return err
	}
	defer closeShared()
	pools, err := warmPools(ctx, srv, shared)
	if err != nil {
		return err
	}
	defer func() {
		if err := closeAll(pools); err != nil {
			fmt.Fprintln(os.Stderr, "bench/pool: closing:", err)
		}
	}()
	if err := throughput(ctx, bare, pools); err != nil {
		return err
	}
	return behindBulk(ctx, pools)
}

// throughput keeps callers at all replicas busy.
func throughput(ctx context.Context, bare []bareClient, pools []*pool.Pool) error {
	var ofBare, ofPool float64
	var waits measure.Times
	for range rounds { // in turns, so that both meet the same machine
		n, err := timed(ctx, len(bare), func(i int) error { return bare[i].check() })
		if err != nil {
			return fmt.Errorf("bare client: %w", err)
		}
		ofBare += n / rounds
		n, err = timed(ctx, callers, func(i int) error {
			start := time.Now()
			_, err := pools[i%replicaCount].Exchange(ctx, pool.Customer, request)
			waits.Add(time.Since(start))
			return err
		})
		if err != nil {
			return fmt.Errorf("pool: %w", err)
		}
		ofPool += n / rounds
	}
	measure.Line(os.Stdout, "pool_commands_per_second", ofPool, "1/s")
	measure.Line(os.Stdout, "bare_commands_per_second", ofBare, "1/s")
	measure.Line(os.Stdout, "pool_throughput_ratio", ofPool/possible, "ratio")
	measure.Line(os.Stdout, "pool_vs_bare_ratio", ofPool/ofBare, "ratio")
	measure.Millis(os.Stdout, "pool_latency_p99_with_30_callers", waits.Quantile(0.99))
	return nil
}

// behindBulk asks for customers, at each replica in turn, while bulk commands
// wait at all of them.
func behindBulk(ctx context.Context, pools []*pool.Pool) error {
	bulk, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range queued {
		wg.Go(func() { _, _ = pools[i%replicaCount].Exchange(bulk, pool.Bulk, request) }) // cut off at the end
	}
	defer wg.Wait()
	defer stop()
	for _, p := range pools {
		for p.Stats().Waiting < queued/replicaCount/2 {
			if err := pause(ctx, time.Millisecond); err != nil {
				return err
			}
		}
	}
	var waits measure.Times
	for i := range asked {
		start := time.Now()
		if _, err := pools[i%replicaCount].Exchange(ctx, pool.Customer, request); err != nil {
			return fmt.Errorf("customer behind bulk: %w", err)
		}
		waits.Add(time.Since(start) - delay)
	}
	measure.Millis(os.Stdout, "customer_wait_behind_5000_bulk_median", waits.Median())
	measure.Millis(os.Stdout, "customer_wait_behind_5000_bulk_max", waits.Quantile(1))
	measure.Ratio(os.Stdout, "customer_wait_max_vs_answer_time", waits.Quantile(1), delay)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// timed runs do by n workers for one round and returns how often a second it
// was done, from the first start to the last end.
func timed(ctx context.Context, n int, do func(worker int) error) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		wg.Go(func() {
			for time.Since(start) < round && ctx.Err() == nil {
				if err := do(i); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), context.Cause(ctx)
}

// bareClient is the least that can talk EPP.
type bareClient struct{ conn *tls.Conn }

func dialBare(ctx context.Context, srv *replay.Server) ([]bareClient, error) {
	var out []bareClient
	for range sessions {
		d := tls.Dialer{Config: &tls.Config{ServerName: replay.ServerName, RootCAs: srv.Roots(), MinVersion: tls.VersionTLS12}}
		conn, err := d.DialContext(ctx, "tcp", srv.Addr())
		if err != nil {
			return nil, fmt.Errorf("connecting the bare client: %w", err)
		}
		c := bareClient{conn.(*tls.Conn)}
		if _, err := replay.ReadUnit(c.conn); err != nil {
			return nil, fmt.Errorf("reading the greeting: %w", err)
		}
		if err := c.exchange(replay.LoginFrame); err != nil {
			return nil, fmt.Errorf("logging in: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (c bareClient) check() error { return c.exchange(replay.CheckFrame) }

func (c bareClient) exchange(doc string) error {
	if err := replay.WriteUnit(c.conn, []byte(doc)); err != nil {
		return err
	}
	_, err := replay.ReadUnit(c.conn)
	return err
}

// ports are what replicas share.
type ports interface {
	pool.Leases
	pool.Budget
}

// leases returns leases in MariaDB, as in production, or without it in memory.
func leases(ctx context.Context) (ports, func(), error) {
	srv, err := mariadb.Start(ctx, mariadb.Options{})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		return pool.NewMemory(), func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if err := srv.CreateDatabase(ctx, "bench"); err != nil {
		return nil, nil, errors.Join(err, srv.Close())
	}
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: srv.DSN("bench")})
	if err == nil {
		err = s.Migrate(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, srv.Close())
	}
	end := func() {
		if err := errors.Join(s.Close(), srv.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "bench/pool:", err)
		}
	}
	return replicas.Leases{Store: s, Holder: "bench", TTL: 15 * time.Second}, end, nil
}

// warmPools returns the pools of all replicas; together they have all sessions.
func warmPools(ctx context.Context, srv *replay.Server, shared ports) ([]*pool.Pool, error) {
	tlsConfig, err := session.TLS{ServerName: replay.ServerName, Roots: srv.Roots()}.Config()
	if err != nil {
		return nil, err
	}
	var out []*pool.Pool
	for range replicaCount {
		out = append(out, pool.New(pool.Config{
			MaxSessions: sessions, Warm: 1, Leases: shared, Budget: shared, LeaseRenew: 5 * time.Second,
			Session: session.Config{
				Registry: "bench", Addr: srv.Addr(), TLS: tlsConfig, ClientID: "bench", Password: "bench-pw",
				Services: epp.Services{Objects: []string{epp.Standard.Domain}},
			},
		}))
	}
	for open := 0; open < sessions; {
		if _, err := timed(ctx, callers, func(i int) error {
			_, err := out[i%replicaCount].Exchange(ctx, pool.Customer, request)
			return err
		}); err != nil {
			return nil, errors.Join(fmt.Errorf("opening the sessions: %w", err), closeAll(out))
		}
		open = 0
		for _, p := range out {
			open += p.Stats().Open
		}
	}
	return out, nil
}

func closeAll(pools []*pool.Pool) error {
	var errs []error
	for _, p := range pools {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		errs = append(errs, p.Close(ctx))
		cancel()
	}
	return errors.Join(errs...)
}
