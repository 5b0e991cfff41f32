package registrar

import (
	"slices"
	"strings"
	"unicode"
)

// Words put before and after a label that is taken, by language (RFC 5646
// primary tag). They are few and plain: each suggestion costs the registry a
// question.
var (
	wordsBefore = map[string][]string{"en": {"my", "the", "get"}, "de": {"mein", "das"}, "fr": {"mon", "le"}, "es": {"mi", "el"}, "uk": {"мій"}, "ru": {"мой"}}
	wordsAfter  = map[string][]string{"en": {"online", "now", "hq"}, "de": {"online", "jetzt"}, "fr": {"enligne"}, "es": {"online", "hoy"}, "uk": {"онлайн"}, "ru": {"онлайн"}}
)

// Suggest returns up to limit other names for labels that are taken: the same
// label under other endings, the labels joined, without or with hyphens, and with
// a common word before or after. Labels are U-labels; endings are tried in their
// order. Names that an ending's tables refuse are left out. Nobody is asked.
func Suggest(labels []string, cat *Catalogue, endings, languages []string, limit int) []string {
	var out []string
	add := func(label, ending string) {
		n, err := ParseName(label + "." + ending)
		tld, sold := TLD{}, false
		if err == nil {
			tld, sold = cat.Find(n.A)
		}
		if sold && tld.Active && tld.mayRegister(n) == nil && len(out) < limit && !slices.Contains(out, n.A) {
			out = append(out, n.A)
		}
	}
	for _, label := range labels {
		for _, ending := range endings {
			add(label, ending)
		}
	}
	for _, variant := range variants(labels, languages) {
		for _, ending := range endings[:min(2, len(endings))] {
			add(variant, ending)
		}
	}
	return out
}

// variants are other spellings of labels, the nearest first.
func variants(labels, languages []string) []string {
	var out []string
	if len(labels) > 1 {
		out = append(out, strings.Join(labels, ""), strings.Join(labels, "-"))
	}
	for _, label := range labels {
		if strings.Contains(label, "-") {
			out = append(out, strings.ReplaceAll(label, "-", ""))
		} else if parted := partAtDigits(label); parted != label {
			out = append(out, parted)
		}
		latin := len(ScriptsOf(label)) == 0 || slices.Equal(ScriptsOf(label), []string{"Latin"})
		for _, lang := range languages {
			for _, w := range wordsBefore[lang] {
				if ascii(w) == latin {
					out = append(out, w+label)
				}
			}
			for _, w := range wordsAfter[lang] {
				if ascii(w) == latin {
					out = append(out, label+w, label+"-"+w)
				}
			}
		}
	}
	return out
}

// partAtDigits puts a hyphen where letters and digits meet: "web24" is "web-24".
func partAtDigits(label string) string {
	var b strings.Builder
	var last rune
	for _, r := range label {
		if last != 0 && unicode.IsDigit(last) != unicode.IsDigit(r) {
			b.WriteByte('-')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
