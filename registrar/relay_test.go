package registrar_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

func TestRelayToTheRegistrant(t *testing.T) {
	w := newWorld(t)
	w.own("example.shop")
	e := w.withLetters(letters{}, "")
	by := registrar.Actor{Kind: registrar.ActorCustomer, IP: "192.0.2.1"}
	good := registrar.RelayMessage{From: "eve@example.net", Text: "May I buy this name?\r\nEve"}
	if err := e.Relay(t.Context(), by, "Example.shop", good); err != nil {
		t.Fatal(err)
	}
	mails, err := w.store.DueMails(t.Context(), 10)
	if err != nil || len(mails) != 1 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	if m := mails[0]; m.To != "ada@example.org" || m.Template != "contact_message" || !strings.Contains(m.Text, "May I buy this name?\nEve") {
		t.Errorf("mail: %+v", m)
	}
	for name, c := range map[string]struct {
		domain string
		change func(*registrar.RelayMessage)
		kind   registrar.Kind
		code   string
	}{
		"unknown name": {"other.shop", func(*registrar.RelayMessage) {}, registrar.KindNotFound, "not_found"},
		"no name":      {"-", func(*registrar.RelayMessage) {}, registrar.KindInvalid, "bad_name"},
		"no address":   {"example.shop", func(m *registrar.RelayMessage) { m.From = "eve" }, registrar.KindInvalid, "bad_email"},
		"header":       {"example.shop", func(m *registrar.RelayMessage) { m.From = "eve@example.net\r\nBcc: all@example.net" }, registrar.KindInvalid, "bad_email"},
		"short":        {"example.shop", func(m *registrar.RelayMessage) { m.Text = " hi \n" }, registrar.KindInvalid, "bad_length"},
		"long":         {"example.shop", func(m *registrar.RelayMessage) { m.Text = strings.Repeat("ä", 4001) }, registrar.KindInvalid, "bad_length"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			c.change(&m)
			wantKind(t, e.Relay(t.Context(), by, c.domain, m), c.kind, c.code)
		})
	}
	if mails, err = w.store.DueMails(t.Context(), 10); err != nil || len(mails) != 1 {
		t.Errorf("a refused message was queued: %d mails, %v", len(mails), err)
	}
}
