package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

type domainsView struct {
	list[registrar.Domain]
	Prefix string
	Of     *registrar.Customer // whose alone; nil = everybody's
}

func (a *Admin) domainsPage(c echo.Context) error {
	typed := strings.TrimSpace(c.QueryParam("q"))
	of, id, err := a.narrowed(c)
	if err != nil {
		return err
	}
	rows, err := a.engine.Read().Domains(c.Request().Context(), registrar.DomainFilter{Prefix: namePrefix(typed), CustomerID: id}, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading domains: %w", err)
	}
	view := domainsView{cut(rows, c.QueryParam("after"), func(d registrar.Domain) string { return d.Name }, "/admin/domains", url.Values{"q": {typed}, "customer": {id}}), typed, of}
	return a.shell.Render(c, http.StatusOK, "domains", a.shell.Page(c, "Domains", view))
}

// domainView puts local state and the registry's words side by side.
type domainView struct {
	Domain      registrar.Domain
	Holder      registrar.ContactVersion
	Customer    registrar.Customer
	Operations  []registrar.Operation
	Commands    []registrar.Command
	Audit       []registrar.AuditEvent
	Events      []registrar.Event
	Transcripts []exchange
	Duties      []registrar.Duty
	Waiting     []approvalView // what was asked for and takes a second person
	Life        domainLife
	TLD         registrar.TLD
	NameServers []string // as typed, or as they are, with room for more
	Ours        bool     // active, and to be changed here
}

// exchange is a transcript with its frames laid out for people.
type exchange struct {
	registrar.Transcript
	Ask, Answer string
	Open        bool
}

func exchanges(in []registrar.Transcript) []exchange {
	out := make([]exchange, len(in))
	for i, t := range in {
		out[i] = exchange{Transcript: t, Ask: indentXML(t.Request), Answer: indentXML(t.Response)}
	}
	return out
}

func (a *Admin) domainPage(c echo.Context) error {
	view, err := a.domain(c)
	if err != nil {
		return err
	}
	return a.showDomain(c, view, nil)
}

func (a *Admin) showDomain(c echo.Context, view domainView, problem error) error {
	page := a.shell.Page(c, view.Domain.UName, view)
	page.Crumbs = []ui.Crumb{{Label: "Domains", Href: "/admin/domains"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "domain", page)
}

func (a *Admin) domain(c echo.Context) (domainView, error) {
	ctx, read := c.Request().Context(), a.engine.Read()
	d, err := read.Domain(ctx, c.Param("id"))
	if err != nil {
		return domainView{}, err
	}
	view := domainView{
		Domain: d, NameServers: ui.WithRoom(d.NameServers),
		Ours: ours(d),
	}
	cat, err := a.engine.Catalogue(ctx)
	if err != nil {
		return view, err
	}
	view.TLD, _ = cat.TLD(d.TLD)
	if view.Customer, err = read.Customer(ctx, d.CustomerID); err != nil {
		return view, fmt.Errorf("reading customer: %w", err)
	}
	if d.Registrant.ContactID != "" {
		if view.Holder, err = read.ContactVersion(ctx, d.Registrant); err != nil {
			return view, fmt.Errorf("reading holder: %w", err)
		}
	}
	if view.Life, err = a.life(ctx, d); err != nil {
		return view, err
	}
	if view.Waiting, err = a.waitingFor(c, d.ID); err != nil {
		return view, err
	}
	return view, a.fillRecords(ctx, &view)
}

// ours reports whether a name is active and to be changed here.
func ours(d registrar.Domain) bool {
	return d.State == registrar.DomainActive && d.Mirrored() == "" && !d.Unproved()
}

// fillRecords reads the latest of everything that was recorded about a name.
func (a *Admin) fillRecords(ctx context.Context, view *domainView) error {
	read, d, few := a.engine.Read(), view.Domain, registrar.Page{Limit: 20}
	var err error
	if view.Operations, err = read.Operations(ctx, registrar.OperationFilter{DomainID: d.ID}, few); err != nil {
		return fmt.Errorf("reading operations: %w", err)
	}
	if view.Commands, err = read.Commands(ctx, registrar.CommandFilter{DomainID: d.ID}, few); err != nil {
		return fmt.Errorf("reading commands: %w", err)
	}
	if view.Audit, err = read.AuditOf(ctx, "domain", d.ID, few); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	if view.Events, err = read.EventsOf(ctx, d.ID, few); err != nil {
		return fmt.Errorf("reading events: %w", err)
	}
	if view.Duties, err = read.Duties(ctx, registrar.DutyFilter{SubjectID: d.ID}, few); err != nil {
		return fmt.Errorf("reading duties: %w", err)
	}
	said, err := read.Transcripts(ctx, registrar.TranscriptFilter{Object: d.Name}, few)
	if err != nil {
		return fmt.Errorf("reading transcripts: %w", err)
	}
	view.Transcripts = exchanges(said)
	return nil
}
