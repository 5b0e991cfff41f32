package transcript

import "testing"

func TestPretty(t *testing.T) {
	mark := func(l, r string) func(string) string { return func(s string) string { return l + s + r } }
	for _, c := range []struct{ name, in, want string }{
		{"nested", `<?xml version="1.0"?><epp xmlns="u"><a:b x="1&amp;2"> t&lt;
 </a:b><c/></epp>`, "<?xml version=\"1.0\"?>\n<epp xmlns=\"u\">\n  <a:b x=\"1&amp;2\">t&lt;</a:b>\n  <c></c>\n</epp>"},
		{"not well-formed", `<a><b>`, "<a>\n  <b>"},
		{"no XML at all", "[unreadable frame of 3 octets masked]", "[unreadable frame of 3 octets masked]"},
		{"an escape sequence, and no XML", "<a>\x1b[31m\nx", "<a>\uFFFD[31m\nx"},
		{"broken", `<a b=c>`, `<a b=c>`},
		{"control characters of C1 and bidi marks", "<a>x\u009b31m\u202ey</a>", "<a>x\uFFFD31m\uFFFDy</a>"},
		{"a text of two lines", "<a>x\ny</a>", "<a>x y</a>"},
	} {
		if got := Pretty([]byte(c.in), Paint{}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	got := Pretty([]byte(`<a b="c">d</a>`), Paint{Tag: mark("[", "]"), Attr: mark("{", "}"), Text: mark("(", ")")})
	if want := `[<a] {b="c"}[>](d)[</a>]`; got != want {
		t.Errorf("painted %q, want %q", got, want)
	}
}
