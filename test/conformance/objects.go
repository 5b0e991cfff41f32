package conformance

import (
	"slices"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/registrar"
)

func (w *world) capabilities() {
	c := w.caps
	if c.Dialect != w.c.Dialect.Name {
		w.Errorf("dialect %q", c.Dialect)
	}
	if c.MinYears < 1 || c.MaxYears < c.MinYears || c.CheckBatch < 1 || c.MaxNameServers < c.MinNameServers {
		w.Errorf("limits %+v", c)
	}
	if c.Thin != (c.ContactModel == registrar.ContactsProhibited) || c.Thin && c.TransferContacts {
		w.Errorf("thin %v, contacts %s, contacts transferred %v", c.Thin, c.ContactModel, c.TransferContacts)
	}
	if len(c.Services) == 0 {
		w.Error("no object services")
	}
}

func (w *world) check() {
	free, taken, reserved := w.name("free"), w.name("taken"), w.name("reserved")
	w.register(w.us, taken, w.contact(w.us, "conf-c1"))
	for range 2 {
		got, err := w.us.CheckDomains(w.Context(), []string{free, taken, reserved})
		if err != nil || len(got) != 3 {
			w.Fatalf("%+v, %v", got, err)
		}
		for i, want := range []registrar.Availability{registrar.Available, registrar.Registered, registrar.Reserved} {
			if got[i].Status != want {
				w.Errorf("%s is %s (%s), want %s", got[i].Name, got[i].Status, got[i].Reason, want)
			}
		}
	}
	var many []string
	for range 3*w.caps.CheckBatch + 1 {
		many = append(many, w.name("n"+string(rune('a'+len(many)%26))+string(rune('a'+len(many)/26))))
	}
	got, err := w.us.CheckDomains(w.Context(), many)
	if err != nil || len(got) != len(many) {
		w.Fatalf("%d answers, %v", len(got), err)
	}
	for i := range many {
		if got[i].Name != many[i] || got[i].Status != registrar.Available {
			w.Errorf("%d: %+v", i, got[i])
		}
	}
}

func (w *world) contacts() {
	if w.caps.ContactModel == registrar.ContactsProhibited {
		refused(w, "a contact where there are none", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.CreateContact(w.Context(), s, registrar.ContactCreate{Handle: "conf-c1", Contact: registrar.ContactVersion{ContactData: person}})
		})
		return
	}
	handle := w.contact(w.us, "conf-c1")
	refused(w, "the contact again", func(s registrar.Send) (registrar.Receipt, error) {
		return w.us.CreateContact(w.Context(), s, registrar.ContactCreate{Handle: handle, Contact: registrar.ContactVersion{ContactData: person}})
	}, registrar.CodeObjectExists)
	info, err := w.us.ContactInfo(w.Context(), handle)
	if err != nil || !info.Ours || info.Handle != handle || !same(info.Data, person) || len(info.Forms) == 0 {
		w.Fatalf("%+v, %v", info, err)
	}
	other := person
	other.Name, other.Organization, other.Phone, other.Email = "Grace Hopper", "", "+1.2025550101", "grace@example.org"
	other.Street, other.City, other.State, other.PostalCode, other.CountryCode = []string{"1 Navy Yard", "Floor 2"}, "Arlington", "VA", "22201", "US"
	for range 2 {
		must(w, "update", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateContact(w.Context(), s, registrar.ContactUpdate{Handle: handle, Contact: registrar.ContactVersion{ContactData: other}})
		})
		if info, err = w.us.ContactInfo(w.Context(), handle); err != nil || !same(info.Data, other) {
			w.Errorf("%+v, %v", info.Data, err)
		}
	}
	if _, err := w.us.ContactInfo(w.Context(), "conf-none"); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		w.Errorf("a contact that is not there: %v", err)
	}
}

func same(a, b registrar.ContactData) bool {
	return a.Name == b.Name && a.Organization == b.Organization && slices.Equal(a.Street, b.Street) && a.City == b.City && a.State == b.State &&
		a.PostalCode == b.PostalCode && a.CountryCode == b.CountryCode && a.Phone == b.Phone && a.Email == b.Email
}

func (w *world) hosts() {
	if w.caps.HostModel != registrar.HostObjects {
		refused(w, "a host where there are none", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.CreateHost(w.Context(), s, registrar.HostCreate{Name: "ns1.dns.test"})
		})
		return
	}
	parent := w.name("hosts")
	w.register(w.us, parent, w.contact(w.us, "conf-c1"))
	glue := "ns1." + parent
	create := func(s registrar.Send) (registrar.Receipt, error) {
		return w.us.CreateHost(w.Context(), s, registrar.HostCreate{Name: glue, Addresses: []string{"192.0.2.1"}})
	}
	must(w, "host", create)
	refused(w, "the host again", create, registrar.CodeObjectExists)
	for _, want := range [][]string{{"192.0.2.2", "2001:db8::2"}, {"192.0.2.2", "2001:db8::2"}} {
		info, err := w.us.HostInfo(w.Context(), glue)
		if err != nil || !info.Ours {
			w.Fatalf("%+v, %v", info, err)
		}
		quiet(w, "addresses", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateHost(w.Context(), s, registrar.HostUpdate{Name: glue, Current: info.Addresses, Want: want})
		})
		if info, err = w.us.HostInfo(w.Context(), glue); err != nil || !sameSet(info.Addresses, want) {
			w.Errorf("addresses %v, %v", info.Addresses, err)
		}
	}
	if got := w.info(w.us, parent).Subordinate; !slices.Equal(got, []string{glue}) {
		w.Errorf("subordinate hosts %v", got)
	}
	remove := func(s registrar.Send) (registrar.Receipt, error) { return w.us.DeleteHost(w.Context(), s, glue) }
	must(w, "delete", remove)
	refused(w, "delete again", remove, registrar.CodeObjectDoesNotExist)
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func (w *world) life() {
	name := w.name("life")
	handle := w.contact(w.us, "conf-c1")
	created := w.register(w.us, name, handle)
	if created.Code != registrar.CodeOK || created.SvTRID == "" {
		w.Errorf("created %+v", created)
	}
	refused(w, "create again", func(s registrar.Send) (registrar.DomainCreated, error) {
		return w.us.CreateDomain(w.Context(), s, w.wish(name, handle))
	}, registrar.CodeObjectExists)
	info := w.info(w.us, name)
	if !info.Ours || info.Name != name || info.ExpiresRaw == "" || info.Registrant != handle || !sameDay(info.Expires, w.clock.Now().AddDate(1, 0, 0)) {
		w.Errorf("info %+v", info)
	}
	if !created.Expires.IsZero() && !sameDay(created.Expires, info.Expires) {
		w.Errorf("create said %v, info %v", created.Expires, info.Expires)
	}
	for _, role := range w.caps.ContactRoles {
		if !info.Contacts.Has(role, handle) {
			w.Errorf("%s contact %v", role, info.Contacts[role])
		}
	}
	if w.info(w.them, name).Ours {
		w.Error("the other registrar thinks that the name is his")
	}
	renew := func(s registrar.Send) (registrar.DomainRenewed, error) {
		return w.us.RenewDomain(w.Context(), s, registrar.DomainRenew{Name: name, CurExpiry: info.ExpiresRaw[:10], Years: 1})
	}
	must(w, "renew", renew)
	refused(w, "the same renewal again", renew)
	if got := w.info(w.us, name).Expires; !sameDay(got, info.Expires.AddDate(1, 0, 0)) {
		w.Errorf("after one renewal it ends %v, before %v", got, info.Expires)
	}
	refused(w, "renewal by another", func(s registrar.Send) (registrar.DomainRenewed, error) {
		return w.them.RenewDomain(w.Context(), s, registrar.DomainRenew{Name: name, CurExpiry: w.info(w.us, name).ExpiresRaw[:10], Years: 1})
	})
	w.gone(w.us, w.name("nobody"))
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

func (w *world) delegation() {
	name := w.name("delegation")
	w.host(w.us, "ns1.dns.test", "ns2.dns.test", "ns3.dns.test")
	d := w.wish(name, w.contact(w.us, "conf-c1"))
	d.NameServers = []string{"ns1.dns.test", "ns2.dns.test"}
	must(w, "create", func(s registrar.Send) (registrar.DomainCreated, error) { return w.us.CreateDomain(w.Context(), s, d) })
	for _, want := range [][]string{
		{"ns1.dns.test", "ns2.dns.test"}, {"ns3.dns.test", "ns2.dns.test"}, {"ns3.dns.test", "ns2.dns.test"},
		{"ns1.dns.test", "ns2.dns.test", "ns3.dns.test"}, {},
	} {
		if len(want) < w.caps.MinNameServers {
			continue
		}
		current := w.info(w.us, name).NameServers
		quiet(w, "name servers", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateNameServers(w.Context(), s, registrar.NameServerUpdate{Name: name, Current: current, Want: want})
		})
		if got := w.info(w.us, name).NameServers; !sameSet(got, want) {
			w.Errorf("name servers %v, want %v", got, want)
		}
	}
}

// faults makes the sandbox lose one answer, or one command.
func (w *world) lose(kind sandbox.FaultKind, verb, object string) {
	w.Helper()
	if _, err := w.srv.AddFault(sandbox.Fault{Kind: kind, Verb: verb, Object: object, Count: 1}); err != nil {
		w.Fatal(err)
	}
}

// lost cuts the connection before and behind a create: its outcome is unknown,
// and info tells it.
func (w *world) lost() {
	handle := w.contact(w.us, "conf-c1")
	for _, tt := range []struct {
		name string
		kind sandbox.FaultKind
		made bool
	}{{w.name("before"), sandbox.FaultDropBefore, false}, {w.name("behind"), sandbox.FaultDropAfter, true}} {
		name := tt.name
		w.lose(tt.kind, "create", "domain")
		send, h := w.send()
		_, err := w.us.CreateDomain(w.Context(), send, w.wish(name, handle))
		if !unknown(err) || h.ran != 1 {
			w.Errorf("%s: %v, hook %d", name, err, h.ran)
		}
		_, err = w.us.DomainInfo(w.Context(), name)
		if (err == nil) != tt.made {
			w.Errorf("%s: %v, made %v", name, err, tt.made)
		}
		send, _ = w.send()
		_, err = w.us.CreateDomain(w.Context(), send, w.wish(name, handle))
		if want := map[bool]int{true: registrar.CodeObjectExists}[tt.made]; registrar.ResultCode(err) != want {
			w.Errorf("%s again: %v", name, err)
		}
	}
}
