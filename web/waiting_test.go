package web_test

import (
	"testing"

	"github.com/indera/indera/registrar"
)

// TestHomeSaysWhatWaits: home is calm only while nothing waits for a person, and
// shows each role what it can open.
func TestHomeSaysWhatWaits(t *testing.T) {
	h := frozenHouse(t)
	_, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	grace.get("/admin").has("Nothing waits for a person")
	now := h.clock.Now()
	write := func(do func(tx registrar.Tx) error) { h.must(h.store.InTx(t.Context(), do)) }
	write(func(tx registrar.Tx) error {
		return tx.InsertPayment(t.Context(), registrar.Payment{ID: "pay_1", CustomerID: user.CustomerID, Provider: "stripe", State: registrar.PaymentNeedsReview,
			Amount: registrar.Money{Minor: 500, Currency: "USD"}, Key: "k", CreatedAt: now, LookAt: now})
	})
	grace.get("/admin").has("1 payment needs review").hasNot("Nothing waits for a person")
	write(func(tx registrar.Tx) error {
		for id, why := range map[string]registrar.WebhookOff{"whe_1": registrar.OffFailing, "whe_2": registrar.OffByHand} {
			err := tx.InsertWebhookEndpoint(t.Context(), registrar.WebhookEndpoint{ID: id, URL: "https://hooks.example.com/", CreatedAt: now, OffAt: &now, OffWhy: why, Sealed: "x"})
			if err != nil {
				return err
			}
		}
		return nil
	})
	grace.get("/admin").has("1 webhook of ours was turned off after failures")
}
