package verisign

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/rgp"
)

// The URIs of the two poll mappings, announced as objURI.
const (
	LowBalanceNamespace = "http://www.verisign.com/epp/lowbalance-poll-1.0"
	RGPPollNamespace    = "http://www.verisign.com/epp/rgp-poll-1.0"
)

// LowBalanceMapping describes the low balance mapping.
var LowBalanceMapping = epp.Mapping{
	URI: LowBalanceNamespace, Prefix: "lowbalance-poll", Object: true, Reference: reference,
	Adds: "poll message when the account runs low",
}

// RGPPollMapping describes the grace period mapping.
var RGPPollMapping = epp.Mapping{
	URI: RGPPollNamespace, Prefix: "rgp-poll", Object: true, Reference: reference,
	Adds: "poll message when a restore report is due",
}

// LowBalance warns that the credit falls below the threshold.
type LowBalance struct {
	Registrar   string
	CreditLimit fee.Amount
	Available   fee.Amount
	Threshold   Threshold
}

// LowBalanceData reads the warning; ok is false when it is none.
func LowBalanceData(r *epp.Response) (data LowBalance, ok bool) {
	el, err := r.Data(LowBalanceNamespace, "pollData")
	if err != nil {
		return LowBalance{}, false
	}
	text := func(local string) string { return el.ChildValue(LowBalanceNamespace, local) }
	data = LowBalance{
		Registrar: text("registrarName"), CreditLimit: fee.Amount(text("creditLimit")),
		Available: fee.Amount(text("availableCredit")),
	}
	t := el.Child(LowBalanceNamespace, "creditThreshold")
	if t.Attr("type") == "PERCENT" {
		data.Threshold = threshold("", t.Value())
	} else {
		data.Threshold = threshold(t.Value(), "")
	}
	return data, true
}

// RestoreDue says that a name waits for its restore report.
type RestoreDue struct {
	Name      string
	Status    rgp.Status
	Requested epp.Time
	ReportDue epp.Time
}

// RestoreDueData reads the message; ok is false when it is none.
func RestoreDueData(r *epp.Response) (data RestoreDue, ok bool) {
	el, err := r.Data(RGPPollNamespace, "pollData")
	if err != nil {
		return RestoreDue{}, false
	}
	return RestoreDue{
		Name:      el.ChildValue(RGPPollNamespace, "name"),
		Status:    rgp.Status(el.Child(RGPPollNamespace, "rgpStatus").Attr("s")),
		Requested: epp.ParseTime(el.ChildValue(RGPPollNamespace, "reqDate")),
		ReportDue: epp.ParseTime(el.ChildValue(RGPPollNamespace, "reportDueDate")),
	}, true
}
