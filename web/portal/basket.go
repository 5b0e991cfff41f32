package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// keyBasket holds the id of a visitor's basket in the session until they sign in;
// from then on the basket is the customer's.
const keyBasket = "basket_id"

// basketID returns whose basket the visitor fills, "" when there is none yet.
func (p *Portal) basketID(c echo.Context) string {
	if v, ok := visitorOf(c); ok {
		return v.Customer.ID
	}
	return p.shell.Sessions.Get(c.Request().Context(), keyBasket)
}

// ownBasket is basketID that makes one.
func (p *Portal) ownBasket(c echo.Context) string {
	id := p.basketID(c)
	if id == "" {
		id = p.engine.NewBasket()
		p.shell.Sessions.Put(c.Request().Context(), keyBasket, id)
	}
	return id
}

// adoptBasket makes the visitor's basket the customer's.
func (p *Portal) adoptBasket(c echo.Context, customerID string) error {
	ctx := c.Request().Context()
	visitors := p.shell.Sessions.Get(ctx, keyBasket)
	if visitors == "" {
		return nil
	}
	cus, err := p.engine.Read().Customer(ctx, customerID)
	if err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	left, err := p.engine.AdoptBasket(ctx, visitors, cus)
	if err != nil {
		return err
	}
	p.sayLeftOut(c, left)
	p.shell.Sessions.Remove(ctx, keyBasket)
	return nil
}

func (p *Portal) basket(c echo.Context) ([]registrar.BasketLine, error) {
	return p.engine.Basket(c.Request().Context(), p.basketID(c))
}

// priced is a basket line as it can be ordered now.
type priced struct {
	registrar.BasketLine
	UName, TLD string
	Choices    []int            // years that may be chosen
	Was        *registrar.Money // the price that was shown, when it differs
	Renewal    registrar.Money  // one year later
	Sold       bool
	Holder     string // name of the line's own holder, "" = chosen at checkout
	Caution    registrar.Caution
	Quote      *registrar.Quote // the registry's answer, when it was asked
}

// Stamp is the moment of the quote, as forms carry it.
func (l priced) Stamp() string { return strconv.FormatInt(l.QuotedAt.UnixMicro(), 10) }

// Servers joins the line's own name servers for a field.
func (l priced) Servers() string { return strings.Join(l.NameServers, " ") }

// basketView is basket with sums.
type basketView struct {
	Lines    []priced
	Total    registrar.Money
	Ready    bool      // every line can be ordered
	Until    time.Time // when the first quote ends
	Changed  bool      // a price differs from the one that was shown
	Contacts []registrar.ContactVersion
	SignedIn bool
	Open     string // name of the line whose details are open
	Field    string // of that line, what a problem is about
	Typed    []string
	Checked  bool
}

func (p *Portal) currency(c echo.Context) string {
	if v, ok := visitorOf(c); ok {
		return v.Customer.Currency
	}
	return p.engine.Currency()
}

// price puts prices to lines: the one quoted while the quote holds, else today's.
// Lines whose quote has ended carry a new one and what was shown before.
func (p *Portal) price(c echo.Context, lines []registrar.BasketLine) (basketView, error) {
	cat, err := p.engine.Catalogue(c.Request().Context())
	if err != nil {
		return basketView{}, err
	}
	cur, now := p.currency(c), p.engine.Now()
	view := basketView{Total: registrar.Money{Currency: cur}, Ready: len(lines) > 0}
	for _, l := range lines {
		line := priceLine(cat, l, cur, now)
		view.Lines = append(view.Lines, line)
		if !line.Sold {
			view.Ready = false
			continue
		}
		view.Changed = view.Changed || line.Was != nil
		view.Total.Minor += line.Price.Minor
		if until := line.QuoteUntil(); view.Until.IsZero() || until.Before(view.Until) {
			view.Until = until
		}
	}
	return view, nil
}

func priceLine(cat *registrar.Catalogue, l registrar.BasketLine, cur string, now time.Time) priced {
	line := priced{BasketLine: l, UName: ui.UName(l.Name)}
	if n, err := registrar.ParseName(l.Name); err == nil {
		line.Caution = n.Caution()
	}
	at := l.QuotedAt
	if now.After(l.QuoteUntil()) || at.After(now) {
		at = now
	}
	tld, ok := cat.Find(l.Name)
	price, sold := cat.Price(tld.Name, registrar.ActionRegister, l.Years, cur, at)
	if line.Sold = ok && tld.Active && sold; !line.Sold {
		return line
	}
	if shown := l.Price; shown != price.Sale && shown.Currency == cur {
		line.Was = &shown
	}
	if line.Was != nil {
		at = now // a price that was corrected is quoted anew
		if price, sold = cat.Price(tld.Name, registrar.ActionRegister, l.Years, cur, at); !sold {
			line.Sold = false
			return line
		}
	}
	line.TLD, line.Price, line.QuotedAt = tld.Name, price.Sale, at
	if renew, ok := cat.Price(tld.Name, registrar.ActionRenew, 1, cur, now); ok {
		line.Renewal = renew.Sale
	}
	for y := tld.MinYears; y <= tld.MaxYears; y++ {
		line.Choices = append(line.Choices, y)
	}
	return line
}

func (p *Portal) basketPage(c echo.Context) error {
	return p.showBasket(c, "", nil, nil)
}

// showBasket renders the basket; open is the line whose details are open, typed
// what was typed there and problem what stopped a change.
func (p *Portal) showBasket(c echo.Context, open string, typed []string, problem error) error {
	ctx := c.Request().Context()
	lines, err := p.basket(c)
	if err != nil {
		return err
	}
	view, err := p.price(c, lines)
	if err != nil {
		return err
	}
	if v, ok := visitorOf(c); ok {
		view.SignedIn = true
		if view.Contacts, err = p.contacts(c, v); err != nil {
			return err
		}
	}
	view.Open, view.Typed, view.Field = open, typed, ui.FieldOf(problem)
	if open == "" {
		view.Open = c.QueryParam("line")
	}
	if err := p.nameHolders(c, &view); err != nil {
		return err
	}
	if c.QueryParam("check") != "" && len(lines) > 0 {
		if err := p.checkBasket(c, &view); err != nil {
			return err
		}
	}
	page, status := p.shell.Page(c, "Basket", view), http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	if status == http.StatusOK && page.Problem == "" && view.Changed {
		p.requote(ctx, c, view)
	}
	return p.shell.Render(c, status, "basket", page)
}

// requote keeps the new quotes, so that the next page shows them without the old
// price. Another tab may have been faster: then its quote is the one that holds.
func (p *Portal) requote(ctx context.Context, c echo.Context, view basketView) {
	for _, l := range view.Lines {
		if l.Was == nil {
			continue
		}
		_, err := p.engine.ChangeBasketLine(ctx, l.Basket, p.customerID(c), p.currency(c), l.Name, l.Revision, registrar.BasketChange{})
		if err != nil && registrar.KindOf(err) != registrar.KindConflict && registrar.KindOf(err) != registrar.KindNotFound {
			p.log.WarnContext(ctx, "quote not kept", "error", err)
		}
	}
}

func (p *Portal) customerID(c echo.Context) string {
	v, _ := visitorOf(c)
	return v.Customer.ID
}

// nameHolders fills in who holds the lines that have a holder of their own.
func (p *Portal) nameHolders(c echo.Context, view *basketView) error {
	for i, l := range view.Lines {
		if l.ContactID == "" {
			continue
		}
		v, err := p.engine.Read().ContactVersion(c.Request().Context(), registrar.ContactRef{ContactID: l.ContactID})
		if err != nil && !registrar.IsNotFound(err) {
			return fmt.Errorf("reading contact: %w", err)
		}
		if err == nil && v.CustomerID == p.customerID(c) {
			view.Lines[i].Holder = v.Name
			if v.Organization != "" {
				view.Lines[i].Holder += ", " + v.Organization
			}
		}
	}
	return nil
}

// checkBasket asks the registries whether the names are still free.
func (p *Portal) checkBasket(c echo.Context, view *basketView) error {
	var names []string
	for _, l := range view.Lines {
		names = append(names, l.Name)
	}
	if err := p.charge(c, len(names)); err != nil {
		return err
	}
	quotes, err := p.engine.Check(c.Request().Context(), names, p.currency(c))
	if err != nil {
		return err
	}
	view.Checked = true
	for i := range quotes {
		view.Lines[i].Quote = &quotes[i]
	}
	return nil
}

// basketAdd puts one name into the basket. htmx gets the button's new state and
// the count; a plain form goes back to where it was.
func (p *Portal) basketAdd(c echo.Context) error {
	name, err := registrar.ParseName(c.FormValue("name"))
	if err != nil {
		return err
	}
	if _, err := p.put(c, []string{name.A}); err != nil {
		return err
	}
	if ui.IsFragment(c) {
		lines, err := p.basket(c)
		if err != nil {
			return err
		}
		return p.shell.Fragment(c, "search", "added", map[string]any{"Count": len(lines), "Name": ui.UName(name.A)})
	}
	return p.shell.Redirect(c, ui.LocalPath(c.FormValue("next"), "/basket"))
}

// basketAddAll puts many names into the basket, as many as it takes, and says
// what stayed outside.
func (p *Portal) basketAddAll(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil || len(form["name"]) > registrar.MaxStreamNames {
		return echo.ErrBadRequest
	}
	left, err := p.put(c, form["name"])
	if err != nil {
		return err
	}
	p.sayLeftOut(c, left)
	return p.shell.Redirect(c, "/basket")
}

// maxNamed bounds the names in one sentence.
const maxNamed = 100

// sayLeftOut tells which names found no room in the basket, on the next page.
func (p *Portal) sayLeftOut(c echo.Context, left []string) {
	if len(left) == 0 {
		return
	}
	var named []string
	for _, name := range left[:min(len(left), maxNamed)] {
		named = append(named, ui.UName(name))
	}
	list := strings.Join(named, ", ")
	if more := len(left) - len(named); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	p.shell.Sessions.Say(c.Request().Context(), fmt.Sprintf("The basket takes %d names: %s left out (%s). Order these first, then search again.",
		registrar.MaxBasket, ui.Plural(len(left), "name was", "names were"), list))
}

func (p *Portal) put(c echo.Context, names []string) (left []string, err error) {
	if err := ui.Charge(p.search, ratelimit.Client(c.RealIP())); err != nil {
		return nil, err
	}
	return p.engine.AddToBasket(c.Request().Context(), p.ownBasket(c), p.currency(c), names)
}

// basketChange changes or removes one line; the others stay as they are, whatever
// another tab does.
func (p *Portal) basketChange(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	ctx, basket := c.Request().Context(), p.basketID(c)
	if gone := form.Get("remove"); gone != "" {
		if err := p.engine.RemoveFromBasket(ctx, basket, []string{gone}); err != nil {
			return err
		}
		return p.shell.Redirect(c, "/basket")
	}
	name := form.Get("name")
	change, revision, err := lineChange(form)
	if err != nil {
		return echo.ErrBadRequest
	}
	_, err = p.engine.ChangeBasketLine(ctx, basket, p.customerID(c), p.currency(c), name, revision, change)
	if gone := new(registrar.Error); errors.As(err, &gone) && gone.Code == "not_in_basket" {
		p.shell.Sessions.Say(ctx, gone.Detail)
		return p.shell.Redirect(c, "/basket")
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		open := ""
		if change.NameServers != nil {
			open = name
		}
		return p.showBasket(c, open, form["nameservers"], err)
	}
	if form.Get("contact") == holderNew {
		return p.shell.Redirect(c, "/basket/holder?"+url.Values{"name": {name}}.Encode())
	}
	return p.shell.Redirect(c, "/basket")
}

// lineChange reads what of a line shall change: fields that are not in the form
// stay.
func lineChange(form url.Values) (registrar.BasketChange, int, error) {
	var change registrar.BasketChange
	revision, err := strconv.Atoi(form.Get("revision"))
	if err != nil || revision < 1 {
		return change, 0, errors.New("no revision")
	}
	if form.Has("years") {
		years, err := strconv.Atoi(form.Get("years"))
		if err != nil {
			return change, 0, err
		}
		change.Years = &years
	}
	if contact := form.Get("contact"); form.Has("contact") && contact != holderNew {
		change.ContactID = &contact
	}
	if form.Has("nameservers") {
		servers := ui.Trimmed(form["nameservers"])
		if servers == nil {
			servers = []string{}
		}
		change.NameServers = &servers
	}
	return change, revision, nil
}
