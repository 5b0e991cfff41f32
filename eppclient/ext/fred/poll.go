package fred

import (
	"strconv"

	"github.com/indera/indera/eppclient/epp"
)

// Message is one of Transferred, Expiring, Changed, Dropped, Tested, LowCredit,
// Requests: what a poll message says.
type Message interface{ message() }

// Transferred tells that an object of ours has gone to another registrar.
type Transferred struct {
	Kind Kind
	ID   string
	At   epp.Time
	By   string // clID of the new registrar
}

// ExpiryStage is how far a domain, or the validation of an ENUM domain, has run out.
type ExpiryStage string

// The stages.
const (
	ExpiresSoon    ExpiryStage = "impendingExpData"
	Expired        ExpiryStage = "expData"
	OutOfZone      ExpiryStage = "dnsOutageData"
	Deleted        ExpiryStage = "delData"
	ValidationSoon ExpiryStage = "impendingValExpData"
	ValidationOver ExpiryStage = "valExpData"
)

// Expiring tells of a domain that runs out.
type Expiring struct {
	Name  string
	Stage ExpiryStage
	Date  epp.Time // until when the domain, or its validation, was or is good
}

// Changed tells that the registry changed an object of ours: it has to be read
// anew.
type Changed struct {
	Kind   Kind
	ID     string
	OpTRID string // of the change, for the registry's support
}

// Dropped tells that the registry deleted an unused contact, nsset or keyset of ours.
type Dropped struct {
	Kind Kind
	ID   string
}

// Tested is the outcome of a technical test.
type Tested struct {
	Kind    Kind // nsset or keyset
	TestID  string
	ID      string
	Names   []string
	Results []TestResult
}

// TestResult is the outcome of one part of a test.
type TestResult struct {
	Name   string
	Passed bool
	Note   string
}

// LowCredit warns that our credit for a zone has fallen below its limit.
type LowCredit struct {
	Zone          string
	Limit, Credit string // decimal numbers
}

// Requests tells how many requests we made in a period and what more will cost.
type Requests struct {
	From, To   epp.Time
	Free, Used uint64
	Price      string // of one request beyond the free ones
}

func (Transferred) message() {}
func (Expiring) message()    {}
func (Changed) message()     {}
func (Dropped) message()     {}
func (Tested) message()      {}
func (LowCredit) message()   {}
func (Requests) message()    {}

// ReadMessage reads the data of a poll message; nil when it is none of FRED's or
// lacks what it is about.
func ReadMessage(el *epp.Element) Message {
	if el == nil {
		return nil
	}
	switch el.Space {
	case Namespace:
		return ownMessage(el)
	case EnumvalNamespace:
		if name := el.ChildValue(EnumvalNamespace, "name"); name != "" && (el.Local == string(ValidationSoon) || el.Local == string(ValidationOver)) {
			return Expiring{Name: name, Stage: ExpiryStage(el.Local), Date: epp.ParseTime(el.ChildValue(EnumvalNamespace, "valExDate"))}
		}
		return nil
	}
	for _, k := range Kinds {
		if k.Namespace() == el.Space {
			return k.readMessage(el)
		}
	}
	return nil
}

func (k Kind) readMessage(el *epp.Element) Message {
	text := func(local string) string { return el.ChildValue(el.Space, local) }
	id := text(k.key())
	if el.Local == "updateData" {
		id = el.Child(el.Space, "newData").ChildValue(el.Space, k.key())
	}
	if id == "" {
		return nil
	}
	switch el.Local {
	case "trnData":
		return Transferred{Kind: k, ID: id, At: epp.ParseTime(text("trDate")), By: text("clID")}
	case "updateData":
		return Changed{Kind: k, ID: id, OpTRID: text("opTRID")}
	case "idleDelData":
		return Dropped{Kind: k, ID: id}
	case "testData":
		return k.tested(el, id)
	case string(ExpiresSoon), string(Expired), string(OutOfZone), string(Deleted):
		if k == Domain {
			return Expiring{Name: id, Stage: ExpiryStage(el.Local), Date: epp.ParseTime(text("exDate"))}
		}
	}
	return nil
}

func (k Kind) tested(el *epp.Element, id string) Message {
	out := Tested{Kind: k, ID: id, TestID: el.ChildValue(el.Space, "cltestid"), Names: el.ChildValues(el.Space, "name")}
	for _, r := range el.All(el.Space, "result") {
		passed, _ := epp.ParseBool(r.ChildValue(el.Space, "status")) // unreadable: not passed
		out.Results = append(out.Results, TestResult{Name: r.ChildValue(el.Space, "testname"), Passed: passed, Note: r.ChildValue(el.Space, "note")})
	}
	return out
}

func ownMessage(el *epp.Element) Message {
	text := func(local string) string { return el.ChildValue(Namespace, local) }
	number := func(local string) uint64 {
		n, err := strconv.ParseUint(text(local), 10, 64)
		if err != nil {
			return 0 // for people only, who see the frame
		}
		return n
	}
	switch el.Local {
	case "lowCreditData":
		return LowCredit{
			Zone: text("zone"), Limit: zoneCredit(el.Child(Namespace, "limit")).Credit, Credit: zoneCredit(el.Child(Namespace, "credit")).Credit,
		}
	case "requestFeeInfoData":
		return Requests{
			From: epp.ParseTime(text("periodFrom")), To: epp.ParseTime(text("periodTo")),
			Free: number("totalFreeCount"), Used: number("usedCount"), Price: text("price"),
		}
	}
	return nil
}
