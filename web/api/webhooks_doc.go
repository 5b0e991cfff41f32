package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// webhookOperations lists the operations on webhooks.
func (s *server) webhookOperations(a huma.API) {
	huma.Register(a, s.webhooksOp(), s.webhooks)
	huma.Register(a, s.createWebhookOp(), s.createWebhook)
	huma.Register(a, s.webhookOp(), s.webhook)
	huma.Register(a, s.changeWebhookOp(), s.changeWebhook)
	huma.Register(a, s.removeWebhookOp(), s.removeWebhook)
	huma.Register(a, s.rotateWebhookOp(), s.rotateWebhook)
	huma.Register(a, s.testWebhookOp(), s.testWebhook)
	huma.Register(a, s.deliveriesOp(), s.deliveries)
	huma.Register(a, s.deliveryOp(), s.delivery)
	huma.Register(a, s.replayDeliveryOp(), s.replayDelivery)
	huma.Register(a, s.replayOp(), s.replay)
	huma.Register(a, s.eventTypesOp(), s.eventTypes)
}

func hookOp(id, method, path, summary, text string) huma.Operation {
	op := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Description: text,
		Security: needs(registrar.ScopeWebhooks), Tags: []string{"Webhooks"}, DefaultStatus: http.StatusOK, Errors: []int{401, 403, 404, 429, 503}}
	if method != http.MethodGet {
		op.Errors = []int{400, 401, 403, 404, 409, 413, 415, 429, 503}
	}
	return op
}

func exampleWebhook() Webhook {
	return Webhook{ID: "whk_01k9zq3v1c7p0e4v8n5j2x6r3w", URL: "https://hooks.example.com/indera", Description: "Billing system",
		Events: []string{"domain.registered", "domain.renewed", "operation.failed"}, Enabled: true, CreatedAt: exampleTime}
}

func exampleWebhookRequest() WebhookRequest {
	w := exampleWebhook()
	return WebhookRequest{URL: w.URL, Description: w.Description, Events: w.Events}
}

const exampleSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1nQ5Z0v4uX0="

func exampleDelivery() Delivery {
	return Delivery{ID: "whd_01k9zq3v1c7p0e4v8n5j2x6r3w", EventID: "evt_01k9zq3v1c7p0e4v8n5j2x6r3w", Type: "domain.registered", State: "delivered",
		Tries: 1, LastStatus: 204, CreatedAt: exampleTime, FinishedAt: &exampleTime}
}

func (s *server) webhooksOp() huma.Operation {
	op := hookOp("list-webhooks", http.MethodGet, "/webhooks", "List webhooks", "All of the account; secrets are not shown.")
	op.Errors = []int{401, 403, 429, 503}
	return withExamples(op, nil, WebhookList{[]Webhook{exampleWebhook()}})
}

func (s *server) createWebhookOp() huma.Operation {
	op := hookOp("create-webhook", http.MethodPost, "/webhooks", "Make a webhook", "Events from now on are sent to its address, signed with the secret of this answer.")
	op.DefaultStatus, op.Errors = http.StatusCreated, []int{400, 401, 403, 409, 413, 415, 429, 503}
	return withExamples(op, exampleWebhookRequest(), WebhookSecret{exampleWebhook(), exampleSecret})
}

func (s *server) webhookOp() huma.Operation {
	op := hookOp("get-webhook", http.MethodGet, "/webhooks/{webhook}", "Show a webhook", "With its state; the secret is not shown.")
	return withExamples(op, nil, exampleWebhook())
}

func (s *server) changeWebhookOp() huma.Operation {
	op := hookOp("change-webhook", http.MethodPut, "/webhooks/{webhook}", "Change a webhook", "Replaces address, description and choice of events, and turns it on or off. What waits is sent once it is on.")
	return withExamples(op, exampleWebhookRequest(), exampleWebhook())
}

func (s *server) removeWebhookOp() huma.Operation {
	op := hookOp("remove-webhook", http.MethodDelete, "/webhooks/{webhook}", "Remove a webhook", "What waits for it is dropped, its log is erased.")
	op.DefaultStatus = http.StatusNoContent
	op = withExamples(op, nil, nil)
	op.Responses["204"] = &huma.Response{Description: "Removed."}
	return op
}

func (s *server) rotateWebhookOp() huma.Operation {
	op := hookOp("rotate-webhook-secret", http.MethodPost, "/webhooks/{webhook}/secret", "Make a new secret", "For 24 hours messages are signed with the old one, too.")
	w := exampleWebhook()
	until := exampleTime.AddDate(0, 0, 1)
	w.BothUntil = &until
	return withExamples(op, nil, WebhookSecret{w, exampleSecret})
}

func (s *server) testWebhookOp() huma.Operation {
	op := hookOp("test-webhook", http.MethodPost, "/webhooks/{webhook}/test", "Send a test", "Queues an event of type webhook.ping for this webhook; look at the delivery for what came of it. Each request sends one; the same one again under the same Idempotency-Key sends none.")
	op.DefaultStatus = http.StatusAccepted
	d := exampleDelivery()
	d.Type, d.State, d.Tries, d.LastStatus, d.FinishedAt = "webhook.ping", "pending", 0, 0, nil
	return withExamples(op, nil, d)
}

func (s *server) deliveriesOp() huma.Operation {
	op := hookOp("list-deliveries", http.MethodGet, "/webhooks/{webhook}/deliveries", "List deliveries", "The log of a webhook, kept for 30 days. Pass next_cursor of one page as cursor of the next.")
	return withExamples(op, nil, DeliveryList{Deliveries: []Delivery{exampleDelivery()}})
}

func (s *server) deliveryOp() huma.Operation {
	op := hookOp("get-delivery", http.MethodGet, "/webhooks/{webhook}/deliveries/{delivery}", "Show a delivery", "With what is sent and what came of each try.")
	d := exampleDelivery()
	d.Attempts = []Attempt{{At: exampleTime, DurationMS: 84, Status: 204}}
	d.Body = exampleBody(registrar.EventDomainRegistered)
	return withExamples(op, nil, d)
}

func (s *server) replayDeliveryOp() huma.Operation {
	op := hookOp("replay-delivery", http.MethodPost, "/webhooks/{webhook}/deliveries/{delivery}/replay", "Send a delivery again", "Now, with the same event id.")
	return withExamples(op, nil, Replayed{Queued: 1})
}

func (s *server) replayOp() huma.Operation {
	op := hookOp("replay-deliveries", http.MethodPost, "/webhooks/{webhook}/replay", "Send many deliveries again", "Those of a span of time in one state, at most 10,000, oldest first, with the same event ids.")
	since := exampleTime.AddDate(0, 0, -1)
	return withExamples(op, ReplayRequest{Since: &since, Until: &exampleTime, State: "failed"}, Replayed{Queued: 12})
}

func (s *server) eventTypesOp() huma.Operation {
	op := hookOp("list-event-types", http.MethodGet, "/webhook-events", "List types of events", "Those that the user of the token may subscribe to, each with an example of what is sent.")
	op.Errors = []int{401, 403, 429, 503}
	info, _ := registrar.EventInfoOf(registrar.EventDomainRegistered)
	return withExamples(op, nil, EventTypes{[]EventType{{string(info.Kind), info.When, examplePayload(info.Kind)}}})
}

// examplePayload returns what is sent for a made-up event of a public kind.
func examplePayload(kind registrar.EventKind) registrar.EventPayload {
	p, err := registrar.Payload(registrar.ExampleEvent(kind))
	if err != nil {
		panic(err) // a kind of this file is not public: a test starts the face
	}
	return p
}

func exampleBody(kind registrar.EventKind) json.RawMessage {
	b, err := json.Marshal(examplePayload(kind))
	if err != nil {
		panic(err) // strings and a time
	}
	return b
}

// describeEvents adds the OpenAPI section "webhooks": what a receiver has to
// take, one entry per type of event that customers get.
func describeEvents(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	schema := schemas.Schema(reflect.TypeFor[registrar.EventPayload](), true, "")
	for _, name := range []string{"EventPayload", "EventData"} {
		schemas.Map()[name].AdditionalProperties = true // new members come without notice
	}
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, info := range registrar.EventCatalogue {
		if info.For != registrar.ForCustomer {
			continue
		}
		name := strings.NewReplacer(".", "-", "_", "-").Replace(string(info.Kind))
		doc.Webhooks[name] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "on-" + name, Summary: string(info.Kind), Tags: []string{"Webhooks"},
			Description: info.When + " The message is signed (Standard Webhooks); data may lack what does not apply.",
			Security:    []map[string][]string{},
			Parameters: []*huma.Param{
				signatureHeader("webhook-id", "The event's id, the same in every try.", "evt_01k9zq3v1c7p0e4v8n5j2x6r3w"),
				signatureHeader("webhook-timestamp", "Seconds of Unix time of this try.", "1795429230"),
				signatureHeader("webhook-signature", "One or more of v1,<base64 of HMAC-SHA256>, separated by spaces.", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonMedia: {Schema: schema, Example: examplePayload(info.Kind)}}},
			Responses: map[string]*huma.Response{
				"2XX": {Description: "Taken. The body is not used."},
				"410": {Description: "Gone for good: the webhook is turned off. Every other status is tried again."},
			},
		}}
	}
}

func signatureHeader(name, text, example string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Required: true, Description: text, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
}
