package rfc

import (
	"context"
	"errors"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// Transfer implements registrar.Registry.
func (a *Adapter) Transfer(ctx context.Context, send registrar.Send, t registrar.TransferCommand) (registrar.Transferred, error) {
	cmd, err := transferCommand(t.Object, epp.TransferOp(t.Op), t)
	if err != nil {
		return registrar.Transferred{}, refuse(send.ClTRID, err)
	}
	ext, err := a.consent(ctx, send, registrar.PriceTransfer, t.Consent)
	if err != nil {
		return registrar.Transferred{}, err
	}
	if t.Token != "" {
		if err := a.needs(ctx, send, alloctoken.Namespace, "allocation tokens"); err != nil {
			return registrar.Transferred{}, err
		}
		ext = append(ext, alloctoken.Token{Value: epp.Secret(t.Token.Reveal())})
	}
	resp, receipt, err := a.Transform(ctx, send, cmd, ext...)
	if err != nil {
		return registrar.Transferred{}, err
	}
	out := registrar.Transferred{Receipt: receipt, Transfer: registrar.Transfer{Object: t.Object}}
	// A success without trnData stays a success: the state tells the rest.
	if data, err := transferData(resp, t.Object.Kind); err == nil {
		out.Transfer = a.transferState(t.Object, data)
	}
	return out, nil
}

// TransferState implements registrar.Registry.
func (a *Adapter) TransferState(ctx context.Context, o registrar.ObjectRef, code registrar.Secret) (registrar.Transfer, error) {
	cmd, err := transferCommand(o, epp.TransferQuery, registrar.TransferCommand{Code: code})
	if err != nil {
		return registrar.Transfer{}, refuse("", err)
	}
	resp, err := a.Read(ctx, pool.Bulk, cmd)
	if err != nil {
		return registrar.Transfer{}, err
	}
	data, err := transferData(resp, o.Kind)
	if err != nil {
		return registrar.Transfer{}, &registrar.UnknownOutcomeError{Cause: err}
	}
	return a.transferState(o, data), nil
}

var errNoTransfer = errors.New("only domains and contacts are transferred")

func transferCommand(o registrar.ObjectRef, op epp.TransferOp, t registrar.TransferCommand) (epp.Command, error) {
	code := epp.Secret(t.Code.Reveal())
	switch o.Kind {
	case registrar.ObjectDomain:
		cmd := epp.DomainTransfer{Op: op, Name: o.ID, AuthInfo: code, AuthInfoROID: t.CodeOf}
		if t.Years > 0 {
			cmd.Period = epp.Period{Value: t.Years, Unit: "y"}
		}
		return cmd, nil
	case registrar.ObjectContact:
		return epp.ContactTransfer{Op: op, ID: o.ID, AuthInfo: code}, nil
	}
	return nil, errNoTransfer
}

func transferData(resp *epp.Response, kind registrar.ObjectKind) (epp.TransferData, error) {
	if kind == registrar.ObjectContact {
		return resp.ContactTransferData()
	}
	return resp.DomainTransferData()
}

func (a *Adapter) transferState(o registrar.ObjectRef, d epp.TransferData) registrar.Transfer {
	if o.ID == "" {
		o.ID = d.Name
	}
	if o.Kind == registrar.ObjectDomain {
		o.ID = strings.ToLower(o.ID)
	}
	side := map[string]registrar.TransferSide{d.Gaining: registrar.TransferGaining, d.Losing: registrar.TransferLosing}[a.cfg.ClientID]
	return registrar.Transfer{
		Object: o, Side: side, Status: registrar.TransferStatus(d.Status), Gaining: d.Gaining, Requested: d.Requested.Time,
		Losing: d.Losing, Acted: d.Acted.Time, Expires: d.Expires.Time, ExpiresRaw: d.Expires.Raw,
	}
}

// Restore implements registrar.Registry.
func (a *Adapter) Restore(ctx context.Context, send registrar.Send, r registrar.DomainRestore) (registrar.Restored, error) {
	ext, err := a.consent(ctx, send, registrar.PriceRestore, r.Consent)
	if err != nil {
		return registrar.Restored{}, err
	}
	return a.restore(ctx, send, r.Name, append([]epp.Extension{rgp.Restore{}}, ext...))
}

// ReportRestore implements registrar.Registry.
func (a *Adapter) ReportRestore(ctx context.Context, send registrar.Send, r registrar.RestoreReport) (registrar.Restored, error) {
	return a.restore(ctx, send, r.Name, []epp.Extension{rgp.Report{
		Before: r.Before, After: r.After, Deleted: r.Deleted, Restored: r.Restored, Reason: r.Reason, Statement: r.Statement, Other: r.Other,
	}})
}

func (a *Adapter) restore(ctx context.Context, send registrar.Send, name string, ext []epp.Extension) (registrar.Restored, error) {
	if err := a.needs(ctx, send, rgp.Namespace, "way to restore a name"); err != nil {
		return registrar.Restored{}, err
	}
	resp, receipt, err := a.Transform(ctx, send, epp.DomainUpdate{Name: name, Chg: &epp.DomainChange{}}, ext...)
	if err != nil {
		return registrar.Restored{}, err
	}
	out := registrar.Restored{Receipt: receipt}
	for _, g := range rgp.UpdateData(resp) {
		out.Graces = append(out.Graces, string(g))
	}
	return out, nil
}

// Prices implements registrar.Registry. The RFCs of the core know no prices; the
// dialect does.
func (a *Adapter) Prices(ctx context.Context, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
	if a.cfg.Hooks.Prices == nil {
		return nil, Refuse("", registrar.CodeUnimplemented, "prices to ask for")
	}
	return a.cfg.Hooks.Prices(ctx, a, queries)
}

// Balance implements registrar.Registry.
func (a *Adapter) Balance(ctx context.Context) (registrar.Balance, error) {
	if a.cfg.Hooks.Balance == nil {
		return registrar.Balance{}, Refuse("", registrar.CodeUnimplemented, "balance to ask for")
	}
	return a.cfg.Hooks.Balance(ctx, a)
}
