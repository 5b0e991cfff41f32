package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

type checkInput struct {
	KeyHeader
	Body CheckRequest
}

type checkOutput struct{ Body CheckResponse }

// check asks the registries about names; prices are in the account's currency.
func (s *server) check(ctx context.Context, in *checkInput) (*checkOutput, error) {
	cus, err := s.customer(ctx)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	if k := in.key(ctx); k != nil {
		if err := s.opt.Engine.RememberKey(ctx, cus.ID, *k); err != nil {
			return nil, s.problem(ctx, err, nil)
		}
	}
	quotes, err := s.opt.Engine.Check(ctx, in.Body.Names, cus.Currency)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &checkOutput{Body: CheckResponse{Results: make([]CheckResult, 0, len(quotes))}}
	for _, q := range quotes {
		out.Body.Results = append(out.Body.Results, CheckResult{
			Name: q.Name, UnicodeName: cmp.Or(q.UName, q.Name), Available: q.Status == registrar.Available, Status: string(q.Status),
			Reason: q.Reason, Code: codeOf(q), Premium: q.Premium, Prices: pricesOf(q.Prices),
		})
	}
	return out, nil
}

// codeOf says why a name can't be had in one word: the engine's for what we
// refuse, the status for what the registry has answered.
func codeOf(q registrar.Quote) string {
	if q.Status == registrar.Available {
		return ""
	}
	return cmp.Or(q.Code, string(q.Status))
}

type domainOutput struct{ Body Domain }

// domain returns a name of the account; anybody else's is not found.
func (s *server) domain(ctx context.Context, in *NamePath) (*domainOutput, error) {
	d, err := s.wholeDomain(ctx, in.Name)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	return &domainOutput{Body: d}, nil
}

// wholeDomain reads a name of the account with its registrant.
func (s *server) wholeDomain(ctx context.Context, name string) (Domain, error) {
	customer := sessionOf(ctx).token.CustomerID
	d, err := s.opt.Engine.OwnedDomain(ctx, customer, name)
	if err != nil {
		return Domain{}, err
	}
	out := domainOf(d)
	holder, err := s.opt.Engine.Read().ContactVersion(ctx, d.Registrant)
	if err != nil && !registrar.IsNotFound(err) {
		return Domain{}, fmt.Errorf("reading registrant: %w", err)
	}
	if err == nil && holder.CustomerID == customer {
		out.Registrant = registrantOf(holder)
	}
	if out.Contacts, err = s.roles(ctx, d); err != nil {
		return Domain{}, err
	}
	return out, nil
}

type listInput struct {
	Cursor string `query:"cursor" maxLength:"400" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on the page."`
}

type listOutput struct {
	Link string `header:"Link" doc:"The next page, rel=next (RFC 8288)."`
	Body DomainList
}

// list pages through the live names of the account.
func (s *server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	after, err := decodeCursor(in.Cursor)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"cursor": "query.cursor"})
	}
	f := registrar.DomainFilter{
		CustomerID: sessionOf(ctx).token.CustomerID,
		States:     []registrar.DomainState{registrar.DomainPendingCreate, registrar.DomainActive, registrar.DomainPendingDelete},
	}
	domains, err := s.opt.Engine.Read().Domains(ctx, f, registrar.Page{After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("listing domains: %w", err), nil)
	}
	out := &listOutput{Body: DomainList{Domains: make([]Domain, 0, len(domains))}}
	for i, d := range domains {
		if i == in.Limit { // there is more: the extra row proves it
			out.Body.NextCursor = encodeCursor(domains[i-1].Name)
			next := url.Values{"cursor": {out.Body.NextCursor}, "limit": {fmt.Sprint(in.Limit)}}
			out.Link = fmt.Sprintf("<%s%s/domains?%s>; rel=\"next\"", s.opt.PublicURL, basePath, next.Encode())
			break
		}
		out.Body.Domains = append(out.Body.Domains, domainOf(d))
	}
	return out, nil
}

// cursorMark makes cursors of another kind, or from elsewhere, tell themselves.
const cursorMark = "d1:"

func encodeCursor(name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + name))
}

// decodeCursor returns the name after which a page starts.
func decodeCursor(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	bad := registrar.InvalidField("cursor", "bad_cursor", "This cursor was not given out by this list.")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return "", bad
	}
	name, ok := strings.CutPrefix(string(raw), cursorMark)
	if n, err := registrar.ParseName(name); !ok || err != nil || n.A != name {
		return "", bad
	}
	return name, nil
}

func (s *server) checkOp() huma.Operation {
	op := huma.Operation{
		OperationID: "check-domains", Method: http.MethodPost, Path: "/domains/check", Summary: "Check availability and prices",
		Description: "Asks all registries concerned at once. Names that a registry does not answer within 4 seconds are unknown; ask again for them.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Search"},
		Errors: []int{400, 401, 403, 409, 413, 415, 429, 503},
	}
	return withExamples(op, CheckRequest{Names: []string{"brand.shop", "brand.unsold"}}, CheckResponse{Results: []CheckResult{
		{Name: "brand.shop", UnicodeName: "brand.shop", Available: true, Status: "available", Prices: examplePrices()},
		{Name: "brand.unsold", UnicodeName: "brand.unsold", Status: "unsupported", Reason: "This ending is not sold here.", Code: "tld_not_sold", Prices: Prices{}},
	}})
}

func (s *server) domainOp() huma.Operation {
	op := huma.Operation{
		OperationID: "get-domain", Method: http.MethodGet, Path: "/domains/{name}", Summary: "Show a domain",
		Description: "State, dates and statuses as the registry gave them when it was last asked, with name servers, holder and contacts.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Domains"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, exampleDomain(true))
}

func (s *server) listOp() huma.Operation {
	op := huma.Operation{
		OperationID: "list-domains", Method: http.MethodGet, Path: "/domains", Summary: "List domains",
		Description: "By name, page by page: pass next_cursor of one page as cursor of the next.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Domains"}, Errors: []int{401, 403, 429, 503},
	}
	return withExamples(op, nil, DomainList{Domains: []Domain{exampleDomain(false)}})
}
