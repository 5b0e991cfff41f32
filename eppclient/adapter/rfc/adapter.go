// Package rfc is the registry adapter for servers that follow RFC 5730-5734 and
// the extensions that have an RFC, as far as the greeting offers them. It turns
// the domain words of registrar.Registry into EPP and back. Dialects embed Adapter
// and change named hooks only; what varies between plain servers is data (Quirks).
package rfc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/secureauth"
	"github.com/indera/indera/eppclient/message"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// Exchanger runs commands; *pool.Pool is one.
type Exchanger interface {
	Exchange(ctx context.Context, prio pool.Priority, req session.Request) (*epp.Response, error)
	Greeting() (g epp.Greeting, ok bool)
	Greet(ctx context.Context, prio pool.Priority) (epp.Greeting, error)
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
	// Mappings are what the dialect logs in with [Mappings()].
	Mappings []epp.Mapping
	// Objects are the dialect's own namespaces of the three object mappings; the
	// pool's session must have the same [epp.Standard].
	Objects epp.Objects
	// Capabilities may change what the adapter states, before the greeting narrows it.
	Capabilities func(registrar.Capabilities) registrar.Capabilities
	// Extend returns extensions that go with a command, beside those the command
	// asks for. uses is what the session logged in with.
	Extend func(uses epp.Services, cmd epp.Command) ([]epp.Extension, error)
	// Create returns the extensions and the changes that a create needs beyond.
	Create func(uses epp.Services, d registrar.DomainCreate, cmd *epp.DomainCreate) ([]epp.Extension, error)
	// Classify judges the check answer of one name.
	Classify func(item epp.CheckItem) registrar.Availability
	// Check returns the extensions that go with an availability check.
	Check func(uses epp.Services, names []string) []epp.Extension
	// Checked may correct the results of a check by its whole answer.
	Checked func(uses epp.Services, resp *epp.Response, results []registrar.CheckResult)
	// Consent writes the agreement to a price; without it none can be given.
	Consent func(uses epp.Services, action registrar.PriceAction, price registrar.Money) (epp.Extension, error)
	// Cost reads what an answer says of the money taken; nil when nothing.
	Cost func(uses epp.Services, resp *epp.Response) *registrar.Money
	// Prices and Balance implement the methods of the same name.
	Prices  func(ctx context.Context, a *Adapter, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error)
	Balance func(ctx context.Context, a *Adapter) (registrar.Balance, error)
	// Events reads data of messages that no reader knows; nil = unknown.
	Events func(u message.Unknown) []registrar.RegistryEvent
}

// Adapter implements registrar.Registry.
type Adapter struct{ cfg Config }

var _ registrar.Registry = (*Adapter)(nil)

// Mappings returns what the adapter implements beside the core.
func Mappings() []epp.Mapping {
	return append(epp.Core(), secdns.Mapping, rgp.Mapping, launch.Mapping, changepoll.Mapping, loginsec.Mapping,
		alloctoken.Mapping, secureauth.Mapping, maintenance.Mapping, idn.Mapping)
}

// Services returns what the adapter logs in with, for session.Config.
func Services() epp.Services { return epp.ServicesOf(Mappings()) }

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
	if len(cfg.Hooks.Mappings) == 0 {
		cfg.Hooks.Mappings = Mappings()
	}
	if cfg.Hooks.Objects == (epp.Objects{}) {
		cfg.Hooks.Objects = epp.Standard
	}
	if cfg.Hooks.Classify == nil {
		cfg.Hooks.Classify = quirks.classify
	}
	return &Adapter{cfg: cfg}, nil
}

// services is what the adapter logs in with.
func (a *Adapter) services() epp.Services { return epp.ServicesOf(a.cfg.Hooks.Mappings) }

// uses is what sessions logged in with, or would log in with if the server offered
// everything while none has been open yet.
func (a *Adapter) uses() epp.Services {
	if g, ok := a.cfg.Pool.Greeting(); ok {
		return g.Select(a.services())
	}
	all := a.services()
	for _, versions := range all.OneOf {
		all.Extensions = append(slices.Clip(all.Extensions), versions[0])
	}
	all.OneOf = nil
	return all
}

// Uses returns what sessions log in with, for sure: it waits for the first one.
func (a *Adapter) Uses(ctx context.Context, prio pool.Priority) (epp.Services, error) {
	g, err := a.cfg.Pool.Greet(ctx, prio)
	if err != nil {
		return epp.Services{}, &registrar.NotSentError{Cause: err}
	}
	return g.Select(a.services()), nil
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
		Transfer:         true,
		TransferContacts: true,
		Messages:         !q.NoMessages,

		TransferImmediate: q.TransferImmediate,
		Prices:            a.cfg.Hooks.Prices != nil,
		Balance:           a.cfg.Hooks.Balance != nil,
	}
	uses := a.uses()
	caps.Services, caps.Extensions = uses.Objects, uses.Extensions
	if uses.Has(a.cfg.Hooks.Objects.Own(secdns.Namespace)) {
		caps.SecDNS = q.SecDNS
	}
	if uses.Has(a.cfg.Hooks.Objects.Own(rgp.Namespace)) {
		caps.Restore = q.Restore
	}
	caps.Launch, caps.Tokens, caps.IDNTables = uses.Has(launch.Namespace), uses.Has(alloctoken.Namespace), uses.Has(idn.Namespace)
	if a.cfg.Hooks.Capabilities != nil {
		caps = a.cfg.Hooks.Capabilities(caps)
	}
	if !uses.Has(a.cfg.Hooks.Objects.Contact) {
		// A registry on the minimum data set no longer offers contacts.
		caps.ContactModel, caps.ContactRoles = registrar.ContactsProhibited, nil
	}
	if !uses.Has(a.cfg.Hooks.Objects.Host) {
		caps.HostModel = registrar.HostAttributes
	}
	caps.Thin = caps.ContactModel == registrar.ContactsProhibited
	caps.TransferContacts = caps.TransferContacts && !caps.Thin
	return caps
}

// Read exchanges a command without effect.
func (a *Adapter) Read(ctx context.Context, prio pool.Priority, cmd epp.Command, ext ...epp.Extension) (*epp.Response, error) {
	return a.exchange(ctx, prio, session.Request{Command: cmd, Extensions: ext})
}

// Transform exchanges a command with effect.
func (a *Adapter) Transform(ctx context.Context, send registrar.Send, cmd epp.Command, ext ...epp.Extension) (*epp.Response, registrar.Receipt, error) {
	resp, err := a.exchange(ctx, pool.Customer, session.Request{
		Command: cmd, Extensions: ext, ClTRID: send.ClTRID, CommandID: send.CommandID, BeforeSend: send.BeforeSend,
	})
	if err != nil {
		return nil, registrar.Receipt{}, err
	}
	r := registrar.Receipt{ClTRID: send.ClTRID, SvTRID: resp.SvTRID, Code: resp.Code(), Pending: resp.Code() == epp.CodePending}
	if a.cfg.Hooks.Cost != nil {
		r.Cost = a.cfg.Hooks.Cost(a.uses(), resp)
	}
	return resp, r, nil
}

// exchange runs one command and translates what comes of it into the three
// errors of the port.
func (a *Adapter) exchange(ctx context.Context, prio pool.Priority, req session.Request) (*epp.Response, error) {
	if a.cfg.Hooks.Extend != nil {
		uses, err := a.Uses(ctx, prio)
		if err != nil {
			return nil, err
		}
		ext, err := a.cfg.Hooks.Extend(uses, req.Command)
		if err != nil {
			return nil, refuse(req.ClTRID, err)
		}
		req.Extensions = append(slices.Clip(req.Extensions), ext...)
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
	case errors.As(err, &invalid):
		return refuse(clTRID, err)
	case errors.As(err, &notSent): // also when a login was refused, or its outcome is unknown: that answers no command
		return &registrar.NotSentError{Cause: err}
	case errors.As(err, &unknown):
		return &registrar.UnknownOutcomeError{Cause: err}
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

// Refuse is what a method answers for what the account can't do; nothing is sent.
func Refuse(clTRID string, code int, what string) error {
	return &registrar.ResultError{Code: code, Msg: "not sent: this registry account has no " + what, ClTRID: clTRID}
}
