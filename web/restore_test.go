package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

func TestRestoreIsVisibleAndReleased(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	ada.buy("kept.shop")
	ada.buy("lost.shop")
	h.stop() // what follows is done by hand
	grace := h.staff()
	grace.get("/admin").hasNot("after a restore")
	run, err := h.engine.BeginRestore(t.Context(), registrar.System("test"), []string{"later.shop"})
	h.must(err)
	dom, err := h.engine.Read().DomainByName(t.Context(), "lost.shop")
	h.must(err)
	f := registrar.RestoreFinding{ID: "fnd_1", RestoreID: run.ID, Kind: registrar.FindingDiffers, State: registrar.FindingOpen, Registry: "first",
		Object: dom.Name, DomainID: dom.ID, Detail: "expiry date here 2027-11-23, at the registry 2028-11-23", FoundAt: h.engine.Now()}
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, err := tx.InsertRestoreFinding(t.Context(), f)
		return err
	}))
	grace.get("/admin").has("Reconciling after a restore", "0 of 2 registries done", "1 name differs").hasNot("Nothing waits for a person")
	grace.get("/admin/restore").is(http.StatusOK).has("stand still", "0 of 2", "0 of 1", "lost.shop", f.Detail, "Release now…")

	one := "/admin/restore/findings/" + f.ID + "/release"
	grace.post(one, url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post("/admin/restore/findings/fnd_nope/release", url.Values{"reason": {"x"}}).is(http.StatusNotFound)
	grace.post("/admin/restore/release", url.Values{"reason": {""}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	ada.post(one, url.Values{"reason": {"I want it"}}).leadsTo("/admin/sign-in")
	grace.post("/admin/restore/release", url.Values{"reason": {"a drill"}}).leadsTo("/admin/restore")
	grace.get("/admin/restore").has("Everything without an open difference is released.", "a drill", "lost.shop").hasNot("stand still")
	grace.post("/admin/restore/release", url.Values{"reason": {"again"}}).is(http.StatusConflict)
	grace.post(one, url.Values{"reason": {"renewed yesterday, charged by hand"}}).leadsTo("/admin/restore")
	grace.get("/admin/restore").has("The difference is released.").hasNot("lost.shop")
	grace.get("/admin").hasNot("differs from the registry")
	trail, err := h.engine.Read().AuditOf(t.Context(), "restore_finding", f.ID, registrar.Page{})
	h.must(err)
	if len(trail) != 1 || trail[0].By.Kind != registrar.ActorStaff {
		t.Errorf("audit trail: %+v", trail)
	}
	if dom, err = h.engine.Read().Domain(t.Context(), dom.ID); err != nil || !dom.NeedsInfo {
		t.Errorf("the registry's view of the released name is not read: %+v, %v", dom, err)
	}
}
