package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const headerSize = 4

// errFrameSize is returned for a length header the server will not follow.
// The stream cannot be trusted afterwards.
var errFrameSize = errors.New("frame length out of range")

// readFrame reads one data unit of RFC 5734 §4: a big-endian 32-bit length
// that counts its own four octets, then the XML. A clean end of stream before
// the first octet is io.EOF, one in the middle io.ErrUnexpectedEOF.
func readFrame(r io.Reader, maxFrame int) ([]byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length <= headerSize || uint64(length) > uint64(maxFrame) {
		return nil, fmt.Errorf("%w: %d octets, limit %d", errFrameSize, length, maxFrame)
	}
	body := make([]byte, length-headerSize)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return body, nil
}

// buildFrame puts the length header before the XML, so that one write sends both.
func buildFrame(xml []byte) []byte {
	frame := make([]byte, headerSize, headerSize+len(xml))
	binary.BigEndian.PutUint32(frame, uint32(headerSize+len(xml)))
	return append(frame, xml...)
}
