package agreement_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/registrar/agreement"
)

func TestSampleIsWhole(t *testing.T) {
	s := agreement.Sample()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	html, err := s.Render()
	if err != nil || !strings.Contains(string(html), "<h2>2. What you tell us</h2>") {
		t.Errorf("%v: %s", err, html)
	}
}

// TestRead: what would be shown otherwise than it was written is refused, with
// the place.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ body, says string }{
		"good.md":      {"# Terms\n\nOne *word*, <https://a.example>.", ""},
		"good.txt":     {"One <b>\ntwo\n\nthree", ""},
		"windows.md":   {"\ufeffOne\r\n\r\ntwo", ""},
		"block.md":     {"one\n\n<div>two</div>", "line 3 holds HTML"},
		"inline.md":    {"one\ntwo <b>three</b>", "line 2 holds HTML"},
		"comment.md":   {"<!-- draft -->\n\none", "line 1 holds HTML"},
		"image.md":     {"![logo](https://a.example/x.png)", "an image"},
		"script.md":    {"[x](javascript:alert(1))", "a link leads to"},
		"relative.md":  {"[x](//evil.example)", "a link leads to"},
		"empty.md":     {" \n", "empty"},
		"latin1.txt":   {"M\xfcller", "UTF-8"},
		"control.txt":  {"one\n\x00", "line 2 holds a control character"},
		"contract.pdf": {"x", "says no format"},
		"large.txt":    {strings.Repeat("x", agreement.MaxBody+1), "larger than"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := agreement.Read(path, "v1", "en")
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), name)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if name == "windows.md" && got.Body != "One\n\ntwo" {
			t.Errorf("%q", got.Body)
		}
	}
	if _, err := agreement.Read(filepath.Join(dir, "good.md"), "v1", "no tag"); err == nil {
		t.Error("a language that is none is taken")
	}
}

func TestRender(t *testing.T) {
	for body, want := range map[string]string{
		"# Terms\n\n## One\n\na < b": "<h2>Terms</h2>\n<h3>One</h3>\n<p>a &lt; b</p>\n",
		"### Deep\n\n###### Deeper":  "<h2>Deep</h2>\n<h5>Deeper</h5>\n",
		"1. a\n2. b":                 "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n",
	} {
		if got, err := (agreement.Text{Format: agreement.Markdown, Body: body}).Render(); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", body, got, err)
		}
	}
	got, err := agreement.Text{Format: agreement.Plain, Body: "a <b>\nc\n\n\nd"}.Render()
	if want := "<p>a &lt;b&gt;<br>\nc</p>\n<p>d</p>\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	// What is kept was checked once; a row that was not still runs nothing.
	if got, err := (agreement.Text{Format: agreement.Markdown, Body: "<script>x</script>\n\n[a](javascript:x)"}).Render(); err != nil || strings.Contains(string(got), "script") {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := (agreement.Text{Format: "pdf"}).Render(); err == nil {
		t.Error("an unknown format is shown")
	}
}
