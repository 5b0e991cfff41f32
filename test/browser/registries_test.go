package browser

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/indera/indera/registrar"
)

// registriesTell shows what a registry wrote and where it disagrees with us, and
// settles both.
func registriesTell(w *behind, g *tab) {
	ctx, run := w.t.Context(), rand.IntN(1_000_000)
	id := func(prefix string) string { return fmt.Sprintf("%s_01k9zq3v1c7p0e4v8n%06d", prefix, run) }
	w.must(w.store.InTx(ctx, func(tx registrar.Tx) error {
		now := time.Now().UTC().Truncate(time.Microsecond)
		_, err := tx.InsertQueueMessage(ctx, registrar.QueueMessage{
			ID: id("msg"), Registry: "sandbox-a", MessageID: id("q"), QueuedAt: now, ReceivedAt: now, Text: "Domain is subject to a dispute", SvTRID: "SV-1",
			Frame: []byte("<epp><response><msgQ id=\"1\"><msg>Domain is subject to a dispute</msg></msgQ></response></epp>"), Object: "garden.shop", Kinds: "change",
			Events: []registrar.RegistryEvent{{Kind: registrar.ToldUnknown}}, State: registrar.MessageWaiting, DueAt: now,
			Note: "The registry acted on the name because of case D2026-0001 (udrp).",
		})
		if err != nil {
			return err
		}
		return tx.InsertDifference(ctx, registrar.Difference{
			ID: id("dif"), Registry: "sandbox-a", Name: fmt.Sprintf("unknown-%06d.shop", run), Kind: registrar.DiffOnlyThere, Theirs: "on the registry's list of our names",
			State: registrar.DiffOpen, FoundAt: now, SeenAt: now,
		})
	}))
	g.visit("/admin/messages")
	g.sees("Domain is subject to a dispute")
	g.examine("admin-messages")
	g.visit("/admin/messages/" + id("msg"))
	g.sees("case D2026-0001")
	g.examine("admin-message")
	g.fill("note", "Asked the provider.")
	g.press("Settled")
	g.sees("Asked the provider.")
	g.visit("/admin/differences")
	g.sees(fmt.Sprintf("unknown-%06d.shop", run))
	g.examine("admin-differences")
	g.visit("/admin/differences/" + id("dif"))
	g.sees("Unknown here")
	g.examine("admin-difference")
	g.press("Open a case…")
	g.fill("reason", "Asked the registry.")
	g.do(chromedp.Click(chromedp.CSS("form[action$='/case'] button")))
	g.sees("Asked the registry.")
}
