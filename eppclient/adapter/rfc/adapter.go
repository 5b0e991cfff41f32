// Package rfc is the registry adapter for servers that follow RFC 5730-5734
// without extensions. It turns the domain words of registrar.Registry into EPP
// and back. Dialects embed Adapter and change named hooks only; what varies
// between plain servers is data (Quirks).
package rfc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// Exchanger runs commands; *pool.Pool is one.
type Exchanger interface {
	Exchange(ctx context.Context, prio pool.Priority, req session.Request) (*epp.Response, error)
	Greeting() (g epp.Greeting, ok bool)
}

var _ Exchanger = (*pool.Pool)(nil)

// Config describes one registry account. Zero values mean the default in
// brackets.
type Config struct {
	Pool           Exchanger
	ClientID       string                 // our clID: tells our objects from others'
	ContactModel   registrar.ContactModel // [optional]
	ContactRoles   []string               // roles beside the registrant that a create must carry
	CheckBatch     int                    // names per check [20]
	MaxSessions    int
	CommandsPerSec float64
	Quirks         Quirks
	Hooks          Hooks
}

// Hooks are the places where a dialect may differ. All are optional.
type Hooks struct {
	// Dialect is the name in Capabilities ["rfc"].
	Dialect string
	// Services are what the dialect logs in with [Services()].
	Services epp.Services
	// Capabilities may change what the adapter states.
	Capabilities func(registrar.Capabilities) registrar.Capabilities
	// Extend returns the extensions that go with a command.
	Extend func(cmd epp.Command) ([]epp.Extension, error)
	// Classify judges the check answer of one name.
	Classify func(item epp.CheckItem) registrar.Availability
}

// Adapter implements registrar.Registry.
type Adapter struct{ cfg Config }

var _ registrar.Registry = (*Adapter)(nil)

// Services returns what the adapter implements, for session.Config.
func Services() epp.Services {
	return epp.Services{
		Objects:    []string{epp.Standard.Domain, epp.Standard.Contact, epp.Standard.Host},
		Extensions: []string{epp.UnhandledNamespaces},
	}
}

// New returns an adapter, or says what of cfg is wrong.
func New(cfg Config) (*Adapter, error) {
	if cfg.Pool == nil || cfg.ClientID == "" {
		return nil, errors.New("rfc adapter: pool and client id are required")
	}
	if cfg.ContactModel == "" {
		cfg.ContactModel = registrar.ContactsOptional
	}
	if cfg.CheckBatch <= 0 {
		cfg.CheckBatch = 20
	}
	quirks, err := cfg.Quirks.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("rfc adapter: %w", err)
	}
	cfg.Quirks = quirks
	if cfg.Hooks.Dialect == "" {
		cfg.Hooks.Dialect = "rfc"
	}
	if len(cfg.Hooks.Services.Objects) == 0 {
		cfg.Hooks.Services = Services()
	}
	if cfg.Hooks.Classify == nil {
		cfg.Hooks.Classify = quirks.classify
	}
	return &Adapter{cfg: cfg}, nil
}

// Capabilities implements registrar.Registry.
func (a *Adapter) Capabilities() registrar.Capabilities {
	q := a.cfg.Quirks
	caps := registrar.Capabilities{
		Dialect:          a.cfg.Hooks.Dialect,
		ContactModel:     a.cfg.ContactModel,
		ContactRoles:     a.cfg.ContactRoles,
		HostModel:        q.HostModel,
		PostalTypes:      q.PostalTypes,
		CheckBatch:       a.cfg.CheckBatch,
		MinYears:         q.MinYears,
		MaxYears:         q.MaxYears,
		MinNameServers:   q.MinNameServers,
		MaxNameServers:   q.MaxNameServers,
		AuthInfoAtCreate: !q.EmptyAuthInfo,
		AddGrace:         q.AddGrace,
		MaxSessions:      a.cfg.MaxSessions,
		CommandsPerSec:   a.cfg.CommandsPerSec,
		Services:         a.cfg.Hooks.Services.Objects,
		Extensions:       a.cfg.Hooks.Services.Extensions,
	}
	if a.cfg.Hooks.Capabilities != nil {
		caps = a.cfg.Hooks.Capabilities(caps)
	}
	if g, ok := a.cfg.Pool.Greeting(); ok {
		caps = narrow(caps, g, a.cfg.Hooks.Services)
	}
	caps.Thin = caps.ContactModel == registrar.ContactsProhibited
	return caps
}

// narrow takes away what the server does not announce.
func narrow(caps registrar.Capabilities, g epp.Greeting, implemented epp.Services) registrar.Capabilities {
	offered := g.Select(implemented)
	caps.Services, caps.Extensions = offered.Objects, offered.Extensions
	has := func(uri string) bool {
		for _, o := range g.Objects {
			if o == uri {
				return true
			}
		}
		return false
	}
	if !has(epp.Standard.Contact) {
		// A registry on the minimum data set no longer offers contacts.
		caps.ContactModel, caps.ContactRoles = registrar.ContactsProhibited, nil
	}
	if !has(epp.Standard.Host) {
		caps.HostModel = registrar.HostAttributes
	}
	return caps
}

// read exchanges a command without effect.
func (a *Adapter) read(ctx context.Context, prio pool.Priority, cmd epp.Command) (*epp.Response, error) {
	return a.exchange(ctx, prio, session.Request{Command: cmd})
}

// transform exchanges a command with effect.
func (a *Adapter) transform(ctx context.Context, send registrar.Send, cmd epp.Command) (*epp.Response, registrar.Receipt, error) {
	resp, err := a.exchange(ctx, pool.Customer, session.Request{
		Command: cmd, ClTRID: send.ClTRID, CommandID: send.CommandID, BeforeSend: send.BeforeSend,
	})
	if err != nil {
		return nil, registrar.Receipt{}, err
	}
	return resp, registrar.Receipt{
		ClTRID: send.ClTRID, SvTRID: resp.SvTRID, Code: resp.Code(), Pending: resp.Code() == epp.CodePending,
	}, nil
}

// exchange runs one command and translates what comes of it into the three
// errors of the port.
func (a *Adapter) exchange(ctx context.Context, prio pool.Priority, req session.Request) (*epp.Response, error) {
	if a.cfg.Hooks.Extend != nil {
		ext, err := a.cfg.Hooks.Extend(req.Command)
		if err != nil {
			return nil, refuse(req.ClTRID, err)
		}
		req.Extensions = ext
	}
	resp, err := a.cfg.Pool.Exchange(ctx, prio, req)
	if err != nil {
		return nil, translate(req.ClTRID, err)
	}
	if err := resp.Err(); err != nil {
		return nil, translate(req.ClTRID, err)
	}
	return resp, nil
}

func translate(clTRID string, err error) error {
	var (
		refused *epp.ResultError
		invalid *epp.InvalidError
		unknown *session.Unknown
		notSent *session.NotSent
	)
	switch {
	case errors.As(err, &unknown):
		return &registrar.UnknownOutcomeError{Cause: err}
	case errors.As(err, &invalid):
		return refuse(clTRID, err)
	case errors.As(err, &notSent): // also when a login was refused: that answers no command
		return &registrar.NotSentError{Cause: err}
	case errors.As(err, &refused):
		return &registrar.ResultError{
			Code: refused.Code, Msg: refused.Message, Reason: strings.Join(refused.Reasons, "; "),
			ClTRID: clTRID, SvTRID: refused.SvTRID,
		}
	}
	return &registrar.NotSentError{Cause: err}
}

// refuse answers for the registry where it is certain that it would refuse:
// repeating such a command later would not make it any better.
func refuse(clTRID string, err error) error {
	return &registrar.ResultError{Code: epp.CodeValueSyntax, Msg: "not sent: " + err.Error(), ClTRID: clTRID}
}
