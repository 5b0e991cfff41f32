package web_test

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

// forever is a session store without expiry of its own.
type forever struct{ *memstore.MemStore }

func (f forever) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return f.Find(token) }

func (f forever) CommitCtx(_ context.Context, token string, b []byte, _ time.Time) error {
	return f.Commit(token, b, time.Now().Add(1000*time.Hour))
}

func (f forever) DeleteCtx(_ context.Context, token string) error { return f.Delete(token) }
