package registrar

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"

	"github.com/alexedwards/argon2id"
)

// BeginImport notes that a file is about to be applied, under the lease that
// HoldImport gave. After a restore of the
// database nothing is brought in before everything is reconciled.
func (e *Engine) BeginImport(ctx context.Context, by Actor, run ImportRun) (ImportRun, error) {
	restoring, err := e.Restoring(ctx)
	if err != nil {
		return run, err
	}
	if restoring {
		return run, Errorf(KindConflict, "restoring", "The database was restored from a backup and is being reconciled; import when that is done.")
	}
	run.ID, run.StartedAt, run.StartedBy = e.id(PrefixImport), e.Now(), by.ID
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := fenceImport(ctx, tx, run); err != nil {
			return err
		}
		if err := tx.InsertImportRun(ctx, run); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "import.begin", "import", run.ID, run.File, nil, run))
	})
	if err != nil {
		return run, fmt.Errorf("beginning the import: %w", err)
	}
	return run, nil
}

// EndImport notes that the whole file was gone through.
func (e *Engine) EndImport(ctx context.Context, by Actor, run ImportRun) (ImportRun, error) {
	now := e.Now()
	run.EndedAt = &now
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := fenceImport(ctx, tx, run); err != nil {
			return err
		}
		if err := tx.SaveImportRun(ctx, run); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "import.end", "import", run.ID, run.File, nil, run))
	})
	if err != nil {
		return run, fmt.Errorf("ending the import: %w", err)
	}
	return run, nil
}

// ApplyImport carries out plans in one transaction, with evidence for each name
// and the run's figures. What changed here since a plan was made refuses that
// row alone; the plans tell. Few at a time keep the transaction short.
func (e *Engine) ApplyImport(ctx context.Context, by Actor, run ImportRun, plans []*ImportPlan) (ImportRun, error) {
	next, done, err := e.applyImport(ctx, by, run, plans)
	if err == nil {
		for i := range done {
			*plans[i] = done[i]
		}
		return next, nil
	}
	if lostImport(err) || KindOf(err) != KindConflict && KindOf(err) != KindInvalid {
		return run, fmt.Errorf("importing: %w", err)
	}
	if len(plans) > 1 { // which of them?
		for _, p := range plans {
			if run, err = e.ApplyImport(ctx, by, run, []*ImportPlan{p}); err != nil {
				return run, err
			}
		}
		return run, nil
	}
	plans[0].refuse("", "changed_meanwhile", "%s", detailOf(err))
	next, _, err = e.applyImport(ctx, by, run, plans)
	return next, err
}

// applyImport works on copies: the transaction may run again.
func (e *Engine) applyImport(ctx context.Context, by Actor, run ImportRun, plans []*ImportPlan) (next ImportRun, done []ImportPlan, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := fenceImport(ctx, tx, run); err != nil {
			return err
		}
		next, done = run, make([]ImportPlan, len(plans))
		for i, p := range plans {
			done[i] = *p
			done[i].Findings = append([]ImportFinding(nil), p.Findings...)
			w := importWriter{e: e, tx: tx, by: by, run: &next, p: &done[i]}
			if err := w.write(ctx); err != nil {
				return err
			}
			next.count(&done[i])
		}
		if err := keepFindings(ctx, tx, run.Digest, done); err != nil {
			return err
		}
		return tx.SaveImportRun(ctx, next)
	})
	return next, done, err
}

// importWriter writes one row inside a transaction.
type importWriter struct {
	e   *Engine
	tx  Tx
	by  Actor
	run *ImportRun
	p   *ImportPlan
}

func (w *importWriter) write(ctx context.Context) error {
	if w.p.Action == ImportRefuse || w.p.Action == ImportSame {
		return nil
	}
	customer, err := w.customer(ctx)
	if err != nil {
		return err
	}
	holder, err := w.holder(ctx, customer)
	if err != nil || w.p.Action == ImportRefuse {
		return err
	}
	if w.p.found == nil {
		return w.create(ctx, customer, holder)
	}
	return w.change(ctx, holder)
}

// unknownPassword is the hash of a random password that is thrown away. One does
// for all: hashing costs some hundredths of a second.
var unknownPassword = sync.OnceValues(func() (string, error) {
	return argon2id.CreateHash(rand.Text()+rand.Text(), hashParams)
})

// customer finds or makes the customer of the row. A new one can sign in once
// the password is reset by mail: nobody knows the one it has now.
func (w *importWriter) customer(ctx context.Context) (string, error) {
	u, err := w.tx.UserByEmail(ctx, w.p.Email)
	if err == nil && u.CustomerID == "" {
		return "", Errorf(KindConflict, "staff_address", "This address is a login of staff.")
	}
	if err == nil || !IsNotFound(err) {
		return u.CustomerID, err
	}
	hash, err := unknownPassword()
	if err != nil {
		return "", fmt.Errorf("making a password that nobody knows: %w", err)
	}
	now := w.e.Now()
	name := cmp.Or(tidy(w.p.Row.CustomerName), w.p.holder.Organization, w.p.holder.Name)
	c := Customer{ID: w.e.id(PrefixCustomer), Name: name, Currency: w.e.opt.Currency, Language: cmp.Or(w.p.Row.Language, "en"), CreatedAt: now}
	u = User{ID: w.e.id(PrefixUser), CustomerID: c.ID, Email: w.p.Email, Name: name, Role: RoleOwner, PasswordHash: hash, CreatedAt: now}
	if err := w.tx.InsertCustomer(ctx, c); err != nil {
		return "", err
	}
	if err := w.tx.InsertUser(ctx, u); err != nil {
		return "", err
	}
	if _, err := w.tx.EnsureAccount(ctx, AccountKey{AccountCustomer, c.ID, c.Currency}); err != nil {
		return "", err
	}
	w.run.Customers++
	return c.ID, w.audit(ctx, "customer.import", "customer", c.ID, "", nil, map[string]string{"name": name, "email": u.Email, "import": w.run.ID})
}

// holder finds or makes the registrant: the contact that the registry's object
// already stands for, else the one with the same data.
func (w *importWriter) holder(ctx context.Context, customer string) (ContactRef, error) {
	handle, registry := "", w.p.tld.Registry
	if w.p.info != nil {
		handle = w.p.info.Registrant
	}
	data := w.p.holder
	if w.p.holds != nil {
		data = w.p.holds.Data
	}
	if handle != "" {
		rc, err := w.tx.RegistryContactByHandle(ctx, registry, handle)
		if err == nil {
			return w.known(ctx, customer, rc)
		}
		if !IsNotFound(err) {
			return ContactRef{}, err
		}
	}
	ref, err := w.contact(ctx, customer, data)
	if err != nil || handle == "" {
		return ref, err
	}
	return ref, w.tx.InsertRegistryContact(ctx, RegistryContact{Registry: registry, Ref: ref, Handle: handle, Created: true})
}

// known takes over a contact that is here already, unless it is somebody else's:
// one object can't be changed for two customers.
func (w *importWriter) known(ctx context.Context, customer string, rc RegistryContact) (ContactRef, error) {
	v, err := w.tx.ContactVersion(ctx, rc.Ref)
	if err != nil {
		return rc.Ref, err
	}
	if v.CustomerID != customer {
		w.p.info = nil
		w.p.refuse("customer_email", "shared_registrant", "The registrant's contact object at the registry belongs to another customer here.")
		return rc.Ref, nil
	}
	if !SameContact(v.ContactData, w.p.holder) {
		w.p.note("registrant_name", "registrant_differs", "The registrant's contact object at the registry has other data, which are taken.")
	}
	return rc.Ref, nil
}

// contact returns the contact of the customer that was made of the same data
// before, or makes it.
func (w *importWriter) contact(ctx context.Context, customer string, data ContactData) (ContactRef, error) {
	digest, err := contactDigest(data)
	if err != nil {
		return ContactRef{}, err
	}
	id, err := w.tx.ImportContact(ctx, customer, digest)
	if err == nil {
		v, err := w.tx.ContactVersion(ctx, ContactRef{ContactID: id})
		if err == nil && !SameContact(v.ContactData, data) {
			// Edited here since: the row gets the contact as it is now.
			w.p.note("registrant_name", "registrant_edited", "The registrant was edited here since an earlier import; that is kept.")
		}
		return ContactRef{id, v.Version}, err
	}
	if !IsNotFound(err) {
		return ContactRef{}, err
	}
	v := ContactVersion{ContactID: w.e.id(PrefixContact), Version: 1, CustomerID: customer, ContactData: data, CreatedAt: w.e.Now()}
	if err := w.tx.InsertContactVersion(ctx, v); err != nil {
		return ContactRef{}, err
	}
	if err := w.tx.InsertImportContact(ctx, customer, digest, v.ContactID); err != nil {
		return ContactRef{}, err
	}
	return ContactRef{v.ContactID, 1}, w.audit(ctx, "contact.create", "contact", v.ContactID, "", nil, v)
}

func (w *importWriter) create(ctx context.Context, customer string, holder ContactRef) error {
	d := Domain{ID: w.e.id(PrefixDomain), Name: w.p.Name.A, UName: w.p.Name.U, TLD: w.p.tld.Name, Registry: w.p.tld.Registry, CustomerID: customer,
		OwnerSystem: OwnerImport, State: DomainActive, OrderedAt: w.e.Now()}
	w.fill(&d, holder)
	if err := w.tx.InsertDomain(ctx, d); err != nil {
		return err
	}
	return w.proved(ctx, Domain{}, d)
}

func (w *importWriter) change(ctx context.Context, holder ContactRef) error {
	d, err := w.tx.Domain(ctx, w.p.found.ID)
	if err != nil {
		return err
	}
	if d.Revision != w.p.found.Revision {
		return Errorf(KindConflict, "changed_meanwhile", "%s was changed here in the meantime.", d.Name)
	}
	was := d
	w.fill(&d, holder)
	if err := w.tx.UpdateDomain(ctx, d); err != nil {
		return err
	}
	return w.proved(ctx, was, d)
}

// fill writes what is known of the name: the file's claim, or what the registry
// shows, which makes the name the engine's.
func (w *importWriter) fill(d *Domain, holder ContactRef) {
	d.Registrant = holder
	if w.p.info == nil {
		d.NameServers, d.ExpiresAt, d.ExpiresRaw = w.p.hosts, w.p.expires, w.p.Row.Expires
		return
	}
	d.OwnerSystem, d.NeedsInfo = OwnerEngine, false
	d.NameServers = w.p.info.NameServers
	applyInfo(d, *w.p.info)
}

// proved leaves the evidence, and for a proved name what the engine needs to
// change it later: its hosts at the registry, and what hangs on its expiry.
func (w *importWriter) proved(ctx context.Context, was, d Domain) error {
	var before any
	if was.ID != "" {
		before = was
	}
	action := "domain.import"
	if w.p.info != nil {
		action = "domain.import_verified"
	}
	if err := w.audit(ctx, action, "domain", d.ID, d.Name, before, map[string]any{"domain": d, "import": w.run.ID, "line": w.p.Row.Line}); err != nil || w.p.info == nil {
		return err
	}
	reg, err := w.e.registry(d.Registry)
	if err != nil {
		return err
	}
	if reg.Capabilities().HostModel == HostObjects {
		for _, h := range append(append([]string(nil), d.NameServers...), w.p.info.Subordinate...) {
			if err := w.tx.InsertRegistryHost(ctx, d.Registry, strings.ToLower(h), w.e.Now()); err != nil {
				return err
			}
		}
	}
	for _, h := range w.p.hosted {
		host := Host{Registry: d.Registry, Name: strings.ToLower(h.Name), DomainID: d.ID, Addresses: h.Addresses, CreatedAt: cmp.Or(h.Created, w.e.Now())}
		if err := w.tx.PutHost(ctx, host); err != nil {
			return err
		}
	}
	if was.ID == "" {
		return nil // nothing hung on an expiry before; sweeps find the new one
	}
	return w.e.expiryMoved(ctx, w.tx, was, d, false)
}

func (w *importWriter) audit(ctx context.Context, action, kind, id, name string, before, after any) error {
	return w.tx.InsertAudit(ctx, w.e.audit(w.by, action, kind, id, name, before, after))
}
