package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

const transcriptsHelp = `Lists exchanges with registries, newest first. Frames are kept with passwords and
transfer codes masked. Names are found whole, in any script, also where an
exchange was about several; times are UTC.

  indera epp transcripts --config FILE --object example.shop --since 2026-03-29
  indera epp transcripts --config FILE --registry one --code 2303 --limit 0 --json
  indera epp transcripts show --config FILE tsc_01k9zq3v1c7p0e4v8n5j2x6r3w`

func newTranscriptsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "transcripts", Short: "Find what was said with registries", Long: transcriptsHelp, Args: noArgs}
	path := configFlag(cmd)
	var q registrar.TranscriptQuery
	f := cmd.Flags()
	f.StringVar(&q.Object, "object", "", "domain name, host or contact handle")
	f.StringVar(&q.Object, "domain", "", "the same as --object")
	f.StringVar(&q.ClTRID, "cltrid", "", "our transaction id")
	f.StringVar(&q.SvTRID, "svtrid", "", "the registry's transaction id")
	f.StringVar(&q.Registry, "registry", "", "registry of the configuration")
	f.StringVar(&q.Verb, "verb", "", "command, for example domain:create or poll")
	f.StringVar(&q.Code, "code", "", "result code, or none where no answer came")
	f.StringVar(&q.Since, "since", "", "begun at or after, 2026-03-29 or 2026-03-29T14:05")
	f.StringVar(&q.Until, "until", "", "begun before")
	f.StringVar(&q.Command, "command", "", "id of a journal command")
	f.StringVar(&q.Operation, "operation", "", "id of an operation")
	limit := f.Int("limit", 50, "most exchanges to list, 0 = all")
	after := f.String("after", "", "go on behind this id, the last of the list before")
	asJSON := f.Bool("json", false, "one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withDesk(cmd, *path, func(e *registrar.Engine) error {
			l := transcriptLister{engine: e, query: q, out: newTranscriptPrinter(cmd.OutOrStdout(), *asJSON)}
			return l.run(cmd.Context(), *after, *limit)
		})
	}
	cmd.AddCommand(newTranscriptShowCommand())
	return cmd
}

// withDesk runs fn on an engine that asks no registry.
func withDesk(cmd *cobra.Command, path string, fn func(*registrar.Engine) error) error {
	return withCurrentStore(cmd.Context(), path, func(c *config.Config, s *store.Store) error {
		e, err := house.NewDesk(c, s, newLogger(c.Log, cmd.ErrOrStderr()), "epp")
		if err != nil {
			return err
		}
		if err := fn(e); registrar.KindOf(err) == registrar.KindInvalid {
			return usage(err)
		} else if err != nil {
			return err
		}
		return nil
	})
}

// transcriptLister reads a list in pages, so that a long one needs little memory.
type transcriptLister struct {
	engine *registrar.Engine
	query  registrar.TranscriptQuery
	out    *transcriptPrinter
}

// mostPerPage is what a page of the store holds at most.
const mostPerPage = 500

func (l transcriptLister) run(ctx context.Context, after string, limit int) error {
	if limit < 0 {
		return usage(errors.New("--limit: 0 or more"))
	}
	for left := limit; limit == 0 || left > 0; {
		page := registrar.Page{After: after, Limit: mostPerPage}
		if limit > 0 {
			page.Limit = min(left, mostPerPage)
		}
		rows, err := l.engine.FindTranscripts(ctx, l.query, page)
		if err != nil {
			return err
		}
		for _, t := range rows {
			if err := l.out.line(t); err != nil {
				return err
			}
		}
		if len(rows) < page.Limit {
			break
		}
		after, left = rows[len(rows)-1].ID, left-len(rows)
	}
	return l.out.end()
}

// transcriptPrinter writes exchanges as a table or as JSON lines.
type transcriptPrinter struct {
	table *tabwriter.Writer
	json  *json.Encoder
	n     int
}

func newTranscriptPrinter(out io.Writer, asJSON bool) *transcriptPrinter {
	if asJSON {
		return &transcriptPrinter{json: json.NewEncoder(out)}
	}
	return &transcriptPrinter{table: tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)}
}

// said is an exchange as programs read it; the frames only where one is shown.
type said struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Registry string    `json:"registry"`
	Verb     string    `json:"verb"`
	Object   string    `json:"object,omitempty"`
	Code     int       `json:"code,omitempty"`
	Error    string    `json:"error,omitempty"`
	Micros   int64     `json:"duration_us"`
	ClTRID   string    `json:"cltrid,omitempty"`
	SvTRID   string    `json:"svtrid,omitempty"`
	Session  string    `json:"session"`
	Command  string    `json:"command,omitempty"`
	Request  string    `json:"request,omitempty"`
	Response string    `json:"response,omitempty"`
}

func saidOf(t registrar.Transcript) said {
	return said{ID: t.ID, At: t.StartedAt, Registry: t.Registry, Verb: t.Verb, Object: t.Object, Code: t.Code, Error: t.Error, Micros: t.Duration.Microseconds(),
		ClTRID: t.ClTRID, SvTRID: t.SvTRID, Session: t.SessionID, Command: t.CommandID, Request: t.Request, Response: t.Response}
}

func resultOf(t registrar.Transcript) string {
	switch {
	case t.Code != 0:
		return fmt.Sprint(t.Code)
	case t.Error != "":
		return "none"
	}
	return "-"
}

func (p *transcriptPrinter) line(t registrar.Transcript) error {
	if p.json != nil {
		return p.json.Encode(saidOf(t))
	}
	if p.n == 0 {
		if _, err := fmt.Fprintln(p.table, "WHEN\tREGISTRY\tCOMMAND\tRESULT\tTOOK\tID\tOBJECT"); err != nil {
			return err
		}
	}
	p.n++
	_, err := fmt.Fprintf(p.table, "%s\t%s\t%s\t%s\t%d ms\t%s\t%s\n", t.StartedAt.UTC().Format("2006-01-02 15:04:05.000"), t.Registry, t.Verb, resultOf(t),
		t.Duration.Milliseconds(), t.ID, transcript.Printable(t.Object))
	if p.n%mostPerPage == 0 {
		return errors.Join(err, p.table.Flush())
	}
	return err
}

func (p *transcriptPrinter) end() error {
	if p.json != nil {
		return nil
	}
	return p.table.Flush()
}

func newTranscriptShowCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show one exchange with both frames"}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(errors.New("name one exchange by its id"))
		}
		return nil
	}
	path := configFlag(cmd)
	asJSON := cmd.Flags().Bool("json", false, "as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withDesk(cmd, *path, func(e *registrar.Engine) error {
			t, err := e.Read().Transcript(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if *asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(saidOf(t))
			}
			return showTranscript(cmd.OutOrStdout(), t)
		})
	}
	return cmd
}

func showTranscript(out io.Writer, t registrar.Transcript) error {
	paint := paintFor(out)
	_, err := fmt.Fprintf(out, "%s %s\n%s, %s, result %s, %d ms\nclTRID %s, svTRID %s, session %s\n", t.Verb, transcript.Printable(t.Object),
		t.Registry, t.StartedAt.UTC().Format(time.RFC3339Nano), resultOf(t), t.Duration.Milliseconds(), t.ClTRID, transcript.Printable(t.SvTRID), t.SessionID)
	if t.Error != "" {
		_, e := fmt.Fprintln(out, transcript.Printable(t.Error))
		err = errors.Join(err, e)
	}
	for _, part := range []struct{ title, frame string }{{"we sent", t.Request}, {"the registry answered", t.Response}} {
		if part.frame != "" {
			_, e := fmt.Fprintf(out, "\n# %s\n%s\n", part.title, transcript.Pretty([]byte(part.frame), paint))
			err = errors.Join(err, e)
		}
	}
	return err
}
