package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/indera/indera/eppclient/transcript"
)

// terminal reads lines from a person. It is in raw mode only while a line is
// typed, so that an interrupt reaches the program while a registry is asked.
type terminal struct {
	in   *os.File
	line *term.Terminal
}

// duplex is what a line editor reads from and writes to.
type duplex struct {
	io.Reader
	io.Writer
}

func newTerminal(in *os.File, out io.Writer, prompt string) *terminal {
	return &terminal{in: in, line: term.NewTerminal(duplex{in, out}, prompt)}
}

// raw runs fn with the terminal in raw mode.
func (t *terminal) raw(fn func() (string, error)) (text string, err error) {
	state, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("setting the terminal: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(int(t.in.Fd()), state)) }()
	if w, h, err := term.GetSize(int(t.in.Fd())); err == nil && w > 0 && h > 0 {
		// What it can't take is a size that we did not invent.
		_ = t.line.SetSize(w, h)
	}
	return fn()
}

// read returns the next line; io.EOF when the person leaves.
func (t *terminal) read() (string, error) {
	text, err := t.raw(t.line.ReadLine)
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil // a pasted line is a line
	}
	return text, err
}

// password asks for what must not be seen.
func (t *terminal) password(prompt string) (string, error) {
	return t.raw(func() (string, error) { return t.line.ReadPassword(prompt) })
}

// interactive runs lines that a person types until they leave.
func (r *consoleRun) interactive(ctx context.Context, in *os.File) error {
	prompt, mode := r.registry+"> ", "read-only: what changes something is refused (--write)"
	if r.flags.write {
		prompt, mode = r.registry+" (write)> ", "commands with an effect go out and are recorded with your login and reason"
	}
	t := newTerminal(in, r.out, prompt)
	r.ask = t.password
	past := openHistory()
	t.line.History = past
	t.line.AutoCompleteCallback = r.completer(ctx, t.line, past)
	if _, err := fmt.Fprintf(r.out, "%s, %s.\nhelp lists the commands, Tab completes, exit leaves.\n", r.registry, mode); err != nil {
		return err
	}
	for ctx.Err() == nil {
		text, err := t.read()
		if errors.Is(err, io.EOF) {
			_, err := fmt.Fprintln(r.out)
			return err
		}
		if err != nil {
			return fmt.Errorf("reading a line: %w", err)
		}
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if text == "exit" || text == "quit" {
			return nil
		}
		if r.tool.Check(text) == nil { // anything else may hold what must not be kept
			if err := past.keep(text); err != nil {
				fmt.Fprintln(r.out, "the history can't be kept: "+err.Error())
			}
		}
		if err := r.line(ctx, text); err != nil && !errors.Is(err, errRefused) {
			if _, err := fmt.Fprintln(r.out, transcript.Printable(err.Error())); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// completer answers the Tab key.
func (r *consoleRun) completer(ctx context.Context, to io.Writer, past *history) func(line string, pos int, key rune) (string, int, bool) {
	return func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		c := r.tool.Complete(line[:pos], func(kind, prefix string) []string {
			names := past.objects(prefix)
			if kind == "domain" {
				names = append(names, r.tool.Names(ctx, prefix)...)
			}
			return names
		})
		switch len(c.Words) {
		case 0:
			return line, pos, true
		case 1:
			done := line[:c.Start] + c.Words[0]
			if !strings.HasSuffix(done, "=") {
				done += " "
			}
			return done + line[pos:], len(done), true
		}
		if more := commonStart(c.Words); len(more) > pos-c.Start {
			done := line[:c.Start] + more
			return done + line[pos:], len(done), true
		}
		// Nobody is left to be told when the terminal is gone.
		_, _ = fmt.Fprintln(to, strings.Join(c.Words, "  "))
		return line, pos, true
	}
}

// commonStart returns what all words begin with.
func commonStart(words []string) string {
	start := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, start) {
			start = start[:len(start)-1]
		}
	}
	return start
}
