// Package portal is where customers search, buy and manage domains. It holds no
// rules of its own: it asks the engine and shows what it says. Everything a
// page shows is read for the customer who is signed in; what belongs to somebody
// else is not found.
package portal

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/door"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// Options wire the portal.
type Options struct {
	Engine    *registrar.Engine
	Sessions  scs.CtxStore
	Templates *ui.Templates
	Logger    *slog.Logger
	Brand     ui.Brand
	Secure    bool
	PublicURL string // where people reach us, without trailing slash
	APIURL    string // for the commands shown beside buttons, for example "https://example.com/api/v1"
	Mailbox   bool   // the sandbox's mailbox is mounted
	Limits    Limits
	// Replicas returns how many processes share the limits, at once; nil: this one.
	Replicas func() int
}

// Limits of what one address or one account may ask.
type Limits struct {
	Search, SignInAddress, SignInAccount, SignUp, RelayAddress, RelayName, Pay ratelimit.Rule
	// Prove limits tries at a password or second factor of somebody who is signed
	// in or half-way there, per user; Reset limits mails that a stranger can cause.
	Prove, ResetAddress, ResetAccount ratelimit.Rule
}

// DefaultLimits suit people; they stop guessing and harvesting. Of one account a
// process lets forty passwords and forty codes be tried in an hour (ASVS 2.2.1:
// a hundred).
func DefaultLimits() Limits {
	return Limits{
		Search:        ratelimit.Rule{PerSecond: 4, Burst: 120},
		SignInAddress: ratelimit.Rule{PerSecond: 0.5, Burst: 30},
		SignInAccount: ratelimit.Rule{PerSecond: 1. / 120, Burst: 10},
		SignUp:        ratelimit.Rule{PerSecond: 1. / 60, Burst: 10}, // each try sends a mail
		RelayAddress:  ratelimit.Rule{PerSecond: 1. / 600, Burst: 5},
		RelayName:     ratelimit.Rule{PerSecond: 1. / 300, Burst: 20},
		Pay:           ratelimit.Rule{PerSecond: 1. / 120, Burst: 10},
		Prove:         ratelimit.Rule{PerSecond: 1. / 120, Burst: 10},
		ResetAddress:  ratelimit.Rule{PerSecond: 1. / 60, Burst: 10},
		ResetAccount:  ratelimit.Rule{PerSecond: 1. / 600, Burst: 3},
	}
}

// life of sessions: a week in all, half a day without a request.
var life = registrar.SessionLife{Whole: 7 * 24 * time.Hour, Idle: 12 * time.Hour}

// Portal serves the customers' pages.
type Portal struct {
	engine *registrar.Engine
	shell  *ui.Shell
	log    *slog.Logger
	public string
	apiURL string

	search, signInAddress, signUp, relayAddress, relayName, pay *ratelimit.Limiter
	prove, resetAddress, resetAccount                           *ratelimit.Limiter

	door    *door.Door
	streams streams

	guardedRoutes []string // "GET /domains" …, for the test of rules
}

// New returns the portal.
func New(o Options) (*Portal, error) {
	if o.Engine == nil || o.Sessions == nil || o.Templates == nil {
		return nil, errors.New("portal needs an engine, a session store and templates")
	}
	now := o.Engine.Now
	p := &Portal{
		engine: o.Engine, log: o.Logger, public: o.PublicURL, apiURL: o.APIURL,
		search:        ratelimit.New(o.Limits.Search, 0, nil).Among(o.Replicas),
		signInAddress: ratelimit.New(o.Limits.SignInAddress, 0, nil).Among(o.Replicas),
		signUp:        ratelimit.New(o.Limits.SignUp, 0, nil).Among(o.Replicas),
		relayAddress:  ratelimit.New(o.Limits.RelayAddress, 0, nil).Among(o.Replicas),
		relayName:     ratelimit.New(o.Limits.RelayName, 0, nil).Among(o.Replicas),
		pay:           ratelimit.New(o.Limits.Pay, 0, nil).Among(o.Replicas),
		prove:         ratelimit.New(o.Limits.Prove, 0, nil).Among(o.Replicas),
		resetAddress:  ratelimit.New(o.Limits.ResetAddress, 0, nil).Among(o.Replicas),
		resetAccount:  ratelimit.New(o.Limits.ResetAccount, 0, nil).Among(o.Replicas),
	}
	p.shell = &ui.Shell{
		Area: "portal", Home: "/", Brand: o.Brand, Sandbox: o.Engine.Sandbox(), Mailbox: o.Mailbox,
		Templates: o.Templates, Log: o.Logger, Now: now, Frame: p.frame,
		Sessions: ui.NewSessions(ui.SessionOptions{
			Store: o.Sessions, Cookie: "indera", Secure: o.Secure, Lifetime: life.Whole, Persist: true,
		}),
	}
	var err error
	p.door, err = door.New(door.Face{
		Engine: o.Engine, Shell: p.shell, Log: o.Logger, PublicURL: o.PublicURL, Door: registrar.DoorPortal, Life: life, Title: "Sign in",
		Local:  func(next string) string { return ui.LocalPath(next, "/domains") },
		Admits: func(user registrar.User) bool { return user.CustomerID != "" },
		Who: func(c echo.Context) (registrar.User, registrar.Session) {
			v, _ := visitorOf(c)
			return v.User, v.Session
		},
		Actor:   actorFor,
		Entered: func(c echo.Context, user registrar.User) error { return p.adoptBasket(c, user.CustomerID) },
		Reset: door.Reset{Ticket: registrar.TicketReset, Ask: o.Engine.RequestReset, Do: o.Engine.ResetPassword, Check: "/security/check",
			Address: p.resetAddress, Account: p.resetAccount},
		SignInAddress: p.signInAddress, SignInAccount: ratelimit.New(o.Limits.SignInAccount, 0, nil).Among(o.Replicas), Prove: p.prove,
	})
	return p, err
}

// Shell returns the portal's shell, for error pages.
func (p *Portal) Shell() *ui.Shell { return p.shell }

// Mount adds the portal's routes: this is the list of its pages.
func (p *Portal) Mount(e *echo.Echo) {
	open := func(method, path string, h echo.HandlerFunc) {
		e.Add(method, path, h, p.shell.Sessions.Load, p.identify)
		if method == http.MethodGet {
			e.Add(http.MethodHead, path, h, p.shell.Sessions.Load, p.identify)
		}
	}
	own := func(method, path string, h func(echo.Context, visitor) error) {
		open(method, path, p.signedIn(p.guarded(method, path, h)))
	}
	open(http.MethodGet, "/", p.searchPage)
	open(http.MethodPost, "/search", p.searchList)
	open(http.MethodPost, "/search/stream", p.searchStream)
	open(http.MethodGet, "/pricing", p.pricingPage)
	open(http.MethodGet, "/agreement", p.agreementPage)
	open(http.MethodGet, "/directory-terms", p.directoryTermsPage)
	open(http.MethodGet, "/basket", p.basketPage)
	open(http.MethodPost, "/basket/add", p.buying(p.basketAdd))
	open(http.MethodPost, "/basket/add-all", p.buying(p.basketAddAll))
	open(http.MethodPost, "/basket", p.buying(p.basketChange))
	p.mountSignUp(open)
	open(http.MethodPost, "/sign-out", p.signOutDo)
	open(http.MethodGet, "/contact/:name", p.relayPage)
	open(http.MethodPost, "/contact/:name", p.relayDo)

	own(http.MethodGet, "/checkout", p.checkoutPage)
	own(http.MethodPost, "/checkout", p.checkoutDo)
	own(http.MethodPost, "/checkout/top-up", p.checkoutTopUp)
	own(http.MethodGet, "/orders", p.ordersPage)
	own(http.MethodGet, "/orders/:id", p.orderPage)
	own(http.MethodGet, "/orders/:id/live", p.orderLive)
	own(http.MethodGet, "/orders/:id/agreement", p.orderAgreementPage)
	own(http.MethodGet, "/basket/holder", p.basketHolderPage)
	own(http.MethodPost, "/basket/holder", p.basketHolderDo)
	own(http.MethodGet, "/domains", p.domainsPage)
	own(http.MethodGet, "/domains/:name", p.domainPage)
	own(http.MethodGet, "/domains/:name/live", p.domainLive)
	own(http.MethodPost, "/domains/:name/nameservers", p.nameServersDo)
	own(http.MethodGet, "/domains/:name/renew", p.renewPage)
	own(http.MethodPost, "/domains/:name/renew", p.renewDo)
	own(http.MethodGet, "/wallet", p.walletPage)
	own(http.MethodPost, "/wallet/top-up", p.topUpDo)
	own(http.MethodPost, "/wallet/payments", p.payDo)
	own(http.MethodGet, "/wallet/payments", p.paymentsPage)
	own(http.MethodGet, "/wallet/payments/:id", p.paymentPage)
	own(http.MethodGet, "/wallet/payments/:id/live", p.paymentLive)
	own(http.MethodPost, "/wallet/payments/:id/resume", p.payResume)
	own(http.MethodGet, "/contacts", p.contactsPage)
	own(http.MethodGet, "/security", p.securityPage)
	own(http.MethodPost, "/security/tokens", p.tokenIssue)
	own(http.MethodPost, "/security/tokens/:id/revoke", p.tokenRevoke)
	p.mountLife(own)
	p.mountAccess(open, own)
	p.mountWebhooks(own)
	e.RouteNotFound("/*", func(echo.Context) error { return echo.ErrNotFound }, p.shell.Sessions.Load, p.identify)
}

// visitor is a signed-in customer.
type visitor struct {
	User     registrar.User
	Customer registrar.Customer
	Session  registrar.Session
}

// Context keys: who is signed in, and that the session could be read at all.
const (
	visitorKey = "visitor"
	knownKey   = "session_known"
)

// identify reads who is signed in. A session that ran out or was ended
// elsewhere, and a user who was disabled or is not a customer's, are signed out.
func (p *Portal) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(knownKey, true)
		ctx := c.Request().Context()
		id := p.shell.Sessions.SignedIn(ctx)
		if id == "" {
			return next(c)
		}
		session, user, err := p.engine.OpenSession(ctx, registrar.DoorPortal, id, life)
		if registrar.KindOf(err) == registrar.KindUnauthenticated || err == nil && user.CustomerID == "" {
			return p.signedOut(c, id, next)
		}
		if err != nil {
			return err
		}
		customer, err := p.engine.Read().Customer(ctx, user.CustomerID)
		if err != nil {
			return fmt.Errorf("reading customer: %w", err)
		}
		v := visitor{user, customer, session}
		c.Set(visitorKey, v)
		ui.Concerns(c, user.ID)
		if err := p.refuseActing(c, v); err != nil {
			return err
		}
		if form, closed := closedForms[c.Path()]; closed && v.Session.Acting != nil {
			return p.showClosed(c, v, form)
		}
		return next(c)
	}
}

// signedOut lets somebody go on as a stranger whose session is over. Staff whose
// time to act for a user is over are led back to where they began.
func (p *Portal) signedOut(c echo.Context, id string, next echo.HandlerFunc) error {
	ctx := c.Request().Context()
	back, err := p.actedFor(ctx, id)
	if err != nil {
		return err
	}
	if err := p.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	if back != "" {
		return p.shell.Redirect(c, back)
	}
	return next(c)
}

func visitorOf(c echo.Context) (visitor, bool) {
	v, ok := c.Get(visitorKey).(visitor)
	return v, ok
}

// signedIn sends strangers to the sign-in page and back afterwards.
func (p *Portal) signedIn(h func(echo.Context, visitor) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if v, ok := visitorOf(c); ok {
			return h(c, v)
		}
		return p.door.ToSignIn(c)
	}
}

// actor is who answers for a change: staff who act for a user do so themselves.
func actor(c echo.Context, v visitor) registrar.Actor {
	if a := v.Session.Acting; a != nil {
		return registrar.Actor{Kind: registrar.ActorStaff, ID: a.StaffID, For: v.User.ID, IP: c.RealIP(), RequestID: ui.RequestID(c)}
	}
	return registrar.Actor{Kind: registrar.ActorCustomer, ID: v.User.ID, IP: c.RealIP(), RequestID: ui.RequestID(c)}
}

// actorFor is the actor of somebody who is signed in, or about to be.
func actorFor(c echo.Context, user registrar.User) registrar.Actor {
	if v, ok := visitorOf(c); ok && v.User.ID == user.ID {
		return actor(c, v)
	}
	return actor(c, visitor{User: user})
}

// frame fills menu, account and basket.
func (p *Portal) frame(c echo.Context, page *ui.Page) {
	page.SearchTo = "/"
	page.Menu = []ui.MenuItem{
		{Label: "Find a domain", Href: "/", Icon: "search", Key: "f"},
		{Label: "Prices", Href: "/pricing", Icon: "tag", Key: "p"},
	}
	if v, ok := visitorOf(c); ok {
		page.Account = &ui.Account{Name: v.User.Name, Email: v.User.Email}
		page.Acting = actingBanner(v)
		if page.Acting == nil && p.engine.AddressConfirmed(v.User) != nil {
			page.Unconfirmed = v.User.Email
		}
		page.Menu = []ui.MenuItem{
			{Label: "Find a domain", Href: "/", Icon: "search", Key: "f"},
			{Label: "My domains", Href: "/domains", Icon: "world", Key: "d"},
			{Label: "Orders", Href: "/orders", Icon: "receipt", Key: "o"},
			{Label: "Wallet", Href: "/wallet", Icon: "wallet", Key: "w"},
			{Label: "Contacts", Href: "/contacts", Icon: "address-book", Key: "c"},
			{Label: "Security", Href: "/security", Icon: "shield-lock", Key: "s"},
			{Label: "Prices", Href: "/pricing", Icon: "tag", Key: "p"},
		}
		page.May = make(map[string]bool)
		for _, may := range registrar.Permissions {
			page.May[string(may)] = v.User.Role.May(may) && !hiddenWhileActing(v, may)
		}
		if page.May[string(registrar.MayUsers)] {
			page.Menu = append(page.Menu, ui.MenuItem{Label: "Users", Href: "/users", Icon: "users", Key: "u"})
		}
		page.Menu = slices.DeleteFunc(page.Menu, func(m ui.MenuItem) bool {
			r, guarded := rules["GET "+m.Href]
			return guarded && !v.User.Role.May(r.may)
		})
	}
	if c.Get(knownKey) != nil {
		if lines, err := p.basket(c); err != nil {
			p.log.WarnContext(c.Request().Context(), "basket not counted", "error", err)
		} else {
			page.Basket = len(lines)
		}
	}
}
