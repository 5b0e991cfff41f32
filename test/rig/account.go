package rig

import (
	"context"
	"errors"
	"fmt"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// Customer is an account with money and an API token that may do everything.
type Customer struct {
	ID, Token string
}

// mostAtOnce is what one test top-up may bring, in minor units.
const mostAtOnce = 100_000

// NewCustomer makes a customer with test money, through the engine, in a
// database that is migrated.
func NewCustomer(ctx context.Context, cfg store.Config, email string, minor int64) (c Customer, err error) {
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return c, fmt.Errorf("making a customer: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e, err := registrar.New(registrar.Options{Store: s, Holder: "rig", Sandbox: true})
	if err != nil {
		return c, fmt.Errorf("making a customer: %w", err)
	}
	by := registrar.System("rig")
	customer, user, err := e.SignUp(ctx, by, registrar.SignUp{Name: "Rig Customer", Email: email, Password: "a password of the rig"})
	if err != nil {
		return c, fmt.Errorf("making a customer: %w", err)
	}
	for n := 0; minor > 0; n++ {
		part := min(minor, mostAtOnce)
		if err := e.TestTopUp(ctx, by, customer.ID, registrar.Money{Minor: part, Currency: customer.Currency}, fmt.Sprintf("rig-%d", n)); err != nil {
			return c, fmt.Errorf("giving the customer money: %w", err)
		}
		minor -= part
	}
	token, _, err := e.IssueToken(ctx, by, user, "rig", registrar.AllScopes, nil)
	if err != nil {
		return c, fmt.Errorf("making a token: %w", err)
	}
	return Customer{ID: customer.ID, Token: token}, nil
}
