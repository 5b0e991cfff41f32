package api

import (
	"time"

	"github.com/indera/indera/registrar"
)

// Amount is an exact amount of money.
type Amount struct {
	Amount   string `json:"amount" pattern:"^[0-9]{1,12}([.][0-9]{1,4})?$" example:"12.00" doc:"Plain decimal with the currency's decimals."`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" example:"USD" doc:"ISO 4217 code."`
}

// BalanceAmount is an amount that may be negative.
type BalanceAmount struct {
	Amount   string `json:"amount" example:"250.00"`
	Currency string `json:"currency" example:"USD" doc:"ISO 4217 code."`
}

func amountOf(m registrar.Money) Amount { return Amount{m.Decimal(), m.Currency} }

// Prices has one entry for each action that is sold: what one year of it costs.
type Prices map[string]Amount

func pricesOf(in map[registrar.Action]registrar.Money) Prices {
	out := make(Prices, len(in))
	for action, m := range in {
		out[string(action)] = amountOf(m)
	}
	return out
}

// CheckRequest asks for availability.
type CheckRequest struct {
	Names []string `json:"names" minItems:"1" maxItems:"200" nullable:"false" doc:"Domain names in A-labels or U-labels."`
}

// CheckResponse answers in the order of the names asked.
type CheckResponse struct {
	Results []CheckResult `json:"results" nullable:"false"`
}

// CheckResult is the answer for one name.
type CheckResult struct {
	Name        string `json:"name" example:"brand.shop" doc:"The name as A-label; as it was sent when it is no name."`
	UnicodeName string `json:"unicode_name" example:"brand.shop" doc:"The name as people read it (U-label); as it was sent when it is no name."`
	Available   bool   `json:"available" doc:"True exactly when status is available."`
	Status      string `json:"status" enum:"available,registered,reserved,unsupported,unknown" doc:"unknown: the registry did not answer in time; ask again."`
	Reason      string `json:"reason" doc:"Why it can't be had or can't be told; may be empty."`
	Code        string `json:"code,omitempty" example:"tld_not_sold" doc:"A stable word for why the name is not available: registered and reserved are the registry's answers, no_answer means that it did not answer in time; others are refusals of ours, such as bad_name, tld_not_sold, no_price or emoji_refused. Absent when it is available. There may be more words than these."`
	Premium     bool   `json:"premium" doc:"The price is not the list price."`
	Prices      Prices `json:"prices" doc:"What one year costs, by action: register, renew, transfer, restore."`
}

// Registrant is who will hold a name.
type Registrant struct {
	Name         string   `json:"name" minLength:"1" maxLength:"255" example:"Ada Lovelace"`
	Organization string   `json:"organization,omitempty" maxLength:"255" nullable:"true" example:"Analytical Engines Ltd" doc:"When given, the organisation is the holder."`
	Street       []string `json:"street" minItems:"1" maxItems:"3" nullable:"false" doc:"One to three lines."`
	City         string   `json:"city" minLength:"1" maxLength:"255" example:"London"`
	State        string   `json:"state,omitempty" maxLength:"255" nullable:"true" doc:"State or province, where addresses have one."`
	PostalCode   string   `json:"postal_code,omitempty" maxLength:"16" nullable:"true" example:"SW1Y 4JH" doc:"Where addresses have one."`
	CountryCode  string   `json:"country_code" minLength:"2" maxLength:"2" example:"GB" doc:"ISO 3166-1 alpha-2."`
	Phone        string   `json:"phone" maxLength:"40" example:"+44.2079460123" doc:"With country code, preferably +CC.NUMBER (RFC 5733)."`
	Email        string   `json:"email" maxLength:"254" example:"ada@example.org"`
}

func (r Registrant) data() registrar.ContactData {
	return registrar.ContactData{Name: r.Name, Organization: r.Organization, Street: r.Street, City: r.City, State: r.State,
		PostalCode: r.PostalCode, CountryCode: r.CountryCode, Phone: r.Phone, Email: r.Email}
}

func registrantOf(c registrar.ContactVersion) *Registrant {
	return &Registrant{Name: c.Name, Organization: c.Organization, Street: c.Street, City: c.City, State: c.State,
		PostalCode: c.PostalCode, CountryCode: c.CountryCode, Phone: c.Phone, Email: c.Email}
}

// RegisterRequest orders a registration.
type RegisterRequest struct {
	Name             string      `json:"name" minLength:"1" maxLength:"255" example:"brand.shop" doc:"In A-labels or U-labels."`
	PeriodYears      int         `json:"period_years" minimum:"1" maximum:"99"`
	Registrant       *Registrant `json:"registrant,omitempty" doc:"Who will hold the name; or give contact_id."`
	ContactID        string      `json:"contact_id,omitempty" maxLength:"64" nullable:"true" doc:"A contact of the account, instead of registrant."`
	NameServers      []string    `json:"nameservers,omitempty" maxItems:"13" doc:"May be absent where the ending allows it."`
	ExpectedPrice    *Amount     `json:"expected_price,omitempty" doc:"When given, another price refuses the order."`
	AgreementVersion string      `json:"agreement_version" maxLength:"64" example:"2026-12" doc:"The version of the registration agreement that the customer has read and accepted: the one in force, as GET /agreement gives it."`
	AgreementLang    string      `json:"agreement_language,omitempty" maxLength:"35" nullable:"true" example:"en" doc:"The language in which it was shown, one of those that GET /agreement lists; by default the one it is given in for your account."`
}

// RenewRequest orders more years.
type RenewRequest struct {
	PeriodYears      int     `json:"period_years" minimum:"1" maximum:"99"`
	CurrentExpiry    string  `json:"current_expiry,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" nullable:"true" example:"2027-11-23" doc:"Guard: when the name expires on another day, nothing is done."`
	ExpectedPrice    *Amount `json:"expected_price,omitempty" doc:"When given, another price refuses the order."`
	AgreementVersion string  `json:"agreement_version" maxLength:"64" example:"2026-12" doc:"As for a registration."`
	AgreementLang    string  `json:"agreement_language,omitempty" maxLength:"35" nullable:"true" example:"en" doc:"As for a registration."`
}

// NameServersRequest replaces the delegation.
type NameServersRequest struct {
	NameServers []string `json:"nameservers" maxItems:"13" nullable:"false" doc:"The whole new list; host objects that the registry lacks are created."`
}

// Domain is a name of the account.
type Domain struct {
	ID          string      `json:"id" example:"dom_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Name        string      `json:"name" example:"brand.shop" doc:"A-label."`
	UnicodeName string      `json:"unicode_name" example:"brand.shop" doc:"U-label."`
	TLD         string      `json:"tld" example:"shop"`
	State       string      `json:"state" enum:"pending_create,active,pending_delete" doc:"pending_create: ordered, not yet at the registry; pending_delete: deleted, and still there for a while."`
	OwnerSystem string      `json:"owner_system" example:"engine" doc:"Who manages the name: engine, or a billing system such as mirror(fossbilling); a name of a billing system is changed there, and every change here is refused with other_owner_system. import: it came from a file and is not proved at its registry yet; every change is refused with not_proved."`
	Statuses    []string    `json:"statuses" nullable:"false" doc:"EPP statuses as the registry gave them."`
	NameServers []string    `json:"nameservers" nullable:"false"`
	Locks       []string    `json:"locks" nullable:"false" doc:"Locks of ours in force: transfer, update, delete."`
	ContactID   string      `json:"contact_id" doc:"The registrant's contact."`
	Contacts    []Role      `json:"contacts,omitempty" doc:"Who plays which role; left out in lists."`
	Registrant  *Registrant `json:"registrant,omitempty" doc:"Left out in lists."`
	OrderedAt   time.Time   `json:"ordered_at"`
	CreatedAt   *time.Time  `json:"created_at,omitempty" doc:"At the registry."`
	ExpiresAt   *time.Time  `json:"expires_at,omitempty" doc:"At the registry."`
	ChangedAt   *time.Time  `json:"changed_at,omitempty" doc:"At the registry; absent when never changed."`
}

func domainOf(d registrar.Domain) Domain {
	return Domain{
		ID: d.ID, Name: d.Name, UnicodeName: d.UName, TLD: d.TLD, State: string(d.State), OwnerSystem: d.OwnerSystem, Statuses: list(d.Statuses),
		NameServers: list(d.NameServers), ContactID: d.Registrant.ContactID, Locks: locksOf(d),
		OrderedAt: d.OrderedAt, CreatedAt: d.CreatedAt, ExpiresAt: d.ExpiresAt, ChangedAt: d.ChangedAt,
	}
}

// list makes an absent list an empty one, so that programs see an array.
func list(in []string) []string {
	if in == nil {
		return []string{}
	}
	return in
}

// DomainList is one page of names.
type DomainList struct {
	Domains    []Domain `json:"domains" nullable:"false" doc:"By A-label."`
	NextCursor string   `json:"next_cursor,omitempty" doc:"Where the next page starts; absent on the last."`
}

// Operation is one accepted request.
type Operation struct {
	ID         string     `json:"id" example:"op_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Kind       string     `json:"kind" enum:"register,renew,nameservers,lock,unlock,transfer_code,transfer_code_end,delete,host,host_delete,contacts,registrant,contact,contact_material"`
	State      string     `json:"state" enum:"running,succeeded,failed,needs_review" doc:"needs_review: a person at the registrar looks at it."`
	Domain     string     `json:"domain" example:"brand.shop" doc:"Empty for a change of a contact, which may hold many."`
	OrderID    string     `json:"order_id,omitempty" doc:"Absent when it costs nothing."`
	Failure    *Failure   `json:"failure,omitempty" doc:"Only when state is failed; nothing was charged."`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Commands   []Command  `json:"commands" nullable:"false" doc:"What is done at the registry, in order."`
}

// Failure says why an operation failed.
type Failure struct {
	Code    string `json:"code" example:"object_exists"`
	Message string `json:"message"`
}

// Command is one EPP transform of an operation.
type Command struct {
	Verb   string `json:"verb" example:"domain:create"`
	Object string `json:"object" example:"brand.shop" doc:"Domain name, host name or contact handle."`
	State  string `json:"state" enum:"waiting,queued,sent,done,failed,needs_review,cancelled"`
	Code   int    `json:"code" doc:"The registry's result code (RFC 5730); 0 before it answered."`
}

func operationOf(op registrar.Operation, commands []registrar.Command) Operation {
	out := Operation{ID: op.ID, Kind: string(op.Kind), State: string(op.State), Domain: op.Domain, OrderID: op.OrderID,
		CreatedAt: op.CreatedAt, FinishedAt: op.FinishedAt, Commands: make([]Command, 0, len(commands))}
	if op.State == registrar.OpFailed {
		out.Failure = &Failure{op.FailureCode, op.Failure}
	}
	for _, c := range commands {
		out.Commands = append(out.Commands, Command{string(c.Verb), c.Object, string(c.State), c.ResultCode})
	}
	return out
}

// Balance is the account's money.
type Balance struct {
	Balance   BalanceAmount `json:"balance" doc:"What is on the account."`
	Held      BalanceAmount `json:"held" doc:"Set aside for orders under way."`
	Available BalanceAmount `json:"available" doc:"What may still be spent."`
}

// TLDList is the price list.
type TLDList struct {
	TLDs []TLD `json:"tlds" nullable:"false"`
}

// TLD is one ending that is sold.
type TLD struct {
	Name           string `json:"name" example:"shop" doc:"A-label without leading dot."`
	MinYears       int    `json:"min_years"`
	MaxYears       int    `json:"max_years"`
	MinNameServers int    `json:"min_nameservers"`
	MaxNameServers int    `json:"max_nameservers"`
	Prices         Prices `json:"prices" doc:"What one year costs, by action; a missing action is not sold."`
}
