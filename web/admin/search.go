package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// searchView is what was found, by kind.
type searchView struct {
	Query       string
	Domains     []registrar.Domain
	Customers   []registrar.Customer
	Transcripts []registrar.Transcript
	None        bool
}

// pageOf tells where an object with an id is shown.
var pageOf = map[string]string{
	registrar.PrefixDomain:    "/admin/domains/",
	registrar.PrefixOrder:     "/admin/orders/",
	registrar.PrefixOperation: "/admin/operations/",
	registrar.PrefixCommand:   "/admin/commands/",
	registrar.PrefixCustomer:  "/admin/customers/",
	registrar.PrefixAccount:   "/admin/ledger/",
	registrar.PrefixDuty:      "/admin/notices/",
	registrar.PrefixBrake:     "/admin/notices/brakes/",
	registrar.PrefixMail:      "/admin/mail/",

	registrar.PrefixTranscript: "/admin/transcripts/",
	registrar.PrefixContact:    "/admin/contacts/",
	registrar.PrefixMessage:    "/admin/messages/",
	registrar.PrefixDifference: "/admin/differences/",
}

const perKind = 20

// searchPage finds anything: an id leads straight to its page; everything else
// is looked for among domains, customers and their users, and exchanges with
// registries (clTRID, svTRID, contact handle, host).
func (a *Admin) searchPage(c echo.Context) error {
	q := strings.TrimSpace(c.QueryParam("q"))
	if prefix, rest, ok := strings.Cut(q, "_"); ok && pageOf[prefix] != "" && len(rest) == 26 {
		return a.shell.Redirect(c, pageOf[prefix]+strings.ToLower(q))
	}
	view := searchView{Query: q}
	if q != "" && len(q) <= 255 {
		if err := a.find(c.Request().Context(), q, &view); err != nil {
			return err
		}
		if exact := onlyDomain(view); exact != "" {
			return a.shell.Redirect(c, "/admin/domains/"+exact)
		}
	}
	view.None = len(view.Domains)+len(view.Customers)+len(view.Transcripts) == 0
	return a.shell.Render(c, http.StatusOK, "search", a.shell.Page(c, "Search", view))
}

// onlyDomain returns the one domain that is all there is.
func onlyDomain(v searchView) string {
	if len(v.Domains) == 1 && len(v.Customers) == 0 && v.Domains[0].Name == strings.ToLower(v.Query) {
		return v.Domains[0].ID
	}
	return ""
}

func (a *Admin) find(ctx context.Context, q string, view *searchView) error {
	read := a.engine.Read()
	var err error
	if prefix := namePrefix(q); prefix != "" {
		if view.Domains, err = read.Domains(ctx, registrar.DomainFilter{Prefix: prefix}, registrar.Page{Limit: perKind}); err != nil {
			return fmt.Errorf("finding domains: %w", err)
		}
	}
	if view.Customers, err = read.Customers(ctx, q, registrar.Page{Limit: perKind}); err != nil {
		return fmt.Errorf("finding customers: %w", err)
	}
	for _, f := range []registrar.TranscriptFilter{{ClTRID: q}, {SvTRID: q}, {Object: strings.ToLower(q)}} {
		found, err := read.TranscriptList(ctx, f, registrar.Page{Limit: perKind})
		if err != nil {
			return fmt.Errorf("finding exchanges: %w", err)
		}
		view.Transcripts = append(view.Transcripts, found...)
	}
	return nil
}

// namePrefix returns the start of an A-label when q may be one.
func namePrefix(q string) string {
	if strings.ContainsAny(q, " @_") {
		return ""
	}
	if n, err := registrar.ParseName(q); err == nil {
		return n.A
	}
	if n, err := registrar.ParseName(q + ".x"); err == nil {
		return strings.TrimSuffix(n.A, ".x")
	}
	return ""
}
