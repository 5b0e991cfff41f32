package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// countingWriter remembers each Write, to prove that a unit leaves in one.
type countingWriter struct{ writes [][]byte }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes = append(w.writes, bytes.Clone(p))
	return len(p), nil
}

func TestWriteIsOneWriteAndCountsOctets(t *testing.T) {
	payload := []byte("<epp>Київ</epp>") // octets, not characters
	var w countingWriter
	if err := Write(&w, payload, 0); err != nil {
		t.Fatal(err)
	}
	if len(w.writes) != 1 {
		t.Fatalf("got %d writes, want 1", len(w.writes))
	}
	got := binary.BigEndian.Uint32(w.writes[0])
	if want := uint32(len(payload) + 4); got != want {
		t.Errorf("length = %d, want %d", got, want)
	}
	if !bytes.Equal(w.writes[0][4:], payload) {
		t.Errorf("payload changed: %q", w.writes[0][4:])
	}
}

func TestReadFromDrippingStream(t *testing.T) {
	var stream bytes.Buffer
	want := []string{"<a/>", strings.Repeat("x", 3*firstChunk), "<c/>"}
	for _, p := range want {
		if err := Write(&stream, []byte(p), 0); err != nil {
			t.Fatal(err)
		}
	}
	r := iotest.OneByteReader(&stream)
	for i, p := range want {
		got, err := Read(r, 0)
		if err != nil || string(got) != p {
			t.Fatalf("unit %d: %d octets, err %v", i, len(got), err)
		}
	}
	if _, err := Read(r, 0); err != io.EOF {
		t.Errorf("end of stream: %v, want io.EOF", err)
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct {
		name   string
		stream string
		max    int
		check  func(error) bool
	}{
		{"empty stream is a clean end", "", 0, func(err error) bool { return err == io.EOF }},
		{"header cut", "\x00\x00", 0, isTruncated},
		{"body missing", "\x00\x00\x00\x06", 0, isTruncated},
		{"body cut", "\x00\x00\x00\x08<a", 0, isTruncated},
		{"length 0", "\x00\x00\x00\x00abcd", 0, isLength(0)},
		{"length without itself", "\x00\x00\x00\x04<a/>", 0, isLength(4)},
		{"over own limit", "\x00\x00\x00\x08<a/>", 7, isLength(8)},
		{"over default limit", "\x00\xa0\x00\x01", 0, isLength(DefaultMax + 1)},
		{"HTTP where EPP was expected", "HTTP/1.1 400", 0, isLength(0x48545450)},
		{"all bits", "\xff\xff\xff\xff", 0, isLength(0xffffffff)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(tt.stream), tt.max)
			if got != nil || !tt.check(err) {
				t.Errorf("Read = %q, %v", got, err)
			}
		})
	}
}

func TestReadAtTheLimit(t *testing.T) {
	got, err := Read(strings.NewReader("\x00\x00\x00\x08<a/>"), 8)
	if err != nil || string(got) != "<a/>" {
		t.Errorf("Read = %q, %v", got, err)
	}
}

func TestReadKeepsTheStreamsError(t *testing.T) {
	boom := errors.New("boom")
	_, err := Read(io.MultiReader(strings.NewReader("\x00\x00\x00\x08<"), iotest.ErrReader(boom)), 0)
	if !errors.Is(err, boom) {
		t.Errorf("err = %v, want to wrap %v", err, boom)
	}
}

func TestWriteRefuses(t *testing.T) {
	var w countingWriter
	var le *LengthError
	if err := Write(&w, nil, 0); !errors.As(err, &le) || le.Length != 4 {
		t.Errorf("empty payload: %v", err)
	}
	if err := Write(&w, make([]byte, 97), 100); !errors.As(err, &le) || le.Length != 101 || le.Max != 100 {
		t.Errorf("too large: %v", err)
	}
	if len(w.writes) != 0 {
		t.Error("a refused unit was written")
	}
	boom := errors.New("boom")
	if err := Write(failingWriter{boom}, []byte("<a/>"), 0); !errors.Is(err, boom) {
		t.Errorf("err = %v, want to wrap %v", err, boom)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func isTruncated(err error) bool { return errors.Is(err, ErrTruncated) && err != io.EOF }

func isLength(n uint64) func(error) bool {
	return func(err error) bool {
		var le *LengthError
		return errors.As(err, &le) && le.Length == n && le.Error() != ""
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x08<a/>"))
	f.Add([]byte("\x00\x00\x00\x04"))
	f.Add([]byte("\xff\xff\xff\xff<epp/>"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 1 << 16
		payload, err := Read(bytes.NewReader(stream), limit)
		if err != nil {
			return
		}
		if len(payload) == 0 || len(payload) > limit-HeaderSize {
			t.Fatalf("accepted a payload of %d octets", len(payload))
		}
		var again bytes.Buffer
		if err := Write(&again, payload, limit); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(stream, again.Bytes()) {
			t.Fatal("read and write disagree")
		}
	})
}
