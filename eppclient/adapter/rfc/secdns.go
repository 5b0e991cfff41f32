package rfc

import (
	"context"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/registrar"
)

// UpdateSecDNS implements registrar.Registry. Where nothing differs, nothing is
// sent and the receipt has no svTRID. Entries that nobody could read make it
// replace all.
func (a *Adapter) UpdateSecDNS(ctx context.Context, send registrar.Send, u registrar.SecDNSUpdate) (registrar.Receipt, error) {
	if err := a.needs(ctx, send, secdns.Namespace, "DNSSEC"); err != nil {
		return registrar.Receipt{}, err
	}
	x := secDNSUpdate(u)
	if x.Empty() {
		return registrar.Receipt{ClTRID: send.ClTRID, Code: epp.CodeOK}, nil
	}
	_, receipt, err := a.Transform(ctx, send, epp.DomainUpdate{Name: u.Name}, x)
	return receipt, err
}

func secDNSUpdate(u registrar.SecDNSUpdate) secdns.Update {
	x := secdns.Update{Urgent: u.Urgent}
	have, want := secDNSData(u.Current), secDNSData(u.Want)
	if want.MaxSigLife != have.MaxSigLife {
		x.MaxSigLife = want.MaxSigLife // 0 leaves it: it can't be unset
	}
	switch {
	case !u.Want.Signed():
		x.RemoveAll, x.MaxSigLife = u.Current.Signed(), 0
	case u.Current.Unreadable > 0, len(have.DS) > 0 && len(want.Keys) > 0, len(have.Keys) > 0 && len(want.DS) > 0:
		x.RemoveAll, x.Add = true, secdns.Data{DS: want.DS, Keys: want.Keys}
	default:
		x.Add = secdns.Data{DS: missingDS(want.DS, have.DS), Keys: missingKeys(want.Keys, have.Keys)}
		x.Remove = secdns.Data{DS: missingDS(have.DS, want.DS), Keys: missingKeys(have.Keys, want.Keys)}
	}
	if x.Empty() {
		x.Urgent = false
	}
	return x
}

func missingDS(a, b []secdns.DS) []secdns.DS {
	return slices.DeleteFunc(slices.Clone(a), func(d secdns.DS) bool { return slices.ContainsFunc(b, d.Same) })
}

func missingKeys(a, b []secdns.Key) []secdns.Key {
	return slices.DeleteFunc(slices.Clone(a), func(k secdns.Key) bool { return slices.Contains(b, k) })
}

func secDNSData(s registrar.SecDNS) secdns.Data {
	d := secdns.Data{MaxSigLife: s.MaxSigLife}
	for _, r := range s.DS {
		d.DS = append(d.DS, secdns.DS{KeyTag: r.KeyTag, Algorithm: r.Algorithm, DigestType: r.DigestType, Digest: r.Digest})
	}
	for _, k := range s.Keys {
		d.Keys = append(d.Keys, secdns.Key{
			Flags: k.Flags, Protocol: k.Protocol, Algorithm: k.Algorithm, PublicKey: strings.Join(strings.Fields(k.PublicKey), ""),
		})
	}
	return d
}

func secDNSState(resp *epp.Response) registrar.SecDNS {
	data, skipped, ok := secdns.Info(resp)
	if !ok {
		return registrar.SecDNS{}
	}
	s := registrar.SecDNS{MaxSigLife: data.MaxSigLife, Unreadable: skipped}
	for _, r := range data.DS {
		s.DS = append(s.DS, registrar.DS{KeyTag: r.KeyTag, Algorithm: r.Algorithm, DigestType: r.DigestType, Digest: r.Digest})
	}
	for _, k := range data.Keys {
		s.Keys = append(s.Keys, registrar.DNSKey{Flags: k.Flags, Protocol: k.Protocol, Algorithm: k.Algorithm, PublicKey: k.PublicKey})
	}
	return s
}
