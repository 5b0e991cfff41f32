package registrar

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/seal"
)

// Options wires an Engine. Zero durations take the defaults given here.
type Options struct {
	Store      Store
	Registries map[string]Registry // by the name that TLDs refer to
	Clock      clockwork.Clock
	Logger     *slog.Logger
	Observer   Observer   // may be nil
	Letters    Letters    // renders mail; nil = no mail is written
	Seal       *seal.Ring // keeps secrets at rest; nil = what needs it is refused
	Holder     string     // names this process in leases; unique among replicas

	Sandbox            bool     // test money may be topped up; banners are shown
	Currency           string   // of new customers; "USD"
	DefaultNameServers []string // offered at checkout

	// Agreements are the texts of the registration agreement in force: one version,
	// in one or more languages, the default one first; none = agreement.Sample.
	Agreements []agreement.Text

	StaffEmail string // where alarms go; "" = nowhere
	Issuer     string // how authenticator apps and passkeys name us; "Indera"

	Mirrors []string // billing systems that names are mirrored from

	Payments         []Payments             // ways to pay, in the order offered
	MoneyLimits      map[string]MoneyLimits // by currency; nil = defaults for Currency
	PaymentLookAfter time.Duration          // a payment not settled by then is looked up at its provider; 5 min

	CheckTimeout    time.Duration // a name not answered by then is unknown; 4 s
	ExchangeTimeout time.Duration // one EPP exchange; the session is closed by then; 30 s
	LeaseMargin     time.Duration // what lies between the end of an exchange and its commit; 10 s
	SettleAfter     time.Duration // a registry may still execute until then; 5 min
	ConfirmAfter    time.Duration // between the two <info> that prove absence; 10 s
	ClockSkew       time.Duration // tolerated between our clock and the registry's; 2 min
	FundsProbe      time.Duration // one billable try per that long while a registry says 2104; 30 s
	RestoreRate     float64       // <info> per second and registry while reconciling after a restore; 10
	CatalogueTTL    time.Duration // how stale prices may be on another replica; 5 s

	TransferCodeLife time.Duration  // a code is unset at the registry after that; 14 days
	TransferPolicy   TransferPolicy // further rules for leaving; may be nil

	Retention Retention // how long what must go is kept

	Webhooks WebhookSender // carries events to customers' systems; nil = webhooks are refused
}

func (o *Options) defaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.CheckTimeout, 4*time.Second)
	def(&o.ExchangeTimeout, 30*time.Second)
	def(&o.LeaseMargin, 10*time.Second)
	def(&o.SettleAfter, 5*time.Minute)
	def(&o.ConfirmAfter, 10*time.Second)
	def(&o.ClockSkew, 2*time.Minute)
	def(&o.FundsProbe, 30*time.Second)
	def(&o.CatalogueTTL, 5*time.Second)
	if o.RestoreRate <= 0 {
		o.RestoreRate = 10
	}
	def(&o.TransferCodeLife, 14*24*time.Hour)
	o.Retention = o.Retention.orDefault()
	def(&o.PaymentLookAfter, 5*time.Minute)
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = noObserver{}
	}
	if o.Currency == "" {
		o.Currency = "USD"
	}
	if o.MoneyLimits == nil {
		o.MoneyLimits = map[string]MoneyLimits{o.Currency: defaultLimits(o.Currency)}
	}
}

// Observer counts what the engine does; the metrics page implements it.
type Observer interface {
	CommandEnded(registry string, verb Verb, state CommandState, waited time.Duration)
	Reconciled(registry string, verb Verb, outcome string)
	Checked(registry string, names int, took time.Duration, err error)
}

type noObserver struct{}

func (noObserver) CommandEnded(string, Verb, CommandState, time.Duration) {}
func (noObserver) Reconciled(string, Verb, string)                        {}
func (noObserver) Checked(string, int, time.Duration, error)              {}

// Engine runs the use cases. All methods may be called concurrently; any number
// of engines may share one store.
type Engine struct {
	opt   Options
	store Store
	log   *slog.Logger

	agreementMu    sync.Mutex
	agreementsKept bool // the texts in force are known to be kept

	catalogueMu sync.Mutex
	catalogue   *Catalogue
	catalogueAt time.Time

	notice *noticeBoard
	alarms alarms

	policies []Policy // set before the engine is used
}

// New checks the options and returns an engine that does no background work yet.
func New(opt Options) (*Engine, error) {
	opt.defaults()
	if opt.Store == nil {
		return nil, errors.New("engine needs a store")
	}
	if opt.Holder == "" {
		return nil, errors.New("engine needs a holder name for its leases")
	}
	if !ValidCurrency(opt.Currency) {
		return nil, Errorf(KindInvalid, "bad_currency", "%q is not an ISO 4217 currency code.", opt.Currency)
	}
	if err := opt.checkAgreements(); err != nil {
		return nil, err
	}
	e := &Engine{opt: opt, log: opt.Logger, notice: newNoticeBoard()}
	e.store = announcer{Store: opt.Store, id: e.id, now: e.Now}
	return e, nil
}

// Read gives faces the store's reads. Callers scope what they show: everything
// that belongs to a customer must be compared with the asker.
func (e *Engine) Read() Reader { return e.store }

// Sandbox reports whether this deployment plays with test money.
func (e *Engine) Sandbox() bool { return e.opt.Sandbox }

// Currency returns the currency of new customers and of visitors.
func (e *Engine) Currency() string { return e.opt.Currency }

// DefaultNameServers returns what checkout offers.
func (e *Engine) DefaultNameServers() []string { return e.opt.DefaultNameServers }

// Now returns business time in UTC, truncated to what every store keeps.
func (e *Engine) Now() time.Time { return e.opt.Clock.Now().UTC().Truncate(time.Microsecond) }

// Ping reports whether the engine can work at all: the store answers.
func (e *Engine) Ping(ctx context.Context) error { return e.store.Ping(ctx) }

// Subscribe calls fn after each event that this process commits. It serves
// caches and waiting requests; other replicas learn by reading the store.
func (e *Engine) Subscribe(fn func(Event)) { e.notice.subscribe(fn) }

func (e *Engine) id(prefix string) string { return NewID(e.opt.Clock, prefix) }

// registry returns the adapter of a TLD's registry.
func (e *Engine) registry(name string) (Registry, error) {
	r, ok := e.opt.Registries[name]
	if !ok {
		return nil, Errorf(KindUnavailable, "registry_not_configured", "The registry for this ending is not connected.")
	}
	return r, nil
}
