package registrar

import "time"

// AccountKind is a kind of ledger account.
type AccountKind string

// Account kinds. Amounts are signed so that every posting sums to zero per
// currency; a customer's positive balance is money we owe him.
const (
	AccountCustomer AccountKind = "customer"         // owner: customer id
	AccountRevenue  AccountKind = "revenue"          // what customers paid for work done
	AccountClearing AccountKind = "clearing"         // counterpart of money that comes in or goes out
	AccountDeposit  AccountKind = "registry_deposit" // owner: registry; what we spent of its prepaid deposit is negative
	AccountCost     AccountKind = "registry_cost"    // owner: registry

	AccountReceivable AccountKind = "receivable" // owner: customer id; what he owes is negative
	AccountLoss       AccountKind = "loss"       // what was owed and written off
)

// Account is one ledger account with its cached balance.
type Account struct {
	ID       string
	Kind     AccountKind
	Owner    string
	Currency string
	Balance  int64 // minor units; equals the sum of its entries
	Held     int64 // minor units; equals the sum of its open holds
}

// Available returns what may still be spent.
func (a Account) Available() Money { return Money{a.Balance - a.Held, a.Currency} }

// AccountKey names an account.
type AccountKey struct {
	Kind     AccountKind
	Owner    string
	Currency string
}

// PostingKind says what a posting books.
type PostingKind string

// Posting kinds.
const (
	PostingTopUp        PostingKind = "top_up"        // ref: payment id
	PostingSale         PostingKind = "sale"          // ref: order line id
	PostingRegistryCost PostingKind = "registry_cost" // ref: command id

	PostingRefund         PostingKind = "refund"          // ref: order line id; the registry took the name back
	PostingRegistryRefund PostingKind = "registry_refund" // ref: order line id; what the registry gave back
	PostingAdjustment     PostingKind = "adjustment"      // ref: adjustment id

	PostingReturn     PostingKind = "return"     // ref: an id of its own; money went back at the provider, or came back
	PostingSettlement PostingKind = "settlement" // ref: an id of its own; what was owed is taken from the balance
	PostingWriteOff   PostingKind = "write_off"  // ref: an id of its own
)

// Posting is one balanced booking. (Kind, Ref) is unique: the same fact can't
// be booked twice.
type Posting struct {
	ID      string
	Kind    PostingKind
	Ref     string
	Memo    string
	At      time.Time
	Entries []Entry
}

// Entry is one side of a posting.
type Entry struct {
	ID        string
	PostingID string
	AccountID string
	Minor     int64
	At        time.Time
	Kind      PostingKind // of its posting, for lists
	Ref       string
	Memo      string
}

// HoldState says what became of a hold.
type HoldState string

// Hold states.
const (
	HoldOpen     HoldState = "open"
	HoldCaptured HoldState = "captured"
	HoldReleased HoldState = "released"
)

// Hold sets money of a customer aside for one order line.
type Hold struct {
	ID        string
	AccountID string
	Ref       string // order line id, unique
	Minor     int64
	State     HoldState
	CreatedAt time.Time
	EndedAt   *time.Time
}

// LedgerProblem is one finding of a ledger check.
type LedgerProblem struct {
	Subject string // "account acc_…", "posting pst_…", "hold hld_…"
	Detail  string
}
