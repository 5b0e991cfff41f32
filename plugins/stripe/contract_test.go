package stripe_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/registrar"
)

// mock builds and runs stripe-mock, which holds requests to Stripe's own
// description of the API version that we speak, and returns its address. It has
// a go.mod of its own in test/stripemock, so that its needs are not ours.
func mock(t *testing.T) string {
	t.Helper()
	skip := t.Skipf
	if os.Getenv("CI") == "true" {
		skip = t.Fatalf
	}
	bin := filepath.Join(t.TempDir(), "stripe-mock")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "github.com/stripe/stripe-mock")
	build.Dir = filepath.Join("..", "..", "test", "stripemock")
	if out, err := build.CombinedOutput(); err != nil {
		skip("stripe-mock can't be built (no module cache and no network?): %v\n%s", err, out)
	}
	// Both addresses, or it binds a fixed port for the other one.
	run := exec.CommandContext(t.Context(), bin, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0", "-strict-version-check")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = run.Wait() // killed on purpose
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "HTTP at address: "); ok {
			go io.Copy(io.Discard, out) // it must not block on a full pipe
			return "http://" + address
		}
	}
	t.Fatal("stripe-mock ended before it listened")
	return ""
}

// filled puts into the mock's answers what it has no state for; everything else
// in them is Stripe's own sample.
func filled(t *testing.T, mock string, facts map[string]any) *httptest.Server {
	t.Helper()
	to, err := url.Parse(mock)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(res *http.Response) error {
			var body map[string]any
			if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
				return err
			}
			if res.StatusCode == http.StatusOK {
				for k, v := range facts {
					body[k] = v
				}
			}
			b, err := json.Marshal(body)
			res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			res.Header.Set("Content-Length", strconv.Itoa(len(b)))
			return err
		},
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s
}

// TestContract sends what we send to a server that knows each parameter of the
// API version, its type and nothing else, and reads its answers.
func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("builds stripe-mock")
	}
	address := mock(t)
	facts := func(status string) map[string]any {
		return map[string]any{"amount_total": 1250, "currency": "usd", "metadata": map[string]string{"indera_payment": "pay_1"}, "status": status}
	}
	provider := func(status string) *stripe.Provider {
		p, err := stripe.New(stripe.Options{Key: "sk_test_123", WebhookSecret: "whsec_x", APIURL: filled(t, address, facts(status)).URL, Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := provider("open")
	started := start(t, p, page("pay_1", 12_50, "USD"))
	if !strings.HasPrefix(started.RedirectURL, p.PageOrigin()+"/") {
		t.Errorf("Stripe's own sample leads to %q, not to %s", started.RedirectURL, p.PageOrigin())
	}
	without := page("pay_2", 12_50, "USD")
	without.Email = ""
	start(t, p, without)
	report := look(t, p, started.Ref)
	if report.Outcome != registrar.OutcomeOpen || report.Amount != (registrar.Money{Minor: 12_50, Currency: "USD"}) || report.PaymentID != "pay_1" {
		t.Errorf("report %+v", report)
	}
	// The sample's payment intent, expanded, waits for a way to pay.
	if report = look(t, provider("complete"), started.Ref); report.Outcome != registrar.OutcomeFailed {
		t.Errorf("report %+v", report)
	}
	strictness(t, address)
}

// strictness proves that the mock would have noticed.
func strictness(t *testing.T, address string) {
	t.Helper()
	for name, tc := range map[string]struct{ version, form string }{
		"other version":     {"2022-11-15", "mode=payment"},
		"unknown parameter": {"2023-10-16", "mode=payment&colour=blue"},
		"wrong type":        {"2023-10-16", "mode=payment&expires_at=tomorrow"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/checkout/sessions", strings.NewReader(tc.form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Stripe-Version", tc.version)
		req.SetBasicAuth("sk_test_123", "")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d, %v: the mock is not strict", name, res.StatusCode, err)
		}
	}
}
