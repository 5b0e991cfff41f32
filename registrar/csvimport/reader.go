package csvimport

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/indera/indera/registrar"
)

// Limits of a file.
const (
	MaxRows   = 1_000_000
	MaxRecord = 64 << 10 // bytes of one row, quotes and line ends included
)

// Format says how a file is written.
type Format struct {
	Comma  rune              // 0 = comma
	Rename map[string]string // column of the file → ours; "" = left out
}

// Broken is a file that can't be read on: nothing behind Line was looked at.
type Broken struct {
	Line   int
	Reason string
}

// Error tells line and reason.
func (b *Broken) Error() string { return fmt.Sprintf("line %d: %s", b.Line, b.Reason) }

// Reader reads rows one by one, in constant memory.
type Reader struct {
	csv    *csv.Reader
	bound  *bounded
	fields positions
	width  int
	rows   int
	line   int // of the last row
}

// NewReader reads the header. A byte order mark is skipped; other encodings than
// UTF-8 are refused.
func NewReader(in io.Reader, f Format) (*Reader, error) {
	buf := bufio.NewReader(in)
	head, err := buf.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return nil, &Broken{1, "the file is UTF-16; save it as UTF-8"}
	case bytes.Equal(head, []byte{0xEF, 0xBB, 0xBF}):
		if _, err := buf.Discard(3); err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
	}
	r := &Reader{bound: &bounded{in: buf}}
	r.csv = csv.NewReader(r.bound)
	r.csv.ReuseRecord = true
	r.csv.FieldsPerRecord = -1
	if f.Comma != 0 {
		r.csv.Comma = f.Comma
	}
	header, err := r.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, &Broken{1, "the file is empty"}
	case err != nil:
		return nil, r.broken(err)
	case !validUTF8(header):
		return nil, &Broken{1, "the file is not UTF-8"}
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t,") {
		return nil, &Broken{1, "the columns are separated by another character; name it by --delimiter"}
	}
	if r.fields, err = readHeader(header, f.Rename); err != nil {
		return nil, &Broken{1, err.Error()}
	}
	r.width = len(header)
	return r, nil
}

// Flaw is a row that is no row: its cells can't be told apart or read.
type Flaw struct {
	Line         int
	Code, Detail string
}

// Next returns the next row, or the flaw that makes it unreadable; io.EOF after
// the last. *Broken means that the file can't be read on.
func (r *Reader) Next() (row registrar.ImportRow, flaw *Flaw, err error) {
	r.bound.left = MaxRecord + bufferSlack
	record, err := r.csv.Read()
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return row, nil, io.EOF
	case errors.As(err, &parse) && !errors.Is(err, errTooLong):
		// The reader has skipped to the next line.
		return row, &Flaw{parse.StartLine, "bad_quotes", "Quotes are not closed or stand inside a cell; write \"\" for a quote."}, r.counted()
	case err != nil:
		return row, nil, r.broken(err)
	}
	line, _ := r.csv.FieldPos(0)
	r.line = line
	switch {
	case len(record) != r.width:
		return row, &Flaw{line, "bad_width", fmt.Sprintf("The row has %d cells, the header %d.", len(record), r.width)}, r.counted()
	case !validUTF8(record):
		return row, &Flaw{line, "bad_encoding", "The row is not UTF-8."}, r.counted()
	case size(record) > MaxRecord:
		return row, &Flaw{line, "too_long", fmt.Sprintf("A row has at most %d bytes.", MaxRecord)}, r.counted()
	}
	return r.fields.row(line, record), nil, r.counted()
}

// counted bounds how many rows a file has, because each name is remembered.
func (r *Reader) counted() error {
	if r.rows++; r.rows > MaxRows {
		return &Broken{r.line, fmt.Sprintf("a file has at most %d rows; split it", MaxRows)}
	}
	return nil
}

func (r *Reader) broken(err error) error {
	line := max(1, r.line)
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		line = parse.StartLine
	}
	if errors.Is(err, errTooLong) {
		return &Broken{line, fmt.Sprintf("the row after this line is longer than %d bytes: perhaps a quote is never closed", MaxRecord)}
	}
	if parse != nil {
		return &Broken{line, "the header can't be read: " + parse.Err.Error()}
	}
	return fmt.Errorf("reading the file: %w", err)
}

func validUTF8(record []string) bool {
	for _, s := range record {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return false
		}
	}
	return true
}

func size(record []string) (n int) {
	for _, s := range record {
		n += len(s)
	}
	return n
}

var errTooLong = errors.New("row too long")

// bufferSlack is what the reader below may have taken ahead of a row.
const bufferSlack = 8 << 10

// bounded ends a row that never ends: a quote that is not closed would take the
// whole rest of the file into memory.
type bounded struct {
	in   io.Reader
	left int // 0 = the header: the same bound
	all  bool
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if !b.all {
		b.left, b.all = MaxRecord+bufferSlack, true
	}
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
