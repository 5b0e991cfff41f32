package registrar_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// stormy is a registry at which anything may go wrong at any transform.
type stormy struct {
	*registrytest.Memory
	mu  sync.Mutex
	rng *rand.Rand
}

func (s *stormy) weather(verb registrar.Verb) {
	s.mu.Lock()
	n := s.rng.IntN(100)
	s.mu.Unlock()
	f := registrytest.Fault{Verb: verb}
	switch {
	case n < 6:
		f.Kind = registrytest.FaultBefore
	case n < 14:
		f.Kind = registrytest.FaultAfter
	case n < 20:
		f.Kind = registrytest.FaultLate
	case n < 22:
		f.Kind = registrytest.FaultHang
	case n < 26:
		f.Kind, f.Code = registrytest.FaultCode, registrar.CodeCommandFailed
	case n < 32:
		f.Kind, f.Code = registrytest.FaultCode, registrar.CodeBillingFailure
	case n < 36:
		f.Kind, f.Code = registrytest.FaultCode, 2306
	default:
		return
	}
	s.Inject(f)
}

func (s *stormy) CreateContact(ctx context.Context, t registrar.Send, c registrar.ContactCreate) (registrar.Receipt, error) {
	s.weather(registrar.VerbContactCreate)
	return s.Memory.CreateContact(ctx, t, c)
}

func (s *stormy) CreateHost(ctx context.Context, t registrar.Send, h registrar.HostCreate) (registrar.Receipt, error) {
	s.weather(registrar.VerbHostCreate)
	return s.Memory.CreateHost(ctx, t, h)
}

func (s *stormy) CreateDomain(ctx context.Context, t registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	s.weather(registrar.VerbDomainCreate)
	return s.Memory.CreateDomain(ctx, t, d)
}

func (s *stormy) RenewDomain(ctx context.Context, t registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	s.weather(registrar.VerbDomainRenew)
	return s.Memory.RenewDomain(ctx, t, r)
}

func (s *stormy) UpdateNameServers(ctx context.Context, t registrar.Send, u registrar.NameServerUpdate) (registrar.Receipt, error) {
	s.weather(registrar.VerbDomainUpdate)
	return s.Memory.UpdateNameServers(ctx, t, u)
}

// TestStorm has two processes serve many names while the registry breaks off,
// executes late, shows old states and runs out of funds: what was executed was
// charged, once, and nothing else was.
func TestStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &stormy{Memory: w.registry, rng: rand.New(rand.NewPCG(seed, 1))}
	var engines []*registrar.Engine
	for _, name := range []string{"first", "second"} {
		opt := options(w.store, s, name)
		opt.SettleAfter = 400 * time.Millisecond
		e, err := registrar.New(opt)
		if err != nil {
			t.Fatal(err)
		}
		w.work(e)
		engines = append(engines, e)
	}
	w.engine = engines[0]
	calm := w.blow()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		spent int64
		years int64
	)
	for i := range 12 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			name, e := fmt.Sprintf("n%d.shop", i), engines[i%2]
			if !w.insist(func() (registrar.Operation, error) { return w.keyed(e, "create "+name, w.registration(name, 1)) }) {
				return
			}
			renewed := w.insist(func() (registrar.Operation, error) { return w.keyed(e, "renew "+name, w.renewal(name, 1)) })
			want := []string{"ns7.example.net"}
			moved := w.insist(func() (registrar.Operation, error) {
				return e.ChangeNameServers(t.Context(), w.by, w.customer.ID, name, want, &registrar.KeyRequest{Key: "ns " + name, BodyDigest: "ns"})
			})
			mu.Lock()
			defer mu.Unlock()
			spent, years = spent+registerPrice, years+1
			if renewed {
				spent, years = spent+renewPrice, years+1
			}
			if at := w.registry.Domain(name); at == nil || moved != registrar.SameHosts(at.NameServers, want) {
				t.Errorf("%s: moved %v, the registry has %+v", name, moved, at)
			}
		}()
	}
	wg.Wait()
	calm()
	var executed int64
	for i := range 12 {
		name := fmt.Sprintf("n%d.shop", i)
		c, r := w.registry.Executed(registrar.VerbDomainCreate, name), w.registry.Executed(registrar.VerbDomainRenew, name)
		if c > 1 || r > 1 {
			t.Errorf("%s was created %d and renewed %d times", name, c, r)
		}
		executed += int64(c + r)
	}
	if executed != years {
		t.Errorf("the registry executed %d billable commands, %d succeeded", executed, years)
	}
	w.balanced(spent, years*costPerYear)
}

// blow lets late commands arrive and <info> lag until the returned function is
// called; both stay well within the settling time.
func (w *world) blow() (calm func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			switch i % 4 {
			case 0:
				w.registry.FreezeInfo()
			case 1:
				w.registry.RunLate()
			case 2:
				w.registry.Thaw()
			}
			select {
			case <-ctx.Done():
			case <-time.After(40 * time.Millisecond):
			}
		}
		w.registry.RunLate()
		w.registry.Thaw()
	}()
	return func() { cancel(); <-done }
}

// insist asks until it succeeds, with the same key, as a client does; staff look
// after what needs review. It gives up after some refusals.
func (w *world) insist(ask func() (registrar.Operation, error)) bool {
	deadline := time.Now().Add(60 * pace * time.Second)
	for refusals := 0; time.Now().Before(deadline); {
		op, err := ask()
		if err != nil {
			w.t.Error(err)
			return false
		}
		op, err = w.engine.WaitOperation(w.t.Context(), "", op.ID, time.Second)
		switch {
		case err != nil:
			w.t.Error(err)
			return false
		case op.State == registrar.OpSucceeded:
			return true
		case op.State == registrar.OpFailed:
			if refusals++; refusals == 4 {
				return false
			}
		case op.State == registrar.OpNeedsReview:
			cmds, err := w.store.CommandsOf(w.t.Context(), op.ID)
			if err != nil {
				w.t.Error(err)
				return false
			}
			for _, c := range cmds {
				if c.State == registrar.CommandNeedsReview {
					w.t.Errorf("needs review: %s %s: %s", c.Verb, c.Object, c.ReviewNote)
					return false
				}
			}
		}
	}
	w.t.Error("no end within a minute")
	return false
}
