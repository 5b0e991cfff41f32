package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/indera/indera/test/rig"
)

// storm does the deeds of a deck one after the other while the customers ask.
type storm struct {
	w     *world
	deck  []step
	asks  int
	gate  *gate
	out   io.Writer
	tally tally
	at    atomic.Int64 // steps done

	sown     []sown      // names that are owed a notice
	slotEnds []time.Time // when the storm ended the slots of the jobs

	fundsBack map[int]int // registry → step at which its funds return
	relayBack int         // step at which the mail relay returns; 0 = it is there
}

// tally counts what the storm did.
type tally struct {
	kills, killsSent, killsExecuted int
	stops, freezes                  int
	registryKills, databaseKills    int
	cuts, delays, answered, closed  int // as the registries report them
	fundsGone                       int
	relayStops, slots               int
	silent                          int // mails that the relay took without saying so
}

// Limits of single waits. When what a deed waits for does not come, it is done
// all the same.
const (
	breath = 2 * time.Second
	ahead  = 6 // asks that may run before their step
)

// rage does all deeds, then lets everything calm down.
func (s *storm) rage(ctx context.Context) error {
	s.fundsBack = map[int]int{}
	for i, st := range s.deck {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.at.Store(int64(i))
		s.gate.open(s.asks*i/len(s.deck) + ahead)
		if err := errors.Join(s.returnFunds(ctx, i), s.returnRelay(ctx, i)); err != nil {
			return err
		}
		if err := s.do(ctx, i, st); err != nil {
			return fmt.Errorf("step %d, %s: %w", i, st.Deed, err)
		}
	}
	s.at.Store(int64(len(s.deck)))
	s.gate.open(s.asks)
	return s.calm(ctx)
}

func (s *storm) do(ctx context.Context, i int, st step) error {
	reg := s.w.registries[st.Registry]
	serve := s.w.Serves[st.Replica]
	f := rig.Fault{Verb: st.Verb, Object: st.Object, Count: st.Count}
	switch st.Deed {
	case killSent:
		if s.until(ctx, s.anySent) {
			s.tally.killsSent++
		}
		return s.kill(ctx, serve)
	case killExecuted:
		return s.killAfterExecution(ctx, reg, serve)
	case killNow:
		return s.kill(ctx, serve)
	case killTwice:
		return s.killTwice(ctx, serve)
	case stopServe:
		s.tally.stops++
		return s.restart(ctx, serve, serve.Stop)
	case pauseServe:
		return s.freeze(ctx, serve)
	case dropBefore, dropAfter, cutFrame:
		f.Kind = map[deed]string{dropBefore: "drop-before", dropAfter: "drop-after", cutFrame: "cut"}[st.Deed]
		return s.strike(ctx, reg, f)
	case slowAnswer:
		f.Kind, f.DelayMS = "delay", int((rig.Exchange + 700*time.Millisecond).Milliseconds())
		return s.strike(ctx, reg, f)
	case answer2400, answer2500:
		f.Kind, f.Code = "code", map[deed]int{answer2400: 2400, answer2500: 2500}[st.Deed]
		return s.strike(ctx, reg, f)
	case infoFails:
		return s.strike(ctx, reg, rig.Fault{Kind: "drop-before", Verb: "info", Count: 3})
	case refuseLogin:
		return s.strike(ctx, reg, rig.Fault{Kind: "code", Code: 2502, Verb: "login", Count: 1})
	case closeAll:
		n, err := reg.Control.CloseSessions(ctx)
		s.tally.closed += n
		return err
	case takeFunds:
		return s.takeFunds(ctx, i, st.Registry)
	case killSandbox:
		return s.killRegistry(ctx, reg)
	case killDatabase:
		return s.killDatabase(ctx)
	case relayDown, relayBusy, relayCuts, relaySilent:
		return s.upsetRelay(i, st)
	case newSlot:
		return s.newSlot(ctx, st.Replica)
	}
	return fmt.Errorf("nobody knows how to do it")
}

// until waits a moment for a condition; whether it came decides nothing.
func (s *storm) until(ctx context.Context, holds func(context.Context) bool) bool {
	return rig.Poll(ctx, breath, holds)
}

// anySent asks whether a command is under way right now.
func (s *storm) anySent(ctx context.Context) bool {
	var n int
	err := s.w.ours.QueryRowContext(ctx, `SELECT COUNT(*) FROM commands WHERE state = 'sent' AND lease_token <> ''`).Scan(&n)
	return err == nil && n > 0 // an error: the database is away, try again
}

func (s *storm) kill(ctx context.Context, serve *rig.Serve) error {
	s.tally.kills++
	return s.restart(ctx, serve, serve.Kill)
}

func (s *storm) restart(ctx context.Context, serve *rig.Serve, end func() error) error {
	if err := end(); err != nil {
		return err
	}
	if err := serve.Start(); err != nil {
		return err
	}
	return serve.WaitServing(ctx, s.w.API(serve), rig.StartLimit)
}

// killTwice kills the process again while it starts.
func (s *storm) killTwice(ctx context.Context, serve *rig.Serve) error {
	s.tally.kills++
	if err := serve.Kill(); err != nil {
		return err
	}
	if err := serve.Start(); err != nil {
		return err
	}
	s.until(ctx, serve.Listening)
	return s.kill(ctx, serve)
}

// killAfterExecution makes the registry execute a billable command and hold its
// answer back, and kills the process in between.
func (s *storm) killAfterExecution(ctx context.Context, reg *registrySide, serve *rig.Serve) error {
	before, err := reg.lastTransform(ctx)
	if err != nil {
		return err
	}
	hold := rig.Fault{Kind: "delay", Object: "domain", Verb: "create", Count: 1, DelayMS: int(rig.Exchange.Milliseconds()) * 3 / 4}
	if err := reg.Control.AddFault(ctx, hold); err != nil {
		return err
	}
	hold.Verb = "renew"
	if err := reg.Control.AddFault(ctx, hold); err != nil {
		return err
	}
	executed := s.until(ctx, func(ctx context.Context) bool {
		now, err := reg.lastTransform(ctx)
		return err == nil && now > before
	})
	if executed {
		s.tally.killsExecuted++
	}
	return s.kill(ctx, serve)
}

// freeze stops the process for longer than all its time limits and lets it go on.
func (s *storm) freeze(ctx context.Context, serve *rig.Serve) error {
	s.until(ctx, s.anySent)
	s.tally.freezes++
	if err := serve.Pause(); err != nil {
		return err
	}
	frozen := time.Now()
	rig.Poll(ctx, s.w.frozen+time.Second, func(context.Context) bool { return time.Since(frozen) > s.w.frozen })
	if err := serve.Resume(); err != nil {
		return err
	}
	return serve.WaitServing(ctx, s.w.API(serve), rig.StartLimit)
}

// strike adds a fault and gives the customers a moment to run into it. It
// stands until it has struck.
func (s *storm) strike(ctx context.Context, reg *registrySide, f rig.Fault) error {
	before, err := reg.hits(ctx)
	if err != nil {
		return err
	}
	if err := reg.Control.AddFault(ctx, f); err != nil {
		return err
	}
	s.until(ctx, func(ctx context.Context) bool {
		now, err := reg.hits(ctx)
		return err == nil && now > before
	})
	return nil
}

// takeFunds empties the account at the registry; they return two steps later.
func (s *storm) takeFunds(ctx context.Context, i, registry int) error {
	reg := s.w.registries[registry]
	if err := reg.Control.SetFunds(ctx, reg.ClientID, 0); err != nil {
		return err
	}
	s.tally.fundsGone++
	s.fundsBack[registry] = i + 3
	s.until(ctx, func(ctx context.Context) bool {
		var n int
		err := s.w.ours.QueryRowContext(ctx, `SELECT COUNT(*) FROM registry_states WHERE registry = ? AND no_funds_since IS NOT NULL`, reg.Name).Scan(&n)
		return err == nil && n > 0
	})
	return nil
}

func (s *storm) returnFunds(ctx context.Context, i int) error {
	for registry, at := range s.fundsBack {
		if i < at {
			continue
		}
		delete(s.fundsBack, registry)
		reg := s.w.registries[registry]
		if err := reg.Control.SetFunds(ctx, reg.ClientID, plenty); err != nil {
			return err
		}
	}
	return nil
}

// plenty is more than all orders cost, in minor units.
const plenty = 100_000_000

// killRegistry ends the registry, whose faults and latency go with it.
func (s *storm) killRegistry(ctx context.Context, reg *registrySide) error {
	s.until(ctx, s.anySent)
	if err := s.count(ctx, reg); err != nil {
		return err
	}
	s.tally.registryKills++
	if err := reg.Kill(); err != nil {
		return err
	}
	if err := reg.Start(ctx); err != nil {
		return err
	}
	return reg.slowDown(ctx)
}

func (s *storm) killDatabase(ctx context.Context) error {
	s.until(ctx, s.anySent)
	s.tally.databaseKills++
	if err := s.w.Database.Kill(); err != nil {
		return err
	}
	return s.w.Database.Restart(ctx)
}

// count adds up how often a registry's faults have struck, before they go.
func (s *storm) count(ctx context.Context, reg *registrySide) error {
	faults, err := reg.Control.Faults(ctx)
	if err != nil {
		return err
	}
	for _, f := range faults {
		switch f.Kind {
		case "drop-before", "drop-after", "cut":
			s.tally.cuts += f.Hits
		case "delay":
			s.tally.delays += f.Hits
		case "code":
			s.tally.answered += f.Hits
		}
	}
	return nil
}

// calm ends all faults and returns all funds.
func (s *storm) calm(ctx context.Context) error {
	for _, reg := range s.w.registries {
		if err := s.count(ctx, reg); err != nil {
			return err
		}
		if err := reg.Control.ClearFaults(ctx); err != nil {
			return err
		}
		if err := reg.Control.SetLatency(ctx, map[string]int{}); err != nil {
			return err
		}
		if err := reg.Control.SetFunds(ctx, reg.ClientID, plenty); err != nil {
			return err
		}
	}
	return s.calmMail(ctx)
}
