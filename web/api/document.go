package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web/ratelimit"
)

// Document returns the OpenAPI 3.1 document, as JSON, of a portal under
// publicURL (absolute, without trailing slash). It needs no engine: tools that
// check the document or make clients from it need no server either.
func Document(publicURL string) ([]byte, error) {
	if err := publicdata.CheckURL(publicURL); err != nil || strings.HasSuffix(publicURL, "/") {
		return nil, fmt.Errorf("%q is no absolute URL without trailing slash", publicURL)
	}
	clock := clockwork.NewRealClock()
	s := &server{opt: Options{PublicURL: publicURL, Clock: clock}, perToken: ratelimit.New(ratelimit.Rule{}, 1, clock), perIP: ratelimit.New(ratelimit.Rule{}, 1, clock)}
	_, doc := s.router()
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding OpenAPI: %w", err)
	}
	return out, nil
}

// groupTexts say what the groups of groupOrder are for.
var groupTexts = map[string]string{
	"Search":     "What is free, what it costs, and what is sold here.",
	"Domains":    "Register, renew, change and delete names; read their state and history.",
	"Hosts":      "Name servers below a name of yours, with their addresses (glue).",
	"Contacts":   "Who stands behind names: one contact may serve many of them.",
	"Operations": "How a request is getting on that takes time at the registry.",
	"Account":    "Money of the account.",
	"Webhooks":   "Your systems are told of what happens; with a log, replay and tests.",
}

// explain adds what huma does not know: texts of the groups, the licence, and
// for each error an example of its problem document.
func explain(doc *huma.OpenAPI) {
	doc.Info.License = &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"}
	for _, name := range groupOrder {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: name, Description: groupTexts[name]})
	}
	for _, item := range doc.Paths {
		for _, op := range operationsIn(item) {
			for status, r := range op.Responses {
				n, err := strconv.Atoi(status)
				body := r.Content[problemMedia]
				if err == nil && n >= 400 && body != nil {
					body.Example = exampleProblem(n)
				}
			}
		}
	}
}

// exampleProblem is what the first kind of a status looks like.
func exampleProblem(status int) *Problem {
	p := newProblem(context.Background(), slugByStatus(status), "", "")
	p.RequestID = "req_01k9zq3v1c7p0e4v8n5j2x6r3w"
	if p.Status == http.StatusUnprocessableEntity {
		p.Errors = []FieldError{{Location: "body.registrant.email", Code: "bad_email", Message: "Please give an e-mail address such as name@example.com."}}
	}
	return p
}
