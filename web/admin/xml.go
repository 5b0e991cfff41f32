package admin

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// indentXML lays a frame out with one element per line, as it was written:
// prefixes and attributes stay, texts stay on the line of their element. What
// is not well-formed is returned as it is: staff must see it.
func indentXML(frame string) string {
	var b strings.Builder
	dec := xml.NewDecoder(strings.NewReader(frame))
	depth, text := 0, ""
	opened := false // the last thing written was a start tag
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) && b.Len() == 0 {
			return frame // no element: what stands for an unreadable frame
		}
		if errors.Is(err, io.EOF) {
			return strings.TrimPrefix(b.String(), "\n")
		}
		if err != nil {
			return frame
		}
		switch t := tok.(type) {
		case xml.StartElement:
			newLine(&b, depth)
			writeStart(&b, t)
			depth++
			opened, text = true, ""
		case xml.EndElement:
			depth--
			switch {
			case opened:
				b.WriteString(escape(text))
			default:
				newLine(&b, depth)
			}
			b.WriteString("</" + qualified(t.Name) + ">")
			opened, text = false, ""
		case xml.CharData:
			text += strings.TrimSpace(string(t))
		case xml.ProcInst:
			newLine(&b, depth)
			b.WriteString("<?" + t.Target + " " + string(t.Inst) + "?>")
		}
	}
}

// maxIndent keeps a frame of many nested elements from growing with the square
// of its size; EPP frames are some twelve levels deep.
const maxIndent = 40

func newLine(b *strings.Builder, depth int) {
	b.WriteString("\n" + strings.Repeat("  ", min(maxIndent, max(0, depth))))
}

func writeStart(b *strings.Builder, t xml.StartElement) {
	b.WriteString("<" + qualified(t.Name))
	for _, at := range t.Attr {
		b.WriteString(" " + qualified(at.Name) + `="` + escape(at.Value) + `"`)
	}
	b.WriteString(">")
}

// qualified writes a raw name: Space holds the prefix.
func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func escape(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil {
		return ""
	}
	return b.String()
}
