package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// TestResetSecondFactor: the command needs no key, because lost keys are what it
// is for.
func TestResetSecondFactor(t *testing.T) {
	conf, database := install(t)
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	user := registrar.User{ID: "usr_grace", Email: "grace@registrar.example", Name: "Grace", Role: registrar.RoleStaffOwner, PasswordHash: "-", CreatedAt: time.Now()}
	err = s.InTx(t.Context(), func(tx registrar.Tx) error {
		if err := tx.InsertUser(t.Context(), user); err != nil {
			return err
		}
		if err := tx.PutTOTP(t.Context(), registrar.TOTP{UserID: user.ID, Sealed: "k0:of a key that is lost", CreatedAt: time.Now()}); err != nil {
			return err
		}
		_, err := tx.ConfirmTOTP(t.Context(), user.ID, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reset := func(want int, args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		if code := run(append([]string{"user", "reset-second-factor", "--config", conf}, args...), &out, &said); code != want {
			t.Errorf("%v: exit code %d, want %d: %s%s", args, code, want, &out, &said)
		}
		return out.String() + said.String()
	}
	reset(exitUsage)
	reset(exitUsage, user.Email) // no reason
	reset(exitFailed, "nobody@registrar.example", "--reason", "lost keys")
	if said := reset(exitOK, "Grace@registrar.example", "--reason", "lost keys"); !strings.Contains(said, "no second factor any more") {
		t.Errorf("said %q", said)
	}
	reset(exitFailed, user.Email, "--reason", "again") // there is none
	if _, err := s.TOTPOf(t.Context(), user.ID); !registrar.IsNotFound(err) {
		t.Errorf("the app is still there: %v", err)
	}
	mails, err := s.DueMails(t.Context(), 10)
	if err != nil || len(mails) != 1 || mails[0].To != user.Email || mails[0].Template != "second_factor_changed" {
		t.Errorf("mails %+v, %v", mails, err)
	}
}
