package transcript

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

// Placeholder stands where a secret was.
const Placeholder = "***"

// secretNames are local names, lower case, of elements and attributes whose
// content is secret in any namespace: login and authInfo of RFC 5730-5733,
// loginSec (RFC 8807), allocation tokens (RFC 8495), and the spellings of
// registries of their own.
var secretNames = []string{"pw", "newpw", "authinfo", "currentpw", "password", "allocationtoken"}

// publicAttrs may stay readable inside of a secret element.
var publicAttrs = []string{"xmlns", "roid"}

// minEcho is the shortest secret that is also searched for as plain text in
// answers. Shorter ones would blank out unrelated text, and RFC 5730 §4 lets
// no password be shorter.
const minEcho = 6

// Mask returns a copy of frame without its secrets. A frame that is not
// well-formed XML is replaced as a whole: nobody can tell where its secrets
// are. Mask never fails.
func Mask(frame []byte) []byte {
	masked, _ := Secrets(frame)
	return masked
}

// MaskAnswer masks an answer and also removes, wherever they stand, the
// secrets of the request: servers quote offending values in messages.
func MaskAnswer(answer []byte, secrets []string) []byte {
	masked, _ := mask(answer, secrets)
	return masked
}

// Remove replaces secret in text, unless it is too short to be told from
// ordinary text.
func Remove(text, secret string) string {
	if len(secret) < minEcho {
		return text
	}
	return strings.ReplaceAll(text, secret, Placeholder)
}

// Secrets is Mask, and also returns the secret texts found, for MaskAnswer.
// The texts must not be kept beyond the exchange.
func Secrets(frame []byte) (masked []byte, found []string) {
	return mask(frame, nil)
}

// Plain reports whether a well-formed UTF-8 frame of our own certainly holds no
// secret: not even the name of an element that could. It is much cheaper than
// Secrets, and most commands are plain.
func Plain(frame []byte) bool {
	lower := bytes.ToLower(frame)
	return !slices.ContainsFunc(secretNames, func(name string) bool { return bytes.Contains(lower, []byte(name)) })
}

func mask(frame []byte, echoes []string) (masked []byte, found []string) {
	m := masker{dec: xml.NewDecoder(bytes.NewReader(frame)), in: frame, echoes: echoes}
	if err := m.run(); err != nil {
		// The reader's error may quote the frame, so it is not shown either.
		return fmt.Appendf(nil, "[unreadable frame of %d octets masked]", len(frame)), nil
	}
	return m.out.Bytes(), m.found
}

// masker copies tokens by their position in the input, so that everything but
// the secrets stays octet by octet as it was.
type masker struct {
	dec   *xml.Decoder
	in    []byte
	out   bytes.Buffer
	open  []xml.Name
	depth int // how many of the innermost open elements are within a secret one
	found []string

	echoes []string // secrets known beforehand, removed from any text
}

var errMalformed = errors.New("not well-formed")

func (m *masker) run() error {
	for {
		start := m.dec.InputOffset()
		tok, err := m.dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := m.take(tok, m.in[start:m.dec.InputOffset()]); err != nil {
			return err
		}
	}
	if len(m.open) > 0 {
		return errMalformed
	}
	return nil
}

func (m *masker) take(tok xml.Token, raw []byte) error {
	switch t := tok.(type) {
	case xml.StartElement:
		m.open = append(m.open, t.Name)
		if m.depth > 0 || isSecret(t.Name) {
			m.depth++
		}
		m.start(t, raw)
	case xml.EndElement:
		last := len(m.open) - 1
		if last < 0 || m.open[last] != t.Name {
			return errMalformed
		}
		m.open = m.open[:last]
		if m.depth > 0 {
			m.depth--
		}
		m.out.Write(raw)
	case xml.CharData:
		m.text(string(t), raw)
	case xml.Comment, xml.ProcInst:
		if m.depth > 0 || m.clean(string(raw)) != string(raw) {
			return nil // nothing that belongs here; it may hold anything
		}
		m.out.Write(raw)
	default: // a directive: a document type may define what text means
		return errMalformed
	}
	return nil
}

func (m *masker) text(value string, raw []byte) {
	if m.depth == 0 || strings.TrimSpace(value) == "" {
		if cleaned := m.clean(value); cleaned != value {
			raw = []byte(html.EscapeString(cleaned))
		}
		m.out.Write(raw)
		return
	}
	m.out.WriteString(Placeholder)
	m.found = append(m.found, strings.TrimSpace(value))
}

// start copies a start tag, with secret attributes masked.
func (m *masker) start(t xml.StartElement, raw []byte) {
	if !slices.ContainsFunc(t.Attr, m.hides) {
		m.out.Write(raw)
		return
	}
	m.out.WriteByte('<')
	m.out.WriteString(qualified(t.Name))
	for _, a := range t.Attr {
		value := m.clean(a.Value)
		if m.secretAttr(a) {
			m.found = append(m.found, a.Value)
			value = Placeholder
		}
		m.out.WriteString(" " + qualified(a.Name) + `="` + html.EscapeString(value) + `"`)
	}
	if bytes.HasSuffix(raw, []byte("/>")) {
		m.out.WriteByte('/')
	}
	m.out.WriteByte('>')
}

// clean removes the echoes from text.
func (m *masker) clean(text string) string {
	for _, s := range m.echoes {
		text = Remove(text, s)
	}
	return text
}

// hides reports whether an attribute's value must not be copied as it is.
func (m *masker) hides(a xml.Attr) bool {
	return m.secretAttr(a) || m.clean(a.Value) != a.Value
}

// secretAttr reports whether an attribute's value is secret here.
func (m *masker) secretAttr(a xml.Attr) bool {
	if a.Value == "" || a.Name.Space == "xmlns" {
		return false
	}
	if isSecret(a.Name) {
		return true
	}
	return m.depth > 0 && !slices.Contains(publicAttrs, a.Name.Local)
}

func isSecret(n xml.Name) bool {
	return slices.Contains(secretNames, strings.ToLower(n.Local))
}

// qualified returns prefix:local; RawToken leaves the prefix in Space.
func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}
