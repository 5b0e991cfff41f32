package registrar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/registrar/webhooksign"
)

// receivers stands for all endpoints of the world, by address.
type receivers struct {
	mu      sync.Mutex
	got     []registrar.WebhookMessage
	answer  map[string]func(ctx context.Context) registrar.WebhookAnswer // by URL; none = 200
	busy    map[string]int
	most    int // messages to one address at the same time
	arrived chan struct{}
}

func newReceivers() *receivers {
	return &receivers{answer: map[string]func(context.Context) registrar.WebhookAnswer{}, busy: map[string]int{}, arrived: make(chan struct{}, 10_000)}
}

func (r *receivers) Check(raw string) error {
	if strings.Contains(raw, "10.0.0.1") {
		return registrar.InvalidField("url", "private_address", "Not public.")
	}
	return nil
}

func (r *receivers) Send(ctx context.Context, m registrar.WebhookMessage) registrar.WebhookAnswer {
	r.mu.Lock()
	r.busy[m.URL]++
	r.most = max(r.most, r.busy[m.URL])
	answer := r.answer[m.URL]
	r.mu.Unlock()
	out := registrar.WebhookAnswer{Status: 200, Answer: "thanks"}
	if answer != nil {
		out = answer(ctx)
	}
	r.mu.Lock()
	r.busy[m.URL]--
	r.got = append(r.got, m)
	r.mu.Unlock()
	r.arrived <- struct{}{}
	return out
}

func (r *receivers) answers(url string, f func(ctx context.Context) registrar.WebhookAnswer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer[url] = f
}

func always(a registrar.WebhookAnswer) func(context.Context) registrar.WebhookAnswer {
	return func(context.Context) registrar.WebhookAnswer { return a }
}

var (
	down = registrar.WebhookAnswer{Error: registrar.DeliveryConnect, Note: "No connection."}
	gone = registrar.WebhookAnswer{Status: 410, Error: registrar.DeliveryGone, Note: "Gone."}
)

// messages returns what an address got so far.
func (r *receivers) messages(url string) []registrar.WebhookMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []registrar.WebhookMessage
	for _, m := range r.got {
		if m.URL == url {
			out = append(out, m)
		}
	}
	return out
}

// until waits for arrivals until cond holds.
func (r *receivers) until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	limit := time.After(20 * pace * time.Second)
	for !cond() {
		select {
		case <-r.arrived:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

// hooks is a desk that sends webhooks.
type hooks struct {
	*desk
	out *receivers
}

func newHooks(t *testing.T) *hooks {
	t.Helper()
	d := &desk{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)), box: &mailbox{arrived: make(chan struct{}, 1)}}
	d.store = storetest.OpenClock(t, d.clock)
	h := &hooks{d, newReceivers()}
	d.engine = h.replica("desk")
	var err error
	d.customer, d.user, err = d.engine.SignUp(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, IP: "192.0.2.1"},
		registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	d.must(err)
	d.confirm(d.user.ID, "ada@example.org")
	d.by = registrar.Actor{Kind: registrar.ActorCustomer, ID: d.user.ID, IP: "192.0.2.1"}
	return h
}

func (h *hooks) replica(name string) *registrar.Engine {
	h.t.Helper()
	opt := options(h.store, registrytest.NewMemory(h.clock), name)
	opt.Clock, opt.Letters, opt.Seal, opt.Webhooks, opt.StaffEmail = h.clock, letters{}, ring(), h.out, "noc@registrar.example"
	e, err := registrar.New(opt)
	h.must(err)
	return e
}

// quick retries at once, so that no test waits.
var quick = registrar.WebhookOptions{
	Poll: 5 * time.Millisecond, Workers: 4, Timeout: 5 * pace * time.Second, MaxRest: time.Millisecond,
	Pauses: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond},
}

// send runs a sender of an engine until the test ends or stop is called.
func (h *hooks) send(e *registrar.Engine, opt registrar.WebhookOptions) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := registrar.NewWebhookPost(e, opt).Run(ctx); err != nil {
			h.t.Errorf("webhook post: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	h.t.Cleanup(stop)
	return stop
}

func (h *hooks) hook(url string, kinds ...registrar.EventKind) (registrar.WebhookEndpoint, string) {
	h.t.Helper()
	w, secret, err := h.engine.CreateWebhook(h.t.Context(), h.by, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: url, Kinds: kinds})
	h.must(err)
	return w, secret
}

// happen makes one balance.topped_up.
func (h *hooks) happen(ref string) {
	h.t.Helper()
	h.must(h.engine.TestTopUp(h.t.Context(), h.by, h.customer.ID, registrar.Money{Minor: 1250, Currency: "USD"}, ref))
}

func (h *hooks) deliveries(w registrar.WebhookEndpoint, state registrar.DeliveryState) []registrar.EventDelivery {
	h.t.Helper()
	list, err := h.store.EventDeliveries(h.t.Context(), registrar.DeliveryFilter{EndpointID: w.ID, State: state}, registrar.Page{Limit: 500})
	h.must(err)
	return list
}

// settled waits until an endpoint has that many deliveries of a state.
func (h *hooks) settled(w registrar.WebhookEndpoint, state registrar.DeliveryState, n int) []registrar.EventDelivery {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * pace * time.Second)
	for {
		list := h.deliveries(w, state)
		if len(list) == n {
			return list
		}
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatalf("%d deliveries of %s are %s, want %d", len(list), w.URL, state, n)
		}
	}
}

func (h *hooks) reread(w registrar.WebhookEndpoint) registrar.WebhookEndpoint {
	h.t.Helper()
	w, err := h.store.WebhookEndpoint(h.t.Context(), w.ID)
	h.must(err)
	return w
}

func header(m registrar.WebhookMessage) func(string) string {
	return func(name string) string { return m.Header[name] }
}

func TestWebhookGetsWhatItWants(t *testing.T) {
	h := newHooks(t)
	all, secret := h.hook("https://a.example/all")
	money, _ := h.hook("https://a.example/money", registrar.EventBalanceToppedUp)
	names, _ := h.hook("https://a.example/names", registrar.EventDomainRegistered)
	staff, _, err := h.engine.CreateWebhook(t.Context(), registrar.System("test"),
		registrar.WebhookRequest{Role: registrar.RoleStaffOwner, URL: "https://staff.example/all"})
	h.must(err)
	other, _, err := h.engine.SignUp(t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	h.must(err)
	alien, _, err := h.engine.CreateWebhook(t.Context(), h.by, registrar.WebhookRequest{CustomerID: other.ID, Role: registrar.RoleOwner, URL: "https://eve.example/all"})
	h.must(err)
	h.happen("one")
	h.send(h.engine, quick)
	for w, n := range map[string]int{all.ID: 1, money.ID: 1, staff.ID: 2} { // staff also hear of the new customer
		h.settled(registrar.WebhookEndpoint{ID: w}, registrar.DeliveryDelivered, n)
	}
	for _, w := range []registrar.WebhookEndpoint{names, alien} {
		if list := h.deliveries(w, ""); len(list) != 0 {
			t.Errorf("%s got %+v", w.URL, list)
		}
	}
	m := h.out.messages(all.URL)[0]
	if err := webhooksign.Verify(header(m), m.Body, secret, h.clock.Now()); err != nil {
		t.Error(err)
	}
	var p registrar.EventPayload
	if err := json.Unmarshal(m.Body, &p); err != nil {
		t.Fatal(err)
	}
	if p.ID != m.Header[webhooksign.HeaderID] || p.Type != registrar.EventBalanceToppedUp || !p.CreatedAt.Equal(h.clock.Now()) || p.APIVersion != "v1" ||
		p.Data.CustomerID != h.customer.ID || p.Data.Amount == nil || *p.Data.Amount != (registrar.EventAmount{Amount: "12.50", Currency: "USD"}) {
		t.Errorf("payload %s", m.Body)
	}
	if row := h.reread(all); strings.Contains(row.Sealed, secret[len("whsec_"):]) || row.Sealed == "" {
		t.Error("the secret is not sealed")
	}
	d, tries, err := h.engine.EventDeliveryOf(t.Context(), h.customer.ID, all.ID, h.deliveries(all, "")[0].ID, registrar.RoleOwner)
	if err != nil || d.Attempt != 1 || d.FinishedAt == nil || len(tries) != 1 || tries[0].Status != 200 || tries[0].Answer != "thanks" {
		t.Errorf("log: %+v %+v %v", d, tries, err)
	}
	_, _, err = h.engine.EventDeliveryOf(t.Context(), other.ID, all.ID, d.ID, registrar.RoleOwner)
	wantKind(t, err, registrar.KindNotFound, "no_such_webhook")
	_, _, err = h.engine.EventDeliveryOf(t.Context(), h.customer.ID, money.ID, d.ID, registrar.RoleOwner)
	wantKind(t, err, registrar.KindNotFound, "no_such_delivery")
}

// TestWebhookTriesAgain: the same bytes under the same id, each time signed anew.
func TestWebhookTriesAgain(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	left := 2
	h.out.answers(w.URL, func(context.Context) registrar.WebhookAnswer {
		if left--; left >= 0 {
			return down
		}
		return registrar.WebhookAnswer{Status: 204}
	})
	h.happen("one")
	h.send(h.engine, quick)
	d := h.settled(w, registrar.DeliveryDelivered, 1)[0]
	got := h.out.messages(w.URL)
	if len(got) != 3 || d.Attempt != 3 || string(got[0].Body) != string(got[2].Body) || got[0].Header[webhooksign.HeaderID] != got[2].Header[webhooksign.HeaderID] {
		t.Errorf("%d messages, %+v", len(got), d)
	}
	_, tries, err := h.engine.EventDeliveryOf(t.Context(), h.customer.ID, w.ID, d.ID, registrar.RoleOwner)
	failed := slices.DeleteFunc(tries, func(a registrar.DeliveryAttempt) bool { return a.Error == registrar.DeliveryOK })
	if err != nil || len(failed) != 2 || failed[0].Error != registrar.DeliveryConnect || failed[0].Note == "" {
		t.Errorf("failed tries %+v, %v", failed, err)
	}
	if row := h.reread(w); row.Failures != 0 || row.FailingSince != nil {
		t.Errorf("a success does not end the row of failures: %+v", row)
	}
}

func TestWebhookGivesUpAndReplays(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	h.out.answers(w.URL, always(down))
	h.happen("one")
	h.clock.Advance(time.Hour)
	h.happen("two")
	h.send(h.engine, quick)
	failed := h.settled(w, registrar.DeliveryFailed, 2)
	if n := len(quick.Pauses) + 1; failed[0].Attempt != n || failed[0].LastError != registrar.DeliveryConnect || len(h.out.messages(w.URL)) != 2*n {
		t.Errorf("after %d tries: %+v", len(h.out.messages(w.URL)), failed[0])
	}
	h.out.answers(w.URL, nil)
	replay := func(r registrar.ReplayRequest) int {
		t.Helper()
		n, more, err := h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, r)
		if err != nil || more {
			t.Fatal(n, more, err)
		}
		return n
	}
	start := h.clock.Now()
	if n := replay(registrar.ReplayRequest{Since: start.Add(-2 * time.Hour), Until: start}); n != 1 {
		t.Errorf("%d replayed, want the first alone", n)
	}
	first := h.settled(w, registrar.DeliveryDelivered, 1)[0]
	if n := replay(registrar.ReplayRequest{}); n != 1 {
		t.Errorf("%d replayed, want what failed", n)
	}
	h.settled(w, registrar.DeliveryDelivered, 2)
	if n := replay(registrar.ReplayRequest{DeliveryID: first.ID}); n != 1 {
		t.Errorf("%d replayed", n)
	}
	h.out.until(t, "the replay of one that had arrived", func() bool {
		n := 0
		for _, m := range h.out.messages(w.URL) {
			if m.Header[webhooksign.HeaderID] == first.EventID {
				n++
			}
		}
		return n == len(quick.Pauses)+1+2
	})
	_, _, err := h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, registrar.ReplayRequest{State: "lost"})
	wantKind(t, err, registrar.KindInvalid, "unknown_state")
	_, _, err = h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, registrar.ReplayRequest{Since: start, Until: start})
	wantKind(t, err, registrar.KindInvalid, "bad_range")
}

func TestWebhookGoneIsTurnedOff(t *testing.T) {
	h := newHooks(t)
	h.post()
	w, _ := h.hook("https://a.example/")
	h.out.answers(w.URL, always(gone))
	h.happen("one")
	h.send(h.engine, quick)
	h.mail("webhook_off", "ada@example.org")
	if row := h.reread(w); row.OffAt == nil || row.OffWhy != registrar.OffGone {
		t.Fatalf("still on: %+v", row)
	}
	h.happen("two") // waits
	_, err := h.engine.TestWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, nil)
	wantKind(t, err, registrar.KindConflict, "webhook_off")
	if n := len(h.out.messages(w.URL)); n != 1 {
		t.Errorf("%d messages", n)
	}
	h.out.answers(w.URL, nil)
	_, err = h.engine.ChangeWebhook(t.Context(), h.by, w.ID, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: w.URL})
	h.must(err)
	h.settled(w, registrar.DeliveryDelivered, 2)
}

func TestWebhookOffAfterDays(t *testing.T) {
	h := newHooks(t)
	h.post()
	w, _, err := h.engine.CreateWebhook(t.Context(), registrar.System("test"), registrar.WebhookRequest{Role: registrar.RoleStaffOwner, URL: "https://staff.example/"})
	h.must(err)
	h.out.answers(w.URL, always(down))
	h.send(h.engine, quick)
	h.happen("one")
	h.settled(w, registrar.DeliveryFailed, 1)
	h.clock.Advance(5*24*time.Hour - time.Minute)
	h.happen("two")
	h.settled(w, registrar.DeliveryFailed, 2)
	if row := h.reread(w); row.OffAt != nil {
		t.Fatalf("off too early: %+v", row)
	}
	h.clock.Advance(time.Minute)
	h.happen("three")
	h.mail("webhook_off", "noc@registrar.example")
	if row := h.reread(w); row.OffWhy != registrar.OffFailing {
		t.Errorf("%+v", row)
	}
}

// TestWebhookOldDeliveryGivesUp: a delivery whose endpoint rested most of the
// time ends by age, not by the number of tries.
func TestWebhookOldDeliveryGivesUp(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	h.out.answers(w.URL, always(down))
	h.happen("one")
	h.clock.Advance(3 * 24 * time.Hour)
	h.send(h.engine, quick)
	if d := h.settled(w, registrar.DeliveryFailed, 1)[0]; d.Attempt != 1 {
		t.Errorf("%+v", d)
	}
}

// TestWebhookKilledInBetween: a process that dies after its claim, before or
// after it sent, leaves the delivery to others, and can't note anything later.
func TestWebhookKilledInBetween(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	h.happen("one")
	claim := func(token string, ttl time.Duration) (ok bool) {
		t.Helper()
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) (err error) {
			ok, err = tx.ClaimWebhookEndpoint(t.Context(), w.ID, "dead", token, ttl)
			return err
		}))
		return ok
	}
	if !claim("dead", 300*time.Millisecond) || claim("other", time.Second) {
		t.Fatal("not one claim at a time")
	}
	h.send(h.engine, quick)
	h.settled(w, registrar.DeliveryDelivered, 1)
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		if ok, err := tx.NoteWebhookTry(t.Context(), w, "dead", 0); err != nil || ok {
			t.Errorf("a lost lease notes: %v %v", ok, err)
		}
		return nil
	}))
	if n := len(h.out.messages(w.URL)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// TestWebhookTwoReplicas: each event arrives once, in order, and no endpoint is
// talked to by two at once.
func TestWebhookTwoReplicas(t *testing.T) {
	h := newHooks(t)
	const events, endpoints = 25, 3
	var hooks []registrar.WebhookEndpoint
	for i := range endpoints {
		w, _ := h.hook(fmt.Sprintf("https://a.example/%d", i))
		hooks = append(hooks, w)
	}
	h.send(h.replica("one"), quick)
	h.send(h.replica("two"), quick)
	for i := range events {
		h.happen(fmt.Sprint(i))
	}
	for _, w := range hooks {
		h.settled(w, registrar.DeliveryDelivered, events)
		var ids []string
		for _, m := range h.out.messages(w.URL) {
			ids = append(ids, m.Header[webhooksign.HeaderID])
		}
		if slices.Sort(ids); len(ids) != events || len(slices.Compact(ids)) != events {
			t.Errorf("%s got %d messages", w.URL, len(ids))
		}
	}
	if h.out.most != 1 {
		t.Errorf("%d messages to one endpoint at once", h.out.most)
	}
}

// TestSlowWebhookBlocksNobody: while one endpoint keeps silent, others are served,
// and so is what happens at the registrar.
func TestSlowWebhookBlocksNobody(t *testing.T) {
	h := newHooks(t)
	slow, _ := h.hook("https://slow.example/")
	fast, _ := h.hook("https://fast.example/")
	silent := make(chan struct{})
	h.out.answers(slow.URL, func(ctx context.Context) registrar.WebhookAnswer {
		select {
		case <-silent:
		case <-ctx.Done():
		}
		return registrar.WebhookAnswer{Error: registrar.DeliveryTimeout}
	})
	opt := quick
	opt.Workers, opt.Timeout = 2, time.Hour
	stop := h.send(h.engine, opt)
	for i := range 10 {
		h.happen(fmt.Sprint(i))
	}
	h.settled(fast, registrar.DeliveryDelivered, 10)
	if list := h.deliveries(slow, registrar.DeliveryPending); len(list) != 10 {
		t.Errorf("%d wait for the slow one", len(list))
	}
	close(silent)
	stop() // waits for the try under way, whose outcome is noted
	if row := h.reread(slow); row.Failures == 0 {
		t.Error("the try under way was not noted")
	}
}
