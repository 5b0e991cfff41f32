package browser

import (
	"bytes"
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/web"
)

// TestProof asks again who somebody is, ten minutes later: the pages run over a
// clock that the test moves, which a demo has not.
func TestProof(t *testing.T) {
	chrome := startChrome(t)
	clock := clockwork.NewFakeClockAt(time.Now())
	letters, err := mail.New(mail.Sender{Registrar: "Test Registrar", PortalURL: "http://portal.test", AdminURL: "http://portal.test/admin", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.New(seal.Key{ID: "test", Bytes: bytes.Repeat([]byte{3}, seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	store := storetest.OpenSQLite(t, clock)
	engine, err := registrar.New(registrar.Options{Letters: letters, Seal: keys, Store: store, Clock: clock, Holder: "test", Sandbox: true,
		Registries: map[string]registrar.Registry{"first": registrytest.NewMemory(clock)}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = engine.SignUp(t.Context(), registrar.System("test"), registrar.SignUp{Name: "Ada Lovelace", Email: "ada@people.example", Password: firstPassword})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	at := "http://" + strings.Replace(srv.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	srv.Config.Handler, err = web.New(web.Options{Engine: engine, Sessions: store.Sessions(), PublicURL: at})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Close)
	proof(t, chrome, at, clock)
}

func proof(t *testing.T, chrome context.Context, at string, clock *clockwork.FakeClock) {
	b := newTab(t, chrome, at)
	signIn(b, demo{Customer: struct{ Email, Password string }{"ada@people.example", firstPassword}})
	clock.Advance(registrar.ProofLife)
	b.visit("/security")
	b.device()
	b.press("Add a passkey")
	b.sees("Your password") // there is no second factor yet
	b.examine("proof-password")
	b.fill("_password", "something else")
	b.press("Confirm and go on")
	b.sees("The password is wrong.")
	b.fill("_password", firstPassword)
	b.press("Confirm and go on")
	b.press("Make the passkey")
	b.sees("shown this one time")

	clock.Advance(registrar.ProofLife)
	b.visit("/security/email")
	b.fill("email", "ada@elsewhere.example")
	b.press("Send the link")
	b.sees("Confirm that it is you")
	b.examine("proof-passkey")
	b.tabTo("[data-passkey] button") // no mouse
	b.do(chromedp.KeyEvent("\r"))
	b.sees("A mail is on its way to ada@elsewhere.example") // nothing was typed twice
	clock.Advance(registrar.ProofLife - time.Second)
	b.visit("/security/email")
	b.fill("email", "ada@third.example")
	b.press("Send the link")
	b.sees("A mail is on its way to ada@third.example") // still counts
}
