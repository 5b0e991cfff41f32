package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestExchangesAreFound: from a name to the frames, by every part of the filter.
func TestExchangesAreFound(t *testing.T) {
	h := frozenHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	grace := h.staff()
	checkMarkup(t, "none", grace.get("/admin/transcripts").is(http.StatusOK).has("No exchange fits"))
	ids := map[string]string{}
	put := func(object, verb string, code int, change func(*registrar.Transcript)) {
		at := h.clock.Now().Add(time.Duration(len(ids)) * time.Second)
		tr := registrar.Transcript{ID: registrar.NewTranscriptID(at), Registry: "sandbox-a", SessionID: "s-1", ClTRID: "IND-" + verb, SvTRID: "SV-" + verb, Verb: verb,
			Object: object, Code: code, StartedAt: at, Duration: 23 * time.Millisecond, Request: "<epp><pw>***</pw></epp>", Response: "<epp><msg>x &amp; y</msg></epp>"}
		if change != nil {
			change(&tr)
		}
		ids[verb] = tr.ID
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertTranscript(t.Context(), tr) }))
	}
	put("a.shop", "domain:info", 1000, nil)
	put("a.shop", "domain:create", 2302, nil)
	put("a.shop,xn--bcher-kva.shop", "domain:check", 1000, func(t *registrar.Transcript) { t.Objects = []string{"a.shop", "xn--bcher-kva.shop"} })
	put("", "greeting", 0, func(t *registrar.Transcript) { t.ClTRID, t.SvTRID, t.Request = "", "", "" })
	put("c.shop", "domain:delete", 0, func(t *registrar.Transcript) { t.Error, t.Response, t.CommandID = "cut", "", "cmd_1" })

	link := func(verb string) string { return `href="/admin/transcripts/` + ids[verb] + `"` }
	only := func(query string, verbs ...string) {
		t.Helper()
		page := grace.get("/admin/transcripts?" + query).is(http.StatusOK)
		want := map[string]bool{}
		for _, v := range verbs {
			want[v] = true
		}
		for verb := range ids {
			if want[verb] {
				page.has(link(verb))
			} else {
				page.hasNot(link(verb))
			}
		}
	}
	checkMarkup(t, "all", grace.get("/admin/transcripts").has("no answer"))
	only("", "domain:info", "domain:create", "domain:check", "greeting", "domain:delete")
	only("object=A.shop", "domain:info", "domain:create", "domain:check")
	only("object=B%C3%BCcher.shop", "domain:check")
	only("object=a.shop&verb=domain:create", "domain:create")
	only("cltrid=IND-domain:info", "domain:info")
	only("svtrid=SV-domain:create&registry=sandbox-a", "domain:create")
	only("code=2302", "domain:create")
	only("code=none", "greeting", "domain:delete")
	only("command=cmd_1", "domain:delete")
	only("registry=elsewhere")
	day := h.clock.Now().UTC()
	only("since=" + day.Add(24*time.Hour).Format(time.DateOnly))
	only("until="+day.Add(24*time.Hour).Format("2006-01-02T15:04")+"&code=2302", "domain:create")
	checkMarkup(t, "refused", grace.get("/admin/transcripts?code=99").is(http.StatusUnprocessableEntity).has("four digits"))
	grace.get("/admin/transcripts?since=yesterday").is(http.StatusUnprocessableEntity).has("2026-03-29")
	grace.get("/admin/transcripts?since=2026-02-02&until=2026-02-01").is(http.StatusUnprocessableEntity).has("before the beginning")
	grace.get("/admin/transcripts?operation=op_none").is(http.StatusOK).has("No exchange fits")

	one := "/admin/transcripts/" + ids["domain:check"]
	checkMarkup(t, "one", grace.get(one).is(http.StatusOK).has("&lt;pw&gt;***&lt;/pw&gt;", "x &amp;amp; y", `href="/admin/transcripts?object=xn--bcher-kva.shop"`, "SV-domain:check"))
	checkMarkup(t, "cut", grace.get("/admin/transcripts/"+ids["domain:delete"]).has("No answer came.", "cut", `href="/admin/commands/cmd_1"`))
	grace.get("/admin/transcripts/" + ids["greeting"]).has("a greeting comes unasked")
	grace.get("/admin/transcripts/tsc_none").is(http.StatusNotFound)
	grace.get("/admin/search?q=" + ids["greeting"]).leadsTo("/admin/transcripts/" + ids["greeting"])
	grace.get("/admin/search?q=SV-domain:create").has(link("domain:create"))
	ada.get(one).leadsTo("/admin/sign-in?next=%2Fadmin%2Ftranscripts%2F" + ids["domain:check"])
}
