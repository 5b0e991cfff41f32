package epp

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Encoder writes the XML of one frame. Element names are constants of the
// program with their customary prefix; values are escaped here and nowhere
// else. The first broken rule is kept and returned by the function that made
// the Encoder, so callers need not check each step.
type Encoder struct {
	Objects Objects // namespaces of the object mappings
	buf     bytes.Buffer
	err     error
}

// Attr is one attribute. An Attr with an empty value is left out.
type Attr struct{ Name, Value string }

// A returns the attribute name="value".
func A(name, value string) Attr { return Attr{Name: name, Value: value} }

// Start opens an element.
func (e *Encoder) Start(name string, attrs ...Attr) {
	e.tag(name, attrs)
	e.buf.WriteByte('>')
}

// End closes the element that Start opened.
func (e *Encoder) End(name string) {
	e.buf.WriteString("</")
	e.buf.WriteString(name)
	e.buf.WriteByte('>')
}

// Empty writes an element without content.
func (e *Encoder) Empty(name string, attrs ...Attr) {
	e.tag(name, attrs)
	e.buf.WriteString("/>")
}

// Text writes an element with text, which may be empty.
func (e *Encoder) Text(name, value string, attrs ...Attr) {
	e.Start(name, attrs...)
	e.escape(name, value)
	e.End(name)
}

// Optional writes an element with text, or nothing when value is empty.
func (e *Encoder) Optional(name, value string, attrs ...Attr) {
	if value != "" {
		e.Text(name, value, attrs...)
	}
}

// Sized is Text for a value of min to max characters.
func (e *Encoder) Sized(name, value string, min, max int, attrs ...Attr) {
	e.checkSize(name, value, min, max)
	e.Text(name, value, attrs...)
}

// OptionalSized is Sized, or nothing when value is empty.
func (e *Encoder) OptionalSized(name, value string, min, max int, attrs ...Attr) {
	if value != "" {
		e.Sized(name, value, min, max, attrs...)
	}
}

// Fail records that field breaks a rule. The first failure wins.
func (e *Encoder) Fail(field, format string, args ...any) {
	if e.err == nil {
		e.err = &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
}

func (e *Encoder) checkSize(field, value string, min, max int) {
	n := utf8.RuneCountInString(value)
	switch {
	case n == 0 && min > 0:
		e.Fail(field, "required")
	case n < min:
		e.Fail(field, "shorter than %d characters", min)
	case max >= 0 && n > max:
		e.Fail(field, "longer than %d characters", max)
	}
}

// Token is Sized for a value that the schema types as token. Max < 0 means no
// limit.
func (e *Encoder) Token(name, value string, min, max int, attrs ...Attr) {
	e.token(name, value, min, max)
	e.Text(name, value, attrs...)
}

// OptionalToken is Token, or nothing when value is empty.
func (e *Encoder) OptionalToken(name, value string, min, max int, attrs ...Attr) {
	if value != "" {
		e.Token(name, value, min, max, attrs...)
	}
}

// Int writes an element with a number of min to max.
func (e *Encoder) Int(name string, value, min, max int64, attrs ...Attr) {
	if value < min || value > max {
		e.Fail(name, "must lie within %d and %d", min, max)
	}
	e.Text(name, strconv.FormatInt(value, 10), attrs...)
}

// Instant writes an element with a dateTime in UTC. A zero time is refused.
func (e *Encoder) Instant(name string, t time.Time) {
	if t.IsZero() {
		e.Fail(name, "required")
	}
	e.Text(name, t.UTC().Format("2006-01-02T15:04:05Z"))
}

// Base64 writes an element with base64 text as it is, line breaks included, which
// Text would write as character references.
func (e *Encoder) Base64(name, value string, attrs ...Attr) {
	if i := strings.IndexFunc(value, notBase64); i >= 0 || value == "" {
		e.Fail(name, "is no base64")
		return
	}
	e.Start(name, attrs...)
	e.buf.WriteString(value)
	e.End(name)
}

func notBase64(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+/= \t\r\n", r))
}

// OneOf checks that value is one of a few; field names it in the error.
func (e *Encoder) OneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		e.Fail(field, "must be one of %s", strings.Join(allowed, ", "))
	}
}

// Fragment writes an XML element as it is, octet by octet: re-serialising would
// break a signature in it. It must be one well-formed element that declares
// every prefix it uses, without document type or processing instruction.
func (e *Encoder) Fragment(field string, xml []byte) {
	root, err := parse(xml)
	switch {
	case err != nil:
		e.Fail(field, "%v", err)
	case !selfContained(root):
		e.Fail(field, "uses a namespace that it does not declare")
	default:
		e.buf.Write(root.Raw)
	}
}

// selfContained reports whether all names are resolved: the XML reader leaves an
// undeclared prefix in the place of the URI, and no URI is without a colon.
func selfContained(el *Element) bool {
	if !strings.Contains(el.Space, ":") {
		return false
	}
	for _, a := range el.Attrs {
		if a.Name.Space != "" && a.Name.Space != "xmlns" && !strings.Contains(a.Name.Space, ":") {
			return false
		}
	}
	return !slices.ContainsFunc(el.Children, func(c *Element) bool { return !selfContained(c) })
}

// Attribute values of xs:boolean.
const (
	True  = "1"
	False = "0"
)

// Bool returns the attribute value of b.
func Bool(b bool) string {
	if b {
		return True
	}
	return False
}

// token checks a value that the schema types as token: the receiver strips and
// collapses blanks, which would silently change it.
func (e *Encoder) token(field, value string, min, max int) {
	e.checkSize(field, value, min, max)
	if strings.Join(strings.Fields(value), " ") != value {
		e.Fail(field, "leading, trailing or doubled blanks would be lost")
	}
}

func (e *Encoder) pattern(field, value string, re *regexp.Regexp) {
	if !re.MatchString(value) {
		e.Fail(field, "does not match %s", re)
	}
}

func (e *Encoder) tag(name string, attrs []Attr) {
	e.buf.WriteByte('<')
	e.buf.WriteString(name)
	for _, a := range attrs {
		if a.Value == "" {
			continue
		}
		e.buf.WriteByte(' ')
		e.buf.WriteString(a.Name)
		e.buf.WriteString(`="`)
		e.escape(name+"@"+a.Name, a.Value)
		e.buf.WriteByte('"')
	}
}

// escape writes value. Characters that XML cannot carry are an error: the
// standard library would replace them silently.
func (e *Encoder) escape(field, value string) {
	if i := strings.IndexFunc(value, notXML); i >= 0 || !utf8.ValidString(value) {
		e.Fail(field, "holds a character that XML cannot carry")
		return
	}
	if err := xml.EscapeText(&e.buf, []byte(value)); err != nil {
		e.Fail(field, "%v", err)
	}
}

// notXML reports characters outside of XML 1.0 §2.2 Char.
func notXML(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return false
	case r < 0x20, r >= 0xD800 && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return false
}

const prolog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// frame wraps body in the epp element and returns the finished frame.
func (e *Encoder) frame(body func()) ([]byte, error) {
	e.buf.WriteString(prolog)
	e.Start("epp", Attr{"xmlns", Namespace})
	body()
	e.End("epp")
	if e.err != nil {
		return nil, e.err
	}
	return e.buf.Bytes(), nil
}
