package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const rightAuth = "<o:authInfo><o:pw>2fooBAR-x</o:pw></o:authInfo>"

// transfer builds a transfer; rest stands behind the name or id.
func transfer(op, ns, key, rest string) string {
	element := "name"
	if ns == contactNS {
		element = "id"
	}
	return command(fmt.Sprintf(`<transfer op="%s"><o:transfer xmlns:o="%s"><o:%s>%s</o:%s>%s</o:transfer></transfer>`, op, ns, element, key, element, rest))
}

const pollFrame = `<poll op="req"/>`

var empty = func() string { return command(pollFrame) }

// next takes the oldest message off the queue of a session, which must hold the
// texts, in order.
func (c *client) next(texts ...string) answer {
	c.tb.Helper()
	a := c.want(1301, command(pollFrame))
	a.has(c.tb, texts...)
	_, rest, _ := strings.Cut(a.xml, ` id="`)
	id, _, _ := strings.Cut(rest, `"`)
	c.want(1000, command(`<poll op="ack" msgID="`+id+`"/>`))
	return a
}

func (c *client) noMessages() {
	c.tb.Helper()
	c.want(1300, empty())
}

// startTransfers gives two registrars and a domain of alpha with a subordinate
// host and a contact.
func startTransfers(t *testing.T, changes ...func(*sandbox.Config)) (f *fixture, alpha, beta *client) {
	changes = append([]func(*sandbox.Config){func(c *sandbox.Config) {
		c.TLDs[0].Prices[sandbox.ActionTransfer] = 850
	}}, changes...)
	f = start(t, changes...)
	alpha, beta = f.login("alpha"), f.login("beta")
	alpha.want(1000, createDomain("t.example", ""))
	alpha.want(1000, createHost("ns1.t.example", "192.0.2.1"))
	alpha.want(1000, createContact("con-1"))
	return f, alpha, beta
}

func TestTransferApproved(t *testing.T) {
	f, alpha, beta := startTransfers(t)
	f.clock.Advance(10 * 24 * time.Hour)
	const pending = "<domain:trnData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:name>t.example</domain:name><domain:trStatus>pending</domain:trStatus>" +
		"<domain:reID>beta</domain:reID><domain:reDate>2026-01-25T10:30:00.123Z</domain:reDate><domain:acID>alpha</domain:acID><domain:acDate>2026-01-30T10:30:00.123Z</domain:acDate>" +
		"<domain:exDate>2028-01-15T10:30:00.123Z</domain:exDate></domain:trnData>"
	beta.want(1001, transfer("request", domainNS, "t.example", rightAuth)).has(t, pending)
	f.wantFunds("beta", 100_000-850)
	alpha.want(1000, named("info", domainNS, "t.example")).has(t, `s="pendingTransfer"`)
	for _, frame := range []string{
		updateDomain("t.example", `<o:add><o:status s="clientHold"/></o:add>`), renewDomain("t.example", "2027-01-15", ""), named("delete", domainNS, "t.example"),
	} {
		alpha.want(2304, frame).has(t, "pendingTransfer")
	}
	beta.want(2300, transfer("request", domainNS, "t.example", rightAuth))
	for _, c := range []*client{alpha, beta} {
		c.want(1000, transfer("query", domainNS, "t.example", "")).has(t, pending)
	}
	beta.want(2201, transfer("approve", domainNS, "t.example", ""))
	beta.want(2201, transfer("reject", domainNS, "t.example", ""))
	alpha.want(2201, transfer("cancel", domainNS, "t.example", ""))
	alpha.next("Transfer requested.", pending)
	beta.noMessages()

	f.clock.Advance(time.Hour)
	alpha.want(1000, transfer("approve", domainNS, "t.example", "")).has(t, "clientApproved", "<domain:acDate>2026-01-25T11:30:00.123Z</domain:acDate>", "<domain:exDate>2028")
	beta.next("Transfer approved.", "clientApproved")
	alpha.noMessages()
	own := beta.want(1000, named("info", domainNS, "t.example"))
	own.has(t, `s="inactive"`, "<domain:clID>beta</domain:clID><domain:crID>alpha</domain:crID>", "<domain:exDate>2028-01-15T10:30:00.123Z</domain:exDate><domain:trDate>2026-01-25T11:30:00.123Z</domain:trDate>", "<domain:authInfo><domain:pw></domain:pw>")
	beta.want(1000, named("info", hostNS, "ns1.t.example")).has(t, "<host:clID>beta</host:clID>", "<host:trDate>")
	alpha.want(2201, renewDomain("t.example", "2028-01-15", ""))
	alpha.want(1000, transfer("query", domainNS, "t.example", "")).has(t, "clientApproved")
	alpha.want(2202, transfer("request", domainNS, "t.example", rightAuth)) // unset by the transfer
	for _, op := range []string{"approve", "reject", "cancel"} {
		beta.want(2301, transfer(op, domainNS, "t.example", ""))
	}
}

func TestTransferRefusedAndCancelled(t *testing.T) {
	f, alpha, beta := startTransfers(t)
	for _, tt := range []struct {
		actor, listener *client
		op, status      string
	}{{alpha, beta, "reject", "clientRejected"}, {beta, alpha, "cancel", "clientCancelled"}} {
		beta.want(1001, transfer("request", domainNS, "t.example", rightAuth))
		alpha.next("pending")
		a := tt.actor.want(1000, transfer(tt.op, domainNS, "t.example", ""))
		a.has(t, tt.status)
		a.hasNot(t, "exDate")
		tt.listener.next(tt.status)
		f.wantFunds("beta", 100_000)
		alpha.want(1000, named("info", domainNS, "t.example")).has(t, "<domain:clID>alpha", "<domain:exDate>2027", "2fooBAR-x")
	}
	alpha.noMessages()
	beta.noMessages()
}

// TestTransferBySilence: who does not answer in time agrees.
func TestTransferBySilence(t *testing.T) {
	f, alpha, beta := startTransfers(t)
	beta.want(1001, transfer("request", domainNS, "t.example", years(3)+rightAuth))
	beta.want(1001, transfer("request", contactNS, "con-1", rightAuth))
	f.wantFunds("beta", 100_000-3*850)
	f.clock.Advance(5*24*time.Hour - time.Millisecond)
	alpha.want(1000, named("info", domainNS, "t.example")).has(t, "pendingTransfer")
	f.clock.Advance(time.Millisecond)
	beta.want(1000, named("info", domainNS, "t.example")).has(t, "<domain:clID>beta", "<domain:exDate>2030-01-15")
	beta.want(1000, named("info", contactNS, "con-1")).has(t, "<contact:clID>beta", "<contact:trDate>")
	alpha.next("Transfer requested.", "<domain:trnData")
	alpha.next("Transfer requested.", "<contact:trnData")
	for _, c := range []*client{alpha, beta} {
		c.next("approved by the registry", "<domain:trnData", "serverApproved")
		c.next("approved by the registry", "<contact:trnData", "serverApproved")
		c.noMessages()
	}
}

func TestContactTransfer(t *testing.T) {
	_, alpha, beta := startTransfers(t)
	beta.want(2202, transfer("request", contactNS, "con-1", "<o:authInfo><o:pw>wrong</o:pw></o:authInfo>"))
	beta.want(1001, transfer("request", contactNS, "con-1", rightAuth)).has(t, `<contact:trnData xmlns:contact="urn:ietf:params:xml:ns:contact-1.0"><contact:id>con-1</contact:id><contact:trStatus>pending`)
	alpha.want(1000, named("info", contactNS, "con-1")).has(t, `s="pendingTransfer"`)
	alpha.want(2304, named("delete", contactNS, "con-1"))
	beta.want(2300, transfer("request", contactNS, "con-1", rightAuth))
	alpha.want(1000, transfer("reject", contactNS, "con-1", ""))
	beta.next("clientRejected")
	beta.want(1001, transfer("request", contactNS, "con-1", rightAuth))
	alpha.want(1000, transfer("approve", contactNS, "con-1", ""))
	beta.want(1000, named("info", contactNS, "con-1")).has(t, "<contact:clID>beta", "<contact:authInfo><contact:pw></contact:pw>")
	alpha.want(2201, named("info", contactNS, "con-1"))
}

func TestTransferRefusals(t *testing.T) {
	f, alpha, beta := startTransfers(t, func(c *sandbox.Config) { c.Accounts[1].OpeningBalanceMinor = 800 })
	alpha.want(1000, createDomain("locked.example", ""))
	alpha.want(1000, updateDomain("locked.example", `<o:add><o:status s="clientTransferProhibited"/></o:add>`))
	alpha.want(1000, object("create", domainNS, "<o:name>unset.example</o:name><o:authInfo><o:pw/></o:authInfo>"))
	alpha.want(1000, createDomain("gone.example", ""))
	alpha.want(1000, createDomain("server.example", ""))
	f.clock.Advance(6 * 24 * time.Hour)
	alpha.want(1001, named("delete", domainNS, "gone.example"))
	if err := f.srv.Change(t.Context(), sandbox.Change{Name: "server.example", Operation: "update", Add: []string{"serverTransferProhibited"}, Who: "registry"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		who  *client
		xml  string
		code int
	}{
		{"absent", beta, transfer("request", domainNS, "absent.example", rightAuth), 2303},
		{"own", alpha, transfer("request", domainNS, "t.example", rightAuth), 2106},
		{"without authInfo", beta, transfer("request", domainNS, "t.example", ""), 2003},
		{"wrong authInfo", beta, transfer("request", domainNS, "t.example", "<o:authInfo><o:pw>wrong</o:pw></o:authInfo>"), 2202},
		{"unset authInfo", beta, transfer("request", domainNS, "unset.example", "<o:authInfo><o:pw/></o:authInfo>"), 2202},
		{"locked", beta, transfer("request", domainNS, "locked.example", rightAuth), 2304},
		{"locked by the registry", beta, transfer("request", domainNS, "server.example", rightAuth), 2304},
		{"deleted", beta, transfer("request", domainNS, "gone.example", rightAuth), 2304},
		{"months", beta, transfer("request", domainNS, "t.example", `<o:period unit="m">12</o:period>`+rightAuth), 2306},
		{"eleven years", beta, transfer("request", domainNS, "t.example", years(11)+rightAuth), 2004},
		{"period with approve", alpha, transfer("approve", domainNS, "t.example", years(1)), 2306},
		{"no money", beta, transfer("request", domainNS, "t.example", rightAuth), 2104},
		{"approve nothing", alpha, transfer("approve", domainNS, "t.example", ""), 2301},
		{"query nothing", alpha, transfer("query", domainNS, "t.example", ""), 2301},
		{"query with a wrong authInfo", beta, transfer("query", domainNS, "t.example", "<o:authInfo><o:pw>wrong</o:pw></o:authInfo>"), 2202},
		{"query an absent contact", alpha, transfer("query", contactNS, "con-9", ""), 2303},
		{"contact absent", beta, transfer("request", contactNS, "con-9", rightAuth), 2303},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.who.want(tt.code, tt.xml) })
	}
	f.wantFunds("beta", 800)
	alpha.next("serverTransferProhibited")
	alpha.noMessages()
}

// TestTransferTerm: years are added, but no term reaches beyond the limit; the
// last deletion with a refund pays back to who paid.
func TestTransferTerm(t *testing.T) {
	f, alpha, beta := startTransfers(t, func(c *sandbox.Config) { c.TLDs[0].TransferImmediate = true })
	alpha.want(1000, renewDomain("t.example", "2027-01-15", years(9)))
	f.clock.Advance(24 * time.Hour)
	before := f.funds("alpha")
	beta.want(1000, transfer("request", domainNS, "t.example", rightAuth)).has(t, "serverApproved", "<domain:exDate>2036-01-16T10:30:00.123Z")
	alpha.next("serverApproved")
	beta.next("serverApproved")
	f.wantFunds("beta", 100_000-850)
	beta.want(1000, object("update", hostNS, `<o:name>ns1.t.example</o:name><o:rem><o:addr ip="v4">192.0.2.1</o:addr></o:rem><o:chg><o:name>ns1.other.net</o:name></o:chg>`))
	beta.want(1000, named("delete", domainNS, "t.example")) // in the add grace period
	f.wantFunds("beta", 100_000)
	f.wantFunds("alpha", before)
}
