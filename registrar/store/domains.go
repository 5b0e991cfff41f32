package store

import (
	"context"
	"strings"

	"github.com/indera/indera/registrar"
)

type domainRow struct {
	ID                string   `gorm:"column:id;primaryKey"`
	Name              string   `gorm:"column:name"`
	UName             string   `gorm:"column:uname"`
	TLD               string   `gorm:"column:tld"`
	Registry          string   `gorm:"column:registry"`
	CustomerID        string   `gorm:"column:customer_id"`
	OwnerSystem       string   `gorm:"column:owner_system"`
	State             string   `gorm:"column:state"`
	ROID              string   `gorm:"column:roid"`
	RegistrantID      string   `gorm:"column:registrant_id"`
	RegistrantVersion int      `gorm:"column:registrant_version"`
	NameServers       list     `gorm:"column:name_servers"`
	Statuses          list     `gorm:"column:statuses"`
	Created           *instant `gorm:"column:created_at"`
	Expires           *instant `gorm:"column:expires_at"`
	ExpiresRaw        string   `gorm:"column:expires_raw"`
	Changed           *instant `gorm:"column:changed_at"`
	Ordered           instant  `gorm:"column:ordered_at"`
	NeedsInfo         bool     `gorm:"column:needs_info"`
	Revision          int      `gorm:"column:revision"`
	LiveName          *string  `gorm:"column:live_name"`
	Ended             *instant `gorm:"column:ended_at"`
}

// TableName names the table.
func (domainRow) TableName() string { return "domains" }

// liveName is what the unique index sees: the name while it is, or may become,
// ours.
func liveName(d registrar.Domain) *string {
	if d.State.Live() {
		return &d.Name
	}
	return nil
}

func domainToRow(d registrar.Domain) domainRow {
	return domainRow{ID: d.ID, Name: d.Name, UName: d.UName, TLD: d.TLD, Registry: d.Registry, CustomerID: d.CustomerID,
		OwnerSystem: d.OwnerSystem, State: string(d.State), ROID: d.ROID, RegistrantID: d.Registrant.ContactID,
		RegistrantVersion: d.Registrant.Version, NameServers: list(d.NameServers), Statuses: list(d.Statuses),
		Created: optional(d.CreatedAt), Expires: optional(d.ExpiresAt), ExpiresRaw: d.ExpiresRaw, Changed: optional(d.ChangedAt),
		Ordered: at(d.OrderedAt), NeedsInfo: d.NeedsInfo, Revision: d.Revision, LiveName: liveName(d)}
}

func domainFromRow(r domainRow) registrar.Domain {
	return registrar.Domain{ID: r.ID, Name: r.Name, UName: r.UName, TLD: r.TLD, Registry: r.Registry, CustomerID: r.CustomerID,
		OwnerSystem: r.OwnerSystem, State: registrar.DomainState(r.State), ROID: r.ROID,
		Registrant:  registrar.ContactRef{ContactID: r.RegistrantID, Version: r.RegistrantVersion},
		NameServers: r.NameServers, Statuses: r.Statuses, CreatedAt: timePtr(r.Created), ExpiresAt: timePtr(r.Expires),
		ExpiresRaw: r.ExpiresRaw, ChangedAt: timePtr(r.Changed), OrderedAt: r.Ordered.Time, NeedsInfo: r.NeedsInfo, Revision: r.Revision}
}

func (r reader) Domain(ctx context.Context, id string) (registrar.Domain, error) {
	row, err := one[domainRow](ctx, r, "domain", "id = ?", id)
	return domainFromRow(row), err
}

func (r reader) DomainByName(ctx context.Context, name string) (registrar.Domain, error) {
	row, err := one[domainRow](ctx, r, "domain", "live_name = ?", name)
	return domainFromRow(row), err
}

var allDomainStates = []registrar.DomainState{registrar.DomainPendingCreate, registrar.DomainActive, registrar.DomainFailed,
	registrar.DomainPendingDelete, registrar.DomainDeleted, registrar.DomainTransferred}

// atRegistry are the states in which the registry lists the name as ours.
var atRegistry = []string{string(registrar.DomainActive), string(registrar.DomainPendingDelete)}

// Domains reads one index range per state and merges them.
func (r reader) Domains(ctx context.Context, f registrar.DomainFilter, page registrar.Page) ([]registrar.Domain, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	states := f.States
	if len(states) == 0 {
		states = allDomainStates
	}
	b := branch{index: "ix_domains_state_name_id"}
	if f.Registry != "" {
		b.index = "ix_domains_registry_state_name_id"
		b = b.and("registry = ?", f.Registry)
	}
	if f.CustomerID != "" {
		b.index = "ix_domains_customer_id_state_name_id"
		b = b.and("customer_id = ?", f.CustomerID)
	}
	if f.Prefix != "" {
		b = b.and("name >= ? AND name < ?", f.Prefix, f.Prefix+"~")
	}
	b = afterName(b, page.After)
	rows, err := listed[domainRow](ctx, r, b.each("state", values(states)), byName, page.Size())
	return convert(rows, domainFromRow), err
}

// afterName continues a list by name. A name may have several rows (failed
// attempts), which the id in Domain.PageKey tells apart.
func afterName(b branch, key string) branch {
	name, id, exact := strings.Cut(key, " ")
	switch {
	case key == "":
		return b
	case exact:
		return b.and("name >= ? AND (name > ? OR id > ?)", name, name, id)
	}
	return b.and("name > ?", name)
}

func (r reader) DomainsNeedingInfo(ctx context.Context, registry string, limit int) ([]registrar.Domain, error) {
	b := branch{index: "ix_domains_registry_needs_info_id", where: "registry = ? AND needs_info = ? AND state IN ?", args: []any{registry, true, atRegistry}}
	rows, err := listed[domainRow](ctx, r, []branch{b}, byID, registrar.Page{Limit: limit}.Size())
	return convert(rows, domainFromRow), err
}

// registrationRow joins a domain with its registrant; a domain without one
// (no contacts at that registry) has an empty registrant.
type registrationRow struct {
	Domain     domainRow         `gorm:"embedded"`
	Registrant contactVersionRow `gorm:"embedded;embeddedPrefix:r_"`
}

func (r reader) Registration(ctx context.Context, name string) (registrar.Registration, error) {
	if !plain(name) {
		return registrar.Registration{}, notFound("domain")
	}
	query, err := registrationQuery()
	if err != nil {
		return registrar.Registration{}, err
	}
	var row registrationRow
	res := r.q(ctx).Raw(query, name, atRegistry).Scan(&row)
	if res.Error != nil {
		return registrar.Registration{}, r.d.wrap("reading registration", res.Error)
	}
	if res.RowsAffected == 0 || row.Domain.OwnerSystem == registrar.OwnerImport { // a claim that nobody has proved
		return registrar.Registration{}, notFound("domain")
	}
	return registrar.Registration{Domain: domainFromRow(row.Domain), Registrant: contactFromRow(row.Registrant)}, nil
}

// registrationQuery spells the one join behind RDAP, WHOIS and escrow.
func registrationQuery() (string, error) {
	domain, err := columnsOf(domainRow{})
	if err != nil {
		return "", err
	}
	contact, err := columnsOf(contactVersionRow{})
	if err != nil {
		return "", err
	}
	selected := make([]string, 0, len(domain)+len(contact))
	for _, c := range domain {
		selected = append(selected, "d."+c)
	}
	for _, c := range contact {
		selected = append(selected, "v."+c+" AS r_"+c)
	}
	return "SELECT " + strings.Join(selected, ", ") + " FROM domains AS d LEFT JOIN contact_versions AS v " +
		"ON v.contact_id = d.registrant_id AND v.version = d.registrant_version WHERE d.live_name = ? AND d.state IN ?", nil
}

func (t *transaction) InsertDomain(ctx context.Context, d registrar.Domain) error {
	row := t.freshDomainRow(d)
	if err := t.insert(ctx, "domain", &row); err != nil {
		return err
	}
	return t.rememberContacts(ctx, registrantsOf(d))
}

// UpdateDomain writes what can change and counts the revision up. Id, name, TLD
// and time of order never change.
func (t *transaction) UpdateDomain(ctx context.Context, d registrar.Domain) error {
	row := domainToRow(d)
	ok, err := t.update(ctx, "domain", &domainRow{}, map[string]any{
		"registry": row.Registry, "customer_id": row.CustomerID, "owner_system": row.OwnerSystem, "state": row.State, "roid": row.ROID,
		"registrant_id": row.RegistrantID, "registrant_version": row.RegistrantVersion, "name_servers": row.NameServers,
		"statuses": row.Statuses, "created_at": row.Created, "expires_at": row.Expires, "expires_raw": row.ExpiresRaw,
		"changed_at": row.Changed, "needs_info": row.NeedsInfo, "live_name": row.LiveName, "revision": d.Revision + 1,
		"ended_at": t.endedAt(d),
	}, "id = ? AND revision = ?", d.ID, d.Revision)
	if err != nil {
		return err
	}
	if !ok {
		if _, err := t.Domain(ctx, d.ID); err != nil {
			return err
		}
		t.stale = true
		return registrar.Errorf(registrar.KindConflict, "domain_changed", "The domain was changed in the meantime.")
	}
	return t.rememberContacts(ctx, registrantsOf(d))
}
