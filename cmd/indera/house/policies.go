package house

import (
	"fmt"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
)

// openPolicies makes the engine follow each policy, in every role: a renewal
// that a worker settles ends the duties of its cycle. The list of jobs runs them.
func (h *house) openPolicies() error {
	c := h.cfg.Policies.ERRP
	var err error
	h.errp, err = errp.New(errp.Options{
		Engine: h.engine, Logger: h.log.With("policy", errp.Name), Exempt: c.Exempt,
		Brake: registrar.BrakeLimit{Share: c.BrakeShare, Floor: c.BrakeFloor},
	})
	if err != nil {
		return fmt.Errorf("policy %s: %w", errp.Name, err)
	}
	return nil
}
