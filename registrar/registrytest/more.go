package registrytest

import (
	"context"
	"slices"

	"github.com/indera/indera/registrar"
)

// more is what the registry knows beside objects.
type more struct {
	transfers map[registrar.ObjectRef]*registrar.Transfer
	queue     []registrar.RegistryMessage
	prices    map[registrar.PriceQuery]registrar.RegistryPrice
	claims    map[string][]registrar.ClaimKey
	balance   registrar.Balance
}

// Verbs that the engine's journal does not have.
const (
	verbTransfer registrar.Verb = "domain:transfer"
	verbRestore  registrar.Verb = "domain:restore"
)

func unsupported(what string) error {
	return &registrar.ResultError{Code: registrar.CodeUnimplemented, Msg: "Unimplemented command", Reason: what}
}

// Transfer runs one step of a domain's transfer.
func (m *Memory) Transfer(ctx context.Context, send registrar.Send, t registrar.TransferCommand) (registrar.Transferred, error) {
	var out registrar.Transferred
	if t.Object.Kind != registrar.ObjectDomain {
		return out, unsupported("transfer of a " + string(t.Object.Kind))
	}
	r, err := m.transform(ctx, send, verbTransfer, t.Object.ID, func() error {
		d := m.domains[t.Object.ID]
		if d == nil {
			return missing(t.Object.ID)
		}
		var err error
		if t.Op == registrar.TransferRequest {
			err = m.requestTransfer(d, t)
		} else {
			err = m.endTransfer(d, t)
		}
		if err == nil {
			out.Transfer = *m.more.transfers[t.Object]
		}
		return err
	})
	if out.Receipt = r; err == nil && out.Status == registrar.TransferPending {
		out.Code, out.Pending = registrar.CodePending, true
	}
	return out, err
}

func (m *Memory) requestTransfer(d *registrar.DomainInfo, t registrar.TransferCommand) error {
	switch {
	case d.Ours:
		return refuse(2106, "sponsored already")
	case slices.Contains(d.Statuses, "clientTransferProhibited"):
		return refuse(2304, "clientTransferProhibited")
	case m.codes[d.Name] == "" || m.codes[d.Name] != t.Code.Reveal():
		return refuse(2202, "wrong code")
	}
	if old := m.more.transfers[t.Object]; old != nil && old.Status == registrar.TransferPending {
		return refuse(2300, "pending")
	}
	m.keepTransfer(d, t.Object, "us", d.Sponsor)
	return nil
}

func (m *Memory) keepTransfer(d *registrar.DomainInfo, o registrar.ObjectRef, gaining, losing string) {
	if m.more.transfers == nil {
		m.more.transfers = map[registrar.ObjectRef]*registrar.Transfer{}
	}
	now := m.Clock.Now().UTC()
	m.more.transfers[o] = &registrar.Transfer{
		Object: o, Status: registrar.TransferPending, Gaining: gaining, Losing: losing, Requested: now, Acted: now.AddDate(0, 0, 5),
		Expires: d.Expires.AddDate(1, 0, 0),
	}
	d.Statuses = append(slices.Clone(d.Statuses), "pendingTransfer")
}

func (m *Memory) endTransfer(d *registrar.DomainInfo, t registrar.TransferCommand) error {
	tr := m.more.transfers[t.Object]
	if tr == nil || tr.Status != registrar.TransferPending {
		return refuse(2301, "not pending")
	}
	if (tr.Gaining == "us") != (t.Op == registrar.TransferCancel) {
		return refuse(2201, "not ours to decide")
	}
	m.decide(d, tr, map[registrar.TransferOp]registrar.TransferStatus{
		registrar.TransferCancel: registrar.TransferClientCancelled, registrar.TransferApprove: registrar.TransferClientApproved,
		registrar.TransferReject: registrar.TransferClientRejected,
	}[t.Op])
	return nil
}

func (m *Memory) decide(d *registrar.DomainInfo, tr *registrar.Transfer, status registrar.TransferStatus) {
	tr.Status, tr.Acted = status, m.Clock.Now().UTC()
	d.Statuses = slices.DeleteFunc(slices.Clone(d.Statuses), func(s string) bool { return s == "pendingTransfer" })
	if status.Approved() {
		d.Sponsor, d.Ours, d.Transferred = tr.Gaining, tr.Gaining == "us", tr.Acted
		d.Expires, d.ExpiresRaw = tr.Expires, tr.Expires.Format("2006-01-02T15:04:05Z")
		delete(m.codes, d.Name)
	}
}

// DecideTransfer lets the other side or the registry end a pending transfer.
func (m *Memory) DecideTransfer(name string, status registrar.TransferStatus) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decide(m.domains[name], m.more.transfers[registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: name}], status)
}

// AskedAway lets another registrar request a name of ours.
func (m *Memory) AskedAway(name, gaining string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keepTransfer(m.domains[name], registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: name}, gaining, "us")
}

// TransferState reads a transfer.
func (m *Memory) TransferState(_ context.Context, o registrar.ObjectRef, _ registrar.Secret) (registrar.Transfer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return registrar.Transfer{}, m.unreachable()
	}
	if t := m.more.transfers[o]; t != nil {
		return *t, nil
	}
	return registrar.Transfer{}, refuse(2301, "no transfer")
}

// Restore takes pendingDelete away.
func (m *Memory) Restore(ctx context.Context, send registrar.Send, r registrar.DomainRestore) (registrar.Restored, error) {
	var out registrar.Restored
	receipt, err := m.transform(ctx, send, verbRestore, r.Name, func() error {
		d := m.domains[r.Name]
		if d == nil {
			return missing(r.Name)
		}
		if !slices.Contains(d.Statuses, "pendingDelete") {
			return refuse(2304, "not deleted")
		}
		if d.Graces = nil; m.Caps.Restore == registrar.RestoreReports {
			d.Graces = []string{"pendingRestore"}
		} else {
			d.Statuses = []string{"ok"}
		}
		out.Graces = d.Graces
		return nil
	})
	out.Receipt = receipt
	return out, err
}

// ReportRestore ends pendingRestore.
func (m *Memory) ReportRestore(ctx context.Context, send registrar.Send, r registrar.RestoreReport) (registrar.Restored, error) {
	receipt, err := m.transform(ctx, send, verbRestore, r.Name, func() error {
		d := m.domains[r.Name]
		if d == nil {
			return missing(r.Name)
		}
		if !slices.Contains(d.Graces, "pendingRestore") {
			return refuse(2304, "no restore is pending")
		}
		d.Graces, d.Statuses = nil, []string{"ok"}
		return nil
	})
	return registrar.Restored{Receipt: receipt}, err
}

// UpdateSecDNS replaces records and keys.
func (m *Memory) UpdateSecDNS(ctx context.Context, send registrar.Send, u registrar.SecDNSUpdate) (registrar.Receipt, error) {
	return m.transform(ctx, send, registrar.VerbDomainUpdate, u.Name, func() error {
		d, err := m.ours(u.Name)
		if err != nil {
			return err
		}
		d.SecDNS, d.Updated = u.Want, m.Clock.Now().UTC()
		return nil
	})
}

// SetPrice makes the registry ask a price.
func (m *Memory) SetPrice(p registrar.RegistryPrice) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.more.prices == nil {
		m.more.prices = map[registrar.PriceQuery]registrar.RegistryPrice{}
	}
	m.more.prices[p.PriceQuery] = p
}

// Prices answers what SetPrice set.
func (m *Memory) Prices(_ context.Context, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, m.unreachable()
	}
	var out []registrar.RegistryPrice
	for _, q := range queries {
		p := m.more.prices[q]
		p.PriceQuery = q
		out = append(out, p)
	}
	return out, nil
}

// SetBalance sets the state of the account.
func (m *Memory) SetBalance(b registrar.Balance) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.more.balance = b
}

// Balance answers what SetBalance set.
func (m *Memory) Balance(context.Context) (registrar.Balance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.down:
		return registrar.Balance{}, m.unreachable()
	case m.more.balance.Available.Currency == "":
		return registrar.Balance{}, unsupported("balance")
	}
	return m.more.balance, nil
}

// SetClaims lets marks stand against a name.
func (m *Memory) SetClaims(name string, keys ...registrar.ClaimKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.more.claims == nil {
		m.more.claims = map[string][]registrar.ClaimKey{}
	}
	m.more.claims[name] = keys
}

// CheckClaims answers what SetClaims set.
func (m *Memory) CheckClaims(_ context.Context, _ registrar.LaunchPhase, names []string) ([]registrar.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, m.unreachable()
	}
	var out []registrar.Claim
	for _, n := range names {
		out = append(out, registrar.Claim{Name: n, Known: true, Keys: m.more.claims[n]})
	}
	return out, nil
}

// Queue puts messages into the account's queue.
func (m *Memory) Queue(messages ...registrar.RegistryMessage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.more.queue = append(m.more.queue, messages...)
}

// Queued returns how many messages wait.
func (m *Memory) Queued() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.more.queue)
}

// PollMessages hands messages over and takes off what was kept.
func (m *Memory) PollMessages(ctx context.Context, keep func(context.Context, registrar.RegistryMessage) error, limit int) (int, error) {
	for done := 0; ; done++ {
		m.mu.Lock()
		down, queue := m.down, m.more.queue
		m.mu.Unlock()
		switch {
		case down:
			return done, m.unreachable()
		case ctx.Err() != nil:
			return done, &registrar.NotSentError{Cause: ctx.Err()}
		case len(queue) == 0 || done == limit:
			return done, nil
		}
		head := queue[0]
		head.Waiting = len(queue)
		if err := keep(ctx, head); err != nil {
			return done, err
		}
		m.mu.Lock()
		m.more.queue = slices.DeleteFunc(m.more.queue, func(o registrar.RegistryMessage) bool { return o.ID == head.ID })
		m.mu.Unlock()
	}
}
