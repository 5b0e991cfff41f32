package browser

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/indera/indera/plugins/webhook"
	"github.com/indera/indera/registrar"
)

// hooksToHere sends webhooks to public addresses and to receivers of the test.
func hooksToHere() *webhook.Sender {
	pool := x509.NewCertPool()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	pool.AddCert(s.Certificate()) // the same for all servers of httptest
	s.Close()
	return webhook.New(webhook.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: pool})
}

// hesitantReceiver is too busy for the first message and takes the others once
// it is released.
func hesitantReceiver(t *testing.T) (url string, release func()) {
	var asked atomic.Int32
	ready := make(chan struct{})
	release = sync.OnceFunc(func() { close(ready) })
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte("busy until noon"))
			return
		}
		select {
		case <-ready:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(func() { release(); srv.Close() })
	return srv.URL, release
}

// sendHooks carries webhooks until the test ends.
func (h *house) sendHooks() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	post := registrar.NewWebhookPost(h.engine, registrar.WebhookOptions{Poll: 10 * time.Millisecond, Timeout: 2 * patience,
		MaxRest: 10 * time.Millisecond, Pauses: []time.Duration{10 * time.Millisecond}})
	go func() {
		defer close(done)
		if err := post.Run(ctx); err != nil {
			h.t.Errorf("webhook post: %v", err)
		}
	}()
	h.t.Cleanup(func() { cancel(); <-done })
}

// stays marks the page, so that follows can tell whether it was loaded again.
func (b *tab) stays() {
	b.t.Helper()
	eval[bool](b, "window.sameDocument = true")
}

// follows waits until the live part shows a text, in the page that is open.
func (b *tab) follows(text string) {
	b.t.Helper()
	b.until("the live part to show "+text, "document.querySelector('#live').innerText.includes("+quote(text)+")")
	if !eval[bool](b, "window.sameDocument === true") {
		b.t.Errorf("the page was loaded again to show %q", text)
	}
}

// deliveryUnderWay is looked at by the customer and by staff while it is tried:
// both see what happens without loading anything again.
func (w office) deliveryUnderWay() {
	ctx := w.t.Context()
	user := w.customer("Mary Somerville", "mary@people.example")
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}
	url, release := hesitantReceiver(w.t)
	hook, _, err := w.engine.CreateWebhook(ctx, by, registrar.WebhookRequest{CustomerID: user.CustomerID, Role: user.Role, URL: url + "/in?token=hush"})
	w.must(err)
	d, err := w.engine.TestWebhook(ctx, by, user.CustomerID, hook.ID, user.Role, nil)
	w.must(err)
	mary := newTab(w.t, w.chrome, w.at)
	mary.visit("/sign-in")
	mary.fill("email", user.Email)
	mary.fill("password", firstPassword)
	mary.press("Sign in")
	mary.at("/domains")
	pages := map[string]*tab{"/security/webhooks/" + hook.ID + "/deliveries/" + d.ID: mary, "/admin/webhooks/deliveries/" + d.ID: w.grace.tab}
	for path, b := range pages {
		b.visit(path)
		b.sees("Not tried yet.")
		b.stays()
	}
	w.sendHooks()
	for _, b := range pages {
		b.follows("busy until noon")
		b.follows("503")
	}
	w.grace.examine("admin-webhook-delivery-failing")
	if strings.Contains(w.grace.text(), "hush") {
		w.t.Error("staff see a customer's secret")
	}
	release()
	for path, b := range pages {
		b.follows("Taken")
		b.until("the asking to end", "!document.querySelector('#live').hasAttribute('hx-get')")
		b.sees("Send again")
		b.examine(strings.ReplaceAll(strings.Split(path, "/")[1], "security", "customer") + "-webhook-delivered")
	}
}

// imports shows what came in from files: one was gone through, one is under way,
// one was cut off.
func (w office) imports() {
	g, ctx := w.grace, w.t.Context()
	g.visit("/admin/domains")
	g.do(chromedp.Click(chromedp.CSS(".side-parts a[href='/admin/imports']"))) // listed while the domains are open
	g.sees("No file was brought in")
	g.examine("admin-imports-none")
	run := func(file string, then func(context.Context, registrar.ImportRun)) {
		w.clock.Advance(time.Second) // the newest comes first
		w.must(w.engine.HoldImport(ctx, func(ctx context.Context, lease string) error {
			r, err := w.engine.BeginImport(ctx, registrar.System("import csv by grace"), registrar.ImportRun{File: file, Digest: strings.Repeat("ab", 32),
				Verify: true, Lease: lease})
			w.must(err)
			then(ctx, r)
			return nil
		}))
	}
	run("portfolio-of-the-year-2026-with-a-long-name.csv", func(ctx context.Context, r registrar.ImportRun) {
		r.Line, r.Created, r.Changed, r.Verified, r.Refused, r.Differing, r.Customers = 4731, 4711, 7, 4700, 13, 2, 17
		_, err := w.engine.EndImport(ctx, registrar.System("test"), r)
		w.must(err)
	})
	run("second.csv", func(context.Context, registrar.ImportRun) {
		g.visit("/admin/imports")
		g.sees("Under way")
		g.unfold("", "Verified at the registries")
		g.examine("admin-imports-under-way")
	})
	g.visit("/admin/imports")
	g.sees("the same file again goes on there")
	g.examine("admin-imports")
}
