package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// TestOutbox lists mails by state in pages, and moves failed ones.
func TestOutbox(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		due := noon.UTC().Add(-24 * time.Hour)
		for n := range 6 {
			m := aMail(n)
			m.DueAt = due.Add(time.Duration(n/2) * time.Hour) // two are due at once
			if n >= 3 {
				m.State, m.Attempt, m.LastError = registrar.MailFailed, 3, "550 nobody"
			}
			write(t, s, func(tx registrar.Tx) error { return tx.InsertMail(ctx, m) })
		}
		list := func(state registrar.MailState) (ids []string) {
			for after := ""; ; {
				page := must[[]registrar.Mail](t)(s.Mails(ctx, state, registrar.Page{Limit: 1, After: after}))
				if len(page) == 0 {
					return ids
				}
				ids, after = append(ids, page[0].ID), page[0].DueKey()
			}
		}
		same(t, fmt.Sprint(list(registrar.MailQueued)), "[mail_0 mail_1 mail_2]")
		same(t, fmt.Sprint(list(registrar.MailFailed)), "[mail_5 mail_4 mail_3]")
		same(t, len(list(registrar.MailSent)), 0)
		same(t, must[int](t)(s.CountMails(ctx, registrar.MailFailed, 10)), 3)
		same(t, must[int](t)(s.CountMails(ctx, registrar.MailFailed, 2)), 2)
		if _, err := s.Mails(ctx, registrar.MailFailed, registrar.Page{After: "nonsense"}); registrar.KindOf(err) != registrar.KindInvalid {
			t.Errorf("a made-up cursor: %v", err)
		}
		if _, err := s.Mail(ctx, "mail_9"); !registrar.IsNotFound(err) {
			t.Errorf("no such mail: %v", err)
		}

		move := func(f func(registrar.Tx) (bool, error)) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = f(tx); return err })
			return ok
		}
		requeue := func(tx registrar.Tx) (bool, error) { return tx.RequeueMail(ctx, "mail_3") }
		drop := func(tx registrar.Tx) (bool, error) { return tx.DropFailedMail(ctx, "mail_4") }
		if !move(requeue) || move(requeue) || !move(drop) || move(drop) {
			t.Error("only what has failed is requeued or dropped, and once")
		}
		m := must[registrar.Mail](t)(s.Mail(ctx, "mail_3"))
		if m.State != registrar.MailQueued || m.Attempt != 0 || m.LastError == "" || !m.DueAt.After(due.Add(12*time.Hour)) {
			t.Errorf("requeued: %+v", m)
		}
		if m := must[registrar.Mail](t)(s.Mail(ctx, "mail_4")); m.State != registrar.MailWithdrawn {
			t.Errorf("dropped: %+v", m)
		}
	})
}
