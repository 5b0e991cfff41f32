-- +goose Up
-- Which contacts a name has, by role, registrant included: where a contact is used.
CREATE TABLE domain_contacts (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (domain_id, role)
) WITHOUT ROWID;
CREATE INDEX ix_domain_contacts_contact_id_domain_id_role ON domain_contacts (contact_id, domain_id, role);
