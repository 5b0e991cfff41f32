package registrar_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestWebhookReplayOncePerKey: however often and however much at once a request
// is sent, its deliveries are queued once and each answer is the first one's.
func TestWebhookReplayOncePerKey(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	for _, ref := range []string{"one", "two", "three"} {
		h.happen(ref)
	}
	stop := h.send(h.engine, quick)
	h.settled(w, registrar.DeliveryDelivered, 3)
	key := &registrar.KeyRequest{Key: "k", BodyDigest: "d"}
	replay := func(r registrar.ReplayRequest) (int, error) {
		n, more, err := h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, r)
		if more {
			t.Error("more than there is")
		}
		return n, err
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if n, err := replay(registrar.ReplayRequest{State: registrar.DeliveryDelivered, Key: key}); n != 3 || err != nil {
				t.Errorf("%d queued, %v", n, err)
			}
		})
	}
	all.Wait()
	h.settled(w, registrar.DeliveryDelivered, 3)
	// By now there is something to replay again, which the key must keep from.
	if n, err := replay(registrar.ReplayRequest{State: registrar.DeliveryDelivered, Key: key}); n != 3 || err != nil {
		t.Errorf("asked later: %d, %v", n, err)
	}
	stop()
	if list := h.deliveries(w, registrar.DeliveryPending); len(list) != 0 {
		t.Errorf("queued again: %+v", list)
	}
	if n := len(h.out.messages(w.URL)); n != 6 {
		t.Errorf("%d messages, want each twice", n)
	}
	_, err := replay(registrar.ReplayRequest{State: registrar.DeliveryDelivered, Key: &registrar.KeyRequest{Key: "k", BodyDigest: "other"}})
	wantKind(t, err, registrar.KindIdempotencyReuse, "idempotency_key_reused")
	audits, err := h.store.AuditOf(t.Context(), "webhook", w.ID, registrar.Page{})
	h.must(err)
	replays := 0
	for _, a := range audits {
		if a.Action == "webhook.replay" {
			replays++
		}
	}
	if replays != 1 {
		t.Errorf("%d replays in the evidence", replays)
	}
	var pings []string
	for range 2 {
		d, err := h.engine.TestWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, &registrar.KeyRequest{Key: "ping", BodyDigest: "d"})
		h.must(err)
		pings = append(pings, d.ID)
	}
	if list := h.deliveries(w, registrar.DeliveryPending); len(list) != 1 || pings[0] != list[0].ID || pings[1] != list[0].ID {
		t.Errorf("pings %v queued as %+v", pings, list)
	}
}

func TestExportListsWebhooks(t *testing.T) {
	h := newHooks(t)
	w, secret := h.hook("https://a.example/in", registrar.EventDomainRegistered)
	other, _, err := h.engine.SignUp(t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	h.must(err)
	_, _, err = h.engine.CreateWebhook(t.Context(), h.by, registrar.WebhookRequest{CustomerID: other.ID, Role: registrar.RoleOwner, URL: "https://eve.example/"})
	h.must(err)
	_, second, err := h.engine.RotateWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, nil)
	h.must(err)
	var out bytes.Buffer
	h.must(h.engine.Export(t.Context(), h.by, h.customer.ID, &out))
	var doc struct {
		Webhooks []struct {
			ID, URL string
			Events  []registrar.EventKind
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Webhooks) != 1 || doc.Webhooks[0].ID != w.ID || doc.Webhooks[0].URL != w.URL || len(doc.Webhooks[0].Events) != 1 {
		t.Errorf("%+v", doc.Webhooks)
	}
	row := h.reread(w)
	for _, s := range []string{secret[len("whsec_"):], second[len("whsec_"):], row.Sealed, row.PreviousSealed} {
		if strings.Contains(out.String(), s) {
			t.Errorf("the export shows %q", s)
		}
	}
}
