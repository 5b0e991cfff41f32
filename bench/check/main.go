// Command check measures what a customer's check of four names under four
// endings in two registries costs beyond the answer of the slower registry,
// over real EPP and TLS: one registry answers after 30 ms, the other after 80.
//
// The baseline is the bare command: the slower registry asked alone, through
// the same session. The promise is slowest answer + 20 ms at most.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

const (
	rounds    = 60
	customers = 8 // at once, for the second figure
	client    = "bench"
	password  = "bench-Password1"
	promise   = 20 * time.Millisecond
)

// upstream is one sandbox registry with our account on it.
type upstream struct {
	name   string
	tlds   []string
	answer time.Duration

	server  *sandbox.Server
	pool    *pool.Pool
	adapter *rfc.Adapter
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/check:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "indera-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ups := []*upstream{
		{name: "fast", tlds: []string{"one", "two"}, answer: 30 * time.Millisecond},
		{name: "slow", tlds: []string{"three", "four"}, answer: 80 * time.Millisecond},
	}
	defer func() {
		for _, u := range ups {
			err = errors.Join(err, u.close())
		}
	}()
	for _, u := range ups {
		if err := u.start(ctx, dir); err != nil {
			return fmt.Errorf("registry %s: %w", u.name, err)
		}
	}
	s, err := store.Open(ctx, store.Config{Driver: store.DriverSQLite, Path: filepath.Join(dir, "indera.db"), Relaxed: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	e, err := engine(ctx, s, ups)
	if err != nil {
		return err
	}
	return compare(ctx, e, ups[1])
}

func (u *upstream) start(ctx context.Context, dir string) error {
	bundle, err := pki.Ensure(filepath.Join(dir, "pki"), time.Now(), client)
	if err != nil {
		return err
	}
	cfg := sandbox.Config{
		Name: "bench-" + u.name, TLS: bundle.ServerTLS(), DatabasePath: filepath.Join(dir, u.name+".db"), Latency: map[string]time.Duration{"check": u.answer},
		Accounts: []sandbox.Account{{ClientID: client, Password: password, ClientCertSHA256: bundle.Clients[client].SHA256(), Currency: "USD"}},
	}
	for _, t := range u.tlds {
		cfg.TLDs = append(cfg.TLDs, sandbox.TLD{Name: t, Currency: "USD"})
	}
	if u.server, err = sandbox.New(cfg); err != nil {
		return err
	}
	if err := u.server.Start(ctx); err != nil {
		return err
	}
	u.pool = pool.New(pool.Config{MaxSessions: customers, Warm: 1, Session: session.Config{
		Registry: u.name, Addr: u.server.Addr(), TLS: bundle.ClientTLS(client), ClientID: client, Password: epp.Secret(password), Services: rfc.Services(),
	}})
	u.adapter, err = rfc.New(rfc.Config{Pool: u.pool, ClientID: client, ContactModel: registrar.ContactsOptional, MaxSessions: customers})
	return err
}

func (u *upstream) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	if u.pool != nil {
		errs = append(errs, u.pool.Close(ctx))
	}
	if u.server != nil {
		errs = append(errs, u.server.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func engine(ctx context.Context, s *store.Store, ups []*upstream) (*registrar.Engine, error) {
	registries := map[string]registrar.Registry{}
	var tlds []registrar.TLD
	var prices []registrar.Price
	for _, u := range ups {
		registries[u.name] = u.adapter
		for _, t := range u.tlds {
			usd := registrar.Money{Minor: 1200, Currency: "USD"}
			tlds = append(tlds, registrar.TLD{Name: t, Registry: u.name, MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true})
			prices = append(prices, registrar.Price{TLD: t, Action: registrar.ActionRegister, Class: registrar.ClassStandard, Years: 1,
				Sale: usd, Cost: usd, ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
		}
	}
	e, err := registrar.New(registrar.Options{Store: s, Registries: registries, Holder: "bench"})
	if err != nil {
		return nil, err
	}
	return e, e.ApplyCatalogue(ctx, registrar.System("bench"), tlds, prices)
}

func compare(ctx context.Context, e *registrar.Engine, slow *upstream) error {
	check := func(n int) error {
		names := []string{fmt.Sprintf("n%d.one", n), fmt.Sprintf("n%d.two", n), fmt.Sprintf("n%d.three", n), fmt.Sprintf("n%d.four", n)}
		quotes, err := e.Check(ctx, names, "USD")
		if err != nil {
			return err
		}
		for _, q := range quotes {
			if q.Status != registrar.Available {
				return fmt.Errorf("%s is %s: %s", q.Name, q.Status, q.Reason)
			}
		}
		return nil
	}
	bare := func(n int) error {
		_, err := slow.adapter.CheckDomains(ctx, []string{fmt.Sprintf("n%d.three", n), fmt.Sprintf("n%d.four", n)})
		return err
	}
	var alone, whole, busy measure.Times
	for n := range rounds + 5 {
		for _, one := range []struct {
			do    func(int) error
			times *measure.Times
		}{{bare, &alone}, {check, &whole}} {
			start := time.Now()
			if err := one.do(n); err != nil {
				return err
			}
			if n >= 5 { // the first rounds open sessions
				one.times.Add(time.Since(start))
			}
		}
	}
	if err := crowd(check, &busy); err != nil {
		return err
	}
	measure.Millis(os.Stdout, "check/slowest registry answers after", slow.answer)
	measure.Millis(os.Stdout, "check/slowest registry asked alone", alone.Median())
	measure.Millis(os.Stdout, "check/4 names in 2 registries", whole.Median())
	measure.Millis(os.Stdout, "check/4 names in 2 registries, 9 of 10", whole.Quantile(0.9))
	measure.Millis(os.Stdout, "check/4 names, 8 customers at once", busy.Median())
	measure.Millis(os.Stdout, "check/overhead over the slowest answer", whole.Median()-slow.answer)
	measure.Millis(os.Stdout, "check/overhead promised at most", promise)
	measure.Ratio(os.Stdout, "check/whole:slowest registry asked alone", whole.Median(), alone.Median())
	return nil
}

// crowd lets several customers check at the same time. The first round of each
// opens sessions and does not count.
func crowd(check func(int) error, times *measure.Times) error {
	var wg sync.WaitGroup
	errs := make([]error, customers)
	for c := range customers {
		wg.Go(func() {
			for n := 0; n < 15 && errs[c] == nil; n++ {
				start := time.Now()
				errs[c] = check(1000*(c+1) + n)
				if n > 2 {
					times.Add(time.Since(start))
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
