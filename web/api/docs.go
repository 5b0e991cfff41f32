package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

//go:embed docs.html problems.html docs.css
var pages embed.FS

// docsCSP lets the pages use our style sheet and nothing else.
const docsCSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// documents serves what is written once at start: the OpenAPI document and the
// pages made from it.
func (s *server) documents(g *echo.Group, doc *huma.OpenAPI) error {
	asJSON, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding OpenAPI: %w", err)
	}
	asYAML, err := doc.YAML()
	if err != nil {
		return fmt.Errorf("encoding OpenAPI as YAML: %w", err)
	}
	style, err := pages.ReadFile("docs.css")
	if err != nil {
		return fmt.Errorf("reading style sheet: %w", err)
	}
	tmpl, err := template.ParseFS(pages, "*.html")
	if err != nil {
		return fmt.Errorf("parsing pages: %w", err)
	}
	manual, err := s.manual(doc)
	if err != nil {
		return err
	}
	docs, err := render(tmpl, "docs.html", manual)
	if err != nil {
		return err
	}
	problems, err := render(tmpl, "problems.html", problemKinds)
	if err != nil {
		return err
	}
	g.GET("/openapi.json", fixed("application/openapi+json", asJSON))
	g.GET("/openapi.yaml", fixed("application/openapi+yaml", asYAML))
	g.GET("/docs", fixed(echo.MIMETextHTMLCharsetUTF8, docs))
	g.GET("/docs.css", fixed("text/css; charset=utf-8", style))
	g.GET("/problems", fixed(echo.MIMETextHTMLCharsetUTF8, problems))
	return nil
}

func render(t *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func fixed(media string, body []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", docsCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		return c.Blob(http.StatusOK, media, body)
	}
}

// manual is what the page shows.
type manual struct {
	Title, Base string
	Text        []string
	Groups      []manualGroup
}

type manualGroup struct {
	Name       string
	Operations []manualOperation
}

type manualOperation struct {
	ID, Method, Path, Summary, Description string
	Scopes                                 []string
	Params                                 []manualParam
	Curl                                   string
	Answers                                []manualAnswer
	Errors                                 []string
}

type manualParam struct{ Name, In, Doc string }

type manualAnswer struct{ Status, Text, Example string }

// groupOrder is the order of the page.
var groupOrder = []string{"Search", "Domains", "Hosts", "Contacts", "Operations", "Account", "Webhooks"}

func (s *server) manual(doc *huma.OpenAPI) (manual, error) {
	m := manual{Title: doc.Info.Title, Base: s.opt.PublicURL + basePath, Text: strings.Split(doc.Info.Description, "\n\n")}
	byTag := make(map[string][]manualOperation)
	for path, item := range doc.Paths {
		for _, op := range operationsIn(item) {
			mo, err := m.operation(path, op)
			if err != nil {
				return m, err
			}
			byTag[op.Tags[0]] = append(byTag[op.Tags[0]], mo)
		}
	}
	for _, tag := range groupOrder {
		ops := byTag[tag]
		slices.SortFunc(ops, func(a, b manualOperation) int {
			return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
		})
		m.Groups = append(m.Groups, manualGroup{tag, ops})
		delete(byTag, tag)
	}
	if len(byTag) > 0 {
		return m, fmt.Errorf("documenting the API: tags without a place on the page: %v", byTag)
	}
	return m, nil
}

func (m manual) operation(path string, op *huma.Operation) (manualOperation, error) {
	mo := manualOperation{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Description: op.Description}
	for _, alternative := range op.Security {
		mo.Scopes = append(mo.Scopes, alternative[securityScheme]...)
	}
	target := path
	for _, p := range op.Parameters {
		mo.Params = append(mo.Params, manualParam{p.Name, p.In, p.Description})
		if p.In == "path" {
			target = strings.ReplaceAll(target, "{"+p.Name+"}", fmt.Sprint(p.Example))
		}
	}
	var err error
	if mo.Curl, err = m.curl(op, target); err != nil {
		return mo, err
	}
	for status, r := range op.Responses {
		if n, convErr := strconv.Atoi(status); convErr != nil || n >= 400 {
			mo.Errors = append(mo.Errors, status)
			continue
		}
		text := ""
		if media := r.Content[jsonMedia]; media != nil { // a 204 has none
			if text, err = indent(media.Example); err != nil {
				return mo, err
			}
		}
		mo.Answers = append(mo.Answers, manualAnswer{status, r.Description, text})
	}
	slices.Sort(mo.Errors)
	slices.SortFunc(mo.Answers, func(a, b manualAnswer) int { return strings.Compare(a.Status, b.Status) })
	return mo, nil
}

// curl writes the example as a command line for a shell.
func (m manual) curl(op *huma.Operation, target string) (string, error) {
	line := "curl"
	if op.Method != http.MethodGet {
		line += " -X " + op.Method
	}
	line += " " + m.Base + target + " \\\n  -H \"Authorization: Bearer $TOKEN\""
	if op.RequestBody == nil {
		if op.Method != http.MethodGet {
			line += " \\\n  -H \"Idempotency-Key: $(uuidgen)\""
		}
		return line, nil
	}
	body, err := indent(op.RequestBody.Content[jsonMedia].Example)
	if err != nil {
		return "", err
	}
	return line + " \\\n  -H \"Idempotency-Key: $(uuidgen)\" \\\n  --json '" + strings.ReplaceAll(body, "'", `'\''`) + "'", nil
}

func indent(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the template escapes
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("encoding example: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}
