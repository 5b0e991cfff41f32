// Package fred is the dialect of FRED, the registry software of CZ.NIC (.cz and
// others): names have no name servers or keys of their own but link to a name server
// set (nsset) and a key set (keyset), which are objects with handles; transfers with
// the right code are done at once; nobody but the registry sets statuses; nothing
// deleted comes back.
//
// Sets are named after what they hold, so they are made once, shared by all names of
// the same servers and contact, and never changed: another delegation is a link to
// another set. Whatever is repeated after a lost answer finds what was made before.
// The registry deletes sets that nothing uses.
package fred

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"sync"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// Names of DomainCreate.Fields, for domains below an ENUM zone.
const (
	FieldValidUntil = "enum_valid_until" // YYYY-MM-DD: until when the number is proven to be the holder's
	FieldPublish    = "enum_publish"     // "true" or "false": in the public ENUM directory
)

// Dialect is the dialect of FRED.
var Dialect = rfc.Dialect{
	Name: "fred", About: "CZ.NIC's FRED (.cz and others): nssets, keysets, transfers at once", Mappings: fred.Mappings(), Objects: fred.Objects,
	Prepare: func(settings map[string]string) (rfc.Open, error) {
		own := settingsOf{prefix: "INDERA", disclose: "hide"}
		quirks, err := rfc.ParseQuirks(settings, own.read)
		if err != nil {
			return nil, err
		}
		return func(cfg rfc.Config) (registrar.Registry, error) { return open(cfg, quirks, own) }, nil
	},
}

// settingsOf are the quirks of the dialect.
//
//	tech_contact   handle of the contact of all sets we make; default: a contact of the name
//	handle_prefix  what the handles of our sets begin with [INDERA]
//	zone           the zone whose credit is the account's balance
//	currency       of the credit, which FRED does not tell; without it there is no balance
//	disclose       hide | registry: whether new contacts ask to hide what is not public anyway [hide]
type settingsOf struct{ tech, prefix, zone, currency, disclose string }

var (
	prefixPattern   = regexp.MustCompile(`^[A-Z0-9]{1,6}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

func (s *settingsOf) read(name, value string) (known bool, err error) {
	switch name {
	case "tech_contact":
		s.tech = value
	case "zone":
		s.zone = value
	case "handle_prefix":
		if s.prefix = value; !prefixPattern.MatchString(value) {
			return true, errors.New("must be 1-6 capitals or digits")
		}
	case "currency":
		if s.currency = value; !currencyPattern.MatchString(value) {
			return true, errors.New("must be three capitals")
		}
	case "disclose":
		if s.disclose = value; value != "hide" && value != "registry" {
			return true, errors.New("is neither hide nor registry")
		}
	default:
		return false, nil
	}
	return true, nil
}

// Adapter implements registrar.Registry.
type Adapter struct {
	*rfc.Adapter
	own      settingsOf
	clientID string
	list     sync.Mutex // the registry keeps one list for the account
}

var (
	_ registrar.Registry   = (*Adapter)(nil)
	_ registrar.NameLister = (*Adapter)(nil)
)

func open(cfg rfc.Config, quirks rfc.Quirks, own settingsOf) (*Adapter, error) {
	quirks.TransferImmediate, quirks.EmptyAuthInfo = true, true
	quirks.HostModel, quirks.SecDNS = registrar.HostAttributes, registrar.SecDNSKey
	quirks.PostalTypes = []string{epp.PostalLoc}
	quirks.MaxNameServers = min(quirks.MaxNameServers, fred.MaxNameServers)
	quirks.ReservedWords = append(slices.Clone(quirks.ReservedWords), "blacklist", "not applicable")
	a := &Adapter{own: own, clientID: cfg.ClientID}
	cfg.Quirks, cfg.ContactModel = quirks, registrar.ContactsRequired
	// A name's technical contact is that of its sets.
	cfg.ContactRoles = slices.DeleteFunc(slices.Clone(cfg.ContactRoles), func(role string) bool { return role != registrar.RoleAdmin })
	cfg.Hooks = rfc.Hooks{
		Dialect: "fred", Mappings: fred.Mappings(), Objects: fred.Objects, Capabilities: capabilities, Events: a.events,
	}
	if own.currency != "" {
		cfg.Hooks.Balance = func(ctx context.Context, _ *rfc.Adapter) (registrar.Balance, error) { return a.balance(ctx) }
	}
	var err error
	a.Adapter, err = rfc.New(cfg)
	return a, err
}

func capabilities(caps registrar.Capabilities) registrar.Capabilities {
	caps.NoLocks, caps.TransferContacts, caps.AuthInfoAtCreate = true, true, false
	if slices.Contains(caps.Services, fred.KeysetNamespace) {
		caps.SecDNS = registrar.SecDNSKey
	}
	if slices.Contains(caps.Extensions, fred.EnumvalNamespace) {
		caps.Fields = []string{FieldValidUntil, FieldPublish}
	}
	return caps
}

// ask reads an object.
func (a *Adapter) ask(ctx context.Context, k fred.Kind, id string) (*epp.Response, error) {
	return a.Read(ctx, pool.Bulk, fred.Info{Kind: k, ID: id})
}

// readable turns the error of a reader, which finds no data in a success, into one
// of the port.
func readable[T any](data T, err error) (T, error) {
	if err != nil {
		return data, &registrar.UnknownOutcomeError{Cause: err}
	}
	return data, nil
}

// before turns the error of a read that precedes a transform into what it means for
// the transform.
func before(err error) error {
	var u *registrar.UnknownOutcomeError
	if errors.As(err, &u) {
		return &registrar.NotSentError{Cause: err}
	}
	return err
}

// invalid answers for the registry what it would certainly answer.
func invalid(send registrar.Send, why string) error {
	return &registrar.ResultError{Code: epp.CodeValueSyntax, Msg: "not sent: " + why, ClTRID: send.ClTRID}
}

// none is the receipt of what needed no command.
func none(send registrar.Send) registrar.Receipt {
	return registrar.Receipt{ClTRID: send.ClTRID, Code: epp.CodeOK}
}

// state is a domain with its sets; nil where it links to none.
type state struct {
	fred.DomainInfoData
	resp   *epp.Response
	nsset  *fred.NssetInfoData
	keyset *fred.KeysetInfoData
}

// read asks for a domain and its sets. A set that is gone meanwhile leaves the
// outcome open: it must not look as if the domain were gone.
func (a *Adapter) read(ctx context.Context, name string) (state, error) {
	resp, err := a.ask(ctx, fred.Domain, name)
	if err != nil {
		return state{}, err
	}
	data, err := readable(fred.DomainInfo(resp))
	if err != nil {
		return state{}, err
	}
	s := state{DomainInfoData: data, resp: resp}
	if data.Nsset != "" {
		if s.nsset, err = a.nsset(ctx, data.Nsset); err != nil {
			return state{}, a.linked(err)
		}
	}
	if data.Keyset != "" {
		if s.keyset, err = a.keyset(ctx, data.Keyset); err != nil {
			return state{}, a.linked(err)
		}
	}
	return s, nil
}

func (a *Adapter) linked(err error) error {
	if registrar.ResultCode(err) != 0 {
		return &registrar.UnknownOutcomeError{Cause: err}
	}
	return err
}

func (a *Adapter) nsset(ctx context.Context, handle string) (*fred.NssetInfoData, error) {
	resp, err := a.ask(ctx, fred.Nsset, handle)
	if err != nil {
		return nil, err
	}
	data, err := readable(fred.NssetInfo(resp))
	return &data, err
}

func (a *Adapter) keyset(ctx context.Context, handle string) (*fred.KeysetInfoData, error) {
	resp, err := a.ask(ctx, fred.Keyset, handle)
	if err != nil {
		return nil, err
	}
	data, err := readable(fred.KeysetInfo(resp))
	return &data, err
}

// tech is the contact of the sets that we make for a name: the configured one, else
// that of a set of ours that the name uses, else an admin contact, else the registrant.
// It is the same again when the change is repeated.
func (a *Adapter) tech(s state) string {
	if a.own.tech != "" {
		return a.own.tech
	}
	var ours []string
	if s.nsset != nil && s.nsset.Sponsor == a.clientID {
		ours = append(ours, s.nsset.Techs...)
	}
	if s.keyset != nil && s.keyset.Sponsor == a.clientID {
		ours = append(ours, s.keyset.Techs...)
	}
	return first(append(ours, append(slices.Clone(s.Admins), s.Registrant)...))
}

func first(list []string) string { return cmp.Or(list...) }
