package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// PaymentList is one page of the account's payments.
type PaymentList struct {
	Payments   []Payment `json:"payments" nullable:"false"`
	NextCursor string    `json:"next_cursor,omitempty" doc:"Where the next page starts; absent on the last."`
}

// Payment is one try to bring money in.
type Payment struct {
	ID         string        `json:"id" example:"pay_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Provider   string        `json:"provider" example:"stripe"`
	State      string        `json:"state" enum:"started,succeeded,failed,expired,needs_review,closed" doc:"Only succeeded has been added to the balance."`
	Processing bool          `json:"processing" doc:"The bank is still working on it."`
	Amount     BalanceAmount `json:"amount"`
	CreatedAt  time.Time     `json:"created_at"`
	FinishedAt *time.Time    `json:"finished_at,omitempty"`
}

func paymentOf(p registrar.Payment) Payment {
	return Payment{ID: p.ID, Provider: p.Provider, State: string(p.State), Processing: p.Processing,
		Amount: BalanceAmount{p.Amount.Decimal(), p.Amount.Currency}, CreatedAt: p.CreatedAt, FinishedAt: p.FinishedAt}
}

type paymentsInput struct {
	Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on the page."`
}

type paymentsOutput struct {
	Link string `header:"Link" doc:"The next page, rel=next (RFC 8288)."`
	Body PaymentList
}

// payments pages through the account's payments, newest first.
func (s *server) payments(ctx context.Context, in *paymentsInput) (*paymentsOutput, error) {
	after, err := decodePaymentCursor(in.Cursor)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"cursor": "query.cursor"})
	}
	f := registrar.PaymentFilter{CustomerID: sessionOf(ctx).token.CustomerID}
	rows, err := s.opt.Engine.Read().Payments(ctx, f, registrar.Page{After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("listing payments: %w", err), nil)
	}
	out := &paymentsOutput{Body: PaymentList{Payments: make([]Payment, 0, len(rows))}}
	for i, p := range rows {
		if i == in.Limit { // there is more: the extra row proves it
			out.Body.NextCursor = encodePaymentCursor(rows[i-1].ID)
			next := url.Values{"cursor": {out.Body.NextCursor}, "limit": {fmt.Sprint(in.Limit)}}
			out.Link = fmt.Sprintf("<%s%s/payments?%s>; rel=\"next\"", s.opt.PublicURL, basePath, next.Encode())
			break
		}
		out.Body.Payments = append(out.Body.Payments, paymentOf(p))
	}
	return out, nil
}

// paymentMark makes cursors of another list tell themselves.
const paymentMark = "p1:"

var paymentID = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

func encodePaymentCursor(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(paymentMark + id))
}

// decodePaymentCursor returns the id after which a page starts.
func decodePaymentCursor(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	id, ok := strings.CutPrefix(string(raw), paymentMark)
	if err != nil || !ok || !paymentID.MatchString(id) {
		return "", registrar.InvalidField("cursor", "bad_cursor", "This cursor was not given out by this list.")
	}
	return id, nil
}

func (s *server) paymentsOp() huma.Operation {
	op := huma.Operation{
		OperationID: "list-payments", Method: http.MethodGet, Path: "/payments", Summary: "List payments",
		Description: "Newest first, page by page: pass next_cursor of one page as cursor of the next. Payments are started in the portal.",
		Security:    needs(registrar.ScopeOrders), Tags: []string{"Account"}, Errors: []int{401, 403, 429, 503},
	}
	began := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	ended := began.Add(90 * time.Second)
	return withExamples(op, nil, PaymentList{Payments: []Payment{{
		ID: "pay_01k9zq3v1c7p0e4v8n5j2x6r3w", Provider: "stripe", State: string(registrar.PaymentSucceeded),
		Amount: BalanceAmount{"250.00", "USD"}, CreatedAt: began, FinishedAt: &ended,
	}}})
}
