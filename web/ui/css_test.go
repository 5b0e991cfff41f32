package ui

import (
	"strings"
	"testing"
)

func TestBundleCSS(t *testing.T) {
	kit := `@charset "UTF-8";/*! licence */:root,[data-bs-theme=light]{--a:1}` +
		`.theme-dark,[data-bs-theme=dark],body[data-bs-theme=dark] [data-bs-theme=light]{--a:2}` +
		`.btn,.gone{color:red}.gone{color:blue}.btn:not(.gone):hover{x:y}` +
		`[data-bs-theme=dark] .btn,[data-bs-theme=dark] .gone{color:"};"}` +
		`@media (min-width:1px){.btn .gone{a:b}}@media print{.btn{a:url("data:x;{}")}.gone{a:b}}` +
		`@keyframes k{0%{a:b}}`
	got := bundleCSS(kit, ".own{}", map[string]bool{"btn": true})
	want := `@charset "UTF-8";:root{--a:1}` +
		`@media (prefers-color-scheme:dark){:root{--a:2}}` +
		`.btn{color:red}.btn:not(.gone):hover{x:y}` +
		`@media (prefers-color-scheme:dark){:root .btn{color:"};"}}` +
		`@media print{.btn{a:url("data:x;{}")}}` +
		`@keyframes k{0%{a:b}}` + "\n.own{}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBrokenCSSEnds(t *testing.T) {
	for _, css := range []string{"", "{", "}", "a{", `a{"`, "/*", "a,", `"`, "a{b:c}}", "@media{a{", `\`} {
		if out := bundleCSS(css, "", nil); strings.Contains(out, "\x00") {
			t.Errorf("%q", css)
		}
	}
}

func FuzzBundleCSS(f *testing.F) {
	f.Add(`@media x{.a,.b:not(.c){d:"e}"}}`)
	f.Fuzz(func(_ *testing.T, css string) { bundleCSS(css, "", map[string]bool{"a": true}) })
}
