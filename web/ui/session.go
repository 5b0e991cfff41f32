package ui

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
)

// SessionOptions describe the sessions of one face.
type SessionOptions struct {
	Store    scs.CtxStore
	Cookie   string // name without prefix
	Secure   bool   // https: the cookie gets Secure and the __Host- prefix
	Lifetime time.Duration
	Persist  bool // the cookie survives closing the browser
}

// Sessions keeps what one face remembers of a browser, and which session of the
// engine it is signed in with. Only digests of tokens are stored. A visitor who
// has nothing to remember gets no cookie.
type Sessions struct {
	scs    *scs.SessionManager
	device string // name of the device cookie
	secure bool
}

// NewSessions returns the sessions of a face.
func NewSessions(o SessionOptions) *Sessions {
	m := scs.New()
	m.Store = o.Store
	m.Lifetime = o.Lifetime
	m.HashTokenInStore = true
	m.Cookie.Name = o.Cookie
	if o.Secure {
		m.Cookie.Name = "__Host-" + o.Cookie
	}
	m.Cookie.Secure = o.Secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = o.Persist
	return &Sessions{scs: m, device: m.Cookie.Name + "_device", secure: o.Secure}
}

// Session keys.
const (
	keySignedIn = "signed_in" // id of the engine's session
	keyMessage  = "message"   // shown once on the next page
)

// Load is the middleware that reads the session; Save writes it.
func (s *Sessions) Load(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Add("Vary", "Cookie")
		token := ""
		if cookie, err := c.Cookie(s.scs.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := s.scs.Load(c.Request().Context(), token)
		if err != nil {
			return fmt.Errorf("loading session: %w", err)
		}
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// Save stores a changed session and sets its cookie; every answer of a face
// goes through it before the first byte.
func (s *Sessions) Save(c echo.Context) error {
	ctx := c.Request().Context()
	switch s.scs.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.scs.Commit(ctx)
		if err != nil {
			return fmt.Errorf("saving session: %w", err)
		}
		s.scs.WriteSessionCookie(ctx, c.Response(), token, expiry)
	case scs.Destroyed:
		s.scs.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	case scs.Unmodified:
	}
	return nil
}

// SignIn ties this browser to a session of the engine. The token changes, so
// that one planted before is worth nothing.
func (s *Sessions) SignIn(ctx context.Context, sessionID string) error {
	if err := s.Renew(ctx); err != nil {
		return err
	}
	s.scs.Put(ctx, keySignedIn, sessionID)
	return nil
}

// Renew changes the token: what was stolen before is worth nothing.
func (s *Sessions) Renew(ctx context.Context) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing session token: %w", err)
	}
	return nil
}

// SignOut forgets everything about this browser.
func (s *Sessions) SignOut(ctx context.Context) error {
	if err := s.scs.Destroy(ctx); err != nil {
		return fmt.Errorf("ending session: %w", err)
	}
	return nil
}

// SignedIn returns the id of the engine's session, "" when nobody is signed in.
// Whether it still is one, the engine knows.
func (s *Sessions) SignedIn(ctx context.Context) string { return s.scs.GetString(ctx, keySignedIn) }

// deviceLife is how long a browser is known for the one it was.
const deviceLife = 400 * 24 * time.Hour

// Device returns the random text by which this browser is known again after a
// sign-out, and gives it one when it has none. It opens nothing: it only tells
// a sign-in from a known browser from one that is new.
func (s *Sessions) Device(c echo.Context) string {
	value := s.KnownDevice(c)
	if value == "" {
		value = rand.Text() + rand.Text()
	}
	c.SetCookie(&http.Cookie{
		Name: s.device, Value: value, Path: "/", MaxAge: int(deviceLife.Seconds()),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return value
}

// KnownDevice returns that text when the browser has one, else "".
func (s *Sessions) KnownDevice(c echo.Context) string {
	if cookie, err := c.Cookie(s.device); err == nil && len(cookie.Value) == deviceLength {
		return cookie.Value
	}
	return ""
}

const deviceLength = 52 // two texts of 26 characters, 256 bits and more

// Put, Get and Remove keep small texts in the session.
func (s *Sessions) Put(ctx context.Context, key, value string) { s.scs.Put(ctx, key, value) }

// Get returns a kept text or "".
func (s *Sessions) Get(ctx context.Context, key string) string { return s.scs.GetString(ctx, key) }

// Remove forgets a kept text.
func (s *Sessions) Remove(ctx context.Context, key string) { s.scs.Remove(ctx, key) }

// Say keeps a sentence for the next page.
func (s *Sessions) Say(ctx context.Context, sentence string) { s.scs.Put(ctx, keyMessage, sentence) }

// Said returns the sentence once.
func (s *Sessions) Said(ctx context.Context) string { return s.scs.PopString(ctx, keyMessage) }
