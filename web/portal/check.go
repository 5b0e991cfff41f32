package portal

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// checkView lists what opens the account beside the password and outlives a
// change of it: somebody who was in may have left it.
type checkView struct {
	User     registrar.User
	Factors  registrar.Factors
	Passkeys []registrar.Passkey
	Tokens   []registrar.APIToken // that still work
	Hooks    []registrar.WebhookEndpoint
	Users    []registrar.User
	Invited  []registrar.Ticket
}

// checkPage is shown after a new password was set. It shows what the role of
// the user may see, each thing with the button that ends it.
func (p *Portal) checkPage(c echo.Context, v visitor) error {
	ctx, view := c.Request().Context(), checkView{User: v.User}
	var err error
	if view.Factors, err = p.engine.Factors(ctx, v.User.ID); err != nil {
		return err
	}
	if view.Passkeys, err = p.engine.Passkeys(ctx, v.User.ID); err != nil {
		return err
	}
	if v.User.Role.May(registrar.MayTokens) {
		tokens, err := p.engine.Read().TokensOf(ctx, v.Customer.ID)
		if err != nil {
			return fmt.Errorf("reading tokens: %w", err)
		}
		for _, t := range tokens {
			if t.RevokedAt == nil && (t.ExpiresAt == nil || p.engine.Now().Before(*t.ExpiresAt)) {
				view.Tokens = append(view.Tokens, t)
			}
		}
	}
	if v.User.Role.May(registrar.MayHooks) {
		if view.Hooks, err = p.engine.Webhooks(ctx, v.Customer.ID); err != nil {
			return err
		}
	}
	if v.User.Role.May(registrar.MayUsers) {
		if view.Users, view.Invited, err = p.engine.Team(ctx, v.Customer.ID); err != nil {
			return err
		}
	}
	return p.shown(c, "check", "Check what else opens the account", view, nil)
}
