package portal

import (
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/door"
	"github.com/indera/indera/web/ui"
)

// securityView is all about getting in: address, password, sessions, API tokens
// and, once, a new token.
type securityView struct {
	door.Security
	User    registrar.User
	Support []supportView // when staff acted for the user

	Tokens  []registrar.APIToken
	Scopes  []registrar.Scope
	From    string // networks as typed
	Secret  string // shown once, right after it was made
	Name    string // as typed
	Chosen  map[registrar.Scope]bool
	Days    int
	Field   string
	API     string
	MaxDays []int
}

// tokenDays are the lifetimes on offer; a token without an end is not.
var tokenDays = []int{7, 30, 90, 365}

func (p *Portal) securityPage(c echo.Context, v visitor) error {
	return p.showSecurity(c, v, securityView{Days: 90, Chosen: map[registrar.Scope]bool{registrar.ScopeDomainsRead: true}}, nil)
}

func (p *Portal) showSecurity(c echo.Context, v visitor, view securityView, problem error) error {
	tokens, err := p.engine.Read().TokensOf(c.Request().Context(), v.Customer.ID)
	if err != nil {
		return fmt.Errorf("reading tokens: %w", err)
	}
	if view.Security, err = p.door.Security(c); err != nil {
		return err
	}
	if view.Support, err = p.supportOf(c, v); err != nil {
		return err
	}
	view.User = v.User
	view.Tokens, view.Scopes, view.MaxDays, view.API = tokens, v.User.Role.Scopes(), tokenDays, p.apiURL
	view.Field = ui.FieldOf(problem)
	return p.shown(c, "security", "Security", view, problem)
}

// tokenIssue makes a token and shows it in this one answer: it is kept nowhere,
// so no redirect follows.
func (p *Portal) tokenIssue(c echo.Context, v visitor) error {
	values, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	view := securityView{Name: values.Get("name"), From: values.Get("networks"), Chosen: map[registrar.Scope]bool{}}
	var scopes []registrar.Scope
	for _, s := range values["scopes"] {
		scopes = append(scopes, registrar.Scope(s))
		view.Chosen[registrar.Scope(s)] = true
	}
	days, err := strconv.Atoi(values.Get("days"))
	if err != nil || days < 1 || days > tokenDays[len(tokenDays)-1] {
		return echo.ErrBadRequest
	}
	view.Days = days
	expires := p.engine.Now().Add(time.Duration(days) * 24 * time.Hour)
	networks, err := registrar.ParseNetworks(view.From)
	if err != nil {
		return p.showSecurity(c, v, view, err)
	}
	secret, _, err := p.engine.IssueToken(c.Request().Context(), actor(c, v), v.User, view.Name, scopes, &expires, networks...)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showSecurity(c, v, view, err)
	}
	return p.showSecurity(c, v, securityView{Secret: secret, Days: 90, Chosen: map[registrar.Scope]bool{registrar.ScopeDomainsRead: true}}, nil)
}

func (p *Portal) tokenRevoke(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.RevokeToken(ctx, actor(c, v), v.Customer.ID, c.Param("id")); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The token is revoked. Programs that use it are refused from now on.")
	return p.shell.Redirect(c, "/security")
}
