package store

import (
	"context"
	"time"

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

type importFindingRow struct {
	Digest string `gorm:"column:digest;primaryKey"`
	Line   int    `gorm:"column:line;primaryKey"`
	Seq    int    `gorm:"column:seq;primaryKey"` // in the order found
	Column string `gorm:"column:column_name"`
	Code   string `gorm:"column:code"`
	Detail string `gorm:"column:detail"`
}

// TableName names the table.
func (importFindingRow) TableName() string { return "import_findings" }

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

func (r reader) LeaseHeld(ctx context.Context, name string) (bool, error) {
	var n int64
	err := r.q(ctx).Model(&leaseRow{}).Where("name = ? AND lease_until > "+r.d.now, name).Count(&n).Error
	return n > 0, r.d.wrap("reading a lease", err)
}

func (r reader) ImportFindings(ctx context.Context, digest string, first, last int) ([]registrar.ImportNoted, error) {
	var rows []importFindingRow
	err := r.q(ctx).Where("digest = ? AND line BETWEEN ? AND ?", digest, first, last).Order("line, seq").Find(&rows).Error
	return convert(rows, func(f importFindingRow) registrar.ImportNoted {
		return registrar.ImportNoted{Line: f.Line, ImportFinding: registrar.ImportFinding{Column: f.Column, Code: f.Code, Detail: f.Detail}}
	}), r.d.wrap("reading import findings", err)
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

func (t *transaction) HoldLease(ctx context.Context, name, token string, ttl time.Duration) (bool, error) {
	return t.update(ctx, "lease", &leaseRow{}, map[string]any{"lease_until": t.in(ttl)}, "name = ? AND token = ? AND lease_until > "+t.d.now, name, token)
}

func (t *transaction) WriteImportFindings(ctx context.Context, digest string, lines []int, noted []registrar.ImportNoted) error {
	if err := t.q(ctx).Where("digest = ? AND line IN ?", digest, lines).Delete(&importFindingRow{}).Error; err != nil {
		return t.d.wrap("removing import findings", err)
	}
	if len(noted) == 0 {
		return nil
	}
	rows := make([]importFindingRow, len(noted))
	for i, f := range noted {
		rows[i] = importFindingRow{Digest: digest, Line: f.Line, Seq: i, Column: f.Column, Code: f.Code, Detail: f.Detail}
	}
	return t.insert(ctx, "import findings", &rows)
}

func (t *transaction) InsertImportContact(ctx context.Context, customerID, digest, contactID string) error {
	return t.insert(ctx, "imported contact", &importContactRow{CustomerID: customerID, Digest: digest, ContactID: contactID})
}
