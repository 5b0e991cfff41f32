package registrar

import "context"

// RegistryPasswordChanged records that the password of a registry account is
// another one now. The password itself is no concern of the engine.
func (e *Engine) RegistryPasswordChanged(ctx context.Context, by Actor, registry string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "registry.rotate_password", "registry", registry, "", nil, nil))
	})
}
