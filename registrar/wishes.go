package registrar

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxWishText bounds what a person may paste as a list of names, in bytes.
const MaxWishText = 64 << 10

// Wish is one name of a list that a person typed or pasted.
type Wish struct {
	Typed string // the part of the text, without what surrounds it
	Name  string // what to check; a name's A-label, or Typed where it is no name
	Bare  string // the label, when Typed had no ending and one was added
}

// Wishes are the names that a text asks for.
type Wishes struct {
	List   []Wish
	Same   int // parts that name what stands before already
	Over   int // names beyond the limit
	Longer bool
}

// Names returns what to check.
func (w Wishes) Names() []string {
	out := make([]string, 0, len(w.List))
	for _, one := range w.List {
		out = append(out, one.Name)
	}
	return out
}

// ReadWishes reads a list of names as people write or paste them: separated by
// spaces, lines, commas, semicolons or tabs. Addresses of web pages and e-mail are
// reduced to the name in them. A label without ending is asked for under each of
// endings. At most limit names are kept; text beyond MaxWishText is not read.
func ReadWishes(text string, cat *Catalogue, endings []string, limit int) Wishes {
	var w Wishes
	if len(text) > MaxWishText {
		cut := MaxWishText
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text, w.Longer = text[:cut], true
		if i := strings.LastIndexFunc(text, separates); i >= 0 {
			text = text[:i] // half a name is none
		}
	}
	seen := make(map[string]bool)
	parts := make(map[string]bool)
	add := func(wish Wish) {
		switch {
		case seen[wish.Name]:
			w.Same++
		case len(w.List) >= limit:
			w.Over++
		default:
			seen[wish.Name] = true
			w.List = append(w.List, wish)
		}
	}
	for _, part := range strings.FieldsFunc(text, separates) {
		typed, address := reduce(part)
		switch {
		case typed == "":
		case parts[strings.ToLower(typed)]:
			w.Same++
		case strings.ContainsAny(typed, ".。．｡"):
			parts[strings.ToLower(typed)] = true
			add(wishOf(typed, address, cat))
		default:
			parts[strings.ToLower(typed)] = true
			for _, ending := range endings {
				wish := wishOf(typed+"."+ending, false, cat)
				wish.Typed, wish.Bare = typed, typed
				add(wish)
			}
		}
	}
	return w
}

func separates(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|、，；", r) }

// reduce takes from a part what surrounds the host name; address reports whether
// it was a web or mail address.
func reduce(part string) (name string, address bool) {
	s := strings.Trim(part, "\"'`<>()[]{}«»„“”‘’")
	if scheme, rest, ok := strings.Cut(s, "://"); ok && scheme != "" {
		s, address = rest, true
	} else if rest, ok := strings.CutPrefix(strings.ToLower(s), "mailto:"); ok {
		s, address = rest, true
	}
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s, address = s[:i], true
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s, address = s[i+1:], true
	}
	if host, port, ok := strings.Cut(s, ":"); ok && strings.Trim(port, "0123456789") == "" {
		s, address = host, true
	}
	if address {
		if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
			s = plain
		}
	}
	return clip(strings.Trim(s, ".。．｡\"'<>()"), 300), address
}

// wishOf makes a wish of a name. Of an address it keeps the label right before
// the ending that is sold here; of others www. is dropped.
func wishOf(typed string, address bool, cat *Catalogue) Wish {
	n, err := ParseName(typed)
	if err != nil {
		return Wish{Typed: typed, Name: typed}
	}
	name := n.A
	if address {
		name = strings.TrimPrefix(name, "www.")
		for rest := name; strings.Contains(rest, "."); _, rest, _ = strings.Cut(rest, ".") {
			if _, ok := cat.Find(rest); ok {
				name = rest
				break
			}
		}
	}
	return Wish{Typed: typed, Name: name}
}
