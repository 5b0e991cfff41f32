package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/api"
)

// spec is the part of an OpenAPI document that the tests read.
type spec struct {
	OpenAPI string
	Paths   map[string]map[string]specOperation
}

type specOperation struct {
	OperationID string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Example  any
	}
	RequestBody *specBody
	Responses   map[string]specBody
}

type specBody struct {
	Content map[string]struct{ Example any }
}

func readSpec(t *testing.T, w *world) spec {
	t.Helper()
	var s spec
	w.call("GET", "/openapi.json", nil).want(200, &s)
	if s.OpenAPI != "3.1.0" {
		t.Fatalf("OpenAPI %q", s.OpenAPI)
	}
	return s
}

// exampleRuns lists every operation and the status that its example gives. The
// order matters: a name must exist before it can be shown.
var exampleRuns = []struct{ method, path, status string }{
	{"POST", "/domains/check", "200"}, {"GET", "/tlds", "200"}, {"GET", "/agreement", "200"}, {"POST", "/domains", "201"}, {"GET", "/domains", "200"},
	{"GET", "/domains/{name}", "200"}, {"POST", "/domains/{name}/renew", "200"}, {"PUT", "/domains/{name}/nameservers", "200"},
	{"GET", "/operations/{id}", "200"}, {"GET", "/balance", "200"},
	{"GET", "/payments", "200"},
	{"POST", "/domains/{name}/lock", "200"}, {"DELETE", "/domains/{name}/lock", "200"}, {"POST", "/domains/{name}/transfer-code", "200"},
	{"GET", "/contacts", "200"}, {"GET", "/contacts/{contact}", "200"}, {"PUT", "/contacts/{contact}", "200"}, {"PUT", "/domains/{name}/contacts", "200"},
	{"PUT", "/domains/{name}/hosts/{host}", "200"}, {"GET", "/domains/{name}/hosts", "200"}, {"GET", "/domains/{name}/hosts/{host}", "200"},
	{"DELETE", "/domains/{name}/hosts/{host}", "200"}, {"GET", "/domains/{name}/history", "200"}, {"DELETE", "/domains/{name}", "200"},
	{"GET", "/webhook-events", "200"}, {"POST", "/webhooks", "201"}, {"GET", "/webhooks", "200"}, {"GET", "/webhooks/{webhook}", "200"},
	{"PUT", "/webhooks/{webhook}", "200"}, {"POST", "/webhooks/{webhook}/secret", "200"}, {"POST", "/webhooks/{webhook}/test", "202"},
	{"GET", "/webhooks/{webhook}/deliveries", "200"}, {"GET", "/webhooks/{webhook}/deliveries/{delivery}", "200"},
	{"POST", "/webhooks/{webhook}/deliveries/{delivery}/replay", "200"}, {"POST", "/webhooks/{webhook}/replay", "200"},
	{"DELETE", "/webhooks/{webhook}", "204"},
}

// TestEveryExampleRuns sends the example of each operation as documented and
// checks the answer, and the example of the answer, against the schema.
func TestEveryExampleRuns(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	s, doc := readSpec(t, w), describe(t, w)
	run := map[string]bool{}
	for _, c := range exampleRuns {
		what := c.method + " " + c.path
		run[what] = true
		op, ok := s.Paths[c.path][strings.ToLower(c.method)]
		if !ok {
			t.Errorf("%s is not documented", what)
			continue
		}
		var body any
		if op.RequestBody != nil {
			if body = op.RequestBody.Content["application/json"].Example; body == nil {
				t.Fatalf("%s has no example", what)
			}
		}
		a := w.call(c.method, exampleTarget(w, c.path, op), body)
		if fmt.Sprint(a.Code) != c.status {
			t.Fatalf("%s: %d %s", what, a.Code, a.Body)
		}
		if a.Code == http.StatusNoContent {
			continue
		}
		var got any
		a.want(a.Code, &got)
		validate(t, doc, schemaOf(doc, c.method, c.path, c.status), what+" answer", got)
		for status, r := range op.Responses {
			if status < "4" {
				validate(t, doc, schemaOf(doc, c.method, c.path, status), what+" example "+status, r.Content["application/json"].Example)
			}
		}
	}
	for path, methods := range s.Paths {
		for method := range methods {
			if what := strings.ToUpper(method) + " " + path; !run[what] {
				t.Errorf("%s is documented, but its example was not run", what)
			}
		}
	}
}

// exampleTarget fills a path with the documented examples; ids can't be known
// beforehand, so the newest operation stands for its example.
func exampleTarget(w *world, path string, op specOperation) string {
	w.t.Helper()
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		value, ok := p.Example.(string)
		if !ok {
			w.t.Fatalf("%s: parameter %s has no example", path, p.Name)
		}
		if p.Name == "contact" {
			d, err := w.engine.OwnedDomain(w.t.Context(), w.user.CustomerID, "brand.shop")
			if err != nil {
				w.t.Fatal(err)
			}
			value = d.Registrant.ContactID
		}
		if p.Name == "webhook" || p.Name == "delivery" {
			value = newestHook(w, p.Name)
		}
		if p.Name == "id" {
			ops, err := w.engine.Read().Operations(w.t.Context(), operationsOf(w), page(1))
			if err != nil || len(ops) != 1 {
				w.t.Fatal(err, ops)
			}
			value = ops[0].ID
		}
		path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
	}
	return path
}

// newestHook returns the id of the account's webhook, or of its newest delivery.
func newestHook(w *world, what string) string {
	w.t.Helper()
	hooks, err := w.engine.Webhooks(w.t.Context(), w.user.CustomerID)
	if err != nil || len(hooks) != 1 {
		w.t.Fatal(err, hooks)
	}
	if what == "webhook" {
		return hooks[0].ID
	}
	list, err := w.engine.Read().EventDeliveries(w.t.Context(), registrar.DeliveryFilter{EndpointID: hooks[0].ID}, page(1))
	if err != nil || len(list) != 1 {
		w.t.Fatal(err, list)
	}
	return list[0].ID
}

func describe(t *testing.T, w *world) *huma.OpenAPI {
	t.Helper()
	doc, err := api.Describe(api.Options{Engine: w.engine, PublicURL: "https://portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func schemaOf(doc *huma.OpenAPI, method, path, status string) *huma.Schema {
	item := doc.Paths[path]
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete}[method]
	return op.Responses[status].Content["application/json"].Schema
}

func validate(t *testing.T, doc *huma.OpenAPI, schema *huma.Schema, what string, v any) {
	t.Helper()
	if schema == nil || v == nil {
		t.Errorf("%s: no schema or no value", what)
		return
	}
	res := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, res)
	for _, err := range res.Errors {
		t.Errorf("%s: %v", what, err)
	}
}

// TestValidateCanFail keeps the test above honest.
func TestValidateCanFail(t *testing.T) {
	w := newWorld(t, nil)
	doc := describe(t, w)
	res := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, doc.Components.Schemas.Map()["CheckResult"], huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer,
		map[string]any{"name": 7, "status": "free"}, res)
	if len(res.Errors) < 3 {
		t.Fatalf("findings: %v", res.Errors)
	}
}

func TestDocuments(t *testing.T) {
	w := newWorld(t, nil)
	for path, media := range map[string]string{
		"/openapi.json": "application/openapi+json", "/openapi.yaml": "application/openapi+yaml",
		"/docs": "text/html; charset=UTF-8", "/problems": "text/html; charset=UTF-8", "/docs.css": "text/css; charset=utf-8",
	} {
		a := w.call("GET", path, nil, "Authorization", "").want(200, nil)
		if got := a.Header().Get("Content-Type"); got != media {
			t.Errorf("%s: content type %q", path, got)
		}
		if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		body := a.Body.String()
		for _, bad := range []string{"<script", "src=\"http", "href=\"http", "style=\"", "@import", "url(", "ZgotmplZ"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
	}
	docs := w.call("GET", "/docs", nil).Body.String()
	for path, methods := range readSpec(t, w).Paths {
		for method, op := range methods {
			if !strings.Contains(docs, `id="`+op.OperationID+`"`) || !strings.Contains(docs, "<b>"+strings.ToUpper(method)+"</b> <code>"+path+"</code>") {
				t.Errorf("the page lacks %s %s", method, path)
			}
		}
	}
	if !strings.Contains(docs, "--json &#39;{") && !strings.Contains(docs, "--json '{") {
		t.Error("the page lacks example requests")
	}
}

// TestProblemTypesAreExplained: each type a client may see leads to a section.
func TestProblemTypesAreExplained(t *testing.T) {
	w := newWorld(t, nil)
	page := w.call("GET", "/problems", nil).Body.String()
	for _, a := range []*answer{
		w.call("GET", "/nothing", nil), w.call("GET", "/domains", nil, "Authorization", ""), w.call("DELETE", "/domains", nil),
		w.call("POST", "/domains", "{"), w.call("POST", "/domains", "{}"),
	} {
		var p api.Problem
		a.want(a.Code, &p)
		_, slug, _ := strings.Cut(p.Type, "#")
		if a.Code == http.StatusOK || !strings.Contains(page, `id="`+slug+`"`) {
			t.Errorf("%s: type %q is not explained", a.what, p.Type)
		}
	}
}

// TestDocumentIsTheSame: the document is fixed, whatever map order was.
func TestDocumentIsTheSame(t *testing.T) {
	w := newWorld(t, nil)
	one := w.call("GET", "/openapi.json", nil).Body.String()
	for range 5 {
		w.handler = w.mount(nil)
		if got := w.call("GET", "/openapi.json", nil).Body.String(); got != one {
			t.Fatal("two servers describe themselves differently")
		}
	}
	if !json.Valid([]byte(one)) {
		t.Fatal("not JSON")
	}
}
