package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/api"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/rdap"
	"github.com/indera/indera/web/ui"
	"github.com/indera/indera/web/whois"
)

// openFaces builds the faces of this process's roles and lets visitors in.
func (h *house) openFaces(ctx context.Context, group *errgroup.Group) error {
	if h.cfg.Has(config.RoleWeb) {
		if err := h.openPortal(ctx); err != nil {
			return fmt.Errorf("building the portal: %w", err)
		}
	}
	if !h.cfg.Has(config.RoleRDDS) {
		return nil
	}
	data, err := publicdata.New(publicdata.Options{
		Source: h.engine.Read(), Feed: h.engine, Clock: h.clock, TTL: h.cfg.Engine.PublicTTL,
		Redactor: publicdata.Redactor{ContactBase: h.contactURL(), Repositories: h.repositories()},
	})
	if err != nil {
		return fmt.Errorf("building the public data: %w", err)
	}
	if err := h.openRDAP(data); err != nil {
		return fmt.Errorf("building RDAP: %w", err)
	}
	if err := h.openWHOIS(ctx, group, data); err != nil {
		return fmt.Errorf("building WHOIS: %w", err)
	}
	return nil
}

// openPortal serves portal, admin and API by one server.
func (h *house) openPortal(ctx context.Context) error {
	url := h.doors.portalURL(h.cfg)
	server, err := web.New(web.Options{
		Engine: h.engine, Sessions: h.store.Sessions(), Logger: h.log, PublicURL: url, Hosts: h.hosts(),
		TrustedProxies: h.cfg.HTTP.Proxies, Secure: strings.HasPrefix(url, "https://"), Mailbox: h.opt.Mailbox, Health: h,
		Brand: h.brand(), Replicas: h.sharing(config.RoleWeb), StaffSecondFactor: !h.cfg.HTTP.StaffPasswordAlone && h.engine.CanKeepSecrets(),
		API: func(e *echo.Echo) error {
			return api.Register(e, api.Options{Engine: h.engine, PublicURL: url, Logger: h.log, Clock: h.clock, Stopping: ctx, Replicas: h.sharing(config.RoleWeb)})
		},
	})
	if err != nil {
		return err
	}
	portal := h.metrics.HTTP.Wrap("portal", server)
	admin := h.metrics.HTTP.Wrap("admin", server)
	programs := h.metrics.HTTP.Wrap("api", server)
	h.doors.portal.set(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			programs.ServeHTTP(w, r)
		case r.URL.Path == "/admin" || strings.HasPrefix(r.URL.Path, "/admin/"):
			admin.ServeHTTP(w, r)
		default:
			portal.ServeHTTP(w, r)
		}
	}))
	return nil
}

// hosts are names a visitor may ask for beside the public one: on loopback the
// listener's own, by each of its names.
func (h *house) hosts() []string {
	host, port, err := net.SplitHostPort(h.doors.portal.ln.Addr().String())
	ip := net.ParseIP(host)
	if err != nil || ip == nil || !ip.IsLoopback() {
		return nil
	}
	return []string{net.JoinHostPort("localhost", port), net.JoinHostPort(host, port)}
}

// brand is whose pages these are.
func (h *house) brand() ui.Brand {
	c := h.cfg.Registrar
	b := ui.Brand{Name: c.Brand, Support: c.Support}
	if b.Name == "" {
		b.Name = c.Name
	}
	return b
}

func (h *house) identity() publicdata.Registrar {
	c := h.cfg.Registrar
	return publicdata.Registrar{Name: c.Name, IANAID: strconv.Itoa(c.IANAID), URL: c.URL, AbuseEmail: c.AbuseEmail, AbusePhone: c.AbusePhone}
}

func (h *house) termsURL() string {
	if h.cfg.Registrar.TermsURL != "" {
		return h.cfg.Registrar.TermsURL
	}
	return h.doors.portalURL(h.cfg) + "/directory-terms"
}

func (h *house) contactURL() string {
	if h.cfg.Registrar.ContactURL != "" {
		return h.cfg.Registrar.ContactURL
	}
	return h.doors.portalURL(h.cfg) + "/contact/"
}

// repositories are those whose object ids may be shown.
func (h *house) repositories() []string {
	var out []string
	for _, r := range h.cfg.Registry {
		if r.RepositoryID != "" {
			out = append(out, r.RepositoryID)
		}
	}
	return out
}

func (h *house) openRDAP(data *publicdata.Service) error {
	c := h.cfg.RDAP
	handler, err := rdap.New(rdap.Options{
		Data: data, PublicBase: h.doors.rdap.url(h.cfg.Registrar.RDAPBase), Registrar: h.identity(), TermsURL: h.termsURL(),
		Port43: h.whoisHost(), Logger: h.log, Clock: h.clock,
		Limit: ratelimit.Rule{PerSecond: c.Rate, Burst: c.Burst}, Replicas: h.sharing(config.RoleRDDS), ClientIP: clientIP(c.Proxies),
	})
	if err != nil {
		return err
	}
	h.doors.rdap.set(h.metrics.HTTP.Wrap("rdap", handler))
	return nil
}

// whoisHost is what RDAP and WHOIS call our WHOIS service.
func (h *house) whoisHost() string {
	if h.cfg.Registrar.WHOISHost != "" {
		return h.cfg.Registrar.WHOISHost
	}
	host, _, err := net.SplitHostPort(h.doors.whois.Addr().String())
	if err != nil {
		return ""
	}
	return host
}

func (h *house) openWHOIS(ctx context.Context, group *errgroup.Group, data *publicdata.Service) error {
	c := h.cfg.WHOIS
	server, err := whois.New(whois.Options{
		Data: data, Registrar: h.identity(), Host: h.whoisHost(), TermsURL: h.termsURL(), Logger: h.log, Clock: h.clock,
		Limit: ratelimit.Rule{PerSecond: c.Rate, Burst: c.Burst}, Replicas: h.sharing(config.RoleRDDS), Observe: h.metrics.WHOIS.Answered,
	})
	if err != nil {
		return err
	}
	group.Go(func() error { return server.Serve(ctx, h.doors.whois) })
	return nil
}

// clientIP names the peer of a request: the address of the connection or, when
// that is a trusted proxy, the last address in X-Forwarded-For that is not.
func clientIP(trusted []netip.Prefix) func(*http.Request) string {
	if len(trusted) == 0 {
		return nil
	}
	return func(r *http.Request) string {
		peer, err := peerOf(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && within(peer, trusted); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break // what a proxy of ours did not write ends the chain
			}
			peer = hop.Unmap()
		}
		return peer.String()
	}
}

func peerOf(remote string) (netip.Addr, error) {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}, errors.New("no address")
	}
	addr, err := netip.ParseAddr(host)
	return addr.Unmap(), err
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
