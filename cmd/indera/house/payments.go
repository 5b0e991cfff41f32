package house

import (
	"fmt"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
)

// payments is the list of ways to pay, in the order offered. A process that
// neither shows pages nor runs jobs has no need of a provider, nor of its keys.
func (h *house) payments() ([]registrar.Payments, map[string]registrar.MoneyLimits, error) {
	limits, err := h.cfg.Payments.MoneyLimits()
	if err != nil {
		return nil, nil, fmt.Errorf("payments.limits: %w", err)
	}
	if !h.cfg.Has(config.RoleWeb) && !h.cfg.Has(config.RoleScheduler) {
		return nil, limits, nil
	}
	card, err := h.cfg.Payments.Stripe.Open(h.cfg.Sandbox)
	if err != nil {
		return nil, nil, fmt.Errorf("payments.stripe: %w", err)
	}
	if card == nil {
		return nil, limits, nil
	}
	return []registrar.Payments{card}, limits, nil
}
