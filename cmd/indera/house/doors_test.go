package house

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/web/ops"
)

func testDoors(t *testing.T, cfg *config.Config) (*doors, error) {
	t.Helper()
	m, err := ops.NewMetrics(prometheus.NewRegistry(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return openDoors(cfg, slog.New(slog.DiscardHandler), m, http.NotFoundHandler())
}

func loopback(roles ...config.Role) *config.Config {
	const any = "127.0.0.1:0"
	return &config.Config{
		Roles: roles, HTTP: config.HTTP{Listen: any}, RDAP: config.RDAP{Listen: any}, WHOIS: config.WHOIS{Listen: any}, Ops: config.Ops{Listen: any},
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestDoorsAnswerWhileStartingAndDrain(t *testing.T) {
	cfg := loopback(config.RoleWeb)
	d, err := testDoors(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if d.rdap != nil || d.whois != nil {
		t.Error("a process without role rdds listens for it")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	group, running := errgroup.WithContext(ctx)
	d.serve(running, group, 10*time.Second)
	url := d.portal.url("")
	if code := status(t, url); code != http.StatusServiceUnavailable {
		t.Errorf("while starting = %d, want 503", code)
	}
	resp, err := http.Get(url + "/api/v1/domains")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var problem struct{ Status int }
	if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || problem.Status != http.StatusServiceUnavailable {
		t.Errorf("programs are not told by a problem document: %+v, %v", problem, err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	d.portal.set(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		w.WriteHeader(http.StatusTeapot)
	}))
	answer := make(chan int, 1)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			t.Error(err)
			answer <- 0
			return
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			t.Error(err)
		}
		answer <- resp.StatusCode
	}()
	<-entered
	cancel()
	waitRefused(t, d.portal.ln.Addr().String())
	if code := status(t, d.ops.url("")); code != http.StatusNotFound {
		t.Errorf("the operator's door while draining = %d", code)
	}
	close(leave)
	if code := <-answer; code != http.StatusTeapot {
		t.Errorf("the request under way got %d", code)
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// waitRefused waits until nothing new is accepted.
func waitRefused(t *testing.T, addr string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-deadline:
			t.Fatal("new connections are still accepted")
		default:
		}
	}
}

func TestTakenPortIsToldAndNothingStaysOpen(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cfg := loopback(config.RoleWeb, config.RoleRDDS)
	cfg.WHOIS.Listen = ln.Addr().String()
	_, err = testDoors(t, cfg)
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("error = %v", err)
	}
	if want := "listening for WHOIS: "; len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
		t.Errorf("error %q does not say what listens", err)
	}
}

func TestClientIP(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, tc := range map[string]struct {
		remote, header, want string
	}{
		"direct visitor":          {"203.0.113.7:1", "", "203.0.113.7"},
		"visitor lies":            {"203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		"through one proxy":       {"127.0.0.1:1", "203.0.113.7", "203.0.113.7"},
		"through two":             {"127.0.0.1:1", "203.0.113.7, 10.1.1.1", "203.0.113.7"},
		"visitor lies to a proxy": {"127.0.0.1:1", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		"rubbish":                 {"127.0.0.1:1", "unknown", "127.0.0.1"},
		"proxy without header":    {"127.0.0.1:1", "", "127.0.0.1"},
		"mapped address":          {"[::ffff:127.0.0.1]:1", "203.0.113.7", "203.0.113.7"},
		"IPv6 visitor":            {"127.0.0.1:1", "2001:db8::1", "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.remote
		if tc.header != "" {
			r.Header.Set("X-Forwarded-For", tc.header)
		}
		if got := clientIP(trusted)(r); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if clientIP(nil) != nil {
		t.Error("without proxies the connection's address must count")
	}
}
