package registrar_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestAllExpiredKeysGo removes more keys than one page holds.
func TestAllExpiredKeysGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	past := time.Now().Add(-time.Hour)
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		for i := range 1100 {
			if _, _, err := tx.BindKey(t.Context(), registrar.IdempotencyKey{Scope: "cus_x", Key: fmt.Sprint(i), BodyDigest: "aa", CreatedAt: past, ExpiresAt: past}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.PurgeKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := 0
	err = w.store.InTx(t.Context(), func(tx registrar.Tx) (err error) {
		left, err = tx.PurgeKeys(t.Context(), time.Now(), 500)
		return err
	})
	if err != nil || left != 0 {
		t.Errorf("%d expired keys were left, %v", left, err)
	}
}

// TestReplicasChainTogether has several processes chain the same events.
func TestReplicasChainTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg, listed sync.WaitGroup
	listed.Add(4)
	for i := range 4 {
		e := w.newEngine(&aged{Store: w.store, listed: &listed}, fmt.Sprint("chain", i))
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := e.ChainAudit(t.Context()); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	if err := w.engine.ChainAudit(t.Context()); err != nil {
		t.Error(err)
	}
	if err := w.store.VerifyAudit(t.Context(), func(id, problem string) { t.Errorf("%s: %s", id, problem) }); err != nil {
		t.Error(err)
	}
	if left, err := w.store.UnchainedAudit(t.Context(), 0, 10); err != nil || len(left) != 0 {
		t.Errorf("%d events are not chained, %v", len(left), err)
	}
}

// aged is a store whose audit events are all old enough to be chained; replicas
// that list for the first time wait for each other.
type aged struct {
	registrar.Store
	listed *sync.WaitGroup
	once   sync.Once
}

func (a *aged) UnchainedAudit(ctx context.Context, _ time.Duration, limit int) ([]registrar.AuditDigest, error) {
	list, err := a.Store.UnchainedAudit(ctx, 0, limit)
	a.once.Do(func() { a.listed.Done(); a.listed.Wait() })
	return list, err
}
