package admin

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/webhooks"
)

// mountWebhooks adds the pages about webhooks of our own systems, and the log
// of everybody's.
func (a *Admin) mountWebhooks(own func(method, path string, h echo.HandlerFunc)) {
	pages := &webhooks.Pages{Engine: a.engine, Shell: a.shell, Base: "/admin/webhooks"}
	as := func(h func(echo.Context, webhooks.Who) error) echo.HandlerFunc {
		return func(c echo.Context) error {
			v, ok := visitorOf(c)
			if !ok {
				return echo.ErrUnauthorized // staffOnly has refused the request before
			}
			edit := v.User.Role.May(registrar.StaffHooks)
			return h(c, webhooks.Who{By: actor(c), Role: registrar.RoleStaffOwner, Edit: edit, Masked: !edit})
		}
	}
	everybodys := func(h func(echo.Context, webhooks.Who) error) echo.HandlerFunc {
		return as(func(c echo.Context, w webhooks.Who) error {
			w.Everybody = true
			return h(c, w)
		})
	}
	own(http.MethodGet, "/admin/webhooks/deliveries/:delivery", everybodys(pages.Delivery))
	own(http.MethodGet, "/admin/webhooks/deliveries/:delivery/live", everybodys(pages.DeliveryLive))
	own(http.MethodPost, "/admin/webhooks/deliveries/:delivery/replay", everybodys(pages.ReplayOne))
	own(http.MethodGet, "/admin/webhooks", as(func(c echo.Context, w webhooks.Who) error { return a.withEverybodys(c, w, pages.List) }))
	own(http.MethodPost, "/admin/webhooks", as(func(c echo.Context, w webhooks.Who) error { return a.withEverybodys(c, w, pages.Create) }))
	own(http.MethodGet, "/admin/webhooks/:id", as(pages.Show))
	own(http.MethodPost, "/admin/webhooks/:id", as(pages.Change))
	own(http.MethodPost, "/admin/webhooks/:id/secret", as(pages.Rotate))
	own(http.MethodPost, "/admin/webhooks/:id/remove", as(pages.Remove))
	own(http.MethodPost, "/admin/webhooks/:id/test", as(pages.Test))
	own(http.MethodPost, "/admin/webhooks/:id/replay", as(pages.Replay))
	own(http.MethodGet, "/admin/webhooks/:id/deliveries/:delivery", as(pages.Delivery))
	own(http.MethodGet, "/admin/webhooks/:id/deliveries/:delivery/live", as(pages.DeliveryLive))
	own(http.MethodPost, "/admin/webhooks/:id/deliveries/:delivery/replay", as(pages.ReplayOne))
}

// everybodys is the log of all webhooks in one state, what was given up first.
type everybodys struct {
	list[deliveryLine]
	Backlog registrar.WebhookBacklog
	Tabs    []noticeTab
}

// deliveryLine is a delivery with its webhook, which may be removed by now.
type deliveryLine struct {
	registrar.EventDelivery
	Hook registrar.WebhookEndpoint
}

func (a *Admin) withEverybodys(c echo.Context, w webhooks.Who, show func(echo.Context, webhooks.Who, any) error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	var all everybodys
	var err error
	if all.Backlog, err = read.WebhookBacklog(ctx, registrar.WebhookBacklogShown); err != nil {
		return fmt.Errorf("counting deliveries: %w", err)
	}
	state := registrar.DeliveryFailed
	for _, s := range []struct {
		state registrar.DeliveryState
		label string
	}{{registrar.DeliveryFailed, "Given up"}, {registrar.DeliveryPending, "Waiting"}, {registrar.DeliveryDelivered, "Delivered"}, {registrar.DeliveryDropped, "Not sent"}} {
		if c.QueryParam("state") == string(s.state) {
			state = s.state
		}
		all.Tabs = append(all.Tabs, noticeTab{Label: s.label, Key: string(s.state), Href: "/admin/webhooks?state=" + string(s.state)})
	}
	for i := range all.Tabs {
		all.Tabs[i].Active = all.Tabs[i].Key == string(state)
	}
	rows, err := read.EventDeliveries(ctx, registrar.DeliveryFilter{State: state}, nextPage(c))
	if err != nil {
		return fmt.Errorf("listing deliveries: %w", err)
	}
	lines := make([]deliveryLine, 0, len(rows))
	hooks := map[string]registrar.WebhookEndpoint{}
	for _, d := range rows {
		h, known := hooks[d.EndpointID]
		if !known {
			if h, err = read.WebhookEndpoint(ctx, d.EndpointID); err != nil && !registrar.IsNotFound(err) {
				return fmt.Errorf("reading webhook: %w", err)
			}
			h = h.Masked()
			hooks[d.EndpointID] = h
		}
		lines = append(lines, deliveryLine{d, h})
	}
	all.list = cut(lines, c.QueryParam("after"), func(d deliveryLine) string { return d.ID }, "/admin/webhooks", url.Values{"state": {string(state)}})
	return show(c, w, all)
}
