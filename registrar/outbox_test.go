package registrar_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// failedMail puts a mail that was given up into the store.
func (w *world) failedMail(id, text string) registrar.Mail {
	w.t.Helper()
	m := registrar.Mail{ID: id, To: "ada@example.org", Subject: "Subject", Text: text, Template: "domain_registered", State: registrar.MailFailed, Attempt: 14,
		LastError: "550 5.1.1 no such user", CreatedAt: time.Now()}
	if err := w.store.InTx(w.t.Context(), func(tx registrar.Tx) error { return tx.InsertMail(w.t.Context(), m) }); err != nil {
		w.t.Fatal(err)
	}
	return m
}

func TestFailedMailIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	by := member(t, w.store, registrar.RoleStaffSupport, "grace")
	w.failedMail("mail_again", "Hello")
	w.failedMail("mail_gone", "Hello")
	for _, other := range []registrar.Actor{member(t, w.store, registrar.RoleStaffAuditor, "audrey"), {Kind: registrar.ActorCustomer, ID: w.customer.ID}} {
		if err := errors.Join(e.RetryMail(t.Context(), other, "mail_again"), e.DropMail(t.Context(), other, "mail_gone", "x")); registrar.KindOf(err) != registrar.KindForbidden {
			t.Errorf("%s: %v", other.ID, err)
		}
	}
	if err := e.RetryMail(t.Context(), by, "mail_again"); err != nil {
		t.Fatal(err)
	}
	if err := e.DropMail(t.Context(), by, "mail_gone", " \n"); registrar.KindOf(err) != registrar.KindInvalid {
		t.Errorf("given up without a reason: %v", err)
	}
	if err := e.DropMail(t.Context(), by, "mail_gone", "He has left."); err != nil {
		t.Fatal(err)
	}
	box := &postbox{taken: make(chan struct{}, 5)}
	if n, err := registrar.NewPostOffice(e, box, 0).Round(t.Context()); n != 1 || err != nil || len(box.got) != 1 || box.got[0].ID != "mail_again" {
		t.Fatalf("sent %d, %v: %+v", n, err, box.got)
	}
	for id, want := range map[string]struct {
		state  registrar.MailState
		action string
	}{"mail_again": {registrar.MailSent, "mail.retry"}, "mail_gone": {registrar.MailWithdrawn, "mail.drop"}} {
		m, err := w.store.Mail(t.Context(), id)
		if err != nil || m.State != want.state {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
		trail, err := w.store.AuditOf(t.Context(), "mail", id, registrar.Page{})
		if err != nil || len(trail) != 1 || trail[0].Action != want.action || trail[0].By.ID != "usr_grace" || strings.Contains(fmt.Sprint(trail[0].Before), "ada@") {
			t.Errorf("%s: %+v, %v", id, trail, err)
		}
		if err := e.RetryMail(t.Context(), by, id); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("%s again: %v", id, err)
		}
		if err := e.DropMail(t.Context(), by, id, "x"); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("%s given up again: %v", id, err)
		}
	}
	if err := e.RetryMail(t.Context(), by, "mail_none"); !registrar.IsNotFound(err) {
		t.Errorf("no such mail: %v", err)
	}
}

// TestQueuedMailIsHurried: the pause before the next try is taken away.
func TestQueuedMailIsHurried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	m := w.failedMail("mail_1", "Hello")
	m.ID, m.State, m.DueAt = "mail_2", registrar.MailQueued, time.Now().Add(8*time.Hour)
	if err := w.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertMail(t.Context(), m) }); err != nil {
		t.Fatal(err)
	}
	if due, err := w.store.DueMails(t.Context(), 10); err != nil || len(due) != 0 {
		t.Fatalf("due before: %+v, %v", due, err)
	}
	if err := e.RetryMail(t.Context(), registrar.System("test"), "mail_2"); err != nil {
		t.Fatal(err)
	}
	due, err := w.store.DueMails(t.Context(), 10)
	if err != nil || len(due) != 1 || due[0].Attempt != 14 {
		t.Errorf("due afterwards: %+v, %v", due, err)
	}
	if err := e.DropMail(t.Context(), registrar.System("test"), "mail_2", "x"); registrar.KindOf(err) != registrar.KindConflict {
		t.Errorf("a mail that did not fail is given up: %v", err)
	}
}

// TestMailThatCanNotBeSentAgain: what is missing can't be put back by a button.
func TestMailThatCanNotBeSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	secret := w.failedMail("mail_secret", "https://x/?t=INDERA-SECRET-IS-PUT-IN-AT-HAND-OVER")
	w.failedMail("mail_empty", "")
	w.failedMail("mail_policy", "Hello")
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.InsertNotice(t.Context(), registrar.Notice{ID: "ntc_1", DutyID: "dty_1", Attempt: 1, MailID: "mail_policy", State: registrar.NoticeFailed,
			QueuedAt: time.Now(), Retention: registrar.RetainCorrespondence})
	})
	if err != nil {
		t.Fatal(err)
	}
	var refused *registrar.Error
	for id, code := range map[string]string{"mail_secret": "mail_secret_erased", "mail_empty": "mail_without_text", "mail_policy": "policy_mail"} {
		if err := e.RetryMail(t.Context(), registrar.System("test"), id); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%s: %v, want %s", id, err, code)
		}
		if m, err := w.store.Mail(t.Context(), id); err != nil || m.State != registrar.MailFailed {
			t.Errorf("%s: %+v, %v", id, m, err)
		}
	}
	if strings.Contains(secret.ShownText(), "INDERA") {
		t.Errorf("shown: %s", secret.ShownText())
	}
}
