// Package mail holds the texts of outgoing mail and renders them.
//
// Each mail is two files per language: <name>.txt, whose first line is
// "Subject: …" followed by an empty line and the plain text, and <name>.html,
// the same as HTML, put into layout.html. A language that lacks a mail falls
// back to English. Missing values are errors, so that a half-written mail is
// never sent.
package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	texttemplate "text/template"
	"time"
)

//go:embed en
var files embed.FS

// fallback is the language every mail exists in.
const fallback = "en"

// Sender is what every mail says about us.
type Sender struct {
	Registrar string // legal name
	PortalURL string // without trailing slash
	AdminURL  string // without trailing slash
	Sandbox   bool   // nothing is real, and the mail says so
}

// Letters renders mails. It is safe for concurrent use.
type Letters struct {
	sender Sender
	kinds  map[string]letter // by "en/domain_registered"
}

type letter struct {
	text *texttemplate.Template
	html *template.Template
}

// New parses every mail once.
func New(sender Sender) (*Letters, error) {
	l := &Letters{sender: sender, kinds: make(map[string]letter)}
	names, err := fs.Glob(files, "*/*.txt")
	if err != nil {
		return nil, fmt.Errorf("listing mails: %w", err)
	}
	for _, name := range names {
		key := strings.TrimSuffix(name, ".txt")
		if l.kinds[key], err = parse(key); err != nil {
			return nil, fmt.Errorf("mail %s: %w", key, err)
		}
	}
	return l, nil
}

// helpers are what texts may call.
var helpers = map[string]any{
	"day":    day,
	"join":   strings.Join,
	"moment": moment,
}

// moment writes date and time: 14 Mar 2027, 09:05 UTC.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// day writes a date the way our pages do: 14 Mar 2027.
func day(t *time.Time) string {
	if t == nil {
		return "a date the registry has not told yet"
	}
	return t.UTC().Format("2 Jan 2006")
}

func parse(key string) (letter, error) {
	raw, err := files.ReadFile(key + ".txt")
	if err != nil {
		return letter{}, err
	}
	text, err := texttemplate.New(key).Funcs(helpers).Option("missingkey=error").Parse(string(raw))
	if err != nil {
		return letter{}, err
	}
	html, err := template.New("layout.html").Funcs(helpers).Option("missingkey=error").
		ParseFS(files, path.Join(path.Dir(key), "layout.html"), key+".html")
	if err != nil {
		return letter{}, err
	}
	return letter{text, html}, nil
}

// Render returns subject, plain text and HTML of a mail in a language (BCP 47),
// in English where there is no such translation.
func (l *Letters) Render(name, language string, data map[string]any) (subject, text, html string, err error) {
	kind, ok := l.find(name, language)
	if !ok {
		return "", "", "", fmt.Errorf("there is no mail %q", name)
	}
	all := map[string]any{"Sender": l.sender}
	for k, v := range data {
		all[k] = v
	}
	var out bytes.Buffer
	if err := kind.text.Execute(&out, all); err != nil {
		return "", "", "", fmt.Errorf("rendering mail %s: %w", name, err)
	}
	head, text, ok := strings.Cut(out.String(), "\n\n")
	subject, isSubject := strings.CutPrefix(head, "Subject: ")
	if !ok || !isSubject || strings.Contains(subject, "\n") {
		return "", "", "", fmt.Errorf("mail %s does not begin with one subject line", name)
	}
	all["Subject"] = subject
	var page bytes.Buffer
	if err := kind.html.Execute(&page, all); err != nil {
		return "", "", "", fmt.Errorf("rendering mail %s: %w", name, err)
	}
	return subject, text, page.String(), nil
}

// find takes "de-AT", then "de", then English.
func (l *Letters) find(name, language string) (letter, bool) {
	base, _, _ := strings.Cut(language, "-")
	for _, lang := range []string{language, base, fallback} {
		if kind, ok := l.kinds[lang+"/"+name]; ok {
			return kind, true
		}
	}
	return letter{}, false
}
