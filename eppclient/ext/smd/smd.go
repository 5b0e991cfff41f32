// Package smd carries signed marks (RFC 7848) to a registry octet by octet. It
// reads what is in them for the people who choose one, but verifies nothing:
// signature, certificate and revocation are the trademark policy's business.
package smd

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// The namespaces of signed marks and of the marks in them.
const (
	Namespace     = "urn:ietf:params:xml:ns:signedMark-1.0"
	MarkNamespace = "urn:ietf:params:xml:ns:mark-1.0"
)

// MaxSize bounds a file and what it decodes to.
const MaxSize = 1 << 20

const (
	begin = "-----BEGIN ENCODED SMD-----"
	end   = "-----END ENCODED SMD-----"
)

// ErrFile says that a file is no SMD file.
var ErrFile = errors.New("not an SMD file")

// Encoded is the base64 text of a signed mark, as the issuer wrote it.
type Encoded string

// ReadFile takes the encoded signed mark out of an .smd file: the text between
// its markers. What stands around it is for people and not trusted. A bare base64
// text is taken too. Error: wraps ErrFile.
func ReadFile(file []byte) (Encoded, error) {
	if len(file) > MaxSize {
		return "", fmt.Errorf("%w: larger than %d octets", ErrFile, MaxSize)
	}
	text := string(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	if strings.Count(text, begin) > 1 || strings.Count(text, end) > 1 {
		return "", fmt.Errorf("%w: more than one signed mark", ErrFile)
	}
	if _, after, ok := strings.Cut(text, begin); ok {
		body, _, closed := strings.Cut(after, end)
		if !closed {
			return "", fmt.Errorf("%w: end marker is missing", ErrFile)
		}
		text = body
	}
	encoded := Encoded(strings.TrimSpace(text))
	if _, err := encoded.XML(); err != nil {
		return "", err
	}
	return encoded, nil
}

// XML decodes the signed mark. Error: wraps ErrFile.
func (s Encoded) XML() ([]byte, error) {
	doc, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(s)), ""))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(doc) == 0 || len(doc) > MaxSize {
		return nil, fmt.Errorf("%w: empty or too large", ErrFile)
	}
	return doc, nil
}

// Summary is what a signed mark says, unverified.
type Summary struct {
	ID        string // of the signed mark, for revocation lists
	Issuer    string
	NotBefore epp.Time
	NotAfter  epp.Time
	Marks     []string // names of the marks
	Labels    []string // A-labels it holds for, lower case
}

// Covers reports whether the label, an A-label without zone, is in the mark.
func (s Summary) Covers(label string) bool {
	for _, l := range s.Labels {
		if strings.EqualFold(l, label) {
			return true
		}
	}
	return false
}

// Inspect reads a signed mark without verifying it. Error: wraps ErrFile.
func Inspect(doc []byte) (Summary, error) {
	if len(doc) > MaxSize {
		return Summary{}, fmt.Errorf("%w: larger than %d octets", ErrFile, MaxSize)
	}
	root, err := epp.ParseElement(doc)
	if err != nil {
		return Summary{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if !root.Is(Namespace, "signedMark") {
		return Summary{}, fmt.Errorf("%w: root is %q", ErrFile, root.Local)
	}
	s := Summary{
		ID:        root.ChildValue(Namespace, "id"),
		Issuer:    root.Child(Namespace, "issuerInfo").ChildValue(Namespace, "org"),
		NotBefore: epp.ParseTime(root.ChildValue(Namespace, "notBefore")),
		NotAfter:  epp.ParseTime(root.ChildValue(Namespace, "notAfter")),
	}
	s.Marks, s.Labels = Marks(root.Child(MarkNamespace, "mark"))
	return s, nil
}

// Marks returns the names and labels of a mark element.
func Marks(mark *epp.Element) (names, labels []string) {
	mark.Walk(func(el *epp.Element) {
		switch {
		case el.Is(MarkNamespace, "markName"):
			names = append(names, el.Value())
		case el.Is(MarkNamespace, "label"):
			labels = append(labels, strings.ToLower(el.Value()))
		}
	})
	return names, labels
}
