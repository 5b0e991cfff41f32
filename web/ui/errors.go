package ui

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
)

// statusOf is the one place where kinds of errors become HTTP statuses of pages.
var statusOf = map[registrar.Kind]int{
	registrar.KindInvalid:           http.StatusUnprocessableEntity,
	registrar.KindNotFound:          http.StatusNotFound,
	registrar.KindConflict:          http.StatusConflict,
	registrar.KindProhibited:        http.StatusConflict,
	registrar.KindInsufficientFunds: http.StatusPaymentRequired,
	registrar.KindPriceChanged:      http.StatusConflict,
	registrar.KindUnsupported:       http.StatusUnprocessableEntity,
	registrar.KindUnauthenticated:   http.StatusUnauthorized,
	registrar.KindForbidden:         http.StatusForbidden,
	registrar.KindRateLimited:       http.StatusTooManyRequests,
	registrar.KindUnavailable:       http.StatusServiceUnavailable,
	registrar.KindIdempotencyReuse:  http.StatusConflict,
}

// StatusOf returns the HTTP status of an error, 500 when it says nothing.
func StatusOf(err error) int {
	var he *echo.HTTPError
	var slow *TooFast
	switch {
	case errors.As(err, &slow):
		return http.StatusTooManyRequests
	case errors.As(err, &he):
		return he.Code
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	if code, ok := statusOf[registrar.KindOf(err)]; ok {
		return code
	}
	return http.StatusInternalServerError
}

// Problem returns the sentence of an error that a visitor may read.
func Problem(err error) string {
	var e *registrar.Error
	if errors.As(err, &e) && e.Detail != "" {
		return e.Detail
	}
	return problems[StatusOf(err)].text
}

// Mishap reports whether an error is not the visitor's to mend: such errors go
// to the error page, all others are shown beside the form.
func Mishap(err error) bool { return StatusOf(err) >= 500 || StatusOf(err) == http.StatusNotFound }

// FieldOf returns the form field that an error is about, or "".
func FieldOf(err error) string {
	var e *registrar.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

type problem struct{ title, text, advice string }

// problems are the words of error pages: what happened, why, what to do.
var problems = map[int]problem{
	http.StatusBadRequest:            {"This request can't be read", "Your browser sent something that we don't understand.", "Go back and try again."},
	http.StatusUnauthorized:          {"Please sign in", "This page is shown to people who are signed in.", "Sign in and open it again."},
	http.StatusForbidden:             {"This is not allowed", "The request came from another site, or your account may not do this.", "Open the page here and try again from its form."},
	http.StatusNotFound:              {"There is no such page", "The address is mistyped, the object does not exist, or it belongs to another account.", "Check the address, or start from the home page."},
	http.StatusMethodNotAllowed:      {"This can't be done here", "The page does not take this kind of request.", "Go back and use the form of the page."},
	http.StatusConflict:              {"This can't be done right now", "Something else is under way, or a state forbids it.", "Look at the current state and try again."},
	http.StatusPaymentRequired:       {"The balance is too small", "The money available does not cover this.", "Top up your wallet and try again."},
	http.StatusRequestEntityTooLarge: {"This is too much at once", "The form is larger than we accept.", "Send less at a time."},
	http.StatusMisdirectedRequest:    {"Wrong address", "This server does not answer under the name in your address bar.", "Use the address that you were given."},
	http.StatusUnprocessableEntity:   {"Something in the form is missing", "At least one field can't be used as it is.", "Go back, correct it and send it again."},
	http.StatusTooManyRequests:       {"Too many tries", "We slow down many requests in a row to protect accounts and registries.", "Wait a little and try again."},
	http.StatusInternalServerError:   {"We made a mistake", "An error on our side stopped this page. It has been recorded.", "Try again in a minute. If it happens again, tell us the reference below."},
	http.StatusServiceUnavailable:    {"A part of the system is not available", "We can't reach something that this page needs, so nothing was done.", "Try again in a minute. Your data is safe."},
}

// codes are the API's words where they are not those of the status.
var codes = map[int]string{
	http.StatusUnauthorized:          "unauthenticated",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusTooManyRequests:       "rate_limited",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusInternalServerError:   "internal",
	http.StatusServiceUnavailable:    "unavailable",
}

// ErrorView is what the error page shows.
type ErrorView struct {
	Status     int
	Text       string
	Advice     string
	Reference  string
	RetryAfter string // "12 seconds", or ""
	Code       string // stable word for programs
}

// HandleError answers a failed request: with problem details (RFC 9457) below
// /api/, with a page of the face elsewhere. shellFor picks the face by path.
func HandleError(log *slog.Logger, shellFor func(path string) *Shell) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			log.Log(c.Request().Context(), quieter(c, slog.LevelWarn), "error after the answer began", "error", err, "request_id", RequestID(c))
			return
		}
		status := StatusOf(err)
		if status >= 500 {
			log.Log(c.Request().Context(), quieter(c, slog.LevelError), "request failed", "error", err, "request_id", RequestID(c), "status", status)
		}
		view := viewOf(err, status, c)
		if strings.HasPrefix(c.Request().URL.Path, "/api/") {
			writeProblem(log, c, view)
			return
		}
		writeErrorPage(log, c, shellFor(c.Request().URL.Path), view)
	}
}

// quieter is the level of a mishap, and info when the client had hung up before
// it was answered: what fails then fails because of that, and alarms nobody.
func quieter(c echo.Context, level slog.Level) slog.Level {
	if errors.Is(c.Request().Context().Err(), context.Canceled) {
		return slog.LevelInfo
	}
	return level
}

func viewOf(err error, status int, c echo.Context) ErrorView {
	words, ok := problems[status]
	if !ok {
		words = problems[http.StatusInternalServerError]
	}
	view := ErrorView{Status: status, Text: words.text, Advice: words.advice, Reference: RequestID(c)}
	var e *registrar.Error
	if errors.As(err, &e) && e.Detail != "" {
		view.Text = e.Detail
	}
	if view.Code = codes[status]; view.Code == "" {
		view.Code = strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(http.StatusText(status)))
	}
	if e != nil && e.Code != "" && status < 500 {
		view.Code = e.Code
	}
	var fast *TooFast
	if errors.As(err, &fast) {
		seconds := max(1, ratelimit.Seconds(fast.RetryAfter))
		c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
		view.RetryAfter = plural(seconds, "second", "seconds")
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "30")
	}
	return view
}

func writeProblem(log *slog.Logger, c echo.Context, view ErrorView) {
	body, err := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(view.Status), "status": view.Status,
		"detail": view.Text, "instance": "urn:indera:request:" + view.Reference, "code": view.Code, "request_id": view.Reference,
	})
	if err == nil {
		err = c.Blob(view.Status, "application/problem+json", body)
	}
	if err != nil {
		log.Log(c.Request().Context(), quieter(c, slog.LevelWarn), "answer not written", "error", err)
	}
}

// writeErrorPage shows the error in the shell. When even that fails, because
// the database is gone or a template is broken, plain words remain.
func writeErrorPage(log *slog.Logger, c echo.Context, s *Shell, view ErrorView) {
	words := problems[view.Status]
	if words.title == "" {
		words = problems[http.StatusInternalServerError]
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	p := s.Page(c, words.title, view)
	p.NoIndex = true
	body, err := s.Templates.Execute("shared/error", "layout", p)
	if err != nil {
		log.ErrorContext(c.Request().Context(), "error page failed", "error", err, "request_id", view.Reference)
		body = []byte("<!doctype html><title>Error</title><p>" + words.title + ". Reference " + view.Reference + ".</p>")
	}
	if c.Request().Method == http.MethodHead {
		err = c.NoContent(view.Status)
	} else {
		err = c.HTMLBlob(view.Status, body)
	}
	if err != nil {
		log.Log(c.Request().Context(), quieter(c, slog.LevelWarn), "answer not written", "error", err)
	}
}
