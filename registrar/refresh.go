package registrar

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// refresh reads the registry's own view of a domain after a change: repository
// id, statuses, dates. A change in between wins over what was read.
func (e *Engine) refresh(ctx context.Context, d *desk, dom Domain) {
	if mayOwn(dom) != nil {
		// What it looks like is told by its owner system; nobody reads it again.
		if err := e.unread(ctx, dom); err != nil {
			e.log.ErrorContext(ctx, "a name of another owner system stays marked for reading", "domain", dom.Name, "error", err)
		}
		return
	}
	log := e.log.With("registry", d.name, "domain", dom.Name)
	info, err := d.reg.DomainInfo(ctx, dom.Name)
	code := ResultCode(err)
	switch {
	case err != nil && code == 0:
		d.unreachable()
		log.WarnContext(ctx, "reading domain failed", "error", err)
		return
	case transient(code), code == 0 && e.lags(dom, info), code != 0 && e.lags(dom, DomainInfo{}):
		if d.postpone(dom.ID) {
			return
		}
		log.ErrorContext(ctx, "the registry does not tell the state of a name; the next change asks again", "code", code)
	}
	if err := e.takeOver(ctx, dom, info, code); err != nil && KindOf(err) != KindConflict {
		d.postpone(dom.ID)
		log.ErrorContext(ctx, "writing what the registry says failed", "error", err)
		return
	}
	d.forget(dom.ID)
	e.notice.publish(Event{Kind: EventDomainRead, Domain: dom.Name, DomainID: dom.ID, CustomerID: dom.CustomerID, At: e.Now()})
}

// unread takes back that a name should be read.
func (e *Engine) unread(ctx context.Context, dom Domain) error {
	dom.NeedsInfo = false
	return e.store.InTx(ctx, func(tx Tx) error { return tx.UpdateDomain(ctx, dom) })
}

// takeOver writes what <info> showed, with evidence when it changed something.
func (e *Engine) takeOver(ctx context.Context, dom Domain, info DomainInfo, code int) error {
	was := dom
	dom.NeedsInfo = false
	listed := code == 0 && info.Ours
	if listed {
		applyInfo(&dom, info)
	}
	followDeletion(&dom, listed, code)
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.UpdateDomain(ctx, dom); err != nil {
			return err
		}
		if err := e.expiryMoved(ctx, tx, was, dom, false); err != nil {
			return err
		}
		if dom.State != was.State && dom.State == DomainDeleted {
			return e.recordGone(ctx, tx, was, dom)
		}
		if !listed && !transient(code) {
			// For people: a name that we think is ours is not at the registry.
			ev := Event{ID: e.id(PrefixEvent), Kind: EventDomainNotListed, CustomerID: dom.CustomerID, Domain: dom.Name, DomainID: dom.ID,
				Detail: fmt.Sprintf("The registry does not list this name as ours (code %d).", code), At: e.Now()}
			e.log.ErrorContext(ctx, "the registry does not list a name of ours", "registry", dom.Registry, "domain", dom.Name, "code", code)
			return tx.InsertEvent(ctx, ev)
		}
		if sameView(was, dom) {
			return nil
		}
		return tx.InsertAudit(ctx, e.audit(System("worker"), "domain.read", "domain", dom.ID, dom.Name, was, dom))
	})
}

func applyInfo(d *Domain, info DomainInfo) {
	kept := func(t time.Time) *time.Time { // as stores keep it
		t = t.UTC().Truncate(time.Microsecond)
		return &t
	}
	d.ROID, d.Statuses = info.ROID, info.Statuses
	if !info.Created.IsZero() {
		d.CreatedAt = kept(info.Created)
	}
	if !info.Expires.IsZero() {
		d.ExpiresAt, d.ExpiresRaw = kept(info.Expires), info.ExpiresRaw
	}
	if !info.Updated.IsZero() {
		d.ChangedAt = kept(info.Updated)
	}
	if !SameHosts(d.NameServers, info.NameServers) {
		d.NameServers = info.NameServers
	}
}

// sameView compares what applyInfo may change.
func sameView(a, b Domain) bool {
	return a.State == b.State && a.ROID == b.ROID && slices.Equal(a.Statuses, b.Statuses) && slices.Equal(a.NameServers, b.NameServers) && a.ExpiresRaw == b.ExpiresRaw &&
		sameTime(a.CreatedAt, b.CreatedAt) && sameTime(a.ExpiresAt, b.ExpiresAt) && sameTime(a.ChangedAt, b.ChangedAt)
}

// postponed is a domain whose reading failed through no fault of the connection.
type postponed struct {
	tries int
	until time.Time
}

// maxPostponed is how often a reading is put off, each time twice as long: with
// the default poll interval for about eight minutes.
const maxPostponed = 10

// postpone puts the next reading of a domain off, so that one that the registry
// can't show neither hammers it nor holds up others. It is false once that was
// done often enough.
func (d *desk) postpone(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.later[id]
	if p.tries >= maxPostponed {
		delete(d.later, id)
		return false
	}
	d.later[id] = postponed{tries: p.tries + 1, until: time.Now().Add(d.opt.Poll << p.tries)}
	return true
}

func (d *desk) forget(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.later, id)
}

// readable drops the domains that are put off.
func (d *desk) readable(list []Domain) []Domain {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for id, p := range d.later { // another replica has read it meanwhile
		if now.After(p.until.Add(d.opt.Poll << maxPostponed)) {
			delete(d.later, id)
		}
	}
	return slices.DeleteFunc(list, func(dom Domain) bool { return now.Before(d.later[dom.ID].until) })
}

func (d *desk) putOff() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.later)
}
