package api

import (
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

const jsonMedia = "application/json"

// needs lists the scopes any one of which opens an operation.
func needs(scopes ...registrar.Scope) []map[string][]string {
	var out []map[string][]string
	for _, s := range scopes {
		out = append(out, map[string][]string{securityScheme: {string(s)}})
	}
	return out
}

// withExamples puts an example of the request and of the answer into the
// document. A test sends each request and checks each answer.
func withExamples(op huma.Operation, request, answer any) huma.Operation {
	if request != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonMedia: {Example: request}}}
	}
	if op.DefaultStatus == 0 {
		op.DefaultStatus = 200
	}
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): {
		Content: map[string]*huma.MediaType{jsonMedia: {Example: answer}},
	}}
	op.MaxBodyBytes = maxBody + 1 // the edge has refused more already
	op.BodyReadTimeout = -1       // and has read the body
	return op
}

// twoWays documents an operation that answers with a domain or, when that takes
// longer, with 202 and an operation.
func twoWays(a huma.API, op huma.Operation, request any, answer Domain) huma.Operation {
	op = withExamples(op, request, answer)
	schemas := a.OpenAPI().Components.Schemas
	op.Responses[strconv.Itoa(op.DefaultStatus)].Content[jsonMedia].Schema = schemas.Schema(reflect.TypeFor[Domain](), true, "")
	running := exampleOperation()
	running.State, running.FinishedAt, running.Commands[1].State, running.Commands[1].Code = "running", nil, "sent", 0
	op.Responses["202"] = &huma.Response{
		Description: "Accepted: still under way at the registry.",
		Content:     map[string]*huma.MediaType{jsonMedia: {Example: running, Schema: schemas.Schema(reflect.TypeFor[Operation](), true, "")}},
	}
	return op
}

// liftExamples copies the examples of parameters from their schemas to where
// most tools look for them.
func liftExamples(doc *huma.OpenAPI) {
	for _, item := range doc.Paths {
		for _, op := range operationsIn(item) {
			for _, p := range op.Parameters {
				if p.Schema != nil && len(p.Schema.Examples) > 0 {
					p.Example = p.Schema.Examples[0]
				}
			}
		}
	}
}

func operationsIn(item *huma.PathItem) []*huma.Operation {
	var out []*huma.Operation
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			out = append(out, op)
		}
	}
	return out
}

var exampleTime = time.Date(2026, 11, 23, 10, 20, 30, 0, time.UTC)

func examplePrices() Prices {
	return Prices{"register": {"12.00", "USD"}, "renew": {"15.00", "USD"}}
}

func exampleRegistrant() *Registrant {
	return &Registrant{Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH",
		CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org"}
}

func exampleDomain(whole bool) Domain {
	created, expires := exampleTime, exampleTime.AddDate(1, 0, 0)
	d := Domain{
		ID: "dom_01k9zq3v1c7p0e4v8n5j2x6r3w", Name: "brand.shop", UnicodeName: "brand.shop", TLD: "shop", State: "active", OwnerSystem: "engine",
		Statuses: []string{"ok"}, NameServers: []string{"ns1.example.net", "ns2.example.net"}, ContactID: "con_01k9zq3v1c7p0e4v8n5j2x6r3w", Locks: []string{},
		OrderedAt: created, CreatedAt: &created, ExpiresAt: &expires,
	}
	if whole {
		d.Registrant = exampleRegistrant()
		d.Contacts = []Role{{"registrant", d.ContactID}, {"tech", d.ContactID}}
	}
	return d
}

func exampleOperation() Operation {
	finished := exampleTime.Add(time.Second)
	return Operation{
		ID: "op_01k9zq3v1c7p0e4v8n5j2x6r3w", Kind: "register", State: "succeeded", Domain: "brand.shop",
		OrderID: "ord_01k9zq3v1c7p0e4v8n5j2x6r3w", CreatedAt: exampleTime, FinishedAt: &finished,
		Commands: []Command{{"contact:create", "iq3v1c7p0e4v8n5j", "done", 1000}, {"domain:create", "brand.shop", "done", 1000}},
	}
}
