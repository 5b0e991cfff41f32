package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"github.com/indera/indera/registrar/csvimport"
)

// newImportProgress shows a bar on a terminal and plain lines elsewhere.
func newImportProgress(w io.Writer) csvimport.Progress {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return &barProgress{w: w}
	}
	return &lineProgress{w: w, every: 5 * time.Second, now: time.Now}
}

// barProgress moves by bytes of the file and tells rows.
type barProgress struct {
	w    io.Writer
	what string
	bar  *progressbar.ProgressBar
}

// Begin implements csvimport.Progress.
func (p *barProgress) Begin(what string, bytes int64) {
	p.what = what
	p.bar = progressbar.NewOptions64(max(1, bytes), progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish())
}

// At implements csvimport.Progress. A terminal that is gone stops no import.
func (p *barProgress) At(bytes int64, rows int) {
	p.bar.Describe(fmt.Sprintf("%s, %d rows", p.what, rows))
	_ = p.bar.Set64(min(bytes, p.bar.GetMax64()))
}

// End implements csvimport.Progress.
func (p *barProgress) End() { _ = p.bar.Finish() }

// lineProgress writes a line now and then, for logs.
type lineProgress struct {
	w     io.Writer
	every time.Duration
	now   func() time.Time
	what  string
	total int64
	last  time.Time
	rows  int
}

// Begin implements csvimport.Progress.
func (p *lineProgress) Begin(what string, bytes int64) {
	p.what, p.total, p.last, p.rows = what, max(1, bytes), p.now(), 0
}

// At implements csvimport.Progress.
func (p *lineProgress) At(bytes int64, rows int) {
	p.rows = rows
	if p.now().Sub(p.last) < p.every {
		return
	}
	p.last = p.now()
	_, _ = fmt.Fprintf(p.w, "%s: %d rows, %d %%\n", p.what, rows, min(100, 100*bytes/p.total))
}

// End implements csvimport.Progress.
func (p *lineProgress) End() { _, _ = fmt.Fprintf(p.w, "%s: %d rows, done\n", p.what, p.rows) }
