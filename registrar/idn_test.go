package registrar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func name(t *testing.T, input string) Name {
	t.Helper()
	n, err := ParseName(input)
	if err != nil {
		t.Fatalf("%q: %v", input, err)
	}
	return n
}

// TestMapping holds vectors of UTS #46, non-transitional, beside those of
// TestParseName: what a person types and what is registered.
func TestMapping(t *testing.T) {
	for typed, want := range map[string]string{
		"BÜCHER.shop": "xn--bcher-kva.shop", "bu\u0308cher.shop": "xn--bcher-kva.shop", // composed by NFC
		"ﬁsch.shop": "fisch.shop", "ｓｈｏｐ．ｓｈｏｐ": "shop.shop", // compatibility forms
		"ΒΌΛΟΣ.shop": "xn--nxasmq6b.shop", "βόλος.shop": "xn--nxasmm1c.shop", // upper case has no final sigma
		"soft\u00adhyphen.shop": "softhyphen.shop", "❤\ufe0f.shop": "xn--qei.shop", // what is ignored falls away
		"日本語。shop": "xn--wgv71a119e.shop", "straße.shop": "xn--strae-oqa.shop", "نامه\u200cای.shop": "xn--mgba3gch31f060k.shop",
	} {
		got, err := ParseName(typed)
		if err != nil || got.A != want {
			t.Errorf("%q is %+v, %v; want %s", typed, got, err, want)
		}
	}
	for _, typed := range []string{"ab--cd.shop", "-ü.shop", "ü-.shop", "\u0308a.shop", "aא.shop", "1א.shop", "a\u200cb.shop", "a\u0000ü.shop", "ü_x.shop"} {
		if got, err := ParseName(typed); KindOf(err) != KindInvalid {
			t.Errorf("%q passes as %+v", typed, got)
		}
	}
	if _, err := ParseName("👩\u200d🚀.shop"); codeOf(err) != "emoji_refused" {
		t.Errorf("joined emoji: %v", err)
	}
}

func TestCaution(t *testing.T) {
	for input, want := range map[string]Caution{
		"paypal.shop": CautionNone, "bücher.shop": CautionNone, "пример.shop": CautionNone, "日本ラーメンbar.shop": CautionNone, "한국漢字.shop": CautionNone,
		"pаypal.shop": CautionMixed, "αbc.shop": CautionMixed, "日本한국.shop": CautionNone, "かな한.shop": CautionMixed,
		"аррӏе.shop": CautionLookalike, "ѕсоре.shop": CautionLookalike, "аррӏе.укр": CautionNone, "москва.shop": CautionNone,
		"💩.shop": CautionSymbol, "i❤you.shop": CautionSymbol, "νικος.shop": CautionNone, "νικο.shop": CautionLookalike,
	} {
		if got := name(t, input).Caution(); got != want {
			t.Errorf("%s: %q, want %q (scripts %v)", input, got, want, ScriptsOf(input))
		}
	}
}

func TestShown(t *testing.T) {
	for input, want := range map[string]string{
		"garden.shop": "garden.shop", "xn--bcher-kva.shop": "bücher.shop", "xn--e1afmkfd.xn--j1amh": "пример.укр",
		"xn--80ak6aa92e.com": "xn--80ak6aa92e.com", // аррӏе
		"xn--pypal-4ve.shop": "xn--pypal-4ve.shop", "xn--ls8h.shop": "xn--ls8h.shop", "xn--zzzz.shop": "xn--zzzz.shop", "www.xn--bcher-kva.shop": "www.bücher.shop",
		"": "", "no name at all": "no name at all",
	} {
		if got := Shown(input); got != want {
			t.Errorf("Shown(%q) = %q, want %q", input, got, want)
		}
	}
}

func TestTables(t *testing.T) {
	for _, c := range []struct{ tables, name, code string }{
		{"", "garden.shop", ""}, {"", "bücher.shop", "idn_not_offered"}, {"", "💩.shop", "emoji_refused"},
		{"Latn", "bücher.shop", ""}, {"Latn", "пример.shop", "not_in_table"}, {"Latn Cyrl", "пример.shop", ""}, {"Latn Cyrl", "пример24-7.shop", ""},
		{"Latn Cyrl", "pаypal.shop", "mixed_script"}, {"Latn Cyrl", "💩.shop", "emoji_refused"}, {"Latn Cyrl", "i❤you.shop", "emoji_refused"},
		{"Zsye", "💩.shop", ""}, {"Zsye", "i❤you.shop", ""}, {"Zsye", "bücher.shop", "not_in_table"}, {"Zsye Latn", "❤ü.shop", "emoji_refused"},
		{"de=äöüß", "straße.shop", ""}, {"de=äöüß", "łódź.shop", "not_in_table"}, {"ca=·àéèíïóòúüç", "col·legi.shop", ""}, {"ca=·", "a·b.shop", "bad_context"},
		{"Jpan", "日本ラーメンbar.shop", ""}, {"Jpan", "セ・リーグ.shop", ""}, {"Hebr", "צ׳ק.shop", ""}, {"Grek", "πρόγραμμα.shop", ""},
		{"Latn", "a・b.shop", "bad_context"},
	} {
		tld := TLD{Name: "shop", IDNTables: c.tables}
		err := tld.mayRegister(name(t, c.name))
		if codeOf(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s under tables %q: %v, want %q", c.name, c.tables, err, c.code)
		}
	}
	for _, bad := range []string{"Xxxx", "de=A", "de=💩", "", "de", "de= ä", "x=_"} {
		if _, err := ParseIDNTables([]string{bad}); codeOf(err) != "bad_idn_table" {
			t.Errorf("table %q: %v", bad, err)
		}
	}
}

func TestPermitted(t *testing.T) {
	for _, r := range "az09-ßςüяあ漢한・·٣" {
		if !permitted(r) {
			t.Errorf("%q (U+%04X) is not permitted", r, r)
		}
	}
	for _, r := range "A_.💩❤™\u0640\u1100\u302e\u20dd\ufe0f½€" {
		if permitted(r) {
			t.Errorf("%q (U+%04X) is permitted", r, r)
		}
	}
	if r := contextRules([]rune("٣۳")); r == 0 {
		t.Error("Arabic-Indic digits of both kinds stand together")
	}
	for label, bad := range map[string]bool{
		"i\u0307stanbul": true, "a\u1ecb\u0307": true, "j\u0323\u0307": true, "7\u0301": true, "-\u0301a": true, "x\u0302\u0302": true,
		"\u025b\u0301d\u025b": false, "\u1eb9\u0301": false, "x\u0307": false, "x\u0323\u0302": false, // Ewe, Yoruba and others need them
	} {
		if r := contextRules([]rune(label)); (r != 0) != bad {
			t.Errorf("%+q: %U is out of place", label, r)
		}
	}
}

func sold() *Catalogue {
	return NewCatalogue([]TLD{{Name: "shop", Active: true, IDNTables: "Latn Cyrl"}, {Name: "co.example", Active: true}, {Name: "old"}}, nil)
}

func TestReadWishes(t *testing.T) {
	both := []string{"shop", "co.example"}
	for _, c := range []struct {
		text string
		want string
		same int
	}{
		{"garden", "garden.shop garden.co.example", 0},
		{"garden.shop, GARDEN.shop;garden.shop.\nbücher.shop xn--bcher-kva.shop", "garden.shop xn--bcher-kva.shop", 3},
		{"https://www.garden.shop/x?q=1 http://a:b@mail.roses.co.example:8080/ www.roses.shop/x", "garden.shop roses.co.example roses.shop", 0},
		{"Ada <ada@lily.shop>\tmailto:bob@lily.shop?subject=x", "ada.shop ada.co.example lily.shop", 1},
		{"\"tulip.shop\" 'rose.shop' (iris.shop), „kresse.shop“", "tulip.shop rose.shop iris.shop kresse.shop", 0},
		{"b%C3%BCcher.shop/ https://b%C3%BCcher.shop", "xn--bcher-kva.shop", 1},
		{"not_a_name.shop -x.shop a.b.shop", "not_a_name.shop -x.shop a.b.shop", 0},
		{" ,;\n\t、 . .. // @ ", "", 0},
	} {
		got := ReadWishes(c.text, sold(), both, 10)
		if s := strings.Join(got.Names(), " "); s != c.want || got.Same != c.same || got.Over != 0 {
			t.Errorf("%q: %q, %d the same, %d over; want %q and %d", c.text, s, got.Same, got.Over, c.want, c.same)
		}
	}
	var text strings.Builder
	for i := range 600 {
		fmt.Fprintf(&text, "n%d.shop\n", i)
	}
	if w := ReadWishes(text.String(), sold(), both, 500); len(w.List) != 500 || w.Over != 100 || w.Longer {
		t.Errorf("%d kept, %d over, %v", len(w.List), w.Over, w.Longer)
	}
	if w := ReadWishes(strings.Repeat("garden.shop ", 10_000), sold(), both, 500); len(w.List) != 1 || !w.Longer {
		t.Errorf("%+v", w)
	}
	if w := ReadWishes("garden", sold(), both, 500); w.List[1].Bare != "garden" {
		t.Errorf("%+v", w)
	}
}

func FuzzReadWishes(f *testing.F) {
	for _, s := range []string{"garden", "https://a@b.c:1/x?y#z", "mailto:a@b.shop", "a.shop,b.shop;c", "\xff\xfe.shop", "%zz@..", "日本。shop、x", "<a.shop>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := ReadWishes(text, sold(), []string{"shop"}, 50)
		seen := make(map[string]bool)
		for _, wish := range w.List {
			if wish.Name == "" || seen[wish.Name] || strings.ContainsAny(wish.Name, " \n,;") || len(wish.Name) > 1300 {
				t.Errorf("%q gives %+v", text, wish)
			}
			seen[wish.Name] = true
			if n, err := ParseName(wish.Name); err == nil && n.A != wish.Name {
				t.Errorf("%q gives %q, whose key is %q", text, wish.Name, n.A)
			}
		}
		if len(w.List) > 50 || w.Over > 0 && len(w.List) < 50 {
			t.Errorf("%q gives %d names, %d over", text, len(w.List), w.Over)
		}
		if utf8.ValidString(text) && !slices.Equal(w.Names(), ReadWishes(strings.Join(w.Names(), "\n"), sold(), []string{"shop"}, 50).Names()) && !strings.ContainsAny(text, "/@:%#?\\\"'`<>()[]{}«»„“”‘’") {
			t.Errorf("%q gives %q, which reads differently", text, w.Names())
		}
	})
}

func TestSuggest(t *testing.T) {
	got := Suggest([]string{"red", "rose-24"}, sold(), []string{"shop", "co.example", "old"}, []string{"en"}, 50)
	for _, want := range []string{"red.co.example", "redrose-24.shop", "red-rose-24.shop", "rose24.shop", "myred.shop", "red-online.co.example"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not suggested: %v", want, got)
		}
	}
	for _, n := range got {
		if strings.HasSuffix(n, ".old") {
			t.Errorf("%s is not sold any more", n)
		}
	}
	if got := Suggest([]string{"роза"}, sold(), []string{"shop", "co.example"}, []string{"en", "ru"}, 50); !slices.ContainsFunc(got, func(s string) bool { return Shown(s) == "мойроза.shop" }) || slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "co.example") }) {
		t.Errorf("Cyrillic: %v", got)
	}
	if got := Suggest([]string{strings.Repeat("a", 63)}, sold(), []string{"shop"}, []string{"en"}, 50); len(got) != 1 {
		t.Errorf("longer than a label: %v", got)
	}
	if got := Suggest([]string{"red", "rose"}, sold(), []string{"shop"}, []string{"en"}, 3); len(got) != 3 {
		t.Errorf("limit: %v", got)
	}
	var e *Error
	if _, err := ParseIDNTables([]string{"?"}); !errors.As(err, &e) {
		t.Error("no typed error")
	}
}
