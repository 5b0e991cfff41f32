-- +goose Up
-- Whether a contact holds a name, however many names it serves in other roles.
CREATE INDEX ix_domain_contacts_contact_id_role_domain_id ON domain_contacts (contact_id, role, domain_id);
