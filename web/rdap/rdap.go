// Package rdap answers RDAP queries of the public (RFC 7480, 9082, 9083) by the
// ICANN RDAP Response Profile 2.2 and Technical Implementation Guide 2.2, as a
// gTLD registrar: domains we sponsor, our own registrar entity, and help. It
// sees registrations only through publicdata.
package rdap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web/ratelimit"
)

// Data looks names up; *publicdata.Service is one.
type Data interface {
	Lookup(ctx context.Context, name registrar.Name) (publicdata.View, error)
}

// Options wires the handler. Zero values take the defaults given here.
type Options struct {
	Data       Data
	PublicBase string // what clients put before /domain/…, without trailing slash
	Registrar  publicdata.Registrar
	RDAPBase   string // base URL registered at IANA, byte for byte; PublicBase + "/"
	TermsURL   string // page with the full terms of use; must exist
	DocsURL    string // page about this service; TermsURL
	Port43     string // host name of our WHOIS; "" = none is run
	Logger     *slog.Logger
	Clock      clockwork.Clock
	Limit      ratelimit.Rule // per client; zero = none
	MaxClients int            // remembered for Limit
	// Replicas returns how many processes share the limits, at once; nil: this one.
	Replicas func() int
	// ClientIP names the peer that is counted; by default the address of the
	// connection. Behind a proxy, give a function that reads its header.
	ClientIP func(*http.Request) string
}

func (o *Options) check() error {
	if o.Data == nil {
		return errors.New("rdap needs data")
	}
	if err := o.Registrar.Check(); err != nil {
		return err
	}
	if o.RDAPBase == "" {
		o.RDAPBase = o.PublicBase + "/"
	}
	if o.DocsURL == "" {
		o.DocsURL = o.TermsURL
	}
	for what, u := range map[string]string{"public base": o.PublicBase, "base at IANA": o.RDAPBase, "terms": o.TermsURL, "docs": o.DocsURL} {
		if err := publicdata.CheckURL(u); err != nil {
			return fmt.Errorf("rdap: %s: %w", what, err)
		}
	}
	if strings.HasSuffix(o.PublicBase, "/") {
		return errors.New("rdap: the public base has no trailing slash")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.ClientIP == nil {
		o.ClientIP = func(r *http.Request) string { return r.RemoteAddr }
	}
	return nil
}

type handler struct {
	Options
	limit *ratelimit.Limiter
}

// New checks the options and returns the handler. It wants to be the root of
// its own listener.
func New(opt Options) (http.Handler, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	return &handler{Options: opt, limit: ratelimit.New(opt.Limit, opt.MaxClients, opt.Clock).Among(opt.Replicas)}, nil
}

// ServeHTTP answers one query.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.commonHeaders(w.Header())
	asked := h.asked(r)
	if v := h.limit.Take(ratelimit.Client(h.ClientIP(r))); !v.OK {
		w.Header().Set("Retry-After", strconv.Itoa(ratelimit.Seconds(v.RetryAfter)))
		h.refuse(w, r, asked, failure{http.StatusTooManyRequests, "Too many queries. Please wait before asking again."})
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.serve(w, r, asked)
	case http.MethodOptions:
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		w.Header().Set("Access-Control-Allow-Headers", "Accept, Content-Type")
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", "GET, HEAD")
		h.refuse(w, r, asked, failure{http.StatusMethodNotAllowed, "Only GET and HEAD are possible here."})
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, asked string) {
	q, fail := parsePath(r.URL.EscapedPath())
	if fail != nil {
		h.refuse(w, r, asked, *fail)
		return
	}
	body, err := h.answer(r.Context(), q, asked)
	if err != nil {
		h.refuse(w, r, asked, h.failureOf(r, err))
		return
	}
	w.Header().Set("Cache-Control", "max-age=5") // a change must be public within 10 s
	h.write(w, r, http.StatusOK, body)
}

func (h *handler) answer(ctx context.Context, q query, asked string) (any, error) {
	switch q.kind {
	case "help":
		return h.help(asked), nil
	case "entity":
		if q.handle != h.Registrar.IANAID {
			return nil, registrar.Errorf(registrar.KindNotFound, "no_such_entity", "This entity is not known here.")
		}
		return h.registrarAnswer(asked, h.Clock.Now().UTC()), nil
	}
	v, err := h.Data.Lookup(ctx, q.name)
	if err != nil {
		return nil, err
	}
	return h.domain(v, asked), nil
}

// commonHeaders go with every answer, errors included (TIG 1.14).
func (h *handler) commonHeaders(hd http.Header) {
	hd.Set("Access-Control-Allow-Origin", "*")
	hd.Set("X-Content-Type-Options", "nosniff")
	hd.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if strings.HasPrefix(h.PublicBase, "https:") {
		hd.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// asked returns the URL exactly as the client asked it, apart from the query
// string: links carry it as their value and are compared byte for byte.
func (h *handler) asked(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") || !utf8.ValidString(path) {
		path = r.URL.EscapedPath()
	}
	return h.PublicBase + path
}

// failure is an error answer (RFC 9083 §6).
type failure struct {
	status int
	text   string
}

// failureOf translates an error by its kind; what is not known is hidden.
func (h *handler) failureOf(r *http.Request, err error) failure {
	switch registrar.KindOf(err) {
	case registrar.KindNotFound:
		return failure{http.StatusNotFound, "This object is not registered through this registrar."}
	case registrar.KindUnavailable:
		h.Logger.WarnContext(r.Context(), "rdap lookup failed", "error", err)
		return failure{http.StatusServiceUnavailable, "The registration data can't be read right now. Please try again later."}
	}
	h.Logger.ErrorContext(r.Context(), "rdap answer failed", "error", err)
	return failure{http.StatusInternalServerError, "This query could not be answered."}
}

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, asked string, f failure) {
	w.Header().Set("Cache-Control", "no-store")
	h.write(w, r, f.status, errorAnswer{
		top:       top{Conformance: conformance(false), Lang: "en", Notices: []notice{h.terms(asked)}},
		ErrorCode: f.status, Title: http.StatusText(f.status), Description: []string{f.text},
	})
}

// write sends the body, or only its headers for HEAD. json.Marshal keeps < and >
// escaped, which the profile's tests rely on.
func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		h.Logger.ErrorContext(r.Context(), "encoding rdap answer", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/rdap+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(b); err != nil {
		h.Logger.DebugContext(r.Context(), "rdap client went away", "error", err)
	}
}
