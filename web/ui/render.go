package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// Templates are all pages, parsed at start: a broken template stops the start,
// not a visitor.
type Templates struct {
	pages map[string]*template.Template // "portal/search"
}

// ParseTemplates reads folders of pages. Each page is parsed together with all
// files of shared/ and with the parts.html of its folder. Pages of door/ belong to
// portal and admin alike.
func ParseTemplates(files fs.FS, assets *Assets, now func() time.Time) (*Templates, error) {
	shared, err := template.New("shared").Option("missingkey=error").
		Funcs(timeFuncs(now)).Funcs(plainFuncs(assets)).ParseFS(files, "shared/*.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the shell: %w", err)
	}
	t := &Templates{pages: make(map[string]*template.Template)}
	for _, area := range []string{"portal", "admin", "door", "shared"} {
		if err := t.parseArea(files, shared, area); err != nil {
			return nil, err
		}
	}
	return t, nil
}

const partsFile = "parts.html"

func (t *Templates) parseArea(files fs.FS, shared *template.Template, area string) error {
	names, err := fs.Glob(files, area+"/*.html")
	if err != nil {
		return fmt.Errorf("listing pages of %s: %w", area, err)
	}
	for _, name := range names {
		if path.Base(name) == partsFile {
			continue
		}
		page, err := shared.Clone()
		if err != nil {
			return fmt.Errorf("preparing %s: %w", name, err)
		}
		sources := []string{name}
		if parts := area + "/" + partsFile; area != "shared" && contains(names, parts) {
			sources = []string{parts, name}
		}
		if _, err := page.ParseFS(files, sources...); err != nil {
			return fmt.Errorf("parsing %s: %w", name, err)
		}
		faces := []string{area}
		if area == "door" {
			faces = []string{"portal", "admin"}
		}
		for _, face := range faces {
			t.pages[face+"/"+strings.TrimSuffix(path.Base(name), ".html")] = page
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Names lists all pages, for tests.
func (t *Templates) Names() []string {
	var out []string
	for name := range t.pages {
		out = append(out, name)
	}
	return out
}

// Execute renders a block of a page into memory, so that a failing template
// never leaves half a page.
func (t *Templates) Execute(page, block string, data any) ([]byte, error) {
	tpl, ok := t.pages[page]
	if !ok {
		return nil, fmt.Errorf("there is no page %q", page)
	}
	var buf bytes.Buffer
	if err := tpl.ExecuteTemplate(&buf, block, data); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", page, err)
	}
	return buf.Bytes(), nil
}

// plainFuncs are the template functions that depend on nothing but the assets.
func plainFuncs(assets *Assets) template.FuncMap {
	return template.FuncMap{
		"asset": func(name string) (string, error) {
			if u := assets.URL(name); u != "" {
				return u, nil
			}
			return "", fmt.Errorf("there is no asset %q", name)
		},
		"icon": func(name string) (template.HTML, error) {
			if i, ok := assets.icons[name]; ok {
				return i, nil
			}
			return "", fmt.Errorf("there is no icon %q", name)
		},
		"money": FormatMoney,
		"amount": func(minor int64, currency string) string {
			return FormatMoney(registrar.Money{Minor: minor, Currency: currency})
		},
		"state":   stateBadge,
		"badge":   badge,
		"explain": explainStatus,
		"words":   Words,
		"system":  registrar.SystemTitle,
		"stage":   StageWord,
		"price":   priceOf,
		"plural":  plural,
		"agent":   registrar.AgentName,
		"role":    registrar.RoleName,
		"years":   func(n int) string { return plural(n, "year", "years") },
		"uname":   UName,
		"join":    strings.Join,
		"slots": func(filled []string) []string { // fields for a short list: four, and one more than there are
			return append(slices.Clone(filled), make([]string, max(1, 4-len(filled)))...)
		},
		"has":    func(list []string, one string) bool { return slices.Contains(list, one) },
		"lines":  func(s []string) string { return strings.Join(s, "\n") },
		"add":    func(a, b int) int { return a + b },
		"pretty": prettyJSON,
		"dict":   dict,
		"short":  shortID,
	}
}

// priceOf returns the price of an action, nil when it is not sold.
func priceOf(prices map[registrar.Action]registrar.Money, action string) *registrar.Money {
	if m, ok := prices[registrar.Action(action)]; ok {
		return &m
	}
	return nil
}

// prettyJSON shows a value as indented JSON; invalid raw JSON is shown as it is.
func prettyJSON(v any) string {
	if raw, ok := v.(json.RawMessage); ok {
		var buf bytes.Buffer
		if json.Indent(&buf, raw, "", "  ") != nil {
			return string(raw)
		}
		return buf.String()
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// dict passes several values to a block: {{template "x" (dict "A" .A "B" .B)}}.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict needs pairs")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict key %v is no string", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}
