package ui

import (
	"regexp"
	"strings"
)

// bundleCSS joins the kit and our own rules. Rules of the kit that can't match
// are dropped, because no template uses their classes, and rules of its dark
// theme are bound to prefers-color-scheme, so that no script has to run before
// the first paint.
func bundleCSS(kit, own string, used map[string]bool) string {
	var b strings.Builder
	writeRules(&b, kit, used)
	b.WriteByte('\n')
	b.WriteString(own)
	return b.String()
}

// rule is one CSS rule or at-rule: prelude{body} or prelude;
type rule struct {
	prelude string
	body    string
	block   bool
}

// writeRules copies a style sheet rule by rule.
func writeRules(b *strings.Builder, css string, used map[string]bool) {
	for css != "" {
		var r rule
		r, css = cutRule(css)
		switch {
		case r.prelude == "":
		case !r.block:
			b.WriteString(r.prelude + ";")
		case strings.HasPrefix(r.prelude, "@media"), strings.HasPrefix(r.prelude, "@supports"):
			var inner strings.Builder
			writeRules(&inner, r.body, used)
			if inner.Len() > 0 {
				b.WriteString(r.prelude + "{" + inner.String() + "}")
			}
		case strings.HasPrefix(r.prelude, "@"):
			b.WriteString(r.prelude + "{" + r.body + "}")
		default:
			writeStyle(b, r, used)
		}
	}
}

// darkTheme is how the kit marks its dark rules.
const darkTheme = "[data-bs-theme=dark]"

// writeStyle writes one style rule with the selectors that can match.
func writeStyle(b *strings.Builder, r rule, used map[string]bool) {
	var keep, dark []string
	for _, sel := range splitSelectors(r.prelude) {
		rest, isDark := strings.CutPrefix(sel, darkTheme)
		switch {
		case !reachable(sel, used):
		case isDark:
			dark = append(dark, ":root"+rest)
		case strings.Contains(sel, "[data-bs-theme="), strings.Contains(sel, "[data-theme="):
			// another way to switch themes; ours is the reader's own setting
		default:
			keep = append(keep, sel)
		}
	}
	if len(keep) > 0 {
		b.WriteString(strings.Join(keep, ",") + "{" + r.body + "}")
	}
	if len(dark) > 0 {
		b.WriteString("@media (prefers-color-scheme:dark){" + strings.Join(dark, ",") + "{" + r.body + "}}")
	}
}

var (
	functional = regexp.MustCompile(`:(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)`)
	className  = regexp.MustCompile(`\.((?:[A-Za-z_-]|\\.)(?:[\w-]|\\.)*)`)
)

// reachable reports whether every class that the selector needs is in use.
// Classes inside :not() and the like prove nothing and are not counted.
func reachable(sel string, used map[string]bool) bool {
	sel = functional.ReplaceAllString(sel, "")
	for _, m := range className.FindAllStringSubmatch(sel, -1) {
		if !used[strings.ReplaceAll(m[1], `\`, "")] {
			return false
		}
	}
	return true
}

// cutRule takes the first rule off a style sheet; comments are dropped. The
// licence is served beside the style sheet.
func cutRule(css string) (rule, string) {
	var prelude strings.Builder
	for i := 0; i < len(css); {
		switch c := css[i]; {
		case strings.HasPrefix(css[i:], "/*"):
			end := strings.Index(css[i:], "*/")
			if end < 0 {
				return rule{}, ""
			}
			i += end + 2
		case c == ';':
			return rule{prelude: strings.TrimSpace(prelude.String())}, css[i+1:]
		case c == '{':
			end := closing(css, i)
			return rule{strings.TrimSpace(prelude.String()), css[i+1 : end], true}, css[min(end+1, len(css)):]
		case c == '"' || c == '\'':
			end := endOfString(css, i)
			prelude.WriteString(css[i:end])
			i = end
		default:
			prelude.WriteByte(c)
			i++
		}
	}
	return rule{}, ""
}

// closing returns the index of the brace that closes the one at open.
func closing(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'':
			i = endOfString(css, i) - 1
		}
	}
	return len(css)
}

// endOfString returns the index after the string literal that starts at i.
func endOfString(css string, i int) int {
	quote := css[i]
	for j := i + 1; j < len(css); j++ {
		switch css[j] {
		case '\\':
			j++
		case quote:
			return j + 1
		}
	}
	return len(css)
}

// splitSelectors splits at commas outside brackets.
func splitSelectors(prelude string) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(prelude); i++ {
		switch prelude[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out, start = append(out, strings.TrimSpace(prelude[start:i])), i+1
			}
		}
	}
	return append(out, strings.TrimSpace(prelude[start:]))
}

var word = regexp.MustCompile(`[A-Za-z_-][\w-]*`)

// wordsIn collects everything in a text that could be a class name.
func wordsIn(text string, into map[string]bool) {
	for _, w := range word.FindAllString(text, -1) {
		into[w] = true
	}
}
