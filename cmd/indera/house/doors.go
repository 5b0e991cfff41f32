package house

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/web/ops"
)

// Time limits of HTTP listeners. Writing leaves room for a check that waits
// for the slowest registry.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 90 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// door is one HTTP listener. It is bound at once, so that a taken port is told
// at once, and answers 503 until its handler is set.
type door struct {
	ln      net.Listener
	srv     *http.Server
	tls     config.ServerTLS
	handler atomic.Pointer[http.Handler]
}

// doors are the listeners of a process; those it has no role for are nil.
type doors struct {
	portal, rdap, ops *door
	whois             net.Listener
}

func openDoors(cfg *config.Config, log *slog.Logger, metrics *ops.Metrics, opsFace http.Handler) (*doors, error) {
	d := &doors{}
	var err error
	open := func(into **door, face, address string, cert config.ServerTLS) {
		if err == nil {
			*into, err = openDoor(face, address, cert, log)
		}
	}
	open(&d.ops, "health and metrics", cfg.Ops.Listen, config.ServerTLS{})
	if cfg.Has(config.RoleWeb) {
		open(&d.portal, "the portal", cfg.HTTP.Listen, cfg.HTTP.TLS)
	}
	if cfg.Has(config.RoleRDDS) {
		open(&d.rdap, "RDAP", cfg.RDAP.Listen, cfg.RDAP.TLS)
		if err == nil {
			d.whois, err = listen("WHOIS", cfg.WHOIS.Listen)
		}
	}
	if err != nil {
		d.close()
		return nil, err
	}
	d.ops.set(metrics.HTTP.Wrap("ops", opsFace))
	go d.ops.serveUntilClosed(log)
	return d, nil
}

func listen(face, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for %s: %w", face, err)
	}
	return ln, nil
}

func openDoor(face, address string, cert config.ServerTLS, log *slog.Logger) (*door, error) {
	ln, err := listen(face, address)
	if err != nil {
		return nil, err
	}
	d := &door{ln: ln, tls: cert}
	d.srv = &http.Server{
		Handler: d, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	return d, nil
}

// set lets visitors in.
func (d *door) set(h http.Handler) { d.handler.Store(&h) }

// ServeHTTP serves the handler, once there is one.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if h := d.handler.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "5")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, startingProblem) // fails only when the client is gone
		return
	}
	http.Error(w, "Starting. Please try again in a few seconds.", http.StatusServiceUnavailable)
}

// startingProblem is what programs get (RFC 9457) before the API is there.
const startingProblem = `{"type":"about:blank","title":"Starting","status":503,"detail":"Starting. Please try again in a few seconds.","code":"starting"}`

func (d *door) serve() error {
	var err error
	if d.tls.CertFile != "" {
		err = d.srv.ServeTLS(d.ln, d.tls.CertFile, d.tls.KeyFile)
	} else {
		err = d.srv.Serve(d.ln)
	}
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (d *door) serveUntilClosed(log *slog.Logger) {
	if err := d.serve(); err != nil {
		log.Error("serving health and metrics failed", "error", err)
	}
}

// serve runs the public doors until ctx ends, then lets requests under way
// finish, at most for drain. The operator's door stays open until the end.
func (d *doors) serve(ctx context.Context, group *errgroup.Group, drain time.Duration) {
	for _, one := range []*door{d.portal, d.rdap} {
		if one == nil {
			continue
		}
		group.Go(one.serve)
		group.Go(func() error {
			<-ctx.Done()
			limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			defer cancel()
			if err := one.srv.Shutdown(limit); err != nil {
				return fmt.Errorf("draining %s: %w", one.ln.Addr(), err)
			}
			return nil
		})
	}
}

// close cuts whatever is still open; closing twice is no error.
func (d *doors) close() {
	for _, one := range []*door{d.portal, d.rdap, d.ops} {
		if one != nil {
			// Nothing is under way here any more, so nothing can be lost.
			_ = one.srv.Close()
			_ = one.ln.Close()
		}
	}
	if d.whois != nil {
		_ = d.whois.Close()
	}
}

// url is the public address if one is configured, else that of the listener.
func (d *door) url(public string) string {
	switch {
	case public != "":
		return strings.TrimSuffix(public, "/")
	case d == nil:
		return ""
	case d.tls.CertFile != "":
		return "https://" + d.ln.Addr().String()
	}
	return "http://" + d.ln.Addr().String()
}

// portalURL is how people reach the portal: also processes that do not serve
// it write it in mails and lookups.
func (d *doors) portalURL(cfg *config.Config) string {
	if d.portal == nil && cfg.HTTP.PublicURL == "" {
		return "http://" + cfg.HTTP.Listen
	}
	return d.portal.url(cfg.HTTP.PublicURL)
}

func (d *doors) addresses(cfg *config.Config) Addresses {
	a := Addresses{Ops: d.ops.url("")}
	if d.portal != nil {
		a.Portal = d.portalURL(cfg)
	}
	if d.rdap != nil {
		a.RDAP = d.rdap.url(cfg.Registrar.RDAPBase)
		a.WHOIS = d.whois.Addr().String()
	}
	return a
}
