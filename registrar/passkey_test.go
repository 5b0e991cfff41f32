package registrar_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

func passkeyOf(id byte) registrar.Passkey {
	return registrar.Passkey{Name: "  Blue   key ", CredentialID: bytes.Repeat([]byte{id}, 32), PublicKey: []byte("cose"), SignCount: 5,
		Transports: []string{"usb", "Odd one", strings.Repeat("x", 31)}, BackupEligible: true}
}

func useOf(id byte, count uint32) registrar.PasskeyUse {
	return registrar.PasskeyUse{CredentialID: bytes.Repeat([]byte{id}, 32), SignCount: count, BackedUp: true}
}

func TestPasskeyRecords(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	laptop, phone := d.enter("laptop"), d.enter("phone")
	codes, err := d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(1), laptop.ID)
	d.must(err)
	if m := d.mail("second_factor_changed", "ada@example.org"); !strings.Contains(m.Text, "Blue key") {
		t.Errorf("mail %q", m.Text)
	}
	d.must(d.open(laptop))
	wantKind(t, d.open(phone), registrar.KindUnauthenticated, "signed_out")
	f, err := d.engine.Factors(ctx, d.user.ID)
	d.must(err)
	if !f.Second() || f.Passkeys != 1 || f.Recovery != 10 || len(codes) != 10 {
		t.Errorf("factors %+v, codes %v", f, codes)
	}
	list, err := d.engine.Passkeys(ctx, d.user.ID)
	d.must(err)
	if len(list) != 1 || list[0].Name != "Blue key" || fmt.Sprint(list[0].Transports) != "[usb]" || !strings.HasPrefix(list[0].ID, "pky_") || list[0].LastUsedAt != nil {
		t.Errorf("passkeys %+v", list)
	}
	_, err = d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(1), "")
	wantKind(t, err, registrar.KindConflict, "passkey_there")
	codes, err = d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(2), laptop.ID)
	if d.must(err); codes != nil {
		t.Error("a second passkey replaced the recovery codes")
	}
	d.mail("second_factor_changed", "ada@example.org")

	// Recovery codes stand in for it, codes of an app do not exist.
	_, err = d.engine.CheckSecond(ctx, d.by, d.user, "123456")
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code")
	wantKind(t, d.engine.Prove(ctx, d.by, d.user, laptop, registrar.Proof{Password: "correct horse"}), registrar.KindUnauthenticated, "wrong_code")

	d.must(d.engine.RemovePasskey(ctx, d.by, d.user, list[0].ID, false))
	wantKind(t, d.engine.RemovePasskey(ctx, d.by, d.user, list[0].ID, false), registrar.KindNotFound, "not_found")
	if f, err := d.engine.Factors(ctx, d.user.ID); err != nil || f.Passkeys != 1 || f.Recovery != 10 {
		t.Errorf("factors %+v, %v", f, err)
	}
	list, err = d.engine.Passkeys(ctx, d.user.ID)
	d.must(err)
	d.must(d.engine.RemovePasskey(ctx, d.by, d.user, list[0].ID, false))
	if f, err := d.engine.Factors(ctx, d.user.ID); err != nil || f.Second() || f.Recovery != 0 {
		t.Errorf("after the last one: %+v, %v", f, err)
	}
	events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{})
	d.must(err)
	got := map[string]int{}
	for _, e := range events {
		got[e.Action]++
	}
	if got["user.passkey_add"] != 2 || got["user.passkey_remove"] != 2 {
		t.Errorf("audit trail %v", got)
	}
}

func TestPasskeyLimits(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	for name, c := range map[string]struct {
		bend func(p *registrar.Passkey)
		code string
	}{
		"no name":       {func(p *registrar.Passkey) { p.Name = " " }, "required"},
		"long name":     {func(p *registrar.Passkey) { p.Name = strings.Repeat("ü", 101) }, "required"},
		"odd name":      {func(p *registrar.Passkey) { p.Name = "a\x00b" }, "required"},
		"no id":         {func(p *registrar.Passkey) { p.CredentialID = nil }, "passkey_size"},
		"long id":       {func(p *registrar.Passkey) { p.CredentialID = make([]byte, 1024) }, "passkey_size"},
		"no key":        {func(p *registrar.Passkey) { p.PublicKey = nil }, "passkey_size"},
		"very long key": {func(p *registrar.Passkey) { p.PublicKey = make([]byte, 2901) }, "passkey_size"},
	} {
		p := passkeyOf(1)
		c.bend(&p)
		t.Run(name, func(t *testing.T) {
			_, err := d.engine.AddPasskey(ctx, d.by, d.user, p, "")
			wantKind(t, err, registrar.KindInvalid, c.code)
		})
	}
	largest := passkeyOf(1)
	largest.Name, largest.CredentialID, largest.PublicKey = strings.Repeat("ü", 100), make([]byte, 1023), make([]byte, 2900)
	_, err := d.engine.AddPasskey(ctx, d.by, d.user, largest, "")
	d.must(err)
	for i := range 19 {
		_, err := d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(byte(i+10)), "")
		d.must(err)
	}
	_, err = d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(99), "")
	wantKind(t, err, registrar.KindConflict, "too_many_passkeys")
}

// TestCopiedPasskey: a counter that does not go forward is refused, put on
// record and told; the owner's own device goes on working.
func TestCopiedPasskey(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(1), "")
	d.must(err)
	d.mail("second_factor_changed", "ada@example.org")
	d.must(d.engine.UsePasskey(ctx, d.by, d.user, useOf(1, 7)))
	for _, count := range []uint32{7, 6, 0} {
		wantKind(t, d.engine.UsePasskey(ctx, d.by, d.user, useOf(1, count)), registrar.KindUnauthenticated, "bad_passkey")
		if m := d.mail("second_factor_changed", "ada@example.org"); !strings.Contains(m.Text, "counter went back") {
			t.Errorf("mail %q", m.Text)
		}
	}
	d.must(d.engine.UsePasskey(ctx, d.by, d.user, useOf(1, 8)))
	events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{})
	d.must(err)
	n := 0
	for _, e := range events {
		if e.Action == "user.passkey_copied" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d refusals are on record", n)
	}
	list, err := d.engine.Passkeys(ctx, d.user.ID)
	d.must(err)
	if list[0].SignCount != 8 || !list[0].BackedUp || list[0].LastUsedAt == nil || !list[0].LastUsedAt.Equal(d.clock.Now()) {
		t.Errorf("record %+v", list[0])
	}
	// Synced passkeys keep no counter.
	none := passkeyOf(2)
	none.SignCount = 0
	_, err = d.engine.AddPasskey(ctx, d.by, d.user, none, "")
	d.must(err)
	for range 2 {
		d.must(d.engine.UsePasskey(ctx, d.by, d.user, useOf(2, 0)))
	}
	wantKind(t, d.engine.UsePasskey(ctx, d.by, d.user, useOf(3, 1)), registrar.KindUnauthenticated, "bad_passkey")
	wantKind(t, d.engine.UsePasskey(ctx, d.by, registrar.User{ID: "usr_other"}, useOf(1, 9)), registrar.KindUnauthenticated, "bad_passkey")
}

// TestChallengeOnce: of several answers that arrive at once, one is looked at.
func TestChallengeOnce(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	challenge := strings.Repeat("c", 43)
	d.must(d.engine.NoteChallenge(ctx, challenge, ""))
	var all sync.WaitGroup
	wins := make(chan struct{}, 4)
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			if d.engine.TakeChallenge(ctx, challenge) == nil {
				wins <- struct{}{}
			}
		}()
	}
	all.Wait()
	if len(wins) != 1 {
		t.Errorf("%d answers were looked at", len(wins))
	}
	late := strings.Repeat("d", 43)
	d.must(d.engine.NoteChallenge(ctx, late, ""))
	d.clock.Advance(5 * time.Minute)
	for _, c := range []string{challenge, late, "", strings.Repeat("e", 43)} {
		wantKind(t, d.engine.TakeChallenge(ctx, c), registrar.KindUnauthenticated, "bad_passkey")
	}
}

func TestPasskeyOwner(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	session := d.enter("laptop")
	_, err := d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(1), session.ID)
	d.must(err)
	_, owner, err := d.engine.PasskeyOwner(ctx, useOf(1, 0).CredentialID)
	if d.must(err); owner.ID != d.user.ID {
		t.Errorf("owner %s", owner.ID)
	}
	d.clock.Advance(registrar.ProofLife)
	d.must(d.engine.ProvePasskey(ctx, d.by, d.user, session, useOf(1, 6)))
	proved, _, err := d.engine.OpenSession(ctx, registrar.DoorPortal, session.ID, life)
	if d.must(err); !d.engine.Proved(proved) {
		t.Error("the proof is not noted")
	}
	// A passkey goes with its user.
	d.must(d.engine.CloseAccount(ctx, d.by, d.customer.ID))
	_, _, err = d.engine.PasskeyOwner(ctx, useOf(1, 0).CredentialID)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_passkey")
	if list, err := d.engine.Passkeys(ctx, d.user.ID); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

// TestLastFactor: where a second factor must stay, of two that are removed at
// once one stays.
func TestLastFactor(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.engine.AddPasskey(ctx, d.by, d.user, passkeyOf(1), "")
	d.must(err)
	wantKind(t, d.engine.RemoveTOTP(ctx, d.by, d.user, true), registrar.KindConflict, "no_totp")
	list, err := d.engine.Passkeys(ctx, d.user.ID)
	d.must(err)
	wantKind(t, d.engine.RemovePasskey(ctx, d.by, d.user, "pky_none", true), registrar.KindNotFound, "not_found")
	wantKind(t, d.engine.RemovePasskey(ctx, d.by, d.user, list[0].ID, true), registrar.KindConflict, "last_factor")
	d.enrol()
	var all sync.WaitGroup
	results := make([]error, 2)
	for i, remove := range []func() error{
		func() error { return d.engine.RemoveTOTP(ctx, d.by, d.user, true) },
		func() error { return d.engine.RemovePasskey(ctx, d.by, d.user, list[0].ID, true) },
	} {
		all.Go(func() { results[i] = remove() })
	}
	all.Wait()
	f, err := d.engine.Factors(ctx, d.user.ID)
	if d.must(err); f.Count() != 1 || f.Recovery != 10 {
		t.Errorf("left are %+v after %v", f, results)
	}
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("removed: %v", results)
	}
}
