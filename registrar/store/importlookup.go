package store

import (
	"context"
	"strings"

	"github.com/indera/indera/registrar"
)

// UsersByEmail implements registrar.ImportLookups.
func (r reader) UsersByEmail(ctx context.Context, emails []string) (map[string]registrar.User, error) {
	out := make(map[string]registrar.User, len(emails))
	err := inParts(emails, func(part []string) error {
		rows, err := many[userRow](ctx, r, "users", "email", "email IN ?", part)
		for _, row := range rows {
			out[strings.ToLower(row.Email)] = userFromRow(row)
		}
		return err
	})
	return out, err
}

// CustomersByID implements registrar.ImportLookups.
func (r reader) CustomersByID(ctx context.Context, ids []string) (map[string]registrar.Customer, error) {
	out := make(map[string]registrar.Customer, len(ids))
	err := inParts(ids, func(part []string) error {
		rows, err := many[customerRow](ctx, r, "customers", "id", "id IN ?", part)
		for _, row := range rows {
			out[row.ID] = customerFromRow(row)
		}
		return err
	})
	return out, err
}

// ContactVersions implements registrar.ImportLookups. It asks for the contacts of
// one version together: MariaDB does not look pairs up by an index.
func (r reader) ContactVersions(ctx context.Context, refs []registrar.ContactRef) (map[registrar.ContactRef]registrar.ContactVersion, error) {
	byVersion := make(map[int][]string)
	for _, ref := range refs {
		byVersion[ref.Version] = append(byVersion[ref.Version], ref.ContactID)
	}
	out := make(map[registrar.ContactRef]registrar.ContactVersion, len(refs))
	for version, ids := range byVersion {
		err := inParts(ids, func(part []string) error {
			rows, err := many[contactVersionRow](ctx, r, "contacts", "contact_id", "contact_id IN ? AND version = ?", part, version)
			for _, row := range rows {
				v := contactFromRow(row)
				out[registrar.ContactRef{ContactID: v.ContactID, Version: v.Version}] = v
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
