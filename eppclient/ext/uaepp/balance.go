package uaepp

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
)

// BalanceNamespace is the URI of the balance mapping. It has a command of its own
// but is announced as an extension.
const BalanceNamespace = "http://hostmaster.ua/epp/balance-1.0"

// BalanceInfo asks for the balance of a contract between us and the administrator of
// a public domain, for example "R12/999".
type BalanceInfo struct{ Contract string }

// Describe names the command.
func (c BalanceInfo) Describe() epp.Description {
	return epp.Description{Verb: "info", Kind: "balance", Object: c.Contract}
}

// EncodeCommand writes <info>.
func (c BalanceInfo) EncodeCommand(e *epp.Encoder) {
	e.Object("info", "balance", BalanceNamespace, func() { e.Token("balance:contract", c.Contract, 1, 255) })
}

// Balance is the state of a contract.
type Balance struct {
	Contract string
	Until    epp.Time // end of the contract
	Active   bool     // commands that cost something are carried out
	Amount   fee.Amount
	At       epp.Time // what Amount was then
}

// BalanceData reads the answer. Amounts carry no currency: it is that of the
// contract. Error: *epp.MissingError.
func BalanceData(r *epp.Response) (Balance, error) {
	el, err := r.Data(BalanceNamespace, "infData")
	if err != nil {
		return Balance{}, err
	}
	amount := el.Child(BalanceNamespace, "balance")
	if amount.Value() == "" {
		return Balance{}, &epp.MissingError{Element: "balance:balance"}
	}
	active, _ := epp.ParseBool(el.Child(BalanceNamespace, "status").Attr("s"))
	return Balance{
		Contract: el.ChildValue(BalanceNamespace, "contract"), Until: epp.ParseTime(el.ChildValue(BalanceNamespace, "contractUntil")),
		Active: active, Amount: fee.Amount(amount.Value()), At: epp.ParseTime(amount.Attr("bdate")),
	}, nil
}
