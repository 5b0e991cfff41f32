package admin

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// exportPage is how many duties of an export are in memory at once, and
// exportPause how long writing them may take a slow reader.
const (
	exportPage  = 500
	exportPause = time.Minute
)

// exportColumns are the evidence of one notice in a line; a duty without notices
// has one line with empty columns at the end.
var exportColumns = []string{
	"policy", "stage", "why", "domain", "cycle", "state", "window_opens", "due", "window_closes", "done", "breach_recorded", "note", "duty",
	"attempt", "mail", "to", "language", "subject", "sha256", "queued", "notice_state", "notice_ended", "result",
}

// noticesCSV streams the list in constant memory, however long it is.
func (a *Admin) noticesCSV(c echo.Context) error {
	filter, _, err := a.noticeFilter(c)
	if err != nil {
		return err
	}
	// The time limit of pages does not fit: the export ends with its reader.
	ctx := context.WithoutCancel(c.Request().Context())
	if err := a.engine.NoteExport(ctx, actor(c), "notices", filter); err != nil {
		return err
	}
	rows, err := a.exportRows(ctx, filter, "") // what fails at once is an error page
	if err != nil {
		return err
	}
	name := "notices-" + filter.Policy + "-" + a.engine.Now().Format(time.DateOnly) + ".csv"
	c.Response().Header().Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	if err := a.shell.Sessions.Save(c); err != nil {
		return err
	}
	c.Response().WriteHeader(http.StatusOK)
	if err := a.stream(ctx, c, filter, rows); err != nil {
		a.log.ErrorContext(ctx, "an export broke off", "error", err)
		// Half a file must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (a *Admin) stream(ctx context.Context, c echo.Context, filter registrar.DutyFilter, rows []registrar.Duty) error {
	out, control := csv.NewWriter(c.Response()), http.NewResponseController(c.Response())
	if err := out.Write(exportColumns); err != nil {
		return err
	}
	for {
		if err := control.SetWriteDeadline(time.Now().Add(exportPause)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("setting the time limit: %w", err)
		}
		if err := a.exportLines(ctx, out, rows); err != nil {
			return err
		}
		out.Flush()
		if err := errors.Join(out.Error(), control.Flush()); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
		if len(rows) < exportPage {
			return nil
		}
		var err error
		if rows, err = a.exportRows(ctx, filter, rows[len(rows)-1].ID); err != nil {
			return err
		}
	}
}

func (a *Admin) exportRows(ctx context.Context, filter registrar.DutyFilter, after string) ([]registrar.Duty, error) {
	rows, err := a.engine.Read().Duties(ctx, filter, registrar.Page{After: after, Limit: exportPage})
	if err != nil {
		return nil, fmt.Errorf("reading duties: %w", err)
	}
	return rows, nil
}

func (a *Admin) exportLines(ctx context.Context, out *csv.Writer, rows []registrar.Duty) error {
	ids := make([]string, 0, len(rows))
	for _, d := range rows {
		ids = append(ids, d.ID)
	}
	found, err := a.engine.Read().Notices(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading notices: %w", err)
	}
	byDuty := make(map[string][]registrar.Notice, len(rows))
	for _, n := range found {
		byDuty[n.DutyID] = append(byDuty[n.DutyID], n)
	}
	for _, d := range rows {
		duty := []string{d.Policy, d.Stage, d.Why, d.SubjectName, d.Cycle, string(d.State), moment(&d.OpensAt), moment(&d.DueAt), moment(&d.ClosesAt),
			moment(d.DoneAt), moment(d.BreachedAt), d.Note, d.ID}
		notices := byDuty[d.ID]
		if len(notices) == 0 {
			notices = []registrar.Notice{{}}
		}
		for _, n := range notices {
			line := append(append([]string(nil), duty...), evidence(n)...)
			for i, cell := range line {
				line[i] = harmless(cell)
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// evidence is the part of a line that one notice fills.
func evidence(n registrar.Notice) []string {
	if n.ID == "" {
		return make([]string, 10)
	}
	return []string{strconv.Itoa(n.Attempt), n.MailID, n.To, n.Language, n.Subject, n.Digest, moment(&n.QueuedAt), string(n.State), moment(n.EndedAt), n.Result}
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless keeps spreadsheets from taking what others wrote for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
