// Command epp measures the EPP client alone, against a server in another
// process that answers from prepared texts at once.
//
// It prints
//
//	info_exchange_ratio        exchanges a second of one session, <info> with all
//	                           its data decoded, transcript discarded / those of a
//	                           bare TLS connection that writes a prepared frame and
//	                           runs the answer through encoding/xml's tokens
//	memory_of_1000_idle_sessions   what a pool of them keeps, heap and stacks
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/bench/replay"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
)

const (
	round  = 700 * time.Millisecond
	rounds = 5
	idle   = 1000
	serve  = "serve" // the argument that makes this program the server
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	do := run
	if len(os.Args) == 2 && os.Args[1] == serve {
		do = server
	}
	if err := do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/epp:", err)
		os.Exit(1)
	}
}

// server prints its address and certificate and serves until its input ends.
func server(context.Context) error {
	srv, err := replay.Start(0)
	if err != nil {
		return err
	}
	fmt.Println(srv.Addr(), base64.StdEncoding.EncodeToString(srv.Certificate.Raw))
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, srv.Close())
}

func run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	child := exec.CommandContext(ctx, self, serve)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	err = measureAll(ctx, out)
	return errors.Join(err, in.Close(), child.Wait())
}

func measureAll(ctx context.Context, out io.Reader) error {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("reading the server's address: %w", err)
	}
	addr, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("reading the server's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("reading the server's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	tlsConfig, err := session.TLS{ServerName: replay.ServerName, Roots: roots}.Config()
	if err != nil {
		return err
	}
	cfg := session.Config{
		Registry: "bench", Addr: addr, TLS: tlsConfig, ClientID: "bench", Password: "bench-pw",
		Services: epp.Services{Objects: []string{epp.Standard.Domain}}, ConnectTimeout: time.Minute,
	}
	if err := exchanges(ctx, cfg); err != nil {
		return err
	}
	return memory(ctx, cfg)
}

func exchanges(ctx context.Context, cfg session.Config) error {
	s, err := session.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	bare, err := dialBare(ctx, cfg)
	if err != nil {
		return err
	}
	defer bare.Close()
	ours := func() error {
		resp, err := s.Exchange(ctx, session.Request{Command: epp.DomainInfo{Name: replay.ServerName}})
		if err != nil {
			return err
		}
		d, err := resp.DomainInfoData()
		if err == nil && d.Name != replay.ServerName {
			err = fmt.Errorf("got %q", d.Name)
		}
		return err
	}
	theirs := func() error { return bareExchange(bare, replay.InfoFrame) }
	var ofOurs, ofTheirs float64
	for range rounds { // in turns, so that both meet the same machine
		a, err := rate(ours)
		if err != nil {
			return fmt.Errorf("session: %w", err)
		}
		b, err := rate(theirs)
		if err != nil {
			return fmt.Errorf("bare connection: %w", err)
		}
		ofOurs, ofTheirs = ofOurs+a/rounds, ofTheirs+b/rounds
	}
	measure.Line(os.Stdout, "info_exchanges_per_second", ofOurs, "1/s")
	measure.Line(os.Stdout, "bare_exchanges_per_second", ofTheirs, "1/s")
	measure.Line(os.Stdout, "info_exchange_ratio", ofOurs/ofTheirs, "ratio")
	return nil
}

func rate(do func() error) (float64, error) {
	n, start := 0, time.Now()
	for time.Since(start) < round {
		if err := do(); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// dialBare logs in by prepared frames.
func dialBare(ctx context.Context, cfg session.Config) (*tls.Conn, error) {
	conn, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("connecting the bare client: %w", err)
	}
	c := conn.(*tls.Conn)
	if _, err := replay.ReadUnit(c); err != nil {
		return nil, fmt.Errorf("reading the greeting: %w", err)
	}
	return c, bareExchange(c, replay.LoginFrame)
}

func bareExchange(c *tls.Conn, frame string) error {
	if err := replay.WriteUnit(c, []byte(frame)); err != nil {
		return err
	}
	doc, err := replay.ReadUnit(c)
	if err != nil {
		return err
	}
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// memory opens idle sessions in one pool and prints what they keep.
func memory(ctx context.Context, cfg session.Config) error {
	before := used()
	p := pool.New(pool.Config{Session: cfg, MaxSessions: idle, Warm: idle, MaxAge: time.Hour})
	start := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for p.Stats().Open < idle {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if s := p.Stats(); s.State == pool.StateDown {
			return fmt.Errorf("opening sessions: %s", s.LastError)
		}
	}
	measure.Line(os.Stdout, "opening_1000_sessions", time.Since(start).Seconds(), "s")
	kept := used() - before
	measure.Line(os.Stdout, "memory_of_1000_idle_sessions", float64(kept)/(1<<20), "MiB")
	limit, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return p.Close(limit)
}

// used returns the octets of live heap and stacks.
func used() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held goes in the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
