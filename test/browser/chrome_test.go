package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds each wait for the page.
const patience = 30 * time.Second

// tab is one tab of a browser with cookies of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	axe  string // source of axe-core, "" when not at hand
	dir  string // where screenshots go, "" = nowhere
}

// startChrome starts a browser that ends with the test, or skips the test where
// there is none. In CI there must be one.
func startChrome(t *testing.T) context.Context {
	t.Helper()
	path := chromePath()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Chromium")
		}
		t.Skip("there is no Chromium on this machine: install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("force-color-profile", "srgb"))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return ctx
}

func chromePath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// newTab opens a tab with its own cookies.
func newTab(t *testing.T, chrome context.Context, base string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	// The first call opens the tab and must not carry a time limit: the tab would
	// close with it.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	b := &tab{t: t, ctx: ctx, base: base, dir: os.Getenv("INDERA_SCREENSHOTS"), axe: axeSource(t)}
	b.watch()
	b.do(chromedp.EmulateViewport(1440, 900))
	return b
}

// watch collects what the browser complains about: broken scripts and what the
// content security policy stopped. The test fails for each at its end.
func (b *tab) watch() {
	b.t.Helper()
	var mu sync.Mutex
	var complaints []string
	err := chromedp.Listen(b.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, "script: "+ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if ev.Entry.Source != log.EntrySourceNetwork && ev.Entry.Level == log.EntryLevelError {
				complaints = append(complaints, string(ev.Entry.Source)+": "+ev.Entry.Text+" "+ev.Entry.URL)
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range complaints {
			b.t.Errorf("the browser says: %s", c)
		}
	})
}

// axeSource reads axe-core; in CI it must be there.
func axeSource(t *testing.T) string {
	t.Helper()
	path := os.Getenv("INDERA_AXE")
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("INDERA_AXE does not name axe.min.js")
		}
		t.Log("INDERA_AXE is not set: pages are not checked by axe")
		return ""
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\nat %s:\n%s", err, b.where(), b.text())
	}
}

func eval[T any](b *tab, js string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluating %.80s: %v", js, err)
	}
	return v
}

// visit opens a page of the product.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// where returns path and query of the page, without failing the test.
func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.pathname + location.search"))
	if err != nil {
		return err.Error()
	}
	return s
}

// text returns what a person reads, without failing the test.
func (b *tab) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	if err != nil {
		return err.Error()
	}
	return s
}

// until waits until a condition in the page, or a promise of one, holds. A page that is just being
// replaced is asked again.
func (b *tab) until(what, js string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(async () => !!(await ("+js+")))()", chromedp.EvalAwaitPromise))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("waiting for %s: %v\nat %s:\n%s", what, errors.Join(ctx.Err(), err), b.where(), b.text())
		case <-tick.C:
		}
	}
}

// sees waits until the page shows a text.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", text), "document.readyState === 'complete' && document.body.innerText.includes("+quote(text)+")")
}

// at waits until the path starts with prefix and the page is there.
func (b *tab) at(prefix string) {
	b.t.Helper()
	b.until("the page "+prefix, "document.readyState === 'complete' && location.pathname.startsWith("+quote(prefix)+")")
}

// fill types into a field by its name.
func (b *tab) fill(name, value string) {
	b.t.Helper()
	sel := chromedp.CSS("main [name=" + quote(name) + "]:not([type=hidden])")
	b.do(chromedp.WaitVisible(sel), chromedp.Clear(sel), chromedp.SendKeys(sel, value))
}

// choose picks an option of a list.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS("main select[name="+quote(name)+"]"), value))
}

// press clicks the first visible link or button in main that starts with text.
func (b *tab) press(text string) {
	b.t.Helper()
	find := "[...document.querySelectorAll('main a, main button, main summary')].find(e => e.checkVisibility() && !e.disabled && e.innerText.trim().startsWith(" + quote(text) + "))"
	b.until("a button "+text, find)
	eval[bool](b, find+".click() || true")
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// violation is a finding of axe.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ Target []any }
}

// axeTags are the rules of WCAG up to 2.2 AA, and what axe calls best practice.
const axeTags = `["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]`

// accessible holds the page to WCAG 2.2 AA.
func (b *tab) accessible(page string) {
	b.t.Helper()
	if b.axe == "" {
		return
	}
	eval[int](b, b.axe+"; 0")
	raw := eval[string](b, `axe.run(document, {runOnly: {type: "tag", values: `+axeTags+`}}).then(r => JSON.stringify(r.violations))`)
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range found {
		var nodes []string
		for _, n := range v.Nodes {
			nodes = append(nodes, fmt.Sprint(n.Target...))
		}
		b.t.Errorf("%s: %s (%s): %s: %s", page, v.ID, v.Impact, v.Help, strings.Join(nodes, ", "))
	}
}

// look is a way to look at a page.
type look struct {
	name   string
	width  int64
	height int64
	scheme string
}

var looks = []look{
	{"1440-light", 1440, 900, "light"}, {"1440-dark", 1440, 900, "dark"},
	{"390-light", 390, 844, "light"}, {"390-dark", 390, 844, "dark"},
}

// examine looks at the page that is open in every way: axe finds nothing,
// nothing sticks out sideways, and a screenshot is kept.
func (b *tab) examine(name string) {
	b.t.Helper()
	for _, l := range looks {
		b.do(chromedp.EmulateViewport(l.width, l.height))
		b.scheme(l.scheme)
		if wide := eval[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
			b.t.Errorf("%s at %s is %d pixels too wide", name, l.name, wide)
		}
		b.accessible(name + " " + l.name)
		b.shoot(name + "-" + l.name + ".png")
	}
	b.do(chromedp.EmulateViewport(1440, 900))
	b.scheme("light")
}

func (b *tab) scheme(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) shoot(file string) {
	b.t.Helper()
	if b.dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	eval[bool](b, "(scrollTo(0, 0), true)")
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, file), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
