package registrar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/webhooksign"
)

func TestWebhookSecretRotates(t *testing.T) {
	h := newHooks(t)
	ctx := t.Context()
	w, first := h.hook("https://a.example/")
	key := &registrar.KeyRequest{Key: "k", BodyDigest: "d"}
	w, second, err := h.engine.RotateWebhook(ctx, h.by, h.customer.ID, w.ID, registrar.RoleOwner, key)
	h.must(err)
	if second == first || w.PreviousUntil == nil {
		t.Fatalf("not changed: %+v", w)
	}
	if _, again, err := h.engine.RotateWebhook(ctx, h.by, h.customer.ID, w.ID, registrar.RoleOwner, key); err != nil || again != "" {
		t.Errorf("the same key changed it again: %v", err)
	}
	h.send(h.engine, quick)
	h.happen("one")
	h.settled(w, registrar.DeliveryDelivered, 1)
	m := h.out.messages(w.URL)[0]
	for i, s := range []string{first, second} {
		if err := webhooksign.Verify(header(m), m.Body, s, h.clock.Now()); err != nil {
			t.Errorf("secret %d: %v", i+1, err)
		}
	}
	h.clock.Advance(24 * time.Hour)
	h.happen("two")
	h.settled(w, registrar.DeliveryDelivered, 2)
	m = h.out.messages(w.URL)[1]
	if webhooksign.Verify(header(m), m.Body, first, h.clock.Now()) == nil || webhooksign.Verify(header(m), m.Body, second, h.clock.Now()) != nil {
		t.Error("after a day the new secret alone has to sign")
	}
	h.must(h.engine.PurgeWebhooks(ctx))
	if row := h.reread(w); row.PreviousSealed != "" || row.PreviousUntil != nil {
		t.Error("the old secret is kept")
	}
}

func TestWebhookPing(t *testing.T) {
	h := newHooks(t)
	w, secret := h.hook("https://a.example/", registrar.EventDomainRegistered)
	other, _ := h.hook("https://b.example/")
	d, err := h.engine.TestWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, nil)
	h.must(err)
	h.send(h.engine, quick)
	if got := h.settled(w, registrar.DeliveryDelivered, 1)[0]; got.ID != d.ID {
		t.Errorf("delivered %+v", got)
	}
	m := h.out.messages(w.URL)[0]
	if err := webhooksign.Verify(header(m), m.Body, secret, h.clock.Now()); err != nil || !strings.Contains(string(m.Body), `"type":"webhook.ping"`) || !strings.Contains(string(m.Body), w.ID) {
		t.Errorf("%v in %s", err, m.Body)
	}
	if len(h.deliveries(other, "")) != 0 {
		t.Error("a test went to another endpoint, too")
	}
}

func TestWebhookRefusals(t *testing.T) {
	h := newHooks(t)
	for name, c := range map[string]struct {
		change func(*registrar.WebhookRequest)
		code   string
	}{
		"http":        {func(r *registrar.WebhookRequest) { r.URL = "http://a.example/" }, "not_https"},
		"no address":  {func(r *registrar.WebhookRequest) { r.URL = "" }, "bad_url"},
		"no host":     {func(r *registrar.WebhookRequest) { r.URL = "https:///x" }, "bad_url"},
		"password":    {func(r *registrar.WebhookRequest) { r.URL = "https://u:p@a.example/" }, "bad_url"},
		"fragment":    {func(r *registrar.WebhookRequest) { r.URL = "https://a.example/#x" }, "bad_url"},
		"not ASCII":   {func(r *registrar.WebhookRequest) { r.URL = "https://bücher.example/" }, "bad_url"},
		"two lines":   {func(r *registrar.WebhookRequest) { r.URL = "https://a.example/\r\nX: y" }, "bad_url"},
		"long":        {func(r *registrar.WebhookRequest) { r.URL = "https://a.example/" + strings.Repeat("x", 1000) }, "bad_url"},
		"private":     {func(r *registrar.WebhookRequest) { r.URL = "https://10.0.0.1/" }, "private_address"},
		"description": {func(r *registrar.WebhookRequest) { r.Description = strings.Repeat("x", 201) }, "too_long"},
		"no event":    {func(r *registrar.WebhookRequest) { r.Kinds = []registrar.EventKind{"domain.eaten"} }, "unknown_event"},
		"internal":    {func(r *registrar.WebhookRequest) { r.Kinds = []registrar.EventKind{registrar.EventDomainRead} }, "unknown_event"},
		"staff's":     {func(r *registrar.WebhookRequest) { r.Kinds = []registrar.EventKind{registrar.EventRegistryNoFunds} }, "unknown_event"},
		"beyond role": {func(r *registrar.WebhookRequest) {
			r.Role, r.Kinds = registrar.RoleTechnical, []registrar.EventKind{registrar.EventBalanceToppedUp}
		}, "unknown_event"},
	} {
		r := registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: "https://a.example/"}
		c.change(&r)
		_, secret, err := h.engine.CreateWebhook(t.Context(), h.by, r)
		if registrar.KindOf(err) != registrar.KindInvalid || secret != "" {
			t.Errorf("%s: %v", name, err)
		}
		wantKind(t, err, registrar.KindInvalid, c.code)
	}
	list, err := h.engine.Webhooks(t.Context(), h.customer.ID)
	if err != nil || len(list) != 0 {
		t.Errorf("left behind: %+v, %v", list, err)
	}
}

// TestWebhookOfRole: who may not see money gets none of it by a webhook, and
// can't lead an owner's webhook elsewhere.
func TestWebhookOfRole(t *testing.T) {
	h := newHooks(t)
	owners, _ := h.hook("https://owner.example/")
	req := registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleTechnical, URL: "https://tech.example/"}
	techs, _, err := h.engine.CreateWebhook(t.Context(), h.by, req)
	h.must(err)
	if !techs.Wants(registrar.EventDomainRegistered) || techs.Wants(registrar.EventBalanceToppedUp) || techs.Wants(registrar.EventOrderPlaced) {
		t.Errorf("technical gets %v", techs.Kinds)
	}
	_, err = h.engine.ChangeWebhook(t.Context(), h.by, owners.ID, req)
	wantKind(t, err, registrar.KindForbidden, "role")
	_, _, err = h.engine.RotateWebhook(t.Context(), h.by, h.customer.ID, owners.ID, registrar.RoleTechnical, nil)
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = h.engine.ChangeWebhook(t.Context(), h.by, techs.ID, req)
	h.must(err)
	_, err = h.engine.ChangeWebhook(t.Context(), h.by, owners.ID, registrar.WebhookRequest{CustomerID: "cus_other", Role: registrar.RoleOwner, URL: req.URL})
	wantKind(t, err, registrar.KindNotFound, "no_such_webhook")
}

// TestWebhookLogOfRole: who may not see money reads nothing of it in a log,
// neither in an owner's nor in what is left from before a choice was narrowed,
// and can't have it sent again.
func TestWebhookLogOfRole(t *testing.T) {
	h := newHooks(t)
	ctx, tech := t.Context(), registrar.RoleTechnical
	all, _ := h.hook("https://all.example/")
	narrow, _ := h.hook("https://narrow.example/")
	h.happen("one") // money
	_, err := h.engine.ChangeWebhook(ctx, h.by, narrow.ID, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: narrow.URL,
		Kinds: []registrar.EventKind{registrar.EventDomainRegistered}})
	h.must(err)
	for name, try := range map[string]func(w registrar.WebhookEndpoint) error{
		"list": func(w registrar.WebhookEndpoint) error {
			_, err := h.engine.EventDeliveriesOf(ctx, h.customer.ID, w.ID, tech, "", registrar.Page{Limit: 10})
			return err
		},
		"detail": func(w registrar.WebhookEndpoint) error {
			_, _, err := h.engine.EventDeliveryOf(ctx, h.customer.ID, w.ID, h.deliveries(w, "")[0].ID, tech)
			return err
		},
		"test": func(w registrar.WebhookEndpoint) error {
			_, err := h.engine.TestWebhook(ctx, h.by, h.customer.ID, w.ID, tech, nil)
			return err
		},
		"replay": func(w registrar.WebhookEndpoint) error {
			_, _, err := h.engine.ReplayWebhook(ctx, h.by, h.customer.ID, w.ID, tech, registrar.ReplayRequest{State: registrar.DeliveryPending})
			return err
		},
		"remove": func(w registrar.WebhookEndpoint) error {
			return h.engine.RemoveWebhook(ctx, h.by, h.customer.ID, w.ID, tech)
		},
	} {
		if err := try(all); registrar.KindOf(err) != registrar.KindForbidden {
			t.Errorf("%s of the owner's: %v", name, err)
		}
	}
	money := h.deliveries(narrow, "")[0]
	_, _, err = h.engine.EventDeliveryOf(ctx, h.customer.ID, narrow.ID, money.ID, tech)
	wantKind(t, err, registrar.KindForbidden, "role")
	n, _, err := h.engine.ReplayWebhook(ctx, h.by, h.customer.ID, narrow.ID, tech, registrar.ReplayRequest{State: registrar.DeliveryPending})
	if err != nil || n != 0 {
		t.Errorf("%d sent again, %v", n, err)
	}
	ping, err := h.engine.TestWebhook(ctx, h.by, h.customer.ID, narrow.ID, tech, nil)
	h.must(err)
	seen, err := h.engine.EventDeliveriesOf(ctx, h.customer.ID, narrow.ID, tech, "", registrar.Page{Limit: 1})
	if err != nil || len(seen) != 1 || seen[0].ID != ping.ID {
		t.Errorf("seen %+v, %v", seen, err)
	}
	older, err := h.engine.EventDeliveriesOf(ctx, h.customer.ID, narrow.ID, tech, "", registrar.Page{Limit: 1, After: ping.ID})
	if err != nil || len(older) != 0 {
		t.Errorf("behind it: %+v, %v", older, err)
	}
}

// TestWebhooksOfStaff: customers don't reach them, and not every role of staff.
func TestWebhooksOfStaff(t *testing.T) {
	h := newHooks(t)
	staff := func(role registrar.Role) registrar.Actor {
		t.Helper()
		u, err := h.engine.CreateStaff(t.Context(), registrar.System("test"), "S", string(role)+"@registrar.example", "correct horse", role)
		h.must(err)
		return registrar.Actor{Kind: registrar.ActorStaff, ID: u.ID}
	}
	owner, support := staff(registrar.RoleStaffOwner), staff(registrar.RoleStaffSupport)
	req := registrar.WebhookRequest{Role: registrar.RoleStaffOwner, URL: "https://staff.example/"}
	w, _, err := h.engine.CreateWebhook(t.Context(), owner, req)
	h.must(err)
	for who, by := range map[string]registrar.Actor{"customer": h.by, "support": support, "nobody": {Kind: registrar.ActorStaff}} {
		for what, act := range map[string]func() error{
			"create": func() error { _, _, err := h.engine.CreateWebhook(t.Context(), by, req); return err },
			"change": func() error { _, err := h.engine.ChangeWebhook(t.Context(), by, w.ID, req); return err },
			"rotate": func() error {
				_, _, err := h.engine.RotateWebhook(t.Context(), by, "", w.ID, registrar.RoleStaffOwner, nil)
				return err
			},
			"test": func() error {
				_, err := h.engine.TestWebhook(t.Context(), by, "", w.ID, registrar.RoleStaffOwner, nil)
				return err
			},
			"replay": func() error {
				_, _, err := h.engine.ReplayWebhook(t.Context(), by, "", w.ID, registrar.RoleStaffOwner, registrar.ReplayRequest{})
				return err
			},
			"remove": func() error { return h.engine.RemoveWebhook(t.Context(), by, "", w.ID, registrar.RoleStaffOwner) },
		} {
			if err := act(); registrar.KindOf(err) != registrar.KindForbidden {
				t.Errorf("%s by %s: %v", what, who, err)
			}
		}
	}
	h.must(h.engine.RemoveWebhook(t.Context(), owner, "", w.ID, registrar.RoleStaffOwner))
}

func TestWebhookKeyAndLimit(t *testing.T) {
	h := newHooks(t)
	req := registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: "https://a.example/", Key: &registrar.KeyRequest{Key: "k", BodyDigest: "d"}}
	first, secret, err := h.engine.CreateWebhook(t.Context(), h.by, req)
	h.must(err)
	again, none, err := h.engine.CreateWebhook(t.Context(), h.by, req)
	if err != nil || again.ID != first.ID || secret == "" || none != "" {
		t.Errorf("%s and %s, %v", first.ID, again.ID, err)
	}
	req.Key.BodyDigest = "e"
	_, _, err = h.engine.CreateWebhook(t.Context(), h.by, req)
	wantKind(t, err, registrar.KindIdempotencyReuse, "idempotency_key_reused")
	for i := range 19 {
		h.hook(fmt.Sprintf("https://a.example/%d", i))
	}
	req.Key = nil
	_, _, err = h.engine.CreateWebhook(t.Context(), h.by, req)
	wantKind(t, err, registrar.KindConflict, "too_many_webhooks")
	h.must(h.engine.RemoveWebhook(t.Context(), h.by, h.customer.ID, first.ID, registrar.RoleOwner))
	_, err = h.engine.Webhook(t.Context(), h.customer.ID, first.ID)
	wantKind(t, err, registrar.KindNotFound, "no_such_webhook")
	h.hook("https://a.example/room")
}

// TestWebhooksGoWithTheAccount: nothing is sent any more, the secrets go at
// once, the log by the job.
func TestWebhooksGoWithTheAccount(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	_, err := h.engine.TestWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, nil)
	h.must(err)
	h.must(h.engine.CloseAccount(t.Context(), h.by, h.customer.ID))
	due, err := h.store.DueWebhookEndpoints(t.Context(), 10)
	if err != nil || len(due) != 0 {
		t.Errorf("still sent to: %v, %v", due, err)
	}
	removed := func(want int) {
		t.Helper()
		ids, err := h.store.RemovedWebhookEndpoints(t.Context(), 10)
		if err != nil || len(ids) != want || len(h.deliveries(w, "")) != want {
			t.Errorf("%d removed with %+v, %v; want %d", len(ids), h.deliveries(w, ""), err, want)
		}
	}
	removed(1)
	h.must(h.engine.PurgeWebhooks(t.Context()))
	removed(0)
	_, _, err = h.engine.CreateWebhook(t.Context(), h.by, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner, URL: "https://a.example/"})
	wantKind(t, err, registrar.KindForbidden, "account_closed")
}

func TestWebhookLogIsKeptForAMonth(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/")
	h.happen("old")
	stop := h.send(h.engine, quick)
	h.settled(w, registrar.DeliveryDelivered, 1)
	stop()
	h.clock.Advance(29 * 24 * time.Hour)
	h.happen("young")
	h.must(h.engine.PurgeWebhooks(t.Context()))
	if n := len(h.deliveries(w, "")); n != 2 {
		t.Errorf("%d deliveries after 29 days", n)
	}
	h.clock.Advance(24*time.Hour + time.Second)
	h.must(h.engine.PurgeWebhooks(t.Context()))
	if list := h.deliveries(w, ""); len(list) != 1 || list[0].State != registrar.DeliveryPending {
		t.Errorf("after a month: %+v", list)
	}
}

// TestWebhooksNeedKeys: a deployment that can't keep secrets takes no webhooks
// and goes on working.
func TestWebhooksNeedKeys(t *testing.T) {
	d := closedDesk(t)
	_, _, err := d.engine.CreateWebhook(t.Context(), d.by, registrar.WebhookRequest{CustomerID: d.customer.ID, Role: registrar.RoleOwner, URL: "https://a.example/"})
	wantKind(t, err, registrar.KindUnavailable, "no_webhooks")
	d.must(registrar.NewWebhookPost(d.engine, quick).Run(t.Context()))
}
