package registrar_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// TestLostAnswers cuts the wire before and after execution at each verb of the
// path: every order is executed and charged exactly once.
func TestLostAnswers(t *testing.T) {
	for _, verb := range []registrar.Verb{registrar.VerbContactCreate, registrar.VerbHostCreate, registrar.VerbDomainCreate, registrar.VerbDomainRenew, registrar.VerbDomainUpdate} {
		for _, fault := range []registrytest.Fault{
			{Verb: verb, Kind: registrytest.FaultBefore},
			{Verb: verb, Kind: registrytest.FaultAfter},
			{Verb: verb, Kind: registrytest.FaultDown},
			{Verb: verb, Kind: registrytest.FaultCode, Code: 2400},
			{Verb: verb, Kind: registrytest.FaultCode, Code: 2500},
		} {
			t.Run(fmt.Sprintf("%s %s %d", verb, fault.Kind, fault.Code), func(t *testing.T) {
				if testing.Short() && !strings.HasPrefix(string(verb), "domain:") {
					t.Skip("left out by -short")
				}
				t.Parallel()
				w := newWorld(t)
				w.registry.Inject(fault)
				w.work(w.engine)
				w.lifeOf("example.shop")
			})
		}
	}
}

// lifeOf registers, renews and delegates a name and proves that each happened
// exactly once.
func (w *world) lifeOf(name string) {
	w.t.Helper()
	if op := w.finish(w.place(w.registration(name, 1)).ID); op.State != registrar.OpSucceeded {
		w.t.Fatalf("registration: %+v", op)
	}
	if op := w.finish(w.place(w.renewal(name, 1)).ID); op.State != registrar.OpSucceeded {
		w.t.Fatalf("renewal: %+v", op)
	}
	op, err := w.engine.ChangeNameServers(w.t.Context(), w.by, w.customer.ID, name, []string{"ns3.example.net"}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		w.t.Fatalf("name servers: %+v", op)
	}
	w.lived(name)
}

func (w *world) lived(name string) {
	w.t.Helper()
	for _, verb := range []registrar.Verb{registrar.VerbDomainCreate, registrar.VerbDomainRenew} {
		if n := w.registry.Executed(verb, name); n != 1 {
			w.t.Errorf("%s was executed %d times", verb, n)
		}
	}
	at := w.registry.Domain(name)
	if at == nil || !registrar.SameHosts(at.NameServers, []string{"ns3.example.net"}) {
		w.t.Errorf("the registry has %+v", at)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}

var errDead = errors.New("this process is dead")

// mortal is a store that dies at the n-th transaction, before or after its
// commit, as a process killed at that moment would: nothing works afterwards.
type mortal struct {
	registrar.Store
	left   atomic.Int64
	before bool
}

func (m *mortal) dead() bool { return m.left.Load() < 0 }

func (m *mortal) InTx(ctx context.Context, fn func(registrar.Tx) error) error {
	left := m.left.Add(-1)
	switch {
	case left < -1, left == -1 && m.before:
		return errDead
	case left == -1:
		if err := m.Store.InTx(ctx, fn); err != nil {
			return err
		}
		return errDead
	}
	return m.Store.InTx(ctx, fn)
}

// mortalRegistry refuses to carry anything for a dead process.
type mortalRegistry struct {
	*registrytest.Memory
	m *mortal
}

func (r mortalRegistry) DomainInfo(ctx context.Context, name string) (registrar.DomainInfo, error) {
	if r.m.dead() {
		return registrar.DomainInfo{}, &registrar.NotSentError{Cause: errDead}
	}
	return r.Memory.DomainInfo(ctx, name)
}

// TestDeathAtEveryTransaction kills the process at each transaction of a name's
// life, lets another take over, and repeats what the customer asked with the
// same idempotency keys: every effect is there once.
func TestDeathAtEveryTransaction(t *testing.T) {
	step := int64(1)
	if testing.Short() {
		step = 8 // with the race detector a sample must do
	}
	for _, before := range []bool{true, false} {
		for n := int64(0); n < 40; n += step {
			t.Run(fmt.Sprintf("before=%v/%d", before, n), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				m := &mortal{Store: w.store, before: before}
				m.left.Store(n)
				dying, err := registrar.New(options(m, mortalRegistry{w.registry, m}, "dying"))
				if err != nil {
					t.Fatal(err)
				}
				stop := w.work(dying)
				w.tryLife(dying, "example.shop", m.dead)
				stop()
				heir := w.newEngine(w.store, "heir")
				w.engine = heir
				w.work(heir)
				w.tryLife(heir, "example.shop", func() bool { return false })
				w.lived("example.shop")
			})
		}
	}
}

// tryLife does what a client does that repeats itself until it gets an answer.
func (w *world) tryLife(e *registrar.Engine, name string, dead func() bool) {
	w.t.Helper()
	ctx := w.t.Context()
	steps := []func() (registrar.Operation, error){
		func() (registrar.Operation, error) { return w.keyed(e, "register", w.registration(name, 1)) },
		func() (registrar.Operation, error) { return w.keyed(e, "renew", w.renewal(name, 1)) },
		func() (registrar.Operation, error) {
			return e.ChangeNameServers(ctx, w.by, w.customer.ID, name, []string{"ns3.example.net"}, &registrar.KeyRequest{Key: "ns", BodyDigest: "ns"})
		},
	}
	for i, step := range steps {
		op, err := step()
		for err == nil && op.State == registrar.OpRunning && !dead() {
			op, err = e.WaitOperation(ctx, w.customer.ID, op.ID, 100*time.Millisecond)
		}
		if dead() {
			return
		}
		if err != nil || op.State != registrar.OpSucceeded {
			w.t.Fatalf("step %d: %+v, %v", i, op, err)
		}
	}
}

func (w *world) keyed(e *registrar.Engine, key string, req registrar.OrderRequest) (registrar.Operation, error) {
	req.Key = &registrar.KeyRequest{Key: key, BodyDigest: key}
	_, ops, err := e.PlaceOrder(w.t.Context(), w.by, req)
	if err != nil {
		return registrar.Operation{}, err
	}
	return ops[0], nil
}

// TestTwoWorkersShareOneQueue runs two processes on one store.
func TestTwoWorkersShareOneQueue(t *testing.T) {
	w := newWorld(t)
	var ops []registrar.Operation
	for i := range 20 {
		ops = append(ops, w.place(w.registration(fmt.Sprintf("n%d.shop", i), 1)))
	}
	w.work(w.engine)
	w.work(w.newEngine(w.store, "second"))
	for i, op := range ops {
		if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
		if n := w.registry.Executed(registrar.VerbDomainCreate, fmt.Sprintf("n%d.shop", i)); n != 1 {
			t.Errorf("create %d was executed %d times", i, n)
		}
	}
	w.balanced(20*registerPrice, 20*costPerYear)
}
