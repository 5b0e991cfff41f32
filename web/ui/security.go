package ui

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// csp lets pages use what this server sends and nothing else: no inline script
// or style, no third party, no frames. data: is for the small pictures inside
// the style sheet.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	ownForms + "; frame-ancestors 'none'; base-uri 'none'"

const ownForms = "form-action 'self'"

// AllowForms lets the forms of one page lead to other origins, which browsers
// check after a redirect, too: "https://pay.example", without path.
func AllowForms(c echo.Context, origins ...string) {
	c.Response().Header().Set("Content-Security-Policy", strings.Replace(csp, ownForms, strings.Join(append([]string{ownForms}, origins...), " "), 1))
}

// SecurityHeaders sets what every answer carries; pages are not kept by caches
// unless their handler says so.
func SecurityHeaders(secure bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", csp)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
			h.Set("Cache-Control", "no-store")
			if secure {
				h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			}
			return next(c)
		}
	}
}

// CheckHost refuses requests for names that are not ours, so that a forged
// Host header never gets into a link. An entry without port matches any port.
func CheckHost(allowed []string) echo.MiddlewareFunc {
	ok := make(map[string]bool, len(allowed))
	for _, h := range allowed {
		ok[strings.ToLower(h)] = true
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			host := strings.ToLower(c.Request().Host)
			bare, _, err := net.SplitHostPort(host)
			if err != nil {
				bare = host
			}
			if !ok[host] && !ok[bare] {
				return echo.NewHTTPError(http.StatusMisdirectedRequest)
			}
			return next(c)
		}
	}
}

// SameOrigin refuses changes that a page of another origin asks for
// (Sec-Fetch-Site and Origin, net/http.CrossOriginProtection). trusted is our
// own public origin, for proxies that rewrite Host.
func SameOrigin(trusted string) (echo.MiddlewareFunc, error) {
	guard := http.NewCrossOriginProtection()
	if trusted != "" {
		if err := guard.AddTrustedOrigin(trusted); err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := guard.Check(c.Request()); err != nil {
				return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
			}
			return next(c)
		}
	}, nil
}

const requestIDKey = "request_id"

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// WithRequestID names each request. A name given by the caller counts only when
// the caller is one of the proxies that we trust.
func WithRequestID(proxies []netip.Prefix) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			id := ""
			if fromProxy(c.Request().RemoteAddr, proxies) {
				id = c.Request().Header.Get(echo.HeaderXRequestID)
			}
			if !goodRequestID.MatchString(id) {
				id = uuid.NewString()
			}
			c.Set(requestIDKey, id)
			c.Response().Header().Set(echo.HeaderXRequestID, id)
			return next(c)
		}
	}
}

func fromProxy(remote string, proxies []netip.Prefix) bool {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, p := range proxies {
		if p.Contains(ap.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// RequestID returns the name of the request, which pages show as reference.
func RequestID(c echo.Context) string {
	id, ok := c.Get(requestIDKey).(string)
	if !ok {
		return ""
	}
	return id
}

// accountKey holds the id of the account that a request is about.
const accountKey = "log_account"

// Concerns notes for the log which user a request is about: who is signed in, or
// whose account somebody tried to get into.
func Concerns(c echo.Context, userID string) { c.Set(accountKey, userID) }

// network returns the network of an address, /24 or /48: enough to follow an
// attack, not enough to follow a person.
func network(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// circumstances are what a line says beyond route and figures: the account, and
// of a request that was refused the network it came from.
func circumstances(c echo.Context) []any {
	var out []any
	if id, _ := c.Get(accountKey).(string); id != "" {
		out = append(out, "account", id)
	}
	switch c.Response().Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		out = append(out, "network", network(c.RealIP()))
	}
	return out
}

// Log writes one line per request: ids and figures, no whole address, no query,
// no name of a person. It answers errors itself so that it knows the status.
func Log(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			level := slog.LevelInfo
			if c.Response().Status >= 500 {
				level = quieter(c, slog.LevelError)
			}
			log.Log(c.Request().Context(), level, "request", append([]any{
				"method", c.Request().Method, "route", c.Path(), "status", c.Response().Status,
				"bytes", c.Response().Size, "ms", time.Since(start).Milliseconds(), "request_id", RequestID(c)}, circumstances(c)...)...)
			return nil
		}
	}
}
