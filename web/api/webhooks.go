package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/indera/indera/registrar"
)

// WebhookEngine is what the operations on webhooks use of the registrar.
type WebhookEngine interface {
	Webhooks(ctx context.Context, customerID string) ([]registrar.WebhookEndpoint, error)
	Webhook(ctx context.Context, customerID, id string) (registrar.WebhookEndpoint, error)
	CreateWebhook(ctx context.Context, by registrar.Actor, r registrar.WebhookRequest) (registrar.WebhookEndpoint, string, error)
	ChangeWebhook(ctx context.Context, by registrar.Actor, id string, r registrar.WebhookRequest) (registrar.WebhookEndpoint, error)
	RotateWebhook(ctx context.Context, by registrar.Actor, customerID, id string, role registrar.Role, key *registrar.KeyRequest) (registrar.WebhookEndpoint, string, error)
	RemoveWebhook(ctx context.Context, by registrar.Actor, customerID, id string, role registrar.Role) error
	TestWebhook(ctx context.Context, by registrar.Actor, customerID, id string, role registrar.Role, key *registrar.KeyRequest) (registrar.EventDelivery, error)
	ReplayWebhook(ctx context.Context, by registrar.Actor, customerID, id string, role registrar.Role, r registrar.ReplayRequest) (n int, more bool, err error)
	EventDeliveriesOf(ctx context.Context, customerID, webhookID string, role registrar.Role, state registrar.DeliveryState, page registrar.Page) ([]registrar.EventDelivery, error)
	EventDeliveryOf(ctx context.Context, customerID, webhookID, id string, role registrar.Role) (registrar.EventDelivery, []registrar.DeliveryAttempt, error)
	DeliveryBody(ctx context.Context, d registrar.EventDelivery) ([]byte, error)
}

// Webhook is an address that is sent events.
type Webhook struct {
	ID          string     `json:"id" example:"whk_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	URL         string     `json:"url" example:"https://hooks.example.com/indera" doc:"Masked behind the first segment of the path when the role of the token's user does not allow all of its events."`
	Description string     `json:"description" example:"Billing system"`
	Events      []string   `json:"events" nullable:"false" doc:"Types that are sent; empty: all."`
	Enabled     bool       `json:"enabled" doc:"While it is false, events wait for up to 30 days."`
	OffReason   string     `json:"off_reason,omitempty" enum:"by_hand,failing,gone,maker" doc:"Why it is not enabled. failing: it took nothing for five days; gone: it answered 410; maker: who made it was removed or may no longer have it."`
	Failures    int        `json:"failures" doc:"Failed tries in a row."`
	FailingFrom *time.Time `json:"failing_since,omitempty" doc:"When the first of these tries was made."`
	BothUntil   *time.Time `json:"previous_secret_until,omitempty" doc:"Until then messages are signed with the secret before, too."`
	CreatedBy   string     `json:"created_by" example:"usr_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Who made it: a user, or an API token."`
	CreatedAt   time.Time  `json:"created_at"`
}

// webhookOf masks the address for a role that may not have the webhook.
func webhookOf(w registrar.WebhookEndpoint, role registrar.Role) Webhook {
	if !w.HeldBy(role) {
		w = w.Masked()
	}
	out := Webhook{ID: w.ID, URL: w.URL, Description: w.Description, Events: []string{}, Enabled: w.OffAt == nil, OffReason: string(w.OffWhy),
		Failures: w.Failures, FailingFrom: w.FailingSince, BothUntil: w.PreviousUntil, CreatedBy: w.CreatedBy.ID, CreatedAt: w.CreatedAt}
	for _, k := range w.Kinds {
		out.Events = append(out.Events, string(k))
	}
	return out
}

// WebhookSecret is a webhook with its new secret.
type WebhookSecret struct {
	Webhook Webhook `json:"webhook"`
	Secret  string  `json:"secret,omitempty" example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1nQ5Z0v4uX0=" doc:"Shown in this answer only. Absent when the request repeats an earlier one."`
}

// WebhookList is all webhooks of the account; there are at most 20.
type WebhookList struct {
	Webhooks []Webhook `json:"webhooks" nullable:"false" doc:"Newest first."`
}

// WebhookRequest says what a webhook shall be.
type WebhookRequest struct {
	URL         string   `json:"url" minLength:"1" maxLength:"1000" example:"https://hooks.example.com/indera" doc:"https, a public host, port 443 or one from 1024 on."`
	Description string   `json:"description,omitempty" maxLength:"200" example:"Billing system"`
	Events      []string `json:"events,omitempty" maxItems:"100" doc:"Types to send, see GET /webhook-events; absent or empty: all that the user of the token may see."`
	Enabled     *bool    `json:"enabled,omitempty" doc:"Absent: true."`
}

func (r WebhookRequest) request(customerID string, role registrar.Role, key *registrar.KeyRequest) registrar.WebhookRequest {
	out := registrar.WebhookRequest{CustomerID: customerID, Role: role, URL: r.URL, Description: r.Description, Off: r.Enabled != nil && !*r.Enabled, Key: key}
	for _, k := range r.Events {
		out.Kinds = append(out.Kinds, registrar.EventKind(k))
	}
	return out
}

// Delivery is one event on its way to a webhook.
type Delivery struct {
	ID         string          `json:"id" example:"whd_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	EventID    string          `json:"event_id" example:"evt_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"The id of the message, the same in every try."`
	Type       string          `json:"type" example:"domain.registered"`
	State      string          `json:"state" enum:"pending,delivered,failed,dropped" doc:"dropped: not to be sent any more, see last_error."`
	Tries      int             `json:"tries" doc:"Since it was queued or replayed."`
	LastStatus int             `json:"last_status,omitempty" doc:"HTTP status of the last try; absent when no answer came."`
	LastError  string          `json:"last_error,omitempty" example:"timeout" doc:"Class of the last failure, see docs/webhooks.md."`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt *time.Time      `json:"finished_at,omitempty"`
	Attempts   []Attempt       `json:"attempts,omitempty" doc:"The newest 50; left out in lists."`
	Body       json.RawMessage `json:"body,omitempty" doc:"What is sent; left out in lists."`
}

// Attempt is one try.
type Attempt struct {
	At         time.Time `json:"at"`
	DurationMS int64     `json:"duration_ms"`
	Status     int       `json:"status,omitempty" doc:"HTTP status; absent when no answer came."`
	Error      string    `json:"error,omitempty" doc:"Class of the failure; absent when it was delivered."`
	Note       string    `json:"note,omitempty" doc:"A sentence for people."`
	Answer     string    `json:"answer,omitempty" doc:"The first 512 bytes of the body, made printable."`
}

func deliveryOf(d registrar.EventDelivery) Delivery {
	return Delivery{ID: d.ID, EventID: d.EventID, Type: string(d.Kind), State: string(d.State), Tries: d.Attempt, LastStatus: d.LastStatus,
		LastError: string(d.LastError), CreatedAt: d.CreatedAt, FinishedAt: d.FinishedAt}
}

// DeliveryList is one page of deliveries.
type DeliveryList struct {
	Deliveries []Delivery `json:"deliveries" nullable:"false" doc:"Newest first."`
	NextCursor string     `json:"next_cursor,omitempty" doc:"Where the next page starts; absent on the last."`
}

// ReplayRequest says which deliveries are sent again.
type ReplayRequest struct {
	Since *time.Time `json:"since,omitempty" doc:"Deliveries made at or after it; absent: from the first."`
	Until *time.Time `json:"until,omitempty" doc:"Deliveries made before it; absent: to the last."`
	State string     `json:"state,omitempty" enum:"failed,delivered,pending,dropped" doc:"Which ones; absent: failed. pending: try at once what waits for its next try."`
}

// Replayed says how many deliveries were queued again.
type Replayed struct {
	Queued int  `json:"queued"`
	More   bool `json:"more" doc:"The range holds more; ask again with a later since."`
}

// EventTypes lists the types of events.
type EventTypes struct {
	Events []EventType `json:"events" nullable:"false"`
}

// EventType is one type of events.
type EventType struct {
	Type    string                 `json:"type" example:"domain.registered"`
	When    string                 `json:"when" doc:"What has happened."`
	Example registrar.EventPayload `json:"example"`
}

// WebhookPath is the webhook in a path; exported for huma.
type WebhookPath struct {
	Webhook string `path:"webhook" maxLength:"40" example:"whk_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Id of the webhook."`
}

// DeliveryPath is a delivery in a path; exported for huma.
type DeliveryPath struct {
	WebhookPath
	Delivery string `path:"delivery" maxLength:"40" example:"whd_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Id of the delivery."`
}

type (
	webhookInput   struct{ WebhookPath }
	webhooksOutput struct{ Body WebhookList }
	webhookOutput  struct{ Body Webhook }
	createWebhook  struct {
		KeyHeader
		Body WebhookRequest
	}
	changeWebhook struct {
		KeyHeader
		WebhookPath
		Body WebhookRequest
	}
	secretOutput struct {
		CacheControl string `header:"Cache-Control" doc:"no-store"`
		Body         WebhookSecret
	}
	keyOnWebhook struct {
		KeyHeader
		WebhookPath
	}
	deliveriesInput struct {
		WebhookPath
		State  string `query:"state" enum:"pending,delivered,failed,dropped" doc:"Only these; absent: all."`
		Cursor string `query:"cursor" maxLength:"40" pattern:"^(whd_[0-9a-z]+)?$" doc:"next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on the page."`
	}
	deliveriesOutput struct {
		Link string `header:"Link" doc:"The next page, rel=next (RFC 8288)."`
		Body DeliveryList
	}
	deliveryInput  struct{ DeliveryPath }
	deliveryOutput struct{ Body Delivery }
	replayInput    struct {
		KeyHeader
		WebhookPath
		Body ReplayRequest
	}
	replayOne struct {
		KeyHeader
		DeliveryPath
	}
	replayOutput struct{ Body Replayed }
	typesOutput  struct{ Body EventTypes }
)

// role is that of the token's user, whose rights bound the token.
func (s *server) role(ctx context.Context) (registrar.Role, error) {
	u, err := s.opt.Engine.Read().User(ctx, sessionOf(ctx).token.UserID)
	if err != nil {
		return "", s.problem(ctx, fmt.Errorf("reading the token's user: %w", err), nil)
	}
	return u.Role, nil
}

func (s *server) webhooks(ctx context.Context, _ *struct{}) (*webhooksOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.opt.Engine.Webhooks(ctx, sessionOf(ctx).token.CustomerID)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &webhooksOutput{Body: WebhookList{Webhooks: make([]Webhook, 0, len(list))}}
	for _, w := range list {
		out.Body.Webhooks = append(out.Body.Webhooks, webhookOf(w, role))
	}
	return out, nil
}

func (s *server) webhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.opt.Engine.Webhook(ctx, sessionOf(ctx).token.CustomerID, in.Webhook)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &webhookOutput{webhookOf(w, role)}, nil
}

func (s *server) createWebhook(ctx context.Context, in *createWebhook) (*secretOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	w, secret, err := s.opt.Engine.CreateWebhook(ctx, who.actor(), in.Body.request(who.token.CustomerID, role, in.key(ctx)))
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &secretOutput{"no-store", WebhookSecret{webhookOf(w, role), secret}}, nil
}

func (s *server) changeWebhook(ctx context.Context, in *changeWebhook) (*webhookOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	if k := in.key(ctx); k != nil {
		if err := s.opt.Engine.RememberKey(ctx, who.token.CustomerID, *k); err != nil {
			return nil, s.problem(ctx, err, nil)
		}
	}
	w, err := s.opt.Engine.ChangeWebhook(ctx, who.actor(), in.Webhook, in.Body.request(who.token.CustomerID, role, nil))
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &webhookOutput{webhookOf(w, role)}, nil
}

func (s *server) rotateWebhook(ctx context.Context, in *keyOnWebhook) (*secretOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	w, secret, err := s.opt.Engine.RotateWebhook(ctx, who.actor(), who.token.CustomerID, in.Webhook, role, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &secretOutput{"no-store", WebhookSecret{webhookOf(w, role), secret}}, nil
}

func (s *server) removeWebhook(ctx context.Context, in *webhookInput) (*struct{}, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	if err := s.opt.Engine.RemoveWebhook(ctx, who.actor(), who.token.CustomerID, in.Webhook, role); err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return nil, nil
}

func (s *server) testWebhook(ctx context.Context, in *keyOnWebhook) (*deliveryOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	d, err := s.opt.Engine.TestWebhook(ctx, who.actor(), who.token.CustomerID, in.Webhook, role, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &deliveryOutput{deliveryOf(d)}, nil
}

// deliveries pages through the log of one webhook.
func (s *server) deliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	page := registrar.Page{After: in.Cursor, Limit: in.Limit + 1}
	rows, err := s.opt.Engine.EventDeliveriesOf(ctx, sessionOf(ctx).token.CustomerID, in.Webhook, role, registrar.DeliveryState(in.State), page)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"after": "query.cursor"})
	}
	out := &deliveriesOutput{Body: DeliveryList{Deliveries: make([]Delivery, 0, len(rows))}}
	for i, d := range rows {
		if i == in.Limit { // there is more: the extra row proves it
			out.Body.NextCursor = rows[i-1].ID
			next := url.Values{"cursor": {out.Body.NextCursor}, "limit": {fmt.Sprint(in.Limit)}}
			if in.State != "" {
				next.Set("state", in.State)
			}
			out.Link = fmt.Sprintf("<%s%s/webhooks/%s/deliveries?%s>; rel=\"next\"", s.opt.PublicURL, basePath, in.Webhook, next.Encode())
			break
		}
		out.Body.Deliveries = append(out.Body.Deliveries, deliveryOf(d))
	}
	return out, nil
}

func (s *server) delivery(ctx context.Context, in *deliveryInput) (*deliveryOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	d, tries, err := s.opt.Engine.EventDeliveryOf(ctx, sessionOf(ctx).token.CustomerID, in.Webhook, in.Delivery, role)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &deliveryOutput{deliveryOf(d)}
	if out.Body.Body, err = s.opt.Engine.DeliveryBody(ctx, d); err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	for _, a := range tries {
		out.Body.Attempts = append(out.Body.Attempts, Attempt{At: a.At, DurationMS: a.Took.Milliseconds(), Status: a.Status, Error: string(a.Error), Note: a.Note, Answer: a.Answer})
	}
	return out, nil
}

func (s *server) replay(ctx context.Context, in *replayInput) (*replayOutput, error) {
	r := registrar.ReplayRequest{State: registrar.DeliveryState(in.Body.State), Key: in.key(ctx)}
	if in.Body.Since != nil {
		r.Since = *in.Body.Since
	}
	if in.Body.Until != nil {
		r.Until = *in.Body.Until
	}
	return s.replayed(ctx, in.Webhook, r)
}

func (s *server) replayDelivery(ctx context.Context, in *replayOne) (*replayOutput, error) {
	return s.replayed(ctx, in.Webhook, registrar.ReplayRequest{DeliveryID: in.Delivery, Key: in.key(ctx)})
}

func (s *server) replayed(ctx context.Context, webhook string, r registrar.ReplayRequest) (*replayOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	who := sessionOf(ctx)
	n, more, err := s.opt.Engine.ReplayWebhook(ctx, who.actor(), who.token.CustomerID, webhook, role, r)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &replayOutput{Replayed{n, more}}, nil
}

func (s *server) eventTypes(ctx context.Context, _ *struct{}) (*typesOutput, error) {
	role, err := s.role(ctx)
	if err != nil {
		return nil, err
	}
	out := &typesOutput{Body: EventTypes{Events: []EventType{}}}
	for _, info := range registrar.SubscribableEvents(role) {
		example, err := registrar.Payload(registrar.ExampleEvent(info.Kind))
		if err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		out.Body.Events = append(out.Body.Events, EventType{string(info.Kind), info.When, example})
	}
	return out, nil
}
