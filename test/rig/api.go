package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// API is a client of the REST face. It never retries by itself.
type API struct {
	Base   string // http://host:port/api/v1
	Token  string
	client *http.Client
}

// NewAPI returns a client; each request opens a connection of its own, so that
// a killed server is never hidden by a kept one.
func NewAPI(base, token string) *API {
	return &API{Base: base, Token: token, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Answer is what came back: the status and the members that callers decide by.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	Operation   struct { // of 202 and of GET /operations/{id}
		ID, State string
	}
	Problem struct { // of an error
		Type, Code, Detail string
		OperationID        string `json:"operation_id"`
	}
}

// Do sends one request. An error means that no whole answer came: whether the
// request was carried out is then unknown.
func (a *API) Do(ctx context.Context, limit time.Duration, method, path, key string, in any) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return Answer{}, fmt.Errorf("encoding request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Base+path, body)
	if err != nil {
		return Answer{}, fmt.Errorf("asking the API: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("asking the API: %w", err)
	}
	defer resp.Body.Close()
	out := Answer{Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type")}
	if out.Body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20)); err != nil {
		return out, fmt.Errorf("reading the API's answer: %w", err)
	}
	var target any = &out.Operation
	if out.Status >= 400 {
		target = &out.Problem
	}
	if err := json.Unmarshal(out.Body, target); err != nil {
		return out, fmt.Errorf("the API answered %d with no JSON: %.200s", out.Status, out.Body)
	}
	return out, nil
}
