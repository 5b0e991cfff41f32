package registrar

import (
	"strings"
	"unicode"
)

// permitted reports whether IDNA2008 lets a code point stand in a label, by
// itself or in the right company (RFC 5892 §3: PVALID, CONTEXTJ, CONTEXTO).
// Names come here mapped by UTS #46, so that upper case, compatibility forms and
// what is unstable under normalization are gone already.
func permitted(r rune) bool {
	switch {
	case r == '-' || r == 0x200C || r == 0x200D: // joiners: the mapping has judged their company
		return true
	case strings.ContainsRune("\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007", r): // §2.6, PVALID
		return true
	case strings.ContainsRune("\u00B7\u0375\u05F3\u05F4\u30FB", r): // §2.6, CONTEXTO
		return true
	case unicode.Is(notInNames, r):
		return false
	}
	return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd)
}

// notInNames are letters and marks that are disallowed all the same: exceptions
// (RFC 5892 §2.6), old Hangul Jamo (§2.9), and the blocks of §2.4.
var notInNames = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034F, 0x034F, 1}, {0x0640, 0x0640, 1}, {0x07FA, 0x07FA, 1}, {0x1100, 0x11FF, 1}, {0x17B4, 0x17B5, 1}, {0x180B, 0x180F, 1},
		{0x20D0, 0x20FF, 1}, {0x302E, 0x302F, 1}, {0x3031, 0x3035, 1}, {0x303B, 0x303B, 1}, {0x3164, 0x3164, 1},
		{0xA960, 0xA97C, 1}, {0xD7B0, 0xD7FB, 1}, {0xFE00, 0xFE0F, 1}, {0xFFA0, 0xFFA0, 1},
	},
	R32: []unicode.Range32{{0x1D100, 0x1D24F, 1}, {0xE0000, 0xE0FFF, 1}},
}

// contextRules checks the characters that are allowed in certain company only
// (RFC 5892 appendix A.3 to A.9), and marks that nobody would see. It returns the first that is out of place, or 0.
func contextRules(label []rune) rune {
	at := func(i int) rune {
		if i < 0 || i >= len(label) {
			return 0
		}
		return label[i]
	}
	for i, r := range label {
		ok := true
		switch {
		case r == 0x00B7: // middle dot: between two l
			ok = at(i-1) == 'l' && at(i+1) == 'l'
		case r == 0x0375: // Greek keraia: before Greek
			ok = unicode.Is(unicode.Greek, at(i+1))
		case r == 0x05F3 || r == 0x05F4: // geresh, gershayim: after Hebrew
			ok = unicode.Is(unicode.Hebrew, at(i-1))
		case r == 0x30FB: // Katakana middle dot: with a Japanese character
			ok = anyIn(label, unicode.Hiragana, unicode.Katakana, unicode.Han)
		case 0x0660 <= r && r <= 0x0669: // Arabic-Indic digits: never with extended ones
			ok = !anyIn(label, extendedDigits)
		case unicode.Is(diacritics, r):
			ok = !strayMark(label, i)
		}
		if !ok {
			return r
		}
	}
	return 0
}

// diacritics are the marks of Latin, Greek and Cyrillic. Names are composed (NFC),
// so that one that is left has no letter of its own with its base.
var diacritics = &unicode.RangeTable{R16: []unicode.Range16{{0x0300, 0x036F, 1}}}

// strayMark reports whether nobody can see the mark at i, or it has no letter to
// stand on: a dot above an i or j is not drawn (Unicode §7.1, Soft_Dotted), nor is
// a mark on top of its like. IDNA2008 leaves this to registries.
func strayMark(label []rune, i int) bool {
	base := i - 1
	for base >= 0 && unicode.Is(diacritics, label[base]) {
		base--
	}
	if base < 0 || !unicode.IsLetter(label[base]) || label[i-1] == label[i] {
		return true
	}
	return label[i] == 0x0307 && unicode.Is(unicode.Soft_Dotted, label[base])
}

var extendedDigits = &unicode.RangeTable{R16: []unicode.Range16{{0x06F0, 0x06F9, 1}}}

func anyIn(label []rune, tables ...*unicode.RangeTable) bool {
	for _, r := range label {
		if r != 0x30FB && unicode.In(r, tables...) { // the dot is Common, not Japanese
			return true
		}
	}
	return false
}

// pictorial reports whether a character is an emoji or another symbol.
func pictorial(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk, unicode.Me) && r > 0x7F || r >= 0x1F000 && r <= 0x1FAFF
}
