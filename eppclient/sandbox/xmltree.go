package sandbox

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is far below what would hurt and far above what the schemas need (7).
const maxDepth = 16

const nsXSI = "http://www.w3.org/2001/XMLSchema-instance"

// node is one element of a frame, in document order.
type node struct {
	ns, name string
	attrs    []xml.Attr // without namespace declarations and xsi:schemaLocation
	children []*node
	text     string // all character data directly inside
}

// child returns the first child of that name, nil when there is none.
func (n *node) child(ns, name string) *node {
	for _, c := range n.children {
		if c.ns == ns && c.name == name {
			return c
		}
	}
	return nil
}

// parseTree reads one whole XML document into a tree. Beyond well-formedness it
// refuses what an EPP peer has no business sending: DTDs and other directives,
// processing instructions, encodings other than UTF-8, text around the root.
func parseTree(frame []byte) (*node, error) {
	frame = bytes.TrimPrefix(frame, []byte("\xEF\xBB\xBF"))
	dec := xml.NewDecoder(bytes.NewReader(frame))
	t := &treeBuilder{}
	for first := true; ; first = false {
		from := dec.InputOffset()
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if _, isTag := token.(xml.StartElement); isTag && gluedAttributes(frame[from:dec.InputOffset()]) {
			return nil, errors.New("no space between attributes")
		}
		if err := t.add(token, first); err != nil {
			return nil, err
		}
	}
	if t.root == nil {
		return nil, errors.New("no root element")
	}
	return t.root, nil
}

type treeBuilder struct {
	root  *node
	stack []*node
}

func (t *treeBuilder) add(token xml.Token, first bool) error {
	switch tok := token.(type) {
	case xml.StartElement:
		return t.open(tok)
	case xml.EndElement:
		t.stack = t.stack[:len(t.stack)-1]
	case xml.CharData:
		return t.chars(tok)
	case xml.ProcInst:
		if !first || tok.Target != "xml" {
			return fmt.Errorf("processing instruction %q", tok.Target)
		}
	case xml.Directive:
		return errors.New("DTD or other directive")
	}
	return nil
}

func (t *treeBuilder) open(tok xml.StartElement) error {
	n := &node{ns: tok.Name.Space, name: tok.Name.Local}
	seen := map[xml.Name]bool{}
	for _, a := range tok.Attr {
		if seen[a.Name] {
			return fmt.Errorf("attribute %q twice", a.Name.Local)
		}
		seen[a.Name] = true
		switch {
		case a.Name.Space == "xmlns" && (a.Value == "" || a.Name.Local == "xmlns" || a.Name.Local == "xml"):
			return fmt.Errorf("namespace prefix %q cannot be bound like this", a.Name.Local)
		case a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns":
		case a.Name.Space == nsXSI && a.Name.Local == "schemaLocation":
			if len(strings.Fields(a.Value))%2 != 0 {
				return errors.New("xsi:schemaLocation is not a list of pairs")
			}
		default:
			n.attrs = append(n.attrs, a)
		}
	}
	switch {
	case len(t.stack) == 0 && t.root != nil:
		return errors.New("second root element")
	case len(t.stack) == 0:
		t.root = n
	case len(t.stack) >= maxDepth:
		return errors.New("elements nested too deeply")
	default:
		parent := t.stack[len(t.stack)-1]
		parent.children = append(parent.children, n)
	}
	t.stack = append(t.stack, n)
	return nil
}

func (t *treeBuilder) chars(data xml.CharData) error {
	if len(t.stack) > 0 {
		t.stack[len(t.stack)-1].text += string(data)
		return nil
	}
	if !isBlank(string(data)) {
		return errors.New("text outside the root element")
	}
	return nil
}

// gluedAttributes finds <a b="1"c="2">, which is not XML but which
// encoding/xml lets through.
func gluedAttributes(tag []byte) bool {
	var quote byte
	for i, b := range tag {
		switch {
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case quote != 0 && b == quote:
			quote = 0
			if i+1 < len(tag) && !bytes.ContainsRune([]byte(" \t\r\n/>"), rune(tag[i+1])) {
				return true
			}
		}
	}
	return false
}

// isBlank knows only the four white space characters of XML.
func isBlank(s string) bool { return strings.Trim(s, " \t\r\n") == "" }
