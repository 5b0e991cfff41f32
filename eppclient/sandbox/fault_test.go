package sandbox_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

func (f *fixture) fault(order sandbox.Fault) {
	f.t.Helper()
	if _, err := f.srv.AddFault(order); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) registered(name string) bool {
	f.t.Helper()
	_, err := f.srv.Domain(f.t.Context(), name)
	if err != nil && !errors.Is(err, sandbox.ErrNotFound) {
		f.t.Fatal(err)
	}
	return err == nil
}

func TestFaultDropBefore(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	f.fault(sandbox.Fault{Kind: sandbox.FaultDropBefore, Verb: "create", Object: "domain", Count: 1})
	c.want(1000, createContact("con-1")) // another object
	c.send(createDomain("a.example", ""))
	c.wantClosed()
	if f.registered("a.example") {
		t.Fatal("executed")
	}
	f.login("alpha").want(1000, createDomain("a.example", "")) // spent
}

func TestFaultDropAfter(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	f.fault(sandbox.Fault{Kind: sandbox.FaultDropAfter, Name: "A.example"})
	c.want(1000, createDomain("b.example", ""))
	c.send(createDomain("a.example", ""))
	c.wantClosed()
	waitFor(t, func() bool { return f.registered("a.example") })
	f.wantFunds("alpha", 100_000-2*800)
	d := f.login("alpha")
	d.send(named("check", domainNS, "x.example", "a.example")) // any of the names
	d.wantClosed()
	f.srv.ClearFaults()
	f.login("alpha").want(2302, createDomain("a.example", ""))
}

func TestFaultCut(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	f.fault(sandbox.Fault{Kind: sandbox.FaultCut, Verb: "create"})
	c.send(createDomain("a.example", ""))
	got, err := c.tryRead()
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Fatalf("read: %v", err)
	}
	// tryRead returns a body of full length, filled as far as octets came.
	half := strings.TrimRight(got, "\x00")
	if !strings.HasPrefix(half, "<?xml") || strings.Contains(half, "</epp>") || len(half) < len(got)/3 {
		t.Fatalf("want half an answer, got %q", half)
	}
	if !f.registered("a.example") {
		t.Fatal("not executed")
	}
}

func TestFaultCode(t *testing.T) {
	f := start(t)
	for _, code := range []int{2104, 2400, 2500, 2502} {
		c := f.login("alpha")
		f.fault(sandbox.Fault{Kind: sandbox.FaultCode, Code: code, Verb: "create", Count: 1})
		c.want(code, createDomain("a.example", ""))
		if f.registered("a.example") {
			t.Fatal("executed")
		}
		if code >= 2500 {
			c.wantClosed()
		} else {
			c.want(1000, named("check", domainNS, "a.example"))
		}
	}
	f.fault(sandbox.Fault{Kind: sandbox.FaultCode, Code: 2502, Verb: "login", Count: 1})
	c := f.dial("alpha")
	c.want(2502, loginFrame("alpha", "alpha-secret"))
	c.wantClosed()
	f.fault(sandbox.Fault{Kind: sandbox.FaultDropBefore, Verb: "hello", Count: 1})
	c = f.login("alpha")
	c.send(helloFrame)
	c.wantClosed()
}

func TestFaultDelayAndLatency(t *testing.T) {
	f := start(t)
	c, other := f.login("alpha"), f.login("alpha")
	took := func(c *client, frame string) time.Duration {
		began := time.Now()
		c.want(1000, frame)
		return time.Since(began)
	}
	f.fault(sandbox.Fault{Kind: sandbox.FaultDelay, DelayMS: 1000, Verb: "create", Count: 1})
	c.send(createDomain("a.example", ""))
	waitFor(t, func() bool { return f.registered("a.example") }) // executed first, answered later
	if d := took(other, named("check", domainNS, "a.example")); d > 700*time.Millisecond {
		t.Errorf("another session waited %s", d)
	}
	began := time.Now()
	answer{xml: c.read()}.has(t, `code="1000"`)
	if time.Since(began) < 50*time.Millisecond {
		t.Error("the answer was not delayed")
	}
	if err := f.srv.SetLatency(map[string]time.Duration{"*": 600 * time.Millisecond, "info": 0}); err != nil {
		t.Fatal(err)
	}
	if d := took(c, named("check", domainNS, "a.example")); d < 600*time.Millisecond {
		t.Errorf("check took %s", d)
	}
	if d := took(c, named("info", domainNS, "a.example")); d > 400*time.Millisecond {
		t.Errorf("info took %s", d)
	}
}

func TestFaultSessionLimit(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	f.fault(sandbox.Fault{Kind: sandbox.FaultSessionLimit, Limit: 1})
	d := f.dial("alpha")
	d.want(2502, loginFrame("alpha", "alpha-secret"))
	d.wantClosed()
	c.want(1000, named("check", domainNS, "a.example")) // standing sessions stay
	f.login("beta")
	f.fault(sandbox.Fault{Kind: sandbox.FaultSessionLimit, Limit: 0, Count: 1}) // the newest holds
	f.dial("beta").want(2502, loginFrame("beta", "beta-secret"))
	f.srv.ClearFaults()
	f.login("alpha")
}

func TestFaultProbabilityIsSeeded(t *testing.T) {
	run := func(seed uint64) string {
		f := start(t, func(c *sandbox.Config) { c.Seed = seed })
		c := f.login("alpha")
		f.fault(sandbox.Fault{Kind: sandbox.FaultCode, Code: 2400, Verb: "check", Probability: 0.5})
		var out strings.Builder
		for range 64 {
			if c.do(named("check", domainNS, "a.example")).code == 2400 {
				out.WriteByte('x')
			} else {
				out.WriteByte('.')
			}
		}
		return out.String()
	}
	first := run(7)
	if n := strings.Count(first, "x"); n < 16 || n > 48 {
		t.Fatalf("%d of 64 struck: %s", n, first)
	}
	if again := run(7); again != first {
		t.Fatalf("the same seed gave\n%s\n%s", first, again)
	}
	if other := run(8); other == first {
		t.Fatal("another seed gave the same")
	}
}

func TestFaultArguments(t *testing.T) {
	f := start(t)
	for _, order := range []sandbox.Fault{
		{}, {Kind: "explode"}, {Kind: sandbox.FaultDelay}, {Kind: sandbox.FaultCode}, {Kind: sandbox.FaultCode, Code: 1000},
		{Kind: sandbox.FaultCode, Code: 2999}, {Kind: sandbox.FaultCut, Verb: "destroy"}, {Kind: sandbox.FaultCut, Object: "widget"},
		{Kind: sandbox.FaultCut, Count: -1}, {Kind: sandbox.FaultCut, Probability: 1.5}, {Kind: sandbox.FaultSessionLimit, Limit: -1},
	} {
		if _, err := f.srv.AddFault(order); !errors.Is(err, sandbox.ErrInvalid) {
			t.Errorf("%+v: %v", order, err)
		}
	}
	if err := f.srv.SetLatency(map[string]time.Duration{"destroy": 1}); !errors.Is(err, sandbox.ErrInvalid) {
		t.Error(err)
	}
	if got := f.srv.Faults(); len(got) != 0 {
		t.Error(got)
	}
}

func TestCloseSessions(t *testing.T) {
	f := start(t)
	c, d := f.login("alpha"), f.dial("beta")
	if n := f.srv.CloseSessions(); n != 2 {
		t.Fatalf("closed %d", n)
	}
	c.wantClosed()
	d.wantClosed()
	waitFor(t, func() bool {
		state, err := f.srv.State(t.Context())
		return err == nil && state.Sessions == 0 && state.Accounts[0].Sessions == 0
	})
	f.login("alpha")
}

// TestOddAnswers: the command is done, the answer alone is odd.
func TestOddAnswers(t *testing.T) {
	f := start(t)
	if _, err := f.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultOdd, Form: "pretty"}); !errors.Is(err, sandbox.ErrInvalid) {
		t.Errorf("unknown form: %v", err)
	}
	c := f.login("alpha")
	if _, err := f.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultOdd, Form: "no-result", Verb: "create", Count: 1}); err != nil {
		t.Fatal(err)
	}
	c.send(createDomain("odd.example", "")) // off-schema: not for the schema check
	if xml := c.read(); strings.Contains(xml, "<result") || !strings.Contains(xml, "<domain:creData") {
		t.Error(xml)
	}
	c.want(1000, named("info", domainNS, "odd.example"))
}
