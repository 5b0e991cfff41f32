package verisign

import (
	"fmt"
	"time"

	"github.com/indera/indera/eppclient/epp"
)

// SyncNamespace is the URI of the expiry synchronisation extension.
const SyncNamespace = "http://www.verisign.com/epp/sync-1.0"

// SyncMapping describes the extension.
var SyncMapping = epp.Mapping{
	URI: SyncNamespace, Prefix: "sync", Reference: reference,
	Adds: "moving the expiry to a chosen day, billable",
}

// Sync goes with a domain update whose Chg is present and empty. It moves the
// expiry forward to the next such day and is billed by the days.
type Sync struct {
	Month time.Month
	Day   int
}

// EncodeExtension implements epp.Extension.
func (s Sync) EncodeExtension(e *epp.Encoder) {
	// A leap year: 29 February is a day of the calendar.
	d := time.Date(2024, s.Month, s.Day, 0, 0, 0, 0, time.UTC)
	if d.Month() != s.Month || d.Day() != s.Day {
		e.Fail("sync:expMonthDay", "is no day of the calendar")
	}
	e.Within("sync", SyncNamespace, "update", func() {
		e.Text("sync:expMonthDay", fmt.Sprintf("--%02d-%02d", int(s.Month), s.Day))
	})
}
