// Package mailsink is a mail server that sends nothing on: it keeps what it is
// given in a folder and shows it in the browser. The demo uses it in place of a
// relay.
//
// Mail is hostile input: sizes, numbers and nesting are bounded, HTML is shown
// only inside a sandboxed frame with its own Content-Security-Policy, and
// nothing is ever fetched for it.
package mailsink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jonboulle/clockwork"
	"github.com/oklog/ulid/v2"
	"golang.org/x/net/netutil"
)

// Options bounds the sink. Zero values take the defaults given here.
type Options struct {
	Dir      string // one file per mail; made when missing
	MaxMails int    // oldest go first; 500
	MaxBytes int64  // of one mail; 2 MiB
	Clock    clockwork.Clock
	Logger   *slog.Logger
}

// Sink keeps mail.
type Sink struct {
	opt Options
	mu  sync.Mutex // guards the folder's list
}

// Limits that nobody needs to change.
const (
	maxRecipients  = 50
	maxConnections = 32
	maxLine        = 4096
	ioTimeout      = 30 * time.Second
	drainTime      = 5 * time.Second
)

// Open prepares the folder.
func Open(opt Options) (*Sink, error) {
	if opt.MaxMails <= 0 {
		opt.MaxMails = 500
	}
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = 2 << 20
	}
	if opt.Clock == nil {
		opt.Clock = clockwork.NewRealClock()
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the mail folder: %w", err)
	}
	return &Sink{opt: opt}, nil
}

// Serve takes mail from ln until ctx ends; transfers under way may finish.
func (s *Sink) Serve(ctx context.Context, ln net.Listener) error {
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &transfer{sink: s}, nil }))
	srv.Domain = "localhost"
	srv.MaxMessageBytes = s.opt.MaxBytes
	srv.MaxRecipients = maxRecipients
	srv.MaxLineLength = maxLine
	srv.ReadTimeout, srv.WriteTimeout = ioTimeout, ioTimeout
	srv.ErrorLog = serverLog{s.opt.Logger}
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		err := srv.Shutdown(limit)
		// The server may not know its listener yet: close it in any case.
		if err = errors.Join(err, ln.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
			s.opt.Logger.Warn("closing the mail sink", "error", err)
		}
	})
	defer stop()
	err := srv.Serve(netutil.LimitListener(ln, maxConnections))
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("mail sink: %w", err)
}

// serverLog hands the library's lines to our log.
type serverLog struct{ log *slog.Logger }

// Printf logs one line.
func (l serverLog) Printf(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }

// Println logs one line.
func (l serverLog) Println(v ...any) { l.log.Debug(fmt.Sprint(v...)) }

// transfer is one SMTP session.
type transfer struct {
	sink *Sink
	from string
	to   []string
}

// Mail begins a mail.
func (t *transfer) Mail(from string, _ *smtp.MailOptions) error {
	t.from, t.to = from, nil
	return nil
}

// Rcpt takes every recipient.
func (t *transfer) Rcpt(to string, _ *smtp.RcptOptions) error {
	t.to = append(t.to, to)
	return nil
}

// Data keeps the mail; the 250 is answered when it is on disk.
func (t *transfer) Data(r io.Reader) error { return t.sink.keep(t.from, t.to, r) }

// Reset forgets a mail that was begun.
func (t *transfer) Reset() { t.from, t.to = "", nil }

// Logout ends the session.
func (t *transfer) Logout() error { return nil }

// envelope headers are written before the mail, as a delivering server does.
const (
	headerFrom = "X-Envelope-From"
	headerTo   = "X-Envelope-To"
)

// keep writes the mail under a new id, whole or not at all.
func (s *Sink) keep(from string, to []string, r io.Reader) error {
	id, err := ulid.New(ulid.Timestamp(s.opt.Clock.Now()), ulid.DefaultEntropy())
	if err != nil {
		return fmt.Errorf("making mail id: %w", err)
	}
	f, err := os.CreateTemp(s.opt.Dir, ".incoming-*")
	if err != nil {
		return fmt.Errorf("keeping mail: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s: <%s>\r\n%s: %s\r\n", headerFrom, from, headerTo, strings.Join(to, ", "))
	if err == nil {
		_, err = io.Copy(f, r)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.file(id.String()))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping mail: %w", err), ignoreMissing(os.Remove(f.Name())))
	}
	return s.prune()
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// prune removes the oldest mails above the limit.
func (s *Sink) prune() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, err := s.ids()
	if err != nil {
		return err
	}
	for _, id := range ids[min(len(ids), s.opt.MaxMails):] {
		if err := ignoreMissing(os.Remove(s.file(id))); err != nil {
			return fmt.Errorf("removing old mail: %w", err)
		}
	}
	return nil
}

// idPattern is a ULID: what a request names must never leave the folder.
var idPattern = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)

// ids lists mails, newest first.
func (s *Sink) ids() ([]string, error) {
	entries, err := os.ReadDir(s.opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("listing mail: %w", err)
	}
	var out []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".eml"); ok && idPattern.MatchString(id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

func (s *Sink) file(id string) string { return filepath.Join(s.opt.Dir, id+".eml") }
