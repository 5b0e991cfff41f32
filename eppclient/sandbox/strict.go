package sandbox

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// strict walks a tree the way the schemas demand and keeps the first thing it
// finds wrong. After that every method answers zero values, so that decoders
// read top to bottom and look at err once, at the end.
//
// Codes: 2001 wrong structure (unknown element or attribute, wrong order, text
// where elements belong), 2003 something required is absent, 2005 a value
// breaks a facet of its type, 2004 a number is outside its range.
type strict struct {
	err *refusal
}

func (s *strict) fail(r *refusal) {
	if s.err == nil {
		s.err = r
	}
}

func (s *strict) failAt(code int, n *node, reason string) {
	value := collapse(n.text)
	if isSecret(n.name) {
		value = ""
	}
	s.fail((&refusal{code: code, reason: reason}).at(n.ns, n.name, value))
}

// isSecret lists the elements whose content is never repeated in an answer.
func isSecret(name string) bool {
	return name == "pw" || name == "newPW" || name == "authInfo"
}

// sequence is an xs:sequence being consumed child by child.
type sequence struct {
	s    *strict
	n    *node
	next int
}

// open starts on the children of an element-only type with these attributes.
func (s *strict) open(n *node, attrs ...string) *sequence {
	if n != nil {
		s.attributes(n, attrs)
		if !isBlank(n.text) {
			s.failAt(2001, n, "text between elements")
		}
	}
	return &sequence{s: s, n: n}
}

func (s *strict) attributes(n *node, allowed []string) {
	for _, a := range n.attrs {
		if a.Name.Space != "" || !slices.Contains(allowed, a.Name.Local) {
			s.failAt(2001, n, "unknown attribute "+a.Name.Local)
		}
	}
}

// peek is the next unread child if it has that name (in the parent's namespace).
func (q *sequence) peek(name string) *node {
	if q.s.err != nil || q.n == nil || q.next >= len(q.n.children) {
		return nil
	}
	c := q.n.children[q.next]
	if c.ns != q.n.ns || c.name != name {
		return nil
	}
	return c
}

// maybe takes the next child if it has that name: minOccurs 0.
func (q *sequence) maybe(name string) *node {
	c := q.peek(name)
	if c != nil {
		q.next++
	}
	return c
}

// need takes the next child, which must have that name.
func (q *sequence) need(name string) *node {
	c := q.maybe(name)
	if c == nil && q.s.err == nil && q.n != nil {
		q.missing(name)
	}
	return c
}

// missing tells an absent element (2003) from one that comes too late (2001);
// then the element standing in its place is to blame.
func (q *sequence) missing(name string) {
	if q.next < len(q.n.children) && q.n.child(q.n.ns, name) != nil {
		q.s.failAt(2001, q.n.children[q.next], "element out of order, want "+name)
		return
	}
	q.s.fail(refuse(2003, "element %s is missing", name).at(q.n.ns, q.n.name, ""))
}

// list takes as many children of that name as there are, at least lo; hi < 0
// means unbounded. A child beyond hi is left for done to refuse.
func (q *sequence) list(name string, lo, hi int) []*node {
	var out []*node
	for hi < 0 || len(out) < hi {
		c := q.maybe(name)
		if c == nil {
			break
		}
		out = append(out, c)
	}
	if len(out) < lo && q.s.err == nil && q.n != nil {
		q.missing(name)
	}
	return out
}

// done refuses whatever was not consumed.
func (q *sequence) done() {
	if q.s.err == nil && q.n != nil && q.next < len(q.n.children) {
		q.s.failAt(2001, q.n.children[q.next], "unexpected element")
	}
}

// leaf returns the raw text of an element with simple content.
func (s *strict) leaf(n *node, attrs ...string) string {
	if n == nil || s.err != nil {
		return ""
	}
	s.attributes(n, attrs)
	if len(n.children) > 0 {
		s.failAt(2001, n.children[0], "unexpected element")
	}
	return n.text
}

// empty checks an element that may hold nothing at all.
func (s *strict) empty(n *node, attrs ...string) {
	s.open(n, attrs...).done()
}

// token reads an xs:token of lo to hi characters (hi < 0: no limit).
func (s *strict) token(n *node, lo, hi int, attrs ...string) string {
	return s.sized(n, collapse(s.leaf(n, attrs...)), lo, hi)
}

// normalized reads an xs:normalizedString of lo to hi characters.
func (s *strict) normalized(n *node, lo, hi int, attrs ...string) string {
	return s.sized(n, normalize(s.leaf(n, attrs...)), lo, hi)
}

func (s *strict) sized(n *node, v string, lo, hi int) string {
	if n == nil || s.err != nil {
		return ""
	}
	if !hasLength(v, lo, hi) {
		s.failAt(2005, n, "length out of range")
		return ""
	}
	return v
}

// pattern reads a token that must match the expression.
func (s *strict) pattern(n *node, hi int, re *regexp.Regexp, attrs ...string) string {
	v := s.token(n, 0, hi, attrs...)
	if n != nil && s.err == nil && !re.MatchString(v) {
		s.failAt(2005, n, "wrong format")
	}
	return v
}

// attr reads an attribute of type token; given says whether it was there.
func (s *strict) attr(n *node, name string) (value string, given bool) {
	if n == nil || s.err != nil {
		return "", false
	}
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return collapse(a.Value), true
		}
	}
	return "", false
}

// enum reads an attribute that takes one of a few values. An absent attribute
// gives byDefault, or 2003 when byDefault is "".
func (s *strict) enum(n *node, name, byDefault string, values ...string) string {
	v, given := s.attr(n, name)
	if n == nil || s.err != nil {
		return ""
	}
	if !given {
		if byDefault == "" {
			s.fail(refuse(2003, "attribute %s is missing", name).at(n.ns, n.name, ""))
		}
		return byDefault
	}
	if !slices.Contains(values, v) {
		s.failAt(2005, n, "attribute "+name+" has an unknown value")
	}
	return v
}

// collapse is the white space facet of xs:token.
func collapse(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\r'
	}), " ")
}

// normalize is the white space facet of xs:normalizedString.
func normalize(s string) string {
	return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(s)
}

// hasLength counts characters, not octets, as XML Schema does.
func hasLength(s string, lo, hi int) bool {
	n := utf8.RuneCountInString(s)
	return n >= lo && (hi < 0 || n <= hi)
}

// isToken reports whether s is already a collapsed token of that length.
func isToken(s string, lo, hi int) bool {
	return collapse(s) == s && hasLength(s, lo, hi)
}
