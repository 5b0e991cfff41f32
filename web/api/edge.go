package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
)

// session is what the edge learned of a request.
type session struct {
	requestID string
	ip        string
	token     registrar.APIToken
	digest    string // hex SHA-256 of method, path, query and body
}

type sessionKey struct{}

// sessionOf returns the session; requests that came past the edge get an empty
// one.
func sessionOf(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return &session{}
}

func requestIDOf(ctx context.Context) string { return sessionOf(ctx).requestID }

// actor is who acts, for the audit trail.
func (s *session) actor() registrar.Actor {
	return registrar.Actor{Kind: registrar.ActorToken, ID: s.token.ID, IP: s.ip, RequestID: s.requestID}
}

const requestIDHeader = "X-Request-Id"

// enter gives the request its id and its address, catches panics and counts
// the client's address.
func (s *server) enter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		id := c.Response().Header().Get(requestIDHeader) // given by the server we are mounted in
		if id == "" {
			id = registrar.NewID(s.opt.Clock, "req")
			c.Response().Header().Set(requestIDHeader, id)
		}
		r := c.Request()
		ctx := context.WithValue(r.Context(), sessionKey{}, &session{requestID: id, ip: s.opt.ClientIP(r)})
		c.SetRequest(r.WithContext(ctx))
		defer func() {
			if v := recover(); v != nil {
				s.opt.Logger.ErrorContext(ctx, "api handler panicked", "request_id", id, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				err = newProblem(ctx, "internal", "", "")
			}
		}()
		v := s.perIP.Take(ratelimit.Client(s.opt.ClientIP(r)))
		if !v.OK {
			return s.slow(ctx, c.Response().Header(), s.perIP, v)
		}
		tellLimit(c.Response().Header(), s.perIP.Rule(), v) // until a token is known, whose own limit is nearer
		return next(c)
	}
}

// slow writes the headers of a refusal (RFC 6585 §4) and returns its problem.
func (s *server) slow(ctx context.Context, h http.Header, l *ratelimit.Limiter, v ratelimit.Verdict) *Problem {
	tellLimit(h, l.Rule(), v)
	h.Set("Retry-After", strconv.Itoa(ratelimit.Seconds(v.RetryAfter)))
	return newProblem(ctx, "rate-limited", "", "")
}

// tellLimit writes the fields of draft-ietf-httpapi-ratelimit-headers-07.
func tellLimit(h http.Header, rule ratelimit.Rule, v ratelimit.Verdict) {
	if rule.Burst < 1 {
		return
	}
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%d", rule.Burst, rule.Window()))
	h.Set("RateLimit-Limit", strconv.Itoa(rule.Burst))
	h.Set("RateLimit-Remaining", strconv.Itoa(v.Remaining))
	h.Set("RateLimit-Reset", strconv.Itoa(ratelimit.Seconds(v.Reset)))
}

// fail writes any error that reaches the router as a problem.
func (s *server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		s.opt.Logger.WarnContext(c.Request().Context(), "api error after the answer began", "error", err)
		return
	}
	ctx := c.Request().Context()
	var he *echo.HTTPError
	if errors.As(err, &he) {
		err = newProblem(ctx, slugByStatus(he.Code), "", "")
	}
	var p *Problem
	if !errors.As(s.problem(ctx, err, nil), &p) {
		p = newProblem(ctx, "internal", "", "")
	}
	b, err := json.Marshal(p)
	if err == nil {
		err = c.Blob(p.Status, problemMedia, b)
	}
	if err != nil {
		s.opt.Logger.WarnContext(ctx, "writing api problem", "error", err)
	}
}

// guard runs before each documented operation: token, its scope, its rate, then
// the body. The order keeps strangers from making us read anything.
func (s *server) guard(hc huma.Context, next func(huma.Context)) {
	c := humaecho.Unwrap(hc)
	ctx := c.Request().Context()
	err := s.authorize(ctx, c, hc.Operation())
	if err == nil {
		err = s.readBody(ctx, c)
	}
	if err != nil {
		s.fail(err, c)
		return
	}
	next(hc)
}

// authorize resolves the bearer token (RFC 6750).
func (s *server) authorize(ctx context.Context, c echo.Context, op *huma.Operation) error {
	h := c.Response().Header()
	scheme, bearer, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if bearer = strings.TrimSpace(bearer); !strings.EqualFold(scheme, "Bearer") || bearer == "" {
		h.Set("WWW-Authenticate", `Bearer realm="indera"`)
		return newProblem(ctx, "unauthenticated", "missing_token", "")
	}
	token, err := s.opt.Engine.Token(ctx, bearer)
	if registrar.KindOf(err) == registrar.KindUnauthenticated {
		h.Set("WWW-Authenticate", `Bearer realm="indera", error="invalid_token"`)
	}
	if err != nil {
		return err
	}
	if !token.From(sessionOf(ctx).ip) {
		return newProblem(ctx, "forbidden", "wrong_network", "This token may not be used from your address.")
	}
	if scope := missingScope(token, op); scope != "" {
		h.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="indera", error="insufficient_scope", scope=%q`, scope))
		return newProblem(ctx, "forbidden", "missing_scope", "This needs a token with the scope "+scope+".")
	}
	sessionOf(ctx).token = token
	v := s.perToken.Take(token.ID)
	if !v.OK {
		return s.slow(ctx, h, s.perToken, v)
	}
	tellLimit(h, s.perToken.Rule(), v)
	return nil
}

// missingScope returns "" when the token carries a scope of one of the
// operation's security entries, else the scope to ask for.
func missingScope(t registrar.APIToken, op *huma.Operation) string {
	missing := ""
	for _, alternative := range op.Security {
		for _, scope := range alternative[securityScheme] {
			if t.Allows(registrar.Scope(scope)) {
				return ""
			}
			if missing == "" {
				missing = scope
			}
		}
	}
	return missing
}

// maxBody bounds a request body.
const maxBody = 64 << 10

// readBody takes the body in whole, checks its form and computes the digest
// that ties it to an idempotency key.
func (s *server) readBody(ctx context.Context, c echo.Context) error {
	r := c.Request()
	control := http.NewResponseController(c.Response())
	// A slow body may not hold us; an expired deadline may not cut a handler that
	// waits for the registry. Test recorders have no deadlines.
	if err := control.SetReadDeadline(time.Now().Add(s.opt.BodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("setting read deadline: %w", err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	if err != nil {
		return bodyProblem(ctx, err)
	}
	if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("clearing read deadline: %w", err)
	}
	if err := control.SetWriteDeadline(time.Now().Add(s.opt.WaitFor + 30*time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("setting write deadline: %w", err)
	}
	if len(body) > 0 {
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/json" { // one that is not said is not guessed
			return newProblem(ctx, "unsupported-media-type", "", "")
		}
		if !utf8.Valid(body) {
			return newProblem(ctx, "bad-request", "bad_encoding", "The body is not valid UTF-8.")
		}
		if at, twice := memberTwice(body); twice {
			p := newProblem(ctx, "bad-request", "duplicate_member", "The body names a member twice, so it can't be told what is meant.")
			p.Errors = []FieldError{{Location: tame(at), Code: "duplicate_member", Message: "This member stands there twice."}}
			return p
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", r.Method, r.URL.EscapedPath())
	if r.URL.RawQuery != "" {
		fmt.Fprintf(sum, "?%s\n", r.URL.RawQuery)
	}
	sum.Write(body)
	sessionOf(ctx).digest = hex.EncodeToString(sum.Sum(nil))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func bodyProblem(ctx context.Context, err error) error {
	var big *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &big):
		return newProblem(ctx, "too-large", "", "")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return newProblem(ctx, "request-timeout", "", "")
	}
	return newProblem(ctx, "bad-request", "broken_body", "The body did not arrive whole.")
}
