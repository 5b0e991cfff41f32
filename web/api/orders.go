package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// KeyHeader is the idempotency key of a changing request
// (draft-ietf-httpapi-idempotency-key-header).
type KeyHeader struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" pattern:"^[!-~]+$" doc:"Any unique text of yours, 1-255 visible ASCII characters: the request can be repeated without acting twice."`
}

// key ties the header to this request's method, path and body.
func (k KeyHeader) key(ctx context.Context) *registrar.KeyRequest {
	if k.IdempotencyKey == "" {
		return nil
	}
	return &registrar.KeyRequest{Key: k.IdempotencyKey, BodyDigest: sessionOf(ctx).digest}
}

// NamePath is the name in a path. It is exported because huma looks only into
// exported parts of an input.
type NamePath struct {
	Name string `path:"name" maxLength:"255" example:"brand.shop" doc:"Domain name in A-labels or U-labels."`
}

type registerInput struct {
	KeyHeader
	Body RegisterRequest
}

type renewInput struct {
	KeyHeader
	NamePath
	Body RenewRequest
}

type nameServersInput struct {
	KeyHeader
	NamePath
	Body NameServersRequest
}

// outcome is a finished operation's domain, or the operation while it runs.
type outcome struct {
	Status     int
	Location   string `header:"Location" doc:"The domain, or the operation when the status is 202."`
	RetryAfter string `header:"Retry-After" doc:"With 202: seconds to wait before asking for the operation."`
	Body       any
}

// register orders a new name and waits for it a little.
func (s *server) register(ctx context.Context, in *registerInput) (*outcome, error) {
	line := registrar.LineRequest{Action: registrar.ActionRegister, Name: in.Body.Name, Years: in.Body.PeriodYears, NameServers: in.Body.NameServers}
	choice, err := s.registrantChoice(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	line.Registrant = choice
	return s.order(ctx, line, in.Body.ExpectedPrice, registrar.Agreement{Version: in.Body.AgreementVersion, Language: in.Body.AgreementLang}, in.key(ctx), http.StatusCreated, nil)
}

// registrantChoice checks new data here so that its findings name their place in
// the body; the engine checks again.
func (s *server) registrantChoice(ctx context.Context, b RegisterRequest) (registrar.ContactChoice, error) {
	if (b.Registrant == nil) == (b.ContactID == "") {
		e := registrar.InvalidField("registrant", "required", "Please give either registrant or contact_id.")
		return registrar.ContactChoice{}, invalid(ctx, e, nil)
	}
	if b.ContactID != "" {
		return registrar.ContactChoice{ContactID: b.ContactID}, nil
	}
	data := b.Registrant.data()
	if _, err := data.Normalize(); err != nil {
		fields := fieldPaths{}
		for _, f := range []string{"name", "organization", "street", "city", "state", "postal_code", "country_code", "phone", "email"} {
			fields[f] = "body.registrant." + f
		}
		return registrar.ContactChoice{}, s.problem(ctx, err, fields)
	}
	return registrar.ContactChoice{Data: &data}, nil
}

// renew orders more years of a name of the account.
func (s *server) renew(ctx context.Context, in *renewInput) (*outcome, error) {
	line := registrar.LineRequest{Action: registrar.ActionRenew, Name: in.Name, Years: in.Body.PeriodYears, CurrentExpiry: in.Body.CurrentExpiry}
	return s.order(ctx, line, in.Body.ExpectedPrice, registrar.Agreement{Version: in.Body.AgreementVersion, Language: in.Body.AgreementLang}, in.key(ctx), http.StatusOK, fieldPaths{"name": "path.name"})
}

// order places an order of one line under the agreement that the request says was
// accepted.
func (s *server) order(ctx context.Context, line registrar.LineRequest, expect *Amount, accepted registrar.Agreement, key *registrar.KeyRequest, done int, fields fieldPaths) (*outcome, error) {
	who := sessionOf(ctx)
	cus, err := s.customer(ctx)
	if err != nil {
		return nil, s.problem(ctx, err, fields)
	}
	if expect != nil {
		m, err := registrar.ParseMoney(expect.Amount, expect.Currency)
		if err != nil {
			return nil, s.problem(ctx, err, fieldPaths{"amount": "body.expected_price.amount", "currency": "body.expected_price.currency"})
		}
		line.Expect = &m
	}
	_, ops, err := s.opt.Engine.PlaceOrder(ctx, who.actor(), registrar.OrderRequest{
		CustomerID: cus.ID, Lines: []registrar.LineRequest{line}, Key: key,
		Agreement: accepted,
	})
	if err != nil {
		return nil, s.problem(ctx, whereToRead(err), with(with(fields, "agreement", "body.agreement_version"), "agreement_language", "body.agreement_language"))
	}
	return s.await(ctx, ops[0], done)
}

func with(fields fieldPaths, field, at string) fieldPaths {
	out := fieldPaths{field: at}
	for f, a := range fields {
		out[f] = a
	}
	return out
}

// nameServers changes the delegation of a name of the account.
func (s *server) nameServers(ctx context.Context, in *nameServersInput) (*outcome, error) {
	who := sessionOf(ctx)
	op, err := s.opt.Engine.ChangeNameServers(ctx, who.actor(), who.token.CustomerID, in.Name, in.Body.NameServers, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	return s.await(ctx, op, http.StatusOK)
}

// await waits for the operation and answers with what became of it. A process
// that stops answers at once: its workers have stopped as well.
func (s *server) await(ctx context.Context, op registrar.Operation, done int) (*outcome, error) {
	s.opt.Logger.InfoContext(ctx, "operation accepted", "request_id", requestIDOf(ctx), "operation", op.ID, "kind", op.Kind, "order", op.OrderID)
	customer := sessionOf(ctx).token.CustomerID
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.opt.Stopping, cancel)()
	op, err := s.opt.Engine.WaitOperation(wait, customer, op.ID, s.opt.WaitFor)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	switch op.State {
	case registrar.OpSucceeded:
		if _, err := s.opt.Engine.WaitRead(wait, customer, op.Domain, s.opt.SettleFor); err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		d, err := s.wholeDomain(ctx, op.Domain)
		if err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		return &outcome{Status: done, Location: s.opt.PublicURL + basePath + "/domains/" + d.Name, Body: d}, nil
	case registrar.OpFailed:
		p := newProblem(ctx, "operation-failed", op.FailureCode, op.Failure)
		p.OperationID = op.ID
		return nil, p
	}
	view, err := s.wholeOperation(ctx, op)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &outcome{Status: http.StatusAccepted, Location: s.opt.PublicURL + basePath + "/operations/" + op.ID, RetryAfter: "2", Body: view}, nil
}

func (s *server) registerOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "register-domain", Method: http.MethodPost, Path: "/domains", Summary: "Register a domain",
		Description: "Orders the name and pays from the balance, under the registration agreement that GET /agreement gives: without its version nothing is ordered. 201 with the domain when the registry answers within seconds; else 202 with the operation. A registration that fails costs nothing.",
		Security:    needs(registrar.ScopeOrders), Tags: []string{"Domains"}, DefaultStatus: http.StatusCreated,
		Errors: []int{400, 401, 402, 403, 409, 413, 415, 429, 503},
	}
	return twoWays(a, op, RegisterRequest{
		Name: "brand.shop", PeriodYears: 1, NameServers: []string{"ns1.example.net", "ns2.example.net"},
		Registrant: exampleRegistrant(), AgreementVersion: s.agreementInForce().Version,
	}, exampleDomain(true))
}

func (s *server) renewOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "renew-domain", Method: http.MethodPost, Path: "/domains/{name}/renew", Summary: "Renew a domain",
		Description: "Adds years at the registry and pays from the balance, under the registration agreement that GET /agreement gives.",
		Security:    needs(registrar.ScopeOrders), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK,
		Errors: []int{400, 401, 402, 403, 404, 409, 413, 415, 429, 503},
	}
	return twoWays(a, op, RenewRequest{PeriodYears: 2, AgreementVersion: s.agreementInForce().Version}, exampleDomain(true))
}

func (s *server) nameServersOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "set-nameservers", Method: http.MethodPut, Path: "/domains/{name}/nameservers", Summary: "Change the name servers",
		Description: "Replaces the delegation. It costs nothing.",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK,
		Errors: []int{400, 401, 403, 404, 409, 413, 415, 429, 503},
	}
	return twoWays(a, op, NameServersRequest{NameServers: []string{"ns1.example.org", "ns2.example.org"}}, exampleDomain(true))
}
