package portal

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// actingEnd leads staff back to the admin pages.
const actingEnd = "/acting/end"

// actingMay lists the changes that staff may make while they act for a user:
// what shows something, or is put right by a click. All else that is no reading
// is refused, also pages that are added later.
var actingMay = map[string]bool{
	"POST /search":                       true,
	"POST /search/stream":                true,
	"POST /basket/add":                   true,
	"POST /basket/add-all":               true,
	"POST /basket":                       true,
	"POST /security/webhooks/:id/test":   true, // sends the customer's own system an event without content
	"POST /security/webhooks/:id/replay": true,
	"POST /security/webhooks/:id/deliveries/:delivery/replay": true,
	"POST " + actingEnd: true,
	"POST /sign-out":    true,
}

// closedToStaff reports whether a page is closed to staff who act for a user: it
// asks for a proof, which only the user can give, or changes what is not listed.
func closedToStaff(method, path string) bool {
	route := method + " " + path
	if rules[route].prove {
		return true
	}
	return method != http.MethodGet && method != http.MethodHead && !actingMay[route]
}

// hiddenWhileActing reports whether controls that need a permission are left out
// for staff who act for a user, because sending them would be refused. What there
// is to see stays: tokens, webhooks, users.
func hiddenWhileActing(v visitor, may registrar.Permission) bool {
	if v.Session.Acting == nil {
		return false
	}
	switch may {
	case registrar.MayPay, registrar.MayChange, registrar.MayRelease, registrar.MayAccount:
		return true
	}
	return false
}

// refuseActing stops staff who act for a user at the pages that are closed to
// them. It stands before every page of the portal, also those without a rule.
func (p *Portal) refuseActing(c echo.Context, v visitor) error {
	if v.Session.Acting == nil || !closedToStaff(c.Request().Method, c.Path()) {
		return nil
	}
	return registrar.Errorf(registrar.KindForbidden, "impersonated",
		"You act for %s as staff, so this is closed to you: money, names and everything about getting in are changed by customers themselves. Ask them to do it, or use the admin pages.", v.User.Name)
}

// ActAs ties this browser to a session that staff opened for a user, and returns
// where it leads. What the browser was signed in with at the portal before ends,
// so that the two can't mix.
func (p *Portal) ActAs(c echo.Context, by registrar.Actor, session registrar.Session) (string, error) {
	err := p.shell.Sessions.Load(func(c echo.Context) error {
		ctx := c.Request().Context()
		if err := p.leaveOwn(c, by); err != nil {
			return err
		}
		if err := p.shell.Sessions.SignOut(ctx); err != nil {
			return err
		}
		if err := p.shell.Sessions.SignIn(ctx, session.ID); err != nil {
			return err
		}
		return p.shell.Sessions.Save(c)
	})(c)
	return "/domains", err
}

// leaveOwn ends the portal session that this browser has, if any.
func (p *Portal) leaveOwn(c echo.Context, by registrar.Actor) error {
	ctx := c.Request().Context()
	id := p.shell.Sessions.SignedIn(ctx)
	if id == "" {
		return nil
	}
	old, err := p.engine.Read().Session(ctx, id)
	if registrar.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading session: %w", err)
	}
	if old.Method == registrar.Impersonated {
		return p.engine.EndImpersonation(ctx, by, old)
	}
	return p.engine.EndSession(ctx, by, old.UserID, old.ID, registrar.EndSignedOut)
}

// endActing closes the portal session of staff and leads them back to the
// customer's page.
func (p *Portal) endActing(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if v.Session.Acting == nil {
		return p.shell.Redirect(c, "/")
	}
	if err := p.engine.EndImpersonation(ctx, actor(c, v), v.Session); err != nil {
		return err
	}
	if err := p.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/admin/customers/"+v.Customer.ID)
}

// actedFor returns the admin page of the customer that a session of staff was
// opened for; "" for a session of the customer's own, or one that is gone.
func (p *Portal) actedFor(ctx context.Context, id string) (string, error) {
	session, err := p.engine.Read().Session(ctx, id)
	if registrar.IsNotFound(err) || err == nil && session.Method != registrar.Impersonated {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading session: %w", err)
	}
	user, err := p.engine.Read().User(ctx, session.UserID)
	if err != nil {
		return "", fmt.Errorf("reading user: %w", err)
	}
	return "/admin/customers/" + user.CustomerID, nil
}

// actingBanner is what staff see on every page while they act for a user.
func actingBanner(v visitor) *ui.Acting {
	a := v.Session.Acting
	if a == nil {
		return nil
	}
	return &ui.Acting{Staff: a.StaffName, User: v.User.Name, Customer: v.Customer.Name, Until: v.Session.EndsAt, End: actingEnd}
}

// supportView is when staff acted for users, in the customer's eyes.
type supportView struct {
	registrar.PastImpersonation
	User string
}

// supportOf lists when staff acted for the user; owners see it of all users.
func (p *Portal) supportOf(c echo.Context, v visitor) ([]supportView, error) {
	ctx := c.Request().Context()
	rows, err := p.engine.Impersonations(ctx, v.Customer.ID, registrar.Page{Limit: 20})
	if err != nil {
		return nil, err
	}
	users, err := p.engine.Read().UsersOf(ctx, v.Customer.ID)
	if err != nil {
		return nil, fmt.Errorf("reading users: %w", err)
	}
	names := make(map[string]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	var out []supportView
	for _, row := range rows {
		if row.UserID == v.User.ID || v.User.Role.May(registrar.MayUsers) {
			out = append(out, supportView{row, names[row.UserID]})
		}
	}
	return out, nil
}
