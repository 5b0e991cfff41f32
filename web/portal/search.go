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
	Idea    bool // a suggestion of ours
	Look    bool // the visitor's role may look and not buy
}

// preview says what will be registered for what was typed.
type preview struct {
	Typed, Shown, ASCII string
	Caution             registrar.Caution
}

// searchView is the search page.
type searchView struct {
	Query   string
	List    bool // a list was pasted: the field for lists is open
	Rows    []found
	Ideas   []found
	Preview []preview
	TLDs    []registrar.PriceLine
	Picked  []string // endings chosen for labels without one
	Wishes  registrar.Wishes
	Limit   int
	Whole   string // address of the page with all answers in it; "" = this one
	Pending bool   // rows are filled in by the stream
	Show    string // "available" hides what can't be had
	Sort    string // "", "name" or "price"
	Next    string
	Look    bool // the visitor's role may look and not buy
}

// Can counts the rows that may be put into the basket.
func (v searchView) Can() int {
	n := 0
	for _, r := range v.Rows {
		if r.Can && !r.Basket && !r.Look {
			n++
		}
	}
	return n
}

// maxPreviews keeps the notes above a list short.
const maxPreviews = 5

// searchPage shows the field and, with ?q=, the results. A browser gets the list
// of names at once and then the answers by searchStream; without JavaScript it is
// led to the page with &whole=1, which holds all answers. Programs get that, too.
func (p *Portal) searchPage(c echo.Context) error {
	return p.searchFor(c, c.QueryParams(), c.QueryParam("whole") == "" && (ui.IsFragment(c) || c.Request().Header.Get("Sec-Fetch-Mode") == "navigate"))
}

// searchList is searchPage for lists that are too long for an address.
func (p *Portal) searchList(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	return p.searchFor(c, form, form.Get("whole") == "")
}

func (p *Portal) searchFor(c echo.Context, asked url.Values, stream bool) error {
	post := c.Request().Method == http.MethodPost
	view := searchView{
		Look:  mayOnlyLook(c),
		Query: strings.TrimSpace(asked.Get("q")), Picked: asked["ending"], List: post, Pending: stream,
		Show: asked.Get("show"), Sort: asked.Get("sort"), Limit: registrar.MaxStreamNames, Next: "/basket",
	}
	var err error
	if view.TLDs, err = p.engine.PriceList(c.Request().Context(), p.currency(c)); err != nil {
		return err
	}
	page := p.shell.Page(c, "Find a domain", nil)
	page.Query = view.Query
	if view.Query != "" {
		if !post {
			page.NoIndex = true
			view.Next = "/?" + url.Values{"q": {view.Query}}.Encode()
			if stream {
				q := url.Values{"q": {view.Query}, "whole": {"1"}, "ending": view.Picked}
				view.Whole = "/?" + q.Encode()
			}
		}
		if err := p.fillResults(c, &view); err != nil {
			if ui.Mishap(err) || ui.StatusOf(err) == http.StatusTooManyRequests {
				return err
			}
			page.Problem = ui.Problem(err)
		}
	} else {
		page.Query = ""
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
	view.Wishes = registrar.ReadWishes(view.Query, cat, endingsOf(view.TLDs, view.Picked), view.Limit)
	names := view.Wishes.Names()
	view.Preview = previews(view.Wishes)
	if len(names) == 0 {
		return nil
	}
	if view.Pending {
		for _, name := range names {
			row := found{ID: rowID(name), Pending: true, Quote: registrar.Quote{Name: name, UName: registrar.Shown(name)}}
			view.Rows = append(view.Rows, row)
		}
		return ui.Charge(p.search, ratelimit.Client(c.RealIP()))
	}
	if err := p.charge(c, len(names)); err != nil {
		return err
	}
	got := make(map[string]found)
	collect := func(rows []found) {
		for _, r := range rows {
			got[r.Quote.Name] = r
		}
	}
	if err := p.ask(c, names, view.Next, collect); err != nil {
		return err
	}
	for _, name := range names {
		view.Rows = append(view.Rows, got[name])
	}
	ideas := p.ideas(c, cat, view.TLDs, view.Rows)
	if len(ideas) > 0 {
		if err := p.ask(c, ideas, view.Next, func(rows []found) { view.Ideas = append(view.Ideas, onlyGood(rows)...) }); err != nil {
			return err
		}
	}
	arrange(view)
	return nil
}

// charge takes from the visitor's budget one request for every forty names.
func (p *Portal) charge(c echo.Context, names int) error {
	for range 1 + names/40 {
		if err := ui.Charge(p.search, ratelimit.Client(c.RealIP())); err != nil {
			return err
		}
	}
	return nil
}

// endingsOf are the endings for labels without one: those picked, else all.
func endingsOf(sold []registrar.PriceLine, picked []string) []string {
	var all, some []string
	for _, line := range sold {
		all = append(all, line.TLD.Name)
		if slices.Contains(picked, line.TLD.Name) {
			some = append(some, line.TLD.Name)
		}
	}
	if len(some) > 0 {
		return some
	}
	return all
}

// previews are for names that are registered other than they were typed: once a
// label, however many endings it is asked under.
func previews(w registrar.Wishes) []preview {
	var out []preview
	seen := make(map[string]bool)
	for _, wish := range w.List {
		n, err := registrar.ParseName(wish.Name)
		label, _, _ := strings.Cut(n.A, ".")
		if err != nil || seen[label] || !strings.HasPrefix(label, "xn--") && ascii(wish.Typed) {
			continue
		}
		seen[label] = true
		one := preview{Typed: wish.Typed, Shown: n.U, ASCII: n.A, Caution: n.Caution()}
		if wish.Bare != "" {
			one.ASCII = label
			one.Shown, _, _ = strings.Cut(n.U, ".")
		}
		if out = append(out, one); len(out) == maxPreviews {
			break
		}
	}
	return out
}

func ascii(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 0x7F }) < 0 }

// maxIdeas bounds what is asked beyond the visitor's own wishes.
const maxIdeas = 12

// ideas suggests other names when one to three labels were asked for and at least
// one of them is taken.
func (p *Portal) ideas(c echo.Context, cat *registrar.Catalogue, sold []registrar.PriceLine, rows []found) []string {
	var labels []string
	taken := false
	for _, r := range rows {
		label, _, _ := strings.Cut(r.Quote.UName, ".")
		if !r.NoName && r.Quote.TLD != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
		taken = taken || r.Quote.Status == registrar.Registered || r.Quote.Status == registrar.Reserved
	}
	if !taken || len(labels) == 0 || len(labels) > 3 {
		return nil
	}
	all := registrar.Suggest(labels, cat, endingsOf(sold, nil), languages(c), maxIdeas+len(rows))
	all = slices.DeleteFunc(all, func(n string) bool {
		return slices.ContainsFunc(rows, func(r found) bool { return r.Quote.Name == n })
	})
	return all[:min(len(all), maxIdeas)]
}

// languages are those the browser asks for, English last.
func languages(c echo.Context) []string {
	var out []string
	for part := range strings.SplitSeq(c.Request().Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if tag != "" && !slices.Contains(out, tag) && len(out) < 3 {
			out = append(out, tag)
		}
	}
	if !slices.Contains(out, "en") {
		out = append(out, "en")
	}
	return out
}

// onlyGood keeps the suggestions that can be had.
func onlyGood(rows []found) []found {
	var out []found
	for _, r := range rows {
		if r.Can {
			r.Idea = true
			out = append(out, r)
		}
	}
	return out
}

// arrange filters and sorts a list that is shown whole.
func arrange(view *searchView) {
	if view.Show == "available" {
		view.Rows = slices.DeleteFunc(view.Rows, func(r found) bool { return !r.Can })
	}
	switch view.Sort {
	case "name":
		sort.SliceStable(view.Rows, func(i, j int) bool { return view.Rows[i].Quote.UName < view.Rows[j].Quote.UName })
	case "price":
		sort.SliceStable(view.Rows, func(i, j int) bool {
			a, b := view.Rows[i], view.Rows[j]
			return a.Can && (!b.Can || a.Price.Minor < b.Price.Minor)
		})
	}
}

// ask asks the registries, marks what the visitor has already and hands rows over
// as they are known.
func (p *Portal) ask(c echo.Context, names []string, next string, give func([]found)) error {
	inBasket := make(map[string]bool)
	lines, err := p.basket(c)
	if err != nil {
		return err
	}
	for _, it := range lines {
		inBasket[it.Name] = true
	}
	var failed error
	err = p.engine.CheckEach(c.Request().Context(), names, p.currency(c), func(quotes []registrar.Quote) {
		rows, err := p.rowsOf(c, quotes, next, inBasket)
		if err != nil {
			failed = err
		}
		give(rows)
	})
	if err == nil {
		err = failed
	}
	return err
}

func (p *Portal) rowsOf(c echo.Context, quotes []registrar.Quote, next string, inBasket map[string]bool) ([]found, error) {
	v, signedIn := visitorOf(c)
	var rows []found
	for _, q := range quotes {
		row := found{
			ID: rowID(q.Name), Quote: q, Basket: inBasket[q.Name], Next: next,
			Price: q.Prices[registrar.ActionRegister], Renewal: q.Prices[registrar.ActionRenew],
			Can: q.Status == registrar.Available, Look: mayOnlyLook(c),
		}
		if q.Status == registrar.Unsupported && q.TLD == "" {
			_, err := registrar.ParseName(q.Name)
			row.NoName = err != nil
		}
		if signedIn && q.Status == registrar.Registered {
			_, err := p.engine.OwnedDomain(c.Request().Context(), v.Customer.ID, q.Name)
			if err != nil && !registrar.IsNotFound(err) {
				return rows, err
			}
			row.Owned = err == nil
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rowID names a row in the page; what is no name gets an id that can't be typed.
func rowID(name string) string {
	if _, err := registrar.ParseName(name); err != nil {
		return "x-" + digestOf(name)[:16]
	}
	return "r-" + strings.ReplaceAll(name, ".", "_")
}
