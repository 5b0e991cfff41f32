package registrar

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// IDNTable is a set of characters that labels under an ending may be made of,
// beside digits and hyphens; a label must lie in one table as a whole. Registries
// publish theirs at https://www.iana.org/domains/idn-tables.
type IDNTable struct {
	Name string // ISO 15924 code of a script, or the language's tag (RFC 5646)
	has  func(rune) bool
}

// TableEmoji is the code of emoji (ISO 15924). ICANN forbids them (SSAC SAC095);
// some country codes sell them.
const TableEmoji = "Zsye"

// scriptTables are what each script's code stands for; the scripts of Chinese,
// Japanese and Korean are written with Latin letters among them, and their tables
// have a to z.
var scriptTables = map[string][]string{
	"Latn": {"Latin"}, "Cyrl": {"Cyrillic"}, "Grek": {"Greek"}, "Armn": {"Armenian"}, "Geor": {"Georgian"}, "Hebr": {"Hebrew"}, "Arab": {"Arabic"},
	"Deva": {"Devanagari"}, "Beng": {"Bengali"}, "Guru": {"Gurmukhi"}, "Gujr": {"Gujarati"}, "Orya": {"Oriya"}, "Taml": {"Tamil"}, "Telu": {"Telugu"},
	"Knda": {"Kannada"}, "Mlym": {"Malayalam"}, "Sinh": {"Sinhala"}, "Thai": {"Thai"}, "Laoo": {"Lao"}, "Khmr": {"Khmer"}, "Mymr": {"Myanmar"},
	"Ethi": {"Ethiopic"}, "Tibt": {"Tibetan"}, "Hani": {"Han", "a-z"}, "Jpan": {"Han", "Hiragana", "Katakana", "a-z"}, "Kore": {"Hangul", "Han", "a-z"},
}

// ParseIDNTables reads tables as they are configured: the code of a script for
// all its letters, or a language with the characters it has beyond a to z, such
// as "de=äöüß".
func ParseIDNTables(entries []string) ([]IDNTable, error) {
	var out []IDNTable
	for _, entry := range entries {
		name, extra, listed := strings.Cut(entry, "=")
		scripts, known := scriptTables[name]
		switch {
		case strings.ContainsAny(entry, " \t\n") || name == "":
			return nil, Errorf(KindInvalid, "bad_idn_table", "%q: a table is a script such as Latn, or a language with its characters, such as de=äöüß.", clip(entry, 80))
		case listed:
			if err := listable(extra); err != nil {
				return nil, err
			}
			out = append(out, IDNTable{name, func(r rune) bool { return latinASCII(r) || strings.ContainsRune(extra, r) }})
		case name == TableEmoji:
			out = append(out, IDNTable{name, func(r rune) bool { return latinASCII(r) || pictorial(r) }})
		case known:
			out = append(out, IDNTable{name, inScripts(scripts)})
		default:
			return nil, Errorf(KindInvalid, "bad_idn_table", "%q is no script that we have a table for; list the characters, as in de=äöüß.", clip(name, 80))
		}
	}
	return out, nil
}

// listable checks the characters of a language's own table.
func listable(chars string) error {
	for _, r := range chars {
		if mapped, err := lookup.ToUnicode("a" + string(r) + "a"); !permitted(r) || err != nil && contextRules([]rune{r}) == 0 || err == nil && mapped != "a"+string(r)+"a" {
			return Errorf(KindInvalid, "bad_idn_table", "%q (U+%04X) can't stand in a domain name.", string(r), r)
		}
	}
	return nil
}

func latinASCII(r rune) bool { return r >= 'a' && r <= 'z' }

func inScripts(names []string) func(rune) bool {
	return func(r rune) bool {
		for _, n := range names {
			if n == "a-z" && latinASCII(r) || n != "a-z" && unicode.Is(unicode.Scripts[n], r) {
				return true
			}
		}
		if r == 0x30FC && slices.Contains(names, "Katakana") { // its long vowel, Common by property
			return true
		}
		// Marks and signs that several scripts share, such as the Katakana middle
		// dot, are judged by their company.
		return unicode.In(r, unicode.Common, unicode.Inherited) && permitted(r) && !unicode.IsLetter(r) && r > 0x7F
	}
}

// covers reports whether every character of a label is in the table, and else
// the first that is not.
func (t IDNTable) covers(label []rune) (rune, bool) {
	for _, r := range label {
		if r != '-' && (r < '0' || r > '9') && !t.has(r) {
			return r, false
		}
	}
	return 0, true
}

// mayRegister refuses a name whose characters the ending's tables don't allow.
// It is asked before a registration only: names that exist may go on.
func (t TLD) mayRegister(n Name) error {
	label, _, _ := strings.Cut(n.U, ".")
	if ascii(label) {
		return nil
	}
	tables, err := ParseIDNTables(strings.Fields(t.IDNTables))
	if err != nil {
		return fmt.Errorf("tables of .%s: %w", t.Name, err)
	}
	runes := []rune(label)
	covered := false
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
		if _, ok := table.covers(runes); ok && (table.Name != TableEmoji || !wordOf(runes)) {
			covered = true
		}
	}
	return t.refusal(runes, names, covered)
}

// wordOf reports whether a label holds characters outside ASCII that are no symbols.
func wordOf(label []rune) bool {
	for _, r := range label {
		if r > 0x7F && !pictorial(r) {
			return true
		}
	}
	return false
}

// refusal says why a label can't be registered, nil when it can.
func (t TLD) refusal(label []rune, tables []string, covered bool) error {
	ending := "." + Shown(t.Name)
	refuse := func(code, format string, args ...any) error {
		e := Errorf(KindUnsupported, code, format, args...)
		e.Field = "name"
		return e
	}
	for _, r := range label {
		switch {
		case covered && pictorial(r): // a table of emoji
			continue
		case pictorial(r):
			return refuse("emoji_refused", "%q is an emoji or symbol: the registry of %s takes letters, digits and hyphens only.", string(r), ending)
		case !permitted(r):
			return refuse("bad_character", "The character %q (U+%04X) can't stand in a domain name.", string(r), r)
		}
	}
	if r := contextRules(label); r != 0 {
		return refuse("bad_context", "The character %q (U+%04X) can't stand in this place of a domain name.", string(r), r)
	}
	switch scripts := ScriptsOf(string(label)); {
	case covered:
		return nil
	case len(tables) == 0:
		return refuse("idn_not_offered", "Names under %s are made of the letters a to z, digits and hyphens.", ending)
	case !writtenTogether(scripts):
		return refuse("mixed_script", "The name mixes %s letters. The registry of %s takes one script at a time.", strings.Join(scripts, " and "), ending)
	default:
		return refuse("not_in_table", "The registry of %s has no table with all characters of this name; it has %s.", ending, strings.Join(tables, ", "))
	}
}
