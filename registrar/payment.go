package registrar

import (
	"context"
	"net/http"
	"time"
)

// Prefixes of ids of money matters.
const (
	PrefixPayment    = "pay"
	PrefixAdjustment = "adj"
)

// Payments is a payment provider: somebody who takes money of a customer on a
// page of his own. Implementations keep no state of ours; all methods may be
// called concurrently and obey ctx.
//
// Errors: KindUnavailable when the provider can't be reached or its answer can't
// be read (what was asked may have happened), KindNotFound for an unknown
// reference, KindInvalid when the provider refuses what was asked. Details never
// carry a secret of the provider.
type Payments interface {
	// Name is the provider's stable name in rows, postings and addresses, for
	// example "stripe": lower-case letters and digits, at most 20.
	Name() string
	// Label is what customers read, for example "Card (Stripe)".
	Label() string
	// PageOrigin is scheme and host of the page that customers are sent to; an
	// address elsewhere is never redirected to.
	PageOrigin() string
	// StartTopUp prepares a payment page. The same request again, within a day,
	// gives the same reference and never a second payment.
	StartTopUp(ctx context.Context, req TopUpPage) (TopUpStarted, error)
	// Lookup asks what became of a reference.
	Lookup(ctx context.Context, ref string) (PaymentReport, error)
	// Find fills in Ref and PaymentID of a hint that names an object of the
	// provider only; KindNotFound when that belongs to no payment of ours.
	Find(ctx context.Context, hint PaymentHint) (PaymentHint, error)
	// VerifyWebhook proves that a delivery comes from the provider and is recent
	// at now, and reads it. A forged, stale or unreadable one is KindInvalid.
	VerifyWebhook(d WebhookDelivery, now time.Time) (PaymentHint, error)
}

// TopUpPage says what a payment page is to ask for. All of it is derived from
// the payment's row, so that it can be sent again unchanged.
type TopUpPage struct {
	PaymentID string
	Amount    Money
	Email     string    // filled in on the page; "" = the customer types it
	ReturnURL string    // where the customer comes back to, paid or not
	ExpiresAt time.Time // when the page closes
}

// TopUpStarted is a payment page that waits for the customer.
type TopUpStarted struct {
	Ref         string // the provider's reference, unique per provider
	RedirectURL string // where to send the customer
}

// PaymentOutcome is what a provider says of a payment.
type PaymentOutcome string

// Outcomes.
const (
	OutcomeOpen       PaymentOutcome = "open"       // the page waits for the customer
	OutcomeProcessing PaymentOutcome = "processing" // the customer is done, the bank is not
	OutcomePaid       PaymentOutcome = "paid"
	OutcomeFailed     PaymentOutcome = "failed"
	OutcomeExpired    PaymentOutcome = "expired" // the page closed without payment
)

// PaymentReport is a provider's own view of a payment.
type PaymentReport struct {
	Ref         string
	PaymentID   string // ours, as the provider kept it; "" when it is not ours
	Outcome     PaymentOutcome
	Amount      Money  // what was or will be paid
	RedirectURL string // only while open
	Detail      string // why it failed, in the provider's words; "" otherwise
	// Returned is how much of a paid payment is gone again by now, at the
	// provider: refunds, and disputes whose money was withdrawn and not given back.
	// The zero Money is nothing.
	Returned Money

	knew int // revision of what was booked as returned when the provider was asked
}

// WebhookDelivery is a request of a provider as it came.
type WebhookDelivery struct {
	Header http.Header
	Body   []byte
}

// PaymentHint is what a verified delivery is about. It is a hint only: the
// provider is asked before anything is booked, because deliveries repeat and
// come in any order.
type PaymentHint struct {
	EventID   string
	Kind      string // the provider's word, for the log
	Relevant  bool   // false: nothing that we act on
	Attention bool   // nothing to book yet, but staff should know
	Ref       string
	PaymentID string
	Object    string // the provider's name of what the payment can be found by, when Ref is not told
}

// PaymentState says what became of a payment.
type PaymentState string

// States of a payment. Money is the truth: a payment that ended without money
// still becomes succeeded when the provider reports it as paid later on.
//
//	started → succeeded      booked; never left again
//	started → failed         the provider refused the money
//	started → expired        the customer did not pay in time
//	*       → needs_review   paid, but not what was started: staff decide
//	needs_review → closed    staff closed it without booking; never left again
const (
	PaymentStarted     PaymentState = "started"
	PaymentSucceeded   PaymentState = "succeeded"
	PaymentFailed      PaymentState = "failed"
	PaymentExpired     PaymentState = "expired"
	PaymentNeedsReview PaymentState = "needs_review"
	PaymentClosed      PaymentState = "closed"
)

// Payment is one try of a customer to bring money in.
type Payment struct {
	ID         string
	CustomerID string
	Provider   string
	Ref        string // the provider's; "" until its answer is known
	Amount     Money
	State      PaymentState
	Processing bool   // the customer is done and the bank is not
	Note       string // why it failed, expired or needs review
	Key        string // digest of the customer's idempotency key
	CreatedAt  time.Time
	FinishedAt *time.Time
	LookAt     time.Time  // when the reconciling job asks the provider; only while started
	LookedAt   *time.Time // when the provider was asked last, by whomever
}

// PaymentFilter narrows a list of payments. Zero fields do not narrow.
type PaymentFilter struct {
	CustomerID string
	State      PaymentState
}

// PaymentReader reads payments and adjustments, newest first unless said
// otherwise.
type PaymentReader interface {
	Payment(ctx context.Context, id string) (Payment, error)
	PaymentByRef(ctx context.Context, provider, ref string) (Payment, error)
	PaymentByKey(ctx context.Context, customerID, key string) (Payment, error)
	Payments(ctx context.Context, f PaymentFilter, page Page) ([]Payment, error)
	// DuePayments lists started payments whose LookAt has come, oldest first.
	DuePayments(ctx context.Context, now time.Time, limit int) ([]Payment, error)

	Adjustment(ctx context.Context, id string) (Adjustment, error)
	AdjustmentByKey(ctx context.Context, key string) (Adjustment, error)
	Adjustments(ctx context.Context, f AdjustmentFilter, page Page) ([]Adjustment, error)
}

// PaymentTx writes payments and adjustments.
type PaymentTx interface {
	// InsertPayment fails with KindConflict when the customer used Key before.
	InsertPayment(ctx context.Context, p Payment) error
	// ChangePayment writes Ref, State, Processing, Note and FinishedAt when the
	// row is still in state from and its Ref is unknown or the same; ok is false
	// otherwise.
	ChangePayment(ctx context.Context, p Payment, from PaymentState) (ok bool, err error)
	// TakeLook moves LookAt of a started payment from p.LookAt to next and notes
	// the look at now; ok is false when somebody else did.
	TakeLook(ctx context.Context, p Payment, next, now time.Time) (ok bool, err error)

	// InsertAdjustment fails with KindConflict when Key was used before.
	InsertAdjustment(ctx context.Context, a Adjustment) error
	// DecideAdjustment moves a pending adjustment to a.State when somebody else
	// than a.DecidedBy asked for it; ok is false otherwise.
	DecideAdjustment(ctx context.Context, a Adjustment) (ok bool, err error)
	// SpendAllowance adds minor to what a staff user has booked alone that day
	// (2006-01-02, UTC); ok is false when it would exceed limit.
	SpendAllowance(ctx context.Context, userID, currency, day string, minor, limit int64) (ok bool, err error)
}

// MoneyLimits bounds money movements in one currency, in minor units.
type MoneyLimits struct {
	TopUpMin int64
	TopUpMax int64
	// Alone is how much one staff user may credit or debit per day (UTC) without
	// a second one, over all customers.
	Alone int64
}

// defaultLimits are 10, 5000 and 200 units of a currency.
func defaultLimits(code string) MoneyLimits {
	unit := int64(1)
	for range scale(code) {
		unit *= 10
	}
	return MoneyLimits{TopUpMin: 10 * unit, TopUpMax: 5000 * unit, Alone: 200 * unit}
}
