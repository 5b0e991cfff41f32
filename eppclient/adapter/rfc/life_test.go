package rfc

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// lived returns a world with a domain that has two name servers.
func livedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.contact(t, "c-0001")
	w.contact(t, "c-0002")
	w.host(t, "ns1.dns.test", "ns2.dns.test")
	_, err := w.CreateDomain(t.Context(), w.send(), registrar.DomainCreate{
		Name: "shop.example", Years: 1, Registrant: "c-0001", Contacts: map[string]string{"admin": "c-0001", "tech": "c-0001"},
		NameServers: []string{"ns1.dns.test", "ns2.dns.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) update(t *testing.T, u registrar.DomainUpdate) error {
	t.Helper()
	u.Name = "shop.example"
	r, err := w.UpdateDomain(t.Context(), w.send(), u)
	if err == nil && (r.Code != 1000 || r.SvTRID == "") {
		t.Errorf("receipt %+v", r)
	}
	return err
}

func (w *world) info(t *testing.T) registrar.DomainInfo {
	t.Helper()
	info, err := w.DomainInfo(t.Context(), "shop.example")
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestStatusesAndContacts(t *testing.T) {
	w := livedWorld(t)
	if err := w.update(t, registrar.DomainUpdate{AddStatuses: []string{"clientTransferProhibited", "clientUpdateProhibited"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.update(t, registrar.DomainUpdate{RemStatuses: []string{"clientTransferProhibited", "clientUpdateProhibited"}}); registrar.ResultCode(err) != 2304 {
		t.Errorf("two at once under the update lock: %v", err)
	}
	for _, s := range []string{"clientUpdateProhibited", "clientTransferProhibited"} {
		if err := w.update(t, registrar.DomainUpdate{RemStatuses: []string{s}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.info(t).Statuses; !slices.Equal(got, []string{"ok"}) {
		t.Errorf("statuses %v", got)
	}
	err := w.update(t, registrar.DomainUpdate{Registrant: "c-0002", AddContacts: registrar.ContactHandles{"tech": {"c-0002"}}, RemContacts: registrar.ContactHandles{"tech": {"c-0001"}}})
	if info := w.info(t); err != nil || info.Registrant != "c-0002" || !info.Contacts.Has("tech", "c-0002") || info.Contacts.Has("tech", "c-0001") || !info.Contacts.Has("admin", "c-0001") {
		t.Errorf("contacts %+v, %v", info, err)
	}
	w.validFrames(t)
}

// TestTransferCodes sets, proves, replaces and unsets a code; awkward characters
// survive, and no transcript shows any of it.
func TestTransferCodes(t *testing.T) {
	w := livedWorld(t)
	code, err := w.NewTransferCode()
	if err != nil || len(code.Reveal()) != defaultAuthInfoLength {
		t.Fatalf("code of %d characters, %v", len(code.Reveal()), err)
	}
	for _, c := range []registrar.Secret{code, `p<&>"'$1\ ä]]>xyz0123456`} {
		if err := w.update(t, registrar.DomainUpdate{TransferCode: &c}); err != nil {
			t.Fatal(err)
		}
		for offer, want := range map[registrar.Secret]bool{c: true, c + "x": false} {
			if got, err := w.VerifyTransferCode(t.Context(), "shop.example", offer); err != nil || got != want {
				t.Errorf("verifying: %v, %v, want %v", got, err, want)
			}
		}
		w.mu.Lock()
		for _, x := range w.said {
			if strings.Contains(string(x.Request)+string(x.Response), c.Reveal()[:8]) {
				t.Errorf("the transcript of %s shows the code", x.Verb)
			}
		}
		w.mu.Unlock()
	}
	unset := registrar.Secret("")
	if err := w.update(t, registrar.DomainUpdate{TransferCode: &unset}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.VerifyTransferCode(t.Context(), "shop.example", code); err != nil || got {
		t.Errorf("an unset code verifies: %v", err)
	}
	if _, err := w.VerifyTransferCode(t.Context(), "none.example", code); registrar.ResultCode(err) != 2303 {
		t.Errorf("no such name: %v", err)
	}
	w.mu.Lock()
	null := slices.ContainsFunc(w.frames, func(f []byte) bool { return strings.Contains(string(f), "<domain:null") })
	w.mu.Unlock()
	if !null {
		t.Error("the code was not unset by <null/> (RFC 9154 §5.2)")
	}
	w.validFrames(t)
}

func TestDeletions(t *testing.T) {
	w := livedWorld(t)
	if _, err := w.CreateHost(t.Context(), w.send(), registrar.HostCreate{Name: "ns1.shop.example", Addresses: []string{"192.0.2.1"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.info(t).Subordinate; !slices.Equal(got, []string{"ns1.shop.example"}) {
		t.Errorf("subordinate hosts %v", got)
	}
	if _, err := w.DeleteDomain(t.Context(), w.send(), "shop.example"); registrar.ResultCode(err) != 2305 {
		t.Errorf("with a subordinate host: %v", err)
	}
	if _, err := w.DeleteHost(t.Context(), w.send(), "ns1.shop.example"); err != nil {
		t.Fatal(err)
	}
	if r, err := w.DeleteDomain(t.Context(), w.send(), "shop.example"); err != nil || r.Pending || r.Code != 1000 {
		t.Errorf("within the grace period: %+v, %v", r, err)
	}
	if _, err := w.DomainInfo(t.Context(), "shop.example"); registrar.ResultCode(err) != 2303 {
		t.Errorf("info: %v", err)
	}
	if _, err := w.CreateDomain(t.Context(), w.send(), registrar.DomainCreate{Name: "shop.example", Years: 1}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(6 * 24 * time.Hour)
	if r, err := w.DeleteDomain(t.Context(), w.send(), "shop.example"); err != nil || !r.Pending || r.Code != 1001 {
		t.Errorf("after it: %+v, %v", r, err)
	}
	if got := w.info(t).Statuses; !slices.Contains(got, "pendingDelete") {
		t.Errorf("statuses %v", got)
	}
	w.validFrames(t)
}

func TestHostsWithGlue(t *testing.T) {
	w := livedWorld(t)
	host := func(want ...string) {
		t.Helper()
		info, err := w.HostInfo(t.Context(), "ns1.shop.example")
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.UpdateHost(t.Context(), w.send(), registrar.HostUpdate{Name: "ns1.shop.example", Current: info.Addresses, Want: want})
		if err != nil || r.Code != 1000 {
			t.Fatalf("%+v, %v", r, err)
		}
		if info, err = w.HostInfo(t.Context(), "ns1.shop.example"); err != nil || len(missingAddresses(info.Addresses, want))+len(missingAddresses(want, info.Addresses)) > 0 {
			t.Errorf("addresses %v, want %v; %v", info.Addresses, want, err)
		}
	}
	if _, err := w.CreateHost(t.Context(), w.send(), registrar.HostCreate{Name: "ns1.shop.example", Addresses: []string{"192.0.2.1", "2001:db8::1"}}); err != nil {
		t.Fatal(err)
	}
	host("192.0.2.1", "2001:db8::2")
	host("192.0.2.9")
	sent := len(w.frames)
	host("192.0.2.9")
	if n := len(w.frames) - sent; n != 2 { // two infos, no update
		t.Errorf("%d frames for no change", n)
	}
	if info, err := w.HostInfo(t.Context(), "ns1.shop.example"); err != nil || info.Linked {
		t.Errorf("linked: %+v, %v", info, err)
	}
	current := w.info(t).NameServers
	if _, err := w.UpdateNameServers(t.Context(), w.send(), registrar.NameServerUpdate{Name: "shop.example", Current: current, Want: []string{"ns1.shop.example"}}); err != nil {
		t.Fatal(err)
	}
	if info, err := w.HostInfo(t.Context(), "ns1.shop.example"); err != nil || !info.Linked {
		t.Errorf("not linked: %+v, %v", info, err)
	}
	if _, err := w.DeleteHost(t.Context(), w.send(), "ns1.shop.example"); registrar.ResultCode(err) != 2305 {
		t.Errorf("deleting a linked host: %v", err)
	}
	if _, err := w.UpdateHost(t.Context(), w.send(), registrar.HostUpdate{Name: "ns1.shop.example", Current: []string{"192.0.2.9"}, Want: []string{"192.0.2.9"}, NewName: "ns9.shop.example"}); err != nil {
		t.Fatal(err)
	}
	if got := w.info(t).NameServers; !slices.Equal(got, []string{"ns9.shop.example"}) {
		t.Errorf("the delegation did not follow: %v", got)
	}
	w.validFrames(t)
}

// TestContactUpdate replaces all data in the form that the registry holds.
func TestContactUpdate(t *testing.T) {
	w := livedWorld(t)
	next := person
	next.Name, next.Street, next.Organization, next.Email = "Zoë <Ltd> & Co", []string{"Вул. 9"}, "", "new@example.com"
	if _, err := w.UpdateContact(t.Context(), w.send(), registrar.ContactUpdate{Handle: "c-0001", Contact: registrar.ContactVersion{ContactData: next}}); err != nil {
		t.Fatal(err)
	}
	info, err := w.ContactInfo(t.Context(), "c-0001")
	if err != nil || !info.Ours || !registrar.SameContact(info.Data, next) {
		t.Errorf("the registry has %+v, want %+v; %v", info.Data, next, err)
	}
	ascii := registrar.ContactData{Name: "A", Street: []string{"S 1"}, City: "B", CountryCode: "DE", Email: "a@b.test", Phone: "+49.30123"}
	if _, err := w.CreateContact(t.Context(), w.send(), registrar.ContactCreate{Handle: "c-int", Contact: registrar.ContactVersion{ContactData: ascii}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.UpdateContact(t.Context(), w.send(), registrar.ContactUpdate{Handle: "c-int", Contact: registrar.ContactVersion{ContactData: next}}); registrar.ResultCode(err) != 2005 {
		t.Errorf("accents into a 7-bit form: %v", err)
	}
	if _, err := w.UpdateContact(t.Context(), w.send(), registrar.ContactUpdate{Handle: "c-none", Contact: registrar.ContactVersion{ContactData: next}}); registrar.ResultCode(err) != 2303 {
		t.Errorf("no such contact: %v", err)
	}
	w.validFrames(t)
}
