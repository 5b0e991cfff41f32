package admin

import (
	"strings"
	"testing"
)

func TestIndentXML(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		`<?xml version="1.0"?><epp xmlns="urn:x"><a:b xmlns:a="urn:y" k="1 &amp; 2"><c>text &lt;</c><d/></a:b></epp>`: `<?xml version="1.0"?>
<epp xmlns="urn:x">
  <a:b xmlns:a="urn:y" k="1 &amp; 2">
    <c>text &lt;</c>
    <d></d>
  </a:b>
</epp>`,
		"<a><b>":      "<a>\n  <b>",
		"<a><b</a>":   "<a><b</a>",
		"not & xml <": "not & xml <",
	} {
		if got := indentXML(in); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", in, got, want)
		}
	}
}

func TestDeepXMLStaysSmall(t *testing.T) {
	deep := strings.Repeat("<a>", 20_000)
	if n := len(indentXML(deep)); n > 100*len(deep) {
		t.Errorf("%d bytes became %d", len(deep), n)
	}
}

func FuzzIndentXML(f *testing.F) {
	f.Add("<a b='c'>d</a>")
	f.Fuzz(func(_ *testing.T, frame string) { indentXML(frame) })
}
