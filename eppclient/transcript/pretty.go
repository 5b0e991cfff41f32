package transcript

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"strings"
)

// Paint colours parts of a frame on a terminal; nil functions leave a part as it
// is.
type Paint struct {
	Tag, Attr, Text func(string) string
}

// maxIndent keeps a frame of many nested elements from growing with the square
// of its size; EPP frames are some twelve levels deep.
const maxIndent = 40

// Pretty lays a masked frame out with one element per line: prefixes and
// attributes stay as they were written, texts stay on the line of their element.
// What is not well-formed, or no XML at all, is returned as it is. Characters
// that could steer a terminal are replaced. The result ends without a line break.
func Pretty(frame []byte, paint Paint) string {
	p := printer{paint: paint}
	dec := xml.NewDecoder(bytes.NewReader(frame))
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) && p.out.Len() > 0 {
			return strings.TrimPrefix(p.out.String(), "\n")
		}
		if err != nil {
			return printableLines(string(frame))
		}
		p.take(tok)
	}
}

type printer struct {
	paint  Paint
	out    strings.Builder
	depth  int
	text   string
	opened bool // the last thing written was a start tag
}

func (p *printer) take(tok xml.Token) {
	switch t := tok.(type) {
	case xml.StartElement:
		p.line()
		p.start(t)
		p.depth++
		p.opened, p.text = true, ""
	case xml.EndElement:
		p.depth--
		if p.opened {
			p.out.WriteString(coloured(p.paint.Text, html.EscapeString(Printable(p.text))))
		} else {
			p.line()
		}
		p.out.WriteString(coloured(p.paint.Tag, "</"+Printable(qualified(t.Name))+">"))
		p.opened, p.text = false, ""
	case xml.CharData:
		p.text += strings.TrimSpace(string(t))
	case xml.ProcInst:
		p.line()
		p.out.WriteString(coloured(p.paint.Tag, "<?"+Printable(t.Target+" "+string(t.Inst))+"?>"))
	}
}

func (p *printer) line() {
	p.out.WriteString("\n" + strings.Repeat("  ", min(maxIndent, max(0, p.depth))))
}

func (p *printer) start(t xml.StartElement) {
	p.out.WriteString(coloured(p.paint.Tag, "<"+Printable(qualified(t.Name))))
	for _, a := range t.Attr {
		p.out.WriteString(" " + coloured(p.paint.Attr, Printable(qualified(a.Name))+`="`+html.EscapeString(Printable(a.Value))+`"`))
	}
	p.out.WriteString(coloured(p.paint.Tag, ">"))
}

func coloured(paint func(string) string, s string) string {
	if paint == nil || s == "" {
		return s
	}
	return paint(s)
}

func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Printable(line)
	}
	return strings.Join(lines, "\n")
}

// Printable takes out what could steer a terminal: control characters, also
// those of C1, and the marks that turn the direction of text.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20, r >= 0x7f && r <= 0x9f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return '\uFFFD'
		}
		return r
	}, s)
}
