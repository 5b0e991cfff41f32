package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/eppclient/console"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// Hand is who speaks to a registry from a console, and what they may do.
type Hand struct {
	By     registrar.Actor
	Write  bool
	Reason string // why, with Write
	// ReadFile and Secret as in console.Options.
	ReadFile func(path string) ([]byte, error)
	Secret   func(what string) (epp.Secret, error)
}

// consoleOf makes the console of an account over its own pool.
func consoleOf(a *account, e *registrar.Engine, hand Hand) (*console.Console, error) {
	return console.New(console.Options{
		Pool: a.pool, Objects: a.speak.Objects, Write: hand.Write, ReadFile: hand.ReadFile, Secret: hand.Secret,
		Evidence: evidence{engine: e, by: hand.By, registry: a.name, reason: hand.Reason},
		Name: func(typed string) (string, error) {
			n, err := registrar.ParseName(typed)
			return n.A, err
		},
		Facts: func() []console.Fact { return factsOf(a.registry.Capabilities()) },
	})
}

// evidence keeps in the audit trail what a person sends by hand.
type evidence struct {
	engine   *registrar.Engine
	by       registrar.Actor
	registry string
	reason   string
}

var _ console.Evidence = evidence{}

func (v evidence) of(act console.Act) registrar.ByHand {
	return registrar.ByHand{
		Registry: v.registry, Verb: verbOf(act.Kind, act.Verb), Op: act.Op, Object: act.Object, ClTRID: act.ClTRID, Reason: v.reason,
		Request: string(act.Request), Message: string(act.Message),
	}
}

// Sending implements console.Evidence.
func (v evidence) Sending(ctx context.Context, act console.Act) error {
	return v.engine.BeginByHand(ctx, v.by, v.of(act))
}

// Sent implements console.Evidence.
func (v evidence) Sent(ctx context.Context, act console.Act, answer console.Answer, err error) error {
	out := registrar.ByHandOutcome{Code: answer.Code, SvTRID: answer.SvTRID}
	if err != nil {
		out.Error = err.Error()
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	if err := v.engine.EndByHand(ctx, v.by, v.of(act), out); err != nil {
		return fmt.Errorf("the command is answered, but that is not in the audit trail: %w", err)
	}
	return nil
}

// factsOf puts capabilities into lines for people.
func factsOf(c registrar.Capabilities) []console.Fact {
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	out := []console.Fact{
		{Name: "dialect", Value: c.Dialect}, {Name: "contacts", Value: string(c.ContactModel)}, {Name: "contact roles", Value: strings.Join(c.ContactRoles, " ")},
		{Name: "hosts", Value: string(c.HostModel)}, {Name: "postal types", Value: strings.Join(c.PostalTypes, " ")},
		{Name: "names per check", Value: strconv.Itoa(c.CheckBatch)}, {Name: "years", Value: fmt.Sprintf("%d to %d", c.MinYears, c.MaxYears)},
		{Name: "name servers", Value: fmt.Sprintf("%d to %d", c.MinNameServers, c.MaxNameServers)}, {Name: "thin", Value: yes(c.Thin)},
		{Name: "DNSSEC", Value: string(c.SecDNS)}, {Name: "transfers", Value: yes(c.Transfer)}, {Name: "fee versions", Value: strings.Join(c.FeeVersions, " ")},
		{Name: "sessions", Value: strconv.Itoa(c.MaxSessions)}, {Name: "commands per second", Value: strconv.FormatFloat(c.CommandsPerSec, 'g', -1, 64)},
		{Name: "grace after a registration", Value: c.AddGrace.String()},
	}
	for _, uri := range c.Services {
		out = append(out, console.Fact{Name: "object", Value: uri})
	}
	for _, uri := range c.Extensions {
		out = append(out, console.Fact{Name: "extension", Value: uri})
	}
	return out
}

// ConsoleTool is the console of a command line.
type ConsoleTool struct {
	*console.Console
	tool     *Tool
	registry string
}

// NewConsoleTool connects to one registry alone, as one more replica: it never
// takes more sessions than are granted.
func NewConsoleTool(cfg *config.Config, s *store.Store, log *slog.Logger, registry string, hand Hand) (*ConsoleTool, error) {
	one := *cfg
	one.Registry = nil
	for _, c := range cfg.Registry {
		if c.Name == registry {
			one.Registry = []config.Registry{c}
		}
	}
	if one.Registry == nil {
		return nil, ErrUnknownRegistry
	}
	t, err := NewTool(&one, s, log, "epp-console")
	if err != nil {
		return nil, err
	}
	c, err := consoleOf(t.house.registries[0], t.Engine, hand)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return &ConsoleTool{Console: c, tool: t, registry: registry}, nil
}

// Close logs out and writes the last transcripts.
func (t *ConsoleTool) Close() error { return t.tool.Close() }

const (
	namesOffered  = 20
	namesPatience = time.Second
)

// Names offers domains of ours at the registry that begin with a text.
func (t *ConsoleTool) Names(ctx context.Context, prefix string) []string {
	ctx, cancel := context.WithTimeout(ctx, namesPatience)
	defer cancel()
	found, err := t.tool.Engine.Read().Domains(ctx, registrar.DomainFilter{Registry: t.registry, Prefix: strings.ToLower(prefix)}, registrar.Page{Limit: namesOffered})
	if err != nil {
		return nil // a completion that can't be had is none
	}
	out := make([]string, 0, len(found))
	for _, d := range found {
		out = append(out, d.Name)
	}
	return out
}
