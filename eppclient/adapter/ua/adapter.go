package ua

import (
	"context"
	"regexp"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/ext/uaepp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// adapter refuses what the registry has no command for; all else is rfc.
type adapter struct{ *rfc.Adapter }

var handlePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{2,15}$`)

// automatic is the id by which the registry makes one of its own. It is no id for us:
// after a lost answer nobody could find the contact again.
const automatic = "autonic"

// CreateContact implements registrar.Registry.
func (a *adapter) CreateContact(ctx context.Context, send registrar.Send, c registrar.ContactCreate) (registrar.Receipt, error) {
	if !handlePattern.MatchString(c.Handle) || c.Handle == automatic {
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption,
			"room for this contact id: want 3 to 16 lower case letters, digits and hyphens, a letter first, and not "+automatic)
	}
	return a.Adapter.CreateContact(ctx, send, c)
}

// UpdateHost implements registrar.Registry. Hosts keep their name.
func (a *adapter) UpdateHost(ctx context.Context, send registrar.Send, h registrar.HostUpdate) (registrar.Receipt, error) {
	if h.NewName != "" {
		return registrar.Receipt{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "renaming of hosts")
	}
	return a.Adapter.UpdateHost(ctx, send, h)
}

// Transfer implements registrar.Registry. Contacts stay with who made them.
func (a *adapter) Transfer(ctx context.Context, send registrar.Send, t registrar.TransferCommand) (registrar.Transferred, error) {
	if t.Object.Kind == registrar.ObjectContact {
		return registrar.Transferred{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplemented, "transfer of contacts")
	}
	return a.Adapter.Transfer(ctx, send, t)
}

// ReportRestore implements registrar.Registry. A restore is done with its request.
func (a *adapter) ReportRestore(_ context.Context, send registrar.Send, _ registrar.RestoreReport) (registrar.Restored, error) {
	return registrar.Restored{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplemented, "reports of restores")
}

// balance asks for the balance of the contract. The registry states no credit limit.
func (q quirks) balance(ctx context.Context, a *rfc.Adapter) (registrar.Balance, error) {
	resp, err := a.Read(ctx, pool.Bulk, uaepp.BalanceInfo{Contract: q.contract})
	if err != nil {
		return registrar.Balance{}, err
	}
	data, err := uaepp.BalanceData(resp)
	if err != nil {
		return registrar.Balance{}, &registrar.UnknownOutcomeError{Cause: err}
	}
	minor, err := data.Amount.Minor(registrar.Decimals(q.currency))
	if err != nil {
		return registrar.Balance{}, &registrar.UnknownOutcomeError{Cause: err}
	}
	available := registrar.Money{Minor: minor, Currency: q.currency}
	out := registrar.Balance{Available: available, Balance: &available}
	if !data.Active {
		out.Available.Minor = 0 // the registry carries out nothing that costs
	}
	return out, nil
}
