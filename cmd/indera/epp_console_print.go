package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/console"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/eppclient/transcript"
)

// unsure tells a person what an unknown outcome means.
func unsure(err error) error {
	var unknown *session.Unknown
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w; whether the registry did it is not known: look with info before you send it again", err)
	}
	return err
}

// print shows an answer, as far as there is one; errors are told by the caller.
func (r *consoleRun) print(a console.Answer, err error) error {
	if r.flags.json {
		return r.printJSON(a, err)
	}
	var text strings.Builder
	frame := func(b []byte) {
		if b != nil {
			text.WriteString(transcript.Pretty(b, r.paint) + "\n")
		}
	}
	if r.flags.sent {
		frame(a.Request)
	}
	frame(a.Response)
	width := 0
	for _, f := range a.Facts {
		width = max(width, len([]rune(f.Name)))
	}
	for _, f := range a.Facts {
		if f.Value != "" {
			fmt.Fprintf(&text, "%-*s  %s\n", width, f.Name, transcript.Printable(f.Value))
		}
	}
	for _, said := range append(a.Said, a.Reasons...) {
		text.WriteString(transcript.Printable(said) + "\n")
	}
	if a.Code != 0 {
		fmt.Fprintf(&text, "%d %s · %s · clTRID %s · svTRID %s\n", a.Code, transcript.Printable(a.Message), a.Took.Round(time.Millisecond), a.ClTRID, transcript.Printable(a.SvTRID))
	}
	_, err = fmt.Fprint(r.out, text.String())
	return err
}

// answered is an answer as programs read it.
type answered struct {
	Line     string              `json:"line"`
	Code     int                 `json:"code,omitempty"`
	Message  string              `json:"message,omitempty"`
	Reasons  []string            `json:"reasons,omitempty"`
	Said     []string            `json:"said,omitempty"`
	Facts    map[string][]string `json:"facts,omitempty"`
	ClTRID   string              `json:"cltrid,omitempty"`
	SvTRID   string              `json:"svtrid,omitempty"`
	Micros   int64               `json:"duration_us,omitempty"`
	Request  string              `json:"request,omitempty"`
	Response string              `json:"response,omitempty"`
	Error    string              `json:"error,omitempty"`
}

func (r *consoleRun) printJSON(a console.Answer, err error) error {
	out := answered{
		Line: a.Line, Code: a.Code, Message: a.Message, Reasons: a.Reasons, Said: a.Said, ClTRID: a.ClTRID, SvTRID: a.SvTRID,
		Micros: a.Took.Microseconds(), Request: string(a.Request), Response: string(a.Response),
	}
	for _, f := range a.Facts {
		if out.Facts == nil {
			out.Facts = make(map[string][]string)
		}
		out.Facts[f.Name] = append(out.Facts[f.Name], f.Value)
	}
	if err != nil {
		out.Error = unsure(err).Error()
	}
	return json.NewEncoder(r.out).Encode(out)
}
