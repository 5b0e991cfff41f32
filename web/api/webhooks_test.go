package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/api"
)

func TestWebhooks(t *testing.T) {
	w := newWorld(t, nil)
	body := map[string]any{"url": "https://hooks.example/in", "events": []string{"domain.registered"}}
	var made, again api.WebhookSecret
	a := w.call("POST", "/webhooks", body, "Idempotency-Key", "one").want(201, &made)
	if !strings.HasPrefix(made.Secret, "whsec_") || a.Header().Get("Cache-Control") != "no-store" || !made.Webhook.Enabled {
		t.Errorf("%s %v", a.Body, a.Header())
	}
	w.call("POST", "/webhooks", body, "Idempotency-Key", "one").want(201, &again)
	if again.Secret != "" || again.Webhook.ID != made.Webhook.ID {
		t.Errorf("the same request made %+v", again)
	}
	body["url"] = "https://hooks.example/other"
	w.call("POST", "/webhooks", body, "Idempotency-Key", "one").problem(409, "idempotency-reuse", "")
	path := "/webhooks/" + made.Webhook.ID
	if shown := w.call("GET", path, nil).want(200, nil).Body.String(); strings.Contains(shown, "whsec_") || strings.Contains(shown, "secret") {
		t.Errorf("the secret is shown again: %s", shown)
	}
	for url, code := range map[string]string{"http://a.example/": "not_https", "https://10.0.0.1/": "private_address", "https://a.example:25/": "bad_port"} {
		p := w.call("POST", "/webhooks", map[string]any{"url": url}).problem(422, "invalid", code)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.url" {
			t.Errorf("%s: %+v", url, p)
		}
	}
	if p := w.call("POST", "/webhooks", map[string]any{"url": "https://a.example/", "events": []string{"domain.eaten"}}).problem(422, "invalid", "unknown_event"); p.Errors[0].Location != "body.events" {
		t.Errorf("%+v", p)
	}
	var off api.Webhook
	w.call("PUT", path, map[string]any{"url": "https://hooks.example/in", "enabled": false}).want(200, &off)
	if off.Enabled || off.OffReason != "by_hand" || len(off.Events) != 0 {
		t.Errorf("%+v", off)
	}
	w.call("POST", path+"/test", nil).problem(409, "conflict", "webhook_off")
}

// TestReplayOncePerKey: the same request again is answered again; another body
// under its key is refused.
func TestReplayOncePerKey(t *testing.T) {
	w := newWorld(t, nil)
	var made api.WebhookSecret
	w.call("POST", "/webhooks", map[string]any{"url": "https://hooks.example/in"}).want(201, &made)
	path := "/webhooks/" + made.Webhook.ID
	var one, again api.Delivery
	w.call("POST", path+"/test", nil, keyHeader, "ping").want(202, &one)
	w.call("POST", path+"/test", nil, keyHeader, "ping").want(202, &again)
	if one.ID != again.ID {
		t.Errorf("two tests: %s and %s", one.ID, again.ID)
	}
	span := map[string]any{"state": "pending"}
	var first, second api.Replayed
	w.call("POST", path+"/replay", span, keyHeader, "range").want(200, &first)
	w.call("POST", path+"/test", nil).want(202, nil) // would be a second one
	w.call("POST", path+"/replay", span, keyHeader, "range").want(200, &second)
	if first.Queued != 1 || second != first {
		t.Errorf("%+v, then %+v", first, second)
	}
	w.call("POST", path+"/replay", map[string]any{"state": "failed"}, keyHeader, "range").problem(409, "idempotency-reuse", "")
	for range 2 {
		var r api.Replayed
		if w.call("POST", path+"/deliveries/"+one.ID+"/replay", nil, keyHeader, "single").want(200, &r); r.Queued != 1 {
			t.Errorf("%+v", r)
		}
	}
	audits, err := w.engine.Read().AuditOf(t.Context(), "webhook", made.Webhook.ID, page(50))
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for _, a := range audits {
		done[a.Action]++
	}
	if done["webhook.replay"] != 2 || done["webhook.test"] != 2 {
		t.Errorf("done: %v", done)
	}
}

// TestWebhooksOfOthers: nothing of another account is found, and a token without
// the scope opens nothing.
func TestWebhooksOfOthers(t *testing.T) {
	w := newWorld(t, nil)
	var made api.WebhookSecret
	w.call("POST", "/webhooks", map[string]any{"url": "https://hooks.example/in"}).want(201, &made)
	var d api.Delivery
	path := "/webhooks/" + made.Webhook.ID
	w.call("POST", path+"/test", nil).want(202, &d)
	_, eve := w.signUp("eve@example.org", 0)
	narrow := w.issue(w.user, registrar.ScopeDomainsRead, registrar.ScopeDomainsWrite, registrar.ScopeOrders, registrar.ScopeTransfers)
	put := map[string]any{"url": "https://eve.example/"}
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"GET", path, nil}, {"PUT", path, put}, {"DELETE", path, nil}, {"POST", path + "/secret", nil}, {"POST", path + "/test", nil}, {"GET", path + "/deliveries", nil},
		{"GET", path + "/deliveries/" + d.ID, nil}, {"POST", path + "/deliveries/" + d.ID + "/replay", nil}, {"POST", path + "/replay", map[string]any{}},
	} {
		w.call(c.method, c.path, c.body, "Authorization", "Bearer "+eve).problem(404, "not-found", "no_such_webhook")
		w.call(c.method, c.path, c.body, "Authorization", "Bearer "+narrow).problem(403, "forbidden", "missing_scope")
	}
	w.call("GET", path+"/deliveries?cursor=x", nil).problem(422, "invalid", "")
	w.call("GET", path+"/deliveries/whd_none", nil).problem(404, "not-found", "no_such_delivery")
	var list api.WebhookList
	w.call("GET", "/webhooks", nil, "Authorization", "Bearer "+eve).want(200, &list)
	if len(list.Webhooks) != 0 {
		t.Errorf("eve sees %+v", list)
	}
}

func TestDeliveriesInPages(t *testing.T) {
	w := newWorld(t, nil)
	var made api.WebhookSecret
	w.call("POST", "/webhooks", map[string]any{"url": "https://hooks.example/in"}).want(201, &made)
	path := "/webhooks/" + made.Webhook.ID
	want := map[string]bool{}
	for range 5 {
		var d api.Delivery
		w.call("POST", path+"/test", nil).want(202, &d)
		want[d.ID] = true
	}
	next := path + "/deliveries?limit=2&state=pending"
	for pages := 1; next != ""; pages++ {
		var list api.DeliveryList
		a := w.call("GET", next, nil).want(200, &list)
		for _, d := range list.Deliveries {
			if !want[d.ID] {
				t.Errorf("%s twice, or not ours", d.ID)
			}
			delete(want, d.ID)
		}
		if next = ""; list.NextCursor != "" {
			next = path + "/deliveries?limit=2&state=pending&cursor=" + list.NextCursor
			if link := a.Header().Get("Link"); !strings.Contains(link, "state=pending") || !strings.Contains(link, list.NextCursor) {
				t.Errorf("Link %q", link)
			}
		}
		if pages > 3 {
			t.Fatal("too many pages")
		}
	}
	if len(want) != 0 {
		t.Errorf("not listed: %v", want)
	}
}

// TestEventsAreDescribed: the OpenAPI document has an entry for every type of
// event that customers get, and none beside.
func TestEventsAreDescribed(t *testing.T) {
	w := newWorld(t, nil)
	var doc struct {
		Webhooks map[string]struct {
			Post struct{ RequestBody specBody }
		}
	}
	w.call("GET", "/openapi.json", nil).want(200, &doc)
	schemas := describe(t, w)
	for _, info := range registrar.EventCatalogue {
		name := strings.NewReplacer(".", "-", "_", "-").Replace(string(info.Kind))
		entry, ok := doc.Webhooks[name]
		if ok != (info.For == registrar.ForCustomer) {
			t.Errorf("%s described: %v", info.Kind, ok)
		}
		if !ok {
			continue
		}
		example := entry.Post.RequestBody.Content["application/json"].Example
		validate(t, schemas, schemas.Components.Schemas.Map()["EventPayload"], string(info.Kind), example)
		sent, err := registrar.Payload(registrar.ExampleEvent(info.Kind))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(example)
		want, _ := json.Marshal(sent)
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal(want, &b) != nil {
			t.Fatal("not JSON")
		}
		if x, y := mustJSON(t, a), mustJSON(t, b); x != y {
			t.Errorf("%s: the example is %s, what is sent is %s", info.Kind, x, y)
		}
		delete(doc.Webhooks, name)
	}
	for kind := range doc.Webhooks {
		t.Errorf("%s is described, but is no event", kind)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
