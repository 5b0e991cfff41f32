package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// maxBasket is what one order takes.
const maxBasket = 50

// item is a name in the basket. The basket lives in the session, so that it
// works before signing in.
type item struct {
	Name  string `json:"n"` // A-label
	Years int    `json:"y"`
}

const keyBasket = "basket"

func (p *Portal) basket(c echo.Context) []item {
	raw := p.shell.Sessions.Get(c.Request().Context(), keyBasket)
	if raw == "" {
		return nil
	}
	var items []item
	if err := json.Unmarshal([]byte(raw), &items); err != nil {
		p.log.WarnContext(c.Request().Context(), "basket dropped: not readable", "error", err)
		return nil
	}
	return items
}

func (p *Portal) keepBasket(c echo.Context, items []item) error {
	ctx := c.Request().Context()
	if len(items) == 0 {
		p.shell.Sessions.Remove(ctx, keyBasket)
		return nil
	}
	raw, err := json.Marshal(items)
	if err != nil {
		return err
	}
	p.shell.Sessions.Put(ctx, keyBasket, string(raw))
	return nil
}

// priced is a basket line with today's price.
type priced struct {
	Name, UName, TLD string
	Years            int
	Choices          []int // years that may be chosen
	Price            registrar.Money
	Was              *registrar.Money // the price that was shown, when it differs
	Renewal          registrar.Money  // one year later
	Sold             bool
}

// basketView is basket with sums.
type basketView struct {
	Lines []priced
	Total registrar.Money
	Ready bool // every line can be ordered
}

func (p *Portal) currency(c echo.Context) string {
	if v, ok := visitorOf(c); ok {
		return v.Customer.Currency
	}
	return p.engine.Currency()
}

// price puts today's prices to items.
func (p *Portal) price(c echo.Context, items []item) (basketView, error) {
	cat, err := p.engine.Catalogue(c.Request().Context())
	if err != nil {
		return basketView{}, err
	}
	cur, now := p.currency(c), p.engine.Now()
	view := basketView{Total: registrar.Money{Currency: cur}, Ready: len(items) > 0}
	for _, it := range items {
		line := priced{Name: it.Name, UName: ui.UName(it.Name), Years: it.Years}
		tld, ok := cat.Find(it.Name)
		price, sold := cat.Price(tld.Name, registrar.ActionRegister, it.Years, cur, now)
		line.Sold = ok && tld.Active && sold
		if !line.Sold {
			view.Ready = false
			view.Lines = append(view.Lines, line)
			continue
		}
		line.TLD, line.Price = tld.Name, price.Sale
		if renew, ok := cat.Price(tld.Name, registrar.ActionRenew, 1, cur, now); ok {
			line.Renewal = renew.Sale
		}
		for y := tld.MinYears; y <= tld.MaxYears; y++ {
			line.Choices = append(line.Choices, y)
		}
		view.Total.Minor += price.Sale.Minor
		view.Lines = append(view.Lines, line)
	}
	return view, nil
}

func (p *Portal) basketPage(c echo.Context) error {
	view, err := p.price(c, p.basket(c))
	if err != nil {
		return err
	}
	return p.shell.Render(c, http.StatusOK, "basket", p.shell.Page(c, "Basket", view))
}

// basketAdd puts one name into the basket. htmx gets the button's new state and
// the count; a plain form goes back to where it was.
func (p *Portal) basketAdd(c echo.Context) error {
	name, err := registrar.ParseName(c.FormValue("name"))
	if err != nil {
		return err
	}
	items, _, err := p.put(c, []string{name.A})
	if err != nil {
		return err
	}
	if ui.IsFragment(c) {
		return p.shell.Fragment(c, "search", "added", map[string]any{"Count": len(items), "Name": name.U})
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
	_, left, err := p.put(c, form["name"])
	if err != nil {
		return err
	}
	if left > 0 {
		p.shell.Sessions.Say(c.Request().Context(), fmt.Sprintf("The basket takes %d names: %s left out. Order these first, then search again.", maxBasket, ui.Plural(left, "name was", "names were")))
	}
	return p.shell.Redirect(c, "/basket")
}

// put adds names to the basket; left counts those it has no room for.
func (p *Portal) put(c echo.Context, names []string) (items []item, left int, err error) {
	cat, err := p.engine.Catalogue(c.Request().Context())
	if err != nil {
		return nil, 0, err
	}
	items = p.basket(c)
	for _, typed := range names {
		name, err := registrar.ParseName(typed)
		if err != nil {
			return items, 0, err
		}
		tld, ok := cat.Find(name.A)
		switch {
		case !ok || !tld.Active:
			return items, 0, registrar.Errorf(registrar.KindUnsupported, "tld_not_sold", "This ending is not sold here.")
		case slices.ContainsFunc(items, func(it item) bool { return it.Name == name.A }):
		case len(items) < maxBasket:
			items = append(items, item{name.A, max(1, tld.MinYears)})
		case len(names) == 1:
			return items, 0, registrar.Errorf(registrar.KindInvalid, "basket_full", "The basket takes %d names. Please order these first.", maxBasket)
		default:
			left++
		}
	}
	return items, left, p.keepBasket(c, items)
}

// basketChange sets years and removes names; the form carries name and years of
// every line, and the name to remove.
func (p *Portal) basketChange(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	years := yearsByName(form)
	var kept []item
	for _, it := range p.basket(c) {
		if it.Name == form.Get("remove") {
			continue
		}
		if y, ok := years[it.Name]; ok {
			it.Years = y
		}
		kept = append(kept, it)
	}
	if err := p.keepBasket(c, kept); err != nil {
		return err
	}
	if form.Get("go") == "checkout" {
		return p.shell.Redirect(c, "/checkout")
	}
	return p.shell.Redirect(c, "/basket")
}

// yearsByName reads the parallel fields name and years.
func yearsByName(form url.Values) map[string]int {
	out := make(map[string]int)
	for i, name := range form["name"] {
		if i >= len(form["years"]) {
			break
		}
		if y, err := strconv.Atoi(form["years"][i]); err == nil && y >= 1 && y <= 99 {
			out[name] = y
		}
	}
	return out
}
