package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestQueuedCommandIsCancelledByStaff: what waits for a registry that is not
// connected any more can be ended, with a reason.
func TestQueuedCommandIsCancelledByStaff(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	ada.buy("garden.shop")
	h.stop()
	op, err := h.engine.ChangeNameServers(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}, user.CustomerID, "garden.shop", []string{"ns1.elsewhere.example", "ns2.elsewhere.example"}, nil)
	h.must(err)
	cmds, err := h.store.CommandsOf(t.Context(), op.ID)
	h.must(err)
	grace := h.staff()
	path := "/admin/commands/" + cmds[0].ID
	checkMarkup(t, "command", grace.get(path).is(http.StatusOK).has("Cancel…", "The rest of the operation is cancelled"))
	ada.post(path+"/cancel", url.Values{"reason": {"x"}}).leadsTo("/admin/sign-in")
	grace.post(path+"/cancel", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/cancel", url.Values{"reason": {"the registry has gone"}}).leadsTo(path)
	grace.get(path).has("The command is cancelled.", "the registry has gone", "Command cancelled by hand").hasNot("Cancel…")
	grace.post(path+"/cancel", url.Values{"reason": {"again"}}).is(http.StatusConflict).has("Only a command that is queued can be cancelled")
	ada.get("/domains/garden.shop").has("Our staff cancelled this before it was carried out.")
}
