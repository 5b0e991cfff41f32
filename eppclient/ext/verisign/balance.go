package verisign

import (
	"strconv"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
)

// BalanceNamespace is the URI of the balance mapping, announced as objURI.
const BalanceNamespace = "http://www.verisign.com/epp/balance-1.0"

// BalanceMapping describes the mapping.
var BalanceMapping = epp.Mapping{
	URI: BalanceNamespace, Prefix: "balance", Object: true, Reference: reference,
	Adds: "credit limit, balance and threshold of the account",
}

// BalanceInfo asks for the state of our account.
type BalanceInfo struct{}

// Describe names the command.
func (BalanceInfo) Describe() epp.Description {
	return epp.Description{Verb: "info", Kind: "balance"}
}

// EncodeCommand writes <info>.
func (BalanceInfo) EncodeCommand(e *epp.Encoder) {
	e.Start("info")
	e.Within("balance", BalanceNamespace, "info", nil)
	e.End("info")
}

// Threshold is when the registry warns: a fixed amount or a share of the limit.
type Threshold struct {
	Fixed   fee.Amount
	Percent int // of the credit limit, when Fixed is ""
}

// Balance is the state of the account. Amounts are in the currency of the
// contract.
type Balance struct {
	CreditLimit, Balance, Available fee.Amount
	Threshold                       Threshold
}

// BalanceData reads the answer. Error: *epp.MissingError.
func BalanceData(r *epp.Response) (Balance, error) {
	el, err := r.Data(BalanceNamespace, "infData")
	if err != nil {
		return Balance{}, err
	}
	amount := func(local string) fee.Amount { return fee.Amount(el.ChildValue(BalanceNamespace, local)) }
	t := el.Child(BalanceNamespace, "creditThreshold")
	return Balance{
		CreditLimit: amount("creditLimit"), Balance: amount("balance"), Available: amount("availableCredit"),
		Threshold: threshold(t.ChildValue(BalanceNamespace, "fixed"), t.ChildValue(BalanceNamespace, "percent")),
	}, nil
}

func threshold(fixed, percent string) Threshold {
	n, err := strconv.Atoi(percent)
	if err != nil {
		n = 0 // only the amount counts then
	}
	return Threshold{Fixed: fee.Amount(fixed), Percent: n}
}
