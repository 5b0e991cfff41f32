package ext_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/secureauth"
	"github.com/indera/indera/eppclient/ext/smd"
	"github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/message"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
)

// world is a sandbox registry that offers everything, and sessions of two
// registrars. Client and sandbox share no codec: what passes between them is
// right, or both are wrong in the same way about what the schemas say, which the
// check of all frames at the end excludes.
type world struct {
	t      *testing.T
	srv    *sandbox.Server
	bundle *pki.Bundle
	clock  *clockwork.FakeClock
	mu     sync.Mutex
	frames map[string][]byte
}

const (
	worldPassword = "a pass phrase longer than sixteen characters"
	passwordLife  = 25 * 24 * time.Hour // near enough for a warning at every login
)

func newWorld(t *testing.T, tlds ...sandbox.TLD) *world {
	t.Helper()
	w := &world{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)), frames: map[string][]byte{}}
	dir := t.TempDir()
	var err error
	if w.bundle, err = pki.Ensure(dir, w.clock.Now(), "alpha", "beta"); err != nil {
		t.Fatal(err)
	}
	account := func(id string) sandbox.Account {
		return sandbox.Account{ClientID: id, Password: worldPassword, ClientCertCN: id, OpeningBalanceMinor: 1_000_000, Currency: "USD", PasswordExpires: w.clock.Now().Add(passwordLife)}
	}
	w.srv, err = sandbox.New(sandbox.Config{
		Name: "sandbox-e", DatabasePath: filepath.Join(dir, "e.db"), TLS: w.bundle.ServerTLS(), Clock: w.clock, TLDs: tlds,
		Accounts: []sandbox.Account{account("alpha"), account("beta")}, Extensions: offered(),
		FrameTap: func(_ sandbox.Direction, xml []byte) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.frames[fmt.Sprintf("frame-%04d", len(w.frames))] = xml
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	return w
}

// registrar is a session of one account.
type registrar struct {
	*session.Session
	t *testing.T
}

func (w *world) login(id string, change ...func(*session.Config)) registrar {
	w.t.Helper()
	tls := w.bundle.ClientTLS(id)
	tls.Time = w.clock.Now
	cfg := session.Config{
		Registry: "e", Addr: w.srv.Addr(), TLS: tls, ServerID: "sandbox-e", ClientID: id, Password: worldPassword,
		Services: ext.Services(), UserAgent: loginsec.UserAgent{App: "Indera"}, Clock: w.clock,
	}
	for _, f := range change {
		f(&cfg)
	}
	s, err := session.Dial(w.t.Context(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(s.Close)
	return registrar{s, w.t}
}

// do exchanges a command that must end with a code.
func (r registrar) do(code int, cmd epp.Command, ext ...epp.Extension) *epp.Response {
	r.t.Helper()
	resp, err := r.Exchange(r.t.Context(), session.Request{Command: cmd, Extensions: ext})
	if err != nil {
		r.t.Fatalf("%v: %v", cmd.Describe(), err)
	}
	if resp.Code() != code {
		r.t.Fatalf("%v: %d, want %d: %v", cmd.Describe(), resp.Code(), code, resp.Err())
	}
	return resp
}

// poll takes the oldest message.
func (r registrar) poll() message.Message {
	r.t.Helper()
	m, ok := message.Read(r.do(epp.CodeAckToDequeue, epp.PollRequest{}))
	if !ok {
		r.t.Fatal("no message")
	}
	r.do(epp.CodeOK, epp.PollAck{MessageID: m.ID})
	return m
}

// valid checks all frames of both directions.
func (w *world) valid() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	epptest.Valid(w.t, w.frames)
}

func prices() map[sandbox.Action]int64 {
	return map[sandbox.Action]int64{sandbox.ActionCreate: 800, sandbox.ActionRenew: 900, sandbox.ActionTransfer: 850, sandbox.ActionRestore: 4000}
}

// offered is everything but what each command, or each create of an IDN, would
// need then.
func offered() []string {
	return slices.DeleteFunc(sandbox.Extensions(), func(uri string) bool { return uri == verisign.NamestoreNamespace || uri == verisign.IDNLangNamespace })
}

func TestSessionUsesEverythingOffered(t *testing.T) {
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD", Prices: prices()})
	a := w.login("alpha")
	s := a.Services()
	for _, uri := range offered() {
		if s.Has(uri) == (uri == string(fee.V07)) { // one version only, the best
			t.Errorf("%s: used %v", uri, s.Has(uri))
		}
	}
	if fee.Choose(s) != fee.V1 {
		t.Error(fee.Choose(s))
	}
	if g, err := a.Hello(t.Context()); err != nil || len(ext.Unknown(g)) != 0 {
		t.Errorf("%v, %v", ext.Unknown(g), err)
	}
	if err := a.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	// The new password counts from the next login on.
	w.login("alpha", func(c *session.Config) { c.NewPassword = worldPassword + " two" }).Close()
	again := w.login("alpha", func(c *session.Config) { c.Password = worldPassword + " two" })
	if events := again.LoginEvents(); len(events) != 1 || events[0].Type != "password" || events[0].Expires.Time.Sub(w.clock.Now()) != passwordLife {
		t.Errorf("%+v", events)
	}
	w.valid()
}

// TestLifeOfADomain: register with DNSSEC, hand over securely, lose it, get it
// back.
func TestLifeOfADomain(t *testing.T) {
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD", Prices: prices()})
	alpha, beta := w.login("alpha"), w.login("beta")
	const name = "life.example"
	created := alpha.do(epp.CodeOK, epp.DomainCreate{Name: name, Period: epp.Period{Value: 1, Unit: "y"}}, secdns.Create{Data: secdns.Data{DS: []secdns.DS{ds}}})
	if money, ok := fee.V1.Result(created); !ok || money.Fees[0].Amount != "8.00" || money.Balance != "9992.00" {
		t.Errorf("%+v", money)
	}
	info := alpha.do(epp.CodeOK, epp.DomainInfo{Name: name})
	data, skipped, ok := secdns.Info(info)
	same(t, "grace", rgp.Info(info), "[addPeriod]")
	if !ok || skipped != 0 || !secdns.Difference(data, secdns.Data{DS: []secdns.DS{ds}}).Empty() {
		t.Errorf("%+v", data)
	}
	other := ds
	other.KeyTag = 4711
	alpha.do(epp.CodeOK, epp.DomainUpdate{Name: name}, secdns.Difference(data, secdns.Data{DS: []secdns.DS{other}}))
	alpha.do(2306, epp.DomainUpdate{Name: name}, secdns.Difference(data, secdns.Data{DS: []secdns.DS{other}})) // a stale view
	alpha.do(epp.CodeOK, epp.HostCreate{Name: "ns1." + name, Addresses: []epp.Address{{Version: "v6", IP: "2001:db8::1"}}})

	// RFC 9154: no authInfo until it is wanted.
	w.clock.Advance(10 * 24 * time.Hour)
	alpha.do(epp.CodeOK, epp.DomainUpdate{Name: name, Add: epp.DomainItems{Statuses: []epp.Status{{Value: "clientTransferProhibited"}}}})
	code, err := secureauth.Default.New()
	if err != nil {
		t.Fatal(err)
	}
	request := epp.DomainTransfer{Op: epp.TransferRequest, Name: name, AuthInfo: code, Period: epp.Period{Value: 1, Unit: "y"}}
	beta.do(epp.CodeStatusProhibits, request)
	alpha.do(epp.CodeOK, secureauth.Release(name, code, true))
	beta.do(2202, epp.DomainInfo{Name: name, AuthInfo: "something else"})
	beta.do(epp.CodeOK, epp.DomainInfo{Name: name, AuthInfo: code})
	alpha.do(epp.CodeOK, secureauth.Withdraw(name, false))
	beta.do(2304, request)
	alpha.do(epp.CodeOK, secureauth.Release(name, code, true))
	trn, err := beta.do(epp.CodePending, request).DomainTransferData()
	if err != nil || trn.Status != epp.TransferPending || trn.Gaining != "beta" || trn.Expires.Date() != "2028-11-24" {
		t.Errorf("%+v, %v", trn, err)
	}
	if m := alpha.poll(); m.Events[0].(message.Transfer).Status != epp.TransferPending {
		t.Errorf("%+v", m)
	}
	alpha.do(epp.CodeOK, epp.DomainTransfer{Op: epp.TransferApprove, Name: name})
	if e := beta.poll().Events[0].(message.Transfer); !e.Status.Approved() || e.Kind != message.KindDomain || e.Losing != "alpha" {
		t.Errorf("%+v", e)
	}
	if d, err := beta.do(epp.CodeOK, epp.DomainTransfer{Op: epp.TransferQuery, Name: name}).DomainTransferData(); err != nil || d.Status != epp.TransferClientApproved {
		t.Errorf("%+v, %v", d, err)
	}
	if h, err := beta.do(epp.CodeOK, epp.HostInfo{Name: "ns1." + name}).HostInfoData(); err != nil || h.Sponsor != "beta" || h.Transferred.Time.IsZero() {
		t.Errorf("%+v, %v", h, err)
	}
	w.restore(beta, name)
	w.valid()
}

// restore deletes a name, asks for it back and reports.
func (w *world) restore(r registrar, name string) {
	r.t.Helper()
	r.do(epp.CodeOK, epp.HostUpdate{Name: "ns1." + name, NewName: "ns1.elsewhere.net", Rem: epp.HostItems{Addresses: []epp.Address{{Version: "v6", IP: "2001:db8::1"}}}})
	w.clock.Advance(6 * 24 * time.Hour)
	r.do(epp.CodePending, epp.DomainDelete{Name: name})
	deleted := w.clock.Now()
	w.clock.Advance(3 * 24 * time.Hour)
	same(r.t, "redemption", rgp.Info(r.do(epp.CodeOK, epp.DomainInfo{Name: name})), "[redemptionPeriod]")
	ask := epp.DomainUpdate{Name: name, Chg: &epp.DomainChange{}}
	quotes := fee.V1.CheckData(r.do(epp.CodeOK, epp.DomainCheck{Names: []string{name}}, fee.Check{Version: fee.V1, Commands: []fee.Command{{Operation: fee.Restore}}}))
	quote, _ := quotes.For(name)
	price, ok := quote.Price(fee.Restore, epp.Period{})
	if !ok {
		r.t.Fatalf("%+v", quotes)
	}
	r.do(epp.CodeMissingParameter, ask, rgp.Restore{})
	resp := r.do(epp.CodeOK, ask, rgp.Restore{}, fee.Charge{Version: fee.V1, Command: fee.Update, Currency: quote.Currency, Fees: price.Fees})
	same(r.t, "restore", rgp.UpdateData(resp), "[pendingRestore]")
	restored := w.clock.Now()
	w.clock.Advance(24 * time.Hour)
	truth := report
	truth.Deleted, truth.Restored = deleted, restored
	r.do(epp.CodeOK, ask, truth)
	if got := rgp.Info(r.do(epp.CodeOK, epp.DomainInfo{Name: name})); len(got) != 0 {
		r.t.Errorf("after the report: %v", got)
	}
}

// TestPremiumPrices: the same consent in the two forms of the extension.
func TestPremiumPrices(t *testing.T) {
	tld := sandbox.TLD{Name: "example", Currency: "USD", Prices: prices(), Tiers: []sandbox.Tier{{Class: "gold", Names: []string{"a.example", "b.example"}, Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 25_000}}}}
	w := newWorld(t, tld)
	for _, tt := range []struct {
		v    fee.Version
		name string
	}{{fee.V1, "a.example"}, {fee.V07, "b.example"}} {
		r := w.login("alpha", func(c *session.Config) { c.Services.OneOf = [][]string{{string(tt.v)}} })
		v := fee.Choose(r.Services())
		if v != tt.v {
			t.Fatal(v)
		}
		two := epp.Period{Value: 2, Unit: "y"}
		names := []string{tt.name, "plain.example"}
		question := fee.Check{Version: v, Names: names, Currency: "USD", Commands: []fee.Command{{Operation: fee.Create, Period: two}, {Operation: fee.Renew}}}
		resp := r.do(epp.CodeOK, epp.DomainCheck{Names: names}, question)
		if avail, err := resp.DomainCheckData(); err != nil || !avail[0].Available {
			t.Errorf("%+v, %v", avail, err)
		}
		quotes := v.CheckData(resp)
		q, _ := quotes.For(tt.name)
		price, ok := q.Price(fee.Create, two)
		if plain, _ := quotes.For("plain.example"); !ok || !q.Premium() || plain.Premium() || price.Fees[0].Amount != "500.00" {
			t.Fatalf("%+v", quotes)
		}
		create := epp.DomainCreate{Name: tt.name, Period: two}
		r.do(epp.CodeMissingParameter, create)
		charge := fee.Charge{Version: v, Command: fee.Create, Currency: q.Currency, Fees: price.Fees}
		charge.Currency = "EUR"
		r.do(epp.CodeValueRange, create, charge)
		charge.Currency = q.Currency
		r.do(epp.CodeOK, create, charge)
		gone := r.do(epp.CodeOK, epp.DomainDelete{Name: tt.name})
		if money, ok := v.Result(gone); !ok || money.Credits[0].Amount != "-500.00" || money.Balance != "10000.00" {
			t.Errorf("%+v", money)
		}
	}
	w.valid()
}

// TestReviewsAndChanges: what is pending and what the registry does comes by poll.
func TestReviewsAndChanges(t *testing.T) {
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD", Prices: prices(), IDN: []string{"Cyrillic"}, IDNTables: []string{"uk"}, Reserved: []string{"vip.example"}, Tokens: map[string]string{"vip.example": "sesame"}})
	a := w.login("alpha")
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.srv.OrderReview(sandbox.Review{Object: "domain", Verb: "create"}))
	asked := a.do(epp.CodePending, epp.DomainCreate{Name: "pending.example"})
	_, err := w.srv.Decide(ctx, sandbox.Decision{Object: "domain", Name: "pending.example"})
	must(err)
	if e := a.poll().Events[0].(message.Pending); e.Done || e.ClTRID != asked.ClTRID || e.SvTRID != asked.SvTRID || e.Name != "pending.example" {
		t.Errorf("%+v", e)
	}
	must(w.srv.OrderReview(sandbox.Review{Object: "contact", Verb: "create", Count: 1}))
	a.do(epp.CodePending, epp.ContactCreate{ID: "con-1", Postal: []epp.PostalInfo{{Type: "loc", Name: "Київ", City: "Київ", Country: "UA"}}, Voice: "+380.441", VoiceExt: "7", Email: "a@b.test", Disclose: &epp.Disclose{Name: []string{"loc"}, Email: true}})
	_, err = w.srv.Decide(ctx, sandbox.Decision{Object: "contact", Name: "con-1", Approve: true})
	must(err)
	if e := a.poll().Events[0].(message.Pending); !e.Done || e.Kind != message.KindContact {
		t.Errorf("%+v", e)
	}
	c, err := a.do(epp.CodeOK, epp.ContactInfo{ID: "con-1"}).ContactInfoData()
	if err != nil || c.VoiceExt != "7" || c.Disclose == nil || !c.Disclose.Email || len(c.Disclose.Name) != 1 {
		t.Errorf("%+v %+v, %v", c, c.Disclose, err)
	}
	a.do(epp.CodeOK, epp.ContactUpdate{ID: "con-1", Chg: &epp.ContactChange{NoVoice: true}})
	if c, err := a.do(epp.CodeOK, epp.ContactInfo{ID: "con-1"}).ContactInfoData(); err != nil || c.Voice != "" {
		t.Errorf("%+v, %v", c, err)
	}

	b := w.login("beta")
	must(w.srv.OrderReview(sandbox.Review{Object: "host", Verb: "delete", Count: 1}))
	b.do(epp.CodeOK, epp.HostCreate{Name: "ns1.other.net"})
	b.do(epp.CodePending, epp.HostDelete{Name: "ns1.other.net"})
	_, err = w.srv.Decide(ctx, sandbox.Decision{Object: "host", Name: "ns1.other.net", Approve: true})
	must(err)
	if e := b.poll().Events[0].(message.Pending); !e.Done || e.Kind != message.KindHost {
		t.Errorf("%+v", e)
	}
	w.changes(b)
	w.valid()
}

func (w *world) changes(r registrar) {
	r.t.Helper()
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	vip, token := epp.DomainCheck{Names: []string{"vip.example"}}, alloctoken.Token{Value: "sesame"}
	if got, err := r.do(epp.CodeOK, vip, token).DomainCheckData(); err != nil || !got[0].Available {
		r.t.Errorf("%+v, %v", got, err)
	}
	r.do(epp.CodeAuthorization, epp.DomainCreate{Name: "vip.example"}, alloctoken.Token{Value: "wrong"})
	r.do(epp.CodePending, epp.DomainCreate{Name: "vip.example"}, token)
	_, err := w.srv.Decide(r.t.Context(), sandbox.Decision{Object: "domain", Name: "vip.example", Approve: true})
	must(err)
	r.poll()
	if got := alloctoken.Info(r.do(epp.CodeOK, epp.DomainInfo{Name: "vip.example"}, alloctoken.Request{})); got.Reveal() != "sesame" {
		r.t.Error("token")
	}
	r.do(epp.CodePending, epp.DomainCreate{Name: "xn--80ak6aa92e.example"}, idn.Data{Table: "uk"})
	_, err = w.srv.Decide(r.t.Context(), sandbox.Decision{Object: "domain", Name: "xn--80ak6aa92e.example", Approve: true})
	must(err)
	r.poll()
	if table, ok := idn.Info(r.do(epp.CodeOK, epp.DomainInfo{Name: "xn--80ak6aa92e.example"})); !ok || table.Table != "uk" {
		r.t.Errorf("%+v", table)
	}
	must(w.srv.Change(r.t.Context(), sandbox.Change{Name: "vip.example", Operation: "update", Add: []string{"serverHold"}, Who: "URS", Case: "u-1", Type: "urs", Before: true}))
	before, after := r.poll(), r.poll()
	if c := before.Events[0].(message.Change); c.State != changepoll.Before || c.Case.ID != "u-1" || !before.Events[1].(message.Domain).Past {
		r.t.Errorf("%+v", before)
	}
	if d := after.Events[1].(message.Domain); d.Past || d.Statuses[0].Value != "serverHold" {
		r.t.Errorf("%+v", after)
	}
	start := w.clock.Now().Add(time.Hour)
	must(w.srv.Announce(r.t.Context(), sandbox.Maintenance{ID: "m-1", System: "EPP", Impact: "full", Start: start, End: start.Add(time.Hour), Reason: "planned"}))
	if m := r.poll().Events[0].(message.Maintenance); m.ID != "m-1" || m.PollType != "create" || !m.Start.Time.Equal(start) {
		r.t.Errorf("%+v", m)
	}
	if list, err := maintenance.Data(r.do(epp.CodeOK, maintenance.List{})); err != nil || len(list) != 1 {
		r.t.Errorf("%+v, %v", list, err)
	}
	r.do(epp.CodeNoMessages, epp.PollRequest{})
	r.do(epp.CodeObjectDoesNotExist, epp.PollAck{MessageID: "msg-1"})
}

// TestLaunchPhases: claims with an accepted notice, sunrise with a signed mark as
// an application.
func TestLaunchPhases(t *testing.T) {
	w := newWorld(t,
		sandbox.TLD{Name: "claims", Currency: "USD", Launch: &sandbox.Launch{Phase: "claims", Marks: map[string]string{"harbourline": "2013041500/2/6/9/key"}}},
		sandbox.TLD{Name: "sunrise", Currency: "USD", Launch: &sandbox.Launch{Phase: "sunrise", Applications: true}})
	r := w.login("alpha")
	phase := launch.Phase{Name: launch.Claims}
	data, err := launch.CheckData(r.do(epp.CodeOK, epp.DomainCheck{Names: []string{"harbourline.claims"}}, launch.Check{Type: launch.CheckClaims, Phase: phase}))
	claim, ok := data.For("harbourline.claims")
	if err != nil || !ok || !claim.Exists || claim.Keys[0] != (launch.ClaimKey{Key: "2013041500/2/6/9/key", Validator: "tmch"}) {
		t.Errorf("%+v, %v", data, err)
	}
	create := epp.DomainCreate{Name: "harbourline.claims"}
	r.do(epp.CodeStatusProhibits, create)
	// The id of a real notice form: its checksum binds label and end of validity.
	w.clock.Advance(-36 * time.Hour)
	notice := launch.Notice{ID: "1c0a9e800000000000001000002", NotAfter: "2026-11-24T06:00:00Z", Accepted: w.clock.Now().Add(-time.Hour)}
	r.do(epp.CodeOK, create, launch.Create{Phase: phase, Notices: []launch.Notice{notice}})

	file, err := os.ReadFile("testdata/mark.smd")
	if err != nil {
		t.Fatal(err)
	}
	mark, err := smd.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const name = "test-validate.sunrise"
	sunrise := launch.Phase{Name: launch.Sunrise}
	resp := r.do(epp.CodePending, epp.DomainCreate{Name: name}, launch.Create{Type: launch.Application, Phase: sunrise, EncodedSignedMarks: []smd.Encoded{mark}})
	_, id, ok := launch.CreateData(resp)
	app, found := launch.InfData(r.do(epp.CodeOK, epp.DomainInfo{Name: name}, launch.Info{Phase: sunrise, ApplicationID: id}))
	if !ok || !found || app.Status != launch.PendingAllocation || app.ApplicationID != id {
		t.Errorf("%q %+v", id, app)
	}
	if _, err := w.srv.Decide(t.Context(), sandbox.Decision{Object: "domain", Name: name}); err != nil {
		t.Fatal(err)
	}
	if e := r.poll().Events[0].(message.Pending); e.Done || e.Application == nil || e.Application.Status != launch.Rejected {
		t.Errorf("%+v", e)
	}
	w.valid()
}

// TestContactTransfer, and what a dead line leaves behind: the outcome is unknown
// and a query tells.
func TestContactTransferAndLostAnswer(t *testing.T) {
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD"})
	a, b := w.login("alpha"), w.login("beta")
	a.do(epp.CodeOK, epp.ContactCreate{ID: "con-1", Postal: []epp.PostalInfo{{Type: "int", Name: "A", City: "B", Country: "DE"}}, Email: "a@b.test", AuthInfo: "2fooBAR<&>"})
	if _, err := w.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultDropAfter, Verb: "transfer", Count: 1}); err != nil {
		t.Fatal(err)
	}
	_, err := b.Exchange(context.Background(), session.Request{Command: epp.ContactTransfer{Op: epp.TransferRequest, ID: "con-1", AuthInfo: "2fooBAR<&>"}})
	var unknown *session.Unknown
	if !errors.As(err, &unknown) {
		t.Fatalf("err = %v", err)
	}
	b = w.login("beta")
	if d, err := b.do(epp.CodeOK, epp.ContactTransfer{Op: epp.TransferQuery, ID: "con-1"}).ContactTransferData(); err != nil || d.Status != epp.TransferPending || d.Gaining != "beta" {
		t.Errorf("%+v, %v", d, err)
	}
	b.do(epp.CodeOK, epp.ContactTransfer{Op: epp.TransferCancel, ID: "con-1"})
	if e := a.poll().Events[0].(message.Transfer); e.Kind != message.KindContact || e.Status != epp.TransferPending {
		t.Errorf("%+v", e)
	}
	if e := a.poll().Events[0].(message.Transfer); e.Status != epp.TransferClientCancelled {
		t.Errorf("%+v", e)
	}
	w.valid()
}

// TestHostAttributes: what is removed is repeated as the registry stores it.
func TestHostAttributes(t *testing.T) {
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD", HostAttributes: true})
	r := w.login("alpha")
	glue := epp.HostAttr{Name: "ns1.attr.example", Addresses: []epp.Address{{Version: "v6", IP: "2001:DB8::1"}, {Version: "v4", IP: "192.0.2.1"}}}
	servers := epp.NameServers{Attrs: []epp.HostAttr{glue, {Name: "ns2.other.net"}}}
	r.do(epp.CodeOK, epp.DomainCreate{Name: "attr.example", NameServers: servers})
	d, err := r.do(epp.CodeOK, epp.DomainInfo{Name: "attr.example"}).DomainInfoData()
	if err != nil || len(d.NameServers.Attrs) != 2 || len(d.NameServers.Attrs[0].Addresses) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	remove := func(a ...epp.HostAttr) epp.DomainUpdate {
		return epp.DomainUpdate{Name: "attr.example", Rem: epp.DomainItems{NameServers: epp.NameServers{Attrs: a}}}
	}
	r.do(2306, remove(epp.HostAttr{Name: glue.Name})) // by name alone
	r.do(epp.CodeOK, remove(d.NameServers.Attrs...))
	r.do(2306, epp.DomainUpdate{Name: "attr.example", Add: epp.DomainItems{NameServers: epp.NameServers{Objects: []string{"ns2.other.net"}}}})
	w.valid()
}
