package house

import (
	"context"
	"fmt"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar/agreement"
)

// agreements reads the operator's registration agreement; nil is the sample's.
func (h *house) agreements() ([]agreement.Text, error) {
	texts, err := h.cfg.Registrar.AgreementTexts()
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	if texts == nil && !h.cfg.Sandbox && h.cfg.Has(config.RoleWeb) {
		h.log.Warn("no registrar.agreements are configured: customers accept the sample text that comes with the program")
	}
	return texts, nil
}

// keepAgreements keeps the texts in force. A text that changed under its version
// ends the process: it is found here rather than at the first order.
func (h *house) keepAgreements(ctx context.Context) error {
	return h.untilThere(ctx, "keeping the registration agreement", h.engine.OpenAgreements)
}
