package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/indera/indera/web/api"
)

// spec is the part of an OpenAPI document that the tests read.
type spec struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Summary     string
		Security    []map[string][]string
		Parameters  []struct {
			Name, In string
			Example  any
		}
		RequestBody *struct {
			Content map[string]struct{ Example any }
		}
		Responses map[string]struct {
			Content map[string]struct{ Example any }
		}
	}
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

// TestEveryExampleRuns sends the example of each operation as documented and
// checks the answer, and the example of the answer, against the schema.
func TestEveryExampleRuns(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	s := readSpec(t, w)
	doc := describe(t, w)
	schemas := doc.Components.Schemas
	var seen []string
	operationID := ""
	// The order matters: a name must exist before it can be shown.
	for _, want := range []string{"POST /domains/check 200", "GET /tlds 200", "POST /domains 201", "GET /domains 200", "GET /domains/{name} 200",
		"POST /domains/{name}/renew 200", "PUT /domains/{name}/nameservers 200", "GET /operations/{id} 200", "GET /balance 200"} {
		var method, path, status string
		if _, err := fmt.Sscan(want, &method, &path, &status); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, method+" "+path)
		op, ok := s.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s is not documented", want)
			continue
		}
		if path == "/operations/{id}" {
			ops, err := w.engine.Read().Operations(t.Context(), operationsOf(w), page(1))
			if err != nil || len(ops) != 1 {
				t.Fatal(err, ops)
			}
			operationID = ops[0].ID
		}
		target := path
		for _, p := range op.Parameters {
			if p.In == "path" {
				target = strings.ReplaceAll(target, "{"+p.Name+"}", p.Example.(string))
			}
		}
		if operationID != "" && path == "/operations/{id}" {
			target = "/operations/" + operationID
		}
		var body any
		if op.RequestBody != nil {
			if body = op.RequestBody.Content["application/json"].Example; body == nil {
				t.Fatalf("%s has no example", want)
			}
		}
		a := w.call(method, target, body)
		if fmt.Sprint(a.Code) != status {
			t.Fatalf("%s: %d %s", want, a.Code, a.Body)
		}
		var got any
		a.want(a.Code, &got)
		for answer, r := range op.Responses {
			if answer >= "4" {
				continue
			}
			example, schema := r.Content["application/json"].Example, schemaOf(doc, method, path, answer)
			if example == nil || schema == nil {
				t.Errorf("%s %s has no example or schema", want, answer)
				continue
			}
			validate(t, schemas, schema, want+" example "+answer, example)
			if answer == status {
				validate(t, schemas, schema, want+" answer", got)
			}
		}
	}
	for path, methods := range s.Paths {
		for method := range methods {
			what := strings.ToUpper(method) + " " + path
			if i := sort.SearchStrings(sorted(seen), what); i == len(seen) || sorted(seen)[i] != what {
				t.Errorf("%s is documented, but its example was not run", what)
			}
		}
	}
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
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put}[method]
	return op.Responses[status].Content["application/json"].Schema
}

func sorted(in []string) []string {
	out := append([]string(nil), in...)
	sort.Strings(out)
	return out
}

func validate(t *testing.T, schemas huma.Registry, schema *huma.Schema, what string, v any) {
	t.Helper()
	res := &huma.ValidateResult{}
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, res)
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
