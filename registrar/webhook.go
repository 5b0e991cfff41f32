package registrar

import (
	"context"
	"slices"
	"time"
)

// WebhookEndpoint is an address of a customer, or of staff's systems, that is
// sent events.
type WebhookEndpoint struct {
	ID          string
	CustomerID  string // "" = staff's: events of all customers
	URL         string // https
	Description string
	Kinds       []EventKind // which events; none = all
	CreatedBy   Actor       // Kind and ID only
	AddressBy   string      // user who chose the address; "" = as CreatedBy says
	CreatedAt   time.Time

	OffAt  *time.Time // nothing is sent; events wait
	OffWhy WebhookOff

	Sealed         string     // the secret, for the place "webhook_endpoints.sealed/<id>"
	PreviousSealed string     // the one before, for "webhook_endpoints.previous_sealed/<id>"; "" = none
	PreviousUntil  *time.Time // until when the one before signs, too

	Failures     int        // in a row
	FailingSince *time.Time // first of them; nil = the last try worked
	Revision     int64
}

// WebhookOff says why an endpoint is off.
type WebhookOff string

// Reasons for being off.
const (
	OffByHand  WebhookOff = "by_hand"
	OffFailing WebhookOff = "failing" // nothing was taken for webhookGiveUp
	OffGone    WebhookOff = "gone"    // it answered 410
	OffMaker   WebhookOff = "maker"   // who made it was removed, or may no longer have it
)

// Wants reports whether the endpoint is to get events of a kind.
func (w WebhookEndpoint) Wants(kind EventKind) bool {
	return len(w.Kinds) == 0 || slices.Contains(w.Kinds, kind)
}

// EventDelivery is one event on its way to one endpoint; there is at most one
// for each pair.
type EventDelivery struct {
	ID         string
	EndpointID string
	EventID    string // what receivers know it by, stable over tries and replays
	Kind       EventKind
	State      DeliveryState
	Attempt    int       // tries since it was queued
	DueAt      time.Time // database time
	LastStatus int       // HTTP status of the last try; 0 = none came
	LastError  DeliveryError
	CreatedAt  time.Time
	QueuedAt   time.Time // as CreatedAt, or when it was replayed last
	FinishedAt *time.Time
}

// DeliveryState says what became of a delivery.
type DeliveryState string

// Delivery states.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"  // gave up; can be replayed
	DeliveryDropped   DeliveryState = "dropped" // not to be sent any more, see DeliveryUnwanted and DeliveryBeyondRole
)

// DeliveryStates lists them all.
var DeliveryStates = []DeliveryState{DeliveryPending, DeliveryDelivered, DeliveryFailed, DeliveryDropped}

// DeliveryError is the class of a failed try.
type DeliveryError string

// Classes of failed tries.
const (
	DeliveryOK       DeliveryError = ""
	DeliveryBadURL   DeliveryError = "bad_url"   // an address that is not allowed, for example by its port
	DeliveryNoName   DeliveryError = "dns"       // the host name does not resolve
	DeliveryPrivate  DeliveryError = "private"   // it resolves to an address that is not public
	DeliveryConnect  DeliveryError = "connect"   // nothing listens, or the network does not get there
	DeliveryTLS      DeliveryError = "tls"       // certificate or handshake
	DeliveryTimeout  DeliveryError = "timeout"   // too slow
	DeliveryRedirect DeliveryError = "redirect"  // redirects are not followed
	DeliveryStatus   DeliveryError = "status"    // answered with something else than 2xx
	DeliveryGone     DeliveryError = "gone"      // answered 410
	DeliveryProtocol DeliveryError = "protocol"  // what came back is no HTTP
	DeliveryInternal DeliveryError = "not_ready" // a fault of ours, for example a secret that does not open
)

// Why a delivery was dropped without a try.
const (
	DeliveryUnwanted   DeliveryError = "unwanted"    // its kind was taken out of the choice since it was queued
	DeliveryBeyondRole DeliveryError = "beyond_role" // who chose the address may not read its kind
)

// DeliveryAttempt is one try, for the log.
type DeliveryAttempt struct {
	ID         string
	DeliveryID string
	At         time.Time
	Took       time.Duration
	Status     int
	Error      DeliveryError
	Note       string // a sentence for people; no secret, at most 255 characters
	Answer     string // first bytes of the body, made printable; at most 1000 characters
}

// DeliveryFilter narrows a list of deliveries. Zero fields do not narrow.
type DeliveryFilter struct {
	EndpointID string
	State      DeliveryState
}

// WebhookBacklog is what waits to be delivered. Counts stop at the number that
// was asked for, so that looking costs the same however much waits.
type WebhookBacklog struct {
	Pending int
	Failing int // endpoints that are on and failed last time
	Off     int // endpoints that were turned off because they failed
	// Late is how long the oldest delivery that is due has been so, of endpoints
	// that are on and took the last event; 0 = none is.
	Late time.Duration
}

// WebhookBacklogShown is how far people and gauges count a backlog.
const WebhookBacklogShown = 1000

// WebhookReader is the part of Reader about webhooks.
type WebhookReader interface {
	// WebhookEndpoint returns KindNotFound for one that was removed.
	WebhookEndpoint(ctx context.Context, id string) (WebhookEndpoint, error)
	// WebhookEndpoints lists a customer's endpoints ("" = staff's), newest first.
	WebhookEndpoints(ctx context.Context, customerID string) ([]WebhookEndpoint, error)
	// DueWebhookEndpoints lists endpoints that are on, free and rested and have a
	// delivery due, those that waited longest first.
	DueWebhookEndpoints(ctx context.Context, limit int) ([]string, error)
	// DueDeliveries lists pending deliveries of an endpoint that are due, oldest
	// DueAt first.
	DueDeliveries(ctx context.Context, endpointID string, limit int) ([]EventDelivery, error)
	EventDelivery(ctx context.Context, id string) (EventDelivery, error)
	EventDeliveries(ctx context.Context, f DeliveryFilter, page Page) ([]EventDelivery, error)
	// DeliveryAttempts lists tries, newest first.
	DeliveryAttempts(ctx context.Context, deliveryID string, page Page) ([]DeliveryAttempt, error)
	Event(ctx context.Context, id string) (Event, error)
	// RemovedWebhookEndpoints lists removed endpoints whose log is still there.
	RemovedWebhookEndpoints(ctx context.Context, limit int) ([]string, error)
	// WebhookBacklog counts up to limit; its cost grows with the endpoints that have
	// something waiting, not with what waits.
	WebhookBacklog(ctx context.Context, limit int) (WebhookBacklog, error)
}

// WebhookTx is the part of Tx about webhooks.
type WebhookTx interface {
	InsertWebhookEndpoint(ctx context.Context, w WebhookEndpoint) error
	// ChangeWebhookEndpoint writes what people may change, guarded by the revision
	// that was read, and lets a resting endpoint be tried at once.
	ChangeWebhookEndpoint(ctx context.Context, w WebhookEndpoint) error
	// RemoveWebhookEndpoints removes one endpoint of a customer, or all (id "").
	// Their secrets are erased; the log goes by PurgeRemovedWebhook.
	RemoveWebhookEndpoints(ctx context.Context, customerID, id string, at time.Time) (int, error)
	// ClaimWebhookEndpoint takes the lease of an endpoint that is on, rested and
	// free, by database time.
	ClaimWebhookEndpoint(ctx context.Context, id, holder, token string, ttl time.Duration) (ok bool, err error)
	// NoteWebhookTry writes Failures, FailingSince, OffAt and OffWhy when the row
	// still carries token, and lets the endpoint rest.
	NoteWebhookTry(ctx context.Context, w WebhookEndpoint, token string, rest time.Duration) (ok bool, err error)
	// ReleaseWebhookEndpoint gives a lease back; a lost one is no error.
	ReleaseWebhookEndpoint(ctx context.Context, id, token string) error
	// InsertDeliveries queues; a second one for the same pair is KindConflict.
	InsertDeliveries(ctx context.Context, ds []EventDelivery) error
	// ChangeDelivery writes state, attempt, last try and due time of a pending one.
	ChangeDelivery(ctx context.Context, d EventDelivery, dueIn time.Duration) error
	// RequeueDeliveries makes deliveries of an endpoint pending, due now and new,
	// and returns how many.
	RequeueDeliveries(ctx context.Context, endpointID string, ids []string, at time.Time) (int, error)
	InsertDeliveryAttempt(ctx context.Context, a DeliveryAttempt) error
	// PurgeDeliveries removes deliveries queued before a time, with their tries.
	PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
	// PurgeRemovedWebhook removes deliveries of a removed endpoint and, when none
	// are left, the endpoint.
	PurgeRemovedWebhook(ctx context.Context, id string, limit int) (left bool, err error)
	// ErasePreviousSecrets erases secrets whose overlap has ended.
	ErasePreviousSecrets(ctx context.Context, now time.Time) error
}

// WebhookSender carries one message to an endpoint; plugins/webhook implements
// it.
type WebhookSender interface {
	// Check refuses an address that can never be sent to, by KindInvalid. It asks
	// no name server.
	Check(rawURL string) error
	// Send makes one try within ctx. It follows no redirect, and connects to public
	// addresses only, judged after the name was resolved. Safe for concurrent use.
	Send(ctx context.Context, m WebhookMessage) WebhookAnswer
}

// WebhookMessage is what goes over the wire.
type WebhookMessage struct {
	URL    string
	Header map[string]string // signature headers
	Body   []byte            // JSON
}

// WebhookAnswer is what came of one try.
type WebhookAnswer struct {
	Status     int           // 0 = no answer
	Error      DeliveryError // DeliveryOK for 2xx
	Note       string        // a sentence for people
	Answer     string        // first bytes of the body, printable
	RetryAfter time.Duration // as the endpoint asked for; 0 = did not
}
