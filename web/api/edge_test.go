package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/api"
	"github.com/indera/indera/web/ratelimit"
)

// TestShareOfLimits: the headers tell what this process enforces.
func TestShareOfLimits(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.PerToken = ratelimit.Rule{PerSecond: 0.1, Burst: 3}
		o.Replicas = func() int { return 3 }
	})
	a := w.call("GET", "/balance", nil).want(200, nil)
	if h := a.Header(); h.Get("RateLimit-Policy") != "1;w=30" || h.Get("RateLimit-Limit") != "1" || h.Get("RateLimit-Remaining") != "0" {
		t.Errorf("%v", h)
	}
	w.call("GET", "/balance", nil).problem(429, "rate-limited", "")
}

func TestRateLimits(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.PerToken = ratelimit.Rule{PerSecond: 0.1, Burst: 3}
		o.PerIP = ratelimit.Rule{PerSecond: 0.5, Burst: 6}
	})
	for i := range 3 {
		a := w.call("GET", "/balance", nil).want(200, nil)
		h := a.Header()
		if h.Get("RateLimit-Limit") != "3" || h.Get("RateLimit-Remaining") != fmt.Sprint(2-i) || h.Get("RateLimit-Reset") == "" || h.Get("RateLimit-Policy") != "3;w=30" {
			t.Fatalf("%v", h)
		}
	}
	a := w.call("GET", "/balance", nil)
	a.problem(429, "rate-limited", "")
	if a.Header().Get("Retry-After") != "10" || a.Header().Get("RateLimit-Remaining") != "0" {
		t.Fatalf("%v", a.Header())
	}
	_, other := w.signUp("eve@example.org", 0)
	w.call("GET", "/balance", nil, "Authorization", "Bearer "+other).want(200, nil) // another token has its own bucket
	a = w.call("GET", "/balance", nil, "Authorization", "Bearer wrong")
	a.problem(401, "unauthenticated", "")
	if h := a.Header(); h.Get("RateLimit-Policy") != "6;w=12" || h.Get("RateLimit-Limit") != "6" || h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") == "" || h.Get("Retry-After") != "" {
		t.Errorf("a stranger is not told the limit of his address: %v", h)
	}
	a = w.call("GET", "/balance", nil, "Authorization", "Bearer wrong") // guessing is limited by address
	a.problem(429, "rate-limited", "")
	if a.Header().Get("Retry-After") != "2" {
		t.Fatalf("%v", a.Header())
	}
}

// failing is an engine some of whose parts are broken.
type failing struct {
	*registrar.Engine
	err   error
	panic bool
}

func (f failing) Balance(context.Context, string) (registrar.Account, error) {
	if f.panic {
		panic("hunter2")
	}
	return registrar.Account{}, f.err
}

func TestFaultsOfOursAreHidden(t *testing.T) {
	w := newWorld(t, nil)
	for what, f := range map[string]failing{
		"internal":    {err: errors.New("dial tcp 10.0.0.7: hunter2")},
		"unavailable": {err: registrar.Errorf(registrar.KindUnavailable, "db_gone", "hunter2").Because(errors.New("hunter2"))},
		"panic":       {panic: true},
	} {
		f.Engine = w.engine
		w.handler = w.mount(func(o *api.Options) { o.Engine = f })
		a := w.call("GET", "/balance", nil)
		if what == "unavailable" {
			a.problem(503, "unavailable", "unavailable")
		} else {
			a.problem(500, "internal", "internal")
		}
		if strings.Contains(a.Body.String(), "hunter2") || strings.Contains(a.Body.String(), "10.0.0.7") {
			t.Errorf("%s: %s", what, a.Body)
		}
	}
}

// TestSlowBodyIsCut over a real connection: the body never comes whole.
func TestSlowBodyIsCut(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.BodyTimeout = 50 * time.Millisecond })
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/v1/domains/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", w.token)
	b, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 408 ") {
		t.Fatalf("%v: %s", err, b)
	}
}

// TestLongWaitOutlivesTheBodyDeadline: the read deadline of the body may not end
// a request that waits for the registry.
func TestLongWaitOutlivesTheBodyDeadline(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.BodyTimeout = 30 * time.Millisecond
		o.WaitFor = 400 * time.Millisecond
	})
	srv := httptest.NewUnstartedServer(w.handler)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	srv.Start()
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/api/v1/domains",
		strings.NewReader(`{"name":"slow.shop","period_years":1,"agreement_version":"2026-12","registrant":{"name":"A","street":["x"],"city":"y","country_code":"GB","phone":"+44.2079460123","email":"a@example.org"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := srv.Client().Do(req) // no worker: the whole wait is spent
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 202 {
		t.Fatalf("%v: %d %s", err, resp.StatusCode, b)
	}
}

func TestRequestIDOfTheServerIsKept(t *testing.T) {
	w := newWorld(t, nil)
	inner := w.handler
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("X-Request-Id", "from-the-server")
		inner.ServeHTTP(rw, r)
	})
	if p := w.call("GET", "/nothing", nil).problem(404, "not-found", ""); p.RequestID != "from-the-server" {
		t.Fatal(p.RequestID)
	}
	w.handler = inner
	if p := w.call("GET", "/nothing", nil, "X-Request-Id", "from-a-stranger").problem(404, "not-found", ""); !strings.HasPrefix(p.RequestID, "req_") {
		t.Fatal(p.RequestID)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, opt := range []api.Options{{}, {Engine: w.engine}, {Engine: w.engine, PublicURL: "https://portal.example/"}, {Engine: w.engine, PublicURL: "portal.example"}} {
		if _, err := api.New(opt); err == nil {
			t.Errorf("accepted %+v", opt)
		}
	}
}
