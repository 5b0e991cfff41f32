// Command pool measures how many EPP commands a second the session pool gets
// through when the registry answers after 50 ms and grants 10 sessions: 200
// are possible. The baseline is a bare client on the same server in the same
// run: 10 connections that write prepared octets and read answers unparsed.
//
// It prints
//
//	pool_throughput_ratio   commands a second / 200
//	pool_vs_bare_ratio      commands a second / those of the bare client
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
)

const (
	delay    = 50 * time.Millisecond
	sessions = 10
	callers  = 30
	round    = 2 * time.Second
	rounds   = 2
	possible = float64(sessions) / 0.050
)

var request = session.Request{Command: epp.DomainCheck{Names: []string{serverName}}}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pool:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv, err := startReplay(delay)
	if err != nil {
		return err
	}
	defer srv.listener.Close()
	bare, err := dialBare(ctx, srv)
	if err != nil {
		return err
	}
	p, err := warmPool(ctx, srv)
	if err != nil {
		return err
	}
	defer p.Close(ctx)
	var ofBare, ofPool float64
	var waits measure.Times
	for range rounds { // in turns, so that both meet the same machine
		n, err := timed(ctx, len(bare), func(i int) error { return bare[i].check() })
		if err != nil {
			return fmt.Errorf("bare client: %w", err)
		}
		ofBare += n / rounds
		n, err = timed(ctx, callers, func(int) error {
			start := time.Now()
			_, err := p.Exchange(ctx, pool.Customer, request)
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

func dialBare(ctx context.Context, srv *replay) ([]bareClient, error) {
	var out []bareClient
	for range sessions {
		d := tls.Dialer{Config: &tls.Config{ServerName: serverName, RootCAs: srv.roots, MinVersion: tls.VersionTLS12}}
		conn, err := d.DialContext(ctx, "tcp", srv.addr())
		if err != nil {
			return nil, fmt.Errorf("connecting the bare client: %w", err)
		}
		c := bareClient{conn.(*tls.Conn)}
		if _, err := readUnit(c.conn); err != nil {
			return nil, fmt.Errorf("reading the greeting: %w", err)
		}
		if err := c.exchange(loginFrame); err != nil {
			return nil, fmt.Errorf("logging in: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (c bareClient) check() error { return c.exchange(checkFrame) }

func (c bareClient) exchange(doc string) error {
	if err := writeUnit(c.conn, []byte(doc)); err != nil {
		return err
	}
	_, err := readUnit(c.conn)
	return err
}

// warmPool returns a pool whose sessions are all open.
func warmPool(ctx context.Context, srv *replay) (*pool.Pool, error) {
	tlsConfig, err := session.TLS{ServerName: serverName, Roots: srv.roots}.Config()
	if err != nil {
		return nil, err
	}
	p := pool.New(pool.Config{
		MaxSessions: sessions, Warm: sessions,
		Session: session.Config{
			Registry: "bench", Addr: srv.addr(), TLS: tlsConfig, ClientID: "bench", Password: "bench-pw",
			Services: epp.Services{Objects: []string{epp.Standard.Domain}},
		},
	})
	for p.Stats().Open < sessions {
		if _, err := p.Exchange(ctx, pool.Customer, request); err != nil {
			return nil, fmt.Errorf("opening the sessions: %w", err)
		}
	}
	return p, nil
}
