package conformance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/indera/indera/registrar"
)

var (
	ds1 = registrar.DS{KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: "49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE49FD46E6C4B45C55D4AC69CB"}
	ds2 = registrar.DS{KeyTag: 12346, Algorithm: 13, DigestType: 2, Digest: "A9FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE49FD46E6C4B45C55D4AC69CB"}

	key1 = registrar.DNSKey{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="}
	key2 = registrar.DNSKey{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "AdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="}
)

func (w *world) dnssec() {
	name := w.name("signed")
	w.register(w.us, name, w.contact(w.us, "conf-c1"))
	wants := []registrar.SecDNS{{DS: []registrar.DS{ds1}}, {DS: []registrar.DS{ds1}}, {DS: []registrar.DS{ds1, ds2}}, {DS: []registrar.DS{ds2}}, {}, {}}
	switch w.caps.SecDNS {
	case registrar.SecDNSNone:
		refused(w, "DNSSEC where there is none", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateSecDNS(w.Context(), s, registrar.SecDNSUpdate{Name: name, Want: wants[0]})
		}, registrar.CodeUnimplemented, registrar.CodeUnimplementedOption)
		return
	case registrar.SecDNSKey:
		k1, k2 := []registrar.DNSKey{key1}, []registrar.DNSKey{key2}
		wants = []registrar.SecDNS{{Keys: k1}, {Keys: k1}, {Keys: slices.Concat(k1, k2)}, {Keys: k2}, {}, {}}
	}
	for i, want := range wants {
		current := w.info(w.us, name).SecDNS
		quiet(w, "records", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateSecDNS(w.Context(), s, registrar.SecDNSUpdate{Name: name, Current: current, Want: want})
		})
		if got := w.info(w.us, name).SecDNS; !sameSecDNS(got, want) {
			w.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
	d := w.wish(w.name("born-signed"), w.contact(w.us, "conf-c2"))
	d.SecDNS = wants[0]
	must(w, "create", func(s registrar.Send) (registrar.DomainCreated, error) { return w.us.CreateDomain(w.Context(), s, d) })
	if got := w.info(w.us, d.Name).SecDNS; !sameSecDNS(got, wants[0]) {
		w.Errorf("born with %+v", got)
	}
}

func sameSecDNS(a, b registrar.SecDNS) bool {
	if len(a.DS) != len(b.DS) || len(a.Keys) != len(b.Keys) || a.Unreadable != 0 {
		return false
	}
	for _, d := range a.DS {
		if !slices.ContainsFunc(b.DS, d.Same) {
			return false
		}
	}
	return !slices.ContainsFunc(a.Keys, func(k registrar.DNSKey) bool { return !slices.Contains(b.Keys, k) })
}

func (w *world) locks() {
	name := w.name("locked")
	w.register(w.us, name, w.contact(w.us, "conf-c1"))
	const lock = "clientTransferProhibited"
	if w.caps.NoLocks {
		refused(w, "a lock where there is none", func(s registrar.Send) (registrar.Receipt, error) {
			return w.us.UpdateDomain(w.Context(), s, registrar.DomainUpdate{Name: name, AddStatuses: []string{lock}})
		}, registrar.CodeUnimplemented, registrar.CodeUnimplementedOption)
		return
	}
	set := func(s registrar.Send) (registrar.Receipt, error) {
		return w.us.UpdateDomain(w.Context(), s, registrar.DomainUpdate{Name: name, AddStatuses: []string{lock}})
	}
	clear := func(s registrar.Send) (registrar.Receipt, error) {
		return w.us.UpdateDomain(w.Context(), s, registrar.DomainUpdate{Name: name, RemStatuses: []string{lock}})
	}
	for _, step := range []struct {
		do   func(registrar.Send) (registrar.Receipt, error)
		have bool
	}{{set, true}, {clear, false}} {
		must(w, "lock", step.do)
		for range 2 { // the second time the registry may refuse what is there already
			if got := slices.Contains(w.info(w.us, name).Statuses, lock); got != step.have {
				w.Errorf("locked %v, want %v", got, step.have)
			}
			send, _ := w.send()
			if _, err := step.do(send); err != nil && registrar.ResultCode(err) == 0 {
				w.Errorf("again: %v", err)
			}
		}
	}
}

func (w *world) holder() {
	if w.caps.ContactModel == registrar.ContactsProhibited {
		return
	}
	name := w.name("holder")
	first, second := w.contact(w.us, "conf-c1"), w.contact(w.us, "conf-c2")
	w.register(w.us, name, first)
	u := registrar.DomainUpdate{Name: name, Registrant: second, AddContacts: registrar.ContactHandles{}, RemContacts: registrar.ContactHandles{}}
	for _, role := range w.caps.ContactRoles {
		u.AddContacts[role], u.RemContacts[role] = []string{second}, []string{first}
	}
	change := func(s registrar.Send) (registrar.Receipt, error) { return w.us.UpdateDomain(w.Context(), s, u) }
	must(w, "another holder", change)
	if len(w.caps.ContactRoles) > 0 {
		refused(w, "the same change again", change)
	}
	info := w.info(w.us, name)
	if info.Registrant != second {
		w.Errorf("registrant %s", info.Registrant)
	}
	for _, role := range w.caps.ContactRoles {
		if !info.Contacts.Has(role, second) || len(info.Contacts[role]) != 1 {
			w.Errorf("%s %v", role, info.Contacts[role])
		}
	}
}

func (w *world) messages() {
	if !w.caps.Messages {
		return
	}
	w.drain(w.us)
	w.askAway(w.name("asked"))
	full := errors.New("no room")
	var seen []registrar.RegistryMessage
	keep := func(fail error) func(context.Context, registrar.RegistryMessage) error {
		return func(_ context.Context, m registrar.RegistryMessage) error {
			seen = append(seen, m)
			return fail
		}
	}
	if done, err := w.us.PollMessages(w.Context(), keep(full), 10); done != 0 || !errors.Is(err, full) {
		w.Fatalf("%d, %v", done, err)
	}
	done, err := w.us.PollMessages(w.Context(), keep(nil), 10)
	if err != nil || done < 1 || len(seen) != done+1 || seen[0].ID != seen[1].ID || len(seen[0].Raw) == 0 || seen[0].Queued.IsZero() {
		w.Fatalf("%d, %v, %+v", done, err, seen)
	}
	for _, m := range seen {
		if len(m.Events) == 0 || slices.ContainsFunc(m.Events, func(e registrar.RegistryEvent) bool { return e.Kind == registrar.ToldUnknown }) {
			w.Errorf("a message of the registry that nobody understands: %+v", m)
		}
	}
	if done, err := w.us.PollMessages(w.Context(), keep(nil), 10); done != 0 || err != nil {
		w.Errorf("an empty queue: %d, %v", done, err)
	}
}

// askAway lets a message come to us: a name of ours is asked for, or gone at once
// where transfers are immediate.
func (w *world) askAway(name string) {
	w.Helper()
	w.register(w.us, name, w.contact(w.us, "conf-m"))
	code := w.release(w.us, name)
	must(w, "request", func(s registrar.Send) (registrar.Transferred, error) {
		return w.them.Transfer(w.Context(), s, w.request(name, code))
	})
}

// drain takes all messages and returns them.
func (w *world) drain(reg registrar.Registry) []registrar.RegistryMessage {
	w.Helper()
	var out []registrar.RegistryMessage
	if !w.caps.Messages {
		return nil
	}
	_, err := reg.PollMessages(w.Context(), func(_ context.Context, m registrar.RegistryMessage) error {
		out = append(out, m)
		return nil
	}, 100)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// refusals tries what the account can't do: a definite refusal, and nothing sent.
func (w *world) refusals() {
	name := w.name("plain")
	handle := w.contact(w.us, "conf-c1")
	w.register(w.us, name, handle)
	price := &registrar.Money{Minor: 900, Currency: "USD"}
	before := w.sentFrames()
	tried := 0
	unless := func(can bool, what string, do func(registrar.Send) (any, error)) {
		if !can {
			refused(w, what, do, registrar.CodeUnimplemented, registrar.CodeUnimplementedOption)
			tried++
		}
	}
	unless(w.caps.Restore != registrar.RestoreNever, "restore", func(s registrar.Send) (any, error) {
		return w.us.Restore(w.Context(), s, registrar.DomainRestore{Name: name})
	})
	unless(w.caps.SecDNS != registrar.SecDNSNone, "DNSSEC at create", func(s registrar.Send) (any, error) {
		d := w.wish(w.name("other"), handle)
		d.SecDNS = registrar.SecDNS{DS: []registrar.DS{ds1}}
		return w.us.CreateDomain(w.Context(), s, d)
	})
	unless(w.caps.Prices, "consent", func(s registrar.Send) (any, error) {
		return w.us.RenewDomain(w.Context(), s, registrar.DomainRenew{Name: name, CurExpiry: "2027-11-24", Years: 1, Consent: price})
	})
	unless(w.caps.Prices, "prices", func(registrar.Send) (any, error) {
		return w.us.Prices(w.Context(), []registrar.PriceQuery{{Name: name, Action: registrar.PriceRenew, Years: 1}})
	})
	unless(w.caps.Balance, "balance", func(registrar.Send) (any, error) { return w.us.Balance(w.Context()) })
	unless(w.caps.Launch, "claims", func(registrar.Send) (any, error) {
		return w.us.CheckClaims(w.Context(), registrar.LaunchPhase{Name: "claims"}, []string{name})
	})
	unless(w.caps.Launch, "launch", func(s registrar.Send) (any, error) {
		d := w.wish(w.name("other"), handle)
		d.Launch = &registrar.LaunchCreate{Phase: registrar.LaunchPhase{Name: "claims"}}
		return w.us.CreateDomain(w.Context(), s, d)
	})
	unless(w.caps.Tokens, "token", func(s registrar.Send) (any, error) {
		d := w.wish(w.name("other"), handle)
		d.Token = "token"
		return w.us.CreateDomain(w.Context(), s, d)
	})
	unless(false, "unknown field", func(s registrar.Send) (any, error) {
		d := w.wish(w.name("other"), handle)
		d.Fields = map[string]string{"no-such-field": "x"}
		return w.us.CreateDomain(w.Context(), s, d)
	})
	if got := w.sentFrames(); got != before {
		w.Errorf("%d frames left this machine for %d things that the account can't do", got-before, tried)
	}
}

// advance moves business time; the registry acts on it at the next command.
func (w *world) advance(d time.Duration) { w.clock.Advance(d) }
