package config

import (
	"fmt"
	"strings"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/registrar"
)

// Payments is how money comes in, and what staff may move.
type Payments struct {
	LookAfter Duration     `key:"look_after" default:"5m" validate:"min=1s" doc:"A payment that its provider has not reported on by then is looked up there, and again in growing pauses."`
	Limits    []MoneyLimit `key:"limits" validate:"unique=Currency,dive"`
	Stripe    Stripe       `key:"stripe"`
}

// MoneyLimit bounds money movements in one currency.
type MoneyLimit struct {
	Currency string  `key:"currency" validate:"required,iso4217" doc:"The currency these limits are for. Without any limits, registrar.currency has 10, 5000 and 200."`
	Min      Decimal `key:"top_up_min" validate:"required,decimal" doc:"Smallest top-up."`
	Max      Decimal `key:"top_up_max" validate:"required,decimal" doc:"Largest top-up."`
	Alone    Decimal `key:"staff_alone" validate:"required,decimal" doc:"What one staff user may credit and debit per day (UTC), over all customers; beyond it a second one has to release it."`
}

// Stripe is a Stripe account that takes top-ups.
type Stripe struct {
	KeyFile     string   `key:"key_file" file:"yes" validate:"required_with=WebhookFile" doc:"File that holds the secret or restricted API key on one line; absent: Stripe is not offered. A test key is taken in a sandbox only, a live key outside only."`
	WebhookFile string   `key:"webhook_secret_file" file:"yes" validate:"required_with=KeyFile" doc:"File that holds the signing secret (whsec_…) of the webhook endpoint on one line."`
	APIURL      string   `key:"api_url" default:"https://api.stripe.com" validate:"http_url" doc:"Where the API is."`
	PageOrigin  string   `key:"page_origin" default:"https://checkout.stripe.com" validate:"http_url" doc:"Scheme and host of the payment page; another one only with a custom domain at Stripe."`
	Label       string   `key:"label" default:"Card, by Stripe" validate:"max=60" doc:"What customers read on the button."`
	Timeout     Duration `key:"timeout" default:"8s" validate:"min=100ms,max=30s" doc:"One exchange with the API."`
	Retries     int      `key:"retries" default:"1" validate:"min=1,max=5" doc:"Further exchanges after one that may safely be repeated."`
}

// MoneyLimits translates the limits; nil when none are given.
func (p Payments) MoneyLimits() (map[string]registrar.MoneyLimits, error) {
	if len(p.Limits) == 0 {
		return nil, nil
	}
	out := make(map[string]registrar.MoneyLimits, len(p.Limits))
	for _, l := range p.Limits {
		var minor [3]int64
		for i, d := range []Decimal{l.Min, l.Max, l.Alone} {
			m, err := registrar.ParseMoney(string(d), l.Currency)
			if err != nil {
				return nil, err
			}
			minor[i] = m.Minor
		}
		if minor[0] <= 0 || minor[1] < minor[0] {
			return nil, fmt.Errorf("%s: want 0 < top_up_min <= top_up_max", l.Currency)
		}
		out[l.Currency] = registrar.MoneyLimits{TopUpMin: minor[0], TopUpMax: minor[1], Alone: minor[2]}
	}
	return out, nil
}

// Secrets reads API key and webhook secret.
func (s Stripe) Secrets() (key, webhook string, err error) {
	if key, err = (Secret{PasswordFile: s.KeyFile}).Password(""); err != nil {
		return "", "", fmt.Errorf("key_file: %w", err)
	}
	if webhook, err = (Secret{PasswordFile: s.WebhookFile}).Password(""); err != nil {
		return "", "", fmt.Errorf("webhook_secret_file: %w", err)
	}
	return strings.TrimSpace(key), strings.TrimSpace(webhook), nil
}

// Open returns the configured provider, nil when there is none. Test money may
// never become a real balance, and a sandbox may never take real money.
func (s Stripe) Open(sandbox bool) (*stripe.Provider, error) {
	if s.KeyFile == "" {
		return nil, nil
	}
	key, webhook, err := s.Secrets()
	if err != nil {
		return nil, err
	}
	if live, ok := stripe.LiveKey(key); ok && live == sandbox {
		if sandbox {
			return nil, fmt.Errorf("key_file holds a live key, but this is a sandbox")
		}
		return nil, fmt.Errorf("key_file holds a test key, but this is no sandbox: test money would become balance")
	}
	return stripe.New(stripe.Options{
		Key: key, WebhookSecret: webhook, APIURL: strings.TrimSuffix(s.APIURL, "/"), PageOrigin: strings.TrimSuffix(s.PageOrigin, "/"),
		Label: s.Label, Timeout: s.Timeout, Retries: s.Retries,
	})
}
