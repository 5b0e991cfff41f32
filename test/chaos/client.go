package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/test/rig"
)

// result is what a client learned of one ask.
type result struct {
	ask      ask
	state    string // "succeeded", "failed", "refused", or "" when never answered
	detail   string
	requests int
}

// customers act for one account: they send every ask under its key until it is
// answered, whatever happens to the server meanwhile.
type customers struct {
	apis []*rig.API // one per replica
	seed uint64
	gate *gate // holds asks back until the storm is far enough

	mu      sync.Mutex
	results map[int]result
	done    atomic.Int64

	requests, retries, internal, unavailable atomic.Int64
}

// live lives through all lives, several at a time.
func (c *customers) live(ctx context.Context, lives []life, atOnce int) {
	c.results = map[int]result{}
	next := make(chan life)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for l := range next {
				c.one(ctx, l)
			}
		})
	}
	for _, l := range lives {
		next <- l
	}
	close(next)
	wg.Wait()
}

func (c *customers) one(ctx context.Context, l life) {
	var crowd sync.WaitGroup
	registered := false
	for _, a := range l.Asks {
		c.gate.wait(ctx, a.ID)
		if l.Crowded && registered {
			crowd.Go(func() { c.see(ctx, a) })
			continue
		}
		c.see(ctx, a)
		registered = registered || a.Kind == askRegister && !a.WantFailure
	}
	crowd.Wait()
}

// see sends an ask, twice at once when it says so, and notes the outcome.
func (c *customers) see(ctx context.Context, a ask) {
	var wg sync.WaitGroup
	n := 1
	if a.Twice {
		n = 2
	}
	results := make([]result, n)
	for i := range results {
		wg.Go(func() { results[i] = c.insist(ctx, a, rand.New(rand.NewPCG(c.seed, uint64(1000+2*a.ID+i)))) })
	}
	wg.Wait()
	r := results[0]
	if a.Twice {
		r.requests += results[1].requests
		if results[1].state != r.state {
			r.detail = fmt.Sprintf("two clients with one key were told %q and %q: %s; %s", r.state, results[1].state, r.detail, results[1].detail)
			r.state = "differs"
		}
	}
	c.mu.Lock()
	c.results[a.ID] = r
	c.mu.Unlock()
	c.done.Add(1)
}

// request builds the HTTP request of an ask.
func (a ask) request() (method, path string, body any) {
	switch a.Kind {
	case askRegister:
		return http.MethodPost, "/domains", map[string]any{"name": a.Name, "period_years": a.Years, "agreement_version": agreement.Sample().Version, "nameservers": a.NameServers, "registrant": registrant}
	case askRenew:
		return http.MethodPost, "/domains/" + a.Name + "/renew", map[string]any{"period_years": a.Years, "agreement_version": agreement.Sample().Version}
	}
	return http.MethodPut, "/domains/" + a.Name + "/nameservers", map[string]any{"nameservers": a.NameServers}
}

var registrant = map[string]any{
	"name": "Ada Lovelace", "street": []string{"12 St James's Square"}, "city": "London", "postal_code": "SW1Y 4JH",
	"country_code": "GB", "phone": "+44.2079460123", "email": "ada@example.org",
}

// insist repeats the request until it is answered for good.
func (c *customers) insist(ctx context.Context, a ask, r *rand.Rand) result {
	out := result{ask: a}
	method, path, body := a.request()
	for ctx.Err() == nil {
		// Some clients are patient, others hang up in the middle.
		patience := time.Duration(500+r.IntN(11_500)) * time.Millisecond
		out.requests++
		c.requests.Add(1)
		if out.requests > 1 {
			c.retries.Add(1)
		}
		api := c.apis[r.IntN(len(c.apis))]
		answer, err := api.Do(ctx, patience, method, path, a.key(c.seed), body)
		if err == nil && c.understand(ctx, answer, &out) {
			return out
		}
		if err != nil {
			out.detail = err.Error()
		}
		pause(ctx, time.Duration(100+r.IntN(200))*time.Millisecond)
	}
	return out
}

// understand reads an answer; false means that the same request must be sent
// again.
func (c *customers) understand(ctx context.Context, answer rig.Answer, out *result) bool {
	out.detail = fmt.Sprintf("%d %s %s", answer.Status, answer.Problem.Code, answer.Problem.Detail)
	switch {
	case answer.Status == http.StatusOK, answer.Status == http.StatusCreated:
		out.state = "succeeded"
	case answer.Status == http.StatusAccepted:
		out.state, out.detail = c.follow(ctx, answer.Operation.ID)
	case strings.HasSuffix(answer.Problem.Type, "#operation-failed"):
		out.state = "failed"
	case answer.Status == http.StatusConflict && passing[answer.Problem.Code]:
		return false
	case answer.Status == http.StatusInternalServerError:
		c.internal.Add(1)
		return false
	case answer.Status > http.StatusInternalServerError:
		c.unavailable.Add(1)
		return false
	case answer.Status == http.StatusTooManyRequests:
		return false
	default:
		out.state = "refused"
	}
	return true
}

// passing lists conflicts that end by themselves.
var passing = map[string]bool{
	"operation_open": true, "domain_not_active": true, "expiry_unknown": true, "idempotency_race": true, "domain_changed": true, "duplicate": true,
}

// follow asks for an accepted operation until it is final.
func (c *customers) follow(ctx context.Context, id string) (state, detail string) {
	for n := 0; ctx.Err() == nil; n++ {
		answer, err := c.apis[n%len(c.apis)].Do(ctx, 3*time.Second, http.MethodGet, "/operations/"+id, "", nil)
		switch {
		case err != nil:
			detail = err.Error()
		case answer.Status != http.StatusOK:
			detail = fmt.Sprintf("%d %s", answer.Status, answer.Problem.Code)
			if answer.Status == http.StatusNotFound {
				return "refused", "operation " + id + " is gone"
			}
		case answer.Operation.State == "succeeded", answer.Operation.State == "failed":
			return answer.Operation.State, "operation " + id
		default:
			detail = "operation " + id + " is " + answer.Operation.State
		}
		pause(ctx, 200*time.Millisecond)
	}
	return "", detail
}

// pause keeps a client from asking without end; nothing depends on its length.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// gate ties the progress of the asks to that of the storm, so that mischief
// hits all of them and not just the first.
type gate struct {
	mu      sync.Mutex
	allowed int
	moved   chan struct{}
}

func newGate() *gate { return &gate{moved: make(chan struct{})} }

// open lets the asks below n start.
func (g *gate) open(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allowed = max(g.allowed, n)
	close(g.moved)
	g.moved = make(chan struct{})
}

func (g *gate) wait(ctx context.Context, id int) {
	for {
		g.mu.Lock()
		allowed, moved := g.allowed, g.moved
		g.mu.Unlock()
		if id < allowed {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}
