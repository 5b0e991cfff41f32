package rfc

import (
	"context"
	"slices"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/smd"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// createExtensions writes what a create asks for beyond the core. What the
// session does not have is refused here: left out in silence it would make another
// name than was asked for.
func (a *Adapter) createExtensions(ctx context.Context, send registrar.Send, d registrar.DomainCreate, cmd *epp.DomainCreate) ([]epp.Extension, error) {
	out, err := a.consent(ctx, send, registrar.PriceCreate, d.Consent)
	if err != nil {
		return nil, err
	}
	add := func(namespace, what string, x epp.Extension) {
		if err == nil {
			if err = a.needs(ctx, send, namespace, what); err == nil {
				out = append(out, x)
			}
		}
	}
	if d.SecDNS.Signed() {
		add(secdns.Namespace, "DNSSEC", secdns.Create{Data: secDNSData(d.SecDNS)})
	}
	if d.Launch != nil {
		x, bad := launchCreate(*d.Launch)
		if bad != nil {
			return nil, refuse(send.ClTRID, bad)
		}
		add(launch.Namespace, "launch phases", x)
	}
	if d.Token != "" {
		add(alloctoken.Namespace, "allocation tokens", alloctoken.Token{Value: epp.Secret(d.Token.Reveal())})
	}
	if d.IDNTable != "" && a.cfg.Hooks.Create == nil {
		add(idn.Namespace, "IDN tables", idn.Data{Table: d.IDNTable, UName: unicodeName(d.Name)})
	}
	if err != nil {
		return nil, err
	}
	return a.dialectCreate(ctx, send, d, cmd, out)
}

func (a *Adapter) dialectCreate(ctx context.Context, send registrar.Send, d registrar.DomainCreate, cmd *epp.DomainCreate, out []epp.Extension) ([]epp.Extension, error) {
	known := a.Capabilities().Fields
	for field := range d.Fields {
		if !slices.Contains(known, field) {
			return nil, Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "field "+field)
		}
	}
	if a.cfg.Hooks.Create == nil {
		return out, nil
	}
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return nil, err
	}
	more, err := a.cfg.Hooks.Create(uses, d, cmd)
	if err != nil {
		return nil, refuse(send.ClTRID, err)
	}
	return append(out, more...), nil
}

// unicodeName is the name in Unicode, "" when it is the same.
func unicodeName(name string) string {
	if n, err := registrar.ParseName(name); err == nil && n.U != name {
		return n.U
	}
	return ""
}

// needs refuses a command whose extension the session did not log in with.
func (a *Adapter) needs(ctx context.Context, send registrar.Send, namespace, what string) error {
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return err
	}
	if !uses.Has(a.cfg.Hooks.Objects.Own(namespace)) {
		return Refuse(send.ClTRID, registrar.CodeUnimplementedOption, what)
	}
	return nil
}

// consent writes the agreement to a price; none is needed for nil.
func (a *Adapter) consent(ctx context.Context, send registrar.Send, action registrar.PriceAction, price *registrar.Money) ([]epp.Extension, error) {
	if price == nil {
		return nil, nil
	}
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return nil, err
	}
	if a.cfg.Hooks.Consent == nil || !a.Capabilities().Prices {
		return nil, Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "prices to agree to")
	}
	x, err := a.cfg.Hooks.Consent(uses, action, *price)
	if err != nil {
		return nil, refuse(send.ClTRID, err)
	}
	return []epp.Extension{x}, nil
}

func launchPhase(p registrar.LaunchPhase) launch.Phase {
	return launch.Phase{Name: launch.PhaseName(p.Name), Sub: p.Sub}
}

func launchCreate(l registrar.LaunchCreate) (launch.Create, error) {
	x := launch.Create{Phase: launchPhase(l.Phase)}
	if l.Application {
		x.Type = launch.Application
	}
	if len(l.SignedMark) > 0 {
		mark, err := smd.ReadFile(l.SignedMark)
		if err != nil {
			return x, err
		}
		x.EncodedSignedMarks = []smd.Encoded{mark}
	}
	for _, n := range l.Notices {
		x.Notices = append(x.Notices, launch.Notice{ID: n.ID, Validator: n.Validator, NotAfter: n.NotAfter, Accepted: n.Accepted})
	}
	return x, nil
}

func application(d launch.InfoData) *registrar.LaunchApplication {
	out := registrar.LaunchApplication{
		Phase: registrar.LaunchPhase{Name: string(d.Phase.Name), Sub: d.Phase.Sub}, ID: d.ApplicationID, Status: string(d.Status), Text: d.StatusText,
	}
	if d.StatusName != "" {
		out.Status = d.StatusName
	}
	return &out
}

// CheckClaims implements registrar.Registry.
func (a *Adapter) CheckClaims(ctx context.Context, phase registrar.LaunchPhase, names []string) ([]registrar.Claim, error) {
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return nil, err
	}
	if !uses.Has(launch.Namespace) {
		return nil, Refuse("", registrar.CodeUnimplemented, "launch phases")
	}
	resp, err := a.Read(ctx, pool.Customer, epp.DomainCheck{Names: names}, launch.Check{Type: launch.CheckClaims, Phase: launchPhase(phase)})
	if err != nil {
		return nil, err
	}
	data, err := launch.CheckData(resp)
	if err != nil {
		return nil, &registrar.UnknownOutcomeError{Cause: err}
	}
	var out []registrar.Claim
	for _, name := range names {
		c := registrar.Claim{Name: name}
		answer, ok := data.For(name)
		// A claim without a key could be shown to nobody: it is no answer.
		if c.Known = ok && answer.Exists == (len(answer.Keys) > 0); c.Known {
			for _, k := range answer.Keys {
				c.Keys = append(c.Keys, registrar.ClaimKey{Key: k.Key, Validator: k.Validator})
			}
		}
		out = append(out, c)
	}
	return out, nil
}
