package ui

import (
	"context"
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
	Idle     time.Duration
	Persist  bool // the cookie survives closing the browser
	Now      func() time.Time
}

// Sessions keeps who is signed in, for one face. Only digests of tokens are
// stored. A visitor who has nothing to remember gets no cookie.
type Sessions struct {
	scs      *scs.SessionManager
	lifetime time.Duration
	idle     time.Duration
	now      func() time.Time
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
	return &Sessions{scs: m, lifetime: o.Lifetime, idle: o.Idle, now: o.Now}
}

// Session keys.
const (
	keyUser    = "user"    // id of the signed-in user
	keySince   = "since"   // unix seconds of the sign-in
	keySeen    = "seen"    // unix seconds of the last request, give or take seenGrain
	keyMessage = "message" // shown once on the next page
)

// seenGrain keeps a busy session from being written at each request.
const seenGrain = time.Minute

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

// SignIn makes the session that of a user. The token changes, so that one
// planted before is worth nothing.
func (s *Sessions) SignIn(ctx context.Context, userID string) error {
	if err := s.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing session token: %w", err)
	}
	now := s.now().Unix()
	s.scs.Put(ctx, keyUser, userID)
	s.scs.Put(ctx, keySince, now)
	s.scs.Put(ctx, keySeen, now)
	return nil
}

// SignOut forgets the whole session.
func (s *Sessions) SignOut(ctx context.Context) error {
	if err := s.scs.Destroy(ctx); err != nil {
		return fmt.Errorf("ending session: %w", err)
	}
	return nil
}

// UserID returns who is signed in, "" when nobody is. A session that is too old
// or was idle for too long, by business time, ends here.
func (s *Sessions) UserID(ctx context.Context) (string, error) {
	id := s.scs.GetString(ctx, keyUser)
	if id == "" {
		return "", nil
	}
	now := s.now()
	since := time.Unix(s.scs.GetInt64(ctx, keySince), 0)
	seen := time.Unix(s.scs.GetInt64(ctx, keySeen), 0)
	if now.Sub(since) >= s.lifetime || now.Sub(seen) >= s.idle {
		return "", s.SignOut(ctx)
	}
	if now.Sub(seen) >= seenGrain {
		s.scs.Put(ctx, keySeen, now.Unix())
	}
	return id, nil
}

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
