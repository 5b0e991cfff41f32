package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/web"
	"github.com/indera/indera/web/admin"
)

// contested makes a registration whose outcome no machine can tell: the answer
// is lost, and the name is at the registry since before the order.
func (h *house) contested(p *person, name string) registrar.Command {
	h.t.Helper()
	h.first.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultBefore})
	long := time.Now().AddDate(-1, 0, 0)
	h.first.Put(registrar.DomainInfo{Name: name, ROID: "D9-MEM", Ours: true, Sponsor: "us", Created: long, Expires: long.AddDate(3, 0, 0), ExpiresRaw: long.AddDate(3, 0, 0).Format("2006-01-02T15:04:05Z")})
	to := p.post("/checkout", p.checkout(name)).leadsTo("/orders/").Header.Get("Location")
	o := h.settled(strings.TrimPrefix(to, "/orders/"))
	cmds, err := h.engine.Read().CommandsOf(h.t.Context(), o.Lines[0].OperationID)
	h.must(err)
	last := cmds[len(cmds)-1]
	if last.State != registrar.CommandNeedsReview {
		h.t.Fatalf("the command is %s, not in review", last.State)
	}
	return last
}

func TestReviewResolvedAsFailed(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	cmd := h.contested(ada, "contested.shop")
	grace := h.staff()
	ada.get("/domains/contested.shop").has("Being looked at", "Our staff settle it")
	grace.get("/admin").is(http.StatusOK).has("Needs review", "contested.shop").hasNot("Nothing waits for a person")
	path := "/admin/commands/" + cmd.ID
	page := grace.get(path).is(http.StatusOK).has("Why a person must look", cmd.ReviewNote[:20], "Resolve as failed · give back $12.00", "Resolve as done · charge $12.00")
	page.has("goes back to the customer", "This can't be undone")

	grace.post(path+"/resolve", url.Values{"as": {"failed"}, "reason": {"  "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/resolve", url.Values{"as": {"maybe"}, "reason": {"x"}}).is(http.StatusBadRequest)
	grace.post(path+"/retry", url.Values{"reason": {""}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/resolve", url.Values{"as": {"failed"}, "reason": {"Held by another account of ours"}}).leadsTo(path)
	grace.get(path).has("The command is resolved as failed.", "Command resolved by hand", "Held by another account of ours").hasNot("Resolve as done…")
	grace.post(path+"/resolve", url.Values{"as": {"failed"}, "reason": {"again"}}).is(http.StatusConflict).has("Only a command that needs review can be resolved")
	if acc, err := h.engine.Balance(t.Context(), user.CustomerID); err != nil || acc.Balance != 100_00 || acc.Held != 0 {
		t.Fatalf("account %+v, %v", acc, err)
	}
	ada.get("/orders").has("Failed, not charged")
	trail, err := h.engine.Read().AuditOf(t.Context(), "command", cmd.ID, registrar.Page{})
	h.must(err)
	if len(trail) == 0 || trail[0].By.Kind != registrar.ActorStaff || trail[0].By.IP == "" || trail[0].By.RequestID == "" {
		t.Fatalf("the audit trail does not say who, from where, in which request: %+v", trail)
	}
}

func TestReviewRetried(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	cmd := h.contested(ada, "contested.shop")
	grace := h.staff()
	h.stop() // so that the state after the click can be seen
	grace.post("/admin/commands/"+cmd.ID+"/retry", url.Values{"reason": {"The registry has cleaned up"}}).leadsTo("/admin/commands/" + cmd.ID)
	now, err := h.engine.Read().Command(t.Context(), cmd.ID)
	h.must(err)
	if now.State != registrar.CommandSent {
		t.Errorf("after the retry the command is %s", now.State)
	}
	grace.get("/admin/commands/"+cmd.ID).has("The command is set to be tried again.", "Command set to be tried again", "The registry has cleaned up")
	grace.get("/admin/commands?state=sent").has("contested.shop")
	grace.post("/admin/commands/cmd_01k9zq3v1c7p0e4v8n5j2x6r3w/retry", url.Values{"reason": {"x"}}).is(http.StatusNotFound)
}

func TestFindAnything(t *testing.T) {
	h, _, grace, ids := furnished(t)
	for q, want := range map[string]string{
		ids["domain"]: "/admin/domains/" + ids["domain"], ids["order"]: "/admin/orders/" + ids["order"], ids["command"]: "/admin/commands/" + ids["command"],
		ids["customer"]: "/admin/customers/" + ids["customer"], ids["account"]: "/admin/ledger/" + ids["account"], ids["operation"]: "/admin/operations/" + ids["operation"],
		" lovelace.shop ": "/admin/domains/" + ids["domain"], "LOVELACE.shop": "/admin/domains/" + ids["domain"],
	} {
		grace.get("/admin/search?q=" + url.QueryEscape(q)).leadsTo(want)
	}
	grace.get("/admin/operations/" + ids["operation"]).leadsTo("/admin/commands/")
	for q, want := range map[string]string{"love": "lovelace.shop", "ada@example.org": ids["customer"], "ada": ids["customer"]} {
		grace.get("/admin/search?q=" + url.QueryEscape(q)).is(http.StatusOK).has(want)
	}
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.InsertTranscript(t.Context(), registrar.Transcript{
			ID: "tsc_01k9zq3v1c7p0e4v8n5j2x6r3w", Registry: "first", CommandID: ids["command"], ClTRID: ids["clTRID"], Verb: "domain:create",
			Object: "lovelace.shop", Code: 1000, StartedAt: time.Now(), Duration: 43 * time.Millisecond,
			Request:  `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><create><domain:name>lovelace.shop</domain:name></create></command></epp>`,
			Response: `<epp><response><result code="1000"><msg>&lt;script>alert(1)&lt;/script></msg></result></response></epp>`,
		})
	}))
	grace.get("/admin/search?q="+ids["clTRID"]).is(http.StatusOK).has("Exchanges with registries", "/admin/transcripts/tsc_01k9zq3v1c7p0e4v8n5j2x6r3w")
	grace.get("/admin/transcripts/tsc_01k9zq3v1c7p0e4v8n5j2x6r3w").has("/admin/commands/" + ids["command"])
	page := grace.get("/admin/commands/"+ids["command"]).is(http.StatusOK).has("We sent", "43 ms", "&lt;domain:name&gt;lovelace.shop&lt;/domain:name&gt;")
	checkMarkup(t, "transcript", page)
	grace.get("/admin/domains/" + ids["domain"]).has("&lt;domain:name&gt;lovelace.shop&lt;/domain:name&gt;")
	for _, q := range []string{"", "%", "_", "'; --", "<script>", strings.Repeat("x", 300), "dom_short"} {
		grace.get("/admin/search?q=" + url.QueryEscape(q)).is(http.StatusOK).hasNot("<script>al")
	}
	for _, path := range []string{"/admin/domains/x", "/admin/orders/x", "/admin/commands/x", "/admin/customers/x", "/admin/ledger/x", "/admin/operations/x", "/admin/nowhere"} {
		grace.get(path).is(http.StatusNotFound).has("Reference")
	}
}

// sick is a registry whose sessions are in trouble.
type sick struct{}

func (sick) Registries(context.Context) []admin.RegistryHealth {
	return []admin.RegistryHealth{{Name: "first", Sessions: 0, Limit: 10, Latency: 50 * time.Millisecond, LastOK: time.Now().Add(-time.Hour), Problem: "No session could be opened for 12 minutes."}}
}

func TestHomeShowsTroubleFirst(t *testing.T) {
	h := newHouse(t, func(o *web.Options) { o.Health = sick{} })
	since := time.Now().UTC().Add(-3 * time.Hour).Truncate(time.Second)
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, err := tx.SetNoFunds(t.Context(), "second", &since)
		return err
	}))
	page := h.staff().get("/admin").is(http.StatusOK)
	page.has("No session could be opened for 12 minutes.", "0 of 10", "50 ms", "No funds", since.Format("2 Jan 2006, 15:04 UTC")).hasNot("Nothing waits for a person")
}

func TestAdminLists(t *testing.T) {
	_, _, grace, ids := furnished(t)
	grace.get("/admin/commands?state=done&registry=first").is(http.StatusOK).has("lovelace.shop", "Only commands to")
	grace.get("/admin/commands?state=done&registry=second").is(http.StatusOK).hasNot("lovelace.shop")
	grace.get("/admin/commands?state=nonsense").is(http.StatusOK).has("No command is in this state")
	grace.get("/admin/domains?q=love").has("lovelace.shop")
	grace.get("/admin/domains?q=nope").hasNot("lovelace.shop")
	grace.get("/admin/customers?q=ada@example.org").has("Ada ada@example.org")
	grace.get("/admin/customers?q=nobody").has("Nobody matches.")
	grace.get("/admin/ledger/"+ids["account"]).has("-$12.00", "$500.00")
	grace.get("/admin/domains?after=" + url.QueryEscape("\x00;drop")).is(http.StatusUnprocessableEntity)
}
