package registrar_test

import (
	"crypto/rand"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestPasswordLength: 64 characters and more are allowed, more than 128 are not
// (ASVS 2.1.2).
func TestPasswordLength(t *testing.T) {
	d := newDesk(t)
	long := rand.Text() + rand.Text() + rand.Text() + rand.Text() + rand.Text() // 130 characters
	was := "correct horse"
	for _, n := range []int{12, 64, 128} {
		user, err := d.store.User(t.Context(), d.user.ID)
		d.must(err)
		d.must(d.engine.ChangePassword(t.Context(), d.by, user, was, long[:n], ""))
		was = long[:n]
		_, err = d.engine.SignIn(t.Context(), "ada@example.org", was)
		d.must(err)
	}
	user, err := d.store.User(t.Context(), d.user.ID)
	d.must(err)
	for _, n := range []int{11, 129} {
		wantKind(t, d.engine.ChangePassword(t.Context(), d.by, user, was, long[:n], ""), registrar.KindInvalid, "bad_password")
	}
}
