package registrar_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// letters renders the template's name and its data.
type letters struct{ broken bool }

func (l letters) Render(template, language string, data map[string]any) (string, string, string, error) {
	if l.broken {
		return "", "", "", errors.New("no such template")
	}
	return template + " " + language, fmt.Sprint(data), "<p>" + template + "</p>", nil
}

// postbox takes mail after refusing some.
type postbox struct {
	mu     sync.Mutex
	refuse []error
	got    []registrar.Mail
	taken  chan struct{}
}

func (p *postbox) Send(_ context.Context, m registrar.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.refuse) > 0 {
		err := p.refuse[0]
		p.refuse = p.refuse[1:]
		return err
	}
	p.got = append(p.got, m)
	p.taken <- struct{}{}
	return nil
}

func (w *world) withLetters(l registrar.Letters, staff string) *registrar.Engine {
	w.t.Helper()
	opt := options(w.store, w.registry, "mail")
	opt.Letters, opt.StaffEmail = l, staff
	e, err := registrar.New(opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
	return e
}

func (w *world) post(e *registrar.Engine, box *postbox) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := registrar.NewPostOffice(e, box, 10*time.Millisecond).Run(ctx); err != nil {
			w.t.Errorf("post office: %v", err)
		}
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

func TestMailAboutAnOperation(t *testing.T) {
	w := newWorld(t)
	e := w.withLetters(letters{}, "noc@registrar.example")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure})
	box := &postbox{taken: make(chan struct{}, 10)}
	w.post(e, box)
	w.work(e)
	w.finish(w.place(w.registration("bücher.shop", 1)).ID)
	<-box.taken
	<-box.taken
	box.mu.Lock()
	defer box.mu.Unlock()
	to := map[string]string{}
	for _, m := range box.got {
		to[m.Template] = m.To
	}
	if to["domain_registered"] != "ada@example.org" || to["registry_no_funds"] != "noc@registrar.example" || len(to) != 2 {
		t.Errorf("mail went to %v", to)
	}
}

func TestMailRefusedForGood(t *testing.T) {
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	w.work(e)
	w.finish(w.place(w.registration("example.shop", 1)).ID)
	mails, err := w.store.DueMails(t.Context(), 10)
	if err != nil || len(mails) != 1 {
		t.Fatalf("queued: %+v, %v", mails, err)
	}
	box := &postbox{taken: make(chan struct{}, 1), refuse: []error{registrar.Errorf(registrar.KindInvalid, "no_such_user", "No such user.")}}
	w.post(e, box)
	// The next mail arrives, so the refused one has been dealt with.
	op, err := e.ChangeNameServers(t.Context(), w.by, w.customer.ID, "example.shop", []string{"ns5.example.net"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.finish(op.ID)
	<-box.taken
	if mails, err = w.store.DueMails(t.Context(), 10); err != nil || len(mails) != 0 {
		t.Errorf("still queued: %+v, %v", mails, err)
	}
}

func TestMailIsTriedAgainLater(t *testing.T) {
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	w.work(e)
	w.finish(w.place(w.registration("example.shop", 1)).ID)
	box := &postbox{taken: make(chan struct{}, 10), refuse: []error{errors.New("451 later")}}
	w.post(e, box)
	op, err := e.ChangeNameServers(t.Context(), w.by, w.customer.ID, "example.shop", []string{"ns5.example.net"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.finish(op.ID)
	<-box.taken
	box.mu.Lock()
	defer box.mu.Unlock()
	if box.got[0].Template != "domain_nameservers_changed" {
		t.Errorf("the mail that was put off came first: %s", box.got[0].Template)
	}
}

func TestBrokenTemplateUndoesNothing(t *testing.T) {
	w := newWorld(t)
	e := w.withLetters(letters{broken: true}, "")
	w.work(e)
	if op := w.finish(w.place(w.registration("example.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestMailGoesToTheFirstWhoMayRead passes by users that are disabled and those
// that came later.
func TestMailGoesToTheFirstWhoMayRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.withLetters(letters{}, "")
	now := time.Now()
	for i, u := range []registrar.User{
		{ID: "usr_00000000000000000000000000", Email: "gone@example.org", DisabledAt: &now},
		{ID: "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz", Email: "later@example.org"},
	} {
		u.CustomerID, u.Name, u.Role, u.PasswordHash, u.CreatedAt = w.customer.ID, fmt.Sprint("User ", i), registrar.RoleOwner, "x", now
		if err := w.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertUser(t.Context(), u) }); err != nil {
			t.Fatal(err)
		}
	}
	w.work(e)
	w.finish(w.place(w.registration("example.shop", 1)).ID)
	mails, err := w.store.DueMails(t.Context(), 10)
	if err != nil || len(mails) != 1 || mails[0].To != "ada@example.org" {
		t.Errorf("mail: %+v, %v", mails, err)
	}
}
