// Package admin is where operators, support and finance work: what is stuck
// first, then anything by any name it has. It has its own door and its own
// session: customers can't enter, and staff are not customers.
package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/door"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// Health tells how the connections to the registries are. It is optional.
type Health interface {
	Registries(ctx context.Context) []RegistryHealth
}

// RegistryHealth is one registry account as its sessions see it.
type RegistryHealth struct {
	Name     string
	Sessions int           // open now
	Limit    int           // granted; 0 = not known
	Latency  time.Duration // of a recent exchange; 0 = none yet
	LastOK   time.Time     // last answered exchange; zero = none yet
	Problem  string        // a sentence, "" when fine
}

// Options wire the admin pages.
type Options struct {
	Engine    *registrar.Engine
	Sessions  scs.CtxStore
	Templates *ui.Templates
	Logger    *slog.Logger
	Brand     ui.Brand
	Secure    bool
	Mailbox   bool
	Health    Health // may be nil
	Limits    Limits
	// Replicas returns how many processes share the limits, at once; nil: this one.
	Replicas func() int
	// RequireFactor leads staff without a second factor to set one up before
	// anything else opens.
	RequireFactor bool
	PublicURL     string // where people reach us, without trailing slash
	Portal        Portal // where staff act for users
}

// Limits of sign-in tries.
type Limits struct {
	SignInAddress, SignInAccount ratelimit.Rule
	// Prove limits tries at a password or second factor of somebody who is signed
	// in or half-way there, per user.
	Prove ratelimit.Rule
	// Reset limits mails that a stranger can cause.
	ResetAddress, ResetAccount ratelimit.Rule
}

// DefaultLimits are tighter than those of customers: staff are few.
func DefaultLimits() Limits {
	return Limits{
		SignInAddress: ratelimit.Rule{PerSecond: 0.2, Burst: 20},
		SignInAccount: ratelimit.Rule{PerSecond: 1. / 120, Burst: 10},
		Prove:         ratelimit.Rule{PerSecond: 1. / 120, Burst: 10},
		ResetAddress:  ratelimit.Rule{PerSecond: 1. / 60, Burst: 10},
		ResetAccount:  ratelimit.Rule{PerSecond: 1. / 600, Burst: 3},
	}
}

// life of sessions: a working day in all, an hour without a request.
var life = registrar.SessionLife{Whole: 10 * time.Hour, Idle: time.Hour}

// Admin serves the staff's pages.
type Admin struct {
	engine *registrar.Engine
	shell  *ui.Shell
	log    *slog.Logger
	health Health

	signInAddress, prove *ratelimit.Limiter

	door          *door.Door
	requireFactor bool
	portal        Portal

	guardedRoutes []string // "GET /admin" …, for the test of rules
}

// New returns the admin pages.
func New(o Options) (*Admin, error) {
	if o.Engine == nil || o.Sessions == nil || o.Templates == nil || o.Portal == nil {
		return nil, errors.New("admin needs an engine, a session store, templates and the portal")
	}
	now := o.Engine.Now
	a := &Admin{
		engine: o.Engine, log: o.Logger, health: o.Health, requireFactor: o.RequireFactor, portal: o.Portal,
		signInAddress: ratelimit.New(o.Limits.SignInAddress, 0, nil).Among(o.Replicas),
		prove:         ratelimit.New(o.Limits.Prove, 0, nil).Among(o.Replicas),
	}
	a.shell = &ui.Shell{
		Area: "admin", Home: "/admin", Base: "/admin", Brand: o.Brand, Sandbox: o.Engine.Sandbox(), Mailbox: o.Mailbox,
		Templates: o.Templates, Log: o.Logger, Now: now, Frame: a.frame,
		Sessions: ui.NewSessions(ui.SessionOptions{
			Store: o.Sessions, Cookie: "indera_staff", Secure: o.Secure, Lifetime: life.Whole,
		}),
	}
	var err error
	a.door, err = door.New(door.Face{
		Engine: o.Engine, Shell: a.shell, Log: o.Logger, PublicURL: o.PublicURL, Door: registrar.DoorAdmin, Life: life, Title: "Staff sign-in",
		Local: adminPath, Admits: registrar.User.IsStaff, Actor: actorFor, KeepFactor: o.RequireFactor,
		Who: func(c echo.Context) (registrar.User, registrar.Session) {
			v, _ := visitorOf(c)
			return v.User, v.Session
		},
		Reset: door.Reset{Ticket: registrar.TicketStaffReset, Do: o.Engine.ResetStaffPassword, Check: "/admin/security",
			Ask: func(ctx context.Context, by registrar.Actor, email string) error {
				return o.Engine.RequestStaffReset(ctx, by, email, !o.RequireFactor)
			},
			Address: ratelimit.New(o.Limits.ResetAddress, 0, nil).Among(o.Replicas), Account: ratelimit.New(o.Limits.ResetAccount, 0, nil).Among(o.Replicas)},
		SignInAddress: a.signInAddress, SignInAccount: ratelimit.New(o.Limits.SignInAccount, 0, nil).Among(o.Replicas), Prove: a.prove,
	})
	return a, err
}

// Shell returns the admin shell, for error pages.
func (a *Admin) Shell() *ui.Shell { return a.shell }

// Mount adds the admin routes: this is the list of its pages.
func (a *Admin) Mount(e *echo.Echo) {
	open := func(method, path string, h echo.HandlerFunc) {
		e.Add(method, path, h, a.shell.Sessions.Load, a.identify)
		if method == http.MethodGet {
			e.Add(http.MethodHead, path, h, a.shell.Sessions.Load, a.identify)
		}
	}
	own := func(method, path string, h echo.HandlerFunc) { open(method, path, a.guarded(method, path, h)) }
	open(http.MethodPost, "/admin/sign-out", a.signOutDo)
	a.door.Mount(open, own)
	open(http.MethodGet, "/admin/invitation", a.invitationPage)
	open(http.MethodPost, "/admin/invitation", a.invitationDo)

	own(http.MethodGet, "/admin", a.homePage)
	own(http.MethodGet, "/admin/search", a.searchPage)
	own(http.MethodGet, "/admin/domains", a.domainsPage)
	own(http.MethodGet, "/admin/domains/:id", a.domainPage)
	own(http.MethodPost, "/admin/domains/:id/lock", a.lockDo)
	own(http.MethodGet, "/admin/domains/:id/history", a.historyPage)
	own(http.MethodGet, "/admin/commands", a.commandsPage)
	own(http.MethodGet, "/admin/commands/:id", a.commandPage)
	own(http.MethodPost, "/admin/commands/:id/retry", a.retryDo)
	own(http.MethodPost, "/admin/commands/:id/resolve", a.resolveDo)
	own(http.MethodPost, "/admin/commands/:id/cancel", a.cancelDo)
	own(http.MethodGet, "/admin/restore", a.restorePage)
	own(http.MethodPost, "/admin/restore/release", a.releaseAllDo)
	own(http.MethodPost, "/admin/restore/findings/:id/release", a.releaseFindingDo)
	own(http.MethodGet, "/admin/operations/:id", a.operationPage)
	own(http.MethodGet, "/admin/customers", a.customersPage)
	own(http.MethodGet, "/admin/customers/:id", a.customerPage)
	own(http.MethodPost, "/admin/customers/:id/adjust", a.adjustDo)
	own(http.MethodPost, "/admin/customers/:id/impersonate", a.impersonateDo)
	own(http.MethodGet, "/admin/payments", a.paymentsPage)
	own(http.MethodGet, "/admin/payments/:id", a.paymentPage)
	own(http.MethodGet, "/admin/receivables", a.receivablesPage)
	own(http.MethodGet, "/admin/receivables/:id", a.receivablePage)
	own(http.MethodPost, "/admin/receivables/:id/write-off", a.writeOffDo)
	own(http.MethodPost, "/admin/payments/:id/recheck", a.recheckDo)
	own(http.MethodPost, "/admin/payments/:id/close", a.closeDo)
	own(http.MethodGet, "/admin/approvals", a.approvalsPage)
	own(http.MethodPost, "/admin/approvals/:id", a.approvalDo)
	own(http.MethodGet, "/admin/security", a.securityPage)
	own(http.MethodPost, "/admin/domains/:id/nameservers", a.nameServersDo)
	own(http.MethodPost, "/admin/domains/:id/hosts", a.hostSetDo)
	own(http.MethodPost, "/admin/domains/:id/hosts/delete", a.hostDeleteDo)
	own(http.MethodPost, "/admin/domains/:id/move", a.moveDo)
	own(http.MethodPost, "/admin/domains/:id/delete", a.deleteDo)
	own(http.MethodPost, "/admin/domains/:id/end-code", a.endCodeDo)
	own(http.MethodGet, "/admin/staff", a.staffPage)
	own(http.MethodPost, "/admin/staff/invite", a.staffInvite)
	own(http.MethodPost, "/admin/staff/invitations/cancel", a.staffInviteCancel)
	own(http.MethodPost, "/admin/staff/:id/role", a.staffRole)
	own(http.MethodPost, "/admin/staff/:id/disable", a.staffDisable)
	own(http.MethodPost, "/admin/staff/:id/reset-factor", a.staffFactorReset)
	own(http.MethodPost, "/admin/customers/:id/reset-factor", a.customerFactorReset)
	own(http.MethodGet, "/admin/orders", a.ordersPage)
	own(http.MethodGet, "/admin/orders/:id", a.orderPage)
	own(http.MethodGet, "/admin/notices", a.noticesPage)
	own(http.MethodGet, "/admin/notices.csv", a.noticesCSV)
	own(http.MethodGet, "/admin/notices/brakes", a.brakesPage)
	own(http.MethodGet, "/admin/notices/brakes/:id", a.brakePage)
	own(http.MethodPost, "/admin/notices/brakes/:id/release", a.releaseDo)
	own(http.MethodGet, "/admin/notices/:id", a.dutyPage)
	own(http.MethodGet, "/admin/imports", a.importsPage)
	own(http.MethodGet, "/admin/mirror", a.mirrorPage)
	own(http.MethodGet, "/admin/mirror/issues/:id", a.mirrorIssuePage)
	own(http.MethodPost, "/admin/mirror/issues/:id/ignore", a.ignoreIssueDo)
	own(http.MethodPost, "/admin/mirror/issues/:id/resolve", a.resolveIssueDo)
	own(http.MethodPost, "/admin/mirror/issues/:id/remove", a.removeMirroredDo)
	own(http.MethodGet, "/admin/transcripts", a.transcriptsPage)
	own(http.MethodGet, "/admin/transcripts/:id", a.transcriptPage)
	own(http.MethodGet, "/admin/differences", a.differencesPage)
	own(http.MethodGet, "/admin/differences/:id", a.differencePage)
	own(http.MethodPost, "/admin/differences/:id/take", a.differenceAct("take", "What the registry has was taken over.", a.engine.TakeRegistrys))
	own(http.MethodPost, "/admin/differences/:id/push", a.differenceAct("push", "The registry is being told.", a.engine.PushOurs))
	own(http.MethodPost, "/admin/differences/:id/case", a.differenceAct("case", "A case is open.", a.engine.OpenCase))
	own(http.MethodGet, "/admin/messages", a.messagesPage)
	own(http.MethodGet, "/admin/messages/:id", a.messagePage)
	own(http.MethodPost, "/admin/messages/:id/settle", a.settleMessageDo)
	own(http.MethodGet, "/admin/mail", a.outboxPage)
	own(http.MethodGet, "/admin/mail/:id", a.mailPage)
	own(http.MethodPost, "/admin/mail/:id/retry", a.retryMailDo)
	own(http.MethodPost, "/admin/mail/:id/drop", a.dropMailDo)
	own(http.MethodGet, "/admin/ledger", a.ledgerPage)
	own(http.MethodGet, "/admin/ledger/:id", a.accountPage)
	own(http.MethodGet, "/admin/ledger/:id/holds", a.holdsPage)
	own(http.MethodGet, "/admin/customers/:id/audit", a.customerAuditPage)
	own(http.MethodGet, "/admin/customers/:id/adjustments", a.customerAdjustmentsPage)
	a.mountContacts(own)
	a.mountWebhooks(own)
	e.RouteNotFound("/admin/*", func(echo.Context) error { return echo.ErrNotFound }, a.shell.Sessions.Load, a.identify)
}

// visitorKey is the context key of who is signed in.
const visitorKey = "visitor"

func (a *Admin) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		id := a.shell.Sessions.SignedIn(ctx)
		if id == "" {
			return next(c)
		}
		session, user, err := a.engine.OpenSession(ctx, registrar.DoorAdmin, id, life)
		if registrar.KindOf(err) == registrar.KindUnauthenticated || err == nil && !user.IsStaff() {
			if err := a.shell.Sessions.SignOut(ctx); err != nil {
				return err
			}
			return next(c)
		}
		if err != nil {
			return err
		}
		c.Set(visitorKey, visitor{user, session})
		ui.Concerns(c, user.ID)
		return next(c)
	}
}

func staffOf(c echo.Context) (registrar.User, bool) {
	v, ok := visitorOf(c)
	return v.User, ok
}

// actor is who answers for a change.
func actor(c echo.Context) registrar.Actor {
	user, ok := staffOf(c)
	if !ok {
		return registrar.Actor{} // guarded has refused the request before
	}
	return actorFor(c, user)
}

func actorFor(c echo.Context, user registrar.User) registrar.Actor {
	return registrar.Actor{Kind: registrar.ActorStaff, ID: user.ID, IP: c.RealIP(), RequestID: ui.RequestID(c)}
}

func (a *Admin) frame(c echo.Context, page *ui.Page) {
	page.SearchTo, page.Query, page.NoIndex = "/admin/search", c.QueryParam("q"), true
	v, ok := visitorOf(c)
	if !ok {
		return
	}
	user := v.User
	page.Account = &ui.Account{Name: user.Name + " · " + registrar.StaffRoleName(user.Role), Email: user.Email}
	page.May = make(map[string]bool)
	for _, may := range registrar.StaffPermissions {
		page.May[string(may)] = user.Role.May(may)
	}
	page.Menu = []ui.MenuItem{
		{Label: "Home", Href: "/admin", Icon: "home", Key: "h"},
		{Label: "Commands", Href: "/admin/commands", Icon: "list-details", Key: "c", Badge: a.badge(c, a.reviews), Parts: []ui.MenuItem{
			{Label: "Queue", Href: "/admin/commands"}, {Label: "Exchanges", Href: "/admin/transcripts"}, {Label: "Messages", Href: "/admin/messages"}, {Label: "After a restore", Href: "/admin/restore"},
		}},
		{Label: "Domains", Href: "/admin/domains", Icon: "world", Key: "d", Parts: domainParts(len(a.engine.Mirrors()) > 0)},
		{Label: "Customers", Href: "/admin/customers", Icon: "users", Key: "u"},
		{Label: "Orders", Href: "/admin/orders", Icon: "receipt", Key: "o"},
		{Label: "Money", Href: "/admin/payments", Icon: "wallet", Key: "p", Badge: a.badge(c, a.moneyWaits), Parts: []ui.MenuItem{
			{Label: "Payments", Href: "/admin/payments"}, {Label: "Ours, unpaid", Href: "/admin/receivables"}, {Label: "Ledger", Href: "/admin/ledger"},
		}},
		{Label: "Notices", Href: "/admin/notices", Icon: "mail", Key: "n", Parts: []ui.MenuItem{
			{Label: "Due and sent", Href: "/admin/notices"}, {Label: "Stopped runs", Href: "/admin/notices/brakes"}, {Label: "Outgoing mail", Href: "/admin/mail"},
		}},
		{Label: "Approvals", Href: "/admin/approvals", Icon: "circle-check", Key: "a", Badge: a.badge(c, a.decidable)},
	}
}

// domainParts lists the pages about names; a billing system may be mirrored.
func domainParts(mirrored bool) []ui.MenuItem {
	parts := []ui.MenuItem{{Label: "All domains", Href: "/admin/domains"}, {Label: "Differences", Href: "/admin/differences"}, {Label: "Imports", Href: "/admin/imports"}}
	if mirrored {
		parts = append(parts, ui.MenuItem{Label: "Mirror", Href: "/admin/mirror"})
	}
	return parts
}

// adminPath keeps the way after the sign-in inside the admin pages.
func adminPath(next string) string {
	next = ui.LocalPath(next, "/admin")
	if next != "/admin" && !strings.HasPrefix(next, "/admin/") && !strings.HasPrefix(next, "/admin?") {
		return "/admin"
	}
	return next
}

func (a *Admin) signOutDo(c echo.Context) error {
	if v, ok := visitorOf(c); ok {
		if err := a.engine.EndSession(c.Request().Context(), actor(c), v.User.ID, v.Session.ID, registrar.EndSignedOut); err != nil {
			return err
		}
	}
	if err := a.shell.Sessions.SignOut(c.Request().Context()); err != nil {
		return err
	}
	return a.shell.Redirect(c, "/admin/sign-in")
}

// list is a list with the way to its next page.
type list[T any] struct {
	Rows  []T
	Next  string
	First string
}

const pageSize = 50

func cut[T any](rows []T, after string, key func(T) string, path string, params url.Values) list[T] {
	l := list[T]{Rows: rows}
	if len(rows) > pageSize {
		l.Rows = rows[:pageSize]
		l.Next = pageLink(path, key(l.Rows[pageSize-1]), params)
	}
	if after != "" {
		l.First = pageLink(path, "", params)
	}
	return l
}

func nextPage(c echo.Context) registrar.Page {
	return registrar.Page{After: c.QueryParam("after"), Limit: pageSize + 1}
}

// excerptSize is how many rows of a list the page of something else shows.
const excerptSize = 20

// excerptPage reads an excerpt, and one row more.
var excerptPage = registrar.Page{Limit: excerptSize + 1}

// excerpt is the beginning of a list.
type excerpt[T any] struct {
	Rows []T
	All  string // where the whole list is, "" when these are all
}

// excerptOf cuts rows of which one more was read than is shown.
func excerptOf[T any](rows []T, all string) excerpt[T] {
	if len(rows) <= excerptSize {
		return excerpt[T]{Rows: rows}
	}
	return excerpt[T]{rows[:excerptSize], all}
}

// pageLink leads to the rows of a list behind after, "" = to its start.
func pageLink(path, after string, params url.Values) string {
	q := url.Values{}
	for k, v := range params {
		if len(v) > 0 && v[0] != "" {
			q[k] = v
		}
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
