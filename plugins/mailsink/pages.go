package mailsink

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
)

//go:embed style.css
var style []byte

//go:embed pages.html
var pagesText string

var pages = template.Must(template.New("pages").Parse(pagesText))

// listed is how many mails the list shows.
const listed = 100

// framePolicy keeps a mail's HTML from running, fetching or navigating; its
// links open in a window of their own.
const framePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox"

const pagePolicy = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// Handler shows the mails below base, for example "/mailbox": base/ the list,
// base/mails.json the same for programs, base/m/{id} one mail.
func (s *Sink) Handler(base string) http.Handler {
	mux := http.NewServeMux()
	if base != "" {
		mux.Handle("GET "+base, http.RedirectHandler(base+"/", http.StatusMovedPermanently))
	}
	mux.HandleFunc("GET "+base+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		mails, err := s.Messages(listed)
		s.page(w, r, "list", map[string]any{"Base": base, "Mails": mails}, err)
	})
	mux.HandleFunc("GET "+base+"/mails.json", func(w http.ResponseWriter, r *http.Request) {
		mails, err := s.Messages(listed)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		body, err := json.Marshal(map[string]any{"mails": mails})
		if err != nil {
			s.fail(w, r, err)
			return
		}
		send(w, "application/json", pagePolicy, body)
	})
	mux.HandleFunc("GET "+base+"/m/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, err := s.Message(r.PathValue("id"))
		s.page(w, r, "mail", map[string]any{"Base": base, "Mail": m}, err)
	})
	mux.HandleFunc("GET "+base+"/m/{id}/html", func(w http.ResponseWriter, r *http.Request) {
		m, err := s.Message(r.PathValue("id"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		send(w, "text/html; charset=utf-8", framePolicy, []byte(`<!doctype html><base target="_blank">`+m.HTML))
	})
	mux.HandleFunc("GET "+base+"/m/{id}/source", func(w http.ResponseWriter, r *http.Request) {
		m, err := s.Message(r.PathValue("id"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		send(w, "text/plain; charset=utf-8", pagePolicy, []byte(m.Source))
	})
	mux.HandleFunc("GET "+base+"/style.css", func(w http.ResponseWriter, _ *http.Request) {
		send(w, "text/css; charset=utf-8", pagePolicy, style)
	})
	return mux
}

func (s *Sink) page(w http.ResponseWriter, r *http.Request, name string, data any, err error) {
	var out bytes.Buffer
	if err == nil {
		err = pages.ExecuteTemplate(&out, name, data)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	send(w, "text/html; charset=utf-8", pagePolicy, out.Bytes())
}

func (s *Sink) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNoMail) {
		http.Error(w, "There is no such mail; the oldest ones are removed.", http.StatusNotFound)
		return
	}
	s.opt.Logger.ErrorContext(r.Context(), "showing mail failed", "error", err)
	http.Error(w, "The mailbox can't be read.", http.StatusInternalServerError)
}

func send(w http.ResponseWriter, contentType, policy string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", policy)
	// Our own page frames a mail's HTML: what the server around us says of all
	// its pages would keep browsers from showing it.
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Del("Cross-Origin-Opener-Policy")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	// The reader hung up: nobody is left to be told.
	_, _ = w.Write(body)
}
