package portal

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// found is one row of the result list.
type found struct {
	ID      string // of the row in the page
	Quote   registrar.Quote
	Pending bool // the registry has not been asked yet
	Basket  bool // in the basket already
	Owned   bool // the visitor holds it
	Can     bool // may be put into the basket
	NoName  bool // what was typed is no domain name
	Price   registrar.Money
	Renewal registrar.Money
	Next    string
	Swap    bool // the row replaces a pending one
}

// searchView is the search page.
type searchView struct {
	Query string
	Rows  []found
	Parts []string // addresses that deliver pending rows
	TLDs  []registrar.PriceLine
	Cut   bool // more names were given than are checked at once
}

// searchPage shows the field and, with ?q=, the results. A browser without
// JavaScript gets them whole; htmx gets rows at once and fills them in registry
// by registry.
func (p *Portal) searchPage(c echo.Context) error {
	view := searchView{Query: strings.TrimSpace(c.QueryParam("q"))}
	list, err := p.engine.PriceList(c.Request().Context(), p.currency(c))
	if err != nil {
		return err
	}
	view.TLDs = list
	page := p.shell.Page(c, "Find a domain", nil)
	page.Query = view.Query
	if view.Query != "" {
		if err := ui.Charge(p.search, ratelimit.Client(c.RealIP())); err != nil {
			return err
		}
		if err := p.fillResults(c, &view); err != nil {
			if ui.Mishap(err) {
				return err
			}
			page.Problem = ui.Problem(err)
		}
	}
	page.Data = view
	if ui.IsFragment(c) {
		return p.shell.Fragment(c, "search", "results", view)
	}
	return p.shell.Render(c, http.StatusOK, "search", page)
}

func (p *Portal) fillResults(c echo.Context, view *searchView) error {
	cat, err := p.engine.Catalogue(c.Request().Context())
	if err != nil {
		return err
	}
	names := candidates(view.Query, view.TLDs)
	if len(names) > registrar.MaxCheckNames {
		names, view.Cut = names[:registrar.MaxCheckNames], true
	}
	next := "/?q=" + url.QueryEscape(view.Query)
	if !ui.IsFragment(c) {
		view.Rows, err = p.check(c, names, next)
		return err
	}
	byRegistry := make(map[string][]string)
	for _, input := range names {
		registry := ""
		name, err := registrar.ParseName(input)
		if err == nil {
			if tld, ok := cat.Find(name.A); ok && tld.Active {
				registry = tld.Registry
				byRegistry[registry] = append(byRegistry[registry], name.A)
			}
		}
		if registry == "" {
			rows, err := p.check(c, []string{input}, next) // asks nobody
			if err != nil {
				return err
			}
			view.Rows = append(view.Rows, rows...)
			continue
		}
		view.Rows = append(view.Rows, found{ID: rowID(name.A), Pending: true, Quote: registrar.Quote{Name: name.A, UName: name.U}})
	}
	view.Parts = partURLs(byRegistry, next)
	return nil
}

// partURLs spreads the names of each registry over requests that stay short.
func partURLs(byRegistry map[string][]string, next string) []string {
	const perPart = 40
	var registries []string
	for r := range byRegistry {
		registries = append(registries, r)
	}
	sort.Strings(registries)
	var urls []string
	for _, r := range registries {
		for chunk := range slices.Chunk(byRegistry[r], perPart) {
			q := url.Values{"names": {strings.Join(chunk, ",")}, "next": {next}}
			urls = append(urls, "/search/part?"+q.Encode())
		}
	}
	return urls
}

// searchPart delivers the rows of some names once their registry has answered.
func (p *Portal) searchPart(c echo.Context) error {
	if err := ui.Charge(p.search, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	rows, err := p.check(c, strings.Split(c.QueryParam("names"), ","), ui.LocalPath(c.QueryParam("next"), "/"))
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Swap = true
	}
	return p.shell.Fragment(c, "search", "rows", rows)
}

// check asks the registries and marks what the visitor has already.
func (p *Portal) check(c echo.Context, names []string, next string) ([]found, error) {
	ctx := c.Request().Context()
	quotes, err := p.engine.Check(ctx, names, p.currency(c))
	if err != nil {
		return nil, err
	}
	inBasket := make(map[string]bool)
	for _, it := range p.basket(c) {
		inBasket[it.Name] = true
	}
	v, signedIn := visitorOf(c)
	var rows []found
	for _, q := range quotes {
		row := found{
			ID: rowID(q.Name), Quote: q, Basket: inBasket[q.Name], Next: next,
			Price: q.Prices[registrar.ActionRegister], Renewal: q.Prices[registrar.ActionRenew],
			Can: q.Status == registrar.Available,
		}
		if q.Status == registrar.Unsupported && q.TLD == "" {
			_, err := registrar.ParseName(q.Name)
			row.NoName = err != nil
		}
		if signedIn && q.Status == registrar.Registered {
			_, err := p.engine.OwnedDomain(ctx, v.Customer.ID, q.Name)
			if err != nil && !registrar.IsNotFound(err) {
				return nil, err
			}
			row.Owned = err == nil
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rowID names a row in the page.
func rowID(name string) string { return "r-" + strings.ReplaceAll(name, ".", "_") }

// candidates reads what a person typed or pasted: names, addresses, several at
// once. A label without ending is offered under every ending that is sold.
func candidates(query string, sold []registrar.PriceLine) []string {
	parts := strings.FieldsFunc(query, func(r rune) bool { return strings.ContainsRune(" ,;\n\r\t\u00a0\u3000、", r) })
	var out []string
	seen := make(map[string]bool)
	add := func(name string) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
	}
	for _, part := range parts {
		name := stripURL(part)
		switch {
		case name == "":
		case strings.ContainsAny(name, ".。．"):
			add(name)
		default:
			for _, line := range sold {
				add(name + "." + line.TLD.Name)
			}
		}
	}
	return out
}

// stripURL makes "https://www.example.com/x" the name "example.com".
func stripURL(s string) string {
	if i := strings.Index(s, "://"); i >= 0 {
		s = s[i+3:]
		s, _, _ = strings.Cut(s, "/")
		s, _, _ = strings.Cut(s, ":")
		s = strings.TrimPrefix(s, "www.")
	}
	return strings.Trim(s, ".\"'<>()")
}
