package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
	"github.com/indera/indera/web/webhooks"
)

// mountWebhooks adds the pages about webhooks. They lie below /security, because
// providers of payments call us at /webhooks.
func (p *Portal) mountWebhooks(own func(method, path string, h func(echo.Context, visitor) error)) {
	pages := &webhooks.Pages{Engine: p.engine, Shell: p.shell, Base: "/security/webhooks", APIURL: p.apiURL, Crumbs: []ui.Crumb{{Label: "Security", Href: "/security"}}}
	as := func(h func(echo.Context, webhooks.Who) error) func(echo.Context, visitor) error {
		return func(c echo.Context, v visitor) error {
			return h(c, webhooks.Who{By: actor(c, v), CustomerID: v.Customer.ID, Role: v.User.Role, Edit: v.User.Role.May(registrar.MayHooks),
				Masked: v.Session.Acting != nil})
		}
	}
	own(http.MethodGet, "/security/webhooks", as(func(c echo.Context, w webhooks.Who) error { return pages.List(c, w, nil) }))
	own(http.MethodPost, "/security/webhooks", as(func(c echo.Context, w webhooks.Who) error { return pages.Create(c, w, nil) }))
	own(http.MethodGet, "/security/webhooks/:id", as(pages.Show))
	own(http.MethodPost, "/security/webhooks/:id", as(pages.Change))
	own(http.MethodPost, "/security/webhooks/:id/secret", as(pages.Rotate))
	own(http.MethodPost, "/security/webhooks/:id/remove", as(pages.Remove))
	own(http.MethodPost, "/security/webhooks/:id/test", as(pages.Test))
	own(http.MethodPost, "/security/webhooks/:id/replay", as(pages.Replay))
	own(http.MethodGet, "/security/webhooks/:id/deliveries/:delivery", as(pages.Delivery))
	own(http.MethodGet, "/security/webhooks/:id/deliveries/:delivery/live", as(pages.DeliveryLive))
	own(http.MethodPost, "/security/webhooks/:id/deliveries/:delivery/replay", as(pages.ReplayOne))
}
