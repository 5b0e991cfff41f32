// Package api is the REST face under /api/v1. Its OpenAPI 3.1 document is
// generated from the types and operations of this package and served with a
// page for people. Every error is a problem document (RFC 9457); what takes
// time at a registry is answered with an operation that can be asked again.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/jonboulle/clockwork"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web/ratelimit"
)

// Engine is what this face uses of the registrar; *registrar.Engine is one.
type Engine interface {
	Token(ctx context.Context, bearer string) (registrar.APIToken, error)
	Read() registrar.Reader
	Check(ctx context.Context, names []string, currency string) ([]registrar.Quote, error)
	RememberKey(ctx context.Context, customerID string, k registrar.KeyRequest) error
	PlaceOrder(ctx context.Context, by registrar.Actor, req registrar.OrderRequest) (registrar.Order, []registrar.Operation, error)
	ChangeNameServers(ctx context.Context, by registrar.Actor, customerID, name string, hosts []string, key *registrar.KeyRequest) (registrar.Operation, error)
	WaitOperation(ctx context.Context, customerID, operationID string, max time.Duration) (registrar.Operation, error)
	WaitRead(ctx context.Context, customerID, name string, max time.Duration) (registrar.Domain, error)
	OwnedDomain(ctx context.Context, customerID, name string) (registrar.Domain, error)
	Balance(ctx context.Context, customerID string) (registrar.Account, error)
	PriceList(ctx context.Context, currency string) ([]registrar.PriceLine, error)
	AgreementVersion() string
	Agreements() []agreement.Text
	AgreementIn(language string) agreement.Text
	WebhookEngine

	ChangeLocks(ctx context.Context, by registrar.Actor, customerID string, req registrar.LockRequest) (registrar.Operation, error)
	RenewTransferCode(ctx context.Context, by registrar.Actor, customerID, name string, key *registrar.KeyRequest) (registrar.TransferCode, error)
	DeleteDomain(ctx context.Context, by registrar.Actor, customerID, name string, key *registrar.KeyRequest) (registrar.Operation, error)
	ChangeContacts(ctx context.Context, by registrar.Actor, customerID string, req registrar.ContactsRequest) (registrar.Operation, error)
	EditContact(ctx context.Context, by registrar.Actor, customerID string, req registrar.ContactEdit) (registrar.ContactVersion, []registrar.Operation, error)
	OwnedContact(ctx context.Context, customerID, id string) (registrar.ContactVersion, error)
	ContactsOf(ctx context.Context, d registrar.Domain) (map[string]string, error)
	Hosts(ctx context.Context, customerID, domain string) ([]registrar.Host, error)
	HostOf(ctx context.Context, customerID, domain, host string) (registrar.Host, error)
	SetHost(ctx context.Context, by registrar.Actor, customerID string, req registrar.HostRequest) (registrar.Operation, error)
	DeleteHost(ctx context.Context, by registrar.Actor, customerID, domain, host string, key *registrar.KeyRequest) (registrar.Operation, error)
	History(ctx context.Context, d registrar.Domain, full bool, page registrar.Page) ([]registrar.Happening, string, error)
}

// Options wires the face. Zero values take the defaults given here.
type Options struct {
	Engine     Engine
	PublicURL  string         // what clients put before /api/v1, without trailing slash
	PerToken   ratelimit.Rule // 50 a second, bursts of 500
	PerIP      ratelimit.Rule // 100 a second, bursts of 1000
	MaxClients int            // remembered for the limits
	// Replicas returns how many processes share the limits, at once; nil: this one.
	Replicas    func() int
	WaitFor     time.Duration // how long an answer may wait for the registry; 10 s
	SettleFor   time.Duration // how long an answer may wait for the registry's own view after a change; 1 s
	BodyTimeout time.Duration // for the whole body to arrive; 10 s
	// Stopping ends when the process begins to stop: answers then wait for the
	// registry no longer. Nil: never.
	Stopping context.Context
	Logger   *slog.Logger
	Clock    clockwork.Clock
	// ClientIP names the peer; Register takes the echo's IPExtractor when it has
	// one, else the address of the connection counts.
	ClientIP func(*http.Request) string
}

func (o *Options) check() error {
	if o.Engine == nil {
		return errors.New("api needs an engine")
	}
	if err := publicdata.CheckURL(o.PublicURL); err != nil || strings.HasSuffix(o.PublicURL, "/") {
		return errors.New("api: the public URL must be absolute, without trailing slash")
	}
	if o.PerToken == (ratelimit.Rule{}) {
		o.PerToken = ratelimit.Rule{PerSecond: 50, Burst: 500}
	}
	if o.PerIP == (ratelimit.Rule{}) {
		o.PerIP = ratelimit.Rule{PerSecond: 100, Burst: 1000}
	}
	if o.WaitFor <= 0 {
		o.WaitFor = 10 * time.Second
	}
	if o.SettleFor <= 0 {
		o.SettleFor = time.Second
	}
	if o.BodyTimeout <= 0 {
		o.BodyTimeout = 10 * time.Second
	}
	if o.Stopping == nil {
		o.Stopping = context.Background()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.ClientIP == nil {
		o.ClientIP = connectionIP
	}
	return nil
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// basePath is where the face is mounted.
const basePath = "/api/v1"

type server struct {
	opt      Options
	perToken *ratelimit.Limiter
	perIP    *ratelimit.Limiter
}

// Register mounts the face in a server. Middleware of e runs before it;
// everything under /api/v1 is answered here, also what does not exist.
func Register(e *echo.Echo, opt Options) error {
	if opt.ClientIP == nil {
		opt.ClientIP = func(r *http.Request) string {
			if e.IPExtractor != nil {
				return e.IPExtractor(r)
			}
			return connectionIP(r)
		}
	}
	h, err := New(opt)
	if err != nil {
		return err
	}
	mount := echo.WrapHandler(h)
	for _, path := range []string{basePath, basePath + "/*"} {
		e.Any(path, mount)
		e.RouteNotFound(path, mount) // methods that Any does not know
	}
	return nil
}

// New returns the face as a handler of whole paths (/api/v1/…).
func New(opt Options) (http.Handler, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	s := &server{
		opt:      opt,
		perToken: ratelimit.New(opt.PerToken, opt.MaxClients, opt.Clock).Among(opt.Replicas),
		perIP:    ratelimit.New(opt.PerIP, opt.MaxClients, opt.Clock).Among(opt.Replicas),
	}
	e, doc := s.router()
	if err := s.documents(e.Group(basePath), doc); err != nil {
		return nil, err
	}
	return plainRequests(e), nil
}

// router returns all operations and the document that describes them.
func (s *server) router() (*echo.Echo, *huma.OpenAPI) {
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Use(s.enter)
	hapi := humaecho.NewWithGroup(e, e.Group(basePath), s.config())
	hapi.UseMiddleware(s.guard)
	s.operations(hapi)
	liftExamples(hapi.OpenAPI())
	describeEvents(hapi.OpenAPI())
	explain(hapi.OpenAPI())
	return e, hapi.OpenAPI()
}

// plainRequests lets GET serve HEAD (net/http drops the body) and routes by the
// decoded path, so that escapes of the same name are the same name. An escaped
// slash stays data.
func plainRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || r.URL.RawPath != "" {
			r = r.Clone(r.Context())
			if !strings.Contains(strings.ToLower(r.URL.RawPath), "%2f") {
				r.URL.RawPath = ""
			}
			if r.Method == http.MethodHead {
				r.Method = http.MethodGet
			}
		}
		next.ServeHTTP(w, r)
	})
}

const securityScheme = "token"

// config leaves out what huma would add: schema links, a page that loads
// scripts from elsewhere, and documents encoded on first use.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("Indera registrar API", "1.0.0")
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat} // the latter for …+json
	c.Info.Description = apiText
	c.Servers = []*huma.Server{{URL: s.opt.PublicURL + basePath}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{securityScheme: {
		Type: "http", Scheme: "bearer",
		Description: "An API token of your account. Scopes: domains:read, domains:write (changes that cost nothing), orders (changes that cost money, and the balance), transfers (what gives a name away: transfer codes, deletions), webhooks (manage webhooks, read and replay their deliveries).",
	}}
	return c
}

const apiText = "Search, register, renew and manage domain names. Amounts are decimal strings, times are UTC (RFC 3339).\n\n" +
	"What takes longer than a few seconds at a registry is answered with 202 and an operation; ask GET /operations/{id} until its state is final.\n\n" +
	"Send an Idempotency-Key with every POST, PUT and DELETE: the same key and body never act twice. A success, or a request still in progress, is answered again; " +
	"a failure is executed again; another body under the same key is refused with 409. Keys are kept for 60 days.\n\n" +
	"Errors are problem documents (RFC 9457). Every answer carries RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset: those of the token, or those of your address where no valid token was sent; a 429 also says Retry-After."

// operations lists every operation of the face.
func (s *server) operations(a huma.API) {
	huma.Register(a, s.checkOp(), s.check)
	huma.Register(a, s.registerOp(a), s.register)
	huma.Register(a, s.listOp(), s.list)
	huma.Register(a, s.domainOp(), s.domain)
	huma.Register(a, s.renewOp(a), s.renew)
	huma.Register(a, s.nameServersOp(a), s.nameServers)
	huma.Register(a, s.lockOp(a), s.lock)
	huma.Register(a, s.unlockOp(a), s.unlock)
	huma.Register(a, s.codeOp(), s.transferCode)
	huma.Register(a, s.deleteOp(), s.deleteDomain)
	huma.Register(a, s.historyOp(), s.history)
	huma.Register(a, s.contactsOp(a), s.changeContacts)
	huma.Register(a, s.contactListOp(), s.contactList)
	huma.Register(a, s.contactOp(), s.contact)
	huma.Register(a, s.editContactOp(), s.editContact)
	huma.Register(a, s.hostsOp(), s.hosts)
	huma.Register(a, s.hostOp(), s.host)
	huma.Register(a, s.setHostOp(), s.setHost)
	huma.Register(a, s.deleteHostOp(), s.deleteHost)
	huma.Register(a, s.operationOp(), s.operation)
	huma.Register(a, s.balanceOp(), s.balance)
	huma.Register(a, s.paymentsOp(), s.payments)
	huma.Register(a, s.tldsOp(), s.tlds)
	huma.Register(a, s.agreementOp(), s.agreement)
	s.webhookOperations(a)
}

// customer returns the token's account.
func (s *server) customer(ctx context.Context) (registrar.Customer, error) {
	c, err := s.opt.Engine.Read().Customer(ctx, sessionOf(ctx).token.CustomerID)
	if err != nil {
		return c, fmt.Errorf("reading the token's customer: %w", err)
	}
	return c, nil
}
