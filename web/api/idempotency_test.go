package api_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/web/api"
)

const keyHeader = "Idempotency-Key"

// TestParallelRequestsWithOneKeyActOnce: 20 at once, one order, one create.
func TestParallelRequestsWithOneKeyActOnce(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.PerIP, o.PerToken = generous, generous })
	w.work()
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Go(func() {
			a := w.call("POST", "/domains", registration("brand.shop"), keyHeader, "one-key")
			var d api.Domain
			if a.Code != http.StatusCreated {
				t.Errorf("request %d: %d %s", i, a.Code, a.Body)
				return
			}
			a.want(201, &d)
			ids[i] = d.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Fatalf("different domains: %v", ids)
		}
	}
	orders, err := w.engine.Read().Orders(t.Context(), w.user.CustomerID, page(10))
	if err != nil || len(orders) != 1 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	if n := w.registry.Executed(registrar.VerbDomainCreate, "brand.shop"); n != 1 {
		t.Fatalf("created %d times", n)
	}
	if balance, held := w.balance(); balance != 100_000-1200 || held != 0 {
		t.Fatalf("balance %d, held %d", balance, held)
	}
}

// TestSuccessIsAnsweredAgain even when today's price would refuse the request.
func TestSuccessIsAnsweredAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	body := registration("brand.shop", set("expected_price", map[string]any{"amount": "12.00", "currency": "USD"}))
	var first, again api.Domain
	w.call("POST", "/domains", body, keyHeader, "k1").want(201, &first)
	w.sell(9900)
	w.call("POST", "/domains", body, keyHeader, "k1").want(201, &again)
	if first.ID != again.ID {
		t.Fatalf("%s and %s", first.ID, again.ID)
	}
	guard := first.ExpiresAt.Format("2006-01-02")
	renew := map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version, "current_expiry": guard}
	var one, two api.Domain
	w.call("POST", "/domains/brand.shop/renew", renew, keyHeader, "k2").want(200, &one)
	w.call("POST", "/domains/brand.shop/renew", renew, keyHeader, "k2").want(200, &two) // the guard alone would refuse it now
	if !one.ExpiresAt.Equal(*two.ExpiresAt) {
		t.Fatalf("%v and %v", one.ExpiresAt, two.ExpiresAt)
	}
	if n := w.registry.Executed(registrar.VerbDomainRenew, "brand.shop"); n != 1 {
		t.Fatalf("renewed %d times", n)
	}
	hosts := map[string]any{"nameservers": []string{"ns9.example.org"}}
	w.call("PUT", "/domains/brand.shop/nameservers", hosts, keyHeader, "k3").want(200, nil)
	w.call("PUT", "/domains/brand.shop/nameservers", hosts, keyHeader, "k3").want(200, nil)
	ops, err := w.engine.Read().Operations(t.Context(), operationsOf(w), page(10))
	if err != nil || len(ops) != 3 {
		t.Fatalf("%d operations, %v", len(ops), err)
	}
}

// TestLostAnswer: the client never saw the first answer; the server may have
// been killed and started anew in between.
func TestLostAnswer(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.WaitFor = 20 * time.Millisecond })
	var first, second api.Operation
	w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").want(202, &first)
	w.handler = w.mount(nil) // a new process: nothing is remembered but the store
	w.call("GET", "/operations/"+first.ID, nil).want(200, nil)
	w.handler = w.mount(func(o *api.Options) { o.WaitFor = 20 * time.Millisecond })
	w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").want(202, &second)
	if first.ID != second.ID {
		t.Fatalf("%s and %s", first.ID, second.ID)
	}
	w.handler = w.mount(nil)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultAfter}) // executed, reply lost
	w.work()
	w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").want(201, nil)
	if n := w.registry.Executed(registrar.VerbDomainCreate, "brand.shop"); n != 1 {
		t.Fatalf("created %d times", n)
	}
	if balance, held := w.balance(); balance != 100_000-1200 || held != 0 {
		t.Fatalf("balance %d, held %d", balance, held)
	}
}

// TestStoppingProcessAnswersAtOnce: nobody in it works on the operation any
// more, so waiting on would only hold up the end.
func TestStoppingProcessAnswersAtOnce(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	w := newWorld(t, func(o *api.Options) { o.WaitFor, o.Stopping = time.Hour, stopping })
	answered := make(chan *answer, 1)
	go func() { answered <- w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k") }()
	for { // until the order stands
		orders, err := w.engine.Read().Orders(t.Context(), w.user.CustomerID, page(10))
		if err != nil {
			t.Fatal(err)
		}
		if len(orders) == 1 {
			break
		}
		runtime.Gosched()
	}
	stop()
	var op api.Operation
	(<-answered).want(202, &op)
	if op.State != "running" {
		t.Fatalf("state %q", op.State)
	}
}

// TestFailureIsExecutedAgain, a refusal before the journal as well.
func TestFailureIsExecutedAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306})
	p := w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").problem(409, "operation-failed", "")
	if p.OperationID == "" {
		t.Fatalf("%+v", p)
	}
	w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").want(201, nil)

	_, poor := w.signUp("poor@example.org", 0)
	as := func() *answer {
		return w.call("POST", "/domains", registration("poor.shop"), keyHeader, "k", "Authorization", "Bearer "+poor) // keys are per account
	}
	as().problem(402, "insufficient-funds", "")
	usr, err := w.engine.Read().UserByEmail(t.Context(), "poor@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.TestTopUp(t.Context(), registrar.System("test"), usr.CustomerID, money(5000), "later"); err != nil {
		t.Fatal(err)
	}
	as().want(201, nil)
}

func TestOtherRequestUnderTheSameKeyIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.call("POST", "/domains", registration("brand.shop"), keyHeader, "k").want(201, nil)
	w.call("POST", "/domains", registration("other.shop"), keyHeader, "k").problem(409, "idempotency-reuse", "idempotency_key_reused")
	w.call("POST", "/domains", registration("brand.shop", set("period_years", 2)), keyHeader, "k").problem(409, "idempotency-reuse", "")
	w.call("POST", "/domains/brand.shop/renew", map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}, keyHeader, "k").problem(409, "idempotency-reuse", "")
	w.call("PUT", "/domains/brand.shop/nameservers", map[string]any{"nameservers": []string{}}, keyHeader, "k").problem(409, "idempotency-reuse", "")
	w.own("second.shop")
	year := map[string]any{"period_years": 1, "agreement_version": agreement.Sample().Version}
	w.call("POST", "/domains/brand.shop/renew", year, keyHeader, "r").want(200, nil)
	w.call("POST", "/domains/second.shop/renew", year, keyHeader, "r").problem(409, "idempotency-reuse", "") // same body, other name
	names := func(n string) map[string]any { return map[string]any{"names": []string{n}} }
	w.call("POST", "/domains/check", names("a.shop"), keyHeader, "k").problem(409, "idempotency-reuse", "")
	w.call("POST", "/domains/check", names("a.shop"), keyHeader, "c").want(200, nil)
	w.call("POST", "/domains/check", names("a.shop"), keyHeader, "c").want(200, nil)
	w.call("POST", "/domains/check", names("b.shop"), keyHeader, "c").problem(409, "idempotency-reuse", "")
	if w.registry.Domain("other.shop") != nil || w.registry.Executed(registrar.VerbDomainRenew, "brand.shop") != 1 || w.registry.Executed(registrar.VerbDomainRenew, "second.shop") != 0 {
		t.Fatal("a refused request acted")
	}
}

func TestKeyForm(t *testing.T) {
	w := newWorld(t, nil)
	body := map[string]any{"names": []string{"a.shop"}}
	long := fmt.Sprintf("%0255d", 1)
	w.call("POST", "/domains/check", body, keyHeader, long).want(200, nil)
	for _, bad := range []string{long + "x", "with space", "ümlaut"} {
		p := w.call("POST", "/domains/check", body, keyHeader, bad).problem(422, "invalid", "")
		if len(p.Errors) != 1 || p.Errors[0].Location != "header.Idempotency-Key" {
			t.Errorf("%+v", p.Errors)
		}
	}
}

// TestWithoutKeyTheSecondOrderIsRefused: the name is taken, by the same asker.
func TestWithoutKeyTheSecondOrderIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.own("brand.shop")
	w.call("POST", "/domains", registration("brand.shop")).problem(409, "conflict", "")
}
