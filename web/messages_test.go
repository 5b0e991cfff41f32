package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestMessagesOfRegistries: what waits is found, read with its frame, and settled
// once, with a note, by who may.
func TestMessagesOfRegistries(t *testing.T) {
	h := frozenHouse(t)
	grace := h.staff()
	checkMarkup(t, "none", grace.get("/admin/messages").is(http.StatusOK).has("No message waits"))
	put := func(id, object string, state registrar.QueueMessageState) {
		m := registrar.QueueMessage{
			ID: "msg_" + id, Registry: "sandbox-a", MessageID: "q" + id, QueuedAt: h.clock.Now(), ReceivedAt: h.clock.Now(), Text: "Words " + id + " <b>",
			SvTRID: "SV-" + id, Frame: []byte("<epp><msg>x &amp; y</msg></epp>"), Object: object, Kinds: "unknown",
			Events: []registrar.RegistryEvent{{Kind: registrar.ToldUnknown}}, State: state, DueAt: h.clock.Now(), Note: "Nobody here knows " + id + ".",
		}
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { _, err := tx.InsertQueueMessage(t.Context(), m); return err }))
	}
	put("1", "a.shop", registrar.MessageWaiting)
	put("2", "", registrar.MessageApplied)
	put("3", "b.shop", registrar.MessageNew)
	grace.get("/admin").has("1 message of a registry needs a look")
	checkMarkup(t, "waiting", grace.get("/admin/messages").has("Words 1").hasNot("Words 2"))
	checkMarkup(t, "applied", grace.get("/admin/messages?state=applied").has("Words 2").hasNot("Words 1"))
	grace.get("/admin/messages?state=new&registry=elsewhere").has("No message is in this state")
	grace.get("/admin/messages?object=B.shop").has("Words 3").hasNot("Words 1")
	grace.get("/admin/messages?object=c.shop").has("No message is about this name")
	for _, id := range []string{"1", "2", "3"} {
		checkMarkup(t, id, grace.get("/admin/messages/msg_"+id).is(http.StatusOK).has("&lt;msg&gt;x &amp;amp; y&lt;/msg&gt;"))
	}
	grace.get("/admin/messages/msg_9").is(http.StatusNotFound)

	auditor := h.colleague("auditor", registrar.RoleStaffAuditor)
	auditor.get("/admin/messages/msg_1").is(http.StatusOK).hasNot("/settle")
	auditor.post("/admin/messages/msg_1/settle", url.Values{"note": {"x"}}).is(http.StatusForbidden)
	grace.get("/admin/messages/msg_1")
	checkMarkup(t, "without a note", grace.post("/admin/messages/msg_1/settle", url.Values{"note": {" "}}).is(http.StatusUnprocessableEntity).has("Say what was done"))
	grace.post("/admin/messages/msg_1/settle", url.Values{"note": {"Asked them."}}).is(http.StatusSeeOther)
	grace.get("/admin/messages/msg_1").has("Asked them.").has("Message of a registry settled").hasNot("/settle")
	grace.post("/admin/messages/msg_1/settle", url.Values{"note": {"again"}}).is(http.StatusConflict)
	grace.get("/admin").hasNot("message of a registry needs")
}
