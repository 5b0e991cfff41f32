package fred

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// answers is a registry that answers from a list, whatever it is asked.
type answers struct {
	t    *testing.T
	list []string
}

func (a *answers) Exchange(_ context.Context, _ pool.Priority, req session.Request) (*epp.Response, error) {
	if len(a.list) == 0 {
		a.t.Fatalf("nothing to answer %s", req.Command.Describe())
	}
	resp, err := epp.Codec{Objects: fred.Objects}.Decode([]byte(epptest.Response(1000, "CL-1", "<resData>"+a.list[0]+"</resData>")))
	a.list = a.list[1:]
	return resp, err
}

func (a *answers) Greeting() (epp.Greeting, bool) {
	return epp.Greeting{Objects: Dialect.Services().Objects}, true
}

func (a *answers) Greet(context.Context, pool.Priority) (epp.Greeting, error) {
	g, _ := a.Greeting()
	return g, nil
}

// TestListsThatChange: another process of ours asked for a list meanwhile, so that
// what comes is not what was counted.
func TestListsThatChange(t *testing.T) {
	count := `<f:infoResponse xmlns:f="` + fred.Namespace + `"><f:count>3</f:count></f:infoResponse>`
	items := func(n int) string {
		return `<f:resultsList xmlns:f="` + fred.Namespace + `">` + strings.Repeat("<f:item>a.cz</f:item>", n) + `</f:resultsList>`
	}
	open, err := Dialect.Prepare(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]string{
		"fewer": {count, items(2), items(0)}, "none": {count, items(0)}, "more": {count, items(4), items(0)}, "no list": {count, count}, "no count": {items(1)},
	} {
		reg, err := open(rfc.Config{Pool: &answers{t, list}, ClientID: "REG-US"})
		if err != nil {
			t.Fatal(err)
		}
		var unknown *registrar.UnknownOutcomeError
		if got, err := reg.(*Adapter).Names(t.Context()); !errors.As(err, &unknown) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestOddAnswers: answers beside the schema lead to data or to one of the port's
// errors, whatever is asked.
func TestOddAnswers(t *testing.T) {
	for _, form := range sandbox.OddForms() {
		t.Run(form, func(t *testing.T) {
			w := newWorld(t)
			c := w.contact(w.us, "cid-1")
			w.create(w.us, "a.cz", c, two...)
			for _, verb := range []string{"check", "info", "create", "update", "creditInfo", "listDomains", "getResults"} {
				_, err := w.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultOdd, Form: form, Verb: verb})
				w.ok(err)
			}
			reads := map[string]func() error{
				"check":   func() error { _, err := w.us.CheckDomains(t.Context(), []string{"a.cz"}); return err },
				"domain":  func() error { _, err := w.us.DomainInfo(t.Context(), "a.cz"); return err },
				"contact": func() error { _, err := w.us.ContactInfo(t.Context(), c); return err },
				"balance": func() error { _, err := w.us.Balance(t.Context()); return err },
				"names":   func() error { _, err := w.us.Names(t.Context()); return err },
				"servers": func() error { return w.delegate(w.us, "a.cz", "ns3.example.net", "ns4.example.net") },
			}
			for what, read := range reads {
				var refused *registrar.ResultError
				var unknown *registrar.UnknownOutcomeError
				var notSent *registrar.NotSentError
				if err := read(); err != nil && !errors.As(err, &refused) && !errors.As(err, &unknown) && !errors.As(err, &notSent) {
					t.Errorf("%s: untyped error %v", what, err)
				}
			}
			if !slices.ContainsFunc(w.srv.Faults(), func(f sandbox.Fault) bool { return f.Hits > 0 }) {
				t.Error("no answer was odd")
			}
			w.srv.ClearFaults()
			w.ok(w.delegate(w.us, "a.cz", "ns3.example.net", "ns4.example.net"))
			if got, err := w.us.DomainInfo(t.Context(), "a.cz"); err != nil || !slices.Equal(got.NameServers, []string{"ns3.example.net", "ns4.example.net"}) {
				t.Errorf("afterwards %+v, %v", got, err)
			}
		})
	}
}
