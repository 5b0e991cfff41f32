package transcript

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

const secret = "s3cr&t-Pa55"

func TestMask(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"nothing secret is untouched, octet by octet",
			"<?xml version='1.0'?>\n<a  b = 'c'><!-- x --><d/>t&amp;<![CDATA[u]]></a>",
			"<?xml version='1.0'?>\n<a  b = 'c'><!-- x --><d/>t&amp;<![CDATA[u]]></a>"},
		{"login", `<login><clID>me</clID><pw>s3cr&amp;t-Pa55</pw><newPW>s3cr&amp;t-Pa55</newPW></login>`,
			`<login><clID>me</clID><pw>***</pw><newPW>***</newPW></login>`},
		{"any prefix", `<x:authInfo><x:pw>s3cr&amp;t-Pa55</x:pw></x:authInfo>`, `<x:authInfo><x:pw>***</x:pw></x:authInfo>`},
		{"with attributes", `<d:pw roid="R-1" xmlns:q='u'>s3cr&amp;t-Pa55</d:pw>`, `<d:pw roid="R-1" xmlns:q='u'>***</d:pw>`},
		{"CDATA", `<pw><![CDATA[s3cr&t-Pa55]]></pw>`, `<pw>***</pw>`},
		{"CDATA in pieces", `<pw>s3cr<![CDATA[&t-Pa]]>55</pw>`, `<pw>*********</pw>`},
		{"character references", `<pw>&#115;3cr&#x26;t-Pa55</pw>`, `<pw>***</pw>`},
		{"empty stays empty", `<authInfo><pw/></authInfo><pw></pw>`, `<authInfo><pw/></authInfo><pw></pw>`},
		{"authInfo without pw (own dialects)", `<f:authInfo>s3cr&amp;t-Pa55</f:authInfo>`, `<f:authInfo>***</f:authInfo>`},
		{"authInfo ext", `<authInfo><ext><k a="s3cr&amp;t-Pa55">s3cr&amp;t-Pa55</k></ext></authInfo>`, `<authInfo><ext><k a="***">***</k></ext></authInfo>`},
		{"self-closing with secret attribute", `<a pw="s3cr&amp;t-Pa55" n="1&amp;2"/>`, `<a pw="***" n="1&amp;2"/>`},
		{"loginSec", `<l:loginSec xmlns:l="u"><l:userAgent>app</l:userAgent><l:pw>s3cr&amp;t-Pa55</l:pw></l:loginSec>`,
			`<l:loginSec xmlns:l="u"><l:userAgent>app</l:userAgent><l:pw>***</l:pw></l:loginSec>`},
		{"allocation token", `<a:allocationToken xmlns:a="u">s3cr&amp;t-Pa55</a:allocationToken>`, `<a:allocationToken xmlns:a="u">***</a:allocationToken>`},
		{"comment inside", `<pw><!-- s3cr&t-Pa55 -->x</pw>`, `<pw>***</pw>`},
		{"case", `<PW>s3cr&amp;t-Pa55</PW>`, `<PW>***</PW>`},
		{"only the inside", `<pw>x</pw><name>n</name>`, `<pw>***</pw><name>n</name>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Mask([]byte(tt.in))); got != tt.want {
				t.Errorf("Mask(%s)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestMaskHidesWhatItCannotRead(t *testing.T) {
	for _, in := range []string{
		"<pw>" + secret,
		"<pw>" + secret + "</pw",
		"<pw>" + secret + "</wp>",
		"<pw>" + secret + "</a></pw>",
		"</pw>" + secret,
		"<a pw=" + secret + "/>",
		"<!DOCTYPE a [<!ENTITY e '" + secret + "'>]><pw>x</pw>",
		"<pw>&e;" + secret + "</pw>",
		"<a>\xff" + secret + "</a>",
		"<?xml version='1.0' encoding='KOI8-U'?><pw>" + secret + "</pw>",
		"<pw>" + secret + "\x00</pw>",
	} {
		if got := Mask([]byte(in)); bytes.Contains(got, []byte("Pa55")) {
			t.Errorf("Mask(%q) = %q", in, got)
		}
	}
}

func TestMaskAnswerRemovesEchoes(t *testing.T) {
	_, secrets := Secrets([]byte(`<login><pw>s3cr&amp;t-Pa55</pw></login>`))
	if len(secrets) != 1 || secrets[0] != secret {
		t.Fatalf("secrets = %q", secrets)
	}
	got := string(MaskAnswer([]byte(`<r><msg>bad password s3cr&amp;t-Pa55 (<![CDATA[s3cr&t-Pa55]]>)</msg><v a="s3cr&#38;t-Pa55!"><!--s3cr&t-Pa55--><pw>s3cr&amp;t-Pa55</pw></v></r>`), secrets))
	if want := `<r><msg>bad password *** (***)</msg><v a="***!"><pw>***</pw></v></r>`; got != want {
		t.Errorf("got %s", got)
	}
	quoted := `pass"wo'rd>`
	for _, echo := range []string{`pass"wo'rd&gt;`, `pass&quot;wo&apos;rd&gt;`, `pass&#34;wo&#39;rd&gt;`, `pass"wo'rd>`} {
		if got := string(MaskAnswer([]byte("<m>"+echo+"</m>"), []string{quoted})); strings.Contains(got, "pass") {
			t.Errorf("echo %s survives: %s", echo, got)
		}
	}
	if got := string(MaskAnswer([]byte("<msg>Object exists</msg>"), []string{"x"})); got != "<msg>Object exists</msg>" {
		t.Errorf("a one-letter secret blanked text: %s", got)
	}
}

// FuzzMask puts a secret at every place the mask knows within arbitrary
// surroundings and demands that it never comes out, and that what comes out
// of a readable frame is readable.
func FuzzMask(f *testing.F) {
	f.Add("<a>", "</a>", "pw")
	f.Add("<epp xmlns='u'><x:pw y='1'/>", "</epp>", "x:authInfo")
	f.Add("<!-- ", " -->", "newPW")
	f.Add("<![CDATA[", "]]>", "pw")
	f.Add("<a b='", "'/>", "pw")
	const needle = "QZneedleZQ"
	f.Fuzz(func(t *testing.T, before, after, name string) {
		if strings.Contains(before+after+name, needle) {
			return
		}
		in := before + "<" + name + ">" + needle + "</" + name + ">" + after
		got := Mask([]byte(in))
		if !readable([]byte(in)) && bytes.Contains(got, []byte(needle)) {
			t.Fatalf("unreadable frame shows its secret: %q", got)
		}
		if !secretElementIn(in, needle) {
			return
		}
		if bytes.Contains(got, []byte(needle)) {
			t.Fatalf("secret shows: %q", got)
		}
		if readable([]byte(in)) && !readable(got) {
			t.Fatalf("masked frame is broken: %q", got)
		}
	})
}

func readable(doc []byte) bool {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := dec.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// secretElementIn reports whether needle is text within an element of a secret
// name, by a reading of its own: the tree, not token positions.
func secretElementIn(doc, needle string) bool {
	dec := xml.NewDecoder(strings.NewReader(doc))
	var path []string
	for {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		switch tk := tok.(type) {
		case xml.StartElement:
			path = append(path, strings.ToLower(tk.Name.Local))
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if !strings.Contains(string(tk), needle) {
				continue
			}
			for _, n := range path {
				if n == "pw" || n == "newpw" || n == "authinfo" || n == "password" || n == "currentpw" {
					return true
				}
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for frame, want := range map[string]bool{
		`<epp><command><check><domain:name>a.test</domain:name></check></command></epp>`: true,
		`<epp><pw>x</pw></epp>`:                         false,
		`<epp><d:authInfo><d:ext/></d:authInfo></epp>`:  false,
		`<epp><x:NewPW>y</x:NewPW></epp>`:               false,
		`<epp><a:allocationToken>t</a:allocationToken>`: false,
		`<epp><x currentPW="z"/></epp>`:                 false,
	} {
		if got := Plain([]byte(frame)); got != want {
			t.Errorf("%s: %t", frame, got)
		}
		// What is called plain must be what masking leaves alone.
		if masked := Mask([]byte(frame)); want && string(masked) != frame {
			t.Errorf("%s is masked as %s", frame, masked)
		}
	}
}
