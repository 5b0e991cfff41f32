package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

type importRunRow struct {
	ID        string   `gorm:"column:id;primaryKey"`
	File      string   `gorm:"column:file"`
	Digest    string   `gorm:"column:digest"`
	Verify    bool     `gorm:"column:verify"`
	StartedBy string   `gorm:"column:started_by"`
	Started   instant  `gorm:"column:started_at"`
	Ended     *instant `gorm:"column:ended_at"`
	Line      int      `gorm:"column:line"`
	Created   int      `gorm:"column:created"`
	Changed   int      `gorm:"column:changed"`
	Verified  int      `gorm:"column:verified"`
	Unchanged int      `gorm:"column:unchanged"`
	Refused   int      `gorm:"column:refused"`
	Customers int      `gorm:"column:customers"`
	Differing int      `gorm:"column:differing"`
}

// TableName names the table.
func (importRunRow) TableName() string { return "import_runs" }

func importRunFromRow(r importRunRow) registrar.ImportRun {
	return registrar.ImportRun{ID: r.ID, File: r.File, Digest: r.Digest, Verify: r.Verify, StartedBy: r.StartedBy, StartedAt: r.Started.Time,
		EndedAt: timePtr(r.Ended), Line: r.Line, Created: r.Created, Changed: r.Changed, Verified: r.Verified, Same: r.Unchanged,
		Refused: r.Refused, Customers: r.Customers, Differing: r.Differing}
}

type importContactRow struct {
	CustomerID string `gorm:"column:customer_id;primaryKey"`
	Digest     string `gorm:"column:digest;primaryKey"`
	ContactID  string `gorm:"column:contact_id"`
}

// TableName names the table.
func (importContactRow) TableName() string { return "import_contacts" }

func (r reader) ImportRuns(ctx context.Context, page registrar.Page) ([]registrar.ImportRun, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	rows, err := listed[importRunRow](ctx, r, []branch{newest(branch{}, page)}, byIDDesc, page.Size())
	return convert(rows, importRunFromRow), err
}

func (r reader) ImportContact(ctx context.Context, customerID, digest string) (string, error) {
	row, err := one[importContactRow](ctx, r, "imported contact", "customer_id = ? AND digest = ?", customerID, digest)
	return row.ContactID, err
}

func (r reader) RegistryContactByHandle(ctx context.Context, registry, handle string) (registrar.RegistryContact, error) {
	row, err := one[registryContactRow](ctx, r, "contact object", "registry = ? AND handle = ?", registry, handle)
	return registryContactFromRow(row), err
}

func (t *transaction) InsertImportRun(ctx context.Context, r registrar.ImportRun) error {
	row := importRunRow{ID: r.ID, File: r.File, Digest: r.Digest, Verify: r.Verify, StartedBy: r.StartedBy, Started: at(r.StartedAt), Ended: optional(r.EndedAt)}
	return t.insert(ctx, "import", &row)
}

func (t *transaction) SaveImportRun(ctx context.Context, r registrar.ImportRun) error {
	ok, err := t.update(ctx, "import", &importRunRow{}, map[string]any{
		"ended_at": optional(r.EndedAt), "line": r.Line, "created": r.Created, "changed": r.Changed, "verified": r.Verified,
		"unchanged": r.Same, "refused": r.Refused, "customers": r.Customers, "differing": r.Differing,
	}, "id = ?", r.ID)
	if err == nil && !ok {
		return notFound("import")
	}
	return err
}

func (t *transaction) InsertImportContact(ctx context.Context, customerID, digest, contactID string) error {
	return t.insert(ctx, "imported contact", &importContactRow{CustomerID: customerID, Digest: digest, ContactID: contactID})
}
