package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

type operationInput struct {
	ID string `path:"id" maxLength:"64" example:"op_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Operation id."`
}

type operationOutput struct{ Body Operation }

// operation returns one operation of the account; anybody else's is not found.
func (s *server) operation(ctx context.Context, in *operationInput) (*operationOutput, error) {
	op, err := s.opt.Engine.Read().Operation(ctx, in.ID)
	if registrar.IsNotFound(err) || (err == nil && op.CustomerID != sessionOf(ctx).token.CustomerID) {
		return nil, newProblem(ctx, "not-found", "no_such_operation", "There is no such operation in your account.")
	}
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("reading operation: %w", err), nil)
	}
	view, err := s.wholeOperation(ctx, op)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &operationOutput{Body: view}, nil
}

func (s *server) wholeOperation(ctx context.Context, op registrar.Operation) (Operation, error) {
	commands, err := s.opt.Engine.Read().CommandsOf(ctx, op.ID)
	if err != nil {
		return Operation{}, fmt.Errorf("reading commands: %w", err)
	}
	return operationOf(op, commands), nil
}

type balanceOutput struct{ Body Balance }

// balance returns the account's money.
func (s *server) balance(ctx context.Context, _ *struct{}) (*balanceOutput, error) {
	acc, err := s.opt.Engine.Balance(ctx, sessionOf(ctx).token.CustomerID)
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("reading balance: %w", err), nil)
	}
	amount := func(minor int64) BalanceAmount {
		return BalanceAmount{registrar.Money{Minor: minor, Currency: acc.Currency}.Decimal(), acc.Currency}
	}
	return &balanceOutput{Body: Balance{amount(acc.Balance), amount(acc.Held), amount(acc.Available().Minor)}}, nil
}

type tldsOutput struct{ Body TLDList }

// tlds returns the price list in the account's currency.
func (s *server) tlds(ctx context.Context, _ *struct{}) (*tldsOutput, error) {
	cus, err := s.customer(ctx)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	lines, err := s.opt.Engine.PriceList(ctx, cus.Currency)
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("reading price list: %w", err), nil)
	}
	out := &tldsOutput{Body: TLDList{TLDs: make([]TLD, 0, len(lines))}}
	for _, l := range lines {
		out.Body.TLDs = append(out.Body.TLDs, TLD{
			Name: l.TLD.Name, MinYears: l.TLD.MinYears, MaxYears: l.TLD.MaxYears,
			MinNameServers: l.TLD.MinNameServers, MaxNameServers: l.TLD.MaxNameServers, Prices: pricesOf(l.Prices),
		})
	}
	return out, nil
}

func (s *server) operationOp() huma.Operation {
	op := huma.Operation{
		OperationID: "get-operation", Method: http.MethodGet, Path: "/operations/{id}", Summary: "Show an operation",
		Description: "With what is done at the registry. Any scope will do: whoever may ask for something may see what became of it.",
		Security:    needs(registrar.AllScopes...), Tags: []string{"Operations"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, exampleOperation())
}

func (s *server) balanceOp() huma.Operation {
	op := huma.Operation{
		OperationID: "get-balance", Method: http.MethodGet, Path: "/balance", Summary: "Show the balance",
		Description: "What is booked, what is set aside for orders under way, and what may still be spent.",
		Security:    needs(registrar.ScopeOrders), Tags: []string{"Account"}, Errors: []int{401, 403, 429, 503},
	}
	return withExamples(op, nil, Balance{BalanceAmount{"250.00", "USD"}, BalanceAmount{"12.00", "USD"}, BalanceAmount{"238.00", "USD"}})
}

func (s *server) tldsOp() huma.Operation {
	op := huma.Operation{
		OperationID: "list-tlds", Method: http.MethodGet, Path: "/tlds", Summary: "Price list",
		Description: "Every ending that is sold in the currency of the account, with its limits and what one year costs.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Search"}, Errors: []int{401, 403, 429, 503},
	}
	return withExamples(op, nil, TLDList{TLDs: []TLD{{Name: "shop", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Prices: examplePrices()}}})
}
