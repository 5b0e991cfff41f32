// Package frame reads and writes EPP data units over a byte stream
// (RFC 5734 §4): a 4-octet unsigned big-endian length, which counts its own
// four octets, followed by one XML instance.
//
// The package knows nothing of XML, TLS or time limits; the caller sets
// deadlines on the stream and discards the stream after any error, because a
// stream with a half-read unit can never be trusted again.
package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	// HeaderSize is the length of the header in octets (RFC 5734 §4).
	HeaderSize = 4
	// DefaultMax is the largest total length, header included, accepted when
	// the caller names none. The RFC sets no limit; 10 MiB is what a large
	// public registry front end accepts.
	DefaultMax = 10 << 20

	// minLength is the smallest legal total length: an empty payload is no XML.
	minLength = HeaderSize + 1
	// firstChunk bounds what is allocated on the word of the header alone, so
	// that a lying length costs the peer the octets it announced.
	firstChunk = 64 << 10
)

// ErrTruncated is reported (wrapped) when the stream ends inside a unit.
var ErrTruncated = errors.New("stream ended inside a data unit")

// LengthError reports a total length outside of what is allowed. The stream
// has lost synchronisation or the peer misbehaves; close it.
type LengthError struct {
	Length uint64 // total length in octets, header included
	Max    uint64 // largest total length allowed here
}

func (e *LengthError) Error() string {
	if e.Length < minLength {
		return fmt.Sprintf("data unit length %d is below the minimum of %d octets", e.Length, minLength)
	}
	return fmt.Sprintf("data unit length %d exceeds the limit of %d octets", e.Length, e.Max)
}

// Write sends payload as one data unit in a single Write call: some servers
// drop a connection when header and body arrive in separate segments.
// max is the largest total length in octets; 0 means DefaultMax.
// A *LengthError means that nothing was written; after any other error an
// unknown number of octets may have left.
func Write(w io.Writer, payload []byte, max int) error {
	limit := limitOf(max)
	total := uint64(len(payload)) + HeaderSize
	if total < minLength || total > limit {
		return &LengthError{Length: total, Max: limit}
	}
	unit := make([]byte, HeaderSize, total)
	binary.BigEndian.PutUint32(unit, uint32(total))
	unit = append(unit, payload...)
	if _, err := w.Write(unit); err != nil {
		return fmt.Errorf("writing data unit: %w", err)
	}
	return nil
}

// Read returns the payload of the next data unit. max is the largest total
// length in octets; 0 means DefaultMax.
// Errors: io.EOF when the stream ended cleanly between units, a wrapped
// ErrTruncated when it ended inside one, *LengthError, or the stream's own.
func Read(r io.Reader, max int) ([]byte, error) {
	limit := limitOf(max)
	var header [HeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, readError("header", err)
	}
	total := uint64(binary.BigEndian.Uint32(header[:]))
	if total < minLength || total > limit {
		return nil, &LengthError{Length: total, Max: limit}
	}
	size := int64(total - HeaderSize)
	var body bytes.Buffer
	body.Grow(int(min(size, firstChunk)))
	if _, err := io.CopyN(&body, r, size); err != nil {
		return nil, readError("body", err)
	}
	return body.Bytes(), nil
}

func readError(part string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("reading %s: %w", part, ErrTruncated)
	}
	return fmt.Errorf("reading %s: %w", part, err)
}

func limitOf(max int) uint64 {
	if max <= 0 {
		return DefaultMax
	}
	return min(uint64(max), math.MaxUint32)
}
