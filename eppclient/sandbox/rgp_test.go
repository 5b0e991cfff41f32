package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	rgpNS = "urn:ietf:params:xml:ns:rgp-1.0"
	day   = 24 * time.Hour
)

func rgp(inner string) string {
	return `<rgp:update xmlns:rgp="` + rgpNS + `">` + inner + `</rgp:update>`
}

func restoreRequest(name string) string {
	return extended(updateDomain(name, "<o:chg/>"), rgp(`<rgp:restore op="request"/>`))
}

func restoreReport(name string, deleted, restored time.Time, statements int) string {
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	return extended(updateDomain(name, "<o:chg/>"), rgp(`<rgp:restore op="report"><rgp:report><rgp:preData>before</rgp:preData><rgp:postData>after</rgp:postData><rgp:delTime>`+
		at(deleted)+`</rgp:delTime><rgp:resTime>`+at(restored)+`</rgp:resTime><rgp:resReason>mistake</rgp:resReason>`+
		strings.Repeat(`<rgp:statement>true</rgp:statement>`, statements)+`</rgp:report></rgp:restore>`))
}

func grace(kinds ...string) string {
	return `<rgp:infData xmlns:rgp="` + rgpNS + `"><rgp:rgpStatus s="` + strings.Join(kinds, `"/><rgp:rgpStatus s="`) + `"`
}

func TestRestore(t *testing.T) {
	f := start(t, offering(rgpNS), func(c *sandbox.Config) { c.TLDs[0].Prices[sandbox.ActionRestore] = 4000 })
	c := f.loginExt("alpha", rgpNS)
	info := named("info", domainNS, "r.example")
	status := func(s string) { t.Helper(); c.want(1000, info).has(t, `<rgp:rgpStatus s="`+s+`"`) }
	c.want(1000, createDomain("r.example", ""))
	status("addPeriod")
	f.clock.Advance(6 * day)
	c.want(1000, info).hasNot(t, "rgp:")
	c.want(2304, restoreRequest("r.example"))
	c.want(1001, named("delete", domainNS, "r.example"))
	deleted := f.clock.Now()
	status("redemptionPeriod")
	f.clock.Advance(29 * day)
	f.loginExt("beta", rgpNS).want(2201, restoreRequest("r.example"))
	before := f.funds("alpha")
	c.want(2304, restoreReport("r.example", deleted, deleted, 2))
	c.want(1000, restoreRequest("r.example")).has(t, `<extension><rgp:upData xmlns:rgp="`+rgpNS+`"><rgp:rgpStatus s="pendingRestore"`)
	f.wantFunds("alpha", before-4000)
	restored := f.clock.Now()
	status("pendingRestore")
	c.want(1000, info).has(t, `s="pendingDelete"`)
	c.want(2304, restoreRequest("r.example"))
	c.want(2304, renewDomain("r.example", "2027-01-15", ""))

	// The report is late: back to where the name was, on its way to the purge.
	f.clock.Advance(7 * day)
	c.want(2303, info) // 35 days were over meanwhile
	c.want(2303, restoreReport("r.example", deleted, restored, 2))
}

func TestRestoreReport(t *testing.T) {
	f := start(t, offering(rgpNS), func(c *sandbox.Config) { c.TLDs[0].Prices[sandbox.ActionRestore] = 4000 })
	c := f.loginExt("alpha", rgpNS)
	c.want(1000, createDomain("r.example", ""))
	f.clock.Advance(363 * day)
	c.want(1001, named("delete", domainNS, "r.example"))
	deleted := f.clock.Now()
	f.clock.Advance(day)
	c.want(1000, restoreRequest("r.example"))
	restored := f.clock.Now()
	f.clock.Advance(day)
	for name, tt := range map[string]struct {
		frame string
		code  int
	}{
		"one statement":       {restoreReport("r.example", deleted, restored, 1), 2306},
		"no statement":        {restoreReport("r.example", deleted, restored, 0), 2003},
		"wrong deletion":      {restoreReport("r.example", deleted.Add(-2*time.Minute), restored, 2), 2004},
		"wrong restore":       {restoreReport("r.example", deleted, f.clock.Now(), 2), 2004},
		"no report":           {extended(updateDomain("r.example", "<o:chg/>"), rgp(`<rgp:restore op="report"/>`)), 2003},
		"op":                  {extended(updateDomain("r.example", "<o:chg/>"), rgp(`<rgp:restore op="undo"/>`)), 2005},
		"another change":      {strings.Replace(restoreReport("r.example", deleted, restored, 2), "<o:chg/>", `<o:add><o:status s="clientHold"/></o:add>`, 1), 2306},
		"in a delete":         {extended(named("delete", domainNS, "r.example"), rgp(`<rgp:restore op="request"/>`)), 2002},
		"empty preData":       {strings.Replace(restoreReport("r.example", deleted, restored, 2), "before", "", 1), 2003},
		"time of no zone":     {strings.Replace(restoreReport("r.example", deleted, restored, 2), deleted.Format(time.RFC3339), "2027-01-13T10:30:00", 1), 2005},
		"request with report": {strings.Replace(restoreReport("r.example", deleted, restored, 2), `op="report"`, `op="request"`, 1), 2306},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, tt.frame) })
	}
	before := f.funds("alpha")
	f.clock.Advance(day) // it expires meanwhile
	c.want(1000, restoreReport("r.example", deleted, restored, 2))
	a := c.want(1000, named("info", domainNS, "r.example"))
	a.has(t, `s="inactive"`, "<domain:exDate>2028-01-15")
	a.hasNot(t, "rgp:", "pendingDelete")
	f.wantFunds("alpha", before-900)
	c.want(2304, restoreReport("r.example", deleted, restored, 2))
}

// TestUnreportedRestore: without a report a name goes back into redemption, if
// that is not over yet, and can be asked for again.
func TestUnreportedRestore(t *testing.T) {
	f := start(t, offering(rgpNS))
	c := f.loginExt("alpha", rgpNS)
	c.want(1000, createDomain("r.example", ""))
	f.clock.Advance(6 * day)
	c.want(1001, named("delete", domainNS, "r.example"))
	c.want(1000, restoreRequest("r.example"))
	f.clock.Advance(7 * day)
	c.want(1000, named("info", domainNS, "r.example")).has(t, `<rgp:rgpStatus s="redemptionPeriod"`)
	c.want(1000, restoreRequest("r.example"))
	f.clock.Advance(7 * day)
	f.clock.Advance(16*day + time.Millisecond)
	c.want(1000, named("info", domainNS, "r.example")).has(t, `<rgp:rgpStatus s="pendingDelete"`)
	c.want(2304, restoreRequest("r.example"))
	f.clock.Advance(5 * day)
	c.want(2303, named("info", domainNS, "r.example"))
	c.want(1000, createDomain("r.example", ""))
}

// TestGracePeriods: what was charged within one goes back at a deletion.
func TestGracePeriods(t *testing.T) {
	f := start(t, offering(rgpNS), func(c *sandbox.Config) { c.TLDs[0].Prices[sandbox.ActionTransfer] = 850 })
	alpha, beta := f.loginExt("alpha", rgpNS), f.loginExt("beta", rgpNS)
	alpha.want(1000, createDomain("g.example", ""))
	f.clock.Advance(6 * day)
	beta.want(1001, transfer("request", domainNS, "g.example", rightAuth))
	alpha.want(1000, transfer("approve", domainNS, "g.example", ""))
	beta.want(1000, renewDomain("g.example", "2028-01-15", years(2)))
	beta.want(1000, named("info", domainNS, "g.example")).has(t, grace("renewPeriod", "transferPeriod"))
	f.wantFunds("beta", 100_000-850-1800)
	beta.want(1001, named("delete", domainNS, "g.example"))
	f.wantFunds("beta", 100_000)
	f.wantFunds("alpha", 100_000-800)
	beta.want(1000, named("info", domainNS, "g.example")).has(t, "<domain:exDate>2027-01-15", `s="redemptionPeriod"`)
}

// TestAutoRenew: the registry renews at expiry, and takes the name from who
// cannot pay.
func TestAutoRenew(t *testing.T) {
	f := start(t, offering(rgpNS, changePollNS), func(c *sandbox.Config) { c.TLDs[0].AutoRenew = true })
	c := f.loginExt("alpha", rgpNS, changePollNS)
	for i := range 3 {
		c.want(1000, createDomain(fmt.Sprintf("a%d.example", i), ""))
	}
	f.clock.Advance(365*day - time.Millisecond)
	c.noMessages()
	if _, err := f.srv.SetFunds(t.Context(), "alpha", 2*900); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Millisecond)
	for range 2 {
		c.next("Registry initiated autoRenew", "<domain:exDate>2028-01-15", "<changePoll:operation>autoRenew")
	}
	c.next(`s="pendingDelete"`, "autoDelete", "The balance is too low.")
	c.noMessages()
	f.wantFunds("alpha", 0)
	c.want(1000, named("info", domainNS, "a0.example")).has(t, "<domain:exDate>2028-01-15", grace("autoRenewPeriod"))
	c.want(1000, named("info", domainNS, "a2.example")).has(t, grace("redemptionPeriod"))
	f.clock.Advance(44 * day)
	c.want(1001, named("delete", domainNS, "a0.example"))
	f.wantFunds("alpha", 900) // within 45 days
	f.clock.Advance(2 * day)
	c.want(1001, named("delete", domainNS, "a1.example"))
	f.wantFunds("alpha", 900)
}
