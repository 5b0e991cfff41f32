package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestFailedMailIsVisible: from the home page to the mail, and out of the list.
func TestFailedMailIsVisible(t *testing.T) {
	h := frozenHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	grace := h.staff()
	grace.get("/admin").hasNot("not sent")
	checkMarkup(t, "empty", grace.get("/admin/mail").is(http.StatusOK).has("No mail has failed"))
	put := func(id, subject string, state registrar.MailState) {
		h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
			return tx.InsertMail(t.Context(), registrar.Mail{ID: id, To: "gone@example.org", ToName: "Ada", Subject: subject, Text: "Hello <Ada>", Template: "domain_registered",
				State: state, Attempt: 3, LastError: "550 5.1.1 no such user", CreatedAt: h.clock.Now()})
		}))
	}
	put("mail_01k9zq3v1c7p0e4v8n5j2x0001", "a.shop is yours", registrar.MailFailed)
	put("mail_01k9zq3v1c7p0e4v8n5j2x0002", "b.shop is yours", registrar.MailFailed)
	put("mail_01k9zq3v1c7p0e4v8n5j2x0003", "c.shop is yours", registrar.MailQueued)
	grace.get("/admin").has("2 mails were not sent").hasNot("Nothing waits for a person")
	list := grace.get("/admin/mail").is(http.StatusOK).has("a.shop is yours", "b.shop is yours", "550 5.1.1 no such user", "gone@example.org").hasNot("c.shop")
	checkMarkup(t, "list", list)
	grace.get("/admin/mail?state=queued").has("c.shop is yours").hasNot("a.shop")
	grace.get("/admin/mail?state=nonsense").has("a.shop is yours")
	grace.get("/admin/mail?after=x").is(http.StatusUnprocessableEntity)
	grace.get("/admin/search?q=mail_01k9zq3v1c7p0e4v8n5j2x0001").leadsTo("/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0001")

	one, other := "/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0001", "/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0002"
	checkMarkup(t, "mail", grace.get(one).is(http.StatusOK).has("Hello &lt;Ada&gt;", "Send again", "It was not sent."))
	ada.post(one+"/retry", nil).leadsTo("/admin/sign-in")
	grace.post(one+"/retry", nil).leadsTo(one)
	grace.get(one).has("The mail is tried again now.", "In the queue", "Tried again")
	grace.post(other+"/drop", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(other+"/drop", url.Values{"reason": {"left the company"}}).leadsTo(other)
	grace.get(other).has("Withdrawn", "left the company").hasNot("Send again")
	grace.post(other+"/retry", nil).is(http.StatusConflict)
	grace.get("/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0009").is(http.StatusNotFound)
	grace.post("/admin/mail/mail_01k9zq3v1c7p0e4v8n5j2x0009/retry", nil).is(http.StatusNotFound)
	grace.get("/admin").hasNot("not sent")
}
