package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMoneyLimits(t *testing.T) {
	c, err := Load(write(t, minimal+`
payments:
  limits:
    - {currency: USD, top_up_min: 5, top_up_max: "2000.00", staff_alone: 0}
    - {currency: JPY, top_up_min: 1000, top_up_max: 200000, staff_alone: 20000}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Payments.MoneyLimits()
	if err != nil || got["USD"] != (registrar.MoneyLimits{TopUpMin: 500, TopUpMax: 200000}) || got["JPY"] != (registrar.MoneyLimits{TopUpMin: 1000, TopUpMax: 200000, Alone: 20000}) {
		t.Errorf("limits %+v, %v", got, err)
	}
	if c, err = Load(write(t, minimal)); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Payments.MoneyLimits(); got != nil || err != nil {
		t.Errorf("without limits: %+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"{currency: USD, top_up_min: 10, top_up_max: 5, staff_alone: 0}":    "payments.limits: USD: want 0 < top_up_min <= top_up_max",
		"{currency: USD, top_up_min: 0, top_up_max: 5, staff_alone: 0}":     "payments.limits: USD: want 0 < top_up_min <= top_up_max",
		"{currency: JPY, top_up_min: 10.50, top_up_max: 5, staff_alone: 0}": "payments.limits:",
		"{currency: dollars, top_up_min: 1, top_up_max: 5, staff_alone: 0}": "ISO 4217",
		"{currency: USD, top_up_min: 1, top_up_max: 5, staff_alone: -1}":    "staff_alone",
	} {
		if _, err := Load(write(t, minimal+"payments: {limits: ["+text+"]}\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestStripeKeysFitTheDeployment keeps test money out of real balances and real
// money out of a sandbox.
func TestStripeKeysFitTheDeployment(t *testing.T) {
	for name, tc := range map[string]struct {
		sandbox      bool
		key, webhook string
		problem      string // "" = fine
	}{
		"test key in a sandbox": {sandbox: true, key: "sk_test_abc", webhook: "whsec_abc"},
		"live key in earnest":   {key: "rk_live_abc", webhook: "whsec_abc"},
		"test key in earnest":   {key: "sk_test_abc", webhook: "whsec_abc", problem: "test money would become balance"},
		"live key in a sandbox": {sandbox: true, key: "sk_live_abc", webhook: "whsec_abc", problem: "holds a live key"},
		"no key at all":         {key: "hello", webhook: "whsec_abc", problem: "API key does not begin"},
		"empty webhook secret":  {key: "sk_live_abc", webhook: "", problem: "webhook_secret_file"},
	} {
		s := Stripe{KeyFile: secretFile(t, tc.key), WebhookFile: secretFile(t, tc.webhook)}
		p, err := s.Open(tc.sandbox)
		if tc.problem == "" {
			if err != nil || p == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tc.problem) || tc.key != "hello" && strings.Contains(err.Error(), "_abc") {
			t.Errorf("%s: %v, want %q", name, err, tc.problem)
		}
	}
	if p, err := (Stripe{}).Open(false); p != nil || err != nil {
		t.Errorf("without a key: %v, %v", p, err)
	}
	if _, err := Load(write(t, minimal+"payments: {stripe: {key_file: x}}\n")); err == nil || !strings.Contains(err.Error(), "webhook_secret_file is missing") {
		t.Errorf("a key without webhook secret: %v", err)
	}
}
