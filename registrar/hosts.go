package registrar

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxGlue bounds the addresses of a host; registries take about that many.
const maxGlue = 13

// HostRequest asks for a host below a name of a customer.
type HostRequest struct {
	Domain    string
	Host      string
	Addresses []string // all of them; at least one
	NewName   string   // "" = keep; only below the same name, and only while no name uses the host
	Key       *KeyRequest
}

// Hosts lists the hosts below a name of a customer.
func (e *Engine) Hosts(ctx context.Context, customerID, domain string) ([]Host, error) {
	d, err := e.OwnedDomain(ctx, customerID, domain)
	if err != nil {
		return nil, err
	}
	return e.store.HostsOf(ctx, d.ID)
}

// HostOf returns one host below a name of a customer.
func (e *Engine) HostOf(ctx context.Context, customerID, domain, host string) (Host, error) {
	d, err := e.OwnedDomain(ctx, customerID, domain)
	if err != nil {
		return Host{}, err
	}
	name, err := hostBelow(d.Name, host)
	if err != nil {
		return Host{}, err
	}
	return e.ownedHost(ctx, e.store, d, name)
}

func (e *Engine) ownedHost(ctx context.Context, r Reader, d Domain, name string) (Host, error) {
	h, err := r.Host(ctx, d.Registry, name)
	if IsNotFound(err) || err == nil && h.DomainID != d.ID {
		return Host{}, Errorf(KindNotFound, "no_such_host", "There is no host %s.", name)
	}
	return h, err
}

// SetHost journals the creation of a host with its addresses, or the change of
// one that exists.
func (e *Engine) SetHost(ctx context.Context, by Actor, customerID string, req HostRequest) (Operation, error) {
	name, err := ParseName(req.Domain)
	if err != nil {
		return Operation{}, err
	}
	return e.setHost(ctx, by, customerID, name, req, "")
}

// SetStaffHost is SetHost by staff, for a customer who asks for it; the reason
// stands in the audit trail. Domain and Key of the request are not read.
func (e *Engine) SetStaffHost(ctx context.Context, by Actor, domainID string, req HostRequest, reason string) (Operation, error) {
	d, reason, err := e.staffDomain(ctx, by, domainID, reason)
	if err != nil {
		return Operation{}, err
	}
	req.Key = nil
	return e.setHost(ctx, by, d.CustomerID, Name{A: d.Name, U: d.UName}, req, reason)
}

// hostWish is what the audit trail keeps of a change of a host by staff.
type hostWish struct {
	Host   *Host `json:",omitempty"` // nil = delete
	Reason string
}

// withReason adds the reason of staff, if there is one, to what is wished for.
func withReason(host *Host, reason string) any {
	switch {
	case reason != "":
		return hostWish{host, reason}
	case host == nil:
		return nil
	}
	return *host
}

func (e *Engine) setHost(ctx context.Context, by Actor, customerID string, name Name, req HostRequest, reason string) (Operation, error) {
	return e.journal(ctx, customerID, req.Key, "setting host", func(tx Tx) (Operation, error) {
		d, err := e.ownedDomain(ctx, tx, customerID, name.A)
		if err != nil {
			return Operation{}, err
		}
		host, err := hostBelow(d.Name, req.Host)
		if err != nil {
			return Operation{}, err
		}
		if err := e.mayChangeHosts(d); err != nil {
			return Operation{}, err
		}
		addresses, err := NormalizeGlue(req.Addresses)
		if err != nil {
			return Operation{}, err
		}
		return e.writeHost(ctx, tx, by, d, Host{Name: host, Addresses: addresses}, req.NewName, reason)
	})
}

func (e *Engine) writeHost(ctx context.Context, tx Tx, by Actor, d Domain, want Host, newName, reason string) (Operation, error) {
	host, addresses := want.Name, want.Addresses
	op := e.domainOperation(OpHost, d, by)
	b := e.newBatch(op, d.Registry)
	have, err := e.ownedHost(ctx, tx, d, host)
	switch {
	case IsNotFound(err) && newName != "":
		return op, err
	case IsNotFound(err):
		if err := b.addGuarded(VerbHostCreate, host, d.Name, HostCreateSpec{Name: host, Addresses: addresses}); err != nil {
			return op, err
		}
		return op, e.open(ctx, tx, op, b, "domain.host.ask", nil, withReason(&want, reason))
	case err != nil:
		return op, err
	}
	if newName != "" {
		if newName, err = e.mayRename(ctx, tx, d, host, newName); err != nil {
			return op, err
		}
	}
	if err := b.addGuarded(VerbHostUpdate, host, d.Name, HostUpdateSpec{Name: host, Addresses: addresses, NewName: newName}); err != nil {
		return op, err
	}
	want.Name = cmpOr(newName, host)
	return op, e.open(ctx, tx, op, b, "domain.host.ask", have, withReason(&want, reason))
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// mayRename refuses a name that would change the delegation of others.
func (e *Engine) mayRename(ctx context.Context, r Reader, d Domain, host, newName string) (string, error) {
	name, err := hostBelow(d.Name, newName)
	if err != nil {
		return "", err
	}
	if _, err := e.ownedHost(ctx, r, d, name); err == nil {
		return "", Errorf(KindConflict, "host_exists", "There is a host %s already.", name)
	} else if !IsNotFound(err) {
		return "", err
	}
	return name, inUse(d, host)
}

// inUse refuses to touch the name of a host that its own domain delegates to;
// what other names do, the registry tells when it is asked.
func inUse(d Domain, host string) error {
	if slices.Contains(d.NameServers, host) {
		return Errorf(KindConflict, "host_in_use", "%s is a name server of %s; change its name servers first.", host, d.UName)
	}
	return nil
}

// DeleteHost journals the deletion of a host that no name uses.
func (e *Engine) DeleteHost(ctx context.Context, by Actor, customerID, domain, host string, key *KeyRequest) (Operation, error) {
	name, err := ParseName(domain)
	if err != nil {
		return Operation{}, err
	}
	return e.deleteHostOf(ctx, by, customerID, name, host, key, "")
}

// DeleteStaffHost is DeleteHost by staff, with a reason in the audit trail.
func (e *Engine) DeleteStaffHost(ctx context.Context, by Actor, domainID, host, reason string) (Operation, error) {
	d, reason, err := e.staffDomain(ctx, by, domainID, reason)
	if err != nil {
		return Operation{}, err
	}
	return e.deleteHostOf(ctx, by, d.CustomerID, Name{A: d.Name, U: d.UName}, host, nil, reason)
}

func (e *Engine) deleteHostOf(ctx context.Context, by Actor, customerID string, name Name, host string, key *KeyRequest, reason string) (Operation, error) {
	return e.journal(ctx, customerID, key, "deleting host", func(tx Tx) (Operation, error) {
		d, err := e.ownedDomain(ctx, tx, customerID, name.A)
		if err != nil {
			return Operation{}, err
		}
		below, err := hostBelow(d.Name, host)
		if err != nil {
			return Operation{}, err
		}
		have, err := e.ownedHost(ctx, tx, d, below)
		if err != nil {
			return Operation{}, err
		}
		if err := e.mayChangeHosts(d); err != nil {
			return Operation{}, err
		}
		if err := inUse(d, below); err != nil {
			return Operation{}, err
		}
		op := e.domainOperation(OpHostDelete, d, by)
		b := e.newBatch(op, d.Registry)
		if err := b.addGuarded(VerbHostDelete, below, d.Name, HostDeleteSpec{Name: below}); err != nil {
			return op, err
		}
		return op, e.open(ctx, tx, op, b, "domain.host.delete_ask", have, withReason(nil, reason))
	})
}

// addGuarded is add for a command that guards more than its verb says: a host
// below a name is changed only while nothing else of the name is.
func (b *batch) addGuarded(verb Verb, object, guards string, spec any) error {
	if err := b.add(verb, object, false, spec); err != nil {
		return err
	}
	b.commands[len(b.commands)-1].Guards = guards
	return nil
}

// mayChangeHosts refuses what the registry of the superordinate name would.
func (e *Engine) mayChangeHosts(d Domain) error {
	if err := mayOwn(d); err != nil {
		return err
	}
	reg, err := e.registry(d.Registry)
	if err != nil {
		return err
	}
	if reg.Capabilities().HostModel != HostObjects {
		return Errorf(KindUnsupported, "no_host_objects", "The registry of %s keeps no name servers of their own.", d.UName)
	}
	return mayChange(d, statusUpdateLock, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer")
}

// hostBelow reads the name of a host and wants it below a name.
func hostBelow(domain, input string) (string, error) {
	host, err := ParseHostName(input)
	if err != nil {
		return "", InvalidField("host", "bad_host", "%q is not a host name.", clip(input, 80)).Because(err)
	}
	if !strings.HasSuffix(host, "."+domain) {
		return "", InvalidField("host", "not_below", "A host of this name must lie below it, for example ns1.%s.", domain)
	}
	return host, nil
}

// NormalizeGlue checks a list of addresses and writes each in one way (RFC 5952
// for IPv6). Addresses that nobody on the internet could reach are refused.
func NormalizeGlue(in []string) ([]string, error) {
	var out []string
	for _, raw := range in {
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		ip, err := netip.ParseAddr(raw)
		if err != nil || ip.Zone() != "" {
			return nil, InvalidField("addresses", "bad_address", "%q is no IP address.", clip(raw, 60))
		}
		ip = ip.Unmap()
		if !ip.IsGlobalUnicast() || ip.IsPrivate() || sharedSpace.Contains(ip) {
			return nil, InvalidField("addresses", "unreachable_address", "%s can't be reached from the internet.", ip)
		}
		if slices.Contains(out, ip.String()) {
			return nil, InvalidField("addresses", "duplicate_address", "%s is listed twice.", ip)
		}
		out = append(out, ip.String())
	}
	switch {
	case len(out) == 0:
		return nil, InvalidField("addresses", "required", "A host below a name needs at least one address.")
	case len(out) > maxGlue:
		return nil, InvalidField("addresses", "too_many_addresses", "A host has at most %d addresses.", maxGlue)
	}
	return out, nil
}

// sharedSpace is behind the NAT of carriers (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// sameAddresses compares two lists whatever their order and way of writing.
func sameAddresses(a, b []string) bool {
	norm := func(in []string) []string {
		out := make([]string, len(in))
		for i, s := range in {
			out[i] = s
			if ip, err := netip.ParseAddr(s); err == nil {
				out[i] = ip.Unmap().String()
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(norm(a), norm(b))
}

func (x *exchange) updateHost(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[HostUpdateSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	have, err := x.e.store.Host(ctx, x.c.Registry, spec.Name)
	if err != nil {
		return effect{}, &NotSentError{Cause: err}
	}
	info, err := reg.HostInfo(ctx, spec.Name)
	switch {
	case err != nil:
		return effect{}, readFailed(err)
	case x.e.young(have.CreatedAt, have.ChangedAt) && !sameAddresses(info.Addresses, have.Addresses):
		return effect{}, errLags
	case spec.NewName != "" && info.Linked:
		return effect{}, &ResultError{Code: codeAssociationLinks, Msg: "names delegate to this host"}
	case spec.NewName == "" && sameAddresses(info.Addresses, spec.Addresses):
		return effect{known: true}, nil
	}
	r, err := reg.UpdateHost(ctx, x.send(), HostUpdate{Name: spec.Name, Current: info.Addresses, Want: spec.Addresses, NewName: spec.NewName})
	return effect{receipt: r}, err
}

// young reports whether the last change was so short ago that a replica of the
// registry may not show it yet.
func (e *Engine) young(created time.Time, changed *time.Time) bool {
	last := created
	if changed != nil && changed.After(last) {
		last = *changed
	}
	return e.Now().Sub(last) <= e.opt.SettleAfter
}

func (x *exchange) deleteHost(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[HostDeleteSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	r, err := reg.DeleteHost(ctx, x.send(), spec.Name)
	return effect{receipt: r}, err
}

// lookHost judges a command on a host by what <info> shows of it.
func (e *Engine) lookHost(ctx context.Context, reg Registry, c Command) (finding, error) {
	want, object, err := wantedHost(c)
	if err != nil {
		return finding{}, err
	}
	info, err := reg.HostInfo(ctx, object)
	missing := ResultCode(err) == CodeObjectDoesNotExist
	if err != nil && !missing {
		return finding{}, fmt.Errorf("reading the host at the registry: %w", err)
	}
	switch {
	case c.Verb == VerbHostDelete && missing:
		have, err := e.store.Host(ctx, c.Registry, object)
		if err == nil && e.young(have.CreatedAt, nil) { // perhaps a view from before its creation
			return finding{verdict: verdictLagging}, nil
		}
		return finding{verdict: verdictHappened}, nil
	case c.Verb == VerbHostDelete, missing:
		return finding{verdict: verdictAbsent}, nil
	case len(want) == 0 || sameAddresses(info.Addresses, want): // hosts elsewhere carry none
		return finding{verdict: verdictHappened}, nil
	case c.Verb == VerbHostUpdate && object == c.Object:
		return finding{verdict: verdictAbsent}, nil
	}
	return finding{verdict: verdictRefused, failure: failure{"host_exists", "The registry has this host already, with other addresses."}}, nil
}

// wantedHost returns addresses and name that a host shall have.
func wantedHost(c Command) (addresses []string, name string, err error) {
	switch c.Verb {
	case VerbHostCreate:
		spec, err := decodeSpec[HostCreateSpec](c)
		return spec.Addresses, c.Object, err
	case VerbHostUpdate:
		spec, err := decodeSpec[HostUpdateSpec](c)
		return spec.Addresses, cmpOr(spec.NewName, spec.Name), err
	}
	return nil, c.Object, nil
}

// applyHost changes our picture of a host.
func (e *Engine) applyHost(ctx context.Context, tx Tx, c Command, eff effect) error {
	want, name, err := wantedHost(c)
	if err != nil {
		return err
	}
	if c.Verb == VerbHostCreate && len(want) == 0 {
		return e.hostCreated(ctx, tx, c, eff)
	}
	was, err := tx.Host(ctx, c.Registry, c.Object)
	if err != nil && !IsNotFound(err) {
		return err
	}
	now := e.Now()
	next := Host{Registry: c.Registry, Name: name, DomainID: c.DomainID, Addresses: want, CreatedAt: now}
	if err == nil {
		next.CreatedAt, next.ChangedAt = was.CreatedAt, &now
	}
	if c.Verb == VerbHostDelete || name != c.Object {
		if err := e.dropHost(ctx, tx, c.Registry, c.Object); err != nil {
			return err
		}
	}
	var after any
	if c.Verb != VerbHostDelete {
		after = next
		if err := tx.InsertRegistryHost(ctx, c.Registry, name, now); err != nil {
			return err
		}
		if err := tx.PutHost(ctx, next); err != nil {
			return err
		}
	}
	action := "domain." + strings.Replace(string(c.Verb), ":", ".", 1)
	return tx.InsertAudit(ctx, e.audit(System("worker"), action, "domain", c.DomainID, c.Object, was, after))
}

// dropHost forgets a host that the registry no longer has.
func (e *Engine) dropHost(ctx context.Context, tx Tx, registry, name string) error {
	if err := tx.RemoveHost(ctx, registry, name); err != nil {
		return err
	}
	return tx.ForgetRegistryObjects(ctx, registry, nil, []string{name})
}

// knowHosts refuses a delegation to hosts below the name itself that do not
// exist yet: they need addresses first.
func (e *Engine) knowHosts(ctx context.Context, r Reader, d Domain, hosts []string) error {
	for _, h := range hosts {
		if !Under(h, d.Name) {
			continue
		}
		known, err := r.HasRegistryHost(ctx, d.Registry, h)
		if err != nil {
			return err
		}
		if !known {
			return InvalidField("nameservers", "host_missing", "%s lies below %s: set up this host with its addresses first.", h, d.UName)
		}
	}
	return nil
}
