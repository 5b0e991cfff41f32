package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed static
var static embed.FS

// AssetPrefix is where static files are served.
const AssetPrefix = "/assets/"

// Assets are the static files, ready to be sent: named by content, compressed
// once at start.
type Assets struct {
	byName map[string]*asset // "app.css"
	byURL  map[string]*asset // "app.1f2e3d4c.css"
	icons  map[string]template.HTML
}

type asset struct {
	url   string // path below AssetPrefix
	mime  string
	plain []byte
	gz    []byte
}

// LoadAssets builds the bundle. templates is read to learn which classes of
// the kit are in use.
func LoadAssets(templates fs.FS) (*Assets, error) {
	a := &Assets{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	css, err := buildCSS(templates)
	if err != nil {
		return nil, err
	}
	if err := a.add("app.css", "text/css; charset=utf-8", []byte(css)); err != nil {
		return nil, err
	}
	files := []struct{ name, path, mime string }{
		{"htmx.js", "static/vendor/htmx.min.js", "text/javascript; charset=utf-8"},
		{"app.js", "static/app.js", "text/javascript; charset=utf-8"},
		{"passkey.js", "static/passkey.js", "text/javascript; charset=utf-8"},
		{"search.js", "static/search.js", "text/javascript; charset=utf-8"},
		{"favicon.svg", "static/favicon.svg", "image/svg+xml"},
		{"tabler.LICENSE", "static/vendor/tabler.LICENSE", "text/plain; charset=utf-8"},
		{"tabler-icons.LICENSE", "static/vendor/tabler-icons.LICENSE", "text/plain; charset=utf-8"},
		{"htmx.LICENSE", "static/vendor/htmx.LICENSE", "text/plain; charset=utf-8"},
	}
	for _, f := range files {
		b, err := static.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("reading asset: %w", err)
		}
		if err := a.add(f.name, f.mime, b); err != nil {
			return nil, err
		}
	}
	a.icons, err = loadIcons()
	return a, err
}

func buildCSS(templates fs.FS) (string, error) {
	used := make(map[string]bool)
	wordsIn("icon", used) // written by the icon function
	err := fs.WalkDir(templates, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" {
			return err
		}
		b, err := fs.ReadFile(templates, p)
		wordsIn(string(b), used)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading templates for their classes: %w", err)
	}
	kit, err := static.ReadFile("static/vendor/tabler.min.css")
	if err != nil {
		return "", fmt.Errorf("reading the kit: %w", err)
	}
	own, err := static.ReadFile("static/app.css")
	if err != nil {
		return "", fmt.Errorf("reading our rules: %w", err)
	}
	return bundleCSS(string(kit), string(own), used), nil
}

func (a *Assets) add(name, mime string, content []byte) error {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	as := &asset{
		url:  strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		mime: mime, plain: content,
	}
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compressing %s: %w", name, err)
	}
	if _, err := zw.Write(content); err != nil {
		return fmt.Errorf("compressing %s: %w", name, err)
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("compressing %s: %w", name, err)
	}
	as.gz = buf.Bytes()
	a.byName[name], a.byURL[as.url] = as, as
	return nil
}

// URL returns the address of a static file, "" when there is none.
func (a *Assets) URL(name string) string {
	if as, ok := a.byName[name]; ok {
		return AssetPrefix + as.url
	}
	return ""
}

// Serve answers GET /assets/<name>. Names carry a digest, so answers never
// change and may be kept for a year.
func (a *Assets) Serve(c echo.Context) error {
	as, ok := a.byURL[c.Param("name")]
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := as.plain
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = as.gz
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return c.Blob(http.StatusOK, as.mime, body)
}

// svgInner takes what lies between <svg …> and </svg>.
var svgInner = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)

func loadIcons() (map[string]template.HTML, error) {
	entries, err := static.ReadDir("static/icons")
	if err != nil {
		return nil, fmt.Errorf("reading icons: %w", err)
	}
	icons := make(map[string]template.HTML, len(entries))
	for _, e := range entries {
		b, err := static.ReadFile("static/icons/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading icon: %w", err)
		}
		m := svgInner.FindSubmatch(b)
		if m == nil {
			return nil, fmt.Errorf("icon %s holds no svg element", e.Name())
		}
		inner := strings.Join(strings.Fields(string(m[1])), " ")
		inner = strings.ReplaceAll(inner, `<path stroke="none" d="M0 0h24v24H0z" fill="none" /> `, "")
		// The files are ours and embedded: nothing of a visitor gets in here.
		icons[strings.TrimSuffix(e.Name(), ".svg")] = template.HTML(
			`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` + inner + `</svg>`)
	}
	return icons, nil
}
