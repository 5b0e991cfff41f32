package fred

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/registrar"
)

var update = flag.Bool("update", false, "write the golden frames anew")

var two = []string{"ns1.example.net", "ns2.example.net"}

// TestSetsAreShared: names of the same servers and contact link to one set, whatever
// the order; another set is another link, and no set is ever changed.
func TestSetsAreShared(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	w.create(w.us, "a.cz", c, "ns1.example.net", "ns2.example.net")
	w.create(w.us, "b.cz", c, "NS2.example.net.", "ns1.example.net", "ns1.example.net")
	a, b := w.state(w.us, "a.cz"), w.state(w.us, "b.cz")
	if a.Nsset == "" || a.Nsset != b.Nsset || len(a.nsset.Servers) != 2 || a.nsset.Techs[0] != "CID-1" {
		t.Errorf("%q and %q, %+v", a.Nsset, b.Nsset, a.nsset)
	}
	w.ok(w.delegate(w.us, "a.cz", "ns1.example.net", "ns3.example.net"))
	if got := w.state(w.us, "b.cz"); serverText(got.nsset.Servers) != serverText(b.nsset.Servers) || w.state(w.us, "a.cz").Nsset == b.Nsset {
		t.Errorf("b.cz follows a.cz: %+v", got.nsset)
	}
	w.ok(w.delegate(w.us, "a.cz", two...))
	if got := w.state(w.us, "a.cz").Nsset; got != b.Nsset {
		t.Errorf("back at %q, not at %q", got, b.Nsset)
	}
	for _, f := range w.sent() {
		if strings.Contains(f, "<nsset:update") {
			t.Errorf("a set was changed: %s", f)
		}
	}
}

// TestForeignSets: a name that came with a set of its former registrar gets one of
// ours with the next change; the other set stays as it is, and addresses of servers
// that stay are kept.
func TestForeignSets(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.them, "cid-1")
	_, _, err := w.them.Transform(t.Context(), w.send(), fred.NssetCreate{ID: "THEIRS", Techs: []string{c}, Servers: []fred.NameServer{
		{Name: "ns1.a.cz", Addresses: []string{"192.0.2.1", "2001:db8::1"}}, {Name: "ns2.example.net"},
	}})
	w.ok(err)
	_, _, err = w.them.Transform(t.Context(), w.send(), fred.DomainCreate{Name: "a.cz", Registrant: c, Admins: []string{c}, Nsset: "THEIRS"})
	w.ok(err)
	_, err = w.us.SendTransferCode(t.Context(), w.send(), registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: "a.cz"})
	w.ok(err)
	code := registrar.Secret(w.srv.Mails()[0].Code)
	got, err := w.us.Transfer(t.Context(), w.send(), registrar.TransferCommand{Object: registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: "a.cz"}, Op: registrar.TransferRequest, Code: code})
	w.ok(err)
	if got.Code != registrar.CodeOK || got.Pending || got.Object.ID != "a.cz" {
		t.Errorf("%+v", got)
	}
	if s := w.state(w.us, "a.cz"); s.Sponsor != "REG-US" || s.nsset.Sponsor != "REG-THEM" {
		t.Fatalf("%+v", s)
	}
	w.ok(w.delegate(w.us, "a.cz", "ns1.a.cz", "ns3.example.net"))
	s := w.state(w.us, "a.cz")
	if s.nsset.Sponsor != "REG-US" || !slices.Equal(s.nsset.Servers[0].Addresses, []string{"192.0.2.1", "2001:db8::1"}) {
		t.Errorf("%+v", s.nsset)
	}
	theirs, err := w.us.nsset(t.Context(), "THEIRS")
	w.ok(err)
	if serverText(theirs.Servers) != "ns1.a.cz 192.0.2.1 2001:db8::1\nns2.example.net" {
		t.Errorf("their set was changed: %+v", theirs)
	}
}

// TestLostAnswers: whatever answer of a change of several commands is lost, the
// repetition finds what was made, and the result is the same.
func TestLostAnswers(t *testing.T) {
	key := registrar.DNSKey{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "AQ=="}
	for _, object := range []string{"nsset", "keyset", "domain"} {
		for _, kind := range []sandbox.FaultKind{sandbox.FaultDropBefore, sandbox.FaultDropAfter} {
			t.Run(object+" "+string(kind), func(t *testing.T) {
				w := newWorld(t)
				c := w.contact(w.us, "cid-1")
				d := wish("a.cz", c, two...)
				d.SecDNS.Keys = []registrar.DNSKey{key}
				_, err := w.srv.AddFault(sandbox.Fault{Kind: kind, Verb: "create", Object: object, Count: 1})
				w.ok(err)
				_, err = w.us.CreateDomain(t.Context(), w.send(), d)
				var unknown *registrar.UnknownOutcomeError
				if !errors.As(err, &unknown) {
					t.Fatalf("%v", err)
				}
				_, err = w.us.CreateDomain(t.Context(), w.send(), d)
				if code := registrar.ResultCode(err); err != nil && (code != registrar.CodeObjectExists || object != "domain" || kind != sandbox.FaultDropAfter) {
					t.Fatalf("again: %v", err)
				}
				s, err := w.us.DomainInfo(t.Context(), "a.cz")
				if err != nil || !slices.Equal(s.NameServers, two) || !slices.Equal(s.SecDNS.Keys, []registrar.DNSKey{key}) {
					t.Errorf("%+v, %v", s, err)
				}

				_, err = w.srv.AddFault(sandbox.Fault{Kind: kind, Verb: map[bool]string{true: "update", false: "create"}[object == "domain"], Object: object, Count: 1})
				w.ok(err)
				change := func() error {
					if object == "keyset" {
						_, err := w.us.UpdateSecDNS(t.Context(), w.send(), registrar.SecDNSUpdate{Name: "a.cz", Want: registrar.SecDNS{Keys: []registrar.DNSKey{key, {Flags: 256, Protocol: 3, Algorithm: 8, PublicKey: "Ag=="}}}})
						return err
					}
					return w.delegate(w.us, "a.cz", "ns3.example.net", "ns4.example.net")
				}
				if err := change(); !errors.As(err, &unknown) {
					t.Fatalf("%v", err)
				}
				w.ok(change())
				if s := w.state(w.us, "a.cz"); object == "keyset" && len(s.keyset.Keys) != 2 || object != "keyset" && s.nsset.Servers[0].Name != "ns3.example.net" {
					t.Errorf("%+v %+v", s.nsset, s.keyset)
				}
			})
		}
	}
}

// TestTakenHandles: a set that holds something else under our name is left alone.
func TestTakenHandles(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	w.create(w.us, "a.cz", c, two...)
	handle := w.state(w.us, "a.cz").Nsset
	_, _, err := w.us.Transform(t.Context(), w.send(), fred.NssetUpdate{ID: handle, Add: []fred.NameServer{{Name: "ns9.example.net"}}})
	w.ok(err)
	w.create(w.us, "b.cz", c, two...)
	if got := w.state(w.us, "b.cz"); got.Nsset != handle+"-1" || len(got.nsset.Servers) != 2 || len(got.Nsset) > 30 {
		t.Errorf("%q %+v", got.Nsset, got.nsset)
	}
}

// TestRefusalsOfSets: codes about a set never look like codes about the name.
func TestRefusalsOfSets(t *testing.T) {
	w := newWorld(t, "tech_contact", "NOBODY")
	c := w.contact(w.us, "cid-1")
	for what, err := range map[string]error{
		"unknown tech": func() error { _, err := w.us.CreateDomain(t.Context(), w.send(), wish("a.cz", c, two...)); return err }(),
		"one server":   func() error { _, err := w.us.CreateDomain(t.Context(), w.send(), wish("a.cz", c, two[0])); return err }(),
	} {
		if registrar.ResultCode(err) != codePolicy {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.create(w.us, "a.cz", c)
	if err := w.delegate(w.us, "a.cz", two...); registrar.ResultCode(err) != codePolicy {
		t.Errorf("%v", err)
	}
	if err := w.delegate(w.us, "b.cz", two...); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		t.Errorf("a name that is not there: %v", err)
	}
	if err := w.delegate(w.us, "a.cz"); err != nil {
		t.Errorf("nothing to nothing: %v", err)
	}
}

// TestWhatItCannot: definite refusals, and nothing is sent.
func TestWhatItCannot(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	w.create(w.us, "a.cz", c)
	w.sent()
	domain := registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: "a.cz"}
	with := func(change func(*registrar.DomainCreate)) error {
		d := wish("b.cz", c)
		change(&d)
		_, err := w.us.CreateDomain(t.Context(), w.send(), d)
		return err
	}
	transfer := func(t registrar.TransferCommand) error {
		_, err := w.us.Transfer(w.Context(), w.send(), t)
		return err
	}
	change := func(u registrar.DomainUpdate) error {
		_, err := w.us.UpdateDomain(t.Context(), w.send(), u)
		return err
	}
	sign := func(u registrar.SecDNSUpdate) error {
		_, err := w.us.UpdateSecDNS(t.Context(), w.send(), u)
		return err
	}
	ds := []registrar.DS{{KeyTag: 1, Algorithm: 13, DigestType: 2, Digest: "AA"}}
	_, state := w.us.TransferState(t.Context(), domain, "")
	_, mail := w.us.SendTransferCode(t.Context(), w.send(), registrar.ObjectRef{Kind: registrar.ObjectHost, ID: "ns1.a.cz"})
	for what, err := range map[string]error{
		"lock":           change(registrar.DomainUpdate{Name: "a.cz", AddStatuses: []string{"clientHold"}}),
		"tech":           change(registrar.DomainUpdate{Name: "a.cz", AddContacts: registrar.ContactHandles{"tech": {c}}}),
		"DS":             sign(registrar.SecDNSUpdate{Name: "a.cz", Want: registrar.SecDNS{DS: ds}}),
		"urgent":         sign(registrar.SecDNSUpdate{Name: "a.cz", Urgent: true}),
		"DS at create":   with(func(d *registrar.DomainCreate) { d.SecDNS.DS = ds }),
		"consent":        with(func(d *registrar.DomainCreate) { d.Consent = &registrar.Money{Minor: 1, Currency: "CZK"} }),
		"IDN table":      with(func(d *registrar.DomainCreate) { d.IDNTable = "x" }),
		"unknown field":  with(func(d *registrar.DomainCreate) { d.Fields = map[string]string{"x": "y"} }),
		"approve":        transfer(registrar.TransferCommand{Object: domain, Op: registrar.TransferApprove}),
		"years":          transfer(registrar.TransferCommand{Object: domain, Op: registrar.TransferRequest, Years: 1}),
		"host":           transfer(registrar.TransferCommand{Object: registrar.ObjectRef{Kind: registrar.ObjectHost}, Op: registrar.TransferRequest}),
		"transfer state": state,
		"mail":           mail,
	} {
		if code := registrar.ResultCode(err); code != registrar.CodeUnimplemented && code != registrar.CodeUnimplementedOption {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := with(func(d *registrar.DomainCreate) { d.Fields = map[string]string{FieldPublish: "perhaps"} }); registrar.ResultCode(err) < 2000 {
		t.Errorf("%v", err)
	}
	if sent := w.sent(); len(sent) > 0 {
		t.Errorf("frames left: %q", sent)
	}
}

// TestNumbers: ENUM domains carry their validation.
func TestNumbers(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	d := wish("1.1.1.0.2.4.e164.arpa", c)
	d.Fields = map[string]string{FieldValidUntil: "2027-03-01", FieldPublish: "true"}
	_, err := w.us.CreateDomain(t.Context(), w.send(), d)
	w.ok(err)
	for range 2 {
		_, err = w.us.Validate(t.Context(), w.send(), d.Name, "2027-05-01", nil)
		w.ok(err)
	}
	if v, ok := fred.ValidationInfo(w.state(w.us, d.Name).resp); !ok || v.Until.Date() != "2027-05-01" || !v.Publish {
		t.Errorf("%+v %v", v, ok)
	}
	if caps := w.us.Capabilities(); !slices.Contains(caps.Fields, FieldValidUntil) || !caps.Balance || !caps.NoLocks || caps.MaxYears != 10 || slices.Contains(caps.ContactRoles, "tech") {
		t.Errorf("%+v", caps)
	}
}

// TestNames: the registry's list in parts, and the doubt when somebody else asks.
func TestNames(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	var want []string
	for i := range 101 {
		name := fmt.Sprintf("n%03d.cz", i)
		w.create(w.us, name, c)
		want = append(want, name)
	}
	for range 2 {
		got, err := w.us.Names(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%d names, %v", len(got), err)
		}
	}
	got, err := w.them.Names(t.Context())
	if err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := w.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultOdd, Form: "wrong-object", Verb: "getResults", Count: 1}); err != nil {
		t.Fatal(err)
	}
	var unknown *registrar.UnknownOutcomeError
	if _, err := w.us.Names(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}

// TestMessages: everything that FRED tells is understood.
func TestMessages(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	w.create(w.us, "a.cz", c, two...)
	w.create(w.us, "b.cz", c)
	w.create(w.us, "c.cz", c) // the third takes the credit below its limit
	code, err := w.us.NewTransferCode()
	w.ok(err)
	_, err = w.us.UpdateDomain(t.Context(), w.send(), registrar.DomainUpdate{Name: "b.cz", TransferCode: &code})
	w.ok(err)
	_, err = w.them.Transfer(t.Context(), w.send(), registrar.TransferCommand{Object: registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: "b.cz"}, Op: registrar.TransferRequest, Code: code})
	w.ok(err)
	_, _, err = w.us.Transform(t.Context(), w.send(), fred.Test{Nsset: w.state(w.us, "a.cz").Nsset})
	w.ok(err)
	for _, days := range []int{340, 30, 30, 31, 70} {
		w.clock.Advance(time.Duration(days) * 24 * time.Hour)
		_, err := w.us.CheckDomains(t.Context(), []string{"x.cz"})
		w.ok(err)
	}
	w.ok(w.srv.Queue(t.Context(), sandbox.Message{Account: "REG-US", Text: "changed", ResData: `<contact:updateData xmlns:contact="` + fred.ContactNamespace +
		`"><contact:opTRID>R-1</contact:opTRID><contact:oldData/><contact:newData><contact:id>CID-1</contact:id></contact:newData></contact:updateData>`}))
	w.ok(w.srv.Queue(t.Context(), sandbox.Message{Account: "REG-US", Text: "fees", ResData: `<fred:requestFeeInfoData xmlns:fred="` + fred.Namespace + `"><fred:usedCount>7</fred:usedCount></fred:requestFeeInfoData>`}))
	var got []string
	_, err = w.us.PollMessages(t.Context(), func(_ context.Context, m registrar.RegistryMessage) error {
		for _, e := range m.Events {
			line := string(e.Kind) + " " + e.Object.ID
			switch {
			case e.Transfer != nil:
				line += fmt.Sprintf(" %s to %s", e.Transfer.Status, e.Transfer.Gaining)
			case e.Change != nil:
				line += " " + e.Change.Operation
			case e.LowBalance != nil:
				line += e.LowBalance.Available + " of " + e.LowBalance.Threshold
			}
			got = append(got, line)
		}
		return nil
	}, 100)
	w.ok(err)
	for _, want := range []string{
		"low_balance 9985.00 of 9990.00", "transfer b.cz serverApproved to REG-THEM", "text a.cz", "change a.cz expire", "change a.cz outzone", "deleted a.cz",
		"change cid-1 update", "text ",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	for _, line := range got {
		if strings.HasPrefix(line, "unknown") {
			t.Errorf("not understood: %q", line)
		}
	}
	if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "deleted INDERA-NS-") }) {
		t.Errorf("no word of the unused set: %q", got)
	}
}

// TestCodes: unsetting a code leaves one that nobody knows.
func TestCodes(t *testing.T) {
	w := newWorld(t)
	w.create(w.us, "a.cz", w.contact(w.us, "cid-1"))
	code, err := w.us.NewTransferCode()
	w.ok(err)
	none := registrar.Secret("")
	for _, step := range []struct {
		set  *registrar.Secret
		good bool
	}{{&code, true}, {&none, false}} {
		for range 2 {
			_, err := w.us.UpdateDomain(t.Context(), w.send(), registrar.DomainUpdate{Name: "a.cz", TransferCode: step.set})
			w.ok(err)
			if ok, err := w.us.VerifyTransferCode(t.Context(), "a.cz", code); ok != step.good || err != nil {
				t.Errorf("good %v, %v", ok, err)
			}
		}
	}
	if _, err := w.us.VerifyTransferCode(t.Context(), "none.cz", code); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		t.Errorf("%v", err)
	}
}

// TestBalance: the credit of the zone; without a currency there is none to tell.
func TestBalance(t *testing.T) {
	w := newWorld(t)
	b, err := w.us.Balance(t.Context())
	if err != nil || b.Available != (registrar.Money{Minor: 1_000_000, Currency: "CZK"}) {
		t.Errorf("%+v, %v", b, err)
	}
	var unknown *registrar.UnknownOutcomeError
	if _, err := newWorld(t, "zone", "pl").us.Balance(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}

// TestQuirks: what is wrong is told when the configuration is read.
func TestQuirks(t *testing.T) {
	for name, value := range map[string]string{"handle_prefix": "too-long-", "currency": "kč", "disclose": "all", "nonsense": "1"} {
		if _, err := Dialect.Prepare(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var clTRID = regexp.MustCompile(`<(fred:)?clTRID>indera-[0-9a-f]+<`)

// TestRecordedFrames keeps what a name's life sends.
func TestRecordedFrames(t *testing.T) {
	w := newWorld(t)
	c := w.contact(w.us, "cid-1")
	d := wish("a.cz", c, two...)
	d.SecDNS.Keys = []registrar.DNSKey{{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "AQ=="}}
	_, err := w.us.CreateDomain(t.Context(), w.send(), d)
	w.ok(err)
	w.ok(w.delegate(w.us, "a.cz", "ns3.example.net", "ns4.example.net"))
	_, err = w.us.UpdateSecDNS(t.Context(), w.send(), registrar.SecDNSUpdate{Name: "a.cz"})
	w.ok(err)
	_, err = w.us.RenewDomain(t.Context(), w.send(), registrar.DomainRenew{Name: "a.cz", CurExpiry: "2027-11-24", Years: 2})
	w.ok(err)
	_, err = w.us.SendTransferCode(t.Context(), w.send(), registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: "a.cz"})
	w.ok(err)
	_, err = w.us.Names(t.Context())
	w.ok(err)
	_, err = w.us.Balance(t.Context())
	w.ok(err)
	_, err = w.us.DeleteDomain(t.Context(), w.send(), "a.cz")
	w.ok(err)
	frames := map[string][]byte{}
	for i, f := range w.sent() {
		name := fmt.Sprintf("%02d.xml", i+1)
		frames[name] = clTRID.ReplaceAll([]byte(f), []byte("<${1}clTRID>indera-random<"))
		file := filepath.Join("testdata", "frames", name)
		if *update {
			w.ok(os.WriteFile(file, frames[name], 0o644))
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(frames[name], want) {
			t.Errorf("%s differs, %v\n got %s\nwant %s", name, err, frames[name], want)
		}
	}
	kept, err := filepath.Glob("testdata/frames/*.xml")
	if err != nil || len(kept) != len(frames) {
		t.Errorf("%d frames kept, %d sent, %v", len(kept), len(frames), err)
	}
	epptest.ValidFRED(t, frames)
}
