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

// Control speaks to the control port of one sandbox registry.
type Control struct {
	Base   string // http://host:port
	client *http.Client
}

// NewControl returns a client of a control port.
func NewControl(base string) *Control {
	return &Control{Base: base, client: &http.Client{Timeout: 10 * time.Second}}
}

// Fault is an order to misbehave, as the sandbox's control port takes it.
type Fault struct {
	Kind    string `json:"kind"`
	Verb    string `json:"verb,omitempty"`
	Object  string `json:"object,omitempty"`
	Count   int    `json:"count,omitempty"`
	DelayMS int    `json:"delay_ms,omitempty"`
	Code    int    `json:"code,omitempty"`
	Limit   int    `json:"limit,omitempty"`
	Hits    int    `json:"hits,omitempty"` // answered only
}

// AddFault adds a standing order.
func (c *Control) AddFault(ctx context.Context, f Fault) error {
	return c.call(ctx, http.MethodPost, "/faults", f, nil)
}

// Faults lists the orders since the last ClearFaults with their hits.
func (c *Control) Faults(ctx context.Context) ([]Fault, error) {
	var out []Fault
	err := c.call(ctx, http.MethodGet, "/faults", nil, &out)
	return out, err
}

// ClearFaults ends all misbehaviour.
func (c *Control) ClearFaults(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, "/faults", nil, nil)
}

// SetFunds sets the prepaid balance of an account, in minor units.
func (c *Control) SetFunds(ctx context.Context, account string, minor int64) error {
	return c.call(ctx, http.MethodPost, "/funds", map[string]any{"account": account, "set_minor": minor}, nil)
}

// SetLatency sets answer delays by verb, in milliseconds; "*" is all others.
func (c *Control) SetLatency(ctx context.Context, ms map[string]int) error {
	return c.call(ctx, http.MethodPost, "/latency", ms, nil)
}

// Funds returns the prepaid balance of an account, in minor units.
func (c *Control) Funds(ctx context.Context, account string) (int64, error) {
	var state struct {
		Accounts []struct {
			ClientID     string `json:"client_id"`
			BalanceMinor int64  `json:"balance_minor"`
		} `json:"accounts"`
	}
	if err := c.call(ctx, http.MethodGet, "/state", nil, &state); err != nil {
		return 0, err
	}
	for _, a := range state.Accounts {
		if a.ClientID == account {
			return a.BalanceMinor, nil
		}
	}
	return 0, fmt.Errorf("the registry has no account %s", account)
}

// CloseSessions cuts every connection and returns how many there were.
func (c *Control) CloseSessions(ctx context.Context) (int, error) {
	var out struct{ Closed int }
	err := c.call(ctx, http.MethodPost, "/sessions/close", struct{}{}, &out)
	return out.Closed, err
}

func (c *Control) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding for the control port: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return fmt.Errorf("asking the control port: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the control port: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("reading the control port: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("control port: %s %s: %d %s", method, path, resp.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decoding the control port's answer: %w", err)
	}
	return nil
}
