package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
)

// postbox takes every mail, but for addresses that it refuses.
type postbox struct{ refuse string }

func (p postbox) Send(_ context.Context, m registrar.Mail) error {
	if m.To == p.refuse {
		return registrar.Errorf(registrar.KindInvalid, "refused", "550 5.1.1 no such user")
	}
	return nil
}

// noticed is a frozen house that runs errp; names expire a week from now.
type noticed struct {
	*house
	policy *errp.Policy
	n      int
}

func newNoticed(t *testing.T, brake registrar.BrakeLimit) *noticed {
	h := frozenHouse(t)
	policy, err := errp.New(errp.Options{Engine: h.engine, Brake: brake})
	h.must(err)
	return &noticed{house: h, policy: policy}
}

func (w *noticed) name(customerID, label, email string) registrar.Domain {
	w.t.Helper()
	w.n++
	now, expires := w.clock.Now(), w.clock.Now().Add(7*24*time.Hour)
	d := registrar.Domain{
		ID: fmt.Sprintf("dom_01k9zq3v1c7p0e4v8n5j2x%04d", w.n), Name: label + ".shop", UName: label + ".shop", TLD: "shop", Registry: "first", CustomerID: customerID,
		OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, OrderedAt: now, CreatedAt: &now, ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339),
		Registrant: registrar.ContactRef{ContactID: fmt.Sprintf("con_%d", w.n), Version: 1},
	}
	w.must(w.store.InTx(w.t.Context(), func(tx registrar.Tx) error {
		v := registrar.ContactVersion{ContactID: d.Registrant.ContactID, Version: 1, CustomerID: customerID, CreatedAt: now, ContactData: registrar.ContactData{
			Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2079460123", Email: email,
		}}
		if err := tx.InsertContactVersion(w.t.Context(), v); err != nil {
			return err
		}
		return tx.InsertDomain(w.t.Context(), d)
	}))
	return d
}

// work runs the job and the post office.
func (w *noticed) work(box postbox) {
	w.t.Helper()
	w.must(w.policy.Run(w.t.Context()))
	for {
		n, err := registrar.NewPostOffice(w.engine, box, 0).Round(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

func (w *noticed) duty(d registrar.Domain) registrar.Duty {
	w.t.Helper()
	ds, err := w.store.Duties(w.t.Context(), registrar.DutyFilter{SubjectID: d.ID}, registrar.Page{})
	w.must(err)
	if len(ds) != 1 {
		w.t.Fatalf("%d duties", len(ds))
	}
	return ds[0]
}

var shown = regexp.MustCompile(`(?s)<pre class="xml".*?</pre>`)

func TestNoticeFromListToMail(t *testing.T) {
	w := newNoticed(t, registrar.BrakeLimit{})
	ada, user := w.customer("ada@example.org", 0)
	grace := w.staff()
	for _, path := range []string{"/admin/notices", "/admin/notices/brakes"} {
		checkMarkup(t, path, grace.get(path).is(http.StatusOK))
	}
	grace.get("/admin/notices").has("No notices here")
	ada.get("/domains").is(http.StatusOK)
	good, bad := w.name(user.CustomerID, "good", "holder@example.org"), w.name(user.CustomerID, "bad", "nobody@example.org")
	w.work(postbox{refuse: "nobody@example.org"})

	page := grace.get("/admin/notices").is(http.StatusOK).has("good.shop", "bad.shop", "Sent in time", "Not sent yet", "Expired Registration Recovery Policy")
	checkMarkup(t, "list", page)
	grace.get("/admin/notices?state=done").has("good.shop").hasNot("bad.shop")
	grace.get("/admin/notices?state=failed").has("bad.shop").hasNot("good.shop")
	grace.get("/admin/notices?state=breached").has("No notices here")
	grace.get("/admin/notices?name=BAD.shop").has("bad.shop").hasNot("good.shop")
	grace.get("/admin/notices?name=bad.shop&state=done").hasNot(`href="/admin/notices/dty`)
	grace.get("/admin/notices?name=" + url.QueryEscape("no name")).is(http.StatusUnprocessableEntity)
	grace.get("/admin/notices?after=%C3%BC").is(http.StatusUnprocessableEntity)

	path := "/admin/notices/" + w.duty(good).ID
	page = grace.get(path).is(http.StatusOK).has("A week before expiry: good.shop", "ERRP 2.1.1", "holder@example.org", "This is the last reminder before that day.", "text unchanged",
		"Notice taken by the mail relay", "Done in time")
	page.Body = shown.ReplaceAllString(page.Body, "") // the mail's own HTML, shown as text
	checkMarkup(t, "duty", page)
	grace.get("/admin/notices/"+w.duty(bad).ID).has("550 5.1.1 no such user", "Refused", "Next try")
	grace.get("/admin/notices/dty_01k9zq3v1c7p0e4v8n5j2x6r3w").is(http.StatusNotFound)
	grace.get("/admin/search?q=" + w.duty(good).ID).leadsTo(path)
	checkMarkup(t, "domain", grace.get("/admin/domains/"+good.ID).is(http.StatusOK).has("A week before expiry", path))

	// The customer sees what was sent, and nobody else does.
	checkMarkup(t, "portal", ada.get("/domains/good.shop").is(http.StatusOK).has("Reminders we sent", "A week before expiry", "holder@example.org"))
	ada.get("/domains/bad.shop").is(http.StatusOK).has("None yet. The holder gets a mail").hasNot("no such user")
	eve, _ := w.customer("eve@example.org", 0)
	for _, path := range []string{"/admin/notices", path, "/admin/notices.csv", "/admin/notices/brakes"} {
		eve.get(path).leadsTo("/admin/sign-in")
	}
	eve.get("/domains/good.shop").is(http.StatusNotFound)
}

// TestNoticesOfAnEarlierAccount: a name that changed hands does not show whom
// its earlier holder was.
func TestNoticesOfAnEarlierAccount(t *testing.T) {
	w := newNoticed(t, registrar.BrakeLimit{})
	_, user := w.customer("ada@example.org", 0)
	d := w.name(user.CustomerID, "moved", "holder@example.org")
	w.work(postbox{})
	eve, other := w.customer("eve@example.org", 0)
	w.must(w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		is, err := tx.Domain(t.Context(), d.ID)
		if err != nil {
			return err
		}
		is.CustomerID = other.CustomerID
		return tx.UpdateDomain(t.Context(), is)
	}))
	page := eve.get("/domains/moved.shop").is(http.StatusOK).has("None yet.")
	if _, section, ok := strings.Cut(page.Body, "Reminders we sent"); !ok || strings.Contains(section, "A week before expiry") {
		t.Error("the notice of the earlier holder shows")
	}
}

func TestTamperedNoticeShows(t *testing.T) {
	w := newNoticed(t, registrar.BrakeLimit{})
	_, user := w.customer("ada@example.org", 0)
	grace := w.staff()
	d := w.name(user.CustomerID, "good", "holder@example.org")
	duty := registrar.Duty{Policy: errp.Name, Stage: "week", Cycle: "2020-01-01", SubjectKind: "domain", SubjectID: d.ID, SubjectName: d.Name, CustomerID: d.CustomerID,
		Why: "w", OpensAt: w.clock.Now(), DueAt: w.clock.Now(), ClosesAt: w.clock.Now(), UsefulUntil: w.clock.Now()}
	_, err := w.engine.PlanDuties(t.Context(), []registrar.Duty{duty})
	w.must(err)
	id := w.duty(d).ID
	w.must(w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.InsertNotice(t.Context(), registrar.Notice{ID: "ntc_1", DutyID: id, Attempt: 1, MailID: "mail_1", To: "=cmd()@example.org", Subject: "s", Text: "changed",
			Digest: strings.Repeat("0", 64), State: registrar.NoticeSent, QueuedAt: w.clock.Now(), Retention: registrar.RetainCorrespondence})
	}))
	grace.get("/admin/notices/" + id).has("text differs").hasNot("text unchanged")
	if body := grace.get("/admin/notices.csv").is(http.StatusOK).Body; !strings.Contains(body, "'=cmd()@example.org") {
		t.Errorf("a formula gets into the export:\n%s", body)
	}
}

func TestNoticesExport(t *testing.T) {
	w := newNoticed(t, registrar.BrakeLimit{Floor: 10_000})
	_, user := w.customer("ada@example.org", 0)
	grace := w.staff()
	const names = 520 // more than one page of an export
	for i := range names {
		w.name(user.CustomerID, fmt.Sprintf("n%04d", i), fmt.Sprintf("h%04d@example.org", i))
	}
	w.work(postbox{refuse: "h0007@example.org"})
	answer := grace.get("/admin/notices.csv?policy=errp&state=done").is(http.StatusOK)
	if kind, file := answer.Header.Get("Content-Type"), answer.Header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || file != `attachment; filename="notices-errp-2026-11-23.csv"` {
		t.Errorf("%s %s", kind, file)
	}
	lines, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
	w.must(err)
	if len(lines) != names { // all but one, and the head
		t.Fatalf("%d lines", len(lines))
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		if row["policy"] != "errp" || row["stage"] != "week" || row["state"] != "done" || row["done"] != "2026-11-23T10:00:00Z" || row["notice_state"] != "sent" ||
			row["to"] != "h"+row["domain"][1:5]+"@example.org" || len(row["sha256"]) != 64 || row["cycle"] != "2026-11-30" || seen[row["domain"]] {
			t.Fatalf("%v", row)
		}
		seen[row["domain"]] = true
	}
	failed, err := csv.NewReader(strings.NewReader(grace.get("/admin/notices.csv?state=failed").is(http.StatusOK).Body)).ReadAll()
	w.must(err)
	if len(failed) != 2 || failed[1][len(failed[1])-1] != "550 5.1.1 no such user" {
		t.Errorf("%v", failed)
	}
	trail, err := w.store.AuditOf(t.Context(), "export", "notices", registrar.Page{})
	w.must(err)
	if len(trail) != 2 || trail[0].By.Kind != registrar.ActorStaff || trail[0].By.ID == "" {
		t.Errorf("nobody knows who exported: %+v", trail)
	}
}

func TestStoppedRunIsReleased(t *testing.T) {
	w := newNoticed(t, registrar.BrakeLimit{Share: 0.02, Floor: 2})
	_, user := w.customer("ada@example.org", 0)
	grace := w.staff()
	grace.get("/admin").has("Nothing waits for a person")
	for i := range 3 {
		w.name(user.CustomerID, fmt.Sprintf("n%d", i), "holder@example.org")
	}
	w.work(postbox{})
	brake, err := w.store.EngagedBrake(t.Context(), errp.Name)
	w.must(err)
	path := "/admin/notices/brakes/" + brake.ID
	grace.get("/admin").has("is stopped", "Look and release", path).hasNot("Nothing waits for a person")
	grace.get("/admin/notices").has("3 notices at once, more than the 2 that pass", path)
	checkMarkup(t, "brake", grace.get(path).is(http.StatusOK).has("Release 3 notices", "None was sent."))
	grace.post(path+"/release", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/release", url.Values{"reason": {strings.Repeat("x", 501)}}).is(http.StatusUnprocessableEntity)
	grace.post("/admin/notices/brakes/brk_none/release", url.Values{"reason": {"x"}}).is(http.StatusNotFound)
	grace.post(path+"/release", url.Values{"reason": {"The dates are right"}}).leadsTo(path)
	checkMarkup(t, "released", grace.get(path).is(http.StatusOK).has("Released: the notices go out", "The dates are right", "Mass run released").hasNot("Release 3 notices"))
	grace.post(path+"/release", url.Values{"reason": {"again"}}).is(http.StatusConflict).has("released already")
	checkMarkup(t, "brakes", grace.get("/admin/notices/brakes").is(http.StatusOK).has("The dates are right"))
	w.work(postbox{})
	if n, err := w.store.CountDuties(t.Context(), errp.Name, registrar.DutyDone, 10); err != nil || n != 3 {
		t.Errorf("%d notices after the release, %v", n, err)
	}
	grace.get("/admin").has("Nothing waits for a person")
}
