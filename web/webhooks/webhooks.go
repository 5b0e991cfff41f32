// Package webhooks holds the pages about webhooks, which customers have in the
// portal and staff in the admin pages: the same work, another owner.
package webhooks

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// Pages shows and changes webhooks.
type Pages struct {
	Engine *registrar.Engine
	Shell  *ui.Shell
	Base   string     // path of the list
	Crumbs []ui.Crumb // above the list
	APIURL string     // for the commands shown beside buttons; "" = none
}

// Who asks: the faces know it.
type Who struct {
	By         registrar.Actor
	CustomerID string // "" = staff
	Role       registrar.Role
	Edit       bool // may test and send again
	Masked     bool // sees no more of an address than where it leads, so changes nothing
	Everybody  bool // staff at any customer's delivery; its webhook is not in the path
}

// Form is what was typed.
type Form struct {
	URL, Description string
	All              bool
	Chosen           map[string]bool
	On               bool
}

// list is the page of all webhooks.
type list struct {
	Base, API string
	Own       bool // may make some
	Hooks     []registrar.WebhookEndpoint
	Makers    map[string]string // names, by webhook
	Form      Form
	Events    []registrar.EventInfo
	Field     string
	Secret    string
	Made      registrar.WebhookEndpoint
	Extra     any // what the face adds
}

// one is the page of one webhook with its log.
type one struct {
	Base, API  string
	Edit       bool
	Own        bool // may change and remove
	Maker      string
	Beyond     bool // gets more than the visitor may see: no log, no controls
	Hook       registrar.WebhookEndpoint
	Form       Form
	Events     []registrar.EventInfo
	Field      string
	Secret     string
	State      registrar.DeliveryState
	Tabs       []tab
	Deliveries []registrar.EventDelivery
	Next       string
	First      string
	Days       []int
}

type tab struct {
	Label, Href string
	Active      bool
}

// delivery is the page of one delivery.
type delivery struct {
	Path     string // of this page
	Again    bool   // may send again
	Final    bool   // nothing more happens by itself
	Poll     ui.Poll
	Hook     registrar.WebhookEndpoint
	Delivery registrar.EventDelivery
	Tries    []registrar.DeliveryAttempt
	Body     string
}

const pageSize = 50

// replayDays are the spans on offer.
var replayDays = []int{1, 3, 7, 30}

// stateWords are the tabs of a log.
var stateWords = []struct {
	State registrar.DeliveryState
	Label string
}{{"", "All"}, {registrar.DeliveryPending, "Waiting"}, {registrar.DeliveryDelivered, "Delivered"}, {registrar.DeliveryFailed, "Given up"}, {registrar.DeliveryDropped, "Not sent"}}

func (p *Pages) render(c echo.Context, name, title string, data any, problem error) error {
	if problem != nil && ui.Mishap(problem) {
		return problem
	}
	page := p.Shell.Page(c, title, data)
	page.Crumbs = p.Crumbs
	if name != "webhooks" {
		page.Crumbs = append(page.Crumbs[:len(page.Crumbs):len(page.Crumbs)], ui.Crumb{Label: "Webhooks", Href: p.Base})
	}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.Shell.Render(c, status, name, page)
}

// List shows all webhooks and the form for a new one. extra is passed through.
func (p *Pages) List(c echo.Context, w Who, extra any) error {
	return p.list(c, w, list{Form: Form{All: true, On: true}, Extra: extra}, nil)
}

func (p *Pages) list(c echo.Context, w Who, view list, problem error) error {
	var err error
	if view.Hooks, err = p.Engine.Webhooks(c.Request().Context(), w.CustomerID); err != nil {
		return err
	}
	if view.Makers, err = p.Engine.WebhookMakers(c.Request().Context(), w.CustomerID, view.Hooks...); err != nil {
		return err
	}
	for i, h := range view.Hooks {
		view.Hooks[i] = shown(h, w)
	}
	view.Base, view.API, view.Own, view.Events, view.Field = p.Base, p.APIURL, w.Edit && !w.Masked, registrar.SubscribableEvents(w.Role), ui.FieldOf(problem)
	return p.render(c, "webhooks", "Webhooks", view, problem)
}

// shown is a webhook as the visitor may see it.
func shown(h registrar.WebhookEndpoint, w Who) registrar.WebhookEndpoint {
	if w.Masked || !h.HeldBy(w.Role) {
		return h.Masked()
	}
	return h
}

// typed reads the form; all wins over a choice.
func typed(c echo.Context, w Who) (Form, registrar.WebhookRequest, error) {
	values, err := c.FormParams()
	if err != nil {
		return Form{}, registrar.WebhookRequest{}, echo.ErrBadRequest
	}
	f := Form{URL: values.Get("url"), Description: values.Get("description"), All: values.Get("which") != "some", Chosen: map[string]bool{}, On: values.Get("off") == ""}
	r := registrar.WebhookRequest{CustomerID: w.CustomerID, Role: w.Role, URL: f.URL, Description: f.Description, Off: !f.On}
	for _, k := range values["events"] {
		f.Chosen[k] = true
		if !f.All {
			r.Kinds = append(r.Kinds, registrar.EventKind(k))
		}
	}
	if !f.All && len(r.Kinds) == 0 {
		return f, r, registrar.InvalidField("events", "required", "Please choose at least one event, or all of them.")
	}
	return f, r, nil
}

// Create makes a webhook and shows its secret in this one answer: it is shown
// nowhere else, so no redirect follows.
func (p *Pages) Create(c echo.Context, w Who, extra any) error {
	form, req, err := typed(c, w)
	view := list{Form: form, Extra: extra}
	if err == nil {
		view.Made, view.Secret, err = p.Engine.CreateWebhook(c.Request().Context(), w.By, req)
	}
	if err == nil {
		view.Form = Form{All: true, On: true}
	}
	return p.list(c, w, view, err)
}

// Show shows one webhook with its log.
func (p *Pages) Show(c echo.Context, w Who) error { return p.one(c, w, one{}, nil) }

func (p *Pages) one(c echo.Context, w Who, view one, problem error) error {
	ctx := c.Request().Context()
	var err error
	if view.Hook, err = p.Engine.Webhook(ctx, w.CustomerID, c.Param("id")); err != nil {
		return err
	}
	makers, err := p.Engine.WebhookMakers(ctx, w.CustomerID, view.Hook)
	if err != nil {
		return err
	}
	view.Maker, view.Hook = makers[view.Hook.ID], shown(view.Hook, w)
	if problem == nil {
		view.Form = Form{URL: view.Hook.URL, Description: view.Hook.Description, All: len(view.Hook.Kinds) == 0, Chosen: map[string]bool{}, On: view.Hook.OffAt == nil}
		for _, k := range view.Hook.Kinds {
			view.Form.Chosen[string(k)] = true
		}
	}
	view.Base, view.API, view.Edit, view.Events, view.Field, view.Days = p.Base, p.APIURL, w.Edit, registrar.SubscribableEvents(w.Role), ui.FieldOf(problem), replayDays
	view.Own = w.Edit && !w.Masked
	if view.Beyond = !view.Hook.HeldBy(w.Role); view.Beyond {
		view.Edit, view.Own = false, false
		return p.render(c, "webhook", "Webhook", view, problem)
	}
	return p.withLog(c, w, view, problem)
}

// withLog adds a page of the webhook's log.
func (p *Pages) withLog(c echo.Context, w Who, view one, problem error) error {
	path := p.Base + "/" + view.Hook.ID
	for _, s := range stateWords {
		if string(s.State) == c.QueryParam("state") {
			view.State = s.State
		}
		view.Tabs = append(view.Tabs, tab{s.Label, path + "?state=" + string(s.State), string(s.State) == c.QueryParam("state")})
	}
	after := c.QueryParam("after")
	var err error
	view.Deliveries, err = p.Engine.EventDeliveriesOf(c.Request().Context(), w.CustomerID, view.Hook.ID, w.Role, view.State, registrar.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return err
	}
	if len(view.Deliveries) > pageSize {
		view.Deliveries = view.Deliveries[:pageSize]
		view.Next = path + "?" + url.Values{"state": {string(view.State)}, "after": {view.Deliveries[pageSize-1].ID}}.Encode()
	}
	if after != "" {
		view.First = path + "?state=" + string(view.State)
	}
	return p.render(c, "webhook", "Webhook", view, problem)
}

func (p *Pages) back(c echo.Context, say string) error {
	p.Shell.Sessions.Say(c.Request().Context(), say)
	return p.Shell.Redirect(c, p.Base+"/"+c.Param("id"))
}

// Change writes address, description, events and whether it is on.
func (p *Pages) Change(c echo.Context, w Who) error {
	form, req, err := typed(c, w)
	if err == nil {
		_, err = p.Engine.ChangeWebhook(c.Request().Context(), w.By, c.Param("id"), req)
	}
	if err != nil {
		return p.one(c, w, one{Form: form}, err)
	}
	return p.back(c, "The webhook is changed.")
}

// Rotate makes a new secret and shows it in this one answer.
func (p *Pages) Rotate(c echo.Context, w Who) error {
	_, secret, err := p.Engine.RotateWebhook(c.Request().Context(), w.By, w.CustomerID, c.Param("id"), w.Role, nil)
	return p.one(c, w, one{Secret: secret}, err)
}

// Remove ends a webhook.
func (p *Pages) Remove(c echo.Context, w Who) error {
	ctx := c.Request().Context()
	if err := p.Engine.RemoveWebhook(ctx, w.By, w.CustomerID, c.Param("id"), w.Role); err != nil {
		return err
	}
	p.Shell.Sessions.Say(ctx, "The webhook is removed.")
	return p.Shell.Redirect(c, p.Base)
}

// Test queues a ping and leads to what becomes of it.
func (p *Pages) Test(c echo.Context, w Who) error {
	ctx := c.Request().Context()
	d, err := p.Engine.TestWebhook(ctx, w.By, w.CustomerID, c.Param("id"), w.Role, nil)
	if err != nil {
		return p.one(c, w, one{}, err)
	}
	p.Shell.Sessions.Say(ctx, "A test is on its way. This page follows along.")
	return p.Shell.Redirect(c, p.Base+"/"+c.Param("id")+"/deliveries/"+d.ID)
}

// Replay queues what was given up in the last days.
func (p *Pages) Replay(c echo.Context, w Who) error {
	days := 0
	if _, err := fmt.Sscanf(c.FormValue("days"), "%d", &days); err != nil || days < 1 || days > replayDays[len(replayDays)-1] {
		return echo.ErrBadRequest
	}
	r := registrar.ReplayRequest{Since: p.Engine.Now().Add(-time.Duration(days) * 24 * time.Hour), State: registrar.DeliveryState(c.FormValue("state"))}
	n, more, err := p.Engine.ReplayWebhook(c.Request().Context(), w.By, w.CustomerID, c.Param("id"), w.Role, r)
	if err != nil {
		return p.one(c, w, one{}, err)
	}
	say := fmt.Sprintf("Queued again: %d.", n)
	if more {
		say += " There are more; please ask once more when these are sent."
	}
	return p.back(c, say)
}

// deliveryPath is the page of the delivery that a request names.
func (p *Pages) deliveryPath(c echo.Context, w Who) string {
	if w.Everybody {
		return p.Base + "/deliveries/" + c.Param("delivery")
	}
	return p.Base + "/" + c.Param("id") + "/deliveries/" + c.Param("delivery")
}

func (p *Pages) delivery(c echo.Context, w Who) (delivery, error) {
	ctx := c.Request().Context()
	view := delivery{Path: p.deliveryPath(c, w)}
	var err error
	if w.Everybody {
		view.Delivery, view.Hook, view.Tries, err = p.Engine.DeliveryForStaff(ctx, w.By, c.Param("delivery"))
	} else if view.Hook, err = p.Engine.Webhook(ctx, w.CustomerID, c.Param("id")); err == nil {
		view.Delivery, view.Tries, err = p.Engine.EventDeliveryOf(ctx, w.CustomerID, view.Hook.ID, c.Param("delivery"), w.Role)
	}
	if err != nil {
		return view, err
	}
	view.Hook = shown(view.Hook, w)
	view.Again = w.Edit && view.Hook.ID != ""
	view.Final = view.Delivery.State != registrar.DeliveryPending || view.Hook.ID == "" || view.Hook.OffAt != nil
	view.Poll = ui.NextPoll(c, view.Path+"/live")
	return view, nil
}

// Delivery shows one delivery with its tries.
func (p *Pages) Delivery(c echo.Context, w Who) error {
	view, err := p.delivery(c, w)
	if err != nil {
		return err
	}
	body, err := p.Engine.DeliveryBody(c.Request().Context(), view.Delivery)
	if err != nil {
		return err
	}
	view.Body = string(body)
	page := p.Shell.Page(c, "Delivery", view)
	page.Crumbs = append(p.Crumbs[:len(p.Crumbs):len(p.Crumbs)], ui.Crumb{Label: "Webhooks", Href: p.Base})
	if !w.Everybody {
		page.Crumbs = append(page.Crumbs, ui.Crumb{Label: "Webhook", Href: p.Base + "/" + view.Hook.ID})
	}
	return p.Shell.Render(c, http.StatusOK, "webhook_delivery", page)
}

// DeliveryLive is the part of that page that changes while it is tried.
func (p *Pages) DeliveryLive(c echo.Context, w Who) error {
	view, err := p.delivery(c, w)
	if err != nil {
		return err
	}
	return p.Shell.Fragment(c, "webhook_delivery", "delivery-live", view)
}

// ReplayOne queues one delivery again.
func (p *Pages) ReplayOne(c echo.Context, w Who) error {
	ctx := c.Request().Context()
	var err error
	if w.Everybody {
		err = p.Engine.ReplayForStaff(ctx, w.By, c.Param("delivery"))
	} else {
		_, _, err = p.Engine.ReplayWebhook(ctx, w.By, w.CustomerID, c.Param("id"), w.Role, registrar.ReplayRequest{DeliveryID: c.Param("delivery")})
	}
	if err != nil {
		return err
	}
	p.Shell.Sessions.Say(ctx, "The event is sent again. This page follows along.")
	return p.Shell.Redirect(c, p.deliveryPath(c, w))
}
