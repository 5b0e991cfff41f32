package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
)

// AgreementBody is the registration agreement in force, in one language.
type AgreementBody struct {
	Version   string   `json:"version" example:"2026-12" doc:"What an order gives as agreement_version."`
	Language  string   `json:"language" example:"en" doc:"Of this text (RFC 5646)."`
	Languages []string `json:"languages" nullable:"false" doc:"In which it is given, the default first."`
	Format    string   `json:"format" enum:"markdown,text" doc:"markdown: CommonMark without HTML and images; text: paragraphs, divided by empty lines."`
	Text      string   `json:"text" example:"## 1. What you get"`
	URL       string   `json:"url" format:"uri" doc:"The same as a page that needs no sign-in."`
}

type agreementInput struct {
	Language string `query:"language" maxLength:"35" doc:"The language wanted; absent: the account's. A language that it is not given in gets the default one."`
}

type agreementOutput struct {
	Body AgreementBody
}

// agreement gives the text that a customer has to read before an order.
func (s *server) agreement(ctx context.Context, in *agreementInput) (*agreementOutput, error) {
	wanted := in.Language
	if wanted == "" {
		cus, err := s.customer(ctx)
		if err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		wanted = cus.Language
	}
	body := s.agreementBody(s.opt.Engine.AgreementIn(wanted))
	body.Languages = nil
	for _, t := range s.opt.Engine.Agreements() {
		body.Languages = append(body.Languages, t.Language)
	}
	return &agreementOutput{body}, nil
}

func (s *server) agreementBody(t agreement.Text) AgreementBody {
	return AgreementBody{Version: t.Version, Language: t.Language, Languages: []string{t.Language}, Format: string(t.Format), Text: t.Body,
		URL: s.opt.PublicURL + "/agreement?language=" + t.Language}
}

// agreementInForce serves the examples, which a document without an engine has too.
func (s *server) agreementInForce() agreement.Text {
	if s.opt.Engine == nil {
		return agreement.Sample()
	}
	return s.opt.Engine.Agreements()[0]
}

func (s *server) agreementOp() huma.Operation {
	example := s.agreementBody(s.agreementInForce())
	if head, _, ok := strings.Cut(example.Text, "\n"); ok {
		example.Text = head + "\n…"
	}
	return withExamples(huma.Operation{
		OperationID: "get-agreement", Method: http.MethodGet, Path: "/agreement", Summary: "Registration agreement",
		Description: "The agreement in force, for you to show: an order gives its version, which says that the customer has read and accepted it. Version, time, address and language are kept with the order, and the text as it was.",
		Security:    needs(registrar.ScopeDomainsRead, registrar.ScopeOrders), Tags: []string{"Domains"}, Errors: []int{401, 403, 429, 503},
	}, nil, example)
}

// notAccepted is the code of orders that do not name the agreement in force.
const notAccepted = "agreement_not_accepted"

const readAgreement = "Give agreement_version, the version of the registration agreement that was accepted; read it at GET " + basePath + "/agreement."

// lacksAgreement tells the missing member from other findings about a body.
func lacksAgreement(d *huma.ErrorDetail) bool {
	return d.Location == "body" && strings.Contains(d.Message, "agreement_version")
}

// whereToRead adds to a refusal of the engine where the text is.
func whereToRead(err error) error {
	var refusal *registrar.Error
	if !errors.As(err, &refusal) || refusal.Code != notAccepted {
		return err
	}
	more := *refusal
	more.Detail = fmt.Sprintf("%s Read it at GET %s/agreement.", more.Detail, basePath)
	return &more
}
