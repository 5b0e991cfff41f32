// Package web joins the faces that speak HTTP to people and programs: portal,
// admin and API share one server, one list of middleware and one way to answer
// errors.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/templates"
	"github.com/indera/indera/web/admin"
	"github.com/indera/indera/web/portal"
	"github.com/indera/indera/web/ui"
)

// Options wire the server.
type Options struct {
	Engine   *registrar.Engine
	Sessions scs.CtxStore
	Logger   *slog.Logger // nil: silent

	PublicURL      string         // where people reach us, for example "https://indera.example"; no path
	Hosts          []string       // further host names that may be asked for; without port = any port
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Request-Id count
	Secure         bool           // cookies are Secure with the __Host- prefix, HSTS is sent; set behind https

	Mailbox http.Handler           // the sandbox's mailbox, served below /mailbox; nil = none
	API     func(*echo.Echo) error // mounts /api/v1; nil = none
	Health  admin.Health           // how the registry sessions are; nil = not shown
	Brand   ui.Brand               // zero: Indera

	StaffSecondFactor bool // staff set a second factor up before anything else opens

	PortalLimits *portal.Limits // nil: defaults
	AdminLimits  *admin.Limits  // nil: defaults
	Replicas     func() int     // how many processes share the limits, at once; nil: this one
	PageTimeout  time.Duration  // longest time for one request; 0 = 20 s
}

const (
	maxBody        = "1M"
	defaultTimeout = 20 * time.Second
)

// New builds the server. All templates are parsed here, so what is broken stops
// the start. Handler-side limits live here; limits of connections belong to the
// http.Server that serves it.
func New(o Options) (*echo.Echo, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	faces, err := newFaces(o)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(o.TrustedProxies)
	e.HTTPErrorHandler = ui.HandleError(o.Logger, faces.shellFor)
	sameOrigin, err := ui.SameOrigin(o.PublicURL)
	if err != nil {
		return nil, err
	}
	// Outermost first; every request of every face passes this list.
	e.Use(
		ui.WithRequestID(o.TrustedProxies),
		ui.Log(o.Logger),
		recoverPanic(),
		ui.SecurityHeaders(o.Secure),
		ui.CheckHost(o.hosts()),
		// The API has a smaller limit of its own and tells it in its own words.
		middleware.BodyLimitWithConfig(middleware.BodyLimitConfig{Limit: maxBody, Skipper: forAPI}),
		timeLimit(o.PageTimeout),
		sameOrigin,
		middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1400, Skipper: alreadySmall}),
	)
	faces.mount(e)
	mountWebhooks(e, o.Engine, o.Logger)
	if o.Mailbox != nil {
		mountMailbox(e, o.Mailbox)
	}
	if o.API != nil {
		if err := o.API(e); err != nil {
			return nil, fmt.Errorf("mounting the API: %w", err)
		}
	}
	return e, nil
}

// mountMailbox serves the sandbox's mailbox, which shows mails in frames of its
// own and sets a policy of its own.
func mountMailbox(e *echo.Echo, mailbox http.Handler) {
	h := echo.WrapHandler(mailbox)
	e.GET("/mailbox", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/mailbox/") })
	e.GET("/mailbox/*", func(c echo.Context) error {
		c.Response().Header().Set("X-Frame-Options", "SAMEORIGIN")
		return h(c)
	})
}

func (o *Options) check() error {
	if o.Engine == nil || o.Sessions == nil {
		return errors.New("web needs an engine and a session store")
	}
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("public address %q is not a plain http or https address", o.PublicURL)
	}
	o.PublicURL = u.Scheme + "://" + u.Host
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Brand.Name == "" {
		o.Brand.Name = "Indera"
	}
	if o.PageTimeout <= 0 {
		o.PageTimeout = defaultTimeout
	}
	if o.PortalLimits == nil {
		l := portal.DefaultLimits()
		o.PortalLimits = &l
	}
	if o.AdminLimits == nil {
		l := admin.DefaultLimits()
		o.AdminLimits = &l
	}
	return nil
}

// hosts lists what may stand in the Host header.
func (o *Options) hosts() []string {
	u, err := url.Parse(o.PublicURL)
	if err != nil {
		return o.Hosts // check has parsed it before
	}
	return append([]string{u.Host}, o.Hosts...)
}

// faces are the pages: what people see.
type faces struct {
	assets *ui.Assets
	portal *portal.Portal
	admin  *admin.Admin
}

func newFaces(o Options) (*faces, error) {
	assets, err := ui.LoadAssets(templates.FS)
	if err != nil {
		return nil, err
	}
	pages, err := ui.ParseTemplates(templates.FS, assets, o.Engine.Now)
	if err != nil {
		return nil, err
	}
	f := &faces{assets: assets}
	mailbox := o.Mailbox != nil
	f.portal, err = portal.New(portal.Options{
		Engine: o.Engine, Sessions: o.Sessions, Templates: pages, Logger: o.Logger, Brand: o.Brand, Secure: o.Secure,
		PublicURL: o.PublicURL, APIURL: o.PublicURL + "/api/v1", Mailbox: mailbox, Limits: *o.PortalLimits, Replicas: o.Replicas,
	})
	if err != nil {
		return nil, err
	}
	f.admin, err = admin.New(admin.Options{
		Engine: o.Engine, Sessions: o.Sessions, Templates: pages, Logger: o.Logger, Brand: o.Brand, Secure: o.Secure,
		Mailbox: mailbox, Health: o.Health, Limits: *o.AdminLimits, Replicas: o.Replicas, RequireFactor: o.StaffSecondFactor,
		PublicURL: o.PublicURL, Portal: f.portal,
	})
	return f, err
}

func (f *faces) mount(e *echo.Echo) {
	e.GET(ui.AssetPrefix+":name", f.assets.Serve)
	e.HEAD(ui.AssetPrefix+":name", f.assets.Serve)
	e.GET("/favicon.ico", func(c echo.Context) error {
		return c.Redirect(http.StatusMovedPermanently, f.assets.URL("favicon.svg"))
	})
	e.GET("/robots.txt", func(c echo.Context) error {
		return c.String(http.StatusOK, "User-agent: *\nDisallow: /admin\nDisallow: /search\nDisallow: /basket\n")
	})
	f.portal.Mount(e)
	f.admin.Mount(e)
}

// shellFor picks the face whose error page fits a path.
func (f *faces) shellFor(path string) *ui.Shell {
	if path == "/admin" || strings.HasPrefix(path, "/admin/") {
		return f.admin.Shell()
	}
	return f.portal.Shell()
}

// clientAddress reads the visitor's address: from X-Forwarded-For only when a
// trusted proxy wrote it.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		if _, network, err := net.ParseCIDR(p.Masked().String()); err == nil {
			opts = append(opts, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(opts...)
}

// recoverPanic turns a panic into an error page; the stack goes to the log with
// the error.
func recoverPanic() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisablePrintStack: true,
		LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
			return fmt.Errorf("panic: %w\n%s", err, stack)
		},
	})
}

// timeLimit bounds how long a request may work.
func timeLimit(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), d)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

func forAPI(c echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, "/api/") }

// alreadySmall skips what is compressed at start, and answers that must not wait
// in a buffer.
func alreadySmall(c echo.Context) bool {
	return strings.HasPrefix(c.Request().URL.Path, ui.AssetPrefix) || c.Request().URL.Path == "/search/stream"
}
