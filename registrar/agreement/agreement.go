// Package agreement is the registration agreement as a text: read, checked and
// made into HTML. It knows neither orders nor databases; package registrar keeps
// which text was accepted with what.
package agreement

import (
	"bytes"
	_ "embed" // the sample
	"errors"
	"fmt"
	"html"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/language"
)

// Format says how a body is written.
type Format string

// Formats.
const (
	Markdown Format = "markdown" // CommonMark without raw HTML and images
	Plain    Format = "text"     // paragraphs, divided by empty lines
	HTML     Format = "html"     // made by an earlier version of this program; never read from a file
)

// Text is one version in one language.
type Text struct {
	Version  string // at most 64 bytes
	Language string // RFC 5646
	Format   Format
	Body     string // as it was written, UTF-8
}

// MaxBody bounds a text, in bytes.
const MaxBody = 512 << 10

//go:embed sample.en.md
var sample string

// Sample is the English text that comes with the program: it shows what an
// agreement must cover (RAA 3.7.7). Its version changes with its words.
func Sample() Text {
	return Text{Version: "2026-12", Language: "en", Format: Markdown, Body: sample}
}

// Read reads a file; its ending says the format: .md or .markdown, .txt.
func Read(path, version, lang string) (Text, error) {
	t := Text{Version: version, Language: lang}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".md", ".markdown":
		t.Format = Markdown
	case ".txt":
		t.Format = Plain
	default:
		return t, fmt.Errorf("%s: the ending %q says no format; use .md or .txt", path, ext)
	}
	info, err := os.Stat(path)
	if err != nil {
		return t, err
	}
	if info.Size() > MaxBody {
		return t, fmt.Errorf("%s: larger than %d KiB", path, MaxBody>>10)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return t, err
	}
	// Editors of other systems change these without anybody changing a word.
	t.Body = strings.ReplaceAll(strings.TrimPrefix(string(raw), "\ufeff"), "\r\n", "\n")
	if err := t.Check(); err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Check says what is wrong with a text: whatever would be shown otherwise than it
// was written is refused.
func (t Text) Check() error {
	if t.Version == "" || len(t.Version) > 64 {
		return errors.New("the version must have 1 to 64 bytes")
	}
	if _, err := language.Parse(t.Language); err != nil || len(t.Language) > 35 {
		return fmt.Errorf("%q is no language tag like en or pt-BR (RFC 5646)", t.Language)
	}
	if !utf8.ValidString(t.Body) {
		return errors.New("the text is not UTF-8")
	}
	if i := strings.IndexFunc(t.Body, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }); i >= 0 {
		return fmt.Errorf("line %d holds a control character", lineAt(t.Body, i))
	}
	if strings.TrimSpace(t.Body) == "" {
		return errors.New("the text is empty")
	}
	if t.Format == Markdown {
		return t.checkMarkdown()
	}
	return nil
}

func lineAt(s string, offset int) int { return 1 + strings.Count(s[:offset], "\n") }

// checkMarkdown refuses what is left out when Markdown is shown.
func (t Text) checkMarkdown() error {
	return ast.Walk(t.parse(), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			return ast.WalkStop, fmt.Errorf("line %d holds HTML, which is not shown; write Markdown", lineAt(t.Body, n.Lines().At(0).Start))
		case *ast.RawHTML:
			return ast.WalkStop, fmt.Errorf("line %d holds HTML, which is not shown; write Markdown", lineAt(t.Body, n.Segments.At(0).Start))
		case *ast.Image:
			return ast.WalkStop, fmt.Errorf("an image (%s) is not shown; an agreement is words", n.Destination)
		case *ast.Link:
			if !webLink.Match(n.Destination) {
				return ast.WalkStop, fmt.Errorf("a link leads to %q; use an https, http or mailto address or a path", n.Destination)
			}
		}
		return ast.WalkContinue, nil
	})
}

// webLink are destinations that do what a reader expects of a link.
var webLink = regexp.MustCompile(`(?i)^(https?://|mailto:|/[^/]|#)`)

func (t Text) parse() ast.Node {
	return goldmark.DefaultParser().Parse(text.NewReader([]byte(t.Body)))
}

// Render makes HTML that is safe on a page whose heading (h1) stands above it.
func (t Text) Render() (template.HTML, error) {
	switch t.Format {
	case HTML:
		return template.HTML(t.Body), nil // made by us when it was kept
	case Plain:
		return renderPlain(t.Body), nil
	case Markdown:
	default:
		return "", fmt.Errorf("an agreement in the format %q can't be shown", t.Format)
	}
	doc := t.parse()
	lowerHeadings(doc)
	var out bytes.Buffer
	if err := goldmark.DefaultRenderer().Render(&out, []byte(t.Body), doc); err != nil {
		return "", fmt.Errorf("showing the agreement: %w", err)
	}
	return template.HTML(out.String()), nil // the renderer escapes, and leaves raw HTML out
}

// lowerHeadings makes the highest heading of a text an h2 without a change of
// their order.
func lowerHeadings(doc ast.Node) {
	var all []*ast.Heading
	top := 6
	// The callback returns no error, so neither does the walk.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			all, top = append(all, h), min(top, h.Level)
		}
		return ast.WalkContinue, nil
	})
	for _, h := range all {
		h.Level = min(6, h.Level+2-top)
	}
}

var emptyLines = regexp.MustCompile(`\n[ \t]*\n\s*`)

func renderPlain(body string) template.HTML {
	var b strings.Builder
	for _, p := range emptyLines.Split(strings.TrimSpace(body), -1) {
		b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>\n") + "</p>\n")
	}
	return template.HTML(b.String())
}
