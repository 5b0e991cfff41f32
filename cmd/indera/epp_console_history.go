package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// history remembers lines across consoles, in a file of the user's own. Only
// lines that were understood are kept, and those hold no secret: codes are never
// typed on a line.
type history struct {
	path  string // "" = nowhere
	lines []string
}

// Bounds of what is remembered; the file is cut to the lower one when it is
// beyond the upper.
const (
	historyKeeps = 1000
	historyLimit = 2000
)

// historyPath is where the XDG specification wants what a program remembers.
func historyPath() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "indera", "epp_history"), nil
}

// openHistory reads what was remembered; what can't be read is forgotten.
func openHistory() *history {
	h := &history{}
	path, err := historyPath()
	if err != nil {
		return h
	}
	h.path = path
	b, err := os.ReadFile(path)
	if err != nil {
		return h
	}
	h.lines = slices.DeleteFunc(strings.Split(string(b), "\n"), func(s string) bool { return s == "" })
	if len(h.lines) > historyLimit {
		h.lines = h.lines[len(h.lines)-historyKeeps:]
		// A file that can't be cut stays long.
		_ = os.WriteFile(path, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600)
	}
	return h
}

// keep remembers a line, unless it repeats the last one.
func (h *history) keep(line string) error {
	if len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return nil
	}
	h.lines = append(h.lines, line)
	if h.path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}

// Add implements term.History; what is kept is decided by keep, once the line is
// known to be harmless.
func (h *history) Add(string) {}

// Len implements term.History.
func (h *history) Len() int { return len(h.lines) }

// At implements term.History: 0 is the last line.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// objects lists names of earlier lines that begin with a text.
func (h *history) objects(prefix string) []string {
	var out []string
	for _, line := range h.lines {
		for _, w := range strings.Fields(line)[1:] {
			if strings.Contains(w, ".") && !strings.Contains(w, "=") && strings.HasPrefix(w, prefix) {
				out = append(out, w)
			}
		}
	}
	return out
}
