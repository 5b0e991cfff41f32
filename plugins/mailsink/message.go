package mailsink

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// Message is a kept mail, decoded for reading.
type Message struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"` // when it arrived, UTC
	From    string    `json:"from"`
	To      string    `json:"to"` // envelope recipients
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html,omitempty"`
	Source  string    `json:"-"`
}

// ErrNoMail says that there is no such mail.
var ErrNoMail = errors.New("no such mail")

// Messages returns up to limit mails, newest first.
func (s *Sink) Messages(limit int) ([]Message, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	out := make([]Message, 0, min(limit, len(ids)))
	for _, id := range ids[:min(limit, len(ids))] {
		m, err := s.Message(id)
		if errors.Is(err, ErrNoMail) {
			continue // pruned while we were reading
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// Message reads one mail.
func (s *Sink) Message(id string) (Message, error) {
	if !idPattern.MatchString(id) {
		return Message{}, ErrNoMail
	}
	raw, err := os.ReadFile(s.file(id))
	if errors.Is(err, os.ErrNotExist) {
		return Message{}, ErrNoMail
	}
	if err != nil {
		return Message{}, fmt.Errorf("reading mail: %w", err)
	}
	parsed, err := ulid.ParseStrict(id)
	if err != nil {
		return Message{}, ErrNoMail
	}
	m := Message{ID: id, At: ulid.Time(parsed.Time()).UTC(), Source: clean(raw)}
	m.decode(raw)
	return m, nil
}

// decode fills in what can be read; a broken mail keeps its source as text.
func (m *Message) decode(raw []byte) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Subject, m.Text = "(unreadable mail)", m.Source
		return
	}
	m.From, m.To = header(msg.Header, "From"), header(msg.Header, headerTo)
	m.Subject = header(msg.Header, "Subject")
	m.part(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body, 0)
	if m.Text == "" && m.HTML == "" {
		m.Text = "(no text)"
	}
}

func header(h mail.Header, name string) string {
	raw := h.Get(name)
	text, err := new(mime.WordDecoder).DecodeHeader(raw)
	if err != nil {
		return clean([]byte(raw))
	}
	return clean([]byte(text))
}

// maxDepth and maxParts bound what nested multiparts can cost.
const (
	maxDepth = 5
	maxParts = 20
)

// part takes the first text and the first HTML it meets; attachments and what
// can't be decoded are left to the source view.
func (m *Message) part(contentType, encoding string, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < maxDepth {
		parts := multipart.NewReader(body, params["boundary"])
		for range maxParts {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
		}
		return
	}
	into := map[string]*string{"text/plain": &m.Text, "text/html": &m.HTML}[kind]
	if into == nil || *into != "" {
		return
	}
	text, err := io.ReadAll(decoded(encoding, body))
	if err != nil && len(text) == 0 {
		return
	}
	*into = clean(text)
}

func decoded(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	}
	return r
}

// clean makes bytes of unknown origin valid UTF-8 without control characters.
func clean(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r < 0x20, r == 0x7f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
}
