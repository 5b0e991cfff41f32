package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestDifferencesPage: the worklist, one difference, and who may act.
func TestDifferencesPage(t *testing.T) {
	h := frozenHouse(t)
	grace := h.staff()
	checkMarkup(t, "none", grace.get("/admin/differences").is(http.StatusOK).has("No difference waits").has("never"))
	put := func(id, name string, kind registrar.DifferenceKind, state registrar.DifferenceState) {
		d := registrar.Difference{ID: "dif_" + id, Registry: "sandbox-a", Name: name, Kind: kind, Ours: "2027-01-01", Theirs: "2028-01-01", State: state, FoundAt: h.clock.Now(), SeenAt: h.clock.Now()}
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertDifference(t.Context(), d) }))
	}
	put("1", "new.shop", registrar.DiffOnlyThere, registrar.DiffOpen)
	put("2", "old.shop", registrar.DiffRenewed, registrar.DiffGone)
	grace.get("/admin").has("1 difference to a registry waits")
	checkMarkup(t, "open", grace.get("/admin/differences").has("new.shop").has("Unknown here").hasNot("old.shop"))
	checkMarkup(t, "gone", grace.get("/admin/differences?state=gone&registry=sandbox-a").has("old.shop").has("Renewed by the registry"))
	grace.get("/admin/differences?registry=elsewhere").has("No difference waits")
	checkMarkup(t, "one", grace.get("/admin/differences/dif_1").is(http.StatusOK).has("indera import csv").has("/case").hasNot("/take"))
	checkMarkup(t, "over", grace.get("/admin/differences/dif_2").is(http.StatusOK).hasNot("/case"))
	grace.get("/admin/differences/dif_9").is(http.StatusNotFound)
	auditor := h.colleague("auditor", registrar.RoleStaffAuditor)
	auditor.get("/admin/differences/dif_1").is(http.StatusOK).hasNot("/case")
	auditor.post("/admin/differences/dif_1/case", url.Values{"reason": {"x"}}).is(http.StatusForbidden)
	grace.get("/admin/differences/dif_1")
	checkMarkup(t, "refused", grace.post("/admin/differences/dif_1/case", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why"))
	grace.post("/admin/differences/dif_1/case", url.Values{"reason": {"Asked them."}}).is(http.StatusSeeOther)
	grace.get("/admin/differences?state=case").has("new.shop")
	grace.get("/admin/differences/dif_1").has("Asked them.").has("A case was opened")
}
