package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// loopback is where the targets listen; it counts as public here.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// target is an HTTPS server of a customer.
type target struct {
	server *httptest.Server
	asked  atomic.Int64
	mu     sync.Mutex
	bodies [][]byte // that arrived, until the baseline posts them
}

// targets are all of them.
type targets struct {
	fast    []*target
	slow    *target
	roots   *x509.CertPool
	arrived chan time.Time // at fast ones
	over    chan struct{}  // closed when nobody waits for the slow one any more
}

func newTargets() *targets {
	t := &targets{roots: x509.NewCertPool(), arrived: make(chan time.Time, endpoints*events), over: make(chan struct{})}
	for range endpoints {
		f := &target{}
		t.start(f, func(http.ResponseWriter, *http.Request) { t.arrived <- time.Now() })
		t.fast = append(t.fast, f)
	}
	t.slow = &target{}
	t.start(t.slow, func(_ http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(slowness)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-t.over:
		}
	})
	return t
}

func (t *targets) start(one *target, then http.HandlerFunc) {
	one.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the body did not arrive", http.StatusBadRequest)
			return
		}
		one.asked.Add(1)
		one.mu.Lock()
		one.bodies = append(one.bodies, body)
		one.mu.Unlock()
		then(w, r)
	}))
	t.roots.AddCert(one.server.Certificate())
}

func (t *targets) close() {
	close(t.over)
	for _, one := range append(t.fast, t.slow) {
		one.server.Close()
	}
}

// arrivals waits for n messages at fast targets and tells when each arrived.
func (t *targets) arrivals(ctx context.Context, n int, each func(at time.Time)) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for i := range n {
		select {
		case at := <-t.arrived:
			if each != nil {
				each(at)
			}
		case <-limit.C:
			return fmt.Errorf("%d of %d messages arrived", i, n)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// postBare posts what arrived once more, by hand. It opens connections as the
// sender did: while the clock runs.
func (t *targets) postBare(ctx context.Context) (took time.Duration, err error) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.roots}}}
	defer client.CloseIdleConnections()
	bodies := make([][][]byte, len(t.fast))
	for i, f := range t.fast {
		f.mu.Lock()
		bodies[i] = f.bodies
		f.mu.Unlock()
		if len(bodies[i]) != events {
			return 0, fmt.Errorf("endpoint %d got %d messages, want %d: some came twice or not at all", i, len(bodies[i]), events)
		}
	}
	start := time.Now()
	var wg sync.WaitGroup
	errs := make([]error, len(t.fast))
	for i, f := range t.fast {
		wg.Go(func() {
			for _, body := range bodies[i] {
				if errs[i] = post(ctx, client, f.server.URL+"/hook", body); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	took = time.Since(start)
	return took, errors.Join(errors.Join(errs...), t.arrivals(ctx, endpoints*events, nil))
}

func post(ctx context.Context, client *http.Client, url string, body []byte) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
