package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// mountAccess adds the pages about getting in and staying safe.
func (p *Portal) mountAccess(open func(method, path string, h echo.HandlerFunc), own func(method, path string, h func(echo.Context, visitor) error)) {
	open(http.MethodGet, "/reset", p.resetPage)
	open(http.MethodPost, "/reset", p.resetDo)
	open(http.MethodGet, "/reset/new", p.resetNewPage)
	open(http.MethodPost, "/reset/new", p.resetNewDo)
	open(http.MethodGet, "/verify", p.linkPage(verifyLink, registrar.TicketVerify))
	open(http.MethodPost, "/verify", p.linkDo(verifyLink, "Your e-mail address is confirmed.", p.verifyAct))
	open(http.MethodGet, "/move", p.linkPage(moveLink, registrar.TicketMove))
	open(http.MethodPost, "/move", p.linkDo(moveLink, "Your e-mail address is changed.", p.moveAct))

	own(http.MethodPost, "/security/sessions/:id/end", p.sessionEnd)
	own(http.MethodPost, "/security/sessions/end-others", p.sessionsEnd)
	own(http.MethodGet, "/security/password", p.passwordPage)
	own(http.MethodPost, "/security/password", p.passwordDo)
	own(http.MethodGet, "/security/email", p.emailPage)
	own(http.MethodPost, "/security/email", p.emailDo)
	own(http.MethodPost, "/security/verify", p.verifySend)
}
