package store_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aMail(n int) registrar.Mail {
	return registrar.Mail{ID: fmt.Sprintf("mail_%d", n), To: "zoë@example.org", ToName: "Zoë", Subject: "Ihr Name ✓", Text: strings.Repeat("ü", 40_000), HTML: "<p>ü</p>",
		EventID: fmt.Sprintf("evt_%d", n), Template: "registered", State: registrar.MailQueued, CreatedAt: noon.UTC()}
}

func TestMails(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insert := func(m registrar.Mail) func(registrar.Tx) error {
			return func(tx registrar.Tx) error { return tx.InsertMail(ctx, m) }
		}
		m := aMail(1)
		write(t, s, insert(m))
		again := aMail(2)
		again.EventID = m.EventID
		refused(t, s, registrar.KindConflict, "duplicate", insert(again))
		again.Template = "other"
		write(t, s, insert(again))
		for n := 3; n <= 4; n++ { // mails about no event never clash
			loose := aMail(n)
			loose.EventID = ""
			write(t, s, insert(loose))
		}
		got := must[[]registrar.Mail](t)(s.DueMails(ctx, 1))
		if diff := cmp.Diff([]registrar.Mail{m}, got, cmpopts.IgnoreFields(registrar.Mail{}, "DueAt", "Lease")); diff != "" {
			t.Fatal(diff)
		}
		same(t, len(must[[]registrar.Mail](t)(s.DueMails(ctx, 10))), 4)

		claim := func(token string) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.ClaimMail(ctx, m.ID, "h", token, time.Minute)
				return err
			})
			return ok
		}
		change := func(m registrar.Mail, token string, in time.Duration) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.ChangeMail(ctx, m, token, in)
				return err
			})
			return ok
		}
		if !claim("one") || claim("two") {
			t.Error("a mail is claimed once")
		}
		same(t, len(must[[]registrar.Mail](t)(s.DueMails(ctx, 10))), 3)
		m.Attempt, m.LastError = 1, "421 später"
		if change(m, "two", 0) || change(m, "", 0) || !change(m, "one", time.Hour) || change(m, "one", time.Hour) {
			t.Error("only the holder changes a mail, and gives it back with that")
		}
		if claim("two") {
			t.Error("claimed before it is due")
		}
		elapse(t, s, 2*time.Hour)
		if !claim("two") {
			t.Error("not claimed when due")
		}
		m.State, m.SentAt = registrar.MailSent, utc(noon)
		if !change(m, "two", 0) || claim("three") {
			t.Error("a sent mail stays sent")
		}
		refused(t, s, registrar.KindInvalid, "no_token", func(tx registrar.Tx) error {
			_, err := tx.ClaimMail(ctx, "mail_2", "h", "", time.Minute)
			return err
		})
	})
}

func TestIdempotencyKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		k := registrar.IdempotencyKey{Scope: "cus_1", Key: "Schlüssel-😀", BodyDigest: "d1", OperationID: "op_1", CreatedAt: noon.UTC(), ExpiresAt: noon.UTC().Add(time.Hour)}
		bind := func(k registrar.IdempotencyKey) (known registrar.IdempotencyKey, fresh bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				known, fresh, err = tx.BindKey(ctx, k)
				return err
			})
			return known, fresh
		}
		if _, fresh := bind(k); !fresh {
			t.Fatal("a new key is known")
		}
		second := k
		second.OperationID, second.BodyDigest, second.CreatedAt = "op_2", "d2", noon.UTC().Add(59*time.Minute)
		known, fresh := bind(second)
		same(t, known, k)
		if fresh {
			t.Error("a known key was bound again")
		}
		for _, other := range []registrar.IdempotencyKey{{Scope: "cus_2", Key: k.Key}, {Scope: "cus_1", Key: "schlüssel-😀"}} { // scopes and letter case tell apart
			other.CreatedAt, other.ExpiresAt = k.CreatedAt, k.ExpiresAt
			if _, fresh := bind(other); !fresh {
				t.Errorf("%+v is taken for another key", other)
			}
		}
		rebind := func(k registrar.IdempotencyKey, old string) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.RebindKey(ctx, k, old)
				return err
			})
			return ok
		}
		third := k
		third.OperationID = "op_3"
		if !rebind(third, "op_1") || rebind(third, "op_1") || rebind(second, "op_3") {
			t.Error("a key moves on from the operation it points to, for the same body")
		}
		known, _ = bind(k)
		same(t, known, third)
		late := second
		late.CreatedAt, late.ExpiresAt = noon.UTC().Add(time.Hour), noon.UTC().Add(2*time.Hour)
		if known, fresh = bind(late); !fresh || known != late {
			t.Error("an expired key was not taken over")
		}
		purge := func(now time.Time, limit int) (n int) {
			write(t, s, func(tx registrar.Tx) (err error) {
				n, err = tx.PurgeKeys(ctx, now, limit)
				return err
			})
			return n
		}
		same(t, []int{purge(noon.Add(time.Hour), 1), purge(noon.Add(time.Hour), 10), purge(noon.Add(time.Hour), 10)}, []int{1, 1, 0})
		if _, fresh := bind(k); fresh {
			t.Error("a key that has not expired was purged")
		}
	})
}

func TestIdempotencyRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		const n = 8
		var fresh atomic.Int32
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				var won bool
				errs[i] = s.InTx(t.Context(), func(tx registrar.Tx) (err error) {
					_, won, err = tx.BindKey(t.Context(), registrar.IdempotencyKey{Scope: "cus_1", Key: "k", OperationID: fmt.Sprint(i), CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)})
					return err
				})
				if won {
					fresh.Add(1)
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if fresh.Load() != 1 {
			t.Errorf("%d requests think they were first", fresh.Load())
		}
	})
}
