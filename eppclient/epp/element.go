package epp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Limits of what one received frame may hold, far above real messages. The
// frame's size in octets is bounded before, by package frame.
const (
	maxDepth    = 100
	maxElements = 200_000
)

// Element is one element of a received frame with namespaces resolved.
type Element struct {
	Space    string // namespace URI, "" when none
	Local    string // name without prefix
	Attrs    []xml.Attr
	Children []*Element
	Text     string // all character data directly inside, as written
	Raw      []byte // the element as received; prefixes may be declared outside
}

// Is reports whether the element has this namespace and local name.
func (el *Element) Is(space, local string) bool {
	return el != nil && el.Local == local && el.Space == space
}

// Child returns the first child of this name, or nil. A nil Element has no
// children, so calls can be chained.
func (el *Element) Child(space, local string) *Element {
	if el == nil {
		return nil
	}
	for _, c := range el.Children {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// All returns all children of this name.
func (el *Element) All(space, local string) []*Element {
	var out []*Element
	if el == nil {
		return nil
	}
	for _, c := range el.Children {
		if c.Is(space, local) {
			out = append(out, c)
		}
	}
	return out
}

// Value returns the text without outer blanks; "" for a nil Element.
func (el *Element) Value() string {
	if el == nil {
		return ""
	}
	return strings.TrimSpace(el.Text)
}

// Mixed returns all text inside, markup left out, with blanks collapsed: what
// stands in a message that may hold markup (RFC 5730 §4 mixedMsgType).
func (el *Element) Mixed() string {
	if el == nil || len(el.Children) == 0 {
		return strings.Join(strings.Fields(el.Value()), " ")
	}
	var text []string
	dec := xml.NewDecoder(bytes.NewReader(el.Raw))
	for {
		tok, err := dec.RawToken()
		if err != nil { // the end; Raw was well-formed when it was cut out
			return strings.Join(strings.Fields(strings.Join(text, " ")), " ")
		}
		if data, ok := tok.(xml.CharData); ok {
			text = append(text, string(data))
		}
	}
}

// Walk calls visit for the element and everything inside, outer first.
func (el *Element) Walk(visit func(*Element)) {
	if el == nil {
		return
	}
	visit(el)
	for _, c := range el.Children {
		c.Walk(visit)
	}
}

// ParseElement reads one XML document, with the limits and refusals of received
// frames. Error: *SyntaxError.
func ParseElement(doc []byte) (*Element, error) { return parse(doc) }

// ChildValue returns the value of the first child of this name, or "".
func (el *Element) ChildValue(space, local string) string {
	return el.Child(space, local).Value()
}

// ChildValues returns the values of all children of this name.
func (el *Element) ChildValues(space, local string) []string {
	var out []string
	for _, c := range el.All(space, local) {
		out = append(out, c.Value())
	}
	return out
}

// Attr returns the value of the attribute without namespace, or "".
func (el *Element) Attr(local string) string {
	if el == nil {
		return ""
	}
	for _, a := range el.Attrs {
		if a.Name.Local == local && a.Name.Space == "" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// parse reads one XML document. Error: *SyntaxError.
func parse(doc []byte) (*Element, error) {
	doc = bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))
	p := parser{dec: xml.NewDecoder(bytes.NewReader(doc)), doc: doc}
	for {
		start := p.dec.InputOffset()
		tok, err := p.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &SyntaxError{Reason: "not well-formed", Err: err}
		}
		if err := p.take(tok, start); err != nil {
			return nil, err
		}
	}
	if p.root == nil {
		return nil, &SyntaxError{Reason: "no element"}
	}
	return p.root, nil
}

type parser struct {
	dec   *xml.Decoder
	doc   []byte
	root  *Element
	open  []*Element
	start []int64  // where each open element begins in doc
	text  [][]byte // what each open element holds so far
	count int
}

func (p *parser) take(tok xml.Token, offset int64) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return p.push(t, offset)
	case xml.EndElement:
		last := len(p.open) - 1
		p.open[last].Text = string(p.text[last])
		p.open[last].Raw = p.doc[p.start[last]:p.dec.InputOffset()]
		p.open, p.start, p.text = p.open[:last], p.start[:last], p.text[:last]
	case xml.CharData:
		if last := len(p.open) - 1; last >= 0 {
			p.text[last] = append(p.text[last], t...)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return &SyntaxError{Reason: "text outside of the root element"}
		}
	case xml.Directive:
		return &SyntaxError{Reason: "document type or other directive"}
	case xml.ProcInst:
		if t.Target != "xml" || offset != 0 {
			return &SyntaxError{Reason: "processing instruction"}
		}
	}
	return nil
}

func (p *parser) push(t xml.StartElement, offset int64) error {
	p.count++
	el := &Element{Space: t.Name.Space, Local: t.Name.Local, Attrs: t.Copy().Attr}
	switch {
	case p.count > maxElements:
		return &SyntaxError{Reason: "too many elements"}
	case len(p.open) >= maxDepth:
		return &SyntaxError{Reason: "nested too deeply"}
	case len(p.open) > 0:
		parent := p.open[len(p.open)-1]
		parent.Children = append(parent.Children, el)
	case p.root != nil:
		return &SyntaxError{Reason: "more than one root element"}
	default:
		p.root = el
	}
	p.open, p.start, p.text = append(p.open, el), append(p.start, offset), append(p.text, nil)
	return nil
}

// ParseBool reads xs:boolean, which is written 1, 0, true or false; ok is false
// when value is none of them.
func ParseBool(value string) (b, ok bool) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	return false, false
}
