package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// Bounds of searches under way: each holds a connection for as long as the
// slowest registry may take.
const (
	maxStreams       = 400
	maxClientStreams = 6
	streamRetry      = 2 * time.Second
)

// streams counts searches under way, by client.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// enter counts one in; the caller must call leave when ok.
func (s *streams) enter(client string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.of[client] >= maxClientStreams {
		return nil, false
	}
	if s.of == nil {
		s.of = make(map[string]int)
	}
	s.all++
	s.of[client]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[client]--; s.of[client] == 0 {
			delete(s.of, client)
		}
	}, true
}

// streamLine is one line of the stream, JSON: rows of the page that replace those
// of the same id, suggestions to add, or the end.
type streamLine struct {
	Rows  string `json:"rows,omitempty"`
	Ideas string `json:"ideas,omitempty"`
	End   bool   `json:"end,omitempty"`
}

// searchStream answers with the rows of the names asked for, each as soon as its
// registry has answered, and then with suggestions. The connection ends by itself
// when all have answered or the engine's time for a check is over; a browser that
// leaves ends the questions, too.
func (p *Portal) searchStream(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	names := strings.Fields(form.Get("names"))
	if len(names) == 0 || len(names) > registrar.MaxStreamNames {
		return echo.ErrBadRequest
	}
	leave, ok := p.streams.enter(ratelimit.Client(c.RealIP()))
	if !ok {
		return &ui.TooFast{RetryAfter: streamRetry}
	}
	defer leave()
	if err := p.charge(c, len(names)); err != nil {
		return err
	}
	if err := p.shell.Sessions.Save(c); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/x-ndjson; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the answers back
	h.Set("Cache-Control", "no-store, no-transform")
	c.Response().WriteHeader(http.StatusOK)
	return p.stream(c, names, ui.LocalPath(form.Get("next"), "/basket"), form.Get("ideas") == "1")
}

func (p *Portal) stream(c echo.Context, names []string, next string, withIdeas bool) error {
	ctx := c.Request().Context()
	var lost error // the first line that could not be written
	send := func(line streamLine) {
		if lost == nil && ctx.Err() == nil {
			lost = writeLine(c, line)
		}
	}
	var all []found
	err := p.ask(c, names, next, func(rows []found) {
		all = append(all, rows...)
		html, err := p.shell.Templates.Execute("portal/search", "rows", rows)
		if err != nil {
			p.log.ErrorContext(ctx, "rows not rendered", "error", err)
			return
		}
		send(streamLine{Rows: string(html)})
	})
	if err == nil && withIdeas && lost == nil && ctx.Err() == nil {
		err = p.streamIdeas(c, all, next, send)
	}
	if err != nil {
		return fmt.Errorf("streaming a search: %w", err) // the browser sees no end and says so
	}
	send(streamLine{End: true})
	if lost != nil && ctx.Err() == nil {
		p.log.DebugContext(ctx, "search left early", "error", lost)
	}
	return nil
}

func (p *Portal) streamIdeas(c echo.Context, rows []found, next string, send func(streamLine)) error {
	ctx := c.Request().Context()
	cat, err := p.engine.Catalogue(ctx)
	if err != nil {
		return err
	}
	sold, err := p.engine.PriceList(ctx, p.currency(c))
	if err != nil {
		return err
	}
	ideas := p.ideas(c, cat, sold, rows)
	if len(ideas) == 0 {
		return nil
	}
	return p.ask(c, ideas, next, func(rows []found) {
		html, err := p.shell.Templates.Execute("portal/search", "rows", onlyGood(rows))
		if err != nil {
			p.log.ErrorContext(ctx, "suggestions not rendered", "error", err)
			return
		}
		send(streamLine{Ideas: string(html)})
	})
}

// writeLine sends one line at once.
func writeLine(c echo.Context, line streamLine) error {
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := c.Response().Write(append(b, '\n')); err != nil {
		return err
	}
	return http.NewResponseController(c.Response()).Flush()
}
