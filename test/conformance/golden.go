package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/indera/indera/eppclient/transcript"
)

// idOfReads is the transaction id of a command outside of the journal, which is
// made up anew each time.
var idOfReads = regexp.MustCompile(`<clTRID>[^<]*</clTRID>`)

// kept are the ids that the suite chose.
var kept = []byte("<clTRID>conf-")

// golden compares what the clients sent in a part with the recorded frames, one
// in a line, secrets masked. Logins and hellos are left out: how many there are
// is the pool's business. With INDERA_UPDATE_FRAMES=1 it records them.
func (w *world) golden(part string) {
	if w.c.Frames == "" {
		return
	}
	w.Helper()
	file := filepath.Join(w.c.Frames, strings.ReplaceAll(strings.ReplaceAll(part, " ", "-"), "'", "")+".xml")
	got := w.recorded()
	if os.Getenv("INDERA_UPDATE_FRAMES") == "1" {
		if err := os.MkdirAll(w.c.Frames, 0o755); err != nil {
			w.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			w.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		w.Errorf("%s is not what was sent (record it by INDERA_UPDATE_FRAMES=1):\n%s", file, firstDifference(want, got))
	}
}

func (w *world) recorded() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	for name := range w.frames {
		if strings.HasSuffix(name, "-in") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var out bytes.Buffer
	for _, name := range names {
		frame := w.frames[name]
		if bytes.Contains(frame, []byte("<login>")) || bytes.Contains(frame, []byte("<logout/>")) || bytes.Contains(frame, []byte("<hello/>")) {
			continue
		}
		frame = idOfReads.ReplaceAllFunc(transcript.Mask(frame), func(id []byte) []byte {
			if bytes.HasPrefix(id, kept) {
				return id
			}
			return []byte("<clTRID>read</clTRID>")
		})
		out.Write(bytes.ReplaceAll(frame, []byte("\n"), nil))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func firstDifference(want, got []byte) string {
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return "want " + at(a, i) + "\ngot  " + at(b, i)
		}
	}
	return ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}
