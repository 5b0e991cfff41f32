package registrar

import (
	"context"
	"time"
)

// Prices asks a registry what it takes (RFC 8748 and the drafts before it, or the
// registry's own way).
type Prices interface {
	// Prices asks for the registry's price of each query; answers come in the
	// order of the queries. A query that the registry does not answer has
	// Known = false.
	Prices(ctx context.Context, queries []PriceQuery) ([]RegistryPrice, error)
	// Balance asks for the state of our account at the registry.
	Balance(ctx context.Context) (Balance, error)
}

// PriceAction is a priced command.
type PriceAction string

// The priced commands.
const (
	PriceCreate   PriceAction = "create"
	PriceRenew    PriceAction = "renew"
	PriceTransfer PriceAction = "transfer"
	PriceRestore  PriceAction = "restore"
)

// PriceQuery asks for one price.
type PriceQuery struct {
	Name   string
	Action PriceAction
	Years  int // 0 with a restore, or for the registry's default
}

// RegistryPrice is a registry's answer: what it takes from our account.
type RegistryPrice struct {
	PriceQuery
	Known    bool
	Amount   Money  // total of fees and credits
	Class    string // "" or "standard": list price; else the tier's name
	Premium  bool   // the price is not the list price
	Reason   string // when not Known: the registry's words
	NotAfter time.Time
}

// Balance is the state of our account at a registry.
type Balance struct {
	Available   Money // what can be spent, credit included
	Balance     *Money
	CreditLimit *Money
	Threshold   *Money // below it the registry warns
}
