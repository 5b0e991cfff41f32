package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// relayView is the form that reaches the holder of a name without showing the
// address.
type relayView struct {
	Name    string // U-label
	Path    string
	From    string
	Message string
	Field   string
	Sent    bool
}

// relayView reads the name; one that is not registered here is not found.
func (p *Portal) relayView(c echo.Context) (relayView, error) {
	name, err := registrar.ParseName(c.Param("name"))
	if err != nil {
		return relayView{}, echo.ErrNotFound
	}
	if _, err := p.engine.Read().Registration(c.Request().Context(), name.A); err != nil {
		return relayView{}, err
	}
	return relayView{Name: name.U, Path: "/contact/" + name.A}, nil
}

func (p *Portal) relayPage(c echo.Context) error {
	view, err := p.relayView(c)
	if err != nil {
		return err
	}
	return p.shell.Render(c, http.StatusOK, "relay", p.shell.Page(c, "Contact the holder", view))
}

// relayDo is limited per sender and per name, so that nobody can flood a holder
// from many addresses either.
func (p *Portal) relayDo(c echo.Context) error {
	view, err := p.relayView(c)
	if err != nil {
		return err
	}
	if err := ui.Charge(p.relayAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	if err := ui.Charge(p.relayName, view.Path); err != nil {
		return err
	}
	view.From, view.Message = strings.TrimSpace(c.FormValue("from")), c.FormValue("message")
	by := registrar.Actor{Kind: registrar.ActorCustomer, IP: c.RealIP(), RequestID: ui.RequestID(c)}
	err = p.engine.Relay(c.Request().Context(), by, view.Name, registrar.RelayMessage{From: view.From, Text: view.Message})
	page := p.shell.Page(c, "Contact the holder", view)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view.Field = ui.FieldOf(err)
		page.Data, page.Problem = view, ui.Problem(err)
		return p.shell.Render(c, ui.StatusOf(err), "relay", page)
	}
	view = relayView{Name: view.Name, Sent: true}
	page.Data = view
	return p.shell.Render(c, http.StatusOK, "relay", page)
}
