package registrar

import (
	"context"
	"fmt"
	"time"
)

const (
	// chainAge lets transactions that began earlier commit first, so that the
	// chain's order is close to the order of events.
	chainAge   = 5 * time.Second
	chainBatch = 500
	purgeBatch = 500 // as many as one page holds
)

// ChainAudit appends all settled audit events to the evidence chain.
func (e *Engine) ChainAudit(ctx context.Context) error {
	for ctx.Err() == nil {
		events, err := e.store.UnchainedAudit(ctx, chainAge, chainBatch)
		if err != nil {
			return fmt.Errorf("listing unchained audit events: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		err = e.store.InTx(ctx, func(tx Tx) error { return tx.ChainAudit(ctx, events, e.Now()) })
		if KindOf(err) == KindConflict {
			return nil // another replica is at it
		}
		if err != nil {
			return fmt.Errorf("chaining audit events: %w", err)
		}
		if len(events) < chainBatch {
			return nil
		}
	}
	return ctx.Err()
}

// PurgeKeys removes expired idempotency keys.
func (e *Engine) PurgeKeys(ctx context.Context) error {
	for ctx.Err() == nil {
		var n int
		err := e.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = tx.PurgeKeys(ctx, e.Now(), purgeBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("purging idempotency keys: %w", err)
		}
		if n < purgeBatch {
			return nil
		}
	}
	return ctx.Err()
}
