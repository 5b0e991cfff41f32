package browser

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/indera/indera/registrar"
)

// oursUnpaid shows what a dispute of spent money leaves behind, to the customer
// and to staff, who ask to write it off.
func oursUnpaid(w *behind, g, b *tab) {
	ctx, run := w.t.Context(), rand.IntN(1_000_000)
	id := func(prefix string) string { return fmt.Sprintf("%s_01k9zq3v1c7p0e4v8n%06d", prefix, run) }
	w.must(w.store.InTx(ctx, func(tx registrar.Tx) error {
		now := time.Now().UTC().AddDate(0, 0, -3)
		pay := registrar.Payment{ID: id("pay"), CustomerID: w.customer, Provider: "stripe", Ref: id("cs"), Amount: registrar.Money{Minor: 25_00, Currency: "USD"},
			State: registrar.PaymentSucceeded, Key: id("key"), CreatedAt: now, FinishedAt: &now, LookAt: now}
		if err := tx.InsertPayment(ctx, pay); err != nil {
			return err
		}
		owed, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountReceivable, Owner: w.customer, Currency: "USD"})
		if err != nil {
			return err
		}
		till, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountClearing, Owner: "stripe", Currency: "USD"})
		if err != nil {
			return err
		}
		p := registrar.Posting{ID: id("pst"), Kind: registrar.PostingReturn, Ref: id("mov"), At: now}
		p.Entries = []registrar.Entry{{ID: id("ena"), PostingID: p.ID, AccountID: owed.ID, Minor: -20_00}, {ID: id("enb"), PostingID: p.ID, AccountID: till.ID, Minor: 20_00}}
		if err := tx.Post(ctx, p); err != nil {
			return err
		}
		return tx.PutReceivable(ctx, registrar.Receivable{ID: id("rcv"), CustomerID: w.customer, Kind: registrar.ReceivableReturned, Ref: pay.ID,
			Total: registrar.Money{Minor: 25_00, Currency: "USD"}, Open: 20_00, State: registrar.ReceivableOpen, OpenedAt: now})
	}))
	b.visit("/wallet")
	b.sees("$20.00 is owed.")
	b.examine("wallet-owed")
	g.visit("/admin/receivables")
	g.sees("$20.00")
	g.sees("3 days")
	g.examine("admin-receivables")
	g.visit("/admin/receivables/" + id("rcv"))
	g.sees("From the balance")
	g.examine("admin-receivable")
	g.press("Write off…")
	g.fill("reason", "The customer is insolvent.")
	g.do(chromedp.Click(chromedp.CSS("form[action$='/write-off'] button")))
	g.proves(w.d.Staff.Password)
	g.sees("waits for a second person")
}
