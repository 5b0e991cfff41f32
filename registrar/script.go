package registrar

import (
	"slices"
	"strings"
	"unicode"
)

// Caution says why a name in another script could be taken for something else.
type Caution string

// Cautions.
const (
	CautionNone      Caution = ""
	CautionMixed     Caution = "mixed_script" // letters of scripts that nobody writes together
	CautionLookalike Caution = "lookalike"    // letters of one script that all look like Latin ones
	CautionSymbol    Caution = "symbol"       // emoji and other characters outside IDNA2008
)

// Caution judges the name by its riskiest label. The rule is that of UTS #39
// §5.2, level Highly Restrictive: one script, or Latin with the scripts of
// Chinese, Japanese or Korean. On top of it, a label of Cyrillic, Greek or
// Armenian letters that each look like a Latin one is a lookalike, unless its
// ending is of that script. It does not search for names that look alike.
func (n Name) Caution() Caution {
	labels := strings.Split(n.U, ".")
	ending := labels[len(labels)-1]
	worst := CautionNone
	for i, l := range labels {
		switch c := cautionOf(l, i < len(labels)-1 && ascii(ending)); {
		case c == CautionSymbol || c == CautionMixed:
			return c
		case c != CautionNone:
			worst = c
		}
	}
	return worst
}

func cautionOf(label string, amongLatin bool) Caution {
	if ascii(label) {
		return CautionNone
	}
	for _, r := range label {
		if !permitted(r) {
			return CautionSymbol
		}
	}
	switch scripts := ScriptsOf(label); {
	case !writtenTogether(scripts):
		return CautionMixed
	case contextRules([]rune(label)) != 0: // a mark that nobody sees, for example
		return CautionLookalike
	case amongLatin && !slices.Contains(scripts, "Latin") && allLookLatin(label):
		return CautionLookalike
	}
	return CautionNone
}

// ScriptsOf returns the names of the scripts of a text by Unicode's Script
// property, sorted; what all or several scripts share is left out.
func ScriptsOf(text string) []string {
	var out []string
	for _, r := range text {
		if r < 0x80 && !unicode.IsLetter(r) {
			continue
		}
		for name, table := range unicode.Scripts {
			if name != "Common" && name != "Inherited" && unicode.Is(table, r) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// together are the mixtures that people do write (UTS #39 §5.2).
var together = [][]string{
	{"Han", "Hiragana", "Katakana", "Latin"}, {"Bopomofo", "Han", "Latin"}, {"Han", "Hangul", "Latin"},
}

func writtenTogether(scripts []string) bool {
	if len(scripts) <= 1 {
		return true
	}
	for _, mixture := range together {
		if !slices.ContainsFunc(scripts, func(s string) bool { return !slices.Contains(mixture, s) }) {
			return true
		}
	}
	return false
}

// latinTwins are letters of other scripts that most fonts draw like Latin ones,
// after confusables.txt of UTS #39.
const latinTwins = "асԁеһіјӏорԛѕԝхуѵѡпг" + "αικνορτυχγ" + "օսոցհզլյ"

func allLookLatin(label string) bool {
	for _, r := range label {
		if r > 0x7F && !strings.ContainsRune(latinTwins, r) {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7F }) < 0
}

// Shown returns a name as people should see it: each label in its own script
// where that is safe, else as A-label, so that nobody reads something else into
// it. The input may be of either form; what is no name stays as it is.
func Shown(name string) string {
	if ascii(name) && !strings.Contains(name, "xn--") {
		return name
	}
	u, err := lookup.ToUnicode(name)
	if err != nil {
		return name
	}
	labels, plain := strings.Split(u, "."), ascii(u[strings.LastIndexByte(u, '.')+1:])
	for i, l := range labels {
		if cautionOf(l, plain && i < len(labels)-1) == CautionNone {
			continue
		}
		if labels[i], err = lookup.ToASCII(l); err != nil {
			return name
		}
	}
	return strings.Join(labels, ".")
}
