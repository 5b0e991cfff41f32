package conformance

import (
	"slices"
	"time"

	"github.com/indera/indera/registrar"
)

// release unlocks a name and returns its transfer code.
func (w *world) release(reg registrar.Registry, name string) registrar.Secret {
	w.Helper()
	code, err := reg.NewTransferCode()
	if err != nil || code == "" {
		w.Fatalf("a code of %d characters, %v", len(code), err)
	}
	must(w, "setting the code", func(s registrar.Send) (registrar.Receipt, error) {
		return reg.UpdateDomain(w.Context(), s, registrar.DomainUpdate{Name: name, TransferCode: &code})
	})
	for try, want := range map[registrar.Secret]bool{code: true, "Wrong-Code-0123456789-abcd": false} {
		if ok, err := reg.VerifyTransferCode(w.Context(), name, try); err != nil || ok != want {
			w.Errorf("the code is right: %v, %v, want %v", ok, err, want)
		}
	}
	return code
}

// request asks for a name with the years that the registry wants.
func (w *world) request(name string, code registrar.Secret) registrar.TransferCommand {
	t := registrar.TransferCommand{Object: registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: name}, Op: registrar.TransferRequest, Code: code}
	if !w.caps.TransferImmediate {
		t.Years = 1
	}
	return t
}

func (w *world) transfer() {
	name := w.name("moving")
	w.register(w.them, name, w.contact(w.them, "conf-c1"))
	code := w.release(w.them, name)
	w.drain(w.them)
	refused(w, "a wrong code", func(s registrar.Send) (registrar.Transferred, error) {
		return w.us.Transfer(w.Context(), s, w.request(name, "Wrong-Code-0123456789-abcd"))
	}, 2202)
	ask := func(s registrar.Send) (registrar.Transferred, error) {
		return w.us.Transfer(w.Context(), s, w.request(name, code))
	}
	if w.caps.TransferImmediate {
		if got := must(w, "request", ask); got.Code != registrar.CodeOK {
			w.Errorf("%+v", got)
		}
		w.moved(name, w.us, w.them)
		refused(w, "the request again", ask)
		return
	}
	got := must(w, "request", ask)
	if !got.Pending || got.Status != registrar.TransferPending || got.Losing != theirs || got.Gaining != ours || got.Acted.IsZero() {
		w.Errorf("%+v", got)
	}
	refused(w, "the request again", ask)
	if w.info(w.us, name).Ours || !slices.Contains(w.info(w.us, name).Statuses, "pendingTransfer") {
		w.Error("the transfer does not show")
	}
	w.toldOf(w.them, name, registrar.TransferPending)
	object := registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: name}
	decide := func(reg registrar.Registry, op registrar.TransferOp) func(registrar.Send) (registrar.Transferred, error) {
		return func(s registrar.Send) (registrar.Transferred, error) {
			return reg.Transfer(w.Context(), s, registrar.TransferCommand{Object: object, Op: op})
		}
	}
	refused(w, "approval by who asked", decide(w.us, registrar.TransferApprove))
	must(w, "cancel", decide(w.us, registrar.TransferCancel))
	refused(w, "cancel again", decide(w.us, registrar.TransferCancel))
	must(w, "a second request", ask)
	must(w, "reject", decide(w.them, registrar.TransferReject))
	w.toldOf(w.us, name, registrar.TransferClientRejected)
	must(w, "a third request", ask)
	must(w, "approve", decide(w.them, registrar.TransferApprove))
	refused(w, "approve again", decide(w.them, registrar.TransferApprove))
	state, err := w.us.TransferState(w.Context(), object, "")
	if err != nil || !state.Status.Approved() || state.Object != object {
		w.Errorf("%+v, %v", state, err)
	}
	w.toldOf(w.us, name, registrar.TransferClientApproved)
	w.moved(name, w.us, w.them)
}

func (w *world) contactTransfer() {
	if !w.caps.TransferContacts {
		return
	}
	handle := w.contact(w.them, "conf-c1")
	code, err := w.them.NewTransferCode()
	if err != nil {
		w.Fatal(err)
	}
	must(w, "setting the code", func(s registrar.Send) (registrar.Receipt, error) {
		return w.them.UpdateContact(w.Context(), s, registrar.ContactUpdate{
			Handle: handle, Contact: registrar.ContactVersion{ContactData: person}, TransferCode: &code,
		})
	})
	object := registrar.ObjectRef{Kind: registrar.ObjectContact, ID: handle}
	step := func(reg registrar.Registry, op registrar.TransferOp, code registrar.Secret) func(registrar.Send) (registrar.Transferred, error) {
		return func(s registrar.Send) (registrar.Transferred, error) {
			return reg.Transfer(w.Context(), s, registrar.TransferCommand{Object: object, Op: op, Code: code})
		}
	}
	refused(w, "a wrong code", step(w.us, registrar.TransferRequest, "Wrong-Code-0123456789-abcd"))
	got := must(w, "request", step(w.us, registrar.TransferRequest, code))
	refused(w, "the request again", step(w.us, registrar.TransferRequest, code))
	if got.Pending {
		must(w, "approve", step(w.them, registrar.TransferApprove, ""))
		refused(w, "approve again", step(w.them, registrar.TransferApprove, ""))
	}
	if info, err := w.us.ContactInfo(w.Context(), handle); err != nil || !info.Ours {
		w.Errorf("%+v, %v", info, err)
	}
}

// toldOf asks that the queue tells of a transfer in a state.
func (w *world) toldOf(reg registrar.Registry, name string, status registrar.TransferStatus) {
	w.Helper()
	if !w.caps.Messages {
		return
	}
	for _, m := range w.drain(reg) {
		for _, e := range m.Events {
			if e.Kind == registrar.ToldTransfer && e.Object.ID == name && e.Transfer.Status == status {
				return
			}
		}
	}
	w.Errorf("no message about the transfer of %s being %s", name, status)
}

func (w *world) moved(name string, to, from registrar.Registry) {
	w.Helper()
	if info := w.info(to, name); !info.Ours || slices.Contains(info.Statuses, "pendingTransfer") {
		w.Errorf("the gaining side sees %+v", info)
	}
	if w.info(from, name).Ours {
		w.Error("the losing side still thinks that the name is its own")
	}
	if last := w.info(to, name).Transferred; last.IsZero() {
		w.Error("no transfer date")
	}
}

func (w *world) restore() {
	handle := w.contact(w.us, "conf-c1")
	young, old := w.name("young"), w.name("old")
	w.register(w.us, young, handle)
	remove := func(name string) func(registrar.Send) (registrar.Receipt, error) {
		return func(s registrar.Send) (registrar.Receipt, error) { return w.us.DeleteDomain(w.Context(), s, name) }
	}
	must(w, "delete", remove(young))
	refused(w, "delete again", remove(young))
	w.register(w.us, old, handle)
	w.advance(30 * 24 * time.Hour)
	must(w, "delete", remove(old))
	refused(w, "delete again", remove(old))
	if w.caps.Restore == registrar.RestoreNever {
		return
	}
	if info := w.info(w.us, old); !slices.Contains(info.Statuses, "pendingDelete") || !slices.Contains(info.Graces, "redemptionPeriod") {
		w.Fatalf("%+v", info)
	}
	back := func(s registrar.Send) (registrar.Restored, error) {
		return w.us.Restore(w.Context(), s, registrar.DomainRestore{Name: old, Consent: w.consent(registrar.PriceRestore, old)})
	}
	got := must(w, "restore", back)
	refused(w, "restore again", back)
	if w.caps.Restore == registrar.RestoreReports {
		if !slices.Contains(got.Graces, "pendingRestore") {
			w.Errorf("%+v", got)
		}
		w.report(old)
	}
	if info := w.info(w.us, old); !info.Ours || slices.Contains(info.Statuses, "pendingDelete") {
		w.Errorf("after the restore: %+v", info)
	}
}

func (w *world) report(name string) {
	w.Helper()
	r := registrar.RestoreReport{
		Name: name, Before: "registrant conf-c1", After: "registrant conf-c1", Deleted: w.clock.Now().Add(-time.Minute), Restored: w.clock.Now(),
		Reason: "The registrant forgot to renew.",
		Statement: [2]string{
			"This registrar has not restored the name in order to assume the rights to use or sell it for itself or for any third party.",
			"The information in this report is true to the best of this registrar's knowledge.",
		},
	}
	must(w, "report", func(s registrar.Send) (registrar.Restored, error) { return w.us.ReportRestore(w.Context(), s, r) })
}

// consent asks what a command costs, nil where prices can't be asked for.
func (w *world) consent(action registrar.PriceAction, name string) *registrar.Money {
	w.Helper()
	if !w.caps.Prices {
		return nil
	}
	q := registrar.PriceQuery{Name: name, Action: action, Years: 1}
	if action == registrar.PriceRestore {
		q.Years = 0
	}
	got, err := w.us.Prices(w.Context(), []registrar.PriceQuery{q})
	if w.c.PremiumOnly && err == nil && len(got) == 1 && !got[0].Premium && !got[0].Known {
		return nil // the list price: there is nothing to agree to
	}
	if err != nil || len(got) != 1 || !got[0].Known {
		w.Fatalf("price of %s %s: %+v, %v", action, name, got, err)
	}
	return &got[0].Amount
}

func (w *world) prices() {
	if w.caps.Balance {
		b, err := w.us.Balance(w.Context())
		if err != nil || b.Available.Currency != "USD" || b.Available.Minor <= 0 {
			w.Errorf("balance %+v, %v", b, err)
		}
	}
	if !w.caps.Prices {
		return
	}
	plain := w.name("plain")
	queries := []registrar.PriceQuery{
		{Name: plain, Action: registrar.PriceCreate, Years: 1}, {Name: plain, Action: registrar.PriceCreate, Years: 2},
		{Name: plain, Action: registrar.PriceRenew, Years: 1},
	}
	got, err := w.us.Prices(w.Context(), queries)
	if err != nil || len(got) != 3 {
		w.Fatalf("%+v, %v", got, err)
	}
	for i, minor := range []int64{800, 1600, 900} {
		if w.c.PremiumOnly {
			if got[i].PriceQuery != queries[i] || got[i].Known || got[i].Premium {
				w.Errorf("%d: %+v, want it to be unknown", i, got[i])
			}
			continue
		}
		if got[i].PriceQuery != queries[i] || !got[i].Known || got[i].Premium || got[i].Amount != (registrar.Money{Minor: minor, Currency: "USD"}) {
			w.Errorf("%d: %+v, want %d", i, got[i], minor)
		}
	}
	if w.c.Premium == "" {
		return
	}
	handle := w.contact(w.us, "conf-c1")
	price := w.consent(registrar.PriceCreate, w.c.Premium)
	d := w.wish(w.c.Premium, handle)
	create := func(s registrar.Send) (registrar.DomainCreated, error) { return w.us.CreateDomain(w.Context(), s, d) }
	refused(w, "a premium name without consent", create)
	d.Consent = &registrar.Money{Minor: price.Minor - 1, Currency: price.Currency}
	refused(w, "a premium name for less", create)
	d.Consent = price
	if made := must(w, "a premium name", create); made.Cost != nil && *made.Cost != *price {
		w.Errorf("agreed to %v, taken %v", price, made.Cost)
	}
}
