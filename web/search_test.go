package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// line is what the stream sends.
type line struct {
	Rows, Ideas string
	End         bool
}

// lines reads a whole stream.
func lines(t *testing.T, body string) []line {
	t.Helper()
	var out []line
	for text := range strings.SplitSeq(strings.TrimSpace(body), "\n") {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		out = append(out, l)
	}
	return out
}

func browse(p *person, path string) answer {
	req := p.request(http.MethodGet, path, nil)
	req.Header.Set("Sec-Fetch-Mode", "navigate")
	return p.do(req)
}

func TestSearchStreams(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	ada.buy("mine.shop")
	h.second.SetDown(true)
	h.first.Reserve("gold.shop", "Reserved by the registry")
	const query = "/?q=garden+gold.shop+mine.shop+x.nope"
	page := browse(ada, query).is(http.StatusOK).has("Asking the registry…", `data-stream="/search/stream"`, `content="0;url=/?q=garden&#43;gold.shop`, `data-name="garden.example"`, "search.").
		hasNot("Available", "Yours")
	if n := strings.Count(page.Body, "result-pending"); n != 6 {
		t.Errorf("%d rows wait, want 6", n)
	}
	fragment := ada.request(http.MethodGet, query, nil)
	fragment.Header.Set("HX-Request", "true")
	ada.do(fragment).is(http.StatusOK).has("Asking the registry…", `data-name="garden.example"`).hasNot("<html")

	names := []string{"garden.shop", "garden.studio", "garden.example", "gold.shop", "mine.shop", "x.nope"}
	res := ada.post("/search/stream", url.Values{"names": {strings.Join(names, "\n")}, "next": {query}, "ideas": {"1"}}).is(http.StatusOK)
	if res.Header.Get("X-Accel-Buffering") != "no" || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/x-ndjson") || res.Header.Get("Content-Encoding") != "" {
		t.Errorf("headers: %v", res.Header)
	}
	got := lines(t, res.Body)
	if !got[len(got)-1].End || !strings.Contains(got[0].Rows, "This ending is not sold here.") {
		t.Errorf("first and last: %+v", got)
	}
	all := ""
	for _, l := range got {
		all += l.Rows
	}
	for _, want := range []string{`id="r-garden_shop"`, "Yours", `href="/domains/mine.shop"`, "Reserved by the registry", "No answer", "Ask again", "$12.00"} {
		if !strings.Contains(all, want) {
			t.Errorf("the stream lacks %q", want)
		}
	}
	if n := strings.Count(all, "<li "); n != len(names) {
		t.Errorf("%d rows for %d names", n, len(names))
	}
	// The same without JavaScript, in one page.
	ada.get(query+"&whole=1").is(http.StatusOK).has("Yours", "Reserved by the registry", "No answer", "Available").hasNot("Asking the registry…", "data-stream")
	h.person().get("/?q=mine.shop").has("Taken").hasNot("Yours")
	bob, _ := h.customer("bob@example.org", 0)
	bob.get("/?q=mine.shop").has("Taken").hasNot("Yours")
	h.person().get("/?q=..").is(http.StatusOK).has("Nothing to look for")
	for _, bad := range []string{"", strings.Repeat("a.shop ", registrar.MaxStreamNames+1)} {
		ada.post("/search/stream", url.Values{"names": {bad}}).is(http.StatusBadRequest)
	}
}

// TestSlowRegistryDelaysNobody reads the stream as it comes: the answer of one
// registry is there while the other one still thinks.
func TestSlowRegistryDelaysNobody(t *testing.T) {
	h := newHouse(t)
	thinking, think := make(chan struct{}), make(chan struct{})
	h.second.OnCheck(func(ctx context.Context) {
		close(thinking)
		select {
		case <-think:
		case <-ctx.Done():
		}
	})
	p := h.person()
	req := p.request(http.MethodPost, "/search/stream", url.Values{"names": {"quick.shop slow.example"}})
	res, err := p.client.Do(req)
	h.must(err)
	defer res.Body.Close()
	<-thinking
	read := bufio.NewReader(res.Body)
	first, err := read.ReadString('\n')
	h.must(err)
	if !strings.Contains(first, "quick.shop") || strings.Contains(first, "slow.example") {
		t.Errorf("first line: %s", first)
	}
	close(think)
	second, err := read.ReadString('\n')
	h.must(err)
	if !strings.Contains(second, "slow.example") || !strings.Contains(second, "Available") {
		t.Errorf("second line: %s", second)
	}
}

// TestLeavingEndsTheQuestions: when the browser goes away, the question to the
// registry ends, and the place of the stream is free again.
func TestLeavingEndsTheQuestions(t *testing.T) {
	h := newHouse(t)
	asked, ended := make(chan struct{}, 10), make(chan struct{}, 10)
	h.second.OnCheck(func(ctx context.Context) {
		asked <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
	})
	p := h.person()
	var leave []context.CancelFunc
	const places = 6
	for i := range places {
		ctx, cancel := context.WithCancel(t.Context())
		leave = append(leave, cancel)
		req := p.request(http.MethodPost, "/search/stream", url.Values{"names": {fmt.Sprintf("n%d.example free.shop", i)}}).WithContext(ctx)
		res, err := p.client.Do(req)
		h.must(err)
		defer res.Body.Close()
		<-asked
	}
	p.post("/search/stream", url.Values{"names": {"more.shop"}}).is(http.StatusTooManyRequests)
	begun := time.Now()
	for _, cancel := range leave {
		cancel()
	}
	for range places {
		<-ended
	}
	if d := time.Since(begun); d > 900*time.Millisecond {
		t.Errorf("the questions went on for %v", d)
	}
	status := 0
	for deadline := time.Now().Add(5 * time.Second); status != http.StatusOK && time.Now().Before(deadline); {
		status = p.post("/search/stream", url.Values{"names": {"more.shop"}}).Status
	}
	if status != http.StatusOK {
		t.Errorf("the places stay taken: status %d", status)
	}
}

func TestIdeas(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	ada.buy("rose.shop")
	whole := ada.get("/?q=rose.shop").is(http.StatusOK).has("Free and similar", "rose.studio", "myrose.shop")
	if n := strings.Count(whole.Body, `<li id="r-`); n > 1+12 {
		t.Errorf("%d rows", n)
	}
	got := lines(t, ada.post("/search/stream", url.Values{"names": {"rose.shop"}, "ideas": {"1"}}).is(http.StatusOK).Body)
	ideas := ""
	for _, l := range got {
		ideas += l.Ideas
	}
	if !strings.Contains(ideas, "rose.studio") || strings.Contains(ideas, `"r-rose_shop"`) || strings.Contains(ideas, `form="add-all"`) {
		t.Errorf("suggestions: %s", ideas)
	}
	ada.get("/?q=free.shop").hasNot("Free and similar")
	german := ada.request(http.MethodGet, "/?q=rose.shop", nil)
	german.Header.Set("Accept-Language", "de-AT,de;q=0.8")
	ada.do(german).has("meinrose.shop").hasNot("getrose.shop")
}

func TestNamesInAnyScript(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	p.get("/?q="+url.QueryEscape("BÜCHER.shop")).has("You typed", "BÜCHER.shop", "xn--bcher-kva.shop", "bücher.shop", "Available").hasNot("Easily mistaken")
	p.get("/?q="+url.QueryEscape("pаypal.shop")).has("mixes Cyrillic and Latin letters", "Not possible", "It mixes letters of several scripts", "<strong><bdi>xn--pypal-4ve.shop</bdi></strong>")
	p.get("/?q="+url.QueryEscape("аррӏе.shop")).has("Available", "Easily mistaken", "look like Latin ones")
	p.get("/?q="+url.QueryEscape("💩.shop")).has("is an emoji or symbol", "Not possible")
	p.get("/?q="+url.QueryEscape("日本.shop")).has("has no table with all characters", "Not possible")
	p.get("/?q="+url.QueryEscape("пример.shop")).has("<strong><bdi>пример.shop</bdi></strong>", "xn--e1afmkfd.shop", "Available")
}

func TestPastedList(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	page := p.post("/search", url.Values{"q": {"a.shop\nb.shop;A.SHOP https://www.c.shop/x Ada <ada@d.shop>\nnot_a_name.shop plain"}, "ending": {"studio"}, "whole": {"1"}}).is(http.StatusOK)
	page.has("1 repeat was left out", "c.shop", "d.shop", "Not a name", "plain.studio", "Add all 6 available", "<details class=\"list-search\" open>", `value="studio" checked`).
		hasNot("plain.shop", "data-stream")
	p.post("/search", url.Values{"q": {"a.shop b.shop"}}).is(http.StatusOK).has("Asking the registry…", "0 of 2 answered").hasNot("http-equiv")
	var many []string
	for i := range 600 {
		many = append(many, fmt.Sprintf("n%d.shop", i))
	}
	p.post("/search", url.Values{"q": {strings.Join(many, "\n")}}).has("Only the first 500 names are checked at once; 100 names were left out.")
	if body := p.get("/?q=zz.shop+aa.shop&sort=name").Body; strings.Index(body, `id="r-aa_shop"`) > strings.Index(body, `id="r-zz_shop"`) {
		t.Error("not sorted by name")
	}
	ada, _ := h.customer("ada@example.org", 100)
	ada.buy("zz.shop")
	p.get("/?q=zz.shop+aa.shop&show=available").has(`id="r-aa_shop"`).hasNot(`id="r-zz_shop"`)

	// Everything that can be had goes into the basket, as far as it has room.
	p.post("/basket/add-all", url.Values{"name": {"a.shop", "b.shop", "a.shop"}}).leadsTo("/basket")
	p.get("/basket").has("a.shop", "b.shop", "$24.00")
	p.post("/basket/add-all", url.Values{"name": many[:60]}).leadsTo("/basket")
	p.get("/basket").has("The basket takes 50 names: 12 names were left out (n48.shop, n49.shop, ", "n59.shop). Order these first")
	p.post("/basket/add-all", url.Values{"name": {"x.nope"}}).is(http.StatusUnprocessableEntity)

	// Who signs in hears what the basket of the account had no room for.
	ada.post("/basket/add", url.Values{"name": {"kept.shop"}}).leadsTo("/basket")
	p.post("/sign-in", url.Values{"email": {"ada@example.org"}, "password": {goodPassword}}).is(http.StatusSeeOther)
	p.get("/basket").has("kept.shop", "1 name was left out (n47.shop). Order these first")
}

// TestBasketLines: each line is changed alone, and what another tab changed is
// not undone.
func TestBasketLines(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	for _, n := range []string{"a.shop", "b.shop"} {
		p.post("/basket/add", url.Values{"name": {n}}).leadsTo("/basket")
	}
	change := func(fields ...string) url.Values {
		form := url.Values{"name": {"a.shop"}, "revision": {"1"}}
		for i := 0; i < len(fields); i += 2 {
			form.Add(fields[i], fields[i+1])
		}
		return form
	}
	p.post("/basket", change("years", "3")).leadsTo("/basket")
	p.post("/basket", change("years", "5")).is(http.StatusConflict).has("changed in another window", "$36.00")
	p.post("/basket", url.Values{"name": {"b.shop"}, "revision": {"1"}, "nameservers": {"no host", ""}}).is(http.StatusUnprocessableEntity).has("is not a host name", `value="no host"`)
	p.post("/basket", url.Values{"name": {"b.shop"}, "revision": {"1"}, "nameservers": {"ns7.example.net", "ns8.example.net"}}).leadsTo("/basket")
	p.post("/basket", url.Values{"name": {"gone.shop"}, "revision": {"1"}, "years": {"2"}}).leadsTo("/basket")
	p.get("/basket").has("gone.shop is no longer in the basket", "ns7.example.net, ns8.example.net", "$48.00", "These prices hold until")
	p.get("/basket?check=1").has("Available")

	// The basket is the customer's after signing up, and stays theirs.
	h.post()
	p.signUp("Ada", "ada@example.org", "/basket").leadsTo("/basket")
	p.get("/basket").has("ns7.example.net", "$48.00", "Holder of a.shop")
	if p.post("/sign-out", nil); strings.Contains(p.get("/basket").Body, "a.shop") {
		t.Error("the basket shows after signing out")
	}
	p.signIn("ada@example.org", goodPassword)
	p.get("/basket").has("ns7.example.net", "$48.00")

	// A holder for one name alone.
	form := holder()
	form.Set("domain", "b.shop")
	form.Set("country_code", "")
	p.post("/basket/holder", form).is(http.StatusUnprocessableEntity).has("Let them hold b.shop")
	form = holder()
	form.Set("domain", "b.shop")
	p.post("/basket/holder", form).leadsTo("/basket")
	p.get("/checkout").has("Holder: Ada Lovelace", "Name servers: ns7.example.net", "This is for the names that have no holder of their own")
}

// TestQuoteEnds: after half an hour nothing is bought at the old price; the form
// shows the difference and asks for the agreement again.
func TestQuoteEnds(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	form := ada.checkout("late.shop")
	now := h.engine.Now()
	form.Set("quoted", fmt.Sprint(now.Add(-time.Hour).UnixMicro()))
	form.Set("price", "10.00")
	ada.post("/checkout", form).is(http.StatusConflict).has("quoted more than 30 minutes ago", "A price has changed since you saw it", "$10.00", "$12.00").
		hasNot(`name="agreement" value="` + h.engine.AgreementVersion() + `" checked`)
	ada.get("/orders").hasNot("late.shop")
	form.Set("quoted", "x")
	ada.post("/checkout", form).is(http.StatusBadRequest)
	form.Set("quoted", fmt.Sprint(now.UnixMicro()))
	form.Set("price", "12.00")
	order := ada.post("/checkout", form).leadsTo("/orders/").Header.Get("Location")
	ada.get(order).has("version "+h.engine.AgreementVersion(), "accepted", "127.0.0.1")
	ada.get(order+"/agreement").is(http.StatusOK).has("What you tell us", "accepted", "from 127.0.0.1")
	bob, _ := h.customer("bob@example.org", 0)
	bob.get(order + "/agreement").is(http.StatusNotFound)
}
