package admin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// transcriptsView is what was said with registries, as far as it fits the
// filter, which lives in the address.
type transcriptsView struct {
	list[registrar.Transcript]
	Query registrar.TranscriptQuery
	Verbs []string
	Field string // the part of the filter that can't be read
}

// verbsOffered are suggested; any other may be typed.
var verbsOffered = []string{
	"domain:check", "domain:info", "domain:create", "domain:renew", "domain:update", "domain:transfer", "domain:delete",
	"contact:check", "contact:info", "contact:create", "contact:update", "contact:delete",
	"host:check", "host:info", "host:create", "host:update", "host:delete", "poll", "login", "logout", "hello", "greeting",
}

// transcriptParams maps the filter to the names it has in the address.
func transcriptParams(q *registrar.TranscriptQuery) map[string]*string {
	return map[string]*string{
		"object": &q.Object, "cltrid": &q.ClTRID, "svtrid": &q.SvTRID, "registry": &q.Registry, "verb": &q.Verb, "code": &q.Code,
		"since": &q.Since, "until": &q.Until, "command": &q.Command, "operation": &q.Operation,
	}
}

func (a *Admin) transcriptsPage(c echo.Context) error {
	view := transcriptsView{Verbs: verbsOffered}
	params := url.Values{}
	for name, into := range transcriptParams(&view.Query) {
		*into = strings.TrimSpace(c.QueryParam(name))
		params.Set(name, *into)
	}
	page := a.shell.Page(c, "Exchanges with registries", nil)
	status := http.StatusOK
	rows, err := a.engine.FindTranscripts(c.Request().Context(), view.Query, nextPage(c))
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		page.Problem, status, view.Field = ui.Problem(err), ui.StatusOf(err), ui.FieldOf(err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(t registrar.Transcript) string { return t.ID }, "/admin/transcripts", params)
	page.Data = view
	return a.shell.Render(c, status, "transcripts", page)
}

// transcriptView is one exchange, with each of the objects it was about.
type transcriptView struct {
	exchange
	Names []string
}

func (a *Admin) transcriptPage(c echo.Context) error {
	t, err := a.engine.Read().Transcript(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	view := transcriptView{exchange: exchanges([]registrar.Transcript{t})[0], Names: strings.Split(t.Object, ",")}
	page := a.shell.Page(c, strings.TrimSpace(t.Verb+" "+t.Object), view)
	page.Crumbs = []ui.Crumb{{Label: "Exchanges", Href: "/admin/transcripts"}}
	return a.shell.Render(c, http.StatusOK, "transcript", page)
}
