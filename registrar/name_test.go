package registrar

import (
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct{ in, a, u string }{
		{"Example.COM", "example.com", "example.com"},
		{" example.com. ", "example.com", "example.com"},
		{"bücher.example", "xn--bcher-kva.example", "bücher.example"},
		{"XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"},
		{"faß.example", "xn--fa-hia.example", "faß.example"}, // non-transitional: ß stays
		{"пример.укр", "xn--e1afmkfd.xn--j1amh", "пример.укр"},
		{"日本.shop。", "xn--wgv71a.shop", "日本.shop"},
		{"example。com", "example.com", "example.com"}, // ideographic full stop
	} {
		got, err := ParseName(c.in)
		if err != nil || got.A != c.a || got.U != c.u {
			t.Errorf("ParseName(%q) = %+v, %v; want %s / %s", c.in, got, err, c.a, c.u)
		}
	}
	for _, in := range []string{
		"", ".", "com", "日本。", "exa mple.com", "-a.com", "a-.com", "a_b.com", "a..com", ".com", "xn--a.com", "xn--.com",
		strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 130) + "com", "a\x00b.com", "<script>.com", "\xff.com",
	} {
		if got, err := ParseName(in); KindOf(err) != KindInvalid {
			t.Errorf("ParseName(%q) = %+v, %v; want an invalid-input error", in, got, err)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"example.com", "bücher.example", "xn--bcher-kva.example", "a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err != nil {
			return
		}
		if n.A != strings.ToLower(n.A) || len(n.A) > 253 {
			t.Errorf("%q gives the key %q", s, n.A)
		}
		again, err := ParseName(n.A)
		if err != nil || again != n {
			t.Errorf("%q gives %+v, whose key gives %+v, %v", s, n, again, err)
		}
	})
}

func TestUnder(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		want       bool
	}{{"ns1.example.com", "example.com", true}, {"example.com", "example.com", true}, {"notexample.com", "example.com", false}, {"com", "example.com", false}} {
		if got := Under(c.name, c.zone); got != c.want {
			t.Errorf("Under(%s, %s) = %v", c.name, c.zone, got)
		}
	}
}
