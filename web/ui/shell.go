package ui

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// Brand is whose pages these are.
type Brand struct {
	Name    string // "Indera"
	Support string // address for questions, shown on error pages; may be ""
}

// Shell renders the pages of one face.
type Shell struct {
	Area      string // "portal" or "admin": folder of the templates
	Home      string // "/" or "/admin"
	Base      string // before the paths of sign-in and security: "" or "/admin"
	Brand     Brand
	Sandbox   bool
	Mailbox   bool // a readable mailbox exists at /mailbox
	Sessions  *Sessions
	Templates *Templates
	Log       *slog.Logger
	Now       func() time.Time
	// Frame fills what the visitor sees around each page: menu, account, counts.
	Frame func(c echo.Context, p *Page)
}

// Page is what the layout and one page's content need.
type Page struct {
	Title    string
	Lead     string // one line below the title
	Lang     string
	Area     string
	Home     string
	Base     string // as the shell's
	Brand    Brand
	Sandbox  bool
	Mailbox  bool
	Menu     []MenuItem
	Path     string
	Account  *Account // nil: nobody is signed in
	Acting   *Acting  // nil: who is signed in is there in person
	Basket   int      // names in the basket
	SearchTo string   // where the search field of the top bar leads
	Query    string   // what stands in it
	Crumbs   []Crumb
	Message  string // a sentence after a change
	Problem  string // a sentence about what did not work
	Request  string // reference id
	Now      time.Time
	NoIndex  bool
	May      map[string]bool // what the role of who is signed in allows, for hiding what is refused
	// Unconfirmed is the address that who is signed in must confirm before what
	// AddressConfirmed refuses is offered; "" = it is.
	Unconfirmed string
	Data        any
}

// MenuItem is an entry of the left menu.
type MenuItem struct {
	Label, Href, Icon string
	Key               string // second key of its shortcut: g and then Key
	Badge             int    // 0 = none
	Active            bool
	Parts             []MenuItem // pages of this entry, listed while one of them is open
}

// Account is who is signed in.
type Account struct{ Name, Email string }

// Acting says that a member of staff acts for the user who is signed in.
type Acting struct {
	Staff, User, Customer string // names
	Until                 time.Time
	End                   string // where the form that ends it goes
}

// Crumb is a step of the way to a page below level two.
type Crumb struct{ Label, Href string }

// Page returns a page with everything around its content.
func (s *Shell) Page(c echo.Context, title string, data any) Page {
	p := Page{
		Title: title, Lang: "en", Area: s.Area, Home: s.Home, Base: s.Base, Brand: s.Brand, Sandbox: s.Sandbox, Mailbox: s.Mailbox,
		Path: c.Request().URL.Path, Request: RequestID(c), Now: s.Now(), Data: data,
	}
	s.Frame(c, &p)
	markActive(p.Menu, p.Path, s.Home)
	return p
}

// markActive marks the entry that a path lies below, and of its parts the
// nearest one.
func markActive(menu []MenuItem, path, home string) {
	nearest := -1
	for i := range menu {
		m := &menu[i]
		markActive(m.Parts, path, home)
		if !isActive(m.Href, path, home) && !slices.ContainsFunc(m.Parts, func(part MenuItem) bool { return part.Active }) {
			continue
		}
		if nearest >= 0 && len(menu[nearest].Href) > len(m.Href) {
			continue
		}
		if nearest >= 0 {
			menu[nearest].Active = false
		}
		nearest, m.Active = i, true
	}
}

func isActive(href, path, home string) bool {
	return href == path || href != home && strings.HasPrefix(path, href+"/")
}

// Render answers with a whole page; name is its file without folder and ending.
func (s *Shell) Render(c echo.Context, status int, name string, p Page) error {
	if p.Message == "" {
		p.Message = s.Sessions.Said(c.Request().Context())
	}
	return s.write(c, status, s.Area+"/"+name, "layout", p)
}

// Show renders a page, with the sentence of a problem when there is one; what the
// visitor can't mend goes to the error page.
func (s *Shell) Show(c echo.Context, name, title string, view any, problem error) error {
	if problem != nil && Mishap(problem) {
		return problem
	}
	page, status := s.Page(c, title, view), http.StatusOK
	if problem != nil {
		page.Problem, status = Problem(problem), StatusOf(problem)
	}
	return s.Render(c, status, name, page)
}

// Fragment answers with one block of a page.
func (s *Shell) Fragment(c echo.Context, name, block string, data any) error {
	return s.write(c, http.StatusOK, s.Area+"/"+name, block, data)
}

func (s *Shell) write(c echo.Context, status int, page, block string, data any) error {
	body, err := s.Templates.Execute(page, block, data)
	if err != nil {
		return err
	}
	if err := s.Sessions.Save(c); err != nil {
		return err
	}
	return c.HTMLBlob(status, body)
}

// Redirect sends the visitor to a page of ours with 303 See Other.
func (s *Shell) Redirect(c echo.Context, to string) error {
	if err := s.Sessions.Save(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// LocalPath returns next when it is a path on this server, else fallback. It
// refuses everything that a browser could read as another host.
func LocalPath(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || len(next) > 500 {
		return fallback
	}
	if strings.ContainsAny(next, "\\\r\n\t\x00") || strings.Contains(next, "://") {
		return fallback
	}
	return next
}

// IsFragment reports whether htmx asks for a part of a page.
func IsFragment(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }
