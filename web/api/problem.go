package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type        string       `json:"type" format:"uri-reference" example:"/api/v1/problems#not-found" doc:"Names the kind of problem; the page explains it."`
	Title       string       `json:"title" example:"Not found"`
	Status      int          `json:"status" example:"404"`
	Detail      string       `json:"detail" example:"brand.shop is not in your account." doc:"One sentence about this occurrence."`
	Code        string       `json:"code" example:"no_such_domain" doc:"Stable word for programs, finer than type."`
	RequestID   string       `json:"request_id" example:"req_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Quote it when you ask for help."`
	OperationID string       `json:"operation_id,omitempty" doc:"The operation that failed."`
	Errors      []FieldError `json:"errors,omitempty" doc:"What is wrong with the input, part by part."`
}

// FieldError is one finding about the input. It never repeats the value.
type FieldError struct {
	Location string `json:"location" example:"body.registrant.email"`
	Code     string `json:"code" example:"bad_email"`
	Message  string `json:"message" example:"Please give an e-mail address such as name@example.com."`
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemMedia }

const problemMedia = "application/problem+json"

// problemKind is a row of the table that the problems page shows.
type problemKind struct {
	Slug   string
	Status int
	Title  string
	Text   string // what it means and what to do
}

// The order is that of the page.
var problemKinds = []problemKind{
	{"bad-request", http.StatusBadRequest, "Bad request", "The request can't be read: the body is no JSON in UTF-8, names a member twice (duplicate_member), or it is missing."},
	{"unauthenticated", http.StatusUnauthorized, "No valid token", "Send a live token of your account: Authorization: Bearer …"},
	{"insufficient-funds", http.StatusPaymentRequired, "Insufficient funds", "The balance minus what is held does not cover the price. Nothing was done; top up and send the request again."},
	{"forbidden", http.StatusForbidden, "Not allowed", "The token is valid but lacks a scope, or the account may not do this."},
	{"not-found", http.StatusNotFound, "Not found", "There is no such thing in your account, or no such path."},
	{"method-not-allowed", http.StatusMethodNotAllowed, "Method not allowed", "The path exists, but not for this method; the Allow header lists what is possible."},
	{"request-timeout", http.StatusRequestTimeout, "Request too slow", "The body did not arrive in time."},
	{"conflict", http.StatusConflict, "Conflict", "The present state, or another operation under way for the same name, forbids this now."},
	{"prohibited", http.StatusConflict, "Prohibited", "A status of the name or a policy forbids this."},
	{"price-changed", http.StatusConflict, "Price changed", "The price is not the expected_price that was sent. Nothing was done."},
	{"idempotency-reuse", http.StatusConflict, "Idempotency-Key reused", "The key was used for another request within the last 60 days. Use a new key for a new request."},
	{"operation-failed", http.StatusConflict, "Operation failed", "The registry refused. Nothing was charged; code and operation tell why."},
	{"misdirected-request", http.StatusMisdirectedRequest, "Misdirected request", "This server does not answer under the host name that was asked for."},
	{"too-large", http.StatusRequestEntityTooLarge, "Body too large", "A body has at most 64 KiB."},
	{"unsupported-media-type", http.StatusUnsupportedMediaType, "Unsupported media type", "Bodies are application/json."},
	{"invalid", http.StatusUnprocessableEntity, "Invalid input", "The request was read, but parts of it are not acceptable; errors lists them."},
	{"unsupported", http.StatusUnprocessableEntity, "Not sold here", "This ending or action is not sold here, or not in your currency."},
	{"rate-limited", http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says."},
	{"internal", http.StatusInternalServerError, "Internal error", "The fault is ours. With an Idempotency-Key the request can be sent again safely."},
	{"unavailable", http.StatusServiceUnavailable, "Unavailable", "A part that is needed does not answer right now. Send the request again later with the same Idempotency-Key: nothing happens twice."},
}

// slugOf is the one place where kinds of engine errors become problems. Kinds
// that are not listed are hidden.
var slugOf = map[registrar.Kind]string{
	registrar.KindInvalid:           "invalid",
	registrar.KindNotFound:          "not-found",
	registrar.KindConflict:          "conflict",
	registrar.KindProhibited:        "prohibited",
	registrar.KindInsufficientFunds: "insufficient-funds",
	registrar.KindPriceChanged:      "price-changed",
	registrar.KindUnsupported:       "unsupported",
	registrar.KindUnauthenticated:   "unauthenticated",
	registrar.KindForbidden:         "forbidden",
	registrar.KindRateLimited:       "rate-limited",
	registrar.KindUnavailable:       "unavailable",
	registrar.KindIdempotencyReuse:  "idempotency-reuse",
}

func kindBySlug(slug string) problemKind {
	for _, k := range problemKinds {
		if k.Slug == slug {
			return k
		}
	}
	return problemKind{Slug: "internal", Status: http.StatusInternalServerError, Title: "Internal error"}
}

// slugByStatus serves errors that come from router and decoder as a status.
func slugByStatus(status int) string {
	for _, k := range problemKinds {
		if k.Status == status {
			return k.Slug
		}
	}
	if status >= 500 {
		return "internal"
	}
	return "bad-request"
}

// newProblem builds a problem; text "" takes the sentence of the table, which
// is all that a server fault ever shows.
func newProblem(ctx context.Context, slug, code, text string) *Problem {
	k := kindBySlug(slug)
	if text == "" || k.Status >= 500 {
		text = k.Text
	}
	if code == "" || k.Status >= 500 {
		code = strings.ReplaceAll(k.Slug, "-", "_")
	}
	return &Problem{Type: basePath + "/problems#" + k.Slug, Title: k.Title, Status: k.Status, Detail: text, Code: code, RequestID: requestIDOf(ctx)}
}

// huma makes its own errors by these two variables, which every API in the
// process shares; this is the only place that sets them.
func init() {
	huma.NewErrorWithContext = func(hc huma.Context, status int, msg string, errs ...error) huma.StatusError {
		ctx := context.Background()
		if hc != nil {
			ctx = hc.Context()
		}
		return decoderProblem(ctx, status, errs)
	}
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return decoderProblem(context.Background(), status, errs)
	}
}

// maxFindings and maxLocation bound what an answer tells about bad input.
const (
	maxFindings = 20
	maxLocation = 120
)

// decoderProblem hides values: huma puts the offending value, and for broken
// JSON the whole body, into its details, and these may hold secrets.
func decoderProblem(ctx context.Context, status int, errs []error) *Problem {
	p := newProblem(ctx, slugByStatus(status), "", "")
	if status >= 500 {
		return p
	}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) || len(p.Errors) == maxFindings {
			continue
		}
		if lacksAgreement(d) {
			p.Errors = append(p.Errors, FieldError{Location: "body.agreement_version", Code: notAccepted, Message: readAgreement})
			continue
		}
		p.Errors = append(p.Errors, FieldError{Location: tame(d.Location), Code: "invalid", Message: findingText(status, d)})
	}
	if len(p.Errors) == 1 && p.Errors[0].Code == notAccepted {
		p.Code, p.Detail = notAccepted, readAgreement
	}
	return p
}

// findingText keeps huma's sentences about schemas; those of the JSON decoder
// quote the input.
func findingText(status int, d *huma.ErrorDetail) string {
	if status == http.StatusBadRequest || strings.HasPrefix(d.Message, "json:") || strings.Contains(d.Message, "invalid character") {
		return "This is no JSON of the expected form."
	}
	return d.Message
}

// tame shortens a location, which carries unknown member names as they came.
func tame(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return '?'
	}, s)
	if r := []rune(s); len(r) > maxLocation {
		return string(r[:maxLocation]) + "…"
	}
	return s
}

// fieldPaths says where in the request an engine's field stands.
type fieldPaths map[string]string

// problem translates any error once. What is unknown, or ours to mend, goes to
// the log under the request id and is hidden from the answer.
func (s *server) problem(ctx context.Context, err error, fields fieldPaths) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *registrar.Error
	slug, known := "", false
	if errors.As(err, &e) {
		slug, known = slugOf[e.Kind], true
	}
	switch {
	case ctx.Err() != nil:
		return newProblem(ctx, "unavailable", "", "") // the client went away: nobody reads this
	case !known || slug == "":
		s.opt.Logger.ErrorContext(ctx, "api request failed", "request_id", requestIDOf(ctx), "error", err)
		return newProblem(ctx, "internal", "", "")
	case e.Kind == registrar.KindUnavailable:
		s.opt.Logger.WarnContext(ctx, "api request failed", "request_id", requestIDOf(ctx), "error", err)
		return newProblem(ctx, slug, "", "")
	case e.Kind == registrar.KindInvalid:
		return invalid(ctx, e, fields)
	}
	return newProblem(ctx, slug, e.Code, e.Detail)
}

// invalid lists the fields. Engine sentences quote what was sent; here the
// quotation is replaced, because a secret may have got into the wrong field.
func invalid(ctx context.Context, e *registrar.Error, fields fieldPaths) *Problem {
	p := newProblem(ctx, "invalid", e.Code, unquoted(e.Detail))
	for _, f := range append([]*registrar.Error{e}, e.Others...) {
		if f.Field == "" {
			continue
		}
		at, ok := fields[f.Field]
		if !ok {
			at = "body." + f.Field
		}
		p.Errors = append(p.Errors, FieldError{Location: at, Code: f.Code, Message: unquoted(f.Detail)})
	}
	return p
}

func unquoted(detail string) string {
	text := quoted.ReplaceAllString(detail, "this value")
	if strings.HasPrefix(text, "this") {
		text = "T" + text[1:]
	}
	return text
}

// quoted matches what %q writes.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
