package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

type contactRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	CustomerID string  `gorm:"column:customer_id"`
	Version    int     `gorm:"column:version"`
	Created    instant `gorm:"column:created_at"`
}

// TableName names the table.
func (contactRow) TableName() string { return "contacts" }

type contactVersionRow struct {
	ContactID    string  `gorm:"column:contact_id;primaryKey"`
	Version      int     `gorm:"column:version;primaryKey;autoIncrement:false"`
	CustomerID   string  `gorm:"column:customer_id"`
	Name         string  `gorm:"column:name"`
	Organization string  `gorm:"column:organization"`
	Street       list    `gorm:"column:street"`
	City         string  `gorm:"column:city"`
	State        string  `gorm:"column:state"`
	PostalCode   string  `gorm:"column:postal_code"`
	CountryCode  string  `gorm:"column:country_code"`
	Phone        string  `gorm:"column:phone"`
	Email        string  `gorm:"column:email"`
	Created      instant `gorm:"column:created_at"`
}

// TableName names the table.
func (contactVersionRow) TableName() string { return "contact_versions" }

func contactToRow(v registrar.ContactVersion) contactVersionRow {
	return contactVersionRow{ContactID: v.ContactID, Version: v.Version, CustomerID: v.CustomerID, Name: v.Name, Organization: v.Organization,
		Street: list(v.Street), City: v.City, State: v.State, PostalCode: v.PostalCode, CountryCode: v.CountryCode, Phone: v.Phone,
		Email: v.Email, Created: at(v.CreatedAt)}
}

func contactFromRow(r contactVersionRow) registrar.ContactVersion {
	return registrar.ContactVersion{ContactID: r.ContactID, Version: r.Version, CustomerID: r.CustomerID, CreatedAt: r.Created.Time,
		ContactData: registrar.ContactData{Name: r.Name, Organization: r.Organization, Street: r.Street, City: r.City, State: r.State,
			PostalCode: r.PostalCode, CountryCode: r.CountryCode, Phone: r.Phone, Email: r.Email}}
}

func (r reader) ContactVersion(ctx context.Context, ref registrar.ContactRef) (registrar.ContactVersion, error) {
	where, args := "contact_id = ? AND version = ?", []any{ref.ContactID, ref.Version}
	if ref.Version == 0 {
		where, args = "contact_id = ? AND version = (SELECT c.version FROM contacts AS c WHERE c.id = ?)", []any{ref.ContactID, ref.ContactID}
	}
	row, err := one[contactVersionRow](ctx, r, "contact", where, args...)
	return contactFromRow(row), err
}

// Contacts pages by contact id: Page.After is the ContactID of the last row.
func (r reader) Contacts(ctx context.Context, customerID string, page registrar.Page) ([]registrar.ContactVersion, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	if !plain(customerID) {
		return nil, nil
	}
	columns, err := columnsOf(contactVersionRow{})
	if err != nil {
		return nil, err
	}
	b := newest(branch{where: "customer_id = ?", args: []any{customerID}}, page)
	var rows []contactVersionRow
	query := fmt.Sprintf("SELECT v.%s FROM (SELECT id, version FROM contacts%s WHERE %s ORDER BY id DESC LIMIT %d) AS c "+
		"JOIN contact_versions AS v ON v.contact_id = c.id AND v.version = c.version ORDER BY v.contact_id DESC",
		strings.Join(columns, ", v."), r.d.force("ix_contacts_customer_id_id"), b.where, page.Size())
	if err := r.q(ctx).Raw(query, b.args...).Scan(&rows).Error; err != nil {
		return nil, r.d.wrap("listing contacts", err)
	}
	return convert(rows, contactFromRow), nil
}

// InsertContactVersion moves the contact's latest version on by a conditional
// update, so that two writers of the same version can not both win.
func (t *transaction) InsertContactVersion(ctx context.Context, v registrar.ContactVersion) error {
	if v.Version < 1 {
		return registrar.Errorf(registrar.KindInvalid, "bad_version", "Contact versions count from 1.")
	}
	if v.Version == 1 {
		c := contactRow{ID: v.ContactID, CustomerID: v.CustomerID, Version: 1, Created: at(v.CreatedAt)}
		if err := t.insert(ctx, "contact", &c); err != nil {
			return err
		}
	} else {
		ok, err := t.update(ctx, "contact", &contactRow{}, map[string]any{"version": v.Version},
			"id = ? AND version = ? AND customer_id = ?", v.ContactID, v.Version-1, v.CustomerID)
		if err != nil {
			return err
		}
		if !ok {
			t.stale = true
			return registrar.Errorf(registrar.KindConflict, "contact_changed", "The contact was changed in the meantime.")
		}
	}
	row := contactToRow(v)
	return t.insert(ctx, "contact version", &row)
}

type registryContactRow struct {
	Registry  string `gorm:"column:registry;primaryKey"`
	Handle    string `gorm:"column:handle;primaryKey"`
	ContactID string `gorm:"column:contact_id"`
	Version   int    `gorm:"column:version"`
	Created   bool   `gorm:"column:created"`
}

// TableName names the table.
func (registryContactRow) TableName() string { return "registry_contacts" }

func (r reader) RegistryContact(ctx context.Context, registry string, ref registrar.ContactRef) (registrar.RegistryContact, error) {
	// One that exists is better than one that is only planned.
	rows, err := many[registryContactRow](ctx, r, "contact objects", "created DESC, handle", "registry = ? AND contact_id = ? AND version = ?", registry, ref.ContactID, ref.Version)
	switch {
	case err != nil:
		return registrar.RegistryContact{}, err
	case len(rows) == 0:
		return registrar.RegistryContact{}, notFound("contact object")
	}
	return registryContactFromRow(rows[0]), nil
}

func registryContactFromRow(row registryContactRow) registrar.RegistryContact {
	return registrar.RegistryContact{Registry: row.Registry, Ref: registrar.ContactRef{ContactID: row.ContactID, Version: row.Version},
		Handle: row.Handle, Created: row.Created}
}

func (t *transaction) InsertRegistryContact(ctx context.Context, c registrar.RegistryContact) error {
	row := registryContactRow{Registry: c.Registry, Handle: c.Handle, ContactID: c.Ref.ContactID, Version: c.Ref.Version, Created: c.Created}
	return t.insert(ctx, "contact object", &row)
}

func (t *transaction) MarkRegistryContactCreated(ctx context.Context, registry, handle string) error {
	ok, err := t.update(ctx, "contact object", &registryContactRow{}, map[string]any{"created": true},
		"registry = ? AND handle = ?", registry, handle)
	if err == nil && !ok {
		return notFound("contact object")
	}
	return err
}

type registryHostRow struct {
	Registry string  `gorm:"column:registry;primaryKey"`
	Host     string  `gorm:"column:host;primaryKey"`
	Created  instant `gorm:"column:created_at"`
}

// TableName names the table.
func (registryHostRow) TableName() string { return "registry_hosts" }

func (r reader) HasRegistryHost(ctx context.Context, registry, host string) (bool, error) {
	_, err := one[registryHostRow](ctx, r, "host", "registry = ? AND host = ?", registry, host)
	if registrar.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func (t *transaction) InsertRegistryHost(ctx context.Context, registry, host string, when time.Time) error {
	_, err := t.insertFresh(ctx, "host", &registryHostRow{Registry: registry, Host: host, Created: at(when)})
	return err
}

// ForgetRegistryObjects keeps the handles: the contact is created anew under
// the same one.
func (t *transaction) ForgetRegistryObjects(ctx context.Context, registry string, handles, hosts []string) error {
	if len(handles) > 0 {
		if _, err := t.update(ctx, "contact objects", &registryContactRow{}, map[string]any{"created": false},
			"registry = ? AND handle IN ?", registry, handles); err != nil {
			return err
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	return t.d.wrap("removing hosts", t.q(ctx).Where("registry = ? AND host IN ?", registry, hosts).Delete(&registryHostRow{}).Error)
}
