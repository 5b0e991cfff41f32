package portal

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/web/ui"
)

// domainView is everything about a domain on one screen.
type domainView struct {
	Domain      registrar.Domain
	TLD         registrar.TLD
	Holder      registrar.ContactVersion
	Line        timeline
	RenewPrice  *registrar.Money // one year; nil when it is not sold
	Operations  []registrar.Operation
	History     []happening
	Notices     []sentNotice
	Busy        bool
	Poll        ui.Poll
	NameServers []string // as typed, or as they are, with room for more
	Key         string
	Edit        bool // the name server form is open
	Field       string
	API         string

	Locks     []lockLine
	CodeUntil *time.Time // a transfer code is good until then
	Hosts     []registrar.Host
	Roles     []roleLine
	More      bool // there is more history
	Ours      bool // active, and to be changed here
}

// happening is one line of the history.
type happening struct {
	At   time.Time
	What string
	By   string
	Note string

	State registrar.OperationState // of a request that did not simply succeed
}

// timeline places today between registration and expiry.
type timeline struct {
	From, To, Today time.Time
	Percent         int // of the way, 0-100
	Shown           bool
	Soon            bool
}

func (p *Portal) domainPage(c echo.Context, v visitor) error {
	view, err := p.domain(c, v)
	if err != nil {
		return err
	}
	return p.showDomain(c, view, nil)
}

func (p *Portal) showDomain(c echo.Context, view domainView, problem error) error {
	page := p.shell.Page(c, view.Domain.UName, view)
	page.Crumbs = []ui.Crumb{{Label: "My domains", Href: "/domains"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "domain", page)
}

// domainLive is the part of the domain page that changes while workers work.
func (p *Portal) domainLive(c echo.Context, v visitor) error {
	view, err := p.domain(c, v)
	if err != nil {
		return err
	}
	return p.shell.Fragment(c, "domain", "live", view)
}

func (p *Portal) domain(c echo.Context, v visitor) (domainView, error) {
	ctx := c.Request().Context()
	d, err := p.engine.OwnedDomain(ctx, v.Customer.ID, c.Param("name"))
	if err != nil {
		if ui.StatusOf(err) < 500 {
			err = registrar.Errorf(registrar.KindNotFound, "no_such_domain", "This domain is not in your account.")
		}
		return domainView{}, err
	}
	view := domainView{
		Ours:   d.State == registrar.DomainActive && d.Mirrored() == "" && !d.Unproved(),
		Domain: d, Line: place(d, p.engine.Now()), NameServers: ui.WithRoom(d.NameServers), Key: uuid.NewString(), API: p.apiURL,
		Poll: ui.NextPoll(c, "/domains/"+d.Name+"/live"),
	}
	cat, err := p.engine.Catalogue(ctx)
	if err != nil {
		return view, err
	}
	view.TLD, _ = cat.TLD(d.TLD)
	if price, ok := cat.Price(d.TLD, registrar.ActionRenew, 1, v.Customer.Currency, p.engine.Now()); ok {
		view.RenewPrice = &price.Sale
	}
	if d.Registrant.ContactID != "" {
		if view.Holder, err = p.engine.Read().ContactVersion(ctx, d.Registrant); err != nil {
			return view, fmt.Errorf("reading holder: %w", err)
		}
	}
	if view.Notices, err = p.noticesOf(ctx, d); err != nil {
		return view, err
	}
	if err := p.fillLife(c, v, &view); err != nil {
		return view, err
	}
	return view, p.fillHistory(c, v, &view)
}

// fillLife reads locks, transfer code, hosts and contacts.
func (p *Portal) fillLife(c echo.Context, v visitor, view *domainView) error {
	var err error
	if view.Locks, err = p.locks(c, view.Domain); err != nil {
		return err
	}
	record, err := p.engine.Read().CodeRecord(c.Request().Context(), view.Domain.ID)
	if err != nil && !registrar.IsNotFound(err) {
		return fmt.Errorf("reading transfer code: %w", err)
	}
	view.CodeUntil = record.ExpiresAt
	if view.Hosts, err = p.engine.Hosts(c.Request().Context(), v.Customer.ID, view.Domain.Name); err != nil {
		return err
	}
	view.Roles, err = p.roles(c, v, view.Domain)
	return err
}

func (p *Portal) fillHistory(c echo.Context, v visitor, view *domainView) error {
	ctx, read := c.Request().Context(), p.engine.Read()
	filter := registrar.OperationFilter{CustomerID: v.Customer.ID, DomainID: view.Domain.ID}
	operations, err := read.Operations(ctx, filter, registrar.Page{Limit: 20})
	if err != nil {
		return fmt.Errorf("reading operations: %w", err)
	}
	now := p.engine.Now()
	for _, op := range operations {
		view.Busy = view.Busy || op.State == registrar.OpRunning
		if op.FinishedAt == nil || now.Sub(*op.FinishedAt) < fresh {
			view.Operations = append(view.Operations, op)
		}
	}
	list, next, err := p.history(c, v, view.Domain, registrar.Page{Limit: 20})
	view.History, view.More = list, next != ""
	return err
}

// fresh is how long the result of a request stays at the top of the page; later
// it is history.
const fresh = 10 * time.Minute

// byWhom says who acted, in the customer's eyes.
func byWhom(by registrar.Actor, v visitor) string {
	switch by.Kind {
	case registrar.ActorCustomer:
		if by.ID == v.User.ID {
			return "you"
		}
		return "a user of your account"
	case registrar.ActorToken:
		return "an API token of yours"
	case registrar.ActorStaff:
		return "our staff"
	case registrar.ActorSystem:
	}
	return "the registry, carried out by us"
}

// place puts now on the way from registration to expiry.
func place(d registrar.Domain, now time.Time) timeline {
	if d.CreatedAt == nil || d.ExpiresAt == nil || !d.ExpiresAt.After(*d.CreatedAt) {
		return timeline{}
	}
	t := timeline{From: *d.CreatedAt, To: *d.ExpiresAt, Today: now, Shown: true}
	t.Percent = min(100, max(0, int(100*now.Sub(t.From)/t.To.Sub(t.From))))
	t.Soon = t.To.Sub(now) < soonDays*24*time.Hour
	return t
}

// nameServersDo asks for a new delegation.
func (p *Portal) nameServersDo(c echo.Context, v visitor) error {
	view, err := p.domain(c, v)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil || uuid.Validate(values.Get("key")) != nil {
		return echo.ErrBadRequest
	}
	hosts := ui.Trimmed(values["nameservers"])
	key := &registrar.KeyRequest{Key: "nameservers-" + values.Get("key"), BodyDigest: digestOf("nameservers", view.Domain.Name, hosts)}
	ctx := c.Request().Context()
	_, err = p.engine.ChangeNameServers(ctx, actor(c, v), v.Customer.ID, view.Domain.Name, hosts, key)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view.NameServers, view.Edit, view.Field = ui.WithRoom(hosts), true, ui.FieldOf(err)
		return p.showDomain(c, view, err)
	}
	p.shell.Sessions.Say(ctx, "The new name servers are on their way to the registry.")
	return p.shell.Redirect(c, "/domains/"+view.Domain.Name)
}

// renewView asks once, with price and effect, before money is spent.
type renewView struct {
	Domain    registrar.Domain
	Choices   []renewChoice
	Years     int
	Price     registrar.Money
	Until     time.Time
	Balance   registrar.Money
	Missing   registrar.Money
	After     registrar.Money
	Agreement agreement.Text
	Key       string
	API       string
}

type renewChoice struct {
	Years int
	Price registrar.Money
	Until time.Time
}

func (p *Portal) renewPage(c echo.Context, v visitor) error {
	years, err := strconv.Atoi(c.QueryParam("years"))
	if err != nil {
		years = 0
	}
	view, err := p.renewal(c, v, years)
	if err != nil {
		return err
	}
	return p.showRenewal(c, view, nil)
}

func (p *Portal) showRenewal(c echo.Context, view renewView, problem error) error {
	page := p.shell.Page(c, "Renew "+view.Domain.UName, view)
	page.Crumbs = []ui.Crumb{{Label: "My domains", Href: "/domains"}, {Label: view.Domain.UName, Href: "/domains/" + view.Domain.Name}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "renew", page)
}

// renewal collects the choices: every period that today's prices and the cap of
// the ending allow.
func (p *Portal) renewal(c echo.Context, v visitor, years int) (renewView, error) {
	ctx := c.Request().Context()
	d, err := p.engine.OwnedDomain(ctx, v.Customer.ID, c.Param("name"))
	if err != nil {
		return renewView{}, err
	}
	view := renewView{Domain: d, Agreement: p.engine.AgreementIn(v.Customer.Language), Key: uuid.NewString(), API: p.apiURL}
	cat, err := p.engine.Catalogue(ctx)
	if err != nil {
		return view, err
	}
	account, err := p.engine.Balance(ctx, v.Customer.ID)
	if err != nil {
		return view, err
	}
	view.Balance, view.Missing = account.Available(), registrar.Money{Currency: account.Currency}
	tld, _ := cat.TLD(d.TLD)
	now := p.engine.Now()
	for y := 1; y <= tld.MaxYears && d.ExpiresAt != nil; y++ {
		until := d.ExpiresAt.AddDate(y, 0, 0)
		price, ok := cat.Price(d.TLD, registrar.ActionRenew, y, v.Customer.Currency, now)
		if !ok || until.After(now.AddDate(tld.MaxYears, 0, 0).Add(24*time.Hour)) {
			continue
		}
		choice := renewChoice{y, price.Sale, until}
		view.Choices = append(view.Choices, choice)
		if y == years || view.Years == 0 {
			view.Years, view.Price, view.Until = choice.Years, choice.Price, choice.Until
		}
	}
	view.After = registrar.Money{Minor: view.Balance.Minor - view.Price.Minor, Currency: view.Balance.Currency}
	if view.After.Minor < 0 {
		view.Missing.Minor = -view.After.Minor
	}
	return view, nil
}

// renewDo orders the renewal at the price that was shown.
func (p *Portal) renewDo(c echo.Context, v visitor) error {
	years, err := strconv.Atoi(c.FormValue("years"))
	if err != nil {
		return echo.ErrBadRequest
	}
	shown, err := registrar.ParseMoney(c.FormValue("price"), v.Customer.Currency)
	if err != nil || uuid.Validate(c.FormValue("key")) != nil {
		return echo.ErrBadRequest
	}
	d, err := p.engine.OwnedDomain(c.Request().Context(), v.Customer.ID, c.Param("name"))
	if err != nil {
		return err
	}
	order, _, err := p.engine.PlaceOrder(c.Request().Context(), actor(c, v), registrar.OrderRequest{
		CustomerID: v.Customer.ID,
		Lines:      []registrar.LineRequest{{Action: registrar.ActionRenew, Name: d.Name, Years: years, Expect: &shown, CurrentExpiry: c.FormValue("expiry")}},
		Agreement:  registrar.Agreement{Version: c.FormValue("agreement"), Language: c.FormValue("agreement_language")},
		Key:        &registrar.KeyRequest{Key: "renew-" + c.FormValue("key"), BodyDigest: digestOf("renew", d.Name, years, c.FormValue("expiry"))},
	})
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view, verr := p.renewal(c, v, years)
		if verr != nil {
			return verr
		}
		return p.showRenewal(c, view, err)
	}
	return p.shell.Redirect(c, "/orders/"+order.ID)
}
