package demo

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

const credentialsFile = "credentials.json"

// login is one pair of credentials.
type login struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// credentials are made at the first start and kept, mode 0600.
type credentials struct {
	Customer   login             `json:"customer"`
	Staff      login             `json:"staff"`
	APIToken   string            `json:"api_token"`
	Registries map[string]string `json:"registries"` // EPP passwords by registry
}

func loadCredentials(path string) (*credentials, error) {
	c := &credentials{}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("reading the demo's credentials: %w", err)
	default:
		if err := json.Unmarshal(raw, c); err != nil {
			return nil, fmt.Errorf("reading %s: %w; --fresh starts anew", path, err)
		}
	}
	if c.complete() {
		return c, c.save(path)
	}
	return c, nil
}

// complete makes what is missing and reports whether anything was.
func (c *credentials) complete() bool {
	changed := false
	fill := func(field *string, value string) {
		if *field == "" {
			*field, changed = value, true
		}
	}
	fill(&c.Customer.Email, "customer@demo.example")
	fill(&c.Customer.Password, newPassword())
	fill(&c.Staff.Email, "staff@demo.example")
	fill(&c.Staff.Password, newPassword())
	if c.Registries == nil {
		c.Registries = make(map[string]string)
	}
	for _, r := range registries {
		if c.Registries[r.name] == "" {
			c.Registries[r.name], changed = newPassword(), true
		}
	}
	return changed
}

// newPassword is easy to type: 14 letters and digits in two groups, 60 random
// bits, within the 16 characters that EPP allows (RFC 5730 §4, pwType).
func newPassword() string {
	t := strings.ToLower(rand.Text())
	return t[:6] + "-" + t[6:12]
}

func (c *credentials) save(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the demo's credentials: %w", err)
	}
	return writeFile(path, append(raw, '\n'))
}
